"""How far the decision itself reaches in a storm: told much of what it otherwise has to find or to learn.

It is told the air, how far wind stretches the range, the true density of fire, and beside its own candidates every
shot that three nodes heard. Which trigger is whose it has to decide as ever, and clutter to learn: this is no bound on
what other ways could reach. Synthetic; no setting was chosen on these seeds.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from bench.storm import scored
from trucewatch.locate.acoustic import AcousticConfig, Air, Found, curves, nodes_of
from trucewatch.locate.acoustic.block import events_of, rounds_of
from trucewatch.locate.acoustic.engine import (
    DOUBT,
    FIRE_CELL_M,
    Fire,
    Scene,
    State,
    background,
    level_density,
    nearest,
    nothing,
    one_pass,
    scene_of,
)
from trucewatch.locate.acoustic.fit import SCORE, refine
from trucewatch.locate.acoustic.model import Curves, triggers_of
from trucewatch.scenario.bound import StormScore, score_storm
from trucewatch.scenario.storm import Storm, StormConfig, simulate

Row = tuple[str, str, str, str, str]
TOLD = replace(AcousticConfig(), range_per_wind=StormConfig().range_per_wind)
# shots a minute, with levels, storms, sweeps in a pass, and what is aimed at: F1, error ratio
ROWS = ((60, False, 24, 240, 0.97, 1.05), (300, False, 6, 120, 0.72, 1.3), (300, True, 6, 120, 0.85, 1.2))


def measure() -> list[Row]:
    """Return the rows."""
    return [row for spec in ROWS for row in _rows(*spec)]


def _rows(rate: int, levels: bool, storms: int, sweeps: int, f1: float, ratio: float) -> Iterator[Row]:
    runs = [_told(simulate(StormConfig(seed=s, shots_per_min=rate)), levels, sweeps) for s in range(1, storms + 1)]
    reached, over, precision, recall = (
        float(np.mean([getattr(r, name) for r in runs])) for name in ("f1", "error_ratio", "precision", "recall")
    )
    name = f"{rate} shots a minute{', with levels' if levels else ''}, told much (synthetic, seeds 1-{storms})"
    yield f"{name}: F1", f"{reached:.3f}", "aim", f"{f1}", f"precision {precision:.3f}, recall {recall:.3f}"
    yield f"{name}: error over bound", f"{over:.2f}", "aim", f"{ratio}", "-"


def _told(storm: Storm, levels: bool, sweeps: int) -> StormScore:
    """Return the score of a storm that is told air, ranges, fire and candidates."""
    heard, curve = storm.heard, curves(TOLD)
    nodes = nodes_of(storm.node_east_m, storm.node_north_m, 1.25 * curve.reach_m)
    level = heard.level_db if levels else np.full(len(heard.t_s), np.nan)
    trig, order = triggers_of(heard.t_s, heard.node, level, len(nodes.east))
    scene = scene_of(nodes, trig, levels, TOLD)
    air = Air(storm.speed_m_s, storm.wind_east_m_s, storm.wind_north_m_s)
    state = nothing(scene, air, TOLD)
    fire = _fire(storm, state.fire)
    searches, decisions = rounds_of(len(trig.t) / scene.duration_s / len(nodes.east), TOLD)
    every = np.arange(len(trig.t))
    for step in range(searches + decisions):
        told = _candidates(storm, scene, state, curve)
        state = state._replace(air=air, fire=fire, pool=np.concatenate([state.pool, told]))
        rows = every if step < searches else every[:0]
        state, last = one_pass(scene, state, curve, TOLD, reach_m=1.2 * curve.reach_m, extra_s=0.0, sweeps=sweeps,
                               rows=rows, seed=TOLD.seed + step)  # fmt: skip
    found: Found = events_of(scene, air, np.eye(3), last, curve, TOLD, order)
    return score_storm(storm, scored(found))


def _candidates(storm: Storm, scene: Scene, state: State, curve: Curves) -> np.ndarray:
    """Return the shots that three nodes heard, fitted to their triggers from where they truly were."""
    shots = storm.shots
    true = np.stack([shots.east_m, shots.north_m, shots.t_s], axis=1)[shots.heard >= 3]
    free = 1 - (1 - DOUBT) * state.explained
    table = refine(true, nearest(scene, true), 4, 0.05, 1.2 * curve.reach_m, scene.nodes, scene.trig,
                   free / background(scene, state.explained, TOLD), level_density(scene, state.explained),
                   scene.loudness, state.air, curve, np.full(len(true), -1e9))  # fmt: skip
    return np.asarray(table[np.isfinite(table[:, SCORE])])


def _fire(storm: Storm, grid: Fire) -> Fire:
    """Return the density of fire that the storm was drawn from, on the grid of what is learned; nowhere quite zero."""
    c, fine = storm.config, 10
    count = np.array(grid.log_rate.shape)
    east, north = (low + (np.arange(n * fine) + 0.5) * FIRE_CELL_M / fine
                   for low, n in zip((grid.east_m, grid.north_m), count, strict=True))  # fmt: skip
    e, n = np.meshgrid(east, north, indexing="ij")
    inside = (e > 0) & (e < c.width_m) & (n > 0) & (n < c.height_m)
    rate = (1 - c.share_at_places) / (c.width_m * c.height_m) * inside
    for x, y in storm.places_m:
        disc = np.hypot(e - x, n - y) < c.place_radius_m
        rate = rate + c.share_at_places / c.places / (np.pi * c.place_radius_m**2) * disc
    mean = rate.reshape(count[0], fine, count[1], fine).mean(axis=(1, 3)) * c.shots_per_min / 60
    return grid._replace(log_rate=np.log(mean + 1e-14))
