"""The sections on observing: observations, restrictions, coverage, corridors and the days."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, strings
from trucewatch.core.sight import CoverageShare
from trucewatch.core.times import HOUR_NS
from trucewatch.report.charts import coverage_map, trend
from trucewatch.report.desk import Desk
from trucewatch.report.phrases import clean, when
from trucewatch.report.records import CorridorRow
from trucewatch.report.view import Cell, Figure, Head, Section, TableView

__all__ = ["corridors", "coverage", "days", "observations", "restrictions"]

Row = tuple[str | Cell, ...]


def observations(desk: Desk) -> Section:
    """Return the observations by source and means."""
    c, table = desk.catalogue, desk.day.observations
    if not table.num_rows:
        return Section("observations", c.text("observations.title"), (c.text("observations.none"),))
    keys = ("source", "means", "unit", "rows", "sum", "duplicates")
    heads = tuple(Head(c.text(f"observations.{k}"), k in ("rows", "sum", "duplicates")) for k in keys)
    means = sorted({m for m in strings(table, "means") if m})
    view = TableView(c.text("observations.caption"), heads, tuple(_observation_rows(desk, table)),
                     desk.basis("observation", means), (c.text("observations.note"),))  # fmt: skip
    return Section("observations", c.text("observations.title"), parts=(view,))


def _observation_rows(desk: Desk, table: pa.Table) -> Iterable[Row]:
    c = desk.catalogue
    repeated = pa.array(strings(table, "state") == "duplicate").cast(pa.int64())
    grouped = table.append_column("repeated", repeated).group_by(["source", "means", "count_unit"])
    counted = grouped.aggregate([("row", "count"), ("count", "sum"), ("repeated", "sum")]).to_pylist()
    for g in sorted(counted, key=lambda g: (g["source"], -g["row_count"], g["means"] or "")):
        means = (g["means"],) if g["means"] else ()
        total = c.text("unknown") if g["count_sum"] is None else c.number(g["count_sum"])
        yield (clean(g["source"]), desk.means_text(means), c.word("unit", g["count_unit"]),
               c.number(g["row_count"]), total, c.number(g["repeated_sum"]))  # fmt: skip


def restrictions(desk: Desk) -> Section:
    """Return the impediments by kind, and the first of them one by one."""
    c, table = desk.catalogue, desk.day.impediments
    if not table.num_rows:
        return Section("restrictions", c.text("restrictions.title"), (c.text("restrictions.none"),))
    return Section("restrictions", c.text("restrictions.title"), (c.text("star.note"),),
                   (_impediments_by_kind(desk, table), _impediments(desk, table)))  # fmt: skip


def _impediments_by_kind(desk: Desk, table: pa.Table) -> TableView:
    c = desk.catalogue
    hours = (integers(table, "t_end_ns") - integers(table, "t_start_ns")) / HOUR_NS
    grouped = table.append_column("hours", pa.array(hours)).group_by(["kind", "means", "agent"])
    counted = grouped.aggregate([("kind", "count"), ("hours", "sum")]).to_pylist()
    rows = tuple(
        (c.word("impediment", g["kind"]), c.word("asset", g["means"]), clean(g["agent"] or c.text("unknown")),
         c.number(g["kind_count"]), c.number(g["hours_sum"], 1))
        for g in sorted(counted, key=lambda g: (-g["kind_count"], g["kind"], g["means"] or "", g["agent"] or ""))
    )  # fmt: skip
    keys = ("kind", "means", "agent", "count", "hours")
    heads = tuple(Head(c.text(f"restrictions.{k}"), k in ("count", "hours")) for k in keys)
    return TableView(c.text("restrictions.caption"), heads, rows[: desk.config.list_rows], desk.basis("impediment"))


def _impediments(desk: Desk, table: pa.Table) -> TableView:
    c = desk.catalogue
    first = table.sort_by("t_start_ns").slice(0, desk.config.list_rows)
    told = "text" in first.column_names  # withheld from some audiences
    rows = tuple(
        (when(r["t_start_ns"], r["t_end_ns"], desk.zone, c), c.word("impediment", r["kind"]),
         c.word("asset", r["means"]), clean(r["agent"] or c.text("unknown")),
         *((clean(r["text"] or c.text("dash")),) if told else ()))
        for r in first.to_pylist()
    )  # fmt: skip
    keys = ("when", "kind", "means", "agent", *(("text",) if told else ()))
    heads = tuple(Head(c.text(f"restrictions.{k}"), long=k == "text", time=k == "when") for k in keys)
    return TableView(c.text("restrictions.list"), heads, rows)


def coverage(desk: Desk) -> Section:
    """Return what could have been seen, for each side of the line, with a coarse map."""
    c, report = desk.catalogue, desk.day.coverage
    if report is None or not report.shares or all(s.fraction is None for s in report.shares):
        return Section("coverage", c.text("coverage.title"), (c.text("coverage.none"),))
    keys = ("area", "side", "kind", "assets", "size", "fraction", "passes")
    heads = tuple(Head(c.text(f"coverage.{k}"), i > 2) for i, k in enumerate(keys))
    rows = tuple(_share_row(desk, s) for s in report.shares)
    table = TableView(c.text("coverage.caption"), heads, rows, desk.basis("share"))
    drawn = coverage_map(report, desk.day.layers, c, desk.config)
    return Section("coverage", c.text("coverage.title"), (c.text("coverage.note"),),
                   (table, *(() if drawn is None else (drawn,))))  # fmt: skip


def _share_row(desk: Desk, share: CoverageShare) -> Row:
    c = desk.catalogue
    side = c.text("coverage.both") if share.side is None else clean(share.side)
    passes = c.text("dash") if share.passes is None else c.number(share.passes)
    return (clean(share.area), side, c.word("asset", share.asset_kind), c.number(share.assets),
            c.number(share.area_km2), c.percent(share.fraction), passes)  # fmt: skip


def corridors(desk: Desk) -> Section | None:
    """Return the corridors beside what the record says of them; None where there are none."""
    c = desk.catalogue
    if not desk.day.corridors:
        return None
    keys = ("corridor", "route", "when", "proposer", "outcome", "verdict", "p", "incidents", "seen")
    numbers = ("p", "incidents", "seen")
    labels = {"p": "verdicts.p", "seen": "areas.seen"}
    heads = tuple(Head(c.text(labels.get(k, f"corridors.{k}")), k in numbers, k == "route", k == "when") for k in keys)
    shown = desk.day.corridors[: desk.config.annex_incidents]
    table = TableView(c.text("corridors.caption"), heads, tuple(_corridor_row(desk, r) for r in shown),
                      desk.basis("incident"), kind="wide")  # fmt: skip
    return Section("corridors", c.text("corridors.title"), parts=(table,))


def _corridor_row(desk: Desk, row: CorridorRow) -> Row:
    c = desk.catalogue
    return (
        Cell(row.corridor, mono=True), clean(row.route), when(row.t_start_ns, row.t_end_ns, desk.zone, c),
        clean(row.proposer or c.text("unknown")), c.word("outcome", row.reported_outcome),
        c.word("verdict", row.verdict), c.text("dash") if row.p is None else c.percent(row.p),
        c.number(row.incidents) + desk.star(desk.all_means), c.percent(row.seen),
    )  # fmt: skip


def days(desk: Desk) -> Section | None:
    """Return the chart by day with what could be seen beneath it; None for a period of at most two days."""
    starts = np.array([i.t_start_ns for i in desk.incidents], dtype=np.int64)
    ends = np.array([i.t_end_ns for i in desk.incidents], dtype=np.int64)
    drawn: Figure | None = trend(desk.day, starts, ends, desk.basis("incident"), desk.catalogue, desk.config)
    return None if drawn is None else Section("days", desk.catalogue.text("trend.title"), parts=(drawn,))
