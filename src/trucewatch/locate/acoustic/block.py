"""One block of space and time: the passes in their order, and the events that come out of the last."""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from trucewatch.locate.acoustic.config import AcousticConfig
from trucewatch.locate.acoustic.engine import CROWDED_PER_S, Pass, Scene, State, better_air, nothing, one_pass, scene_of
from trucewatch.locate.acoustic.fit import EAST, EXPECTED, LEVEL, NORTH, T0
from trucewatch.locate.acoustic.model import Air, Curves, Nodes, curves, triggers_of
from trucewatch.locate.acoustic.refit import refit
from trucewatch.locate.acoustic.start import first_air

__all__ = ["Block", "Found", "associate_block", "events_of", "rounds_of"]

SPARSE_PER_S = 0.005  # triggers a node and second below which events hardly ever overlap
ONE_EVENT_M, ONE_EVENT_S = 300.0, 1.0  # candidates so near to one another that never happen together are one event


class Block(NamedTuple):
    """Triggers (n,) of a network in its own plane: time s, node, level dB or NaN, what is known of the air, and what
    each is called wherever the record is cut (64 bits; None: by its time and node)."""

    t_s: np.ndarray
    node: np.ndarray
    level_db: np.ndarray
    known: Air
    sigma: tuple[float, float]
    name: np.ndarray | None = None


class Found(NamedTuple):
    """Events (k,) of a block.

    t_s, east_m, north_m   origin; cov (k, 3) m² ee, en, nn; t_sigma_s; p; level_db at 1 km
    loud                   (k, 3) probability of each loudness class
    ptr, trigger           triggers of each event, as rows of the block
    residual_s             (members,) observed minus predicted
    explained              (n,) probability that each trigger belongs to some event
    air, air_cov           air at the end, and its covariance
    """

    t_s: np.ndarray
    east_m: np.ndarray
    north_m: np.ndarray
    cov_m2: np.ndarray
    t_sigma_s: np.ndarray
    p: np.ndarray
    level_db: np.ndarray
    loud: np.ndarray
    ptr: np.ndarray
    trigger: np.ndarray
    residual_s: np.ndarray
    explained: np.ndarray
    air: Air
    air_cov: np.ndarray


def associate_block(block: Block, nodes: Nodes, config: AcousticConfig) -> Found:
    """Return the events that explain the triggers of a block."""
    curve = curves(config)
    loud = bool(len(block.t_s)) and bool(np.isfinite(block.level_db).mean() > 0.5)
    trig, order = triggers_of(block.t_s, block.node, block.level_db, len(nodes.east), block.name)
    if len(trig.t) < config.least_arrivals:
        return _none(block)
    scene = scene_of(nodes, trig, loud, config)
    # the air is told by times alone: levels of wrong candidates would only pull it astray
    quiet = scene._replace(loudness=scene.loudness._replace(used=False))
    air = first_air(quiet, curve, config, block.known, block.sigma, config.seed)
    state, last, cov = _passes(scene, nothing(scene, air, config), curve, config, block)
    return events_of(scene, state.air, cov, last, curve, config, order)


def _none(block: Block) -> Found:
    nothing_, none = np.empty(0), np.empty(0, np.int64)
    cov = np.diag([block.sigma[0] ** 2, block.sigma[1] ** 2, block.sigma[1] ** 2])
    return Found(nothing_, nothing_, nothing_, np.empty((0, 3)), nothing_, nothing_, nothing_, np.empty((0, 3)),
                 np.zeros(1, np.int64), none, nothing_, np.zeros(len(block.t_s)), block.known, cov)  # fmt: skip


def _passes(
    scene: Scene, state: State, curve: Curves, config: AcousticConfig, block: Block
) -> tuple[State, Pass, np.ndarray]:
    """Search and decide while new triggers are explained, then decide twice more; the air follows."""
    every = np.arange(len(scene.trig.t))
    cov = np.eye(3)
    per_node = len(every) / scene.duration_s / len(scene.nodes.east)
    searches, decisions = rounds_of(per_node, config)
    most = _sweeps(per_node, config.sweeps)
    last = searches + decisions - 1
    for step in range(last + 1):
        rows = every if step < searches else every[:0]
        sweeps = most if step == last else most // 2
        state, found = one_pass(scene, state, curve, config, reach_m=1.2 * curve.reach_m, sweeps=sweeps, rows=rows,
                                extra_s=0.02 if step == 0 else 0.0, seed=config.seed + step)  # fmt: skip
        air, cov = better_air(scene, state, found, curve, block.known, block.sigma)
        if step < last:
            state = state._replace(air=air)
    return state, found, cov


def _sweeps(per_node: float, sweeps: int) -> int:
    """Return sweeps of the sampler for a rate of triggers of a node 1/s: the more overlap, the slower it settles."""
    if per_node < SPARSE_PER_S:
        return sweeps // 3
    return sweeps if per_node < CROWDED_PER_S else sweeps * 2


def rounds_of(per_node: float, config: AcousticConfig) -> tuple[int, int]:
    """Return how often to search and then only to decide, for a rate of triggers of a node 1/s: the more overlap, the
    oftener; where it is crowded, searching on would only explain what is left by what did not happen."""
    if per_node < SPARSE_PER_S:
        return max(config.passes - 1, 1), 1
    if per_node < 0.05:
        return config.passes, 2
    return (config.passes + 2, 1) if per_node < CROWDED_PER_S else (config.passes, 2)


def events_of(
    scene: Scene, air: Air, cov: np.ndarray, last: Pass, curve: Curves, config: AcousticConfig, order: np.ndarray
) -> Found:  # fmt: skip
    """Return candidates that exclude one another as one event, those that are probable enough."""
    table = refit(last.table, last.edges, last.share, 4, scene.nodes, scene.trig, scene.loudness, air, curve)
    lead, p = _gathered(table, last.sampled.p)
    good = (p >= config.least_p) & (table[lead, EXPECTED] >= config.least_arrivals - 0.5)
    lead, p = lead[good], p[good]
    by_time = np.argsort(table[lead, T0], kind="stable")
    lead, p = lead[by_time], np.minimum(p[by_time], 1.0)
    own = np.diff(_members(scene, air, table, last, lead)[0]) >= 3  # of two that tell the same, one holds the triggers
    lead, p = lead[own], p[own]
    ptr, members, residual = _members(scene, air, table, last, lead)
    chosen, wider = table[lead], _wider(len(order) / scene.duration_s / len(scene.nodes.east))
    spread = wider * last.sampled.spread[lead]
    cov_m2, t_sigma_s = spread[:, :3], np.sqrt(spread[:, 5])
    return Found(chosen[:, T0], chosen[:, EAST], chosen[:, NORTH], cov_m2, t_sigma_s, p,
                 chosen[:, LEVEL], last.sampled.loud[lead], ptr, order[members], residual,
                 _in_order(last.sampled.explained, order), air, cov)  # fmt: skip


def _wider(per_node: float) -> float:
    """Return by how much variances exceed those of the sampler, for a rate of triggers of a node 1/s.

    The air is not exactly known, and the more arrivals overlap, the more of them are another event's. Measured on
    storms of 7, 60 and 300 shots a minute that no figure is printed from (docs/locate.md).
    """
    return 1.04 + 0.2 * per_node + 0.9 * per_node**2


def _in_order(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    out[order] = values
    return out


def _gathered(table: np.ndarray, p: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the most probable candidate of each event, and the probability of all of that event's candidates."""
    some = np.flatnonzero(p > 0.01)
    scale = np.array([ONE_EVENT_M, ONE_EVENT_M, ONE_EVENT_S])
    points = table[some][:, [EAST, NORTH, T0]] / scale
    near = cKDTree(points).query_ball_point(points, 1.0)
    used = np.zeros(len(some), dtype=bool)
    lead, total = [], []
    for i in np.argsort(-p[some], kind="stable").tolist():
        if used[i]:
            continue
        together = 0.0
        for k in sorted(near[i], key=lambda k: -p[some[k]]):
            if not used[k] and together + p[some[k]] <= 1.05:
                together += p[some[k]]
                used[k] = True
        lead.append(some[i])
        total.append(together)
    return np.array(lead, dtype=np.int64), np.array(total)


def _members(
    scene: Scene, air: Air, table: np.ndarray, last: Pass, lead: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the triggers that each event more probably than not explains, and their residuals; none is in two."""
    edges, trig, nodes = last.edges, scene.trig, scene.nodes
    place = np.full(len(table), -1)
    place[lead] = np.arange(len(lead))
    rows = np.flatnonzero((place[edges.owner] >= 0) & (last.share > 0.5))
    weight = last.share[rows] * last.sampled.p[edges.owner[rows]]
    rows = rows[np.lexsort((-weight, edges.trig[rows]))]
    rows = rows[np.diff(edges.trig[rows], prepend=-1) != 0]
    event, k = place[edges.owner[rows]], edges.trig[rows]
    by_event = np.lexsort((trig.t[k], event))
    event, k = event[by_event], k[by_event]
    at = lead[event]
    east, north = nodes.east[trig.node[k]] - table[at, EAST], nodes.north[trig.node[k]] - table[at, NORTH]
    r = np.maximum(np.hypot(east, north), 1e-3)
    travel = r / (air.speed + (air.wind_east * east + air.wind_north * north) / r)
    ptr = np.concatenate([[0], np.cumsum(np.bincount(event, minlength=len(lead)))])
    return ptr, k, trig.t[k] - table[at, T0] - travel
