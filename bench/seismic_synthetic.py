"""Synthetic hours of P and S picks with known truth: how often the 90 % ellipses hold it."""

import numpy as np

from trucewatch.locate.seismic import SeismicConfig, StationTable, associate_seismic
from trucewatch.locate.seismic.grid import stations
from trucewatch.physics.seismic import TravelTimes

__all__ = ["ellipses"]

EVENTS, CLUTTER, HEARD, REACH_M = 150, 10, 0.8, 25e3
SIGMA_S = (0.1, 0.15)
NINETY = 4.605  # chi-square of two degrees of freedom


def ellipses(model: TravelTimes, seeds: range) -> tuple[int, int, int]:
    """Return how many events there were, how many were found, and how many lay within their 90 % ellipse.

    25 stations about 10 km apart, 150 events an hour inside them at depths of 3 to 12 km, heard to 25 km by 80 %, and
    10 false picks a station; picks scatter normally as the settings say.
    """
    rng = np.random.default_rng(5)
    lon = 37 + rng.permutation(25) % 5 * 0.135 + rng.uniform(-0.02, 0.02, 25)
    lat = 48 + np.arange(25) // 5 * 0.09 + rng.uniform(-0.02, 0.02, 25)
    table = StationTable(lon, lat, rng.uniform(50, 300, 25))
    found, inside = 0, 0
    for seed in seeds:
        off, covariance = _hour(table, model, seed)
        found += len(off)
        inside += int(np.sum(np.einsum("na,nab,nb->n", off, np.linalg.inv(covariance), off) < NINETY))
    return EVENTS * len(seeds), found, inside


def _hour(table: StationTable, model: TravelTimes, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how far each event was found from its truth (n, 2) m, and its covariance (n, 2, 2) m²."""
    rng, where = np.random.default_rng(seed), stations(*table[:3], model)
    truth = np.column_stack([rng.uniform(-15e3, 15e3, (EVENTS, 2)), rng.uniform(3e3, 12e3, EVENTS)])
    origin_s = np.sort(rng.uniform(60, 3540, EVENTS))
    distance = np.hypot(truth[:, [0]] - where.east_m, truth[:, [1]] - where.north_m)
    columns = [(rng.uniform(0, 3600, 25 * CLUTTER), np.repeat(np.arange(25), CLUTTER),
                rng.choice(["P", "S"], 25 * CLUTTER), np.full(25 * CLUTTER, -1))]  # fmt: skip
    for phase, sigma in zip(("P", "S"), SIGMA_S, strict=True):
        event, station = np.nonzero((distance < REACH_M) & (rng.random(distance.shape) < HEARD))
        travel = model.at(phase, distance[event, station], truth[event, 2], table.elevation_m[station])  # type: ignore[arg-type]
        time_s = origin_s[event] + travel + rng.normal(0, sigma, len(event))
        columns.append((time_s, station, np.full(len(event), phase), event))
    time_s, station, name, event = (np.concatenate(c) for c in zip(*columns, strict=True))
    config = SeismicConfig(p_sigma_s=SIGMA_S[0], s_sigma_s=SIGMA_S[1], sigma_share=0.0, depth_prior_m=(7.5e3, 2.6e3))
    unknown = np.full(len(time_s), np.nan)
    t_ns = np.rint(time_s * 1e9).astype(np.int64)
    origins, members, _ = associate_seismic(t_ns, station, name, unknown, table, model, config)
    owner = np.array([np.bincount(event[m] + 1).argmax() - 1 for m in members])
    place = stations(origins.lon_deg, origins.lat_deg, np.zeros(len(owner)), model)
    lon0, lat0 = np.array([where.lon0_deg, place.lon0_deg]), np.array([where.lat0_deg, place.lat0_deg])
    shift = stations(lon0, lat0, np.zeros(2), model)
    east, north = place.east_m + np.diff(shift.east_m), place.north_m + np.diff(shift.north_m)
    return np.column_stack([east, north]) - truth[owner, :2], origins.covariance[:, :2, :2]
