"""Which incident is which happening of the truth: one to one, by place, time and class."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from trucewatch.core.classes import compatible
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.place import KINDS, Places, sample_points
from trucewatch.core.records import Incident
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import distance_m, ecef_m
from trucewatch.scenario.config import ScoreConfig

__all__ = ["Candidates", "assign", "candidates", "place_error_m", "places_of"]

_POINTS = 64
_BLOCK = 20_000  # pairs at a time, to bound memory


class Candidates(NamedTuple):
    """Pairs (k,) of truth row and incident that could be one happening, with a weight 0..2 and the time between."""

    truth: np.ndarray
    incident: np.ndarray
    weight: np.ndarray
    gap_s: np.ndarray


def places_of(incidents: Sequence[Incident]) -> Places:
    """Return the places of incidents as columns; an unknown place stays unknown."""
    rows = [i.place for i in incidents]

    def column(name: str) -> np.ndarray:
        return np.array([getattr(p, name) if getattr(p, name) is not None else np.nan for p in rows], dtype=np.float64)

    kind = np.array([KINDS.index(p.kind) if p.kind in KINDS else -1 for p in rows], dtype=np.int8)
    numbers = (column(n) for n in ("lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "width_deg"))
    return replace(Places(kind, *numbers), parts=np.array([p.parts for p in rows], dtype=object))


def candidates(truth: pa.Table, incidents: Sequence[Incident], config: ScoreConfig) -> Candidates:
    """Return the pairs whose times, classes and places agree.

    truth  rows of the schema TRUTH that are incidents
    The weight is the share of the incident's place that lies near the truth, plus 1 for no time between them and
    less for more.
    """
    places = places_of(incidents)
    known = np.flatnonzero(places.kind >= 0)
    if truth.num_rows == 0 or len(known) == 0:
        none = np.empty(0, dtype=np.int64)
        return Candidates(none, none, none.astype(np.float64), none.astype(np.float64))
    points = ecef_m(*sample_points(places.take(known), _POINTS))
    true_points = ecef_m(numbers(truth, "lon_deg"), numbers(truth, "lat_deg"))
    row, place = _reachable(true_points, points, config.near_m)
    gap_s = _gap_s(truth, incidents, row, known[place])
    good = np.flatnonzero((gap_s <= config.near_s) & _fits(truth, incidents, row, known[place]))
    row, place, gap_s = row[good], place[good], gap_s[good]
    mass = _mass_near(true_points, points, row, place, config.near_m)
    enough = mass >= config.least_mass
    weight = mass + 1 - gap_s / max(config.near_s, 1e-9)
    return Candidates(row[enough], known[place[enough]], weight[enough], gap_s[enough])


def _reachable(true_points: np.ndarray, points: np.ndarray, near_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return (truth row, place) of every pair of which some point of the place may lie near the truth."""
    centre = points.mean(axis=1)
    reach_m = np.linalg.norm(points - centre[:, None], axis=2).max(axis=1)
    found = cKDTree(true_points).query_ball_point(centre, near_m + reach_m)
    place = np.repeat(np.arange(len(found)), [len(f) for f in found])
    return np.array([row for f in found for row in f], dtype=np.int64), place


def _gap_s(truth: pa.Table, incidents: Sequence[Incident], row: np.ndarray, number: np.ndarray) -> np.ndarray:
    begin = np.array([i.t_start_ns for i in incidents], dtype=np.int64)[number]
    end = np.array([i.t_end_ns for i in incidents], dtype=np.int64)[number]
    start, finish = integers(truth, "t_start_ns")[row], integers(truth, "t_end_ns")[row]
    return np.asarray(np.maximum(0, np.maximum(begin - finish, start - end)) / SECOND_NS)


def _fits(truth: pa.Table, incidents: Sequence[Incident], row: np.ndarray, number: np.ndarray) -> np.ndarray:
    """Return whether the classes of each pair (k,) can be one happening; asked once for each two classes."""
    true_words, true_code = np.unique(strings(truth, "class").astype(str), return_inverse=True)
    words, code = np.unique([i.cls or "" for i in incidents], return_inverse=True)
    table = np.array([[compatible(str(a), str(b) or None) for b in words] for a in true_words])
    return np.asarray(table[true_code[row], code[number]])


def _mass_near(
    true_points: np.ndarray, points: np.ndarray, row: np.ndarray, place: np.ndarray, near_m: float
) -> np.ndarray:
    """Return the share (k,) of each pair's place that lies near its truth."""
    mass = np.empty(len(row))
    for first in range(0, len(row), _BLOCK):
        pairs = slice(first, first + _BLOCK)
        away_m = np.linalg.norm(points[place[pairs]] - true_points[row[pairs]][:, None], axis=2)
        mass[pairs] = (away_m <= near_m).mean(axis=1)
    return mass


def assign(found: Candidates, truths: int, incidents: int) -> tuple[np.ndarray, np.ndarray]:
    """Return truth rows and incidents (m,) matched one to one with the greatest sum of weights."""
    if len(found.truth) == 0:
        return found.truth, found.incident
    links = coo_array((np.ones(len(found.truth)), (found.truth, truths + found.incident)),
                      shape=(truths + incidents,) * 2)  # fmt: skip
    _, group = connected_components(links, directed=False)
    order = np.argsort(group[found.truth], kind="stable")
    edges = np.flatnonzero(np.r_[True, np.diff(group[found.truth][order]) != 0, True])
    chosen = [_assign_block(found, order[a:b]) for a, b in pairwise(edges)]
    pairs = np.concatenate(chosen)
    return found.truth[pairs], found.incident[pairs]


def _assign_block(found: Candidates, pairs: np.ndarray) -> np.ndarray:
    """Return which of these pairs are chosen; a pair that is no candidate weighs nothing and is dropped."""
    if len(pairs) == 1:
        return pairs
    rows, row = np.unique(found.truth[pairs], return_inverse=True)
    columns, column = np.unique(found.incident[pairs], return_inverse=True)
    weight = np.zeros((len(rows), len(columns)))
    weight[row, column] = found.weight[pairs]
    pair = np.full(weight.shape, -1)
    pair[row, column] = pairs
    chosen = pair[linear_sum_assignment(weight, maximize=True)]
    return np.asarray(chosen[chosen >= 0])


def place_error_m(truth: pa.Table, rows: np.ndarray, incidents: Sequence[Incident], found: np.ndarray) -> np.ndarray:
    """Return the distance (m,) from each matched truth to the incident's mean position; NaN where it has none."""
    lon = np.array([_number(incidents[i].place.summary_lon_deg) for i in found], dtype=np.float64)
    lat = np.array([_number(incidents[i].place.summary_lat_deg) for i in found], dtype=np.float64)
    known = np.isfinite(lon) & np.isfinite(lat)
    error = np.full(len(rows), np.nan)
    true_lon, true_lat = numbers(truth, "lon_deg")[rows], numbers(truth, "lat_deg")[rows]
    error[known] = distance_m(true_lon[known], true_lat[known], lon[known], lat[known])
    return error


def _number(value: float | None) -> float:
    return np.nan if value is None else value
