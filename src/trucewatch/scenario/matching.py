"""Which incident is which happening of the truth: one to one, by place, time and class."""

from collections.abc import Sequence
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
    return Places(kind, column("lon_deg"), column("lat_deg"), column("size1_m"), column("size2_m"),
                  column("bearing_deg"), column("width_deg"))  # fmt: skip


def candidates(truth: pa.Table, incidents: Sequence[Incident], config: ScoreConfig) -> Candidates:
    """Return the pairs whose places, times and classes agree.

    truth  rows of the schema TRUTH that are incidents
    The weight is the share of the incident's place that lies near the truth, plus 1 for no time between them and
    less for more.
    """
    places = places_of(incidents)
    known = np.flatnonzero(places.kind >= 0)
    if truth.num_rows == 0 or len(known) == 0:
        none = np.empty(0, dtype=np.int64)
        return Candidates(none, none, none.astype(np.float64), none.astype(np.float64))
    row, number, mass = _near(truth, places.take(known), config)
    number = known[number]
    begin = np.array([i.t_start_ns for i in incidents], dtype=np.int64)
    end = np.array([i.t_end_ns for i in incidents], dtype=np.int64)
    start, finish = integers(truth, "t_start_ns")[row], integers(truth, "t_end_ns")[row]
    gap_s = np.maximum(0, np.maximum(begin[number] - finish, start - end[number])) / SECOND_NS
    classes = strings(truth, "class")
    fits = np.fromiter((compatible(classes[r], incidents[i].cls) for r, i in zip(row, number, strict=True)), bool,
                       len(row))  # fmt: skip
    good = (mass >= config.least_mass) & (gap_s <= config.near_s) & fits
    weight = mass + 1 - gap_s / max(config.near_s, 1e-9)
    return Candidates(row[good], number[good], weight[good], gap_s[good])


def _near(truth: pa.Table, places: Places, config: ScoreConfig) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth row, incident row and the share of the incident's place near that truth, for every pair near."""
    lon, lat = sample_points(places, _POINTS)
    truth_lon, truth_lat = numbers(truth, "lon_deg"), numbers(truth, "lat_deg")
    tree = cKDTree(ecef_m(truth_lon, truth_lat))
    found = tree.query_ball_point(ecef_m(lon.ravel(), lat.ravel()), config.near_m)
    point = np.repeat(np.arange(len(found)), [len(f) for f in found])
    row = np.concatenate([np.asarray(f, dtype=np.int64) for f in found]) if len(point) else point
    pairs, counts = np.unique(np.column_stack([row, point // _POINTS]), axis=0, return_counts=True)
    return pairs[:, 0], pairs[:, 1], counts / _POINTS


def assign(found: Candidates, truths: int, incidents: int) -> tuple[np.ndarray, np.ndarray]:
    """Return truth rows and incidents (m,) matched one to one with the greatest sum of weights."""
    if len(found.truth) == 0:
        return found.truth, found.incident
    links = coo_array((np.ones(len(found.truth)), (found.truth, truths + found.incident)),
                      shape=(truths + incidents,) * 2)  # fmt: skip
    _, group = connected_components(links, directed=False)
    order = np.argsort(group[found.truth], kind="stable")
    edges = np.flatnonzero(np.r_[True, np.diff(group[found.truth][order]) != 0, True])
    chosen = [_assign_block(found, order[a:b]) for a, b in zip(edges[:-1], edges[1:], strict=True)]
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
