"""The order of the stages, and nothing else: pure functions from logged tables to incidents and verdicts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch import coverage, detect, fuse, locate, terms
from trucewatch.config import Config
from trucewatch.core.agreement import Agreement, Inspection
from trucewatch.core.columns import integers
from trucewatch.core.contact import ContactLine, contact_lines
from trucewatch.core.issue import Issue
from trucewatch.core.records import Allegation, Decision, Incident
from trucewatch.core.sight import CoverageReport, Sight
from trucewatch.core.tables import COVERAGE
from trucewatch.core.times import DAY_NS, to_datetime
from trucewatch.pipeline.network import Heard, nothing_heard
from trucewatch.pipeline.reviewed import reviewed

__all__ = ["Analysis", "Inputs", "analyse", "situation"]

Progress = Callable[[str], None]
_THERMAL = pa.array(["thermal", "fire", "industrial_heat"])


@dataclass(frozen=True)
class Inputs:
    """What the stages work on; every table is already in the log.

    known      incidents of earlier runs
    decisions  what people decided about them, by incident
    books      other tables by kind: notices, allegations, calls, inspections
    heard      what the acoustic network heard of the period
    """

    observations: pa.Table
    origin: fuse.Origin
    control: Sequence[pa.Table]
    coverage: Sequence[pa.Table]
    books: Mapping[str, pa.Table]
    known: tuple[Incident, ...]
    agreement: Agreement
    country: BaseGeometry
    period_ns: tuple[int, int]
    decisions: Mapping[str, Sequence[Decision]] = field(default_factory=dict)
    heard: Heard = field(default_factory=nothing_heard)


@dataclass(frozen=True)
class Analysis:
    """What the stages found; `passes` are the satellite passes of the period, listed or read off the detections.

    observations, events   of single sources and, behind them, of the acoustic network
    """

    observations: pa.Table
    events: pa.Table
    fused: fuse.Fused
    judgement: terms.Judgement
    coverage: CoverageReport
    passes: pa.Table
    lines: tuple[ContactLine, ...]
    issues: tuple[Issue, ...]
    allegations: tuple[Allegation, ...] = ()
    inspections: tuple[Inspection, ...] = ()
    heard: Heard = field(default_factory=nothing_heard)


def analyse(inputs: Inputs, config: Config, progress: Progress) -> Analysis:
    """Return incidents and verdicts of the period.

    Thermal records of earlier calendar years are the peacetime history; without any, all that was given stands in for
    it. Records within `context_days` of the period serve as background of links. All are in the log.
    """
    rows = _context_rows(inputs, config)
    observations = inputs.observations.take(rows)
    origin = fuse.Origin(inputs.origin.segment[rows], inputs.origin.row[rows])

    progress("detect")
    detections, issues = detect.detect_all(observations, _baseline(inputs, config), config.detect)
    progress("locate")
    events, more = locate.locate(observations, detections, config.locate)
    issues += (*more, *inputs.heard.issues)
    observations, events, origin = _with_network(observations, events, origin, inputs.heard)
    progress("fuse")
    fused, more = fuse.fuse(events, observations, inputs.known, config.fuse, origin, inputs.period_ns)
    standing, undone = reviewed(fused.current, inputs.decisions, config.review)
    fused = fused._replace(current=standing)
    issues += (*more, *undone)
    progress("coverage")
    lines, odd = contact_lines(list(inputs.control), sum(inputs.period_ns) // 2, land=inputs.country)
    issues += tuple(odd)
    within = _in_period(observations, inputs.period_ns)
    tables = _looks(inputs, within, config)
    sides = _sides(lines, inputs.country)
    sight, seen, more = coverage.build(
        tables, _areas(inputs.agreement, inputs.country), sides, inputs.period_ns, config.coverage
    )
    issues += more
    progress("terms")
    known = (inputs.books, inputs.agreement, fused.current, sight, inputs.period_ns, inputs.country)
    judged, unusable = situation(*known)
    issues += unusable
    judgement = terms.judge_all(inputs.agreement, judged, config.terms)
    return Analysis(
        within, events, fused, judgement, seen, _passes(tables, inputs.period_ns), lines,
        (*issues, *judgement.issues), judged.allegations, judged.inspections, inputs.heard,
    )  # fmt: skip


def _with_network(
    observations: pa.Table, events: pa.Table, origin: fuse.Origin, heard: Heard
) -> tuple[pa.Table, pa.Table, fuse.Origin]:
    """Return observations, events and where they lie, with the volleys of the network behind those of other sources."""
    more, events_more = locate.network_events(heard.volleys, observations.num_rows, events.num_rows)
    segment = np.append(origin.segment, np.full(more.num_rows, heard.segment, dtype=object))
    row = np.append(origin.row, np.arange(more.num_rows))
    tables = [pa.concat_tables(pair) for pair in ((observations, more), (events, events_more))]
    return *tables, fuse.Origin(segment, row)


def situation(
    books: Mapping[str, pa.Table], agreement: Agreement, incidents: tuple[Incident, ...], sight: Sight,
    period_ns: tuple[int, int], country: BaseGeometry,
) -> tuple[terms.Situation, tuple[Issue, ...]]:  # fmt: skip
    """Return what is judged: incidents, allegations of the period, and what exceptions and counts rest on."""
    notices, odd_notices = terms.read_notices(books["notices"])
    calls, odd_calls = terms.read_calls(books["calls"])
    inspections, odd_inspections = terms.read_inspections(books["inspections"])
    alleged = _alleged_in(books["allegations"], period_ns)
    allegations, odd_allegations = terms.read_allegations(alleged, agreement)
    found = terms.Situation(incidents, sight, period_ns, notices, country, allegations, calls, inspections)
    return found, (*odd_notices, *odd_calls, *odd_inspections, *odd_allegations)


def _alleged_in(table: pa.Table, period_ns: tuple[int, int]) -> pa.Table:
    """Return the allegations of the period, and those that name no time."""
    begun = pc.less(table.column("t_start_ns"), period_ns[1])
    inside = pc.and_(begun, pc.greater(table.column("t_end_ns"), period_ns[0]))
    return table.filter(pc.fill_null(inside, True))


def _baseline(inputs: Inputs, config: Config) -> detect.Baseline | None:
    """Return what thermal records of calendar years before the period teach, else what all of them together do."""
    year = to_datetime(inputs.period_ns[0], inputs.agreement.time_zone).year
    first = np.datetime64(str(year), "ns").astype(np.int64).item()
    before = pc.less(inputs.observations.column("t_end_ns"), first + 1)
    thermal = pc.is_in(inputs.observations.column("class"), _THERMAL)
    history = inputs.observations.filter(pc.fill_null(pc.and_(before, thermal), False))
    if history.num_rows:
        return detect.learn(history, config.detect)
    return detect.surroundings(inputs.observations, config.detect)


def _context_rows(inputs: Inputs, config: Config) -> np.ndarray:
    margin = config.context_days * DAY_NS
    start, end = integers(inputs.observations, "t_start_ns"), integers(inputs.observations, "t_end_ns")
    return np.flatnonzero((end > inputs.period_ns[0] - margin) & (start < inputs.period_ns[1] + margin))


def _in_period(observations: pa.Table, period_ns: tuple[int, int]) -> pa.Table:
    start, end = integers(observations, "t_start_ns"), integers(observations, "t_end_ns")
    return observations.filter(pa.array((end > period_ns[0]) & (start < period_ns[1])))


def _looks(inputs: Inputs, observations: pa.Table, config: Config) -> list[pa.Table]:
    """Return the coverage tables; where no pass list was given, the passes that the detections show stand in."""
    tables = list(inputs.coverage)
    if not any("satellite" in t.column("asset_kind").unique().to_pylist() for t in tables):
        tables.append(coverage.passes_from_detections(observations, config.coverage))
    return tables


def _passes(tables: Sequence[pa.Table], period_ns: tuple[int, int]) -> pa.Table:
    every = pa.concat_tables([COVERAGE.empty(), *tables])
    satellites = every.filter(pc.equal(every.column("asset_kind"), "satellite"))
    return _in_period(satellites, period_ns)


def _areas(agreement: Agreement, country: BaseGeometry) -> Mapping[str, BaseGeometry]:
    named = {z.name or z.id: z.geometry for z in agreement.zones if z.kind == "area" and not z.geometry.is_empty}
    return named or {"country": country}


def _sides(lines: Sequence[ContactLine], country: BaseGeometry) -> Mapping[str, BaseGeometry]:
    """Return the two sides of the first source's contact line, named by what that source says."""
    if not lines:
        return {}
    held = shapely.intersection(shapely.make_valid(lines[0].held), country)
    return {"held side": held, "other side": shapely.difference(country, held)}
