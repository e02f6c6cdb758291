"""Packets of a flight to what the mission needs of them: intervals of sight with their ground, and flights."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import shapely

from trucewatch.core.parts import MOST_PARTS, mixture
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import distance_m
from trucewatch.sense.checks import bad_places
from trucewatch.sense.klv_decode import Telemetry
from trucewatch.sense.klv_footprint import Footprints
from trucewatch.sense.klv_limits import KlvConfig
from trucewatch.sense.source import Source

__all__ = ["Flight", "coverage", "flights_of"]


@dataclass(frozen=True, slots=True)
class Flight:
    """One flight of one aircraft; of the mission's own aircraft, so for its own pages only.

    t_start_ns, t_end_ns   ns UTC of the first and the last packet
    path                   discs with their times, as core/parts.py writes them; None where no position is known
    packets, left_out      packets used, and packets that could not be
    """

    platform: str
    t_start_ns: int
    t_end_ns: int
    path: str | None
    packets: int
    left_out: int


class _Looks(NamedTuple):
    """Packets (k,) with a footprint: index into the packets, how long each holds, its interval, and sample therein."""

    at: np.ndarray
    t_end_ns: np.ndarray
    interval: np.ndarray
    sample: np.ndarray


def coverage(source: Source, table: Telemetry, seen: Footprints, config: KlvConfig) -> pa.Table:
    """Return the intervals in which the camera saw ground, each with all that it saw in them.

    A footprint holds until the next one, the last of a stretch for as long as the one before it.
    """
    looks = _looks(table, seen, config)
    first = np.flatnonzero(np.diff(looks.interval, prepend=-1))
    last = np.append(first[1:], len(looks.at))[: len(first)] - 1
    at = looks.at[first]
    taken = np.flatnonzero(np.diff(looks.interval, prepend=-1) | np.diff(looks.sample, prepend=-1))
    pieces = np.split(seen.shape[looks.at[taken]], np.searchsorted(taken, first[1:]))[: len(first)]
    values = {
        "source": "misb_st0601", "t_start_ns": table.t_ns[at],
        "t_end_ns": np.maximum(looks.t_end_ns[last], table.t_ns[at] + 1), "asset": table.platform[at].tolist(),
        "asset_kind": "uav", "working": True, "p_detect": config.p_detect,
        "geometry": [shapely.to_wkb(shapely.union_all(piece)) for piece in pieces],
    }  # fmt: skip
    return source.table("coverage", table.row[at], values)


def _looks(table: Telemetry, seen: Footprints, config: KlvConfig) -> _Looks:
    """Cut the packets with a footprint into stretches without a gap, and these into intervals."""
    at = np.flatnonzero(seen.how >= 0)
    t_ns, lost = table.t_ns[at], np.cumsum(seen.far | seen.above)[at]
    step_ns = np.diff(t_ns, append=t_ns[-1:])
    name = table.platform[at]
    breaks = (step_ns[:-1] < 0) | (step_ns[:-1] > config.gap_s * SECOND_NS) | (np.diff(lost) > 0)
    breaks |= name[1:] != name[:-1]
    starts = np.concatenate([[True], breaks])[: len(at)]
    ends = np.concatenate([breaks, [True]])[: len(at)]
    before = np.concatenate([[0], step_ns[:-1]])[: len(at)]
    hold_ns = np.where(ends, np.where(starts, 0, before), step_ns)
    begin_ns = t_ns[np.maximum.accumulate(np.where(starts, np.arange(len(at)), 0))]
    slot, sample = ((t_ns - begin_ns) // int(width_s * SECOND_NS) for width_s in (config.step_s, config.sample_s))
    return _Looks(at, t_ns + hold_ns, np.cumsum(starts | (np.diff(slot, prepend=0) != 0)), sample)


def flights_of(table: Telemetry, config: KlvConfig) -> list[Flight]:
    """Return the flights of a file: of one aircraft, without a longer silence."""
    if len(table.row) == 0:
        return []
    gap = np.abs(np.diff(table.t_ns)) > config.flight_gap_s * SECOND_NS
    first = np.flatnonzero(np.concatenate([[True], gap | (table.platform[1:] != table.platform[:-1])]))
    of_flight = np.maximum(np.searchsorted(table.row[first], table.left_out, side="right") - 1, 0)
    left_out = np.bincount(of_flight, minlength=len(first))
    pieces = np.split(np.arange(len(table.row)), first[1:])
    return [_flight(table, piece, int(out), config) for piece, out in zip(pieces, left_out, strict=True)]


def _flight(table: Telemetry, piece: np.ndarray, left_out: int, config: KlvConfig) -> Flight:
    at = piece[np.argsort(table.t_ns[piece], kind="stable")]
    t_ns = table.t_ns[at]
    return Flight(str(table.platform[at[0]]), int(t_ns[0]), int(t_ns[-1]), _path(table, at, config), len(at), left_out)


def _path(table: Telemetry, at: np.ndarray, config: KlvConfig) -> str | None:
    """Return a flight as discs that overlap along its way, each weighted by its share of the time."""
    lon, lat = table.values["sensor_lon_deg"][at], table.values["sensor_lat_deg"][at]
    known = np.flatnonzero(~bad_places(lon, lat))
    if len(known) == 0:
        return None
    few = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_PARTS)).round().astype(np.int64))]
    lon, lat, t_s = lon[few], lat[few], (table.t_ns[at[few]] - table.t_ns[at[0]]) / SECOND_NS
    legs_m = np.pad(distance_m(lon[:-1], lat[:-1], lon[1:], lat[1:]), 1)
    waits_s = np.pad(np.diff(t_s), 1)
    radius_m = np.maximum(config.position_radius_m, np.maximum(legs_m[:-1], legs_m[1:]) / 2)
    weight = waits_s[:-1] + waits_s[1:]
    return mixture(lon, lat, radius_m, weight if weight.sum() > 0 else np.ones(len(lon)), t_s).text
