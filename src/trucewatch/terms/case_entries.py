"""What may stand in a file of cases, and what is wrong in one that its keys and types do not show."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Literal

from pydantic import Field

from trucewatch.core.agreement import Agreement
from trucewatch.core.classes import CLASSES
from trucewatch.core.entries import Entry
from trucewatch.core.parts import MOST_PARTS
from trucewatch.core.problem import Problem
from trucewatch.core.yaml_files import Path, Source
from trucewatch.terms.dates import Calendar
from trucewatch.terms.schema import Activity, CircleEntry

__all__ = [
    "AllegationEntry",
    "CallEntry",
    "CandidateEntry",
    "CaseCorridor",
    "CaseEntry",
    "CaseNotice",
    "ExpectEntry",
    "FileEntry",
    "GivenEntry",
    "IncidentEntry",
    "InspectionEntry",
    "PlaceEntry",
    "case_problems",
    "corridor_id",
]

Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
Passing = Annotated[list[float], Field(min_length=3, max_length=3)]
Time = str | Annotated[list[str], Field(min_length=2, max_length=2)]
Word = Literal["breach", "no_breach", "undecided", "unobserved"]
Count = Annotated[float, Field(ge=0)]

_NEEDED = {
    "exact": ("lon", "lat", "radius_m"),
    "settlement": ("lon", "lat", "radius_m"),
    "ellipse": ("lon", "lat", "along_m", "across_m"),
    "pixel": ("lon", "lat", "along_m", "across_m"),
    "sector": ("lon", "lat", "range_m", "width_deg"),
    "candidates": (),
    "path": ("radius_m",),
}


class CandidateEntry(Entry):
    """One of several discs that may be meant."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float = Field(gt=0)
    weight: float = Field(default=1.0, gt=0)


class PlaceEntry(Entry):
    """A place; the sizes that are needed depend on its kind.

    candidates  discs of which one is meant
    path        [lon, lat, seconds after the start] of points that it passes, with radius_m around them
    """

    kind: Literal["exact", "ellipse", "pixel", "sector", "settlement"] = "exact"
    lon: float | None = Field(default=None, ge=-180, le=180)
    lat: float | None = Field(default=None, ge=-90, le=90)
    radius_m: float | None = Field(default=None, gt=0)
    range_m: Pair | None = None
    along_m: float | None = None
    across_m: float | None = None
    bearing_deg: float = 0.0
    width_deg: float | None = None
    candidates: list[CandidateEntry] | None = Field(default=None, min_length=1, max_length=MOST_PARTS)
    path: Annotated[list[Passing], Field(min_length=2, max_length=MOST_PARTS)] | None = None

    @property
    def form(self) -> str:
        """The kind of place, those of several parts included."""
        if self.candidates is not None:
            return "candidates"
        return self.kind if self.path is None else "path"


class IncidentEntry(Entry):
    """An incident: what, where, when, how surely, how many."""

    id: str = Field(min_length=1)
    cls: str | None = Field(default=None, alias="class")
    p_real: float = Field(ge=0, le=1)
    place: PlaceEntry | Literal["unknown"]
    time: Time
    weapon: str | None = None
    count: Count | None = None
    count_unit: str = "explosion"


class AllegationEntry(Entry):
    """What a party says that somebody did."""

    id: str = Field(min_length=1)
    party: str
    against: str | None = None
    reference: str | None = None
    cls: str | None = Field(default=None, alias="class")
    place: PlaceEntry | Literal["unknown"]
    time: Time
    weapon: str | None = None
    count: Count | None = None
    count_unit: str = "explosion"
    copies: int = Field(default=1, ge=1)


class CaseNotice(Entry):
    """A notified activity in a circle, and when it was notified."""

    party: str
    activity: Activity
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    notified: str | None = None
    circle: CircleEntry
    source: str


class CallEntry(Entry):
    """A call to the coordination mechanism."""

    party: str
    time: Time
    outcome: Literal["resolved", "unsuccessful", "unanswered"] | None = None
    source: str = "the case"


class InspectionEntry(Entry):
    """What an inspection found at a storage site, for one kind of weapon."""

    site: str
    time: Time
    weapon: str | None = None
    declared: Count | None = None
    present: Count | None = None
    missing: Count | None = None
    not_verified: Count | None = None
    access: Literal["granted", "conditional", "delayed", "denied"] = "granted"
    source: str = "the case"


class EndEntry(Entry):
    """A named end of a corridor; without coordinates where they cannot be trusted."""

    name: str
    lon: float | None = None
    lat: float | None = None


class CaseCorridor(Entry):
    """A row of a corridor list."""

    id: str
    start_at: EndEntry
    end_at: EndEntry
    hours: list[str] = Field(min_length=2, max_length=2)
    hours_stated: bool = True
    proposer: str | None = None
    outcome: str | None = None


class PeriodEntry(Entry):
    """The period that is judged."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")


class GivenEntry(Entry):
    """The situation."""

    period: PeriodEntry
    seen: float = Field(ge=0, le=1)
    incidents: list[IncidentEntry] = Field(default_factory=list)
    allegations: list[AllegationEntry] = Field(default_factory=list)
    notices: list[CaseNotice] = Field(default_factory=list)
    calls: list[CallEntry] = Field(default_factory=list)
    inspections: list[InspectionEntry] = Field(default_factory=list)
    corridors: list[CaseCorridor] = Field(default_factory=list)
    country: Annotated[list[Pair], Field(min_length=3)] | None = None


class ExpectEntry(Entry):
    """What is expected of one clause for one subject."""

    verdict: Word
    p: Pair | None = None
    conditional: dict[str, Word] | None = None


class CaseEntry(Entry):
    """One case; `expect` is {incident id, allegation id or period: {clause: verdict}}."""

    case: str = Field(min_length=1)
    given: GivenEntry
    expect: dict[str, dict[str, Word | ExpectEntry]] = Field(min_length=1)


class FileEntry(Entry):
    """A file of cases."""

    cases: list[CaseEntry] = Field(min_length=1)


def corridor_id(agreement: Agreement, corridor: CaseCorridor) -> str:
    """Return the id of the clause that a corridor of a case becomes."""
    prefix = agreement.corridor_clause.id if agreement.corridor_clause is not None else ""
    return f"{prefix}{corridor.id}"


def case_problems(agreement: Agreement, source: Source, i: int, entry: CaseEntry) -> Iterator[Problem]:
    """Yield the words of a case that must be known, dates that must be readable, and places that lack a size."""
    at: Path = ("cases", i, "given")
    yield from _time_problems(Calendar(agreement.time_zone), source, at, entry.given)
    for where, cls in _classes(entry.given):
        if cls is not None and cls not in CLASSES:
            yield source.problem((*at, *where), f"class {cls!r}", "a class of the class tree", "see docs/core.md")
    for where, place in _places(entry.given):
        yield from _place_problems(source, (*at, *where), place)
    yield from _name_problems(agreement, source, at, entry.given)
    yield from _expect_problems(agreement, source, ("cases", i, "expect"), entry)


def _time_problems(calendar: Calendar, source: Source, at: Path, given: GivenEntry) -> Iterator[Problem]:
    for where, texts in _times(given):
        read = [calendar.read(source, (*at, *where), text) for text in texts]
        yield from (problem for _, problems in read for problem in problems)
        start, end = read[0][0], read[-1][0]
        if start is not None and end is not None and end < start:
            found = f"the time {texts[-1]} before {texts[0]}"
            yield source.problem((*at, *where), found, "an end after the start", "correct one of them")


def _times(given: GivenEntry) -> Iterator[tuple[Path, Sequence[str]]]:
    yield ("period", "to"), (given.period.start, given.period.end)
    for key in ("incidents", "allegations", "calls", "inspections"):
        for i, entry in enumerate(getattr(given, key)):
            if entry.time != "unknown" or key != "allegations":
                yield (key, i, "time"), [entry.time] if isinstance(entry.time, str) else entry.time
    for i, notice in enumerate(given.notices):
        yield ("notices", i, "to"), (notice.start, notice.end)
        if notice.notified is not None:
            yield ("notices", i, "notified"), (notice.notified,)
    for i, corridor in enumerate(given.corridors):
        yield ("corridors", i, "hours"), corridor.hours


def _classes(given: GivenEntry) -> Iterator[tuple[Path, str | None]]:
    for key in ("incidents", "allegations"):
        for i, entry in enumerate(getattr(given, key)):
            yield (key, i, "class"), entry.cls


def _places(given: GivenEntry) -> Iterator[tuple[Path, PlaceEntry]]:
    for key in ("incidents", "allegations"):
        for i, entry in enumerate(getattr(given, key)):
            if isinstance(entry.place, PlaceEntry):
                yield (key, i, "place"), entry.place


def _place_problems(source: Source, at: Path, place: PlaceEntry) -> Iterator[Problem]:
    for size in _NEEDED[place.form]:
        if getattr(place, size) is None:
            yield source.problem(at, f"no {size}", f"{size} for a place of this kind", f"add `{size}: ...`")
    given = place.model_fields_set - {"candidates", "path"} - set(_NEEDED[place.form])
    if place.form in ("candidates", "path") and given:
        needed = f"`{place.form}` alone" if place.form == "candidates" else "`path` and `radius_m` alone"
        yield source.problem(at, f"{', '.join(sorted(given))} beside {place.form}", needed, "remove what is too much")
    if place.candidates is not None and place.path is not None:
        yield source.problem(at, "both candidates and a path", "one of them", "say which of the two it is")
    for before, after in pairwise(place.path or ()):
        if after[2] <= before[2]:
            found = f"a path at {after[2]:g} s after {before[2]:g} s"
            yield source.problem((*at, "path"), found, "seconds after the start that grow", "correct the seconds")


def _name_problems(agreement: Agreement, source: Source, at: Path, given: GivenEntry) -> Iterator[Problem]:
    """Parties, sites and subjects that the agreement or the case does not know."""
    parties, sites = {p.id for p in agreement.parties}, {z.id for z in agreement.zones}
    named = [(("allegations", k, "party"), a.party, parties) for k, a in enumerate(given.allegations)]
    named += [(("allegations", k, "against"), a.against or a.party, parties) for k, a in enumerate(given.allegations)]
    named += [(("calls", k, "party"), c.party, parties) for k, c in enumerate(given.calls)]
    named += [(("inspections", k, "site"), n.site, sites) for k, n in enumerate(given.inspections)]
    for where, word, known in named:
        if word not in known:
            found = f"the unknown {'site' if known is sites else 'party'} {word!r}"
            yield source.problem((*at, *where), found, f"one of {', '.join(sorted(known))}", "correct it")
    seen = {"period"}
    for key in ("incidents", "allegations"):
        for k, entry in enumerate(getattr(given, key)):
            if entry.id in seen:
                fix = "give each incident and allegation an id of its own, and none `period`"
                yield source.problem((*at, key, k, "id"), f"the id {entry.id!r} again", "each id once", fix)
            seen.add(entry.id)


def _expect_problems(agreement: Agreement, source: Source, at: Path, entry: CaseEntry) -> Iterator[Problem]:
    given = entry.given
    subjects = {"period", *(k.id for k in given.incidents), *(k.id for k in given.allegations)}
    clauses = {c.id for c in agreement.provisions} | {corridor_id(agreement, c) for c in given.corridors}
    for subject, expected in entry.expect.items():
        where = (*at, subject)
        if subject not in subjects:
            needed = f"one of {', '.join(sorted(subjects))}"
            yield source.problem(where, f"the subject {subject!r}", needed, "correct it")
        if not expected:
            yield source.problem(where, "nothing expected", "a verdict for a clause", "add `clause: verdict`")
        for clause in sorted(expected.keys() - clauses):
            known = ", ".join(sorted(clauses)) or "none"
            yield source.problem((*where, clause), f"the clause {clause!r}", f"one of {known}", "correct it")
