"""Who contributes: the subject, whose troops they are, or whoever the text last spoke of."""

import re

from trucewatch.pledges.extract_clauses import Clause, Reading
from trucewatch.pledges.extract_mentions import Mention
from trucewatch.pledges.extract_said import PRONOUN
from trucewatch.pledges.nouns import ActorKind, Direction
from trucewatch.pledges.words_actors import Entry
from trucewatch.pledges.words_claims import FORCE, Predicate

__all__ = ["OFFICIALS", "OWNS", "PLAN", "SOON", "actors_of", "head_group", "subject_of"]

_PREPOSITION = re.compile(
    r"\b(?:in|at|from|with|by|amid|despite|join(?:ing|ed|s)?|against|for|to|on|near|over|between|towards?|into|across|alongside|about|via|"
    r"outside|inside|like|than|including|among\s+them|such\s+as|e\.g\.)\s+(?:the\s+|any\s+|a\s+)?$"
)
_COMPOSED = re.compile(r"(?:composed\s+of|made\s+up\s+of|comprising|consisting\s+of|grouping|of)\s+(?:the\s+)?$")
_JOIN = re.compile(
    r"\s*,\s*(?:and\s+|or\s+)?(?:the\s+)?|,?\s+(?:and|or|as\s+well\s+as|along\s+with|together\s+with)\s+(?:the\s+)?|\s*/\s*"
)
OFFICIALS = re.compile(r"officials?|sources?|diplomats?|planners|lawmakers|commanders")
_OF = 9  # characters between a group and what it is a part of
_OF_THE = re.compile(r"^\s+of\s+(?:the\s+)?$")
_THE_COUNTRY = re.compile(r"\b(?:[Tt]he|[Mm]y|[Hh]is|[Hh]er|[Tt]heir|[Oo]ur)\s+(?:own\s+)?(?:country|nation)\b(?![’'])")
_SAYS = re.compile(r"\b(?:according\s+to|as\s+per)\s+(?:the\s+)?$", re.I)
_COUNTRIES = re.compile(r"countries|nations|states|members|allies|governments|capitals", re.I)
_INCLUDES = re.compile(r"\b(?:includ(?:e|es|ed|ing)|namely|such\s+as)\s+")
_ADDED = re.compile(r"(?:in\s+addition\s+to|plus|besides)\s+(?:the\s+)?$")
_THAT = re.compile(r"\s+(?:the\s+possibility\s+)?that\s+(?:the\s+)?")
_APPOSED = re.compile(r",\s+(?:among\s+them\s+)?(?=(?:the\s+)?[A-Z])")
_BY = re.compile(r"\s+by\s+(?:the\s+|a\s+)?(?:(?:various|several|some|other|many)\s+)?")
_LAST_JOIN = re.compile(r"\band\b|\bor\b|\bas\s+well\s+as\b|\bwith\b|/")
OWNS = re.compile(rf"(?:[’']s?)?\s+(?:[\w-]+\s+){{0,2}}?(?:{FORCE}|air\s?power|jets|aircraft|navy|ships|boots)\b", re.I)
PLAN = re.compile(r"\b(?:plans?|options?|proposals?|package|mission|idea|scheme|deployment|decision|move)\b", re.I)
_PASSIVE = re.compile(r"required|needed|necessary|\bneeds?\s|will\s+need|would\s+need|require", re.I)
SOON = 40  # characters within which a verb of contributing follows "ready to"


def actors_of(
    reading: Reading, predicate: Predicate, match: re.Match[str], start: int, end: int
) -> tuple[tuple[Mention, ...], bool]:
    """Return who contributes, and whether the actor is the grammatical subject of the predicate."""
    if predicate.direction is Direction.REQUIRES:
        return _required(reading, match, start), False
    subject = subject_of(reading, start, match.start())
    objects = _objects(reading, match.start(), end)
    agent = _agent(reading, match, end)
    subject, objects = (() if agent else subject), agent or objects
    if subject:
        kept = tuple(m for m in subject if not m.party and m.actor())
        weak = not kept or kept[0].entry.kind is not ActorKind.COUNTRY or bool(OFFICIALS.search(kept[0].entry.name))
        if objects and not _counts(kept) and (weak and (kept or subject[0].entry.kind is ActorKind.UNNAMED)):
            return objects, False
        return _listed(reading, kept, end), True
    carried = reading.before if predicate.speech else ()
    for group in (
        agent,
        _pronoun(reading, start, match.start()),
        carried,
        objects,
        _said(reading),
        reading.before,
        _labelled(reading),
    ):
        if group:
            return group, group is not objects
    later = () if predicate.speech else _later(reading, match.end())
    if later:
        return later, False
    plan = PLAN.search(reading.text, start, end)
    return (reading.thread.actors if plan or PRONOUN.search(reading.text, start, match.start()) else ()), False


def _agent(reading: Reading, match: re.Match[str], end: int) -> tuple[Mention, ...]:
    """Return by whom it is done: "would be provided by European countries", "did not rule out that Italy …"."""
    by = _BY.match(reading.text, match.end()) if " be" in match.group() else _THAT.match(reading.text, match.end())
    if by is None:
        return ()
    free = [m for m in reading.names if by.end() <= m.start and m.end <= end and m.actor() and not m.party]
    groups = _groups(reading.text, free)
    return tuple(groups[0]) if groups and groups[0][0].start == by.end() else ()


def _counts(group: tuple[Mention, ...]) -> bool:
    """Tell whether these are countries in general: "all nations"."""
    return bool(group) and group[0].entry.code is None and bool(_COUNTRIES.search(group[0].entry.name))


def _listed(reading: Reading, group: tuple[Mention, ...], end: int) -> tuple[Mention, ...]:
    """Return the countries that are counted up behind such a group: "other countries … include Finland and Latvia"."""
    if not _counts(group):
        return group
    head = _APPOSED.match(reading.text, group[-1].end) or _INCLUDES.search(reading.text, group[-1].end, end)
    free = [m for m in reading.names if head and head.end() <= m.start and m.end <= end and m.actor() and not m.party]
    runs = _groups(reading.text, free)
    if not head or not runs or runs[0][0].start - head.end() > len("the "):
        return group
    more = [r for r in runs[1:] if _ADDED.search(reading.text[max(0, r[0].start - 24) : r[0].start])]
    return tuple(m for run in (runs[0], *more) for m in run) if len(runs[0]) > 1 else group


def subject_of(reading: Reading, start: int, end: int) -> tuple[Mention, ...]:
    """Return the names joined by commas and "and" that stand nearest before the predicate, outside conditions and
    prepositions."""
    text, near, led_end = reading.text, list[Mention](), -1
    for m in reading.names:
        free = start <= m.start and m.end <= end and not any(s < m.end and m.start < e for s, e in reading.conditions)
        composed = m.count and _COMPOSED.search(text[max(0, m.start - 30) : m.start]) and near
        if composed:
            near[-1] = Mention(near[-1].start, near[-1].end, near[-1].entry, m.count)
        elif near and m.start - near[-1].end < _OF and _OF_THE.search(text[near[-1].end : m.start]):
            if free and m.actor() and not near[-1].actor():
                near[-1] = m  # "the ministers of the Nordic nations"
            continue  # "six members of the coalition"
        elif free and not m.entry.publisher:
            led = _led(text, m, start, near) or (led_end >= 0 and bool(_JOIN.fullmatch(text[led_end : m.start])))
            led_end = m.end if led and not _SAYS.search(text[max(0, m.start - 24) : m.start]) else -1
            near += [] if led else [m]
    if not near:
        return ()
    group = [near[-1]]
    for mention in reversed(near[:-1]):
        gap = text[mention.end : group[0].start]
        if not _JOIN.fullmatch(gap) or (len(group) == 1 and not _LAST_JOIN.search(gap)):
            break
        group.insert(0, mention)
    return tuple(group)


def _led(text: str, mention: Mention, start: int, near: list[Mention]) -> bool:
    """Tell whether a preposition governs the name; "with the US playing" leads a clause of its own."""
    before = text[max(0, mention.start - 24) : mention.start]
    if near and mention.start - near[-1].end < 8 and _JOIN.fullmatch(text[near[-1].end : mention.start]):
        return False
    opens = re.search(r"\b(?:with|for)\s+(?:the\s+)?$", before) and mention.start - start < 12
    return bool(_PREPOSITION.search(before)) and not opens


def _objects(reading: Reading, start: int, end: int) -> tuple[Mention, ...]:
    """Return whose troops the predicate speaks of: "British and French forces", "US ground troops"."""
    free = [m for m in reading.names if start <= m.start and m.end <= end and not m.party and m.actor()]
    for group in _groups(reading.text, free):
        mention = group[0]
        conditional = any(s < mention.end and mention.start < e for s, e in reading.conditions)
        alongside = _PREPOSITION.search(reading.text[max(0, mention.start - 14) : mention.start])
        if (
            not conditional
            and OWNS.match(reading.text, group[-1].end)
            and (not alongside or "for" in alongside.group())
        ):
            return tuple(group)
    return ()


def _groups(text: str, names: list[Mention]) -> list[list[Mention]]:
    """Return the names in runs joined by commas and "and"."""
    groups: list[list[Mention]] = []
    for mention in names:
        if groups and _JOIN.fullmatch(text[groups[-1][-1].end : mention.start]):
            groups[-1].append(mention)
        else:
            groups.append([mention])
    return groups


def _pronoun(reading: Reading, start: int, end: int) -> tuple[Mention, ...]:
    country = _THE_COUNTRY.search(reading.text, start, end)
    if country:
        return _same_country(reading, country.start())
    words = [m.group().lower() for m in PRONOUN.finditer(reading.text, start, end)]
    thread = reading.thread
    if not words:
        return ()
    if words[-1] in ("he", "she"):
        here = [m.entry for m in reading.names if m.entry.person and m.end <= end]
        person = here[-1] if here else thread.person
        return (Mention(start, start, person),) if person and person.actor else ()
    if words[-1] in ("we", "i", "our"):
        entry = reading.report.speakers[0].entry if reading.report else thread.speaker_entry
        official = bool(entry and entry.person and not entry.actor and thread.is_official(entry))
        return (Mention(start, start, entry),) if entry and entry.actor else thread.actors[:1] if official else ()
    return () if reading.report and reading.report.end <= start else thread.actors


def _same_country(reading: Reading, at: int) -> tuple[Mention, ...]:
    """Return whom "the country" or "her country" means: that of the speaker, else of whom the text spoke last."""
    spoken = [m for m in reading.report.speakers if m.actor() and not m.party] if reading.report else []
    here = [m for m in reading.names if m.end <= at and m.entry.code and not m.party]
    if spoken or here:
        return tuple((spoken or here)[-1:])
    return reading.thread.actors[:1]


def _said(reading: Reading) -> tuple[Mention, ...]:
    speakers = reading.report.speakers if reading.report else ()
    return tuple(m for m in speakers if m.actor() and not m.party and not m.entry.publisher)


def _labelled(reading: Reading) -> tuple[Mention, ...]:
    return (reading.label,) if reading.label and reading.label.actor() and not reading.label.party else ()


def _later(reading: Reading, end: int) -> tuple[Mention, ...]:
    """Return who is first named behind the predicate, where nobody stands before it."""
    free = (
        m for m in reading.names if m.start >= end and not m.party and m.actor() and m.entry.kind is not ActorKind.BODY
    )
    return next(((m,) for m in free if not any(s < m.end and m.start < e for s, e in reading.conditions)
                 and not _PREPOSITION.search(reading.text[max(0, m.start - 14) : m.start])), ())  # fmt: skip


def _required(reading: Reading, match: re.Match[str], start: int) -> tuple[Mention, ...]:
    """Return of whom something is required: who is urged or must; else who says that it is needed."""
    urged = [m for m in reading.names if match.start() <= m.start and m.end <= match.end() and not m.entry.publisher]
    if urged:
        return tuple(m for m in urged[:1] if not m.party and m.actor())
    subject = subject_of(reading, start, match.start())
    if subject and not _PASSIVE.search(match.group()):
        return tuple(m for m in subject if not m.party and m.actor())
    if subject and subject[-1].party and subject[-1].entry.actor == subject[-1].entry.name:
        return ()  # what a side needs for itself
    speakers = reading.report.speakers if reading.report else ()
    return speakers[:1] or tuple(m for m in subject if not m.party and not m.entry.person)[-1:] or _passing(reading)


def _passing(reading: Reading) -> tuple[Mention, ...]:
    """Return who is said to say so, as an actor of its own."""
    names = reading.passed or reading.thread.passed or list(reading.thread.speakers if reading.quoted else ())
    return tuple(Mention(0, 0, Entry(n, None, n, ActorKind.BODY)) for n in names[:1])


def head_group(reading: Reading, clause: Clause) -> tuple[Mention, ...]:
    """Return whom a clause without a claim is about, for the clause behind it ("… and have now signed")."""
    inside = [m for m in reading.names if clause.start <= m.start and m.end <= clause.end and not m.party and m.actor()]
    free = [m for m in inside if not _led(reading.text, m, -99, []) and not m.entry.publisher]
    return tuple(_groups(reading.text, free)[0]) if free and free[0].start - clause.start < SOON else ()
