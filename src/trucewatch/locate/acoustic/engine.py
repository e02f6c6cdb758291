"""The association itself: search, decide, refit, learn, and again, until little is left to explain."""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

from trucewatch.locate.acoustic.air import air_equations, settle
from trucewatch.locate.acoustic.config import AcousticConfig
from trucewatch.locate.acoustic.decide import Sampled, sample
from trucewatch.locate.acoustic.edges import Edges, edges_of
from trucewatch.locate.acoustic.fit import (
    COLUMNS,
    EAST,
    NORTH,
    SCORE,
    T0,
    Loudness,
    distinct,
    refine,
)
from trucewatch.locate.acoustic.model import UNKNOWN_DB, Air, Curves, Nodes, Triggers
from trucewatch.locate.acoustic.refit import refit
from trucewatch.locate.acoustic.search import apart, seeds, sheet
from trucewatch.locate.acoustic.stack import stack

__all__ = [
    "Fire",
    "Pass",
    "Scene",
    "State",
    "background",
    "better_air",
    "density_of",
    "nothing",
    "one_pass",
    "scene_of",
]

FIRE_CELL_M = 500.0
SEED_SIGMA_S = 0.09  # of an arrival predicted from three others nearby
DOUBT = 0.1  # of an explanation: what is explained may still be found otherwise
CROWDED_PER_S = 0.3  # triggers a node and second from which on the grid is searched
LEAST_ODDS = -3.0  # log odds of a candidate alone, below which it is not kept
HALF_WAY = 3.0  # log odds that a candidate may still gain in the second half of its fit
STACK_LEAST = -13.0  # log likelihood ratio and rate of fire, 1/(m² s), of a place and moment of the grid


class Scene(NamedTuple):
    """What stays the same: nodes and their index, triggers, earlier triggers that may have had an echo, duration."""

    nodes: Nodes
    tree: cKDTree
    trig: Triggers
    before: np.ndarray
    duration_s: float
    loudness: Loudness


class Fire(NamedTuple):
    """Log of the rate of events, 1/(m² s), on a grid of FIRE_CELL_M."""

    log_rate: np.ndarray
    east_m: float
    north_m: float

    def at(self, table: np.ndarray) -> np.ndarray:
        """Return the log rate at each candidate."""
        i = np.clip(((table[:, EAST] - self.east_m) / FIRE_CELL_M).astype(np.int64), 0, self.log_rate.shape[0] - 1)
        j = np.clip(((table[:, NORTH] - self.north_m) / FIRE_CELL_M).astype(np.int64), 0, self.log_rate.shape[1] - 1)
        return np.asarray(self.log_rate[i, j])


class State(NamedTuple):
    """What was learned so far: air, fire, probability that each trigger is explained, candidates worth keeping."""

    air: Air
    fire: Fire
    explained: np.ndarray
    pool: np.ndarray


class Pass(NamedTuple):
    """What one pass found."""

    table: np.ndarray
    edges: Edges
    sampled: Sampled
    share: np.ndarray


def scene_of(nodes: Nodes, trig: Triggers, loud: bool, config: AcousticConfig) -> Scene:
    """Return the scene of a network and its triggers."""
    class_db = just_heard_db(trig, config) + config.decay_db * np.log10(np.array(config.half_range_m) / 1000)
    loudness = Loudness(loud, config.decay_db, config.path_db, config.source_db, class_db)
    begin, end = (trig.t.min(), trig.t.max()) if len(trig.t) else (0.0, 1.0)
    tree = cKDTree(np.stack([nodes.east, nodes.north], axis=1))
    return Scene(nodes, tree, trig, _before(trig, config.echo_s), max(end - begin, 1.0), loudness)


def just_heard_db(trig: Triggers, config: AcousticConfig) -> float:
    """Return the level that is just heard; where nobody says, as far below the middle of all as it usually is.

    What a network hears of evenly spread sources has its middle 3.4 dB above, whatever their loudness: levels fall and
    areas grow with range in the same way for all of them.
    """
    if config.just_heard_db is not None:
        return config.just_heard_db
    known = trig.level_db > UNKNOWN_DB
    return float(np.median(trig.level_db[known])) - 3.4 if known.any() else 0.0


def nothing(scene: Scene, air: Air, config: AcousticConfig) -> State:
    """Return the state before anything was found."""
    empty = np.empty((0, COLUMNS))
    return State(air, density_of(scene, empty, np.empty(0), config), np.zeros(len(scene.trig.t)), empty)


def _before(trig: Triggers, echo_s: tuple[float, float]) -> np.ndarray:
    """Return for each trigger (n,) how many triggers of its node it may be an echo of."""
    apart = (trig.t[-1] if len(trig.t) else 0.0) + 1e6  # lays the nodes behind one another on one axis
    axis = trig.t + apart * trig.node
    return np.asarray(np.searchsorted(axis, axis - echo_s[0]) - np.searchsorted(axis, axis - echo_s[1]))


def background(scene: Scene, explained: np.ndarray, config: AcousticConfig) -> np.ndarray:
    """Return the rate (n,) 1/s of what is not explained, at each trigger: that of its node, and echoes."""
    nodes = len(scene.nodes.east)
    echo = config.echo_share / (config.echo_s[1] - config.echo_s[0])
    left = np.bincount(scene.trig.node, weights=1 - explained, minlength=nodes)
    echoes = echo * np.bincount(scene.trig.node, weights=scene.before, minlength=nodes)
    least = 0.15 * left + 0.5  # half a trigger: even a silent node is not known to be quiet
    steady = np.maximum(left - echoes, least) / scene.duration_s
    return np.asarray(steady[scene.trig.node] + echo * scene.before)


def level_density(scene: Scene, explained: np.ndarray) -> np.ndarray:
    """Return the density (n,) 1/dB of each trigger's level among those that are not explained."""
    if not scene.loudness.used:
        return np.ones(len(scene.trig.t))
    level = scene.trig.level_db
    known = level > UNKNOWN_DB
    low, step = np.floor(level[known].min()) - 10, 2.0
    cell = ((level[known] - low) / step).astype(np.int64)
    count = np.bincount(cell, weights=1 - explained[known] + 1e-3, minlength=cell.max() + 6)
    smooth = gaussian_filter(count, 1.5)
    density = np.ones(len(level))
    density[known] = (smooth / smooth.sum() / step)[cell] + 1e-5
    return density


def density_of(scene: Scene, table: np.ndarray, p: np.ndarray, config: AcousticConfig) -> Fire:
    """Return where fire comes from, learned from events (k, 12) and their probabilities (k,)."""
    margin = 5_000.0
    low_e, low_n = scene.nodes.east.min() - margin, scene.nodes.north.min() - margin
    cells = (
        int((scene.nodes.east.max() + margin - low_e) / FIRE_CELL_M) + 1,
        int((scene.nodes.north.max() + margin - low_n) / FIRE_CELL_M) + 1,
    )
    i = np.clip(((table[:, EAST] - low_e) / FIRE_CELL_M).astype(np.int64), 0, cells[0] - 1)
    j = np.clip(((table[:, NORTH] - low_n) / FIRE_CELL_M).astype(np.int64), 0, cells[1] - 1)
    count = np.bincount(i * cells[1] + j, weights=p, minlength=cells[0] * cells[1]).reshape(cells)
    total = count.sum()
    if total == 0:  # as much as the triggers could come from, or what is known beforehand
        known = config.fire_per_km2_h * FIRE_CELL_M**2 / 1e6 * scene.duration_s / 3600
        everywhere = max(known, len(scene.trig.t) / 20 / count.size)
    else:
        everywhere = (0.3 * total + 1.0) / count.size
    rate = (gaussian_filter(count, 1.2) + everywhere) / scene.duration_s / FIRE_CELL_M**2
    return Fire(np.log(rate), low_e, low_n)


def one_pass(
    scene: Scene, state: State, curve: Curves, config: AcousticConfig, *, reach_m: float, extra_s: float, sweeps: int,
    rows: np.ndarray, seed: int, quick: bool = False,
) -> tuple[State, Pass]:  # fmt: skip
    """Return what search and decision find with what is known so far, and what is known after them.

    reach_m  nodes farther from a source are not looked at
    extra_s  error of predictions beyond the curves' own
    rows     triggers that may found a candidate; none: only the pool is judged
    quick    look for what is plain only
    """
    trig, nodes = scene.trig, scene.nodes
    rate = background(scene, state.explained, config)
    level_rate = level_density(scene, state.explained)
    fresh = _search(scene, state, rate, level_rate, curve, reach_m, extra_s, rows, quick)
    table = np.concatenate([fresh, state.pool])
    table = table[np.argsort(table[:, T0], kind="stable")]
    table = table[distinct(table, 60.0 + 300.0 * extra_s, 0.2 + extra_s)]
    edges = edges_of(table, nearest(scene, table), reach_m, nodes, trig, 1 / rate, level_rate, scene.loudness,
                     state.air, curve, 0.05)  # fmt: skip
    log_rate = state.fire.at(table)
    start = np.argsort(-(table[:, SCORE] + log_rate), kind="stable")
    found = sample(table, log_rate, start, edges, trig, nodes, state.air, scene.loudness, sweeps, sweeps // 3, seed)
    share = np.where(found.on_share[edges.owner] > 0, found.edge / np.maximum(found.on_share[edges.owner], 1e-9), 0.0)
    pool = refit(table, edges, share, 4, nodes, trig, scene.loudness, state.air, curve)
    pool[:, SCORE] = np.where(found.p > 0.05, 1e3 * found.p, table[:, SCORE])  # what happened is tried first
    fire = density_of(scene, table, found.p, config)
    state = State(state.air, fire, found.explained, pool[found.p > 0.02])
    return state, Pass(table, edges, found, share)


def _search(
    scene: Scene, state: State, rate: np.ndarray, level_rate: np.ndarray, curve: Curves, reach_m: float,
    extra_s: float, rows: np.ndarray, quick: bool,
) -> np.ndarray:  # fmt: skip
    """Return candidates (k, 12) that triggers not yet explained may stand for."""
    trig, nodes = scene.trig, scene.nodes
    if len(rows) == 0:
        return np.empty((0, COLUMNS))
    free = 1 - (1 - DOUBT) * state.explained
    per_node = len(trig.t) / scene.duration_s / len(nodes.east)
    if per_node > CROWDED_PER_S and not quick:
        fire = state.fire
        span = trig.t[rows].min(), trig.t[rows].max()
        found = stack(trig, free / rate, span, nodes, state.air, curve, fire.log_rate, (fire.east_m, fire.north_m),
                      FIRE_CELL_M, STACK_LEAST, 600_000)  # fmt: skip
        near_m, near_s = 120.0, 0.3
    else:
        found = _from_three(scene, state, free, rate, curve, extra_s, rows, quick)
        near_m, near_s = 50.0 + 200.0 * extra_s, 0.1 + extra_s
    found = found[np.argsort(found[:, 2], kind="stable")]
    found = found[apart(found, near_m, near_s)]
    least = LEAST_ODDS - HALF_WAY - state.fire.at(found)
    table = refine(found, nearest(scene, found), 6, 0.15 + extra_s, reach_m, nodes, trig, free / rate, level_rate,
                   scene.loudness, state.air, curve, least)  # fmt: skip
    good = np.isfinite(table[:, SCORE])
    good[good] = table[good, SCORE] + state.fire.at(table[good]) > LEAST_ODDS
    return np.asarray(table[good])


def _from_three(
    scene: Scene, state: State, free: np.ndarray, rate: np.ndarray, curve: Curves, extra_s: float, rows: np.ndarray,
    quick: bool,
) -> np.ndarray:  # fmt: skip
    """Return candidates (k, 4) from triples of arrivals; the more triggers, the fewer neighbours are combined."""
    trig, nodes = scene.trig, scene.nodes
    per_node = free.sum() / scene.duration_s / len(nodes.east)
    triples = 20.0 / max((10.0 * per_node) ** 2, 1e-3)
    others = 5 if quick else int(np.clip(0.5 + np.sqrt(2 * triples), 4, 14))
    plain = 1.0 if per_node > CROWDED_PER_S else 20.0
    least, giving_up = (plain, 0.1) if quick or extra_s > 0 else (0.2, 0.003)
    span = trig.t[rows].min() - 60.0, trig.t[rows].max() + 60.0
    page = sheet(trig, free / rate, len(nodes.east), span, float(np.hypot(SEED_SIGMA_S, extra_s)))
    return seeds(rows, others, 14 if others < 9 else 24, least, nodes, trig, free, 0.3, free / rate, page, giving_up,
                 state.air, curve, 4000)  # fmt: skip


def nearest(scene: Scene, table: np.ndarray) -> np.ndarray:
    """Return the node nearest to each candidate."""
    return np.asarray(scene.tree.query(table[:, :2])[1], dtype=np.int64)


def better_air(
    scene: Scene, state: State, found: Pass, curve: Curves, known: Air, sigma: tuple[float, float]
) -> tuple[Air, np.ndarray]:
    """Return the air after the events of a pass, and its covariance."""
    sure = np.where(found.sampled.p[found.edges.owner] > 0.5, found.share, 0.0)
    h, g = air_equations(found.table, found.edges, sure, scene.nodes, scene.trig, state.air, curve)
    return settle(h, g, state.air, known, sigma)
