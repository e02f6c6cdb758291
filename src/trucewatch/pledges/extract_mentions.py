"""Find who is named in a sentence: countries, people, institutions, groups, publishers, nameless sources."""

import re
from collections import defaultdict
from dataclasses import dataclass, replace

from trucewatch.pledges.nouns import Actor, ActorKind
from trucewatch.pledges.words_actors import ENTRIES, MEDIA_WORDS, PARTIES, SOURCES, Entry
from trucewatch.pledges.words_claims import NUMBERS, TITLES

__all__ = ["Mention", "Names", "learned_people", "mentions", "named_at", "row_name", "unknown_name"]

Names = dict[str, list[tuple[str, Entry]]]  # by the first two letters, longest first

_START = re.compile(r"(?<![\w-])(?=[A-ZÀ-ÞŞ]|the (?:c|W|N)|coalition|allied |allies\b|[Oo]ther )")
_NAME = r"[A-ZÀ-ÞŞ][\w’'-]*(?:\s(?:van|von|de|der|den|al|bin|da|di|du|la|le|[A-ZÀ-ÞŞ][\w’'-]*)){1,3}"
_HYPHEN = re.compile(r"[-‑][A-Za-z]")
_TITLE_BEFORE = re.compile(rf"(?:{TITLES}\s+)+$")
_TITLED = re.compile(rf"\b(?:{TITLES}\s+)+(?P<name>{_NAME})")
_NAME_THEN_TITLE = re.compile(rf"(?P<name>{_NAME}),\s+(?:the\s+)?(?P<role>[^,.]{{3,60}}),")
_CAPITALISED = re.compile(
    r"[A-ZÀ-ÞŞ][\w.’'&-]*(?:\s+(?:of\s+|the\s+|de\s+|der\s+|and\s+(?=[A-Z]))?[A-ZÀ-ÞŞ][\w.’'&-]*){0,4}"
)
_PRIVATE = re.compile(
    r"historian|analyst|fellow|lawmaker|\bMP\b|expert|professor|[Ff]ormer|\bex-|opposition|researcher"
)
_INSTITUTION = re.compile(
    r"(?:[’']s?)?\s+(?:(?:powerful|main|national|federal|armed|foreign|defen[cs]e|interior|finance|lower|upper|"
    r"[a-z]+s[’'])\s+){0,2}"
    r"(?P<what>parliament|senate|government|cabinet|ministry(?: of \w+)?|army|navy|air force|military|"
    r"administration|delegation|lawmakers|"
    r"union|association|think tank|institute|opposition|party)\b"
)
_ROLE = re.compile(
    r"(?:[’']s?)?\s+(?:(?:[a-z]+\s+){0,2}?(?:minister|president|"
    r"chancellor|secretary|premier|king|envoy)|counterpart|leader)\b(?!\s+(?:[A-ZÀ-Þ]|of\b)|s\b|"
    r"[’'])"
)
_PROPER = re.compile(
    r"(?:\s+[A-Z][\w-]+){0,2}\s+(?:Institute|Council|University|Academy|Cent(?:er|re)|Foundation|Corporation|"
    r"Times|Post|News|"
    r"Herald|Agency|Association|Society|Review|Press)\b"
)
_PRIVATE_BODY = frozenset(("union", "association", "think tank", "institute", "opposition", "party"))
_WORDS = "|".join(sorted((w for w in NUMBERS if len(w) > 2), key=len, reverse=True))
_COUNTED = re.compile(
    rf"(?:(?:[Aa]round|[Aa]bout|[Ss]ome|[Aa]pproximately|[Rr]oughly|[Aa]t least|[Mm]ore than|[Uu]p to|[Nn]early|"
    rf"[Oo]ver|[Oo]ther|[Aa]nother|[Tt]he)\s+)*"
    rf"\b(?P<n>\d{{1,3}}|(?i:{_WORDS}))\s+(?:of\s+(?:the\s+|its\s+|[A-Z]\w+[’']s\s+)?(?:\d+\s+)?)?(?:other\s+|"
    rf"more\s+)?(?P<what>(?:European\s+|NATO\s+|EU\s+|Western\s+|"
    rf"allied\s+|coalition\s+|member\s+|partner\s+|Baltic\s+|Nordic\s+)*"
    r"(?i:countries|states|nations|governments|members|allies|capitals))\b"
)
_OTHERS = re.compile(
    r"\b(?:[Oo]ther|[Ss]ome(?:\s+other)?|[Aa]ll|[Ss]everal(?:\s+other)?|[Mm]any|[Vv]arious|[Mm]ost|(?:[Aa]\s+)?(?:\w+\s+)?(?:number|handful|"
    r"group|majority)\s+of(?:\s+other)?)\s+(?:European\s+|coalition\s+|NATO\s+|member\s+|Western\s+|"
    r"allied\s+)*(?:and\s+NATO\s+)?(?:countries|states|nations|members|allies|governments)\b"
)
_SOURCES = re.compile(rf"\b{SOURCES}", re.X)


@dataclass(frozen=True, slots=True)
class Mention:
    """A name in a sentence, with its titles; counts how many where it is a counted group."""

    start: int
    end: int
    entry: Entry
    count: int | None = None

    @property
    def party(self) -> bool:
        """Tell whether this is a side of the line."""
        return self.entry.code in PARTIES

    def actor(self) -> Actor | None:
        """Return whom this stands for, None where that is no contributor."""
        name, kind = self.entry.actor, self.entry.kind
        return Actor(self.entry.code, name, kind, self.count) if name and not self.entry.publisher else None


def _indexed(entries: dict[str, Entry]) -> Names:
    index = defaultdict(list)
    for name, entry in entries.items():
        index[name[:2]].append((name, entry))
    return {head: sorted(found, key=lambda e: -len(e[0])) for head, found in index.items()}


_INDEX = _indexed(ENTRIES)
_SURNAMES = frozenset(n for n, e in ENTRIES.items() if e.person and n != e.name)


def named_at(text: str, at: int, names: Names = _INDEX) -> tuple[str, Entry] | None:
    """Return the longest known name that starts here and ends with a word."""
    for name, entry in names.get(text[at : at + 2], ()):
        if text.startswith(name, at) and not text[at + len(name) : at + len(name) + 1].isalnum():
            return name, entry
    return None


def row_name(text: str, at: int) -> tuple[str, Entry] | None:
    """Return the known country that starts here, though the next cell may be glued to it ("United KingdomRoyal
    Marines")."""
    for name, entry in _INDEX.get(text[at : at + 2], ()):
        after = text[at + len(name) : at + len(name) + 1]
        if text.startswith(name, at) and entry.name == entry.actor and not (after.islower() or entry.adjective):
            return name, entry
    return None


def learned_people(text: str) -> Names:
    """Return the people whom the text itself introduces ("Danish Defence Minister …"), by full name and by surname."""
    found: dict[str, Entry] = {}
    for match in _TITLED.finditer(text):
        name = match.group("name").removesuffix("’s").removesuffix("'s")
        if name in ENTRIES or name in found:
            continue
        entry = _introduced(name, text[max(0, match.start() - 40) : match.start()], match.group())
        found |= {name: entry, name.split(" ", 1)[1]: entry}
    return _indexed(found)


def _introduced(name: str, before: str, title: str) -> Entry:
    """Return a person with the country whose name stands right before the title; none for those who speak for
    nobody."""
    person = Entry(name, person=True)
    if _PRIVATE.search(title) or _PRIVATE.search(before[-20:]):
        return person
    for at in range(len(before)):
        known = named_at(before, at) if not before[max(0, at - 1) : at].isalnum() else None
        if known and before[at + len(known[0]) :].strip(" ’'s") == "" and known[1].actor:
            return replace(person, code=known[1].code, actor=known[1].actor, kind=known[1].kind)
    return person


def mentions(text: str, learned: Names) -> list[Mention]:
    """Return who is named, left to right and without overlap; a word with "-led" or "-based" behind it names nobody."""
    found = [*_counted(text), *_plainly_named(text, learned)]
    found += [Mention(m.start(), m.end(), _source(m.group())) for m in _SOURCES.finditer(text)]
    found.sort(key=lambda m: (m.start, -m.end))
    kept: list[Mention] = []
    for mention in found:
        if (
            kept
            and kept[-1].entry.actor
            and not kept[-1].entry.person
            and mention.entry.kind is ActorKind.UNNAMED
            and mention.start - kept[-1].end == 1
        ):
            kept[-1] = _officials(kept[-1], mention, text)
        elif not kept or mention.start >= kept[-1].end:
            kept.append(mention)
    return kept


def _officials(whose: Mention, who: Mention, text: str) -> Mention:
    """Return "European officials" as one name that speaks for its country or group."""
    return Mention(whose.start, who.end, replace(whose.entry, name=text[whose.start : who.end], adjective=False))


def _source(words: str) -> Entry:
    return Entry(" ".join(words.split()), kind=ActorKind.UNNAMED)


def _counted(text: str) -> list[Mention]:
    found = []
    for match in _COUNTED.finditer(text):
        word = match.group("n").lower()
        count = int(word) if word.isdigit() else NUMBERS[word]
        what = match.group("what")
        found.append(Mention(match.start(), match.end(), Entry(what, None, what, ActorKind.GROUP), count))
    others = (
        Mention(m.start(), m.end(), Entry(m.group(), None, m.group().lower(), ActorKind.GROUP))
        for m in _OTHERS.finditer(text)
    )
    return [*found, *others]


def _plainly_named(text: str, learned: Names) -> list[Mention]:
    found, at = [], 0
    while (spot := _START.search(text, at)) is not None:
        known = _known(text, spot.start(), learned)
        at = spot.start() + (len(known[0]) if known else 1)
        if known and not _HYPHEN.match(text, at):
            found.append(_widened(text, spot.start(), at, known[1]))
    return found


def _known(text: str, at: int, learned: Names) -> tuple[str, Entry] | None:
    known = named_at(text, at)
    if known is None or known[0] in _SURNAMES:
        introduced = named_at(text, at, learned)
        if introduced:
            return introduced
    if known and known[0] in _SURNAMES and _is_somebody_else(text, at):
        return None
    return known


def _is_somebody_else(text: str, at: int) -> bool:
    """Tell whether a first name that we do not know stands before a surname that we do."""
    before = re.search(r"([A-ZÀ-Þ][a-zà-þ]+)\s$", text[max(0, at - 25) : at])
    if before is None or re.fullmatch(TITLES, before.group(1)) or before.group(1) in ENTRIES:
        return False
    return at - len(before.group()) > 0 and before.group(1) not in (
        "With",
        "As",
        "When",
        "But",
        "And",
        "While",
        "After",
        "If",
        "That",
    )


def _widened(text: str, start: int, end: int, entry: Entry) -> Mention:
    """Return the mention with the titles before a person, or the institution behind a country ("Germany’s soldiers’
    union")."""
    if entry.person:
        return Mention(_with_titles(text, start), end, entry)
    proper = _PROPER.match(text, end) if entry.adjective else None
    if proper:
        name = text[start : proper.end()]
        return Mention(start, proper.end(), Entry(name, publisher=bool(MEDIA_WORDS.intersection(name.split()))))
    role = _ROLE.match(text, end) if entry.actor else None
    if role:
        name = text[start : role.end()]
        return Mention(start, role.end(), replace(entry, name=name, adjective=False, person=True))
    behind = _INSTITUTION.match(text, end) if entry.code else None
    if behind is None:
        return Mention(start, end, entry)
    name = text[start : behind.end()]
    if behind.group("what") in _PRIVATE_BODY:
        return Mention(start, behind.end(), Entry(name, None, name, ActorKind.BODY))
    return Mention(start, behind.end(), replace(entry, name=name, adjective=False))


def _with_titles(text: str, start: int) -> int:
    before = _TITLE_BEFORE.search(text[max(0, start - 60) : start])
    if before is None:
        return start
    begin = start - len(before.group())
    country = re.search(r"(?:(?:the\s+)?[A-ZÀ-Þ][\w.]*(?:\s[A-Z]\w+)?(?:[’']s)?\s+)$", text[max(0, begin - 25) : begin])
    known = country and any(named_at(country.group(), at) for at in range(len(country.group())))
    return begin - len(country.group()) if country and known else begin


def unknown_name(text: str) -> Entry | None:
    """Return a capitalised name at the start of the text as a speaker whom no list has; a newspaper by its words."""
    found = _CAPITALISED.match(text)
    if found is None or len(found.group()) < 3:
        return None
    name = found.group().rstrip(".’'").removesuffix("’s").removesuffix("'s")
    return Entry(name, publisher=bool(MEDIA_WORDS.intersection(name.split())))
