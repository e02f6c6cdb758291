"""Cases: situations in plain words with the verdicts that a lawyer expects of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from shapely.geometry import Point, Polygon
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Call, Inspection, Notice
from trucewatch.core.entries import fit
from trucewatch.core.parts import MOST_PARTS, Mixture, mixture
from trucewatch.core.problem import Problem, refusal
from trucewatch.core.records import Allegation, Casualties, Incident, PlaceRecord, SourceRef, Status, Verdict
from trucewatch.core.tables import CORRIDORS
from trucewatch.core.yaml_files import Source, read_yaml
from trucewatch.physics.geodesy import distance_m
from trucewatch.terms.case_entries import (
    AllegationEntry,
    CallEntry,
    CandidateEntry,
    CaseEntry,
    CaseNotice,
    ExpectEntry,
    FileEntry,
    GivenEntry,
    IncidentEntry,
    InspectionEntry,
    PlaceEntry,
    case_problems,
)
from trucewatch.terms.config import Config
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.dates import Calendar
from trucewatch.terms.judge import judge_all
from trucewatch.terms.load import read_agreement
from trucewatch.terms.plane import buffer_m
from trucewatch.terms.situation import Situation

__all__ = ["CASES_FOLDER", "CaseResult", "case_situations", "check", "run_cases"]

CASES_FOLDER = "cases/"


@dataclass(frozen=True, slots=True)
class CaseResult:
    """What one expectation met.

    subject         id of an incident or an allegation, or `period`
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


def case_situations(agreement: Agreement, cases: Mapping[str, str]) -> list[tuple[Agreement, Situation]]:
    """Return the situation of every case, with the agreement and what its list of corridors adds to it."""
    read, problems = _read_cases(agreement, cases)
    if problems:
        raise refusal(agreement.name, problems)
    return [_facts(agreement, entry) for _, _, entry in read]


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
            problems += [p for i, case in enumerate(listed) for p in case_problems(agreement, source, i, case)]
            read += [(source, i, case) for i, case in enumerate(listed)]
    return read, problems


def _run(agreement: Agreement, source: Source, i: int, entry: CaseEntry, config: Config) -> Iterator[CaseResult]:
    verdicts = judge_all(*_facts(agreement, entry), config).verdicts
    for subject, clauses in entry.expect.items():
        for clause, wanted in clauses.items():
            expected = wanted if isinstance(wanted, ExpectEntry) else ExpectEntry(verdict=wanted)
            found = [v for v in verdicts if v.clause == clause and _is_about(v, subject)]
            line = source.line(("cases", i, "expect", subject, clause))
            passed = bool(found) and all(_meets(v, expected) for v in found)
            yield CaseResult(source.file, line, entry.case, subject, clause, passed, _expected(expected), _found(found))


def _facts(agreement: Agreement, entry: CaseEntry) -> tuple[Agreement, Situation]:
    calendar = Calendar(agreement.time_zone)
    whole = with_corridors(agreement, _corridors(entry.given, calendar)) if entry.given.corridors else agreement
    return whole, _situation(entry.given, calendar)


def _is_about(verdict: Verdict, subject: str) -> bool:
    if subject == "period":
        return verdict.subject_kind == "period"
    return verdict.subject_kind != "period" and verdict.subject == subject


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
    return Situation(
        tuple(_incident(i, calendar) for i in given.incidents),
        EvenSight(given.seen),
        (calendar.instant_ns(given.period.start), calendar.instant_ns(given.period.end)),
        tuple(_notice(n, calendar) for n in given.notices),
        None if given.country is None else Polygon(given.country),
        tuple(_allegation(a, row, calendar) for row, a in enumerate(given.allegations, start=1)),
        tuple(_call(c, calendar) for c in given.calls),
        tuple(_inspection(n, calendar) for n in given.inspections),
    )


def _span_ns(time: str | Sequence[str], calendar: Calendar) -> tuple[int, int]:
    times = [time] if isinstance(time, str) else time
    return calendar.instant_ns(times[0]), calendar.instant_ns(times[-1])


def _notice(n: CaseNotice, calendar: Calendar) -> Notice:
    start, end = calendar.instant_ns(n.start), calendar.instant_ns(n.end)
    around = buffer_m(Point(n.circle.lon, n.circle.lat), n.circle.radius_m)
    notified = None if n.notified is None else calendar.instant_ns(n.notified)
    return Notice(n.party, n.activity, start, end, around, n.source, notified)


def _call(c: CallEntry, calendar: Calendar) -> Call:
    return Call(c.party, *_span_ns(c.time, calendar), c.outcome, c.source)


def _inspection(n: InspectionEntry, calendar: Calendar) -> Inspection:
    counts = n.declared, n.present, n.missing, n.not_verified
    return Inspection(n.site, *_span_ns(n.time, calendar), n.weapon, *counts, n.access, n.source)


def _incident(entry: IncidentEntry, calendar: Calendar) -> Incident:
    return Incident(
        entry.id, 1, None, Status.RECORDED, *_span_ns(entry.time, calendar), entry.cls, entry.p_real,
        _place(entry.place), Casualties(), (), weapon=entry.weapon, count=entry.count,
        count_unit=None if entry.count is None else entry.count_unit,
    )  # fmt: skip


def _allegation(entry: AllegationEntry, row: int, calendar: Calendar) -> Allegation:
    start, end = (None, None) if entry.time == "unknown" else _span_ns(entry.time, calendar)
    source = SourceRef("case", "case", row, entry.id, "case", entry.party, 1.0)
    return Allegation(
        entry.id, entry.party, entry.against, entry.reference, start, end, _place(entry.place), entry.cls, source,
        entry.weapon, entry.count, None if entry.count is None else entry.count_unit, entry.copies,
    )  # fmt: skip


def _place(p: PlaceEntry | str) -> PlaceRecord:
    if isinstance(p, str):
        return PlaceRecord(None, None, None, None, None, None, None, None, None, None)
    if p.candidates is not None:
        return _of_parts(p.form, _candidates(p.candidates))
    if p.path is not None:
        return _of_parts(p.form, _path(np.array(p.path, dtype=np.float64), p.radius_m or 0.0))
    sizes: tuple[float | None, float | None] = (p.radius_m, None)
    if p.kind == "sector" and p.range_m is not None:
        sizes = (p.range_m[0], p.range_m[1])
    elif p.kind in ("ellipse", "pixel"):
        sizes = (p.along_m, p.across_m)
    return PlaceRecord(p.kind, p.lon, p.lat, *sizes, p.bearing_deg, p.width_deg, None, None, None)


def _of_parts(kind: str, m: Mixture) -> PlaceRecord:
    summary = m.lon_deg, m.lat_deg, m.radius90_m
    return PlaceRecord(kind, *summary, None, None, None, *summary, m.text)


def _candidates(discs: Sequence[CandidateEntry]) -> Mixture:
    columns = np.array([(d.lon, d.lat, d.radius_m, d.weight) for d in discs], dtype=np.float64).T
    return mixture(*columns)


def _path(passed: np.ndarray, radius_m: float) -> Mixture:
    """Return points passed (k, 3) lon, lat deg and s as a path of discs, each weighed by the time spent nearest to it.

    Discs stand a radius apart along the legs, or as close as the number of parts allows.
    """
    lon, lat, t_s = passed.T
    along_m = np.concatenate([[0.0], np.cumsum(distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:]))])
    between = np.arange(0.0, along_m[-1], max(radius_m, along_m[-1] / (MOST_PARTS - len(passed) + 1)))
    at_s = np.unique(np.concatenate([t_s, np.interp(between, along_m, t_s)]))
    middle = np.concatenate([at_s[:1], (at_s[1:] + at_s[:-1]) / 2, at_s[-1:]])
    places = np.interp(at_s, t_s, lon), np.interp(at_s, t_s, lat)
    return mixture(*places, np.full(len(at_s), radius_m), np.diff(middle), at_s)


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
