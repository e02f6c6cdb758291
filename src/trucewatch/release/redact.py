"""Take out of records what an audience may not see."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.columns import Schema, integers, strings
from trucewatch.core.issue import Issue
from trucewatch.core.marking import Marking
from trucewatch.core.records import Allegation, Incident, PlaceRecord, SourceRef, Verdict
from trucewatch.core.sight import CoverageReport, CoverageShare
from trucewatch.release.coarse import Cells, coarsen_places, coarsen_times
from trucewatch.release.config import Config
from trucewatch.release.markings import may_see, needs_coarse_places
from trucewatch.release.scan import Secrets, find_withheld

__all__ = [
    "redact_allegations",
    "redact_coverage",
    "redact_incident",
    "redact_incidents",
    "redact_issues",
    "redact_table",
    "redact_verdict",
]

_DEFAULT = Config()
_LENGTH = re.compile(r"(?<![\d.])(\d[\d,]*(?:\.\d+)?)\s?(km|m)\b")
_METRIC = ("_m", "_km", "_deg", "_lon", "_lat")  # endings of numbers that could place something finer than a cell


def redact_table(table: pa.Table, schema: Schema, audience: Marking, config: Config = _DEFAULT) -> pa.Table:
    """Return the columns that the audience may see; withheld columns are removed, not emptied.

    Audiences that get no exact places get no exact times either: a time to the second finds the row elsewhere.
    Row keys of protected sources become null. Groups become numbers, since a group may name a link or a post.
    """
    schema.check(table)
    kept = table.select([c.name for c in schema.columns if may_see(audience, c.marking)])
    if not may_see(audience, Marking.SOURCE_PROTECTED):
        kept = _without_keys(kept, config)
    if needs_coarse_places(audience) and "t_start_ns" in kept.column_names:
        start, end = coarsen_times(integers(kept, "t_start_ns"), integers(kept, "t_end_ns"), config)
        kept = _put(_put(kept, "t_start_ns", pa.array(start)), "t_end_ns", pa.array(end))
    return kept


def _without_keys(table: pa.Table, config: Config) -> pa.Table:
    if "native_key" in table.column_names:
        protected = pc.is_in(table["source"], value_set=pa.array(config.protected_sources, pa.string()))
        table = _put(table, "native_key", pc.if_else(protected, pa.scalar(None, pa.string()), table["native_key"]))
    if "group" in table.column_names:
        numbers = _group_numbers(strings(table, "group").tolist())
        labels = [f"{p}:{numbers[g]}" for p, g in zip(strings(table, "project"), strings(table, "group"), strict=True)]
        table = _put(table, "group", pa.array(labels, pa.string()))
    return table


def _put(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    position = table.column_names.index(name)
    return table.set_column(position, table.schema.field(position), values)


def _group_numbers(groups: Sequence[str]) -> dict[str, int]:
    """Number groups in the order in which they appear; a digest could be confirmed by guessing, a number cannot."""
    return {group: i + 1 for i, group in enumerate(dict.fromkeys(groups))}


def redact_incident(incident: Incident, audience: Marking, config: Config = _DEFAULT) -> Incident:
    """Return the incident as the audience may see it."""
    return redact_incidents((incident,), audience, config)[0]


def redact_incidents(
    incidents: Sequence[Incident], audience: Marking, config: Config = _DEFAULT
) -> tuple[Incident, ...]:
    """Return incidents as the audience may see them: coarse places and times, protected keys withheld."""
    if not may_see(audience, Marking.SOURCE_PROTECTED):
        numbers = _group_numbers([s.group for i in incidents for s in i.sources])
        incidents = [replace(i, sources=_redact_sources(i.sources, numbers, config)) for i in incidents]
    if not needs_coarse_places(audience) or not incidents:
        return tuple(incidents)
    cells = _coarse([i.place for i in incidents], config)
    start, end = coarsen_times(
        np.array([i.t_start_ns for i in incidents]), np.array([i.t_end_ns for i in incidents]), config
    )
    rows = zip(incidents, cells, start.tolist(), end.tolist(), strict=True)
    return tuple(replace(i, place=cell, t_start_ns=a, t_end_ns=b) for i, cell, a, b in rows)


def redact_allegations(
    allegations: Sequence[Allegation], audience: Marking, config: Config = _DEFAULT
) -> tuple[Allegation, ...]:
    """Return allegations as the audience may see them: coarse places and times, no keys of source rows."""
    if not needs_coarse_places(audience):
        return tuple(allegations)
    cells = _coarse([a.place for a in allegations], config)
    return tuple(_coarse_allegation(a, cell, config) for a, cell in zip(allegations, cells, strict=True))


def _coarse_allegation(a: Allegation, cell: PlaceRecord, config: Config) -> Allegation:
    source = replace(a.source, native_key=None, group=a.source.project)
    if a.t_start_ns is None or a.t_end_ns is None:
        return replace(a, place=cell, source=source)
    start, end = coarsen_times(np.array([a.t_start_ns]), np.array([a.t_end_ns]), config)
    return replace(a, place=cell, source=source, t_start_ns=int(start[0]), t_end_ns=int(end[0]))


def _coarse(places: Sequence[PlaceRecord], config: Config) -> list[PlaceRecord]:
    lon, lat, radius = (
        np.array([getattr(p, name) for p in places], dtype=np.float64)
        for name in ("summary_lon_deg", "summary_lat_deg", "radius90_m")
    )
    return _cell_records(coarsen_places(lon, lat, radius, config))


def _redact_sources(
    sources: tuple[SourceRef, ...], numbers: Mapping[str, int], config: Config
) -> tuple[SourceRef, ...]:
    return tuple(
        replace(
            s,
            group=f"{s.project}:{numbers[s.group]}",
            native_key=None if s.source in config.protected_sources else s.native_key,
        )
        for s in sources
    )


_UNKNOWN_PLACE = PlaceRecord(None, None, None, None, None, None, None, None, None, None)


def _cell_records(cells: Cells) -> list[PlaceRecord]:
    """Write cells as places of kind `pixel`; the first size runs north, along bearing 0."""
    # Four decimals, 10 m, are plenty for a cell; more would be taken for a position by the search for positions.
    lon, lat = np.round(cells.lon_deg, 4).tolist(), np.round(cells.lat_deg, 4).tolist()
    sizes = (np.round(s, 1).tolist() for s in (cells.north_south_m, cells.east_west_m, cells.radius90_m))
    known = np.isfinite(cells.radius90_m).tolist()
    return [
        PlaceRecord("pixel", x, y, tall, wide, 0.0, None, x, y, radius) if ok else _UNKNOWN_PLACE
        for x, y, tall, wide, radius, ok in zip(lon, lat, *sizes, known, strict=True)
    ]


def redact_verdict(verdict: Verdict, audience: Marking, config: Config = _DEFAULT) -> Verdict:
    """Return the verdict without numbers or words that could place its subject more finely than a cell."""
    if not needs_coarse_places(audience):
        return verdict
    numbers = {k: v for k, v in verdict.numbers.items() if not k.partition(":")[0].endswith(_METRIC)}
    reason = _LENGTH.sub(lambda m: _coarse_length(m, config), verdict.reason)
    return replace(verdict, numbers=numbers, reason=reason)


def _coarse_length(match: re.Match[str], config: Config) -> str:
    """Write a length as the whole cells between which it lies."""
    length_km = float(match[1].replace(",", "")) / (1.0 if match[2] == "km" else 1000.0)
    low = int(length_km // config.cell_km) * config.cell_km
    return f"{low:g} to {low + config.cell_km:g} km"


def redact_coverage(report: CoverageReport, audience: Marking, config: Config = _DEFAULT) -> CoverageReport:
    """Return coverage whose cells and areas are nowhere finer than a published cell."""
    if not needs_coarse_places(audience):
        return report
    shares = tuple(_redact_share(s, config) for s in report.shares)
    if report.cell_km >= config.cell_km or len(report.cell_fraction) == 0:
        return replace(report, shares=shares, cell_km=max(report.cell_km, config.cell_km))
    cells = coarsen_places(report.cell_lon_deg, report.cell_lat_deg, np.zeros(len(report.cell_lon_deg)), config)
    centres, member = np.unique(np.column_stack([cells.lon_deg, cells.lat_deg]), axis=0, return_inverse=True)
    fraction = np.bincount(member, report.cell_fraction) / np.bincount(member)
    return CoverageReport(shares, config.cell_km, centres[:, 0], centres[:, 1], fraction)


def _redact_share(share: CoverageShare, config: Config) -> CoverageShare:
    # What can be seen of a small area tells where the post stands that sees it.
    small = share.area_km2 < config.cell_km**2
    return replace(share, fraction=None, assets=0, passes=None) if small else share


def redact_issues(issues: Sequence[Issue], audience: Marking, secrets: Secrets) -> tuple[Issue, ...]:
    """Return issues whose words quote nothing withheld; for the public, quoting ones keep only kind and row."""
    if may_see(audience, Marking.INTERNAL):
        return tuple(issues)
    return tuple(_redact_issue(i, secrets) for i in issues)


def _redact_issue(issue: Issue, secrets: Secrets) -> Issue:
    bare = replace(issue, native_key=None)
    if not find_withheld(str(bare).encode(), secrets):
        return bare
    source = "withheld" if find_withheld(issue.source.encode(), secrets) else issue.source
    return replace(bare, source=source, found="withheld", needed="withheld", action="see the internal record")
