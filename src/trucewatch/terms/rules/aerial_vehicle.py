"""No aerial vehicle over a zone; a flight that is known as a path counts where and when it passes.

A path is several places, all of which the vehicle passed, each at its time. That any of them lies in the zone during
the clause's hours is at least as probable as the most probable of them, and at most as probable as all together
(Fréchet 1935, Fundamenta Mathematicae 25, p. 379). Heights are not known from such places and are not asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Provision
from trucewatch.core.parts import read_parts
from trucewatch.core.place import PATH, Places
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.terms.areas import Area
from trucewatch.terms.chances import Bounds, Chances, Placed, in_areas, shapes_of, weigh
from trucewatch.terms.evidence import Evidence, masses
from trucewatch.terms.rule import Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]


class _Legs(NamedTuple):
    """Places that paths pass: whose (m,) they are, where (deg, m), and between which times (m,) ns each was passed."""

    owner: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    radius_m: np.ndarray
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray

    def at(self, kept: np.ndarray) -> "_Legs":
        """Return these of them."""
        return _Legs(*(column[kept] for column in self))


def _chances(clause: Provision, _zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    found = weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence))
    paths = np.flatnonzero((evidence.places.kind == PATH) & (found.cls.high > 0) & (found.p_real.high > 0))
    if not len(paths) or not areas:
        return found
    legs = _legs(evidence, paths)
    legs = legs.at(_may_touch(legs, areas))
    parts = _flown(legs, evidence, shapes_of(clause, areas, facts.notices))
    by_leg = weigh(clause, areas, facts.notices, parts, in_areas(areas, parts))
    return _together(clause, found, paths, legs.owner, by_leg)


def _legs(evidence: Evidence, paths: np.ndarray) -> _Legs:
    """Return all places of the paths; when a path began is open by as much as its interval exceeds its length."""
    read = [read_parts(str(evidence.incidents[row].place.parts)) for row in paths.tolist()]
    owner = np.repeat(paths, [len(p.weight) for p in read])
    lon, lat, radius, _, t_s = (np.concatenate(c) for c in zip(*read, strict=True))
    first, last = evidence.t_start_ns[owner], evidence.t_end_ns[owner]
    length_s = np.array([np.nanmax(p.t_s) if np.isfinite(p.t_s).any() else 0.0 for p in read])
    slack_ns = np.maximum(last - first - np.repeat(_ns(length_s), [len(p.weight) for p in read]), 0)
    said = np.isfinite(t_s)
    start = np.where(said, first + _ns(np.where(said, t_s, 0.0)), first)
    return _Legs(owner, lon, lat, radius, start, np.where(said, start + slack_ns, last))


def _ns(seconds: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(seconds * SECOND_NS).astype(np.int64))


def _may_touch(legs: _Legs, areas: Sequence[Area]) -> np.ndarray:
    """Return whether each leg (m,) may lie in an area in its windows, as far as frames and hulls tell."""
    per_lon, per_lat = metres_per_degree(legs.lat_deg)
    east, north = 1.01 * legs.radius_m / per_lon, 1.01 * legs.radius_m / per_lat
    kept = np.zeros(len(legs.owner), dtype=bool)
    for area in areas:
        near = np.ones(len(legs.owner), dtype=bool)
        if area.shape.bars_clear is None and not area.shape.possible.is_empty:
            west, south, right, top = area.shape.possible.bounds
            near = (legs.lon_deg + east >= west) & (legs.lon_deg - east <= right)
            near &= (legs.lat_deg + north >= south) & (legs.lat_deg - north <= top)
        kept |= near & (legs.t_end_ns >= area.bounds_ns[0]) & (legs.t_start_ns < area.bounds_ns[1])
    return kept


def _flown(legs: _Legs, evidence: Evidence, shapes: Iterable[BaseGeometry]) -> Evidence:
    """Return each leg as evidence of its own, with its mass in the shapes."""
    at, places = legs.owner, Places.of("settlement", legs.lon_deg, legs.lat_deg, legs.radius_m)
    return replace(
        evidence, incidents=evidence.incidents[at], places=places, t_start_ns=legs.t_start_ns, t_end_ns=legs.t_end_ns,
        p_real=evidence.p_real[at], cls=evidence.cls[at], weapon=evidence.weapon[at],
        mass=masses(places, shapes, evidence.place_points), rows=None,
    )  # fmt: skip


def _together(clause: Provision, found: Chances, paths: np.ndarray, owner: np.ndarray, legs: Chances) -> Chances:
    """Return the chances in which each path has the bounds of all its legs, and the factors of its likeliest one."""
    rows, first = np.unique(owner, return_index=True)
    best = _likeliest(owner, first, legs)

    def put(column: np.ndarray, values: np.ndarray) -> np.ndarray:
        out = column.copy()
        out[paths] = 0  # a path without a leg near the zone
        out[rows] = values
        return out

    most = found.p_real.high[rows] * found.cls.high[rows]
    low, high = legs.p.low[best], np.minimum(np.add.reduceat(legs.p.high, first), most)
    time, place, out = legs.placed.time[best], legs.placed.place, legs.excepted
    rest = most * time * (1 - out.low[best])
    given = np.divide(high, rest, out=place.high[best].copy(), where=rest > 0)
    p = Bounds(put(found.p.low, low), put(found.p.high, high))
    at = Bounds(
        put(found.placed.place.low, place.low[best]), put(found.placed.place.high, np.clip(given, place.low[best], 1.0))
    )
    placed = Placed(at, put(found.placed.time, time), put(found.placed.drawn, legs.placed.drawn[best]))
    excepted = Bounds(put(found.excepted.low, out.low[best]), put(found.excepted.high, out.high[best]))
    counts = np.add.reduceat((legs.p.high > 0).astype(np.int64), first)
    open_rows = (low < high) & (low == legs.p.high[best])  # open by their number alone
    return replace(
        found, placed=placed, excepted=excepted, notice=put(found.notice, legs.notice[best]), p=p,
        by_party=dict.fromkeys(clause.binds, p), doubts=_doubts(rows[open_rows], counts[open_rows], low[open_rows]),
    )  # fmt: skip


def _likeliest(owner: np.ndarray, first: np.ndarray, legs: Chances) -> np.ndarray:
    """Return for each path which of all legs most probably engages the clause, or at least lies in its zone."""
    order = np.lexsort((legs.placed.drawn, legs.p.high, legs.p.low, owner))
    return np.asarray(order[np.append(first[1:], len(owner))[: len(first)] - 1])


def _doubts(rows: np.ndarray, counts: np.ndarray, likeliest: np.ndarray) -> dict[int, str]:
    """Return what keeps paths open: several places, none of which is sure by itself."""
    said = "{} places of its path may lie in the zone in its hours, the likeliest with probability {:.2f}"
    columns = (rows.tolist(), counts.tolist(), likeliest.tolist())
    return {row: said.format(count, p) for row, count, p in zip(*columns, strict=True)}


RULE = replace(no_fire_area.RULE, kind="aerial_vehicle", chances=_chances, acts=("overflight",))
