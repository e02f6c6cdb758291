"""The sections that set sources, allegations and inspections beside the record."""

import numpy as np

from trucewatch.core.times import to_datetime
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.desk import Desk
from trucewatch.report.drawing import svg, text
from trucewatch.report.phrases import clean, when, within
from trucewatch.report.records import (
    AlertPrecision,
    AllegationRow,
    DaySeries,
    InspectionRow,
    SideBySide,
    SourcePrecision,
)
from trucewatch.report.view import Cell, Figure, Head, Section, TableView

__all__ = ["allegations", "inspections", "side_by_side"]

Row = tuple[str | Cell, ...]
_LEFT, _RIGHT, _ROW, _TOP = 150.0, 905.0, 66.0, 18.0  # px of the drawing: plot, height of a row, first row
_WEEKS = 200  # days beyond which bars are summed by seven


def side_by_side(desk: Desk) -> Section | None:
    """Return every source with how precisely it spoke, and all of them by day; None where nothing was given."""
    c, beside = desk.catalogue, desk.day.beside
    if beside is None or not (beside.sources or beside.alerts):
        return None
    parts: list[TableView | Figure] = []
    drawn = _by_day(beside, desk)
    if drawn is not None:
        parts.append(drawn)
    if beside.sources:
        parts.append(_sources(desk, beside.sources))
    if beside.alerts:
        parts.append(_recorders(desk, beside.alerts))
    return Section("beside", c.text("beside.title"), (c.text("beside.note"),), tuple(parts))


def _sources(desk: Desk, sources: tuple[SourcePrecision, ...]) -> TableView:
    c = desk.catalogue
    keys = ("source", "records", "texts", "duplicates", "aside", "placed", "radius50", "radius90", "hours", "dated",
            "expected", "joined")  # fmt: skip
    heads = tuple(Head(c.text(f"beside.{k}"), k != "source") for k in keys)
    rows = tuple(_source_row(s, c) for s in sources)
    notes = (c.text("beside.expected.note"), c.text("beside.joined.note"))
    return TableView(c.text("beside.caption"), heads, rows, desk.basis("observation"), notes, kind="wide")


def _source_row(s: SourcePrecision, c: Catalogue) -> Row:
    none = c.text("dash")
    return (
        clean(s.source), c.number(s.records), c.number(s.texts), c.number(s.duplicates), c.number(s.aside),
        c.number(s.placed),
        none if s.radius50_m is None else within(s.radius50_m, c),
        none if s.radius90_m is None else within(s.radius90_m, c),
        none if s.hours50 is None else c.number(s.hours50, 1), c.percent(s.dated) if s.dated is not None else none,
        c.number(s.expected, 1), c.percent(s.joined) if s.joined is not None else none,
    )  # fmt: skip


def _recorders(desk: Desk, alerts: tuple[AlertPrecision, ...]) -> TableView:
    c = desk.catalogue
    keys = ("recorder", "alerts", "duplicates", "regions", "guessed", "met")
    heads = tuple(Head(c.text(f"beside.alerts.{k}"), k != "recorder") for k in keys)
    rows = tuple(
        (c.word("recorder", a.recorder), c.number(a.alerts), c.number(a.duplicates), c.number(a.regions),
         c.percent(a.guessed), c.percent(a.met) if a.met is not None else c.text("dash"))
        for a in alerts
    )  # fmt: skip
    return TableView(c.text("beside.alerts.caption"), heads, rows, desk.basis("alert"), (c.text("beside.alerts.note"),))


def _by_day(beside: SideBySide, desk: Desk) -> Figure | None:
    """Return one row of bars for each source, each on its own scale; None for a period of at most two days."""
    c, days = desk.catalogue, len(beside.edges_ns) - 1
    if days <= 2 or not beside.series:
        return None
    step = 7 if days > _WEEKS else 1
    names = [f"{to_datetime(e, desk.zone):%Y-%m-%d}" for e in beside.edges_ns[:-1:step]]
    parts = [p for k, s in enumerate(beside.series) for p in _band(s, k, step, c)]
    height = _TOP + _ROW * len(beside.series) + 22
    every = max(1, int(np.ceil(len(names) / 10)))
    pitch = (_RIGHT - _LEFT) / len(names)
    shown = [(names[k], _LEFT + (k + 0.5) * pitch) for k in range(0, len(names), every)]
    parts += [text(name, min(x, _RIGHT - 20), height - 6, "tick", "middle") for name, x in shown]
    title = c.text("beside.chart" if step == 1 else "beside.chart.week")
    told = c.text("beside.chart.describe", n=len(beside.series), first=names[0], last=names[-1])
    drawn = svg("beside", (920, round(height)), title, told, parts, "beside")
    return Figure(title, drawn, notes=(c.text("beside.chart.note"),))


def _band(series: DaySeries, k: int, step: int, c: Catalogue) -> list[str]:
    values = np.add.reduceat(np.array(series.values, dtype=np.float64), np.arange(0, len(series.values), step))
    foot, tall = _TOP + _ROW * (k + 1) - 12, _ROW - 24
    most = float(values.max(initial=0.0))
    pitch = (_RIGHT - _LEFT) / len(values)
    height = values / most * tall if most else values * 0
    bars = "".join(
        f"M{_LEFT + i * pitch + 0.1 * pitch:.1f} {foot:.1f}v-{h:.1f}h{0.8 * pitch:.1f}v{h:.1f}z"
        for i, h in enumerate(height.tolist()) if h > 0
    )  # fmt: skip
    name = c.text(f"beside.series.{series.unit}", name=clean(series.name))
    return [
        f'<path class="grid" d="M{_LEFT:.0f} {foot:.1f}H{_RIGHT:.0f}"/>', f'<path class="bar" d="{bars}"/>',
        text(name, 4, foot - tall / 2, "tick"),
        text(c.text("beside.most", n=c.number(most)), 4, foot - tall / 2 + 15, "tick"),
    ]  # fmt: skip


def allegations(desk: Desk) -> Section | None:
    """Return what was alleged beside what the record says of it; None where nothing was."""
    c, told = desk.catalogue, desk.day.allegations
    if not told:
        return None
    shown = told[: desk.config.annex_incidents]
    keys = ("reference", "party", "against", "when", "where", "what", "copies", "clause", "verdict", "status", "p")
    heads = tuple(Head(c.text(f"allegations.{k}"), k in ("copies", "p"), k == "where", k == "when") for k in keys)
    cut = (c.text("incidents.shown", shown=c.number(len(shown)), all=c.number(len(told))),)
    table = TableView(c.text("allegations.list"), heads, tuple(_allegation_row(desk, a) for a in shown),
                      desk.basis("allegation"), cut if len(shown) < len(told) else (), kind="wide")  # fmt: skip
    return Section("allegations", c.text("allegations.title"), (c.text("allegations.note"),), (_met(desk, told), table))


def _met(desk: Desk, told: tuple[AllegationRow, ...]) -> TableView:
    """How many allegations of each party met what in the record: the same columns for every party."""
    c = desk.catalogue
    states = ("matched", "contradicted", "plausible_unseen", "outside_coverage", "insufficient_detail", "not_engaged")
    heads = (Head(c.text("allegations.party")), Head(c.text("allegations.all"), True),
             Head(c.text("allegations.copies"), True),
             *(Head(c.word("allegation", s), True) for s in states))  # fmt: skip
    rows = []
    for party in sorted({a.party for a in told}):
        mine = [a for a in told if a.party == party]
        counts = (c.number(sum(a.status == s for a in mine)) for s in states)
        rows.append((clean(party), c.number(len(mine)), c.number(sum(a.copies - 1 for a in mine)), *counts))
    return TableView(c.text("allegations.caption"), heads, tuple(rows), desk.basis("allegation"))


def _allegation_row(desk: Desk, a: AllegationRow) -> Row:
    c = desk.catalogue
    none = c.text("not_stated")
    hours = none if a.t_start_ns is None or a.t_end_ns is None else when(a.t_start_ns, a.t_end_ns, desk.zone, c)
    return (
        clean(a.reference or none), clean(a.party), clean(a.against or none), hours, clean(a.where or none),
        c.word("class", a.cls), c.number(a.copies), clean(a.clause), c.word("verdict", a.verdict),
        c.word("allegation", a.status), c.text("dash") if a.p is None else c.percent(a.p),
    )  # fmt: skip


def inspections(desk: Desk) -> Section | None:
    """Return what inspections of storage sites found; None where there were none."""
    c, rows = desk.catalogue, desk.day.inspections
    if not rows:
        return None
    keys = ("site", "when", "weapon", "declared", "present", "missing", "not_verified", "access")
    numbers = ("declared", "present", "missing", "not_verified")
    heads = tuple(Head(c.text(f"inspections.{k}"), k in numbers, time=k == "when") for k in keys)
    table = TableView(c.text("inspections.caption"), heads, tuple(_inspection_row(desk, r) for r in rows),
                      desk.basis("inspection"))  # fmt: skip
    return Section("inspections", c.text("inspections.title"), parts=(table,))


def _inspection_row(desk: Desk, r: InspectionRow) -> Row:
    c = desk.catalogue
    counted = (c.text("not_stated") if n is None else c.number(n)
               for n in (r.declared, r.present, r.missing, r.not_verified))  # fmt: skip
    return (clean(r.site), when(r.t_start_ns, r.t_end_ns, desk.zone, c), clean(r.weapon or c.text("not_stated")),
            *counted, c.word("access", r.access))  # fmt: skip
