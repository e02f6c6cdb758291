"""Detections of infrasound arrays become events by time and by bearing at once.

Every pair whose bearings cross and whose times agree is a hypothesis; what else fits its source is added one array at a
time. Each set is weighed against the clutter of its arrays and against the silence of the others, by the evidence of
the shared solver; of the whole pool the disjoint sets that explain most are kept.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import Issue
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.locate.array_pairs import Heard, extensions, pairs
from trucewatch.locate.array_rows import Arrays, origins_of, usable, usual_wind_m_s
from trucewatch.locate.likelihood import INFRASOUND, Media
from trucewatch.locate.packing import pack
from trucewatch.locate.solve import NEVER, Arrivals, Solutions, SolveConfig, media_of, solve
from trucewatch.physics.celerity import SEASONAL, Celerity
from trucewatch.physics.geodesy import distance_m

__all__ = ["ArrayConfig", "join"]

_SETBACK = 3.0  # a set whose odds fall by more through one more array is given up


@dataclass(frozen=True, slots=True)
class ArrayConfig:
    """Settings of `join`.

    reach_m             no source is looked for farther from an array
    bearing_sigma_deg   of a detection that does not tell its own
    t_sigma_s           likewise
    celerity            kinds of path, `physics/celerity.py`
    wind_aloft_m_s      wind at 50 km (east, north); None: the usual one of the season and latitude
    half_range_m, width_m, heard_at_most   loudness classes of sources: range at which half of what can be heard is
                        heard, how sharply it falls, and the share heard from nearby
    events_per_day      rate of events before any is known; counts for as much as one event
    pair_chi2           gate of the search (χ² of two degrees of freedom)
    beam                sets of one size that a detection may be in while they grow
    least_arrays        events of fewer arrays are left out
    least_p             events less probable than this are left out
    solve               of the solver; `wild` counts for the final solution only, since here clutter has its own rate
    """

    reach_m: float = 2_000e3
    bearing_sigma_deg: float = 2.0
    t_sigma_s: float = 5.0
    celerity: Celerity = SEASONAL
    wind_aloft_m_s: tuple[float, float] | None = None
    half_range_m: tuple[float, float, float] = (300e3, 700e3, 1500e3)
    width_m: float = 150e3
    heard_at_most: float = 0.85
    events_per_day: float = 24.0
    pair_chi2: float = 12.0
    beam: int = 6
    least_arrays: int = 2
    least_p: float = 0.5
    solve: SolveConfig = field(default_factory=SolveConfig)

    def __post_init__(self) -> None:
        """Refuse settings with which nothing can be joined."""
        for name in ("reach_m", "bearing_sigma_deg", "t_sigma_s", "width_m", "events_per_day", "pair_chi2"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"found arrays.{name} = {getattr(self, name)}; needed more than 0; correct it")
        if self.least_arrays < 2:
            raise ConfigError(f"found arrays.least_arrays = {self.least_arrays}; needed at least 2; correct it")


class _Pool(NamedTuple):
    """Sets of detections: members (tuples of rows in order of time), log evidence, and log chance to be heard so."""

    members: list[tuple[int, ...]]
    log_z: np.ndarray
    log_heard: np.ndarray


def join(
    detections: pa.Table, network: pa.Table, config: ArrayConfig | None = None
) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return events (ORIGINS) of the infrasound detections (TRIGGERS with phase infrasound), and the issues met.

    network  places of the arrays (NODES)
    Rows of other phases are passed over. Each detection is in one event at most; `triggers` names rows of `detections`.
    """
    config = config or ArrayConfig()
    TRIGGERS.check(detections)
    NODES.check(network)
    arrays, issues = usable(detections, network, config.bearing_sigma_deg, config.t_sigma_s)
    if len(np.unique(arrays.site)) < config.least_arrays:
        return ORIGINS.empty(), issues
    media = _media(arrays, config)
    pool = _grown(arrays, media, config)
    chosen, log_odds = _decided(arrays, pool, config)
    if not chosen:
        return ORIGINS.empty(), issues
    sharp = media._replace(wild=config.solve.wild)
    solutions = solve(_arrivals(arrays, chosen), sharp, config.solve)
    return origins_of(arrays, chosen, log_odds, solutions), issues


def _media(arrays: Arrays, config: ArrayConfig) -> Media:
    wind = config.wind_aloft_m_s or usual_wind_m_s(arrays.t0_ns, float(np.mean(arrays.site_lat_deg)))
    media = media_of(config.solve, celerity=config.celerity, duct_m_s=wind)
    return media._replace(wild=1e-9)  # here a detection either belongs or does not


def _arrivals(arrays: Arrays, sets: list[tuple[int, ...]]) -> Arrivals:
    rows = np.concatenate([np.array(s, dtype=np.int64) for s in sets])
    begin = np.concatenate([[0], np.cumsum([len(s) for s in sets])])
    site = arrays.site[rows]
    phase = np.full(len(rows), INFRASOUND)
    return Arrivals(begin, arrays.site_lon_deg[site], arrays.site_lat_deg[site], arrays.site_elevation_m[site],
                    arrays.t_s[rows], arrays.sigma_s[rows], phase, arrays.bearing_deg[rows],
                    arrays.bearing_sigma_deg[rows])  # fmt: skip


def _grown(arrays: Arrays, media: Media, config: ArrayConfig) -> _Pool:
    """Return the pool: pairs, and what the best of them grow into."""
    model = config.solve.bearing_model_deg[INFRASOUND]
    heard = Heard(arrays.t_s, arrays.site, np.radians(arrays.site_lon_deg[arrays.site]),
                  np.radians(arrays.site_lat_deg[arrays.site]), np.radians(arrays.bearing_deg),
                  np.radians(np.hypot(arrays.bearing_sigma_deg, model)))  # fmt: skip
    slow = _slowness(config.celerity)
    found = pairs(heard, config.reach_m, slow, config.pair_chi2)
    sets = [tuple(sorted(p)) for p in found[:, :2].astype(np.int64).tolist()]
    starts = np.column_stack([found[:, 2:5], np.zeros(len(found))])
    parent_odds = np.full(len(sets), -np.inf)
    pool = _Pool([], np.empty(0), np.empty(0))
    beam = config.beam
    while sets:
        result = solve(_arrivals(arrays, sets), media, _quick(config), starts)
        heard_so = _log_heard(arrays, sets, result, config)
        odds = _log_odds(arrays, sets, result.log_evidence, heard_so, config, arrays.rate_hz(()), 0)
        grow = _beam(sets, np.where(odds > parent_odds - _SETBACK, odds, -np.inf), beam, len(arrays.t_s))
        pool = _Pool(pool.members + [sets[g] for g in grow], np.append(pool.log_z, result.log_evidence[grow]),
                     np.append(pool.log_heard, heard_so[grow]))  # fmt: skip
        sets, starts, parent = _next(heard, sets, result, grow, slow, config, 3 if len(sets[0]) < 3 else 1)
        parent_odds, beam = odds[parent], max(2, beam - 1)
    return pool


def _quick(config: ArrayConfig) -> SolveConfig:
    return SolveConfig(bearing_model_deg=config.solve.bearing_model_deg, integrate=NEVER)


def _slowness(celerity: Celerity) -> np.ndarray:
    """Return mean slowness s/m and its spread over all kinds of path, both states of the stratosphere alike."""
    weight = (celerity.open + celerity.closed) / 2
    slow, spread = 1 / celerity.mean_m_s, celerity.sigma_m_s / celerity.mean_m_s**2
    mean = float(np.sum(weight * slow) / np.sum(weight))
    return np.array([mean, np.sqrt(np.sum(weight * (spread**2 + (slow - mean) ** 2)) / np.sum(weight))])


def _beam(sets: list[tuple[int, ...]], odds: np.ndarray, beam: int, members: int) -> np.ndarray:
    """Return the numbers of the sets that are among the `beam` best of one of their detections."""
    used = np.zeros(members, dtype=np.int64)
    keep = []
    for s in np.argsort(-odds, kind="stable").tolist():
        rows = list(sets[s])
        if odds[s] > -np.inf and used[rows].min() < beam:
            used[rows] += 1
            keep.append(s)
    return np.array(keep, dtype=np.int64)


def _next(
    heard: Heard, sets: list[tuple[int, ...]], result: Solutions, grow: np.ndarray, slow: np.ndarray,
    config: ArrayConfig, keep: int,
) -> tuple[list[tuple[int, ...]], np.ndarray, np.ndarray]:  # fmt: skip
    """Return the sets of one more array, each once, where to start them, and the number of the set each grew from."""
    if not len(grow):
        return [], np.empty((0, 4)), np.empty(0, dtype=np.int64)
    members = np.array([sets[g] for g in grow])
    where = (result.lon_deg[grow], result.lat_deg[grow], result.t_s[grow])
    more = extensions(heard, members, *where, result.cov[grow], config.reach_m, slow, config.pair_chi2, keep)
    larger: dict[tuple[int, ...], int] = {}
    for parent, row in more.tolist():
        larger.setdefault(tuple(sorted((*members[parent].tolist(), row))), parent)
    at = np.array(list(larger.values()), dtype=np.int64)
    return list(larger), np.column_stack([*(w[at] for w in where), np.zeros(len(at))]), grow[at]


def _log_heard(arrays: Arrays, sets: list[tuple[int, ...]], result: Solutions, config: ArrayConfig) -> np.ndarray:
    """Return the log chance (sets,) that these arrays hear the source and the others do not, over loudness classes."""
    away = distance_m(result.lon_deg[:, None], result.lat_deg[:, None], arrays.site_lon_deg, arrays.site_lat_deg)
    member = np.zeros(away.shape, dtype=bool)
    for k, s in enumerate(sets):
        member[k, arrays.site[list(s)]] = True
    total = np.zeros(len(sets))
    for half in config.half_range_m:
        share = config.heard_at_most / (1 + np.exp(np.clip((away - half) / config.width_m, -50, 50)))
        share = np.where(away > config.reach_m, 1e-12, np.maximum(share, 1e-6))
        total += np.exp(np.sum(np.log(np.where(member, share, 1 - share)), axis=1)) / len(config.half_range_m)
    return np.asarray(np.log(np.maximum(total, 1e-300)))


def _log_odds(
    arrays: Arrays, sets: list[tuple[int, ...]], log_z: np.ndarray, log_heard: np.ndarray, config: ArrayConfig,
    rate_hz: np.ndarray, others: np.ndarray | int,
) -> np.ndarray:  # fmt: skip
    """Return log odds (sets,) of one event against as many chance detections, `others` being known already."""
    span = float(np.max(distance_m(arrays.site_lon_deg[:1], arrays.site_lat_deg[:1], arrays.site_lon_deg,
                                   arrays.site_lat_deg)))  # fmt: skip
    rate = (others + 1) / (arrays.duration_s + 86_400 / config.events_per_day)
    log_rate = np.log(rate / (np.pi * (span / 2 + max(config.half_range_m)) ** 2))
    chance = np.log(rate_hz / (2 * np.pi))
    against = np.array([np.sum(chance[list(s)]) for s in sets])
    return np.asarray(log_rate + log_z + log_heard - against)


def _decided(arrays: Arrays, pool: _Pool, config: ArrayConfig) -> tuple[list[tuple[int, ...]], np.ndarray]:
    """Return the disjoint sets that explain most, and their log odds; the clutter is what they leave."""
    explained: tuple[int, ...] = ()
    picked, odds = np.empty(0, dtype=np.int64), np.empty(0)
    large = np.array([len(m) >= config.least_arrays for m in pool.members], dtype=bool)
    for _ in range(4):
        others = np.full(len(pool.members), len(picked))
        others[picked] -= 1
        odds = _log_odds(arrays, pool.members, pool.log_z, pool.log_heard, config, arrays.rate_hz(explained), others)
        good = np.flatnonzero((odds > np.log(config.least_p / (1 - config.least_p))) & large)
        picked = good[pack([pool.members[g] for g in good], odds[good], len(arrays.t_s))]
        explained = tuple(r for p in picked for r in pool.members[p])
    picked = picked[np.argsort([pool.members[p][0] for p in picked], kind="stable")]
    return [pool.members[p] for p in picked], odds[picked]
