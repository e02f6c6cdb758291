"""Cases: situations in plain words with the verdicts that a lawyer expects of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Notice
from trucewatch.core.classes import CLASSES
from trucewatch.core.entries import Entry, fit
from trucewatch.core.problem import Problem, refusal
from trucewatch.core.records import Casualties, Incident, PlaceRecord, Status, Verdict
from trucewatch.core.tables import CORRIDORS
from trucewatch.core.yaml_files import Path, Source, read_yaml
from trucewatch.terms.config import Config
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.dates import Calendar
from trucewatch.terms.judge import judge_all
from trucewatch.terms.load import read_agreement
from trucewatch.terms.plane import buffer_m
from trucewatch.terms.schema import Activity, CircleEntry
from trucewatch.terms.situation import Situation

__all__ = ["CASES_FOLDER", "CaseResult", "check", "run_cases"]

CASES_FOLDER = "cases/"
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]
Word = Literal["breach", "no_breach", "undecided", "unobserved"]


_SIZES = {
    "exact": ("radius_m",),
    "settlement": ("radius_m",),
    "ellipse": ("along_m", "across_m"),
    "pixel": ("along_m", "across_m"),
    "sector": ("range_m", "width_deg"),
}


class PlaceEntry(Entry):
    """A place; the sizes that are needed depend on its kind."""

    kind: Literal["exact", "ellipse", "pixel", "sector", "settlement"] = "exact"
    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float | None = None
    range_m: Pair | None = None
    along_m: float | None = None
    across_m: float | None = None
    bearing_deg: float = 0.0
    width_deg: float | None = None


class IncidentEntry(Entry):
    """An incident: what, where, when, how surely."""

    id: str = Field(min_length=1)
    cls: str | None = Field(default=None, alias="class")
    p_real: float = Field(ge=0, le=1)
    place: PlaceEntry | Literal["unknown"]
    time: str | Annotated[list[str], Field(min_length=2, max_length=2)]
    weapon: str | None = None


class CaseNotice(Entry):
    """A notified activity in a circle."""

    party: str
    activity: Activity
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    circle: CircleEntry
    source: str


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
    notices: list[CaseNotice] = Field(default_factory=list)
    corridors: list[CaseCorridor] = Field(default_factory=list)
    country: Annotated[list[Pair], Field(min_length=3)] | None = None


class ExpectEntry(Entry):
    """What is expected of one clause for one subject."""

    verdict: Word
    p: Pair | None = None
    conditional: dict[str, Word] | None = None


class CaseEntry(Entry):
    """One case; `expect` is {incident id or period: {clause: verdict}}."""

    case: str = Field(min_length=1)
    given: GivenEntry
    expect: dict[str, dict[str, Word | ExpectEntry]] = Field(min_length=1)


class FileEntry(Entry):
    """A file of cases."""

    cases: list[CaseEntry] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one expectation met.

    subject         incident id, or `period`
    expected, found in words
    """

    file: str
    line: int
    case: str
    subject: str
    clause: str
    passed: bool
    expected: str
    found: str

    def __str__(self) -> str:
        state = "ok" if self.passed else f"found {self.found}"
        return f"{self.file}:{self.line}: {self.case}: {self.subject}, {self.clause}: expected {self.expected}: {state}"


@dataclass(frozen=True, slots=True)
class EvenSight:
    """The same fraction seen everywhere and always."""

    share: float

    def fraction(self, _geometry: BaseGeometry, _t_start_ns: int, _t_end_ns: int) -> float:
        """Return that fraction."""
        return self.share


def check(files: Mapping[str, str], name: str = "agreement") -> list[Problem]:
    """Return everything that is wrong in an agreement's files, its cases included."""
    agreement, problems = read_agreement(files, name)
    cases = {f: t for f, t in files.items() if f.startswith(CASES_FOLDER)}
    if not cases:
        fix = f"add {CASES_FOLDER}*.yaml with the verdicts you expect"
        problems.append(Problem(CASES_FOLDER, 1, "no case", "at least one situation with its verdicts", fix))
    if agreement is not None:
        _, wrong = _read_cases(agreement, cases)
        problems += wrong
    return sorted(set(problems))


def run_cases(agreement: Agreement, cases: Mapping[str, str], config: Config | None = None) -> list[CaseResult]:
    """Judge every case and return what each of its expectations met; AgreementError where a case cannot be read."""
    if not cases:
        nothing = Problem(CASES_FOLDER, 1, "no case", "at least one", f"add {CASES_FOLDER}*.yaml")
        raise refusal(agreement.name, [nothing])
    read, problems = _read_cases(agreement, cases)
    if problems:
        raise refusal(agreement.name, problems)
    settings = config or Config(keep_unconcerned=True)
    return [result for source, i, entry in read for result in _run(agreement, source, i, entry, settings)]


def _read_cases(
    agreement: Agreement, cases: Mapping[str, str]
) -> tuple[list[tuple[Source, int, CaseEntry]], list[Problem]]:
    read: list[tuple[Source, int, CaseEntry]] = []
    problems: list[Problem] = []
    for file in sorted(cases):
        source, wrong = read_yaml(file, cases[file])
        problems += wrong
        if source is not None:
            entry, unfit = fit(FileEntry, source.value, source)
            listed = entry.cases if entry is not None else []
            problems += unfit
            problems += [p for i, case in enumerate(listed) for p in _case_problems(agreement, source, i, case)]
            read += [(source, i, case) for i, case in enumerate(listed)]
    return read, problems


def _case_problems(agreement: Agreement, source: Source, i: int, entry: CaseEntry) -> Iterator[Problem]:
    """Words of a case that must be known, and dates that must be readable."""
    path: Path = ("cases", i)
    calendar, given = Calendar(agreement.time_zone), entry.given
    for where, text in _dates(given):
        yield from calendar.read(source, (*path, "given", *where), text)[1]
    for k, incident in enumerate(given.incidents):
        if incident.cls is not None and incident.cls not in CLASSES:
            needed, fix = "a class of the class tree", "see docs/core.md"
            yield source.problem((*path, "given", "incidents", k, "class"), f"class {incident.cls!r}", needed, fix)
    for k, incident in enumerate(given.incidents):
        if isinstance(incident.place, PlaceEntry):
            missing = [s for s in _SIZES[incident.place.kind] if getattr(incident.place, s) is None]
            for size in missing:
                at = (*path, "given", "incidents", k, "place")
                yield source.problem(at, f"no {size}", f"{size} for a place of this kind", f"add `{size}: ...`")
    subjects = {"period", *(k.id for k in given.incidents)}
    clauses = {c.id for c in agreement.provisions} | {_corridor_id(agreement, c) for c in given.corridors}
    for subject, expected in entry.expect.items():
        at = (*path, "expect", subject)
        if subject not in subjects:
            yield source.problem(at, f"the subject {subject!r}", f"one of {', '.join(sorted(subjects))}", "correct it")
        if not expected:
            yield source.problem(at, "nothing expected", "a verdict for a clause", "add `clause: verdict`")
        for clause in expected.keys() - clauses:
            known = ", ".join(sorted(clauses)) or "none"
            yield source.problem((*at, clause), f"the clause {clause!r}", f"one of {known}", "correct it")


def _dates(given: GivenEntry) -> Iterator[tuple[Path, str]]:
    yield ("period", "from"), given.period.start
    yield ("period", "to"), given.period.end
    for i, incident in enumerate(given.incidents):
        for text in [incident.time] if isinstance(incident.time, str) else incident.time:
            yield ("incidents", i, "time"), text
    for i, notice in enumerate(given.notices):
        yield ("notices", i, "from"), notice.start
        yield ("notices", i, "to"), notice.end
    for i, corridor in enumerate(given.corridors):
        for text in corridor.hours:
            yield ("corridors", i, "hours"), text


def _corridor_id(agreement: Agreement, corridor: CaseCorridor) -> str:
    prefix = agreement.corridor_clause.id if agreement.corridor_clause is not None else ""
    return f"{prefix}{corridor.id}"


def _run(agreement: Agreement, source: Source, i: int, entry: CaseEntry, config: Config) -> Iterator[CaseResult]:
    calendar = Calendar(agreement.time_zone)
    whole = with_corridors(agreement, _corridors(entry.given, calendar)) if entry.given.corridors else agreement
    verdicts = judge_all(whole, _situation(entry.given, calendar), config).verdicts
    for subject, clauses in entry.expect.items():
        for clause, wanted in clauses.items():
            expected = wanted if isinstance(wanted, ExpectEntry) else ExpectEntry(verdict=wanted)
            found = [v for v in verdicts if v.clause == clause and _is_about(v, subject)]
            line = source.line(("cases", i, "expect", subject, clause))
            passed = bool(found) and all(_meets(v, expected) for v in found)
            yield CaseResult(source.file, line, entry.case, subject, clause, passed, _expected(expected), _found(found))


def _is_about(verdict: Verdict, subject: str) -> bool:
    return verdict.subject_kind == "period" if subject == "period" else verdict.subject == subject


def _meets(verdict: Verdict, expected: ExpectEntry) -> bool:
    if verdict.verdict != expected.verdict:
        return False
    if expected.conditional is not None and dict(verdict.conditional) != expected.conditional:
        return False
    return expected.p is None or (verdict.p is not None and expected.p[0] <= verdict.p <= expected.p[1])


def _expected(expected: ExpectEntry) -> str:
    p = "" if expected.p is None else f" with p in {expected.p[0]:g}..{expected.p[1]:g}"
    return f"{expected.verdict}{p}{_by_party(expected.conditional)}"


def _found(verdicts: Sequence[Verdict]) -> str:
    said = (f"{v.verdict} with p {v.p}{_by_party(v.conditional)} ({v.reason})" for v in verdicts)
    return "; ".join(said) or "no verdict"


def _by_party(conditional: Mapping[str, str] | None) -> str:
    return "" if not conditional else f" ({', '.join(f'{k}: {v}' for k, v in conditional.items())})"


def _situation(given: GivenEntry, calendar: Calendar) -> Situation:
    period = calendar.instant_ns(given.period.start), calendar.instant_ns(given.period.end)
    incidents = tuple(_incident(i, calendar) for i in given.incidents)
    country = None if given.country is None else Polygon(given.country)
    return Situation(
        incidents, EvenSight(given.seen), period, tuple(_notice(n, calendar) for n in given.notices), country
    )


def _notice(n: CaseNotice, calendar: Calendar) -> Notice:
    start, end = calendar.instant_ns(n.start), calendar.instant_ns(n.end)
    around = buffer_m(Point(n.circle.lon, n.circle.lat), n.circle.radius_m)
    return Notice(n.party, n.activity, start, end, around, n.source)


def _incident(entry: IncidentEntry, calendar: Calendar) -> Incident:
    times = [entry.time] * 2 if isinstance(entry.time, str) else entry.time
    start, end = (calendar.instant_ns(t) for t in (times[0], times[-1]))
    return Incident(
        entry.id, 1, None, Status.RECORDED, start, end, entry.cls, entry.p_real, _place(entry.place), Casualties(), (),
        weapon=entry.weapon,
    )  # fmt: skip


def _place(p: PlaceEntry | str) -> PlaceRecord:
    if isinstance(p, str):
        return PlaceRecord(None, None, None, None, None, None, None, None, None, None)
    sizes: tuple[float | None, float | None] = (p.radius_m, None)
    if p.kind == "sector" and p.range_m is not None:
        sizes = (p.range_m[0], p.range_m[1])
    elif p.kind in ("ellipse", "pixel"):
        sizes = (p.along_m, p.across_m)
    return PlaceRecord(p.kind, p.lon, p.lat, *sizes, p.bearing_deg, p.width_deg, None, None, None)


def _corridors(given: GivenEntry, calendar: Calendar) -> pa.Table:
    rows = given.corridors
    columns: dict[str, Any] = {
        "source": "case", "file_sha256": "case", "row": list(range(1, len(rows) + 1)),
        "native_key": [r.id for r in rows],
        "t_start_ns": [calendar.instant_ns(r.hours[0]) for r in rows],
        "t_end_ns": [calendar.instant_ns(r.hours[1]) for r in rows],
        "hours_stated": [r.hours_stated for r in rows],
        "proposer": [r.proposer for r in rows],
        "outcome": [r.outcome for r in rows],
    }  # fmt: skip
    for end, entries in (("from", [r.start_at for r in rows]), ("to", [r.end_at for r in rows])):
        columns[f"{end}_name"] = [e.name for e in entries]
        columns[f"{end}_lon_deg"] = pa.array([e.lon for e in entries], pa.float64())
        columns[f"{end}_lat_deg"] = pa.array([e.lat for e in entries], pa.float64())
    return CORRIDORS.table(columns, len(rows))
