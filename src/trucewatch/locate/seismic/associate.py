"""P and S picks of a network become events."""

from typing import NamedTuple

import numpy as np

from trucewatch.core.issue import Issue
from trucewatch.locate.seismic.checks import checked, odd_delays
from trucewatch.locate.seismic.config import SeismicConfig
from trucewatch.locate.seismic.decide import Found, decide, distinct, joined, no_events, settle, whole
from trucewatch.locate.seismic.fit import Scene, scene, settings
from trucewatch.locate.seismic.grid import Grid, Stations, grid, stations
from trucewatch.locate.seismic.learn import delays, hearing, residuals
from trucewatch.locate.seismic.picks import Picks, clutter_rates, shifted, sorted_picks
from trucewatch.locate.seismic.seeds import Seeds, seeds
from trucewatch.physics.seismic import TravelTimes

__all__ = ["SeismicOrigins", "StationTable", "associate_seismic"]


class StationTable(NamedTuple):
    """lon_deg, lat_deg (WGS84), elevation_m above the ellipsoid (NaN counts as 0): (stations,) each; names for Issues,
    where there are any."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    elevation_m: np.ndarray
    names: tuple[str, ...] = ()


class SeismicOrigins(NamedTuple):
    """Events in order of time.

    t_ns           (events,)       origin time, int64 ns UTC
    lon_deg, lat_deg, depth_m   (events,)  WGS84, below the ellipsoid
    covariance     (events, 4, 4)  of east, north, depth (m) and origin time (s)
    evidence       (events,)       log odds that it happened against chance
    p              (events,)       the same as a probability
    residual_s     (events,)       root mean square of its arrivals' residuals, the stations' delays taken off
    picks, both    (events,)       arrivals, and stations with P and S
    """

    t_ns: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    depth_m: np.ndarray
    covariance: np.ndarray
    evidence: np.ndarray
    p: np.ndarray
    residual_s: np.ndarray
    picks: np.ndarray
    both: np.ndarray


def associate_seismic(
    t_ns: np.ndarray,
    station_index: np.ndarray,
    phase: np.ndarray,
    t_sigma_s: np.ndarray,
    network: StationTable,
    model: TravelTimes,
    config: SeismicConfig | None = None,
) -> tuple[SeismicOrigins, tuple[np.ndarray, ...], tuple[Issue, ...]]:
    """Return events, the rows of the picks that each explains with no pick in two, and what is odd about the input.

    t_ns            (picks,)  int64 ns UTC, in any order
    station_index   (picks,)  row of `network`
    phase           (picks,)  "P" or "S"
    t_sigma_s       (picks,)  standard deviation of the pick; NaN where unknown
    """
    config = config or SeismicConfig()
    rows, issues = checked(t_ns, station_index, phase, network.lon_deg, network.lat_deg)
    if len(rows) == 0:
        none, zero = np.zeros(0), np.zeros(0, np.int64)
        return SeismicOrigins(zero, none, none, none, np.zeros((0, 4, 4)), none, none, none, zero, zero), (), issues
    times_ns = np.asarray(t_ns)[rows]
    base_ns = int(times_ns.min())
    used, station = np.unique(np.asarray(station_index)[rows], return_inverse=True)  # who never picks hears nothing
    sigma_s = np.nan_to_num(np.asarray(t_sigma_s, float)[rows])
    key = 2 * station + (np.asarray(phase)[rows] == "S")
    picks = sorted_picks((times_ns - base_ns) / 1e9, key, sigma_s, 2 * len(used))
    where = stations(network.lon_deg[used], network.lat_deg[used], np.nan_to_num(network.elevation_m[used]), model)
    found, view, delay_s = _events(picks, where, grid(where, model, config), model, config)
    found = Found(*(a[np.argsort(found.state[:, 3])] for a in found))
    members = tuple(np.sort(rows[picks.row[c[c >= 0]]]) for c in found.chosen)
    names = [network.names[k] if network.names else str(k) for k in used]
    origins = _origins(found, residuals(view, found), where, base_ns)
    return origins, members, (*issues, *odd_delays(delay_s, names, config))


def _events(
    picks: Picks, where: Stations, cells: Grid, model: TravelTimes, config: SeismicConfig
) -> tuple[Found, Scene, np.ndarray]:
    """Search, decide, learn about the stations, and search again in what is left."""
    rule = settings(config, cells)
    prior = np.tile(config.p_heard, len(where.east_m))
    held, found, delay_s = np.full(len(picks.time_s), -np.inf), no_events(cells), np.zeros(len(prior))
    rates = clutter_rates(picks, held == -np.inf, prior)
    for turn in range(config.passes):
        view = scene(picks, rates, where, cells, model)
        if turn > 0:
            rates = clutter_rates(picks, held == -np.inf, hearing(view, found, prior))
            more_s = delays(view, found, residuals(view, found)) if config.statics else np.zeros(len(prior))
            picks, delay_s = shifted(picks, more_s), delay_s + more_s
            view = scene(picks, rates, where, cells, model)
        starts = seeds(picks, held == -np.inf, rates, cells, config.drop, config.seed_score)
        fresh = decide(view, rule, held, *_distinct(starts, cells))
        both, _ = settle(view, rule, joined(found, fresh), config.rounds)
        found, held = settle(view, rule, whole(both, config.split_s, config.split_m, config.split_evidence), 0)
    return found, view, delay_s


def _distinct(starts: Seeds, cells: Grid) -> tuple[Seeds, np.ndarray]:
    """Return the seeds that are the best of their surroundings, and where they start."""
    where = (cells.east_m[starts.cell], cells.north_m[starts.cell], cells.depth_m[starts.cell], starts.origin_s)
    kept = distinct(starts.origin_s, where[0], where[1], starts.score)
    return Seeds(*(a[kept] for a in starts)), np.column_stack(where)[kept]


def _origins(found: Found, residual_s: np.ndarray, where: Stations, base_ns: int) -> SeismicOrigins:
    lon, lat = where.lonlat(found.state[:, 0], found.state[:, 1])
    have = found.chosen >= 0
    picks = have.sum(axis=(1, 2))
    rms = np.sqrt(np.nansum(residual_s**2, axis=(1, 2)) / np.maximum(picks, 1))
    return SeismicOrigins(base_ns + np.rint(found.state[:, 3] * 1e9).astype(np.int64), lon, lat, found.state[:, 2],
                          found.covariance, found.evidence, 1 / (1 + np.exp(-found.evidence)), rms, picks,
                          have.all(axis=2).sum(axis=1))  # fmt: skip
