"""Nodes so far off that they are in no event: what they heard is laid over what they should have heard."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from scipy.stats import poisson

from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import Issue
from trucewatch.locate.faults import Corrections, corrections_of, fault_issues

__all__ = ["Expected", "SearchConfig", "shifts_by_prediction"]

_NONE = (np.nan,) * 3


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """How far off a node may be, and when an overlap is no chance.

    most_s, step_s     clock errors that are tried, and the step
    within_s           arrivals within this of what was expected are hits
    most_m, grid_m     errors of place that are tried on each axis, and the step
    most_places        nodes whose place is searched, at most; the worst first
    least_p            nodes less likely to have heard an event are not asked about it
    least_expected     nor those that should have heard fewer events
    least_share        share of the expected arrivals that a true shift must bring to light
    least_shift_s, least_move_m   smaller errors are left to the residuals
    chance             probability that any node of a sound network is called wrong
    """

    most_s: float = 3.0
    step_s: float = 0.02
    within_s: float = 0.2
    most_m: float = 1_500.0
    grid_m: float = 50.0
    most_places: int = 40
    least_p: float = 0.3
    least_expected: float = 8.0
    least_share: float = 0.35
    least_shift_s: float = 0.15
    least_move_m: float = 100.0
    chance: float = 1e-3

    def __post_init__(self) -> None:
        """Refuse steps and limits with which nothing can be found."""
        for name in ("most_s", "step_s", "within_s", "most_m", "grid_m", "least_expected", "chance"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found search.{name} = {getattr(self, name)}; needed more than 0; correct it")


class Expected(NamedTuple):
    """Arrivals (k,) that the events should have made at nodes, whether or not those reported one.

    node             number from 0
    t_s              when, s since the moment from which the triggers count too
    p                probability that a sound node reports it
    east_m, north_m  from the event to the node as it is listed
    speed_m_s        speed of sound along the path
    """

    node: np.ndarray
    t_s: np.ndarray
    p: np.ndarray
    east_m: np.ndarray
    north_m: np.ndarray
    speed_m_s: np.ndarray

    def take(self, rows: np.ndarray) -> "Expected":
        """Return the arrivals at these rows."""
        return Expected(*(column[rows] for column in self))


class _Found(NamedTuple):
    """The best shift of each node (m,) and how far it stands out: hits there, at 0 and by chance; expected hits."""

    shift_s: np.ndarray
    hits: np.ndarray
    at_zero: np.ndarray
    by_chance: np.ndarray
    spread: np.ndarray
    expected: np.ndarray


def shifts_by_prediction(
    expected: Expected, trigger_s: np.ndarray, trigger_node: np.ndarray, names: Sequence[str],
    config: SearchConfig | None = None,
) -> tuple[Corrections, tuple[Issue, ...]]:  # fmt: skip
    """Return the nodes that heard the events at another time or from another place, and an Issue that names each.

    trigger_s, trigger_node   (n,) all triggers of the network
    names                     (m,) of the nodes

    Of each node the differences between triggers and expected arrivals are counted; a clock that is off makes a peak
    away from zero, a wrong place a peak once the right one is tried. Both must be beyond chance (Poisson, widened by
    the scatter of the counts, Bonferroni over nodes and shifts).
    """
    config = config or SearchConfig()
    asked = expected.take(np.flatnonzero(expected.p >= config.least_p))
    order = np.lexsort((trigger_s, trigger_node))
    t = trigger_s[order]
    ptr = np.searchsorted(trigger_node[order], np.arange(len(names) + 1)).astype(np.int64)
    found = _shifts(asked, t, ptr, len(names), config)
    off = _stands_out(found, len(names) * 2 * config.most_s / config.within_s, config)
    off &= np.abs(found.shift_s) >= config.least_shift_s
    rows: list[tuple[float, ...] | None] = [
        _clock(j, found, asked, t, ptr, config) for j in np.flatnonzero(off).tolist()
    ]
    silent = (found.at_zero - found.by_chance < config.least_share * found.expected) & ~off
    silent &= (found.expected >= config.least_expected) & (np.diff(ptr) > 0)
    worst = np.flatnonzero(silent)[np.argsort(-found.expected[silent], kind="stable")][: config.most_places]
    rows += [_place(j, asked.take(np.flatnonzero(asked.node == j)), t[ptr[j] : ptr[j + 1]], len(names), config)
             for j in worst.tolist()]  # fmt: skip
    wrong = corrections_of([row for row in rows if row is not None])
    return wrong, fault_issues(wrong, names)


def _shifts(asked: Expected, t: np.ndarray, ptr: np.ndarray, nodes: int, config: SearchConfig) -> _Found:
    half = round(config.most_s / config.step_s)
    width = round(config.within_s / config.step_s)
    counts = _differences(asked.node, asked.t_s, t, ptr, nodes, config.step_s, half + width)
    total = np.cumsum(np.pad(counts, ((0, 0), (1, 0))), axis=1)
    within = total[:, 2 * width + 1 :] - total[:, : -2 * width - 1]  # hits within ± within_s of each shift
    best = np.argmax(within, axis=1)
    rows = np.arange(nodes)
    by_chance = np.median(within, axis=1)
    spread = 1.4826 * np.median(np.abs(within - by_chance[:, None]), axis=1)
    return _Found((best - half) * config.step_s, within[rows, best], within[:, half], by_chance, spread,
                  np.bincount(asked.node, asked.p, nodes))  # fmt: skip


def _stands_out(found: _Found, trials: float, config: SearchConfig) -> np.ndarray:
    """Return where (m,) a shift explains what zero does not, beyond chance."""
    more = found.hits - found.by_chance
    scatter = np.maximum(found.spread**2 / np.maximum(found.by_chance, 1), 1.0)  # bursts make counts lumpy
    p = poisson.sf(np.ceil(found.hits / scatter) - 1, np.maximum(found.by_chance, 0.5) / scatter)
    enough = (found.expected >= config.least_expected) & (more >= config.least_share * found.expected)
    return np.asarray(enough & (p * trials < config.chance) & (found.at_zero - found.by_chance < 0.5 * more))


def _clock(
    node: int, found: _Found, asked: Expected, t: np.ndarray, ptr: np.ndarray, config: SearchConfig
) -> tuple[float, ...]:  # fmt: skip
    """Return a row of `Corrections`: the shift drawn to the middle of its peak."""
    own, shift = t[ptr[node] : ptr[node + 1]], float(found.shift_s[node])
    due = asked.t_s[asked.node == node]
    for _ in range(5):
        off = _nearest(own, due + shift)
        hit = np.abs(off) <= config.within_s
        shift += float(np.median(off[hit]))
    count = int(np.count_nonzero(hit))
    return (node, shift, float(np.std(off[hit])) / max(count - 1, 1) ** 0.5, np.nan, *_NONE, count)


def _place(
    node: int, asked: Expected, own: np.ndarray, nodes: int, config: SearchConfig
) -> tuple[float, ...] | None:  # fmt: skip
    """Return a row of `Corrections` of a node that stands elsewhere; None where no place explains what it heard."""
    axis = np.arange(-round(config.most_m / config.grid_m), round(config.most_m / config.grid_m) + 1) * config.grid_m
    origin_s = asked.t_s - np.hypot(asked.east_m, asked.north_m) / asked.speed_m_s
    hits = _at_places(axis, asked.east_m, asked.north_m, asked.speed_m_s, origin_s, own, config.within_s)
    i, j = (int(v) for v in np.unravel_index(np.argmax(hits), hits.shape))
    by_chance = float(np.median(hits))
    zero = hits[len(axis) // 2, len(axis) // 2]
    spread = 1.4826 * np.median(np.abs(hits - by_chance))
    found = _Found(
        *(np.array([v], dtype=np.float64) for v in (0.0, hits[i, j], zero, by_chance, spread, asked.p.sum()))
    )
    if not _stands_out(found, nodes * hits.size, config)[0]:
        return None
    return _drawn(node, np.array([axis[i], axis[j]]), asked, origin_s, own, config)


def _drawn(
    node: int, start: np.ndarray, asked: Expected, origin_s: np.ndarray, own: np.ndarray, config: SearchConfig
) -> tuple[float, ...] | None:
    """Return a row of `Corrections`: the place drawn to where its hits fit best."""
    move = start.astype(np.float64)
    for _ in range(8):
        east, north = asked.east_m + move[0], asked.north_m + move[1]
        range_m = np.asarray(np.maximum(np.hypot(east, north), 1.0))
        off = _nearest(own, origin_s + range_m / asked.speed_m_s)
        hit = np.abs(off) <= config.within_s
        path = np.stack([east, north], axis=1)[hit] / (range_m * asked.speed_m_s)[hit, None]
        normal = path.T @ path + 1e-12 * np.eye(2)
        move = move + np.linalg.solve(normal, path.T @ off[hit])
    sigma = float(np.sqrt(np.trace(np.linalg.inv(normal)) / 2 * np.mean(off[hit] ** 2)))
    small = np.hypot(*move) < config.least_move_m or sigma > config.least_move_m
    return None if small else (node, *_NONE, float(move[0]), float(move[1]), sigma, int(np.count_nonzero(hit)))


def _nearest(own: np.ndarray, due: np.ndarray) -> np.ndarray:
    """Return how much later (k,) than each due time the nearest trigger came; inf where there is none."""
    if not len(own):
        return np.full(len(due), np.inf)
    at = np.searchsorted(own, due)
    after, before = own[np.minimum(at, len(own) - 1)] - due, own[np.maximum(at - 1, 0)] - due
    return np.asarray(np.where(np.abs(after) < np.abs(before), after, before))


@njit(cache=True, nogil=True)
def _differences(node: Any, due: Any, t: Any, ptr: Any, nodes: Any, step_s: float, half: Any) -> Any:
    """Count (m, 2 half + 1) triggers by how much later than each expected arrival of their node they came."""
    counts = np.zeros((nodes, 2 * half + 1), np.int32)
    reach = (half + 0.5) * step_s
    for k in range(len(node)):
        j = node[k]
        i = ptr[j] + np.searchsorted(t[ptr[j] : ptr[j + 1]], due[k] - reach)
        while i < ptr[j + 1] and t[i] < due[k] + reach:
            counts[j, int((t[i] - due[k]) / step_s + half + 0.5)] += 1
            i += 1
    return counts


@njit(cache=True, nogil=True)
def _at_places(axis: Any, east: Any, north: Any, speed: Any, origin_s: Any, own: Any, within_s: float) -> Any:
    """Count (places east, places north) the expected arrivals that a trigger is near, for each error of place."""
    hits = np.zeros((len(axis), len(axis)))
    for a in range(len(axis)):
        for b in range(len(axis)):
            for k in range(len(east)):
                due = origin_s[k] + np.hypot(east[k] + axis[a], north[k] + axis[b]) / speed[k]
                i = np.searchsorted(own, due - within_s)
                hits[a, b] += i < len(own) and own[i] <= due + within_s
    return hits
