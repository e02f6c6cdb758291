"""Tables of contributors in words, "Mongolia (150), Nepal (650)", as actors with their numbers."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.pledges.nouns import Actor, ActorKind, Claim, ClaimStatus, Direction, Quantity, Said, State

__all__ = ["Contributor", "contributor_claims", "counted_items", "read_contributors"]

_NUMBER = r"\d{1,3}(?:,\d{3})+|\d+"
_DASH = "\\s*(?:-|\u2013|\u2014|to)\\s*"  # a dash between two numbers is printed in three ways
_WORDS = r"[^()\[\]\d]{0,40}"
_COUNT = rf"(?P<words>{_WORDS}?)(?P<low>{_NUMBER})(?!\d)(?:{_DASH}(?P<high>{_NUMBER}))?(?P<unit>{_WORDS})"
_NAME = r"(?P<name>[^\W\d_][^()\[\]:\d]{0,80}?)"
_FORMS = (
    re.compile(rf"{_NAME}\s*[(\[]{_COUNT}[)\]]\W*$"),  # Mongolia (150)
    re.compile(rf"{_NAME}\s*:{_COUNT}$"),  # Mongolia: 150
    re.compile(rf"{_NAME}\s(?P<words>)(?P<low>{_NUMBER})(?P<high>)(?P<unit>)\W*$"),  # Mongolia 150
)
# Entries end at a line, a semicolon, an "and" after a number, or a comma that is outside brackets and in no number.
_BETWEEN = re.compile(r"[;\n]|(?<=[)\]\d])\s+and\b|,(?!\d{3}(?!\d))(?![^()\[\];\n]{0,100}[)\]])")
_MARKS = " \t\r,.*\u2022\u00b7-\u2013\u2014"  # marks of a list, as they are printed
_ITEM = re.compile(r"\s*(?P<name>.*\S)\s*\((?P<count>\d[\d,]*)\)\s*$")
_AT_MOST = frozenset({"up to", "at most", "under", "fewer than", "less than", "max"})
_AT_LEAST = frozenset({"at least", "over", "more than", "min"})
_MOST_PERSONS = Decimal(10) ** 7
_MOST_CHARACTERS, _LONGEST_ENTRY = 1_000_000, 300


@dataclass(frozen=True, slots=True)
class Contributor:
    """One entry of the table; `start` and `end` are its characters in the text; no quantity where none is written."""

    actor: Actor
    quantity: Quantity | None
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry as written: its number in the table and where it stands."""

    row: int
    text: str
    start: int

    def issue(self, source: str, kind: IssueKind, found: str, needed: str, action: str) -> Issue:
        return Issue(source, kind, found, needed, action, row=self.row, native_key=self.text[:80])


def read_contributors(
    text: str, source: str, codes: Mapping[str, str], unit: str = "persons"
) -> tuple[tuple[Contributor, ...], list[Issue]]:
    """Return the contributors in a text in their order, and what could not be taken as it stands.

    codes  ISO 3166-1 alpha-2 by the name of the country in lower case; a name without one stays, without a code
    """
    if len(text) > _MOST_CHARACTERS:
        found, needed = f"{len(text):,} characters", f"at most {_MOST_CHARACTERS:,}"
        return (), [Issue(source, IssueKind.UNREADABLE, found, needed, "give the table alone")]
    issues: list[Issue] = []
    listed = [(e, _contributor(e, source, codes, unit, issues)) for e in _entries(text)]
    kept = [(e, c) for e, c in listed if c is not None]
    if not kept and not issues:
        needed = 'entries such as "Mongolia (150), Nepal (650)"'
        issues.append(Issue(source, IssueKind.UNREADABLE, "no entry", needed, "check the text"))
    issues += _twice(kept, source)
    return tuple(c for _, c in kept), issues


def counted_items(text: str) -> list[tuple[str, int]]:
    """Return the items of a list such as "howitzer (6); tank (4)"; only brackets at an item's end count."""
    matches = (_ITEM.match(part) for part in text.split(";"))
    return [(m["name"], int(m["count"].replace(",", ""))) for m in matches if m is not None]


def contributor_claims(
    contributors: Sequence[Contributor],
    prefix: str,
    on: date,
    said: Said,
    component: str,
    state: State = State.DEPLOYED,
    status: ClaimStatus = ClaimStatus.REPORTED,
) -> tuple[Claim, ...]:
    """Return one claim a contributor, numbered in the order of the table."""
    return tuple(
        Claim(f"{prefix}-{i}", on, c.actor, Direction.OFFERS, component, None, c.quantity, (), state, status, (said,))
        for i, c in enumerate(contributors, start=1)
    )


def _entries(text: str) -> Iterator[_Entry]:
    start, row = 0, 0
    for end in (*(m.span() for m in _BETWEEN.finditer(text)), (len(text), len(text))):
        piece = text[start : end[0]]
        if piece.strip(_MARKS):
            row += 1
            yield _Entry(row, piece, start)
        start = end[1]


def _contributor(
    entry: _Entry, source: str, codes: Mapping[str, str], unit: str, issues: list[Issue]
) -> Contributor | None:
    short = entry.text[:_LONGEST_ENTRY]
    match = next((m for m in (form.search(short) for form in _FORMS) if m is not None), None)
    name = (short if match is None else match["name"]).strip(_MARKS)
    code = codes.get(name.casefold()) or codes.get(name.casefold().removeprefix("the "))
    if match is None and code is None:
        needed, action = 'a name and a number, as in "Mongolia (150)"', "the entry is left out; correct it"
        issues.append(entry.issue(source, IssueKind.REJECTED, repr(short.strip()[:60]), needed, action))
        return None
    if code is None:
        needed, action = "the name of a country", "it is kept without a code; give the code by hand"
        issues.append(entry.issue(source, IssueKind.DOUBTFUL, repr(name), needed, action))
    quantity = None if match is None else _quantity(match, unit)
    if match is not None and quantity is None:
        needed, action = "a number from 0 to ten million, low before high", "it is kept without a quantity; correct it"
        issues.append(entry.issue(source, IssueKind.DOUBTFUL, repr(short.strip()[:60]), needed, action))
    actor = Actor(code, name, ActorKind.COUNTRY)
    return Contributor(actor, quantity, entry.start, entry.start + len(entry.text))


def _quantity(match: re.Match[str], unit: str) -> Quantity | None:
    low = Decimal(match["low"].replace(",", ""))
    high = Decimal(match["high"].replace(",", "")) if match["high"] else None
    below_zero = match["words"].rstrip().endswith(("-", "\u2212"))
    if below_zero or low > _MOST_PERSONS or (high is not None and not low <= high <= _MOST_PERSONS):
        return None
    words = " ".join(match["words"].casefold().replace(".", "").split())
    named = match["unit"].strip(_MARKS) or unit
    if words in _AT_MOST:
        return Quantity(None, low if high is None else high, named, f"{words} {match['low']}")
    if words in _AT_LEAST:
        return Quantity(low, high, named, f"{words} {match['low']}")
    return Quantity(low, low if high is None else high, named, f"{words} {match['low']}" if words else None)


def _twice(listed: Sequence[tuple[_Entry, Contributor]], source: str) -> list[Issue]:
    seen: set[str] = set()
    issues = []
    for entry, c in listed:
        key = c.actor.code or c.actor.name.casefold()
        if key in seen:
            needed, action = "each contributor once", "both are kept; strike one out"
            issues.append(entry.issue(source, IssueKind.DUPLICATE, f"{c.actor.name} a second time", needed, action))
        seen.add(key)
    return issues
