"""Score every pair of events that may be of one happening, against chance at the local background rate."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.classes import CLASSES, ancestors, compatible
from trucewatch.core.columns import integers, strings
from trucewatch.core.place import KINDS, Places, overlap_per_m2, summarise
from trucewatch.core.tables import LINKS
from trucewatch.core.times import DAY_NS, HOUR_NS
from trucewatch.fuse.config import REPORT, SENSED, THERMAL, Config
from trucewatch.fuse.neighbours import neighbour_pairs, ring_counts

__all__ = ["Nodes", "Pairs", "in_towns", "links_table", "local_rates", "nodes_of", "score_pairs"]

_NS = 1e-9
_CHUNK = 50_000  # pairs scored at once: bounds memory where sectors meet sectors


class Nodes(NamedTuple):
    """Events as arrays (n,), with what linking needs."""

    places: Places
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    radius90_m: np.ndarray
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray
    kind: np.ndarray  # THERMAL, REPORT or SENSED
    cls: np.ndarray
    source: np.ndarray
    project: np.ndarray


class Pairs(NamedTuple):
    """Scored candidate pairs (m,): indices into the nodes, log ratio and probability.

    crowded  number of nodes with more neighbours of one source than are compared
    """

    a: np.ndarray
    b: np.ndarray
    distance_m: np.ndarray
    gap_s: np.ndarray
    log_ratio: np.ndarray
    p_link: np.ndarray
    crowded: int = 0


def nodes_of(events: pa.Table) -> Nodes:
    """Return the nodes of an events table; a place that is unknown has NaN centre and links to nothing."""
    places = Places.from_table(events)
    summary = summarise(places)
    t_start, t_end = integers(events, "t_start_ns"), integers(events, "t_end_ns")
    cls = strings(events, "class")
    kind = _kinds(cls, t_start, t_end)
    return Nodes(places, *summary, t_start, t_end, kind, cls, strings(events, "source"), strings(events, "project"))


def _kinds(cls: np.ndarray, t_start_ns: np.ndarray, t_end_ns: np.ndarray) -> np.ndarray:
    thermal = np.isin(cls.astype(str), [c for c in CLASSES if "thermal" in ancestors(c)])
    return np.select([thermal, t_end_ns - t_start_ns >= 12 * HOUR_NS], [THERMAL, REPORT], SENSED)


def local_rates(nodes: Nodes, at: np.ndarray, source: str, config: Config) -> np.ndarray:
    """Return the background rate (n,) 1/(km² day) of one source around the nodes `at`, away from their own days.

    The near count is shrunk towards that of the surroundings, and both towards a floor. Where the record is too short
    to have days outside the gap, the surroundings on the same days stand in.
    """
    of = np.flatnonzero((nodes.source == source) & np.isfinite(nodes.lon_deg))
    day = (nodes.t_start_ns + nodes.t_end_ns) / (2 * DAY_NS)
    if len(of) == 0:
        return np.full(len(at), config.floor_per_km2_day)
    first, last = day[of].min(), day[of].max()
    exposure = _exposure(day[at], first, last, config.gap_days, config.window_days)
    where = (nodes.lon_deg[at], nodes.lat_deg[at], day[at], nodes.lon_deg[of], nodes.lat_deg[of], day[of])
    near, far = ring_counts(*where, config.gap_days, config.window_days, config.near_m, config.far_m)
    short = exposure < 3.0
    if short.any():
        rows = at[short]
        same = (nodes.lon_deg[rows], nodes.lat_deg[rows], day[rows], *where[3:])
        _, far[short] = ring_counts(*same, 0.0, config.window_days, config.near_m, config.far_m)
        near[short] = 0.0
    return _shrunk(near, far, np.where(short, 0.0, exposure), np.where(short, last - first + 1, exposure), config)


def _exposure(day: np.ndarray, first: float, last: float, gap: float, window: float) -> np.ndarray:
    before = np.clip(day - gap - np.maximum(first, day - window) + 1, 0, None)
    after = np.clip(np.minimum(last, day + window) - (day + gap) + 1, 0, None)
    return before + after


def _shrunk(
    near: np.ndarray, far: np.ndarray, near_days: np.ndarray, far_days: np.ndarray, config: Config
) -> np.ndarray:
    surroundings = far / (np.pi * (config.far_m / 1e3) ** 2 * far_days) + config.floor_per_km2_day
    area_days = 2 * np.pi * (config.near_m / 1e3) ** 2 * near_days
    return (near + config.shrink_km2_day * surroundings) / (area_days + config.shrink_km2_day)


def score_pairs(nodes: Nodes, config: Config) -> Pairs:
    """Return every candidate pair with its score.

    The ratio is P(both records | one happening) : P(both | unrelated) = prior × overlap in place × overlap in time
    ÷ rate of the busier source there. p_link is the probability that follows from it.
    """
    a, b, crowded = _candidates(nodes, config)
    rates = _rates(nodes, a, b, config)
    parts = [_score(nodes, a[s], b[s], rates[s], config) for s in _slices(len(a))]
    joined = [np.concatenate(c) for c in zip(*parts, strict=True)] if parts else [np.empty(0)] * 3
    distance_m, gap_s, log_ratio = joined
    log_ratio = np.maximum(log_ratio, np.where(_one_report(nodes, a, b), _log_odds(config.p_same_report), -np.inf))
    p_link = 1 / (1 + np.exp(-np.clip(log_ratio, -500, 500)))
    return Pairs(a, b, distance_m, gap_s, log_ratio, p_link, crowded)


def _log_odds(p: float) -> float:
    return float(np.log(p / (1 - p)))


def in_towns(places: Places) -> np.ndarray:
    """Return which places (n,) are towns that a text names, not positions that somebody measured or saw."""
    return np.isin(places.kind, [KINDS.index("settlement"), KINDS.index("candidates")])


def _one_report(nodes: Nodes, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return whether two rows of one list name the same town, class and day: nothing tells them apart."""
    p, towns = nodes.places, in_towns(nodes.places)
    project, cls = (np.unique(c.astype(str), return_inverse=True)[1] for c in (nodes.project, nodes.cls))
    same = towns[a] & towns[b]
    for column in (project, cls, (nodes.t_end_ns - 1) // DAY_NS, p.lon_deg, p.lat_deg, p.size1_m):
        same &= column[a] == column[b]
    return np.asarray(same)


def _slices(n: int) -> list[slice]:
    return [slice(i, i + _CHUNK) for i in range(0, n, _CHUNK)]


def _candidates(nodes: Nodes, config: Config) -> tuple[np.ndarray, np.ndarray, int]:
    extent = max(k.extent_m for k in config.kinships.values())
    lag = max(k.lag_ns for k in config.kinships.values())
    reach = np.nan_to_num(nodes.radius90_m) + 1.5 * extent
    source = np.unique(nodes.source.astype(str), return_inverse=True)[1]
    where_and_when = (nodes.lon_deg, nodes.lat_deg, nodes.t_start_ns, nodes.t_end_ns)
    a, b, crowded = neighbour_pairs(*where_and_when, reach, lag, source, config.most_neighbours)
    fits = _compatible(nodes.cls, a, b)
    return a[fits], b[fits], crowded


def _compatible(cls: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    words, code = np.unique(cls.astype(str), return_inverse=True)
    known = [None if w == "None" else w for w in words]
    table = np.array([compatible(x, y) for x in known for y in known], dtype=bool).reshape(len(words), len(words))
    return np.asarray(table[code[a], code[b]], dtype=bool)


def _rates(nodes: Nodes, a: np.ndarray, b: np.ndarray, config: Config) -> np.ndarray:
    """Return the background rate of the busier of the two sources, 1/(m² ns), for each pair."""
    used = np.unique(np.concatenate([a, b])) if len(a) else np.empty(0, np.int64)
    slot = np.zeros(len(nodes.source), np.int64)
    slot[used] = np.arange(len(used))
    rate = np.zeros(len(a))
    for source in np.unique(nodes.source[used].astype(str)):
        by_node = local_rates(nodes, used, source, config)
        for end, other in ((a, b), (b, a)):
            mine = np.flatnonzero(nodes.source[other] == source)
            rate[mine] = np.maximum(rate[mine], by_node[slot[end[mine]]])
    return rate / (1e6 * DAY_NS)


def _score(nodes: Nodes, a: np.ndarray, b: np.ndarray, rate: np.ndarray, config: Config) -> tuple[np.ndarray, ...]:
    extent, lag, prior = _kinship_columns(nodes, a, b, config)
    pa_, pb_ = nodes.places.take(a), nodes.places.take(b)
    place = overlap_per_m2(pa_, pb_, extent)
    time, gap = _time_overlap(nodes.t_start_ns, nodes.t_end_ns, a, b, lag)
    with np.errstate(divide="ignore"):
        log_ratio = np.log(prior) + np.log(place) + np.log(time) - np.log(rate)
    return _distance(nodes, a, b), gap * _NS, np.maximum(log_ratio, -700.0)


def _kinship_columns(nodes: Nodes, a: np.ndarray, b: np.ndarray, config: Config) -> tuple[np.ndarray, ...]:
    table = np.array([[[k.extent_m, k.lag_ns, k.prior] for k in (config.kinship(i, j) for j in range(3))]
                      for i in range(3)])  # fmt: skip
    extent, lag, prior = np.moveaxis(table[nodes.kind[a], nodes.kind[b]], -1, 0)
    heat = (nodes.kind[a] == THERMAL) ^ (nodes.kind[b] == THERMAL)
    casualty = (nodes.cls[a] == "casualty") | (nodes.cls[b] == "casualty")
    return extent, lag, np.where(heat & casualty, config.casualty_heat_prior, prior)


def _time_overlap(
    t_start_ns: np.ndarray, t_end_ns: np.ndarray, a: np.ndarray, b: np.ndarray, lag_ns: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return (density 1/ns, gap ns) of uniform intervals, the first widened by the lag on both sides."""
    low, high = t_start_ns[a] - lag_ns, t_end_ns[a] + lag_ns
    shared = np.minimum(high, t_end_ns[b]) - np.maximum(low, t_start_ns[b])
    length = (high - low) * np.maximum(t_end_ns[b] - t_start_ns[b], 1.0)
    gap = np.maximum(np.maximum(t_start_ns[a], t_start_ns[b]) - np.minimum(t_end_ns[a], t_end_ns[b]), 0)
    return np.maximum(shared, 0.0) / length, gap.astype(np.float64)


def _distance(nodes: Nodes, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    from trucewatch.physics.geodesy import ecef_m

    chord = ecef_m(nodes.lon_deg[a], nodes.lat_deg[a]) - ecef_m(nodes.lon_deg[b], nodes.lat_deg[b])
    return np.asarray(np.linalg.norm(chord, axis=1))


def links_table(pairs: Pairs, nodes: Nodes, event: np.ndarray, accepted: np.ndarray) -> pa.Table:
    """Return every scored candidate pair as a LINKS table."""
    return LINKS.table({
        "event_a": event[pairs.a], "event_b": event[pairs.b],
        "source_a": nodes.source[pairs.a], "source_b": nodes.source[pairs.b],
        "distance_m": pairs.distance_m, "gap_s": pairs.gap_s,
        "log_ratio": pairs.log_ratio, "p_link": pairs.p_link, "accepted": accepted,
    }, rows=len(pairs.a))  # fmt: skip
