"""The careful start: the air found from near nodes first, with a tolerance that narrows, from several winds."""

import numpy as np

from trucewatch.locate.acoustic.air import air_equations, settle
from trucewatch.locate.acoustic.config import AcousticConfig
from trucewatch.locate.acoustic.edges import edges_of
from trucewatch.locate.acoustic.engine import (
    CROWDED_PER_S,
    Scene,
    background,
    better_air,
    density_of,
    level_density,
    nearest,
    nothing,
    one_pass,
    scene_of,
)
from trucewatch.locate.acoustic.fit import SCORE, T0, distinct, refine
from trucewatch.locate.acoustic.model import Air, Curves, triggers_of
from trucewatch.locate.acoustic.search import seeds, sheet

__all__ = ["first_air"]

Sigma = tuple[float, float]
# error of predictions s, reach m: the wind is told from near nodes before it spoils the far ones
STAGES = ((0.2, 7_000.0), (0.12, 10_000.0), (0.06, 13_000.0))
CROWDED_STAGES = ((0.12, 9_000.0), (0.08, 11_000.0), (0.05, 14_000.0))
MOST = 2_000  # triggers on which a start is tried
MOST_CROWDED = 4_500
MOST_TO_RANK = 9_000  # on which starts are told apart where it is crowded
FOLLOWED = 2  # of many starts
PLAIN = 120  # candidates from which the air is drawn where it is crowded


def first_air(scene: Scene, curve: Curves, config: AcousticConfig, known: Air, sigma: Sigma, seed: int) -> Air:
    """Return the air from which the passes can begin; what is known beforehand where too little is heard.

    known, sigma  air known beforehand, standard deviations of its speed and of each component of its wind, m/s
    """
    part = _part(scene, config, MOST)
    if len(part.trig.t) < 30 or max(sigma) < 2.5:
        return known
    if len(part.trig.t) / part.duration_s / len(part.nodes.east) < CROWDED_PER_S:
        return _narrowed(part, curve, config, known, sigma, seed)
    wide = _part(scene, config, MOST_TO_RANK)
    ranked = sorted(_starts(known, sigma), key=lambda air: -_plain(wide, curve, config, air, 0.1, 8)[0])
    drawn = [_drawn(wide, curve, config, air, known, sigma) for air in ranked[:FOLLOWED]]
    best = max(drawn, key=lambda air: _plain(wide, curve, config, air, 0.07, 4)[0])
    return _settled(_part(scene, config, MOST_CROWDED), curve, config, best, known, sigma, seed)


def _starts(known: Air, sigma: Sigma) -> list[Air]:
    """Return airs around the one known beforehand, about as far apart as the first tolerance allows."""
    winds = [(0.0, 0.0), *((1.2 * sigma[1] * np.cos(a), 1.2 * sigma[1] * np.sin(a)) for a in np.arange(6) * np.pi / 3)]
    return [
        Air(known.speed + faster, known.wind_east + east, known.wind_north + north)
        for faster in (0.0, -sigma[0], sigma[0])
        for east, north in winds
    ]


def _part(scene: Scene, config: AcousticConfig, most: int) -> Scene:
    """Return the middle of the scene, as long as it holds no more triggers than are needed."""
    t = scene.trig.t
    if len(t) <= most:
        return scene
    middle = np.sort(t)[len(t) // 2 - most // 2 : len(t) // 2 + most // 2]
    inside = (t >= middle[0]) & (t <= middle[-1])
    trig, _ = triggers_of(t[inside], scene.trig.node[inside], scene.trig.level_db[inside], len(scene.nodes.east))
    return scene_of(scene.nodes, trig, scene.loudness.used, config)


def _narrowed(scene: Scene, curve: Curves, config: AcousticConfig, known: Air, sigma: Sigma, seed: int) -> Air:
    """Return the air after stages of joint decision, where a single start will do."""
    every, air = np.arange(len(scene.trig.t)), known
    for extra_s, reach_m in STAGES:
        wide = curve._replace(onset2=curve.onset2 + extra_s**2)
        state = nothing(scene, air, config)
        for rows in (every, every[:0], every[:0]):
            state, found = one_pass(scene, state, wide, config, reach_m=reach_m, extra_s=extra_s, sweeps=12, rows=rows,
                                    seed=seed, quick=True)  # fmt: skip
            air, _ = better_air(scene, state, found, wide, known, sigma)
            state = state._replace(air=air, explained=np.zeros(len(every)), fire=density_of(
                scene, found.table, found.sampled.p, config))  # fmt: skip
    return air


def _plain(
    scene: Scene, curve: Curves, config: AcousticConfig, air: Air, sigma_s: float, every: int
) -> tuple[float, np.ndarray]:
    """Return how well the plainest candidates fit in an air (sum of log ratios), and all candidates, plainest first.

    Only one trigger in `every` founds candidates: airs are told apart by many triggers, of which few need be tried.
    """
    trig, nothing_yet = scene.trig, np.zeros(len(scene.trig.t))
    rate, span = background(scene, nothing_yet, config), (trig.t.min() - 60.0, trig.t.max() + 60.0)
    page = sheet(trig, 1 / rate, len(scene.nodes.east), span, sigma_s)
    rows = np.arange(0, len(trig.t), every)
    found = seeds(rows, 4, 16, 20.0, scene.nodes, trig, 1 - nothing_yet, 0.3, 1 / rate, page, 0.1,
                  air, curve, 4000)  # fmt: skip
    found = found[np.argsort(-found[:, 3], kind="stable")]
    return float(np.log(found[:20, 3]).sum()), found


def _drawn(scene: Scene, curve: Curves, config: AcousticConfig, air: Air, known: Air, sigma: Sigma) -> Air:
    """Return the air that the plainest candidates draw it to, each judged alone."""
    trig, nothing_yet = scene.trig, np.zeros(len(scene.trig.t))
    rate, level = background(scene, nothing_yet, config), level_density(scene, nothing_yet)
    for extra_s, reach_m in CROWDED_STAGES:
        wide = curve._replace(onset2=curve.onset2 + extra_s**2)
        found = _plain(scene, curve, config, air, max(extra_s, 0.07), 3)[1][: 4 * PLAIN]
        for _ in range(2):
            table = refine(found, nearest(scene, found), 6, 0.1, reach_m, scene.nodes, trig, 1 / rate, level,
                           scene.loudness, air, wide, np.full(len(found), -1e9))  # fmt: skip
            table = table[np.isfinite(table[:, SCORE])]
            table = table[np.argsort(table[:, T0], kind="stable")]
            table = table[distinct(table, 150.0, 0.4)]
            table = table[np.argsort(-table[:, SCORE], kind="stable")][:PLAIN]
            edges = edges_of(table, nearest(scene, table), reach_m, scene.nodes, trig, 1 / rate, level, scene.loudness,
                             air, wide, 0.05)  # fmt: skip
            together = np.bincount(edges.of, weights=edges.gain, minlength=len(edges.ptr) - 1)
            share = 0.8 * edges.gain / (0.2 + 0.8 * together[edges.of])
            air, _ = settle(*air_equations(table, edges, share, scene.nodes, trig, air, wide), air, known, sigma)
    return air


def _settled(scene: Scene, curve: Curves, config: AcousticConfig, air: Air, known: Air, sigma: Sigma, seed: int) -> Air:
    """Return the air after joint decisions with a little tolerance."""
    wide, every = curve._replace(onset2=curve.onset2 + 0.03**2), np.arange(len(scene.trig.t))
    state = nothing(scene, air, config)
    for rows in (every, every, every[:0]):
        state, found = one_pass(scene, state, wide, config, reach_m=curve.reach_m, extra_s=0.03, sweeps=12, rows=rows,
                                seed=seed, quick=True)  # fmt: skip
        state = state._replace(air=better_air(scene, state, found, wide, known, sigma)[0])
    return state.air
