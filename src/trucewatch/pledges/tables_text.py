"""Tables of contributors: with tabs or bars, glued into running text, or as a list "Country (number)"."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from trucewatch.pledges.extract_mentions import row_name, unknown_name
from trucewatch.pledges.nouns import Actor, ActorKind, ClaimStatus, Direction, Quantity, State
from trucewatch.pledges.words_actors import ENTRIES
from trucewatch.pledges.words_claims import COMPONENT_WORDS, NUMBERS

__all__ = ["Row", "counted_list", "is_header", "rows"]

_HEADER = re.compile(
    r"^\W*(?:Country|Contributor|Nation|State|Member).{0,80}?(?:Role|Contribution|Status|Troops|Offer|Pledge|"
    r"Commitment)",
    re.S,
)
_LAST_HEADING = re.compile(r"(?:Status|Source|Confirmation|Notes?)(?=\s|[A-Z]|$)")
_OTHERS = re.compile(
    r"(?:[Oo]ther|[Aa]nother|[Ss]ome)\s+(?P<n>\d{1,3}|[a-z]+)\s+(?P<what>states|countries|nations|members)(?=[\s|"
    r"A-Z]|$)"
)
_STATUS = re.compile(
    r"(?P<status>(?:Officially\s+)?[Cc]onfirmed(?:\s+(?:by|in)\s+(?P<by>[^\t|]{2,60}))?|"
    r"Reported\s+by\s+(?P<reporter>[^\t|]{2,60})|"
    r"(?P<publishers>(?:[A-Z][\w.’ ]{1,30}(?:,\s*|\s+and\s+))*[A-Z][\w.’]{1,20})\s+reports?|"
    r"(?:Not\s+[Cc]onfirmed|Unconfirmed|Unknown|Pending|Unclear)|"
    r"(?:Denied|Ruled\s+out|Rejected)(?:\s+by\s+(?P<denier>[^\t|]{2,60}))?|(?:Announced|Pledged|Promised|"
    r"Stated)(?:\s+by\s+(?P<speaker>[^\t|]{2,60}))?)\s*$"
)
_REFUSES = re.compile(r"\b(?:no troops|ruled out|rules out|refus\w+|will not|won[’']t|declin\w+|none)\b", re.I)
_POSSIBLE = re.compile(r"possible|potential|may\b|might|consider|under discussion|not publicly|not named", re.I)
_UNSURE = re.compile(r"not (?:officially |yet )?confirmed|unconfirmed", re.I)
_IF = re.compile(r"\b(?:if|once|after|subject to|pending|provided)\b[^,;|]*", re.I)
_LISTED = re.compile(r"(?P<name>[A-ZÀ-Þ][\w’'. -]{1,40}?)\s*\((?P<n>\d{1,3}(?:,\d{3})+|\d{1,7})\)")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table, read; start and end are in the text given."""

    actor: Actor
    direction: Direction
    component: str | None
    capability: str | None
    quantity: Quantity | None
    condition: str | None
    state: State
    status: ClaimStatus
    said: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Head:
    actor: Actor
    start: int
    end: int


def is_header(line: str) -> bool:
    """Tell whether a table of contributors starts with this line."""
    return bool(_HEADER.match(line)) and not re.match(r"\W*\w+\s+[a-z]+\s+[a-z]+", line)


def rows(line: str, header: bool) -> list[Row]:
    """Return the rows that stand in one line: one as a rule, all of them where the whole table is glued into one."""
    heads = list(_heads(line, _header_end(line) if header else 0, header))
    ends = [*(h.start for h in heads[1:]), len(line)][: len(heads)]
    return [row for head, end in zip(heads, ends, strict=True) for row in _row(line, head, end)]


def _header_end(line: str) -> int:
    found = _LAST_HEADING.search(line)
    return found.end() if found else len(line)


def _heads(line: str, at: int, many: bool) -> Iterator[_Head]:
    """Yield where rows start: a country with its next cell glued to it or behind a tab or bar."""
    while at < len(line):
        at += len(line[at:]) - len(line[at:].lstrip(" \t|•-*"))
        head = _head(line, at)
        if head:
            yield head
        if not many:
            return
        at = _next_row(line, head.end if head else at)


def _next_row(line: str, at: int) -> int:
    """Return the next place where a country is glued to a capital letter, or the end."""
    for spot in re.finditer(r"(?<=\s)(?=[A-ZÀ-Þ])", line[at:]):
        head = _head(line, at + spot.start())
        if head and line[head.end : head.end + 1].strip():
            return at + spot.start()
    return len(line)


def _head(line: str, at: int) -> _Head | None:
    others = _OTHERS.match(line, at)
    if others:
        word = others.group("n")
        count = int(word) if word.isdigit() else NUMBERS.get(word)
        return _Head(Actor(None, "other " + others.group("what"), ActorKind.GROUP, count), at, others.end())
    known = row_name(line, at)
    if known is None or known[1].actor is None:
        return None
    after = line[at + len(known[0]) :]
    glued = after[:1].isupper() or re.match(r"\s*[\t|]|\s{2,}|\s*$", after)
    return _Head(Actor(known[1].code, known[1].actor, known[1].kind), at, at + len(known[0])) if glued else None


def _row(line: str, head: _Head, end: int) -> Iterator[Row]:
    cells = line[head.end : end].rstrip()
    status = _STATUS.search(cells)
    role = cells[: status.start()] if status else cells
    if not role.strip(" \t|") and status is None:
        return
    said = _said(status)
    standing = _standing(status, role)
    refuses = bool(_REFUSES.search(role)) or standing is ClaimStatus.RULED_OUT
    condition = _IF.search(role)
    direction = Direction.RULES_OUT if refuses else Direction.CONDITIONAL if condition else Direction.OFFERS
    state = State.RUMOURED if _POSSIBLE.search(role) or standing is ClaimStatus.UNCONFIRMED else State.ANNOUNCED
    stop = head.start + len(line[head.start : end].rstrip())
    for component, capability in _means(role):
        waits = condition.group().strip() if condition else None
        yield Row(head.actor, direction, component, capability, _number(role), waits, state,
                  ClaimStatus.RULED_OUT if refuses else standing, said, head.start, stop)  # fmt: skip


def _means(role: str) -> list[tuple[str | None, str | None]]:
    found: dict[str, str] = {}
    for component, pattern in COMPONENT_WORDS:
        match = pattern.search(role)
        if match and not (component == "command" and "leadership" in role):
            found.setdefault(component, match.group())
    return list(found.items()) or [("land", role.strip(" \t|") or None)]


def _number(role: str) -> Quantity | None:
    found = re.search(
        r"(?<![\w.,])(\d{1,3}(?:,\d{3})+|\d{2,7})(?=\s+(?:troops|soldiers|personnel|men|trainers)|\s*$)", role
    )
    if found is None:
        return None
    value = Decimal(found.group(1).replace(",", ""))
    return Quantity(value, value, "troops")


def _said(status: re.Match[str] | None) -> tuple[str, ...]:
    """Return who says so, by the names that the lists have."""
    if status is None:
        return ()
    publishers = status.group("publishers")
    words = (
        publishers
        or status.group("by")
        or status.group("reporter")
        or status.group("denier")
        or status.group("speaker")
        or ""
    )
    names = [n.strip(" .") for n in re.split(r",\s*|\s+and\s+", words)]
    return tuple(_canonical(n) for n in names if n)


def _canonical(name: str) -> str:
    known = ENTRIES.get(name)
    if known:
        return known.name
    unknown = unknown_name(name)
    return unknown.name if unknown and len(unknown.name) >= len(name) else name


def _standing(status: re.Match[str] | None, role: str) -> ClaimStatus:
    words = status.group("status").lower() if status else ""
    if _UNSURE.search(role) or words.startswith(("not ", "unconfirmed", "unknown", "pending", "unclear")):
        return ClaimStatus.UNCONFIRMED
    if words.startswith(("denied", "rejected", "ruled out")):
        return ClaimStatus.RULED_OUT
    return ClaimStatus.CONFIRMED if "confirmed" in words else ClaimStatus.REPORTED


def counted_list(text: str) -> list[Row]:
    """Return the rows of "Mongolia (150), Nepal (650)": two or more countries with a number in brackets."""
    found = []
    for match in _LISTED.finditer(text):
        name = match.group("name").removeprefix("and ").strip()
        entry = ENTRIES.get(name)
        if entry and entry.code and entry.actor == entry.name:
            value = Decimal(match.group("n").replace(",", ""))
            actor = Actor(entry.code, entry.name, ActorKind.COUNTRY)
            quantity = Quantity(value, value, "troops")
            found.append(Row(actor, Direction.OFFERS, "land", None, quantity, None, State.ANNOUNCED,
                             ClaimStatus.REPORTED, (), match.start(), match.end()))  # fmt: skip
    return found if len(found) > 1 else []
