"""How precisely each source spoke, and when: figures over all records of a period, none of which shows a place."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.place import Places, summarise
from trucewatch.core.times import DAY_NS, HOUR_NS, day_interval_ns, to_datetime
from trucewatch.report.records import AlertPrecision, DaySeries, SideBySide, SourcePrecision

__all__ = ["side_by_side"]

_WHOLE_DAY_NS = 20 * HOUR_NS  # an interval of at least this length has a date and no time
_SAME_ALERT_NS = 5 * 60 * 10**9


def side_by_side(
    observations: pa.Table, events: pa.Table, links: pa.Table, alerts: pa.Table, period_ns: tuple[int, int], zone: str
) -> SideBySide:
    """Return the figures of every source of a period beside each other.

    observations  OBSERVATIONS of the period; events, links as `locate` and `fuse` left them, context included
    alerts        ALERTS; those that touch the period count
    """
    edges = day_edges(period_ns, zone)
    table = pc.equal(observations.column("state"), "accepted")
    rows = tuple(_source(s, observations, table, _credit(s, events, links, period_ns)) for s in _names(observations))
    alerts = alerts.filter(_touching(alerts, period_ns))
    told = pc.equal(observations.column("means"), "reported")
    texts = observations.filter(pc.and_(table, pc.fill_null(told, False)))
    series = [*_texts(texts, edges), *_looks(events, _names(texts), period_ns, edges), *_alert_hours(alerts, edges)]
    recorders = tuple(_alert_rows(alerts))
    return SideBySide(tuple(edges.tolist()), rows, recorders, tuple(series))


def day_edges(period_ns: tuple[int, int], zone: str) -> np.ndarray:
    """Return the starts (n + 1,) of the civil days of a period, and the end of the last one."""
    edges = [day_interval_ns(to_datetime(period_ns[0], zone).date(), zone)[0]]
    while edges[-1] < period_ns[1]:
        edges.append(day_interval_ns(to_datetime(edges[-1] + DAY_NS // 2, zone).date(), zone)[1])
    return np.array(edges, dtype=np.int64)


def _names(observations: pa.Table) -> list[str]:
    return sorted(str(s) for s in observations.column("source").unique().to_pylist())


def _touching(table: pa.Table, period_ns: tuple[int, int]) -> pa.Array:
    return pa.array((integers(table, "t_end_ns") > period_ns[0]) & (integers(table, "t_start_ns") < period_ns[1]))


def _credit(source: str, events: pa.Table, links: pa.Table, period_ns: tuple[int, int]) -> tuple[float, float | None]:
    """Return how many of a source's events of the period are expected to be real, and the share that another source
    joined in an incident (None where it has no event)."""
    mine = np.flatnonzero((strings(events, "source") == source) & np.asarray(_touching(events, period_ns)))
    if not len(mine):
        return 0.0, None
    accepted = links.filter(links.column("accepted"))
    other = strings(accepted, "source_a") != strings(accepted, "source_b")
    joined = np.concatenate([integers(accepted, "event_a")[other], integers(accepted, "event_b")[other]])
    real = float(np.nansum(numbers(events, "p_real")[mine]))
    return real, float(np.isin(integers(events, "event")[mine], joined).mean())


def _source(
    source: str, observations: pa.Table, accepted: pa.ChunkedArray, credit: tuple[float, float | None]
) -> SourcePrecision:
    mine = pc.equal(observations.column("source"), source)
    table = observations.filter(pc.and_(mine, accepted))
    radius = summarise(Places.from_table(table)).radius90_m
    placed = radius[np.isfinite(radius)]
    length = integers(table, "t_end_ns") - integers(table, "t_start_ns")
    middle, most = np.quantile(placed, (0.5, 0.9)).tolist() if len(placed) else (None, None)
    repeated = pc.and_(mine, pc.equal(observations.column("state"), "duplicate"))
    rows, twice = int(pc.sum(mine).as_py()), int(pc.sum(repeated).as_py())
    return SourcePrecision(
        source, table.num_rows, twice, rows - table.num_rows - twice, len(table.column("group").unique()),
        len(placed), middle, most, float(np.median(length)) / HOUR_NS if len(length) else None,
        float((length >= _WHOLE_DAY_NS).mean()) if len(length) else None, *credit,
    )  # fmt: skip


def _texts(observations: pa.Table, edges: np.ndarray) -> Iterator[DaySeries]:
    """Yield the independent texts of each source that reports, by the first day of their interval."""
    day = _day(integers(observations, "t_start_ns"), edges)
    keyed = observations.select(["source", "group"]).append_column("day", pa.array(day))
    each = keyed.group_by(["source", "group", "day"]).aggregate([])
    found, days = strings(each, "source"), integers(each, "day")
    for source in _names(observations):
        yield DaySeries(source, "texts", tuple(np.bincount(days[found == source], minlength=len(edges) - 1).tolist()))


def _looks(events: pa.Table, texts: list[str], period_ns: tuple[int, int], edges: np.ndarray) -> Iterator[DaySeries]:
    """Yield for each other source how many of its events are expected to be no background, by day."""
    inside = events.filter(_touching(events, period_ns))
    source, p = strings(inside, "source"), np.nan_to_num(numbers(inside, "p_real"))
    day = _day(integers(inside, "t_start_ns"), edges)
    for name in sorted(set(source.tolist()) - set(texts)):
        mine = source == name
        sums = np.bincount(day[mine], p[mine], minlength=len(edges) - 1)
        yield DaySeries(name, "expected", tuple(np.round(sums, 2).tolist()))


def _day(t_ns: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.asarray(np.searchsorted(edges, np.clip(t_ns, edges[0], edges[-1] - 1), "right") - 1)


def _alert_hours(alerts: pa.Table, edges: np.ndarray) -> Iterator[DaySeries]:
    """Yield hours under alert, summed over the first-level units, by recorder; overlapping alerts of a unit once."""
    recorder, region = strings(alerts, "recorder"), strings(alerts, "region")
    start, end = integers(alerts, "t_start_ns"), integers(alerts, "t_end_ns")
    for name in sorted(set(recorder.tolist())):
        hours = np.zeros(len(edges) - 1)
        for unit in sorted({r for r in region[recorder == name].tolist() if r is not None}):
            rows = np.flatnonzero((recorder == name) & (region == unit))
            for a, b in _union(start[rows], end[rows]):
                overlap = np.minimum(b, edges[1:]) - np.maximum(a, edges[:-1])
                hours += np.maximum(overlap, 0) / HOUR_NS
        yield DaySeries(name, "alert_hours", tuple(np.round(hours, 3).tolist()))


def _union(start: np.ndarray, end: np.ndarray) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for a, b in sorted(zip(start.tolist(), end.tolist(), strict=True)):
        if joined and a <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], b)
        else:
            joined.append((a, b))
    return joined


def _alert_rows(alerts: pa.Table) -> Iterator[AlertPrecision]:
    recorder, state = strings(alerts, "recorder"), strings(alerts, "state")
    start, region, level = integers(alerts, "t_start_ns"), strings(alerts, "region"), strings(alerts, "level")
    known = np.asarray(alerts.column("end_known").to_numpy(zero_copy_only=False), dtype=bool)
    for name in sorted(set(recorder.tolist())):
        mine = recorder == name
        rows = mine & (state == "accepted")
        whole = np.flatnonzero(rows & (level == "region") & (region.astype(str) != "None"))
        others = np.flatnonzero(~mine & (state == "accepted"))
        yield AlertPrecision(
            name, int(rows.sum()), int(mine.sum() - rows.sum()), len({r for r in region[rows].tolist() if r}),
            float((~known[rows]).mean()) if rows.any() else None, _met(whole, others, region, start),
        )  # fmt: skip


def _met(rows: np.ndarray, others: np.ndarray, region: np.ndarray, start: np.ndarray) -> float | None:
    """Return the share of alerts that another recorder began in the same unit within five minutes."""
    if not len(rows) or not len(others):
        return None
    met = 0
    for unit in sorted({r for r in region[rows].tolist() if r is not None}):
        theirs = np.sort(start[others[region[others] == unit]])
        mine = start[rows[region[rows] == unit]]
        after = np.searchsorted(theirs, mine - _SAME_ALERT_NS)
        near = np.append(theirs, np.iinfo(np.int64).max)[after]
        met += int((near <= mine + _SAME_ALERT_NS).sum())
    return met / len(rows)
