"""By what means, and whether a wording offers anything at all."""

import re

from trucewatch.pledges.extract_actors import OWNS, PLAN, SOON
from trucewatch.pledges.extract_clauses import Reading
from trucewatch.pledges.extract_said import PRONOUN
from trucewatch.pledges.nouns import Direction
from trucewatch.pledges.words_claims import COMPONENT_WORDS, GIVE, Predicate

__all__ = ["components", "fits"]

_WHETHER = re.compile(
    r"\bwhether\b|uncertainty\b|\bhopes?\s+(?:that\s+)?(?-i:[A-Z])|not\s+say\b|not\s+specify|how\s+many|"
    r"unclear\s+(?:if|who|which|how)|\bif\s+any\b",
    re.I,
)
_NOBODY = re.compile(
    r"\b(?:no|not\s+all|few|none\s+of(?:\s+the)?|neither)\s+(?:\w+\s+){0,2}(?:members?|countries|country|"
    r"nations?|states?|allies|ally|governments?|one)\b[^,;]{0,50}$",
    re.I,
)
_CONTEXT = re.compile(
    r"guarantee|mission|initiative|\brole\b|contribut|\bplans?\b|proceed|\bcommit|\bmeans\b|proposals|"
    r"\bforces?\b|\bhelp\b|protect|involve|things|deploy|support|numbers|assistance|participation|share",
    re.I,
)
_JOINING = re.compile(r"tak(?:e|ing) part|part in|share\b|participa|\bjoin", re.I)
_JOINED = re.compile(r"\s*(?:in\s+)?(?:the|a|any|this)\s+(?:\w+\s+){0,2}(?:coalition|mission|force|initiative)\b", re.I)
_WILLING = re.compile(r"ready|readiness|prepared|willing|agree|promis|pledg|open to|offer", re.I)
_NARROW = re.compile(
    r"security guarantee|part in\b|participate\b|"
    r"mission|initiative|\brole\b|contribut|\bforces?\b|protect|numbers|deploy|station|presence|proposals",
    re.I,
)
_MEETING = re.compile(
    r"\b(?:join\w*|tak\w+ part in|share\b|participat\w+ in|attend\w*|host\w*|lead\w*|hold\w*)\s+(?:the\s+|these\s+|"
    r"an?\s+|peace\s+|further\s+|\w+\s+)?(?:talks|meeting|call|summit|discussions?|negotiations?|conference|"
    r"ceremony|NATO)\b",
    re.I,
)
_BUT_NOT = re.compile(r",\s+not\b[^,;]*|\b(?:even\s+without|instead\s+of|rather\s+than)\b[^,;]*", re.I)
_COMMITMENT = re.compile(r"commitment|pledge|promise", re.I)
_READY = re.compile(r"ready|readiness|willing|open", re.I)
_TALK = re.compile(r"\s*(?:to\s+)?(?:discuss|meet|talk|negotiate|speak|listen|sign)\b", re.I)
_PRESSURE = re.compile(r"\s*(?:[\w-]+\s+){0,4}(?:pressure|sanctions)\b", re.I)
_BARE_VERB = re.compile(r"pledge|promise|vow", re.I)  # a noun, but right behind the one who does it
_AGAIN = re.compile(r"back|reviv", re.I)


def components(reading: Reading, start: int, end: int) -> list[tuple[str, int, int]]:
    """Return (component, start, end) of each means named here, outside conditions and not of a side of the line."""
    taken = [*reading.conditions] if not any(s <= start < e for s, e in reading.conditions) else []
    taken += [m.span() for m in _BUT_NOT.finditer(reading.text)]
    taken += [(m.start, owned.end()) for m in reading.names if m.party and (owned := OWNS.match(reading.text, m.end))]
    found: list[tuple[str, int, int]] = []
    for component, pattern in COMPONENT_WORDS:
        for match in pattern.finditer(reading.text, start, end):
            own_army = component == "training" and "build" in match.group()
            if own_army or not any(s < match.end() and match.start() < e for s, e in taken):
                if component != "land" or not _trained(found, match.start()):
                    found.append((component, match.start(), match.end()))
                taken.append((match.start(), match.end()))
    return sorted(found, key=lambda f: f[1])


def _trained(found: list[tuple[str, int, int]], at: int) -> bool:
    """Tell whether these soldiers are those who are trained: "train two brigades"."""
    return any(c == "training" and 0 <= at - end <= 25 for c, _, end in found)


def fits(reading: Reading, predicate: Predicate, match: re.Match[str], start: int, end: int) -> bool:
    """Tell whether a wording found in [start, end) offers, refuses or requires something to contribute."""
    if _excluded(reading, predicate, match, start, end):
        return False
    if components(reading, match.start(), end):
        return True
    if predicate.direction in (Direction.CONDITIONAL, Direction.REQUIRES):
        return bool(
            components(reading, start, end)
            or _NARROW.search(reading.text, start, end)
            or _COMMITMENT.search(reading.text, match.start(), end)
        )
    return _about_a_contribution(reading, predicate, match, start, end)


def _excluded(reading: Reading, predicate: Predicate, match: re.Match[str], start: int, end: int) -> bool:
    """Tell whether this is a condition, a doubt, a meeting, nobody's offer, or sympathy alone."""
    text = reading.text
    waits = (
        any(s <= match.start() < e for s, e in reading.conditions) and predicate.direction is not Direction.CONDITIONAL
    )
    before = text[max(0, match.start() - 2 * SOON) : match.start()]
    doubted = bool(_WHETHER.search(text, start, match.start()) or _NOBODY.search(before))
    future = match.group().lower().startswith("to ") and not _headline(reading, match)
    future = future or bool(_BARE_VERB.fullmatch(match.group()) and not _headline(reading, match))
    met = bool(_MEETING.search(text, match.start(), end)) or _support_for_a_party(reading, match)
    met = met or bool(_READY.search(match.group()) and _TALK.match(text, match.end()))
    met = met or bool(predicate.direction is Direction.REQUIRES and _PRESSURE.match(text, match.end()))
    return waits or future or met or (doubted and predicate.direction is Direction.OFFERS)


def _about_a_contribution(reading: Reading, predicate: Predicate, match: re.Match[str], start: int, end: int) -> bool:
    """Tell whether a wording that names no means speaks of the mission, a role or a promise all the same."""
    text = reading.text
    if predicate.bare and reading.before and _AGAIN.search(match.group()):
        return True
    if predicate.bare and predicate.direction is not Direction.OFFERS and components(reading, start, end):
        return True
    joins = _JOINING.search(text, match.start(), end)
    if joins and (_WILLING.search(match.group()) or _JOINED.search(text, joins.end(), end)):
        return True
    if predicate.bare or PRONOUN.search(text, start, match.start()):
        return bool((joins and components(reading, start, end)) or _CONTEXT.search(text, start, end))
    wanted = _CONTEXT if predicate.speech else _NARROW
    gives = predicate.speech or GIVE.search(text, match.start(), min(end, match.end() + SOON))
    return bool(gives and wanted.search(text, match.start(), end) and not PLAN.search(match.group()))


def _headline(reading: Reading, match: re.Match[str]) -> bool:
    """Tell whether "to send" is a headline's future: right behind the one who will."""
    return any(0 <= match.start() - m.end <= 1 for m in reading.names)


def _support_for_a_party(reading: Reading, match: re.Match[str]) -> bool:
    """Tell whether this is sympathy alone: "reaffirmed support for" a side of the line."""
    behind = re.match(r"\s+for\s+", reading.text[match.end() : match.end() + 6])
    at = match.end() + (behind.end() if behind else 0)
    return bool(
        behind and match.group().endswith("support") and any(m.party and m.start <= at < m.end for m in reading.names)
    )
