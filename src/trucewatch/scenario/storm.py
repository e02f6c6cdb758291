"""A storm of shots over one sector, and what a network of acoustic nodes makes of it. Synthetic throughout."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from trucewatch.core.errors import ConfigError

__all__ = ["Heard", "Shots", "Storm", "StormConfig", "simulate"]


@dataclass(frozen=True, slots=True)
class StormConfig:
    """All that a storm is made of; the same seed gives the same storm.

    Sector and network
      width_m, height_m       the sector
      columns, rows, jitter_m nodes on a grid, each moved by up to the jitter on both axes
    Fire
      shots_per_min, minutes  mean rate and duration
      share_at_places, places, place_radius_m   how much of it comes from how many discs
      half_range_m, width_m, heard_at_most      loudness classes, equally frequent: range at which half of what can be
                              heard is heard, scale of the fall, share heard from nearby
    Air
      temperature_c, wind_m_s ranges of the draw; the direction is free
      range_per_wind          share by which 1 m/s of wind along the path stretches the half range
    Nodes
      onset_s                 error of an onset
      path_scatter            scatter of the speed from path to path
      echo_share, echo_s      share of arrivals followed by an echo, and how much later
      false_per_min           false triggers a node
      dead_s                  a node is deaf for so long after each trigger
    Loudness on the nodes' scale, 0 dB being what is just heard
      decay_db                loss for every tenfold range (22: R to the power -1.1, ANSI S2.20-1983, far field)
      source_db, path_db      scatter of the sources within a class and of the paths
      false_db, echo_db       mean excess of false triggers; mean loss of an echo, half of it as scatter
    """

    seed: int = 0
    width_m: float = 60_000.0
    height_m: float = 30_000.0
    columns: int = 15
    rows: int = 7
    jitter_m: float = 1_000.0
    shots_per_min: float = 60.0
    minutes: float = 10.0
    share_at_places: float = 0.7
    places: int = 6
    place_radius_m: float = 1_500.0
    half_range_m: tuple[float, ...] = (6_000.0, 9_000.0, 15_000.0)
    width_of_range_m: float = 1_500.0
    heard_at_most: float = 0.92
    temperature_c: tuple[float, float] = (-5.0, 25.0)
    wind_m_s: float = 8.0
    range_per_wind: float = 0.03
    onset_s: float = 0.03
    path_scatter: float = 0.004
    echo_share: float = 0.08
    echo_s: tuple[float, float] = (0.3, 3.0)
    false_per_min: float = 0.5
    dead_s: float = 0.25
    decay_db: float = 22.0
    source_db: float = 4.0
    path_db: float = 4.0
    false_db: float = 6.0
    echo_db: float = 6.0

    def __post_init__(self) -> None:
        """Refuse a storm without a node or a minute."""
        if min(self.columns, self.rows) < 1 or self.minutes <= 0 or self.shots_per_min < 0:
            raise ConfigError(
                f"found {self.columns} × {self.rows} nodes, {self.minutes} minutes and {self.shots_per_min} shots a "
                "minute; needed at least one node, a positive duration and no negative rate; change them"
            )


class Shots(NamedTuple):
    """The truth: (n,) arrays; `heard` counts the nodes that triggered on the direct sound."""

    t_s: np.ndarray
    east_m: np.ndarray
    north_m: np.ndarray
    loudness: np.ndarray
    heard: np.ndarray


class Heard(NamedTuple):
    """What the nodes report, by time: (k,) arrays; `shot` is the truth (-1: false or echo), `level_db` the loudness."""

    t_s: np.ndarray
    node: np.ndarray
    level_db: np.ndarray
    shot: np.ndarray


class Storm(NamedTuple):
    """A storm: nodes (m,) in metres of the sector's plane, shots, triggers, and what a solver may not see: the air, and
    the middles (p, 2) of the discs that much of the fire comes from."""

    config: StormConfig
    node_east_m: np.ndarray
    node_north_m: np.ndarray
    shots: Shots
    heard: Heard
    speed_m_s: float
    wind_east_m_s: float
    wind_north_m_s: float
    places_m: np.ndarray


def simulate(config: StormConfig) -> Storm:
    """Return the storm of a configuration."""
    rng = np.random.default_rng(config.seed)
    nodes = _nodes(config, rng)
    speed, wind = _air(config, rng)
    t, place, loudness, places = _fire(config, rng)
    paths = _paths(config, nodes, place, loudness, speed, wind)
    source_db = _class_level_db(config)[loudness] + rng.normal(0, config.source_db, len(t))
    direct = _direct(config, rng, t, paths, source_db)
    heard = _with_dead_time(_all_triggers(config, rng, direct, len(nodes)), config.dead_s)
    count = np.bincount(heard.shot[heard.shot >= 0], minlength=len(t))
    shots = Shots(t, place[:, 0], place[:, 1], loudness, count)
    return Storm(config, nodes[:, 0], nodes[:, 1], shots, heard, speed, *wind, places)


def _nodes(config: StormConfig, rng: np.random.Generator) -> np.ndarray:
    step = config.width_m / config.columns
    column, row = np.meshgrid(np.arange(config.columns), np.arange(config.rows))
    edge = (config.height_m - step * (config.rows - 1)) / 2
    grid = np.stack([(column.ravel() + 0.5) * step, edge + row.ravel() * step], axis=1)
    return grid + rng.uniform(-config.jitter_m, config.jitter_m, grid.shape)


def _air(config: StormConfig, rng: np.random.Generator) -> tuple[float, tuple[float, float]]:
    """Return speed of sound and wind; the storm's own formula, linear in temperature."""
    speed = 331.3 + 0.606 * rng.uniform(*config.temperature_c)
    strength, towards = rng.uniform(0, config.wind_m_s), rng.uniform(0, 2 * np.pi)
    return speed, (strength * np.cos(towards), strength * np.sin(towards))


def _fire(config: StormConfig, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return times (n,), places (n, 2) and loudness classes (n,) by time, and the middles of the discs (p, 2)."""
    n = rng.poisson(config.shots_per_min * config.minutes)
    sector = np.array([config.width_m, config.height_m])
    margin = config.place_radius_m
    places = rng.uniform(margin, sector - margin, (config.places, 2))
    radius, turn = config.place_radius_m * np.sqrt(rng.uniform(size=n)), rng.uniform(0, 2 * np.pi, n)
    around = places[rng.integers(config.places, size=n)]
    around = around + radius[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    anywhere = rng.uniform(0, 1, (n, 2)) * sector
    place = np.where(rng.uniform(size=(n, 1)) < config.share_at_places, around, anywhere)
    t_s, loudness = np.sort(rng.uniform(0, config.minutes * 60, n)), rng.integers(len(config.half_range_m), size=n)
    return t_s, place, loudness, places


class _Paths(NamedTuple):
    """From shots to the nodes that may hear them (k,): range m, travel time s before scatter, chance of being heard."""

    shot: np.ndarray
    node: np.ndarray
    range_m: np.ndarray
    travel_s: np.ndarray
    p: np.ndarray


def _paths(
    config: StormConfig, nodes: np.ndarray, place: np.ndarray, loudness: np.ndarray, speed: float,
    wind: tuple[float, float],
) -> _Paths:  # fmt: skip
    reach_m = 1.3 * max(config.half_range_m) + 6 * config.width_of_range_m  # beyond it fewer than one in 400 is heard
    near = cKDTree(nodes).query_ball_point(place, reach_m, return_sorted=True)
    shot = np.repeat(np.arange(len(place)), [len(n) for n in near])
    node = np.concatenate([np.empty(0, np.int64), *near]).astype(np.int64)
    step = nodes[node] - place[shot]
    range_m = np.linalg.norm(step, axis=1)
    along = (step @ np.array(wind)) / np.maximum(range_m, 1.0)
    half = np.array(config.half_range_m)[loudness[shot]] * (1 + config.range_per_wind * along)
    p = config.heard_at_most / (1 + np.exp((range_m - half) / config.width_of_range_m))
    return _Paths(shot, node, range_m, range_m / (speed + along), p)


def _class_level_db(config: StormConfig) -> np.ndarray:
    """Return the level at 1 km of each class: what is left at its half range is just heard."""
    return config.decay_db * np.log10(np.array(config.half_range_m) / 1000)


def _direct(
    config: StormConfig, rng: np.random.Generator, t: np.ndarray, paths: _Paths, source_db: np.ndarray
) -> Heard:  # fmt: skip
    rows = np.flatnonzero(rng.uniform(size=len(paths.p)) < paths.p)
    shot, travel = paths.shot[rows], paths.travel_s[rows] * (1 + rng.normal(0, config.path_scatter, len(rows)))
    range_km = np.maximum(paths.range_m[rows], 50.0) / 1000
    level = source_db[shot] - config.decay_db * np.log10(range_km) + rng.normal(0, config.path_db, len(rows))
    return Heard(t[shot] + travel + rng.normal(0, config.onset_s, len(rows)), paths.node[rows], level, shot)


def _all_triggers(config: StormConfig, rng: np.random.Generator, direct: Heard, nodes: int) -> Heard:
    """Return direct sound, echoes and false triggers, by time."""
    echoed = np.flatnonzero(rng.uniform(size=len(direct.t_s)) < config.echo_share)
    later = direct.t_s[echoed] + rng.uniform(*config.echo_s, len(echoed))
    loss = config.echo_db * (1 + rng.normal(0, 0.5, len(echoed)))
    end = config.minutes * 60 + 45
    n = rng.poisson(config.false_per_min * end / 60 * nodes)
    t = np.concatenate([direct.t_s, later, rng.uniform(0, end, n)])
    node = np.concatenate([direct.node, direct.node[echoed], rng.integers(nodes, size=n)])
    level = np.concatenate([direct.level_db, direct.level_db[echoed] - loss, rng.exponential(config.false_db, n)])
    shot = np.concatenate([direct.shot, np.full(len(echoed) + n, -1)])
    order = np.argsort(t, kind="stable")
    return Heard(t[order], node[order], level[order], shot[order])


def _with_dead_time(heard: Heard, dead_s: float) -> Heard:
    """Return what is left when a node is deaf after each trigger that it reports."""
    last: dict[int, float] = {}
    keep = np.zeros(len(heard.t_s), dtype=bool)
    for i, (t, node) in enumerate(zip(heard.t_s.tolist(), heard.node.tolist(), strict=True)):
        if t - last.get(node, -np.inf) >= dead_s:
            keep[i], last[node] = True, t
    return Heard(*(column[keep] for column in heard))
