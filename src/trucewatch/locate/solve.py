"""One solver for every wave: where and when an event was, from whatever heard it.

Sound at single nodes, infrasound at arrays, P and S at seismic stations differ in their travel times and in whether
they tell a direction; everything else is one code. The unknowns are longitude, latitude, origin time and, where asked,
depth; distances and directions are geodesics, so that ten kilometres and two thousand need no other formula.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.core.errors import ConfigError
from trucewatch.locate.descent import Bounds, modes_of
from trucewatch.locate.geodesic import between
from trucewatch.locate.likelihood import INFRASOUND, PHASES, Media, P, Rows, arrival
from trucewatch.locate.posterior import Points, integrate, points
from trucewatch.physics.celerity import ANY_SEASON, Celerity
from trucewatch.physics.seismic import TravelTimes

__all__ = ["Arrivals", "Solutions", "SolveConfig", "media_of", "solve"]

AUTO, ALWAYS, NEVER = "auto", "always", "never"


@dataclass(frozen=True, slots=True)
class SolveConfig:
    """Settings of `solve`; of four numbers the first is for sound, then infrasound, P, S.

    floor_s, share        error of the travel-time model: constant (s), and as a share of the travel time
    bearing_model_deg     error of a bearing beside the measured one: winds across the path turn it
    reach_m               how far each wave is heard
    wild                  share of arrivals that no model explains; they are told, not followed
    chance_s              width of the window in which a wild arrival may fall
    free_depth            solve for depth; else it is held at the mean of the prior
    depth_prior_m, depth_limits_m   mean and standard deviation, and limits, below the ellipsoid
    integrate             auto: integrate the posterior where infrasound, few arrivals or an azimuthal gap of more than
                          half a circle bend it; always; never
    few                   arrivals up to which `auto` integrates
    samples, rounds       of the integration; samples is a power of two
    """

    floor_s: tuple[float, float, float, float] = (0.0, 0.0, 0.15, 0.25)
    share: tuple[float, float, float, float] = (0.004, 0.0, 0.015, 0.015)
    bearing_model_deg: tuple[float, float, float, float] = (2.0, 3.0, 5.0, 5.0)
    reach_m: tuple[float, float, float, float] = (25e3, 3_000e3, 1_000e3, 1_000e3)
    wild: float = 0.02
    chance_s: float = 3600.0
    free_depth: bool = False
    depth_prior_m: tuple[float, float] = (0.0, 8000.0)
    depth_limits_m: tuple[float, float] = (-3000.0, 60_000.0)
    integrate: str = AUTO
    few: int = 5
    samples: int = 1024
    rounds: int = 3

    def __post_init__(self) -> None:
        """Refuse settings with which nothing can be solved."""
        if self.integrate not in (AUTO, ALWAYS, NEVER):
            raise ConfigError(f"found integrate = {self.integrate!r}; needed auto, always or never; correct it")
        if not 0 < self.wild < 1:
            raise ConfigError(f"found wild = {self.wild}; needed more than 0 and less than 1; correct it")
        if self.samples < 64 or self.samples & (self.samples - 1):
            raise ConfigError(f"found samples = {self.samples}; needed a power of two of at least 64; correct it")


class Arrivals(NamedTuple):
    """Arrivals of many events, those of an event together.

    begin                (events + 1,) int   where each event's arrivals begin
    lon_deg, lat_deg, elevation_m  (n,)      where it was heard; unknown heights (NaN) count as 0
    t_s, sigma_s         (n,)                onset after any common instant, and its standard deviation
    phase                (n,) int            index into `likelihood.PHASES`
    bearing_deg, bearing_sigma_deg  (n,)     direction it came from, from north; NaN where not known
    """

    begin: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    elevation_m: np.ndarray
    t_s: np.ndarray
    sigma_s: np.ndarray
    phase: np.ndarray
    bearing_deg: np.ndarray
    bearing_sigma_deg: np.ndarray


class Solutions(NamedTuple):
    """What was found, for each event (events,) and for each arrival (n,).

    lon_deg, lat_deg, t_s, depth_m  (events,)    means of the posterior
    cov                  (events, 4, 4)          east m, north m, time s, depth m
    log_likelihood       (events,)               at the optimum
    log_evidence         (events,)               log of the integral over m² s (and the depth prior); add log of a rate
    rms_s, gap_deg       (events,)               of arrivals by weight; largest azimuthal gap of those that count
    integrated           (events,) bool          by samples; else by the curvature at the optimum
    share                (events,)               effective share of the samples; NaN by curvature; low: distrust it
    residual_s, bearing_residual_deg  (n,)       at the optimum; NaN where there is no bearing
    weight               (n,)                    probability that the arrival is not wild
    """

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    t_s: np.ndarray
    depth_m: np.ndarray
    cov: np.ndarray
    log_likelihood: np.ndarray
    log_evidence: np.ndarray
    rms_s: np.ndarray
    gap_deg: np.ndarray
    integrated: np.ndarray
    share: np.ndarray
    residual_s: np.ndarray
    bearing_residual_deg: np.ndarray
    weight: np.ndarray


def media_of(
    config: SolveConfig | None = None,
    air: np.ndarray | tuple[float, float, float] = (337.5, 0.0, 0.0),
    celerity: Celerity = ANY_SEASON,
    duct_m_s: tuple[float, float] = (0.0, 0.0),
    seismic: TravelTimes | None = None,
) -> Media:
    """Return what the waves travel through.

    air       (3,) or (events, 3)  speed of sound, wind east and north near the ground, m/s
    celerity  kinds of path of infrasound; duct_m_s is the wind at 50 km (east, north)
    seismic   tables of P and S; needed where there are such arrivals
    """
    config = config or SolveConfig()
    tables = seismic or TravelTimes(np.empty((2, 0, 0, 0), np.float32), 0.0, 1.0, 0.0, 1.0, 1.0)
    rows = np.atleast_2d(np.asarray(air, dtype=np.float64)).copy()
    return Media(
        rows, celerity, float(duct_m_s[0]), float(duct_m_s[1]), tables.time_s, float(tables.elevation0_m),
        float(tables.elevation_step_m), float(tables.depth0_m), float(tables.depth_step_m),
        float(tables.distance_step_m), np.array(config.floor_s), np.array(config.share),
        np.radians(config.bearing_model_deg), np.array(config.reach_m), config.wild, config.chance_s,
    )  # fmt: skip


def solve(
    arrivals: Arrivals, media: Media, config: SolveConfig | None = None, starts: np.ndarray | None = None
) -> Solutions:
    """Return place, time and covariance of each event.

    starts  (events, 4)  lon, lat (deg), t_s, depth_m to begin from; NaN or None: many starts are tried

    An event of fewer arrivals than it has unknowns is solved too: its covariance says how little is known. An event
    without arrivals has NaN everywhere.
    """
    config = config or SolveConfig()
    _check(arrivals, media)
    events = len(arrivals.begin) - 1
    start = np.full((events, 4), np.nan) if starts is None else np.asarray(starts, dtype=np.float64)
    rows = _rows(arrivals)
    mean, spread = config.depth_prior_m
    bounds = Bounds(config.free_depth, mean, spread, *config.depth_limits_m)
    how = {NEVER: -1, AUTO: config.few, ALWAYS: np.iinfo(np.int64).max}[config.integrate]
    begin = np.asarray(arrivals.begin, dtype=np.int64)
    results = _solve_all(media, rows, begin, bounds, start, how, points(config.samples), config.rounds)
    return Solutions(*results)


def _check(arrivals: Arrivals, media: Media) -> None:
    n = len(arrivals.t_s)
    if len(arrivals.begin) < 1 or arrivals.begin[0] != 0 or arrivals.begin[-1] != n:
        raise ValueError(f"found begin from {arrivals.begin[:1]} to {arrivals.begin[-1:]}; needed from 0 to {n}")
    if n and not (np.min(arrivals.phase) >= 0 and np.max(arrivals.phase) < len(PHASES)):
        raise ValueError(f"found phases {np.unique(arrivals.phase)}; needed indices into {PHASES}")
    if not (np.isfinite(arrivals.t_s).all() and (np.asarray(arrivals.sigma_s) > 0).all()):
        raise ValueError("found a time that is not finite or a sigma_s that is not above 0; leave such arrivals out")
    if n and np.max(arrivals.phase) >= P and not media.table_s.size:
        raise ValueError("found P or S arrivals and no travel times; needed media_of(seismic=tabulate(...))")


def _rows(arrivals: Arrivals) -> Rows:
    def column(values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values, dtype=np.float64)

    sigma = np.radians(column(arrivals.bearing_sigma_deg))
    return Rows(
        column(arrivals.lon_deg), column(arrivals.lat_deg), np.nan_to_num(column(arrivals.elevation_m)),
        column(arrivals.t_s), column(arrivals.sigma_s), np.ascontiguousarray(arrivals.phase, dtype=np.int64),
        np.radians(column(arrivals.bearing_deg)), np.nan_to_num(sigma),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _solve_all(  # type: ignore[no-untyped-def]
    media: Media, rows: Rows, begin: np.ndarray, bounds: Bounds, start: np.ndarray, few: int, fixed: Points, rounds: int
):  # fmt: skip
    events, n = len(begin) - 1, len(rows.t_s)
    place, cov = np.full((events, 4), np.nan), np.full((events, 4, 4), np.nan)
    told = np.full((events, 5), np.nan)  # log likelihood, log evidence, rms, gap, share
    by_samples = np.zeros(events, np.bool_)
    each = np.full((n, 3), np.nan)
    for e in range(events):
        first, last = begin[e], begin[e + 1]
        if first == last:
            continue
        modes = modes_of(media, e, rows, first, last, bounds, start[e])
        best = np.array([modes.lon_deg[0], modes.lat_deg[0], modes.t_s[0], modes.depth_m[0]])
        told[e, 0] = modes.log_p[0]
        told[e, 2], told[e, 3] = _at_optimum(media, e, rows, first, last, best, each)
        one_sided = told[e, 3] > 180.0
        if few > 0 and (last - first <= few or one_sided or _has(rows, first, last, INFRASOUND)):
            by_samples[e] = True
            m = integrate(media, e, rows, first, last, bounds, modes, fixed, rounds)
            place[e, 0], place[e, 1], place[e, 2], place[e, 3] = m.lon_deg, m.lat_deg, m.t_s, m.depth_m
            cov[e], told[e, 1], told[e, 4] = m.cov, m.log_evidence, m.share
        else:
            place[e], cov[e] = best, modes.cov[0]
            told[e, 1] = modes.log_p[0] + _log_volume(modes.cov[0], bounds.free)
    return (
        place[:, 0].copy(), place[:, 1].copy(), place[:, 2].copy(), place[:, 3].copy(), cov, told[:, 0].copy(),
        told[:, 1].copy(), told[:, 2].copy(), told[:, 3].copy(), by_samples, told[:, 4].copy(), each[:, 0].copy(),
        each[:, 1].copy(), each[:, 2].copy(),
    )  # fmt: skip


@njit(cache=True, nogil=True)
def _has(rows: Rows, first: int, last: int, phase: int) -> bool:
    return bool(np.any(rows.phase[first:last] == phase))


@njit(cache=True, nogil=True)
def _log_volume(cov: np.ndarray, free: bool) -> float:
    """Return the log of the integral of a normal peak of height one."""
    dims = 4 if free else 3
    part = np.ascontiguousarray(cov[:dims, :dims])
    scale = np.sqrt(np.diag(part))
    unit = part / scale.reshape(-1, 1) / scale.reshape(1, -1)
    return float(
        0.5 * np.log(max(np.linalg.det(unit), 1e-300)) + np.sum(np.log(scale)) + 0.5 * dims * np.log(2 * np.pi)
    )


@njit(cache=True, nogil=True)
def _at_optimum(
    media: Media, e: int, rows: Rows, first: int, last: int, best: np.ndarray, each: np.ndarray
) -> tuple[float, float]:
    """Write residual s, bearing residual deg and weight of each arrival (n, 3); return RMS s and azimuthal gap deg."""
    out, slopes = np.empty((len(media.celerity.mean_m_s), 7)), np.empty(12)
    squares, total, count = 0.0, 0.0, 0
    azimuths = np.empty(last - first)
    for i in range(first, last):
        _, weight, residual, off = arrival(media, e, rows, i, best[0], best[1], best[2], best[3], 0.0, out, slopes)
        each[i, 0], each[i, 1], each[i, 2] = residual, np.degrees(off), weight
        squares, total = squares + weight * residual * residual, total + weight
        if weight > 0.5:
            forth = between(best[0], best[1], rows.lon_deg[i], rows.lat_deg[i])[1]
            azimuths[count] = np.degrees(forth) % 360.0
            count += 1
    used = np.sort(azimuths[:count])
    gap = 360.0
    if count > 1:
        gap = used[0] + 360.0 - used[count - 1]
        for k in range(1, count):
            gap = max(gap, used[k] - used[k - 1])
    return np.sqrt(squares / max(total, 1e-12)), gap
