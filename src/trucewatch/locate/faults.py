"""Nodes whose clock is off or that stand elsewhere than listed, found in the residuals of what they heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit
from scipy.stats import chi2

from trucewatch.core.columns import integers, numbers
from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import NODES, TRIGGERS
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import offset_lonlat

__all__ = ["Corrections", "FaultConfig", "Residuals", "corrected", "corrections_of", "fault_issues", "faults"]

_MODELS = ((0,), (1, 2), (0, 1, 2))  # clock; place; both
_MAD = 1.4826  # of a normal distribution's standard deviation


@dataclass(frozen=True, slots=True)
class FaultConfig:
    """When a node's clock or place is called wrong.

    chance             probability that any node of a sound network is called wrong
    model_s, model_m   how far the model of the air itself may be off at one node, as a clock and as a place
    least_clock_s, least_move_m   smaller errors are not named
    least_arrivals     nor those of nodes that heard fewer events
    most_share         at most this share of the nodes is called wrong; more is no fault of nodes
    most_place_m       standard deviation above which a place cannot be told from a clock
    """

    chance: float = 1e-3
    model_s: float = 0.02
    model_m: float = 8.0
    least_clock_s: float = 0.06
    least_move_m: float = 40.0
    least_arrivals: int = 8
    most_share: float = 0.2
    most_place_m: float = 300.0

    def __post_init__(self) -> None:
        """Refuse limits that no test can use."""
        for name in ("chance", "model_s", "model_m", "least_arrivals", "most_share", "most_place_m"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found fault.{name} = {getattr(self, name)}; needed more than 0; correct it")


class Residuals(NamedTuple):
    """Arrivals (k,) that events explain, as those were fitted.

    event, node           numbers from 0
    t_s                   when it arrived, s since any moment
    residual_s, sigma_s   observed minus predicted, and its standard deviation
    east, north           unit vector from the event to the node
    speed_m_s             speed of sound along the path
    """

    event: np.ndarray
    node: np.ndarray
    t_s: np.ndarray
    residual_s: np.ndarray
    sigma_s: np.ndarray
    east: np.ndarray
    north: np.ndarray
    speed_m_s: np.ndarray

    def take(self, rows: np.ndarray) -> "Residuals":
        """Return the arrivals at these rows."""
        return Residuals(*(column[rows] for column in self))


class Corrections(NamedTuple):
    """Nodes (f,) that are wrong, and by how much; NaN where it is right or cannot be told.

    clock_shift_s   its clock minus true time, at the middle of what it sent; sigma_s its standard deviation
    drift_s_per_h   how much it gains in an hour
    east_m, north_m from its listed to its true place; sigma_m their standard deviation on each axis
    arrivals        number of arrivals that say so
    """

    node: np.ndarray
    clock_shift_s: np.ndarray
    sigma_s: np.ndarray
    drift_s_per_h: np.ndarray
    east_m: np.ndarray
    north_m: np.ndarray
    sigma_m: np.ndarray
    arrivals: np.ndarray


def faults(
    residuals: Residuals, names: Sequence[str], config: FaultConfig | None = None
) -> tuple[Corrections, tuple[Issue, ...]]:
    """Return the nodes whose clock or place is wrong, and an Issue that names each.

    names   (m,) of the nodes

    Score test of each node with place and time of every event eliminated; the worst node is left out of the events and
    the test repeated until none is worse than chance allows (Bonferroni over nodes and models). The error is then
    estimated against events that the wrong nodes had no part in.
    """
    config = config or FaultConfig()
    order = np.argsort(residuals.event, kind="stable")
    r = residuals.take(order)
    if not len(r.event):
        return corrections_of([]), ()
    ptr = np.concatenate([np.flatnonzero(np.diff(r.event, prepend=-1)), [len(r.event)]])
    path = np.column_stack([np.ones(len(r.event)), r.east / r.speed_m_s, r.north / r.speed_m_s])
    weight = r.sigma_s**-2.0
    scale2 = _scale(r.residual_s, path, weight, ptr) ** 2
    weight = _tamed(r.residual_s, path, weight / scale2, ptr)
    wrong = _left_out(r, path, weight, ptr, len(names), config)
    free_s, free_var = _predictions(r.residual_s, path, weight, ptr)
    log_chance = float(np.log(config.chance / (len(_MODELS) * len(names))))
    rows = [_estimated(j, r, path, free_s, free_var, log_chance, config) for j in wrong]
    found = corrections_of([row for row in rows if row is not None])
    return found, fault_issues(found, names)


def _left_out(
    r: Residuals, path: np.ndarray, weight: np.ndarray, ptr: np.ndarray, nodes: int, config: FaultConfig
) -> list[int]:
    """Return the wrong nodes, worst first; their arrivals lose all weight (in `weight`)."""
    event = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    information, score = np.zeros((nodes, 3, 3)), np.zeros((nodes, 3))
    _accumulate(np.arange(len(ptr) - 1), 1.0, r.node, r.residual_s, path, weight, ptr, information, score)
    tested = np.flatnonzero(np.bincount(r.node, minlength=nodes) >= config.least_arrivals)
    log_p, log_chance = np.zeros(nodes), np.log(config.chance / (len(_MODELS) * nodes))
    wrong: list[int] = []
    while len(wrong) < max(1, int(config.most_share * nodes)):
        log_p[tested] = _log_p(information[tested], score[tested], config)
        log_p[wrong] = 0.0
        worst = int(np.argmin(log_p))
        if log_p[worst] > log_chance:
            break
        own = np.flatnonzero(r.node == worst)
        touched = np.unique(event[own])
        _accumulate(touched, -1.0, r.node, r.residual_s, path, weight, ptr, information, score)
        weight[own] = 0.0
        _accumulate(touched, 1.0, r.node, r.residual_s, path, weight, ptr, information, score)
        tested = np.intersect1d(tested, np.unique(r.node[np.isin(event, touched)]))
        wrong.append(worst)
    return wrong


def _log_p(information: np.ndarray, score: np.ndarray, config: FaultConfig) -> np.ndarray:
    """Return the log probability (m,) of so bad a node by chance, under the model that tells it best."""
    best = np.zeros(len(score))
    slack = np.array([config.model_s, config.model_m, config.model_m]) ** 2
    for model in map(list, _MODELS):
        info = information[:, model][:, :, model]
        trace = np.einsum("nii->ni", info)
        size = np.sqrt(np.where(trace > 1e-9, trace, 1.0))
        unit = info / (size[:, :, None] * size[:, None, :])
        known = (trace.min(axis=1) > 1e-9) & (np.linalg.det(unit) > 1e-6)
        cov = np.linalg.inv(np.where(known[:, None, None], unit, np.eye(len(model))))
        cov = cov / (size[:, :, None] * size[:, None, :])
        step = np.einsum("nij,nj->ni", cov, score[:, model])
        total = cov + np.diag(slack[model])
        ratio = np.einsum("ni,ni->n", step, np.linalg.solve(total, step[..., None])[..., 0])
        best = np.minimum(best, np.where(known, chi2.logsf(ratio, len(model)), 0.0))
    return best


def _scale(residual_s: np.ndarray, path: np.ndarray, weight: np.ndarray, ptr: np.ndarray) -> float:
    """Return by how much the residuals are wider than they say, at least 1."""
    left, lever = _projected(residual_s, path, weight, ptr)
    free = (1 - lever) > 0.3
    if np.count_nonzero(free) < 10:
        return 1.0
    unit = left[free] * np.sqrt(weight[free] / (1 - lever[free]))
    return max(1.0, float(np.median(np.abs(unit))) * _MAD)


def _estimated(
    node: int, r: Residuals, path: np.ndarray, free_s: np.ndarray, free_var: np.ndarray, log_chance: float,
    config: FaultConfig,
) -> tuple[float, ...] | None:  # fmt: skip
    """Return a row of `Corrections` of a wrong node; None where its error is too small, or that of a few arrivals."""
    own = np.flatnonzero((r.node == node) & np.isfinite(free_s))
    if len(own) < config.least_arrivals:
        return None
    off, weight = free_s[own], 1 / (r.sigma_s[own] ** 2 + free_var[own])
    fits = {model: _robust(path[own][:, list(model)], off, weight) for model in _MODELS}
    told = [m for m in _MODELS if _told(m, *fits[m][:2], log_chance, config)]
    if not told:
        return None
    model = min(told, key=lambda m: fits[m][2] + len(m) * np.log(len(own)))
    step, var = np.full(3, np.nan), np.full(3, np.nan)
    step[list(model)], var[list(model)] = fits[model][0], np.diag(fits[model][1])
    drift = _drift(r.t_s[own], off - path[own] @ np.nan_to_num(step), weight, config) if 0 in model else np.nan
    return (node, step[0], np.sqrt(var[0]), drift, step[1], step[2], np.sqrt((var[1] + var[2]) / 2), len(own))


def _told(
    model: tuple[int, ...], step: np.ndarray, cov: np.ndarray, log_chance: float, config: FaultConfig
) -> bool:  # fmt: skip
    """Return whether every part of a model is large enough to be named, and the whole too large for chance."""
    slack = np.array([config.model_s, config.model_m, config.model_m])[list(model)] ** 2
    if chi2.logsf(step @ np.linalg.solve(cov + np.diag(slack), step), len(model)) > log_chance:
        return False
    clock = 0 not in model or abs(step[0]) >= config.least_clock_s
    place = 1 not in model or (
        np.hypot(*step[-2:]) >= config.least_move_m and np.sqrt(np.diag(cov)[-2:].max()) < config.most_place_m
    )
    return bool(clock and place)


def _robust(design: np.ndarray, off: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return estimate, covariance and robust misfit of a linear fit; far arrivals are none of the node's (Cauchy)."""
    step = np.zeros(design.shape[1])
    step[0] = np.median(off) if np.ptp(design[:, 0]) == 0 else 0.0
    now = weight
    for _ in range(20):
        now = weight / (1 + weight * (off - design @ step) ** 2 / 9)
        normal = (design * now[:, None]).T @ design + 1e-12 * np.eye(design.shape[1])
        step = np.linalg.solve(normal, design.T @ (now * off))
    left = weight * (off - design @ step) ** 2
    scale2 = max(1.0, float(np.median(left)) * _MAD**2)
    return step, np.linalg.inv(normal) * scale2, float(np.sum(9 * np.log1p(left / 9)))


def _drift(t_s: np.ndarray, off: np.ndarray, weight: np.ndarray, config: FaultConfig) -> float:
    """Return how much a clock gains in an hour; NaN where nothing says that it does."""
    hours = (t_s - np.average(t_s, weights=weight)) / 3600
    if np.ptp(hours) == 0:
        return np.nan
    (step,), cov, _ = _robust(hours[:, None], off, weight)
    sure = step**2 / cov[0, 0] > chi2.isf(config.chance, 1)
    return float(step) if sure and abs(step) * np.ptp(hours) > config.least_clock_s else np.nan


def corrections_of(rows: Sequence[tuple[float, ...]]) -> Corrections:
    """Return corrections from rows in the order of their fields."""
    table = np.array(rows, dtype=np.float64).reshape(-1, len(Corrections._fields))
    columns = list(table.T)
    columns[0], columns[-1] = columns[0].astype(np.int64), columns[-1].astype(np.int64)
    return Corrections(*columns)


def fault_issues(found: Corrections, names: Sequence[str]) -> tuple[Issue, ...]:
    """Return an Issue that names each wrong node."""
    rows = zip(*(c.tolist() for c in found), strict=True)
    return tuple(
        Issue("nodes", IssueKind.DOUBTFUL, f"node {names[int(row[0])]}: {_said(*row[1:])} ({row[-1]} arrivals)",
              "a clock and a place that agree with its neighbours",
              "its triggers are used with this correction; look at the node")
        for row in rows
    )  # fmt: skip


def _said(
    clock: float, clock_sigma: float, drift: float, east: float, north: float, sigma: float, _: float
) -> str:  # fmt: skip
    parts = []
    if np.isfinite(clock):
        gains = f", and gains {drift:+.3f} s an hour" if np.isfinite(drift) else ""
        parts.append(f"its clock is {abs(clock):.3f} ± {clock_sigma:.3f} s {'ahead' if clock > 0 else 'behind'}{gains}")
    if np.isfinite(east):
        parts.append(f"it stands {east:+.0f} m east and {north:+.0f} m north (± {sigma:.0f} m) of its listed place")
    return " and ".join(parts)


def corrected(
    triggers: pa.Table, node: np.ndarray, network: pa.Table, found: Corrections
) -> tuple[pa.Table, pa.Table]:  # fmt: skip
    """Return triggers (TRIGGERS) and nodes (NODES) with clocks and places set right; the order of rows stays.

    node   (n,) row in `network` of the node of each trigger; −1 where it has none
    """
    shift, drift = np.zeros(network.num_rows), np.zeros(network.num_rows)
    east, north = np.zeros(network.num_rows), np.zeros(network.num_rows)
    for target, values in ((shift, found.clock_shift_s), (drift, found.drift_s_per_h), (east, found.east_m),
                           (north, found.north_m)):  # fmt: skip
        target[found.node] = np.nan_to_num(values)
    t_ns, known = integers(triggers, "t_ns"), node >= 0
    gained = shift[node] + drift[node] * (t_ns - _middle_ns(t_ns, node, network.num_rows)[node]) / (3600 * SECOND_NS)
    set_right = t_ns - np.where(known, np.rint(gained * SECOND_NS), 0).astype(np.int64)
    lon, lat = offset_lonlat(numbers(network, "lon_deg"), numbers(network, "lat_deg"), east, north)
    heard = {**{n: triggers.column(n) for n in triggers.column_names}, "t_ns": set_right}
    stand = {**{n: network.column(n) for n in network.column_names}, "lon_deg": lon, "lat_deg": lat}
    return TRIGGERS.table(heard, triggers.num_rows), NODES.table(stand, network.num_rows)


def _middle_ns(t_ns: np.ndarray, node: np.ndarray, nodes: int) -> np.ndarray:
    """Return the mean time (m,) of the triggers of each node."""
    start = t_ns.min(initial=np.iinfo(np.int64).max)
    known = node >= 0
    count = np.bincount(node[known], minlength=nodes)
    total = np.bincount(node[known], (t_ns[known] - start).astype(np.float64), nodes)
    return np.asarray(start + (total / np.maximum(count, 1)).astype(np.int64))


@njit(cache=True, nogil=True)
def _normal(path: Any, weight: Any, residual: Any, a: Any, b: Any) -> Any:
    """Return the inverse normal matrix of an event's time and place, and its solution."""
    g, v = np.zeros((3, 3)), np.zeros(3)
    for i in range(a, b):
        for x in range(3):
            sx = 1.0 if x == 0 else -1.0
            v[x] += weight[i] * sx * path[i, x] * residual[i]
            for y in range(3):
                sy = 1.0 if y == 0 else -1.0
                g[x, y] += weight[i] * sx * sy * path[i, x] * path[i, y]
    for x in range(3):
        g[x, x] = g[x, x] * (1 + 1e-9) + 1e-12
    inverse = np.linalg.inv(g)
    return inverse, inverse @ v


@njit(cache=True, nogil=True)
def _own(path: Any, inverse: Any, solution: Any, i: Any) -> Any:
    """Return what an event's solution predicts for an arrival, and the variance of that."""
    predicted, variance = 0.0, 0.0
    for x in range(3):
        sx = 1.0 if x == 0 else -1.0
        predicted += sx * path[i, x] * solution[x]
        for y in range(3):
            sy = 1.0 if y == 0 else -1.0
            variance += sx * sy * path[i, x] * inverse[x, y] * path[i, y]
    return predicted, variance


@njit(cache=True, nogil=True)
def _accumulate(
    events: Any, sign: float, node: Any, residual: Any, path: Any, weight: Any, ptr: Any, information: Any, score: Any
) -> None:
    """Add (or take away) what events say of the clock and place of each node, their own time and place eliminated."""
    for e in events:
        inverse, solution = _normal(path, weight, residual, ptr[e], ptr[e + 1])
        for i in range(ptr[e], ptr[e + 1]):
            if weight[i] == 0.0:
                continue
            predicted, variance = _own(path, inverse, solution, i)
            left = weight[i] * (residual[i] - predicted)
            free = weight[i] * max(1.0 - weight[i] * variance, 0.0)
            for x in range(3):
                score[node[i], x] += sign * left * path[i, x]
                for y in range(3):
                    information[node[i], x, y] += sign * free * path[i, x] * path[i, y]


@njit(cache=True, nogil=True)
def _tamed(residual: Any, path: Any, weight: Any, ptr: Any) -> Any:
    """Return weights (k,) with which arrivals that fit no event count little (Cauchy, three standard deviations)."""
    tamed = weight.copy()
    for e in range(len(ptr) - 1):
        for _ in range(6):
            _, solution = _normal(path, tamed, residual, ptr[e], ptr[e + 1])
            for i in range(ptr[e], ptr[e + 1]):
                left = residual[i] - solution[0] + path[i, 1] * solution[1] + path[i, 2] * solution[2]
                tamed[i] = weight[i] / (1 + weight[i] * left * left / 9)
    return tamed


@njit(cache=True, nogil=True)
def _projected(residual: Any, path: Any, weight: Any, ptr: Any) -> Any:
    """Return residuals (k,) after the best time and place of each event, and the leverage (k,) of each arrival."""
    left, lever = np.empty(len(residual)), np.empty(len(residual))
    for e in range(len(ptr) - 1):
        inverse, solution = _normal(path, weight, residual, ptr[e], ptr[e + 1])
        for i in range(ptr[e], ptr[e + 1]):
            predicted, variance = _own(path, inverse, solution, i)
            left[i], lever[i] = residual[i] - predicted, weight[i] * variance
    return left, lever


@njit(cache=True, nogil=True)
def _predictions(residual: Any, path: Any, weight: Any, ptr: Any) -> Any:
    """Return residuals (k,) of arrivals without weight against the rest of their event, and its variance; else NaN."""
    off, variance = np.full(len(residual), np.nan), np.full(len(residual), np.nan)
    for e in range(len(ptr) - 1):
        others = 0
        for i in range(ptr[e], ptr[e + 1]):
            others += weight[i] > 0.0
        if others < 4 or others == ptr[e + 1] - ptr[e]:
            continue
        inverse, solution = _normal(path, weight, residual, ptr[e], ptr[e + 1])
        for i in range(ptr[e], ptr[e + 1]):
            if weight[i] == 0.0:
                predicted, variance[i] = _own(path, inverse, solution, i)
                off[i] = residual[i] - predicted
    return off, variance
