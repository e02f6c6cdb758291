"""How well a storm was heard: events matched to shots, and errors held against the Cramér–Rao bound."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from trucewatch.scenario.storm import Storm

__all__ = ["Found", "StormScore", "match", "median_bound_m", "score_storm"]


class Found(NamedTuple):
    """Events to be scored: (k,) arrays in the storm's own plane, covariance (k, 2, 2) m²."""

    t_s: np.ndarray
    east_m: np.ndarray
    north_m: np.ndarray
    cov_m2: np.ndarray


class StormScore(NamedTuple):
    """What a storm's events are worth.

    f1, precision, recall  of the shots heard by at least `least` nodes; other matched events count neither way
    error_ratio   median over matched shots of error over the bound's median radial error
    median_m      median error
    inside90      share of matched events whose 90 % ellipse holds the shot
    matched       number of them
    """

    f1: float
    precision: float
    recall: float
    error_ratio: float
    median_m: float
    inside90: float
    matched: int


def match(storm: Storm, found: Found, near_m: float = 500.0, near_s: float = 2.0) -> tuple[np.ndarray, np.ndarray]:
    """Return (event, shot) pairs matched one to one: as many as can be, and then the nearest."""
    shots = storm.shots
    scale = np.array([near_m, near_m, near_s])
    truth = cKDTree(np.stack([shots.east_m, shots.north_m, shots.t_s], axis=1) / scale)
    tree = cKDTree(np.stack([found.east_m, found.north_m, found.t_s], axis=1) / scale)
    near = tree.sparse_distance_matrix(truth, np.sqrt(2.0) + 1e-9, output_type="coo_matrix")
    event, shot = near.row, near.col
    away = np.hypot(found.east_m[event] - shots.east_m[shot], found.north_m[event] - shots.north_m[shot]) / near_m
    late = np.abs(found.t_s[event] - shots.t_s[shot]) / near_s
    keep = (away <= 1) & (late <= 1)
    return _assign(event[keep], shot[keep], (away + late)[keep], len(found.t_s), len(shots.t_s))


def _assign(event: np.ndarray, shot: np.ndarray, cost: np.ndarray, n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Solve the assignment in each connected group of pairs."""
    graph = coo_array((np.ones(len(event)), (event, n + shot)), shape=(n + m, n + m))
    _, label = connected_components(graph, directed=False)
    order = np.argsort(label[event], kind="stable")
    pairs: list[tuple[int, int]] = []
    for rows in np.split(order, np.flatnonzero(np.diff(label[event][order])) + 1):
        if not len(rows):
            continue
        a, i = np.unique(event[rows], return_inverse=True)
        b, j = np.unique(shot[rows], return_inverse=True)
        table = np.full((len(a), len(b)), 100.0)
        table[i, j] = cost[rows]
        chosen = [(x, y) for x, y in zip(*linear_sum_assignment(table), strict=True) if table[x, y] < 100]
        pairs += [(int(a[x]), int(b[y])) for x, y in chosen]
    found = np.array(sorted(pairs), dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def median_bound_m(storm: Storm) -> np.ndarray:
    """Return the median radial error (n,) m that the Cramér–Rao bound implies for each shot; NaN below three nodes.

    Fisher information of the nodes that triggered on the direct sound; the air is known.
    """
    config, shots, heard = storm.config, storm.shots, storm.heard
    rows = heard.shot >= 0
    shot, node = heard.shot[rows], heard.node[rows]
    east = storm.node_east_m[node] - shots.east_m[shot]
    north = storm.node_north_m[node] - shots.north_m[shot]
    gradient, travel = _gradient(east, north, storm)
    weight = 1 / (config.onset_s**2 + (config.path_scatter * travel) ** 2)
    information = np.zeros((len(shots.t_s), 3, 3))
    np.add.at(information, shot, weight[:, None, None] * gradient[:, :, None] * gradient[:, None, :])
    bound = np.full(len(shots.t_s), np.nan)
    for i in np.flatnonzero(shots.heard >= 3):
        if np.linalg.cond(information[i] * np.outer([1e3, 1e3, 1], [1e3, 1e3, 1])) < 1e12:
            bound[i] = _median_radius(np.linalg.inv(information[i])[:2, :2])
    return bound


def _gradient(east: np.ndarray, north: np.ndarray, storm: Storm) -> tuple[np.ndarray, np.ndarray]:
    """Return d(arrival)/d(east, north, origin time) of the source (k, 3), and travel times (k,)."""

    def travel(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        r = np.maximum(np.hypot(x, y), 1.0)
        return np.asarray(r / (storm.speed_m_s + (x * storm.wind_east_m_s + y * storm.wind_north_m_s) / r))

    by_east = (travel(east - 1, north) - travel(east + 1, north)) / 2
    by_north = (travel(east, north - 1) - travel(east, north + 1)) / 2
    return np.stack([by_east, by_north, np.ones(len(east))], axis=1), travel(east, north)


def _median_radius(cov_m2: np.ndarray) -> float:
    """Return the median distance from the mean of a bivariate normal: half of a fixed set of quantiles lies within."""
    q = (np.arange(4000) + 0.5) / 4000
    first = np.sqrt(-2 * np.log(1 - q))
    turn = 2 * np.pi * ((np.arange(4000) * 0.6180339887498949) % 1)
    a, b = np.linalg.eigvalsh(cov_m2)
    return float(
        np.median(first * np.sqrt(np.maximum(a, 0) * np.cos(turn) ** 2 + np.maximum(b, 0) * np.sin(turn) ** 2))
    )


def score_storm(storm: Storm, found: Found, least: int = 5) -> StormScore:
    """Return the score of events against the shots that at least `least` nodes heard."""
    event, shot = match(storm, found)
    counted = storm.shots.heard[shot] >= least
    hits, heard = int(np.count_nonzero(counted)), int(np.count_nonzero(storm.shots.heard >= least))
    claims = len(found.t_s) - int(np.count_nonzero(~counted))
    precision, recall = hits / max(claims, 1), hits / max(heard, 1)
    f1 = 2 * hits / max(claims + heard, 1)
    event, shot = event[counted], shot[counted]
    off = np.stack(
        [found.east_m[event] - storm.shots.east_m[shot], found.north_m[event] - storm.shots.north_m[shot]], 1
    )
    error = np.linalg.norm(off, axis=1)
    ratio = error / median_bound_m(storm)[shot]
    mahalanobis = np.einsum("ki,kij,kj->k", off, np.linalg.inv(found.cov_m2[event]), off)
    inside = mahalanobis <= -2 * np.log(0.1)  # chi-square with two degrees of freedom
    if not len(event):
        return StormScore(f1, precision, recall, np.nan, np.nan, np.nan, 0)
    return StormScore(f1, precision, recall, float(np.nanmedian(ratio)), float(np.median(error)), float(inside.mean()),
                      hits)  # fmt: skip
