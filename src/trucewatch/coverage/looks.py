"""Looks: when each asset could see which footprint; bad and idle intervals set apart."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import shapely

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import COVERAGE
from trucewatch.core.times import HOUR_NS

__all__ = ["Downtime", "Looks", "read_looks"]

_POLYGONAL = (3, 6)  # shapely's type ids of Polygon and MultiPolygon


@dataclass(frozen=True, slots=True)
class Downtime:
    """Intervals in which assets of one kind could not observe, for one reason."""

    asset_kind: str
    reason: str | None
    intervals: int
    hours: float


@dataclass(frozen=True)
class Looks:
    """Working intervals as columns (looks,): ns UTC, asset, kind, probability and the row of the footprint.

    footprints   (f,) distinct valid polygons, WGS84 lon lat
    """

    start_ns: np.ndarray
    end_ns: np.ndarray
    asset: np.ndarray
    kind: np.ndarray
    p_detect: np.ndarray
    footprint: np.ndarray
    footprints: np.ndarray

    def __len__(self) -> int:
        return len(self.start_ns)

    def take(self, rows: np.ndarray) -> "Looks":
        """Return the looks at these rows."""
        return Looks(self.start_ns[rows], self.end_ns[rows], self.asset[rows], self.kind[rows], self.p_detect[rows],
                     self.footprint[rows], self.footprints)  # fmt: skip


class LooksRead(NamedTuple):
    """What the tables say: looks, what stood idle, and what is wrong with the rows."""

    looks: Looks
    downtime: tuple[Downtime, ...]
    issues: tuple[Issue, ...]


class _Rows(NamedTuple):
    start_ns: np.ndarray
    end_ns: np.ndarray
    asset: np.ndarray
    kind: np.ndarray
    p_detect: np.ndarray
    working: np.ndarray
    reason: np.ndarray
    footprint: np.ndarray


class _Pieces(NamedTuple):
    start_ns: np.ndarray
    end_ns: np.ndarray
    asset: np.ndarray
    kind: np.ndarray
    p_detect: np.ndarray
    footprint: np.ndarray


def read_looks(tables: Sequence[pa.Table]) -> LooksRead:
    """Return the looks of coverage tables; an interval in which the same asset did not work is cut out of its looks."""
    table = pa.concat_tables(tables) if tables else COVERAGE.empty()
    COVERAGE.check(table)
    wkb = table.column("geometry").combine_chunks().dictionary_encode()
    footprints = _polygons(wkb.dictionary)
    rows = _Rows(
        integers(table, "t_start_ns"), integers(table, "t_end_ns"), strings(table, "asset"),
        strings(table, "asset_kind"), numbers(table, "p_detect"), np.asarray(table.column("working"), dtype=bool),
        strings(table, "reason"), np.asarray(wkb.indices, dtype=np.int64),
    )  # fmt: skip
    bad, issues = _faults(rows, footprints, table)
    silent = rows.working & np.isnan(rows.p_detect) & ~bad
    idle = ~rows.working & ~bad
    pieces = _without_idle(rows, np.flatnonzero(rows.working & ~bad & ~silent), np.flatnonzero(idle))
    looks = _merged(Looks(*pieces, footprints))
    downtime = _downtime(rows, np.flatnonzero(idle))
    notes = [*_unstated(rows, np.flatnonzero(silent)), *(_idle_issue(d) for d in downtime)]
    return LooksRead(looks, downtime, (*issues, *notes))


def _polygons(wkb: pa.Array) -> np.ndarray:
    shapes = shapely.from_wkb(np.asarray(wkb.to_numpy(zero_copy_only=False), dtype=object), on_invalid="ignore")
    shapes = np.atleast_1d(np.asarray(shapes, dtype=object))
    broken = ~shapely.is_valid(shapes) & ~shapely.is_missing(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    usable = np.isin(shapely.get_type_id(shapes), _POLYGONAL) & ~shapely.is_empty(shapes)
    shapes[~usable] = None
    return shapes


def _faults(rows: _Rows, footprints: np.ndarray, table: pa.Table) -> tuple[np.ndarray, list[Issue]]:
    no_shape = shapely.is_missing(footprints)[rows.footprint] if len(footprints) else np.zeros(0, bool)
    faults = (
        (rows.end_ns <= rows.start_ns, "an interval that ends before it starts", "an end after the start"),
        (no_shape, "a footprint that is no polygon", "a polygon in WGS84 lon lat"),
        ((rows.p_detect < 0) | (rows.p_detect > 1), "a detection probability outside 0..1", "one from 0 to 1"),
    )
    issues = []
    for bad, found, needed in faults:
        for i in np.flatnonzero(bad).tolist():
            record = table.slice(i, 1).to_pylist()[0]
            issues.append(Issue(record["source"], IssueKind.REJECTED, found, needed, "the interval counts as unseen",
                                record["row"], record["native_key"], record["file_sha256"]))  # fmt: skip
    return np.logical_or.reduce([bad for bad, _, _ in faults]), issues


def _unstated(rows: _Rows, silent: np.ndarray) -> list[Issue]:
    kinds, counts = np.unique(rows.kind[silent].astype(str), return_counts=True)
    return [
        Issue("coverage", IssueKind.DOUBTFUL, f"{n} {kind} intervals without a detection probability",
              "p_detect from 0 to 1", "they count as seeing nothing until it is stated")
        for kind, n in zip(kinds.tolist(), counts.tolist(), strict=True)
    ]  # fmt: skip


def _downtime(rows: _Rows, idle: np.ndarray) -> tuple[Downtime, ...]:
    hours: dict[tuple[str, str | None], list[float]] = {}
    lengths = (rows.end_ns[idle] - rows.start_ns[idle]) / HOUR_NS
    for kind, reason, length in zip(rows.kind[idle], rows.reason[idle], lengths.tolist(), strict=True):
        hours.setdefault((kind, reason), []).append(length)
    return tuple(Downtime(k, r, len(h), sum(h)) for (k, r), h in sorted(hours.items(), key=lambda x: str(x[0])))


def _idle_issue(downtime: Downtime) -> Issue:
    why = downtime.reason or "no reason given"
    found = f"{downtime.intervals} {downtime.asset_kind} intervals ({downtime.hours:.1f} h) not working: {why}"
    return Issue("coverage", IssueKind.DOUBTFUL, found, "assets at work", "they count as seeing nothing")


def _without_idle(rows: _Rows, working: np.ndarray, idle: np.ndarray) -> "_Pieces":
    """Return what is left of the working rows; where a log says both, not working holds."""
    asset = rows.asset.astype(str)
    stopped: dict[str, list[int]] = {}
    for i in idle.tolist():
        stopped.setdefault(asset[i], []).append(i)
    touched = np.isin(asset[working], list(stopped))
    whole, pieces = working[~touched], []
    for i in working[touched].tolist():
        cuts = [(int(rows.start_ns[j]), int(rows.end_ns[j])) for j in stopped[asset[i]]]
        pieces += [(a, b, i) for a, b in _left(int(rows.start_ns[i]), int(rows.end_ns[i]), cuts)]
    cut = np.array(pieces, dtype=np.int64).reshape(-1, 3)
    start = np.concatenate([rows.start_ns[whole], cut[:, 0]])
    end = np.concatenate([rows.end_ns[whole], cut[:, 1]])
    row = np.concatenate([whole, cut[:, 2]])
    return _Pieces(start, end, asset[row], rows.kind[row], rows.p_detect[row], rows.footprint[row])


def _left(start: int, end: int, cuts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    pieces = []
    for a, b in sorted(cuts):
        if a > start:
            pieces.append((start, min(a, end)))
        start = max(start, b)
        if start >= end:
            return pieces
    return [*pieces, (start, end)]


def _merged(looks: Looks) -> Looks:
    """Join looks of one asset at one footprint that overlap: an asset is not independent of itself."""
    if len(looks) == 0:
        return looks
    _, name = np.unique(looks.asset, return_inverse=True)
    order = np.lexsort((looks.start_ns, looks.footprint, name))
    group = np.cumsum(np.r_[0, (np.diff(name[order]) != 0) | (np.diff(looks.footprint[order]) != 0)])
    latest = _latest_so_far(looks.end_ns[order], group)
    later = (group[1:] != group[:-1]) | (looks.start_ns[order][1:] >= latest[:-1])
    heads = np.flatnonzero(np.r_[True, later])
    tails = np.r_[heads[1:] - 1, len(order) - 1]
    first = looks.take(order[heads])
    p_most = np.maximum.reduceat(looks.p_detect[order], heads)
    return replace(first, end_ns=latest[tails], p_detect=p_most)


def _latest_so_far(end_ns: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return the running maximum of ends within each group; ranks stand for the ends so that groups can be offset."""
    ends, rank = np.unique(end_ns, return_inverse=True)
    reach = np.maximum.accumulate(rank + group * len(ends)) - group * len(ends)
    return np.asarray(ends[reach])
