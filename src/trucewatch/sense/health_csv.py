"""State of health of cameras and acoustic nodes: heartbeats to the intervals in which each could observe."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.times import SECOND_NS
from trucewatch.sense import tabular
from trucewatch.sense.books import copies, kept, missing, not_in
from trucewatch.sense.checks import PLACE_NEEDED, TIME_NEEDED, Fault, bad_places, bad_times, usable
from trucewatch.sense.duty_log import KINDS
from trucewatch.sense.footprints import sectors
from trucewatch.sense.mission_limits import MissionConfig
from trucewatch.sense.source import Source
from trucewatch.sense.stamps import read_stamps
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, mapped, numbers

__all__ = ["FORMAT", "STATES", "detect", "raw_row", "read"]

FORMAT = "health_csv"
SHEET = Sheet(frozenset({"asset", "kind", "time", "state", "lon", "lat", "range_km"}), barred=frozenset({"time_from"}))
STATES = ("up", "degraded", "down")
_DEGRADED, _DOWN = 1, 2  # places in STATES
_REASONS = np.array([None, "no heartbeat", "down"], dtype=object)
_SHAPE = ("lon", "lat", "range_km", "bearing_deg", "width_deg", "p_detect")


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


@dataclass(frozen=True)
class Beats:
    """Heartbeats (n,), those of one asset together and in the order of their file.

    t_ns, asset, state   (n,) ns UTC; code of the asset; place in STATES
    shape                (n, 6) lon, lat deg, range km, bearing, width deg, p_detect
    """

    section: Section
    t_ns: np.ndarray
    asset: np.ndarray
    state: np.ndarray
    shape: np.ndarray

    @cached_property
    def step_ns(self) -> np.ndarray:
        """Time (n − 1,) ns to the next heartbeat."""
        return np.diff(self.t_ns)

    @cached_property
    def same(self) -> np.ndarray:
        """Whether (n − 1,) the next heartbeat is of the same asset."""
        return np.asarray(self.asset[1:] == self.asset[:-1])

    def taken(self, at: np.ndarray) -> "Beats":
        """Return the heartbeats at the indices `at`."""
        return Beats(kept(self.section, at), self.t_ns[at], self.asset[at], self.state[at], self.shape[at])


def read(source: Source) -> Iterator[Reading]:
    """Read heartbeats as coverage: a node works between two heartbeats that both say so and are not too far apart."""
    s, issues, synthetic = tabular.read_whole(source, SHEET)
    if s is None:
        yield source.empty("coverage", FORMAT, *issues)
        return
    beats = _beats(s)
    keep, rejected = usable(source, s, _faults(source, beats))
    beats = _ordered(beats.taken(keep))
    coverage = _coverage(source, beats, source.config.mission)
    other = [*issues, *rejected, *copies(source, beats.section, "kept; it changes no coverage"), *_odd(source, beats)]
    yield source.reading("coverage", FORMAT, coverage, other, synthetic)


def _beats(s: Section) -> Beats:
    stamps = read_stamps(column(s, "time"), None)
    t_ns = np.where(stamps.known & ~stamps.naive, stamps.local_ns - stamps.offset_s * SECOND_NS, NO_INSTANT)
    state = pc.index_in(mapped(column(s, "state"), str.lower), pa.array(STATES)).fill_null(-1)
    asset = column(s, "asset").dictionary_encode().indices.fill_null(-1)
    shape = np.column_stack([numbers(column(s, name)) for name in _SHAPE])
    shape[:, 3] = np.nan_to_num(shape[:, 3], nan=0.0)
    shape[:, 4] = np.nan_to_num(shape[:, 4], nan=360.0)
    return Beats(s, t_ns, asset.to_numpy(), state.to_numpy(), shape)


def _faults(source: Source, beats: Beats) -> list[Fault]:
    s, config = beats.section, source.config
    lon, lat, range_km, _, _, p_detect = beats.shape.T
    time, p = column(s, "time"), column(s, "p_detect")
    needed = f"{TIME_NEEDED.format(config.year_min, config.year_max)}, with its offset"
    no_p = ~((p_detect >= 0) & (p_detect <= 1)) & np.asarray(p.is_valid())
    return [
        missing(s, "asset", "the name of the asset"),
        not_in(s, "kind", KINDS),
        Fault(beats.state < 0, {"state": column(s, "state")}, f"one of {', '.join(STATES)}"),
        Fault(bad_times(beats.t_ns, config), {"time": time}, needed),
        Fault(bad_places(lon, lat) | ~(range_km > 0), {n: column(s, n) for n in ("lon", "lat", "range_km")},
              f"{PLACE_NEEDED}, and a range in km above 0"),
        Fault(no_p, {"p_detect": p}, "a probability from 0 to 1"),
    ]  # fmt: skip


def _ordered(beats: Beats) -> Beats:
    """Return the heartbeats by asset; those of an asset whose file runs backwards are turned round."""
    by_asset = beats.taken(np.argsort(beats.asset, kind="stable"))
    steps = np.where(by_asset.same, np.sign(by_asset.step_ns), 0.0)
    run = np.bincount(by_asset.asset[:-1], steps, minlength=int(by_asset.asset.max(initial=0)) + 1)
    place = np.arange(len(by_asset.t_ns))
    turned = np.where(run[by_asset.asset] < 0, -place, place) if len(place) else place
    return by_asset.taken(np.lexsort((turned, by_asset.asset)))


def _coverage(source: Source, beats: Beats, config: MissionConfig) -> pa.Table:
    """Return stretches of heartbeats that say the same, as one row each."""
    at = np.flatnonzero(beats.same & (beats.step_ns > 0))
    gap = beats.step_ns[at] > config.heartbeat_gap_s * SECOND_NS
    state = np.maximum(beats.state[at], beats.state[at + 1])
    reason = np.where(gap, 1, np.where(state == _DOWN, 2, 0))
    degraded = (state == _DEGRADED) & (reason == 0)
    first = np.flatnonzero(_changes(beats, at, np.column_stack([reason, degraded])))
    last = np.append(first[1:], len(at))[: len(first)] - 1
    start, end = at[first], at[last] + 1
    s = kept(beats.section, start)
    values = {
        "source": "health", "t_start_ns": beats.t_ns[start], "t_end_ns": beats.t_ns[end],
        "t_sigma_s": _clock_s(beats)[beats.asset[start]],
        "asset": column(s, "asset"), "asset_kind": mapped(column(s, "kind"), str.lower), "side": column(s, "side"),
        "working": reason[first] == 0, "reason": pa.array(_REASONS[reason[first]].tolist(), pa.string()),
        "p_detect": np.where(degraded[first], np.nan, beats.shape[start, 5]),
        "geometry": _footprints(beats.shape[start, :5]),
    }  # fmt: skip
    return source.table("coverage", s.row, values)


def _footprints(shape: np.ndarray) -> pa.Array:
    """Return the sector (m,) WKB of each shape (m, 5); most nodes never move, so that each is drawn once."""
    once, place = np.unique(shape, axis=0, return_inverse=True)
    lon, lat, range_km, bearing, width = once.T
    drawn = pa.array(list(shapely.to_wkb(sectors(lon, lat, range_km * 1000.0, bearing, width))), pa.binary())
    return drawn.take(pa.array(place.reshape(-1)))


def _changes(beats: Beats, at: np.ndarray, said: np.ndarray) -> np.ndarray:
    """Return where (m,) an interval says something else than the one before it, or begins elsewhere than it ends."""
    words = [beats.section.words.column(n) for n in ("kind", "side") if n in beats.section.names]
    codes = [w.combine_chunks().dictionary_encode().indices.fill_null(-1).to_numpy() for w in words]
    key = np.column_stack([said, beats.shape[at], beats.asset[at], *(c[at] for c in codes)])
    differs = np.any((key[1:] != key[:-1]) & ~(np.isnan(key[1:]) & np.isnan(key[:-1])), axis=1)
    apart = beats.t_ns[at[1:]] != beats.t_ns[at[:-1] + 1]
    return np.concatenate([np.ones(min(1, len(at)), dtype=bool), differs | apart])


def _clock_s(beats: Beats) -> np.ndarray:
    """Return for each asset the largest step back of its clock, s; NaN where it never stepped back."""
    back_s = np.where(beats.same & (beats.step_ns < 0), -beats.step_ns / SECOND_NS, 0.0)
    most = np.zeros(int(beats.asset.max(initial=0)) + 1)
    np.maximum.at(most, beats.asset[:-1], back_s)
    return np.where(most > 0, most, np.nan)


def _odd(source: Source, beats: Beats) -> list[Issue]:
    """Return clocks that step back, and assets that were heard of once only."""
    row, jump = beats.section.row, np.flatnonzero(beats.same & (beats.step_ns < 0))
    found = [f"a time {-s / SECOND_NS:,.0f} s before the heartbeat before it" for s in beats.step_ns[jump]]
    needed, action = "times that rise", "both stretches are kept; the step is the uncertainty of the clock"
    issues = source.issues(IssueKind.DOUBTFUL, row[jump + 1], found, needed, action)
    ends = np.concatenate([[True], ~beats.same, [True]]) if len(row) else np.zeros(1, dtype=bool)
    alone = np.flatnonzero(ends[:-1] & ends[1:])
    names = column(kept(beats.section, alone), "asset").to_pylist()
    words = [f"one heartbeat of {name}" for name in names]
    return issues + source.issues(IssueKind.DOUBTFUL, row[alone], words, "two or more", "it shows no working time")
