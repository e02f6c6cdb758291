"""Infrasound arrays: a rocket motor whose place is known, and a day of a thousand detections whose events are known.

The peer of the location is the least-squares crossing of the bearings alone, in the same run. The invented day has its
own winds and its own celerities, not those of the solver: each source has a wind aloft of its own, a path is led by the
stratosphere or not, the wind across it turns the bearing, and half of the clutter comes from a few steady directions.
How near the rocket motor can be placed at all is told by sources at its place, drawn from what the solver assumes.
"""

import json
import time
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from scipy.optimize import minimize

from bench.data import FOLDER
from trucewatch.core.columns import numbers
from trucewatch.core.tables import NODES, TRIGGERS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.locate.array_rows import usual_wind_m_s
from trucewatch.locate.arrays import join
from trucewatch.locate.likelihood import INFRASOUND
from trucewatch.locate.solve import Arrivals, SolveConfig, media_of, solve
from trucewatch.physics.celerity import SEASONAL
from trucewatch.physics.geodesy import azimuth_deg, distance_m

Row = tuple[str, str, str, str, str]
TRUTH = (-112.896, 41.131, "2004-06-02T17:23:04Z")  # README of the shared data
EXAMPLES = ("example2.dets.json", "example1.dets.json")
SEEDS = (11, 12, 13)
CHI2_90 = 4.605170185988092
BEARING_DEG, T_SIGMA_S = 2.0, 5.0  # of detections that do not tell their own, as in ArrayConfig
DAY_S = 86_400.0


class Day(NamedTuple):
    """Detections, arrays, for each detection the number of its source (−1: clutter); sources (k, 3) = lon, lat, t."""

    detections: pa.Table
    network: pa.Table
    source: np.ndarray
    sources: np.ndarray


class Score(NamedTuple):
    """Recall and precision of events, share of 90 % ellipses that hold the truth, seconds of one core."""

    recall: float
    precision: float
    held: float
    median_km: float
    seconds: float

    @property
    def f1(self) -> float:
        """Return the harmonic mean of recall and precision."""
        return 2 * self.recall * self.precision / max(self.recall + self.precision, 1e-12)


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); the real one only where the records are here."""
    score(invented(0, 60))  # compiles
    rows = _real() if (FOLDER / "infrasound_uttr").is_dir() else [("UTTR: the real records are not here", *"----")]
    for size in (250, 500, 1000, 2000):
        scores = [score(invented(seed, size)) for seed in (SEEDS if size == 1000 else SEEDS[:1])]
        mean = Score(*np.mean(np.array(scores), axis=0))
        figure = (
            f"{mean.seconds:.1f} s of one core, F1 {mean.f1:.3f} (recall {mean.recall:.3f}, "
            f"precision {mean.precision:.3f}), median {mean.median_km:.0f} km, 90 % ellipses hold {mean.held:.0%}"
        )
        seeds = f"{len(scores)} seed{'s' * (len(scores) > 1)}"
        rows.append((f"{size:,} array detections of a day, {seeds}, mean", figure, "-", "-", "-"))
    return rows


def _real() -> list[Row]:
    rows: list[Row] = []
    for name in EXAMPLES:
        detections, network = read(name)
        events, _ = join(detections, network)
        best = events.slice(int(np.argmin(_away_km(events, *TRUTH[:2]))), 1)
        used = detections.take(best.column("triggers")[0].as_py())
        error, plain = float(_away_km(best, *TRUTH[:2])[0]), bearings_alone_km(used, network)
        late = (best.column("t_ns")[0].as_py() - parse_instant(TRUTH[2])) / SECOND_NS
        groups = [len(t) for t in events.column("triggers").to_pylist()]
        figure = f"{error:.1f} km, {late:+.0f} s, truth at χ² {chi2(best):.1f} (90 %: 4.6); "
        figure += f"events of {', '.join(map(str, groups))} arrays, {detections.num_rows - sum(groups)} left out"
        rows.append((f"UTTR {name}: distance from the truth", figure, "bearings alone", f"{plain:.1f} km",
                     f"{error / plain:.2f}"))  # fmt: skip
    return [*rows, *(_attainable(sigma_deg) for sigma_deg in (3.0, 1.0))]


def _attainable(model_deg: float, count: int = 400) -> Row:
    """Return how near sources at the true place come, were all as the solver assumes.

    model_deg  what the winds add to the error of a bearing; the solver assumes 3°
    """
    _, network = read(EXAMPLES[0])
    config = SolveConfig(bearing_model_deg=(2.0, model_deg, 5.0, 5.0))
    wind = usual_wind_m_s(parse_instant(TRUTH[2]), TRUTH[1])
    arrivals = _assumed(np.random.default_rng(1), network, wind, np.hypot(BEARING_DEG, model_deg), count)
    found = solve(arrivals, media_of(config, celerity=SEASONAL, duct_m_s=wind), config)
    away = distance_m(found.lon_deg, found.lat_deg, np.full(count, TRUTH[0]), np.full(count, TRUTH[1])) / 1e3
    figure = f"median {np.median(away):.1f} km, {np.mean(away <= 15):.0%} within 15 km"
    return f"sources at UTTR drawn from the prior, winds turn bearings by {model_deg:.0f}°", figure, "-", "-", "-"


def _assumed(
    rng: np.random.Generator, network: pa.Table, wind: tuple[float, float], bearing_sigma_deg: float, count: int
) -> Arrivals:
    """Return arrivals of `count` sources at the true place, with winds, kinds of path and bearings from the prior."""
    lon, lat = numbers(network, "lon_deg"), numbers(network, "lat_deg")
    here = (np.full(len(lon), TRUTH[0]), np.full(len(lon), TRUTH[1]))
    away, back = distance_m(*here, lon, lat), azimuth_deg(lon, lat, *here)
    forth, shape = np.radians(azimuth_deg(*here, lon, lat)), (count, len(lon))
    along, across = (
        wind[0] * np.sin(forth) + wind[1] * np.cos(forth),
        wind[0] * np.cos(forth) - wind[1] * np.sin(forth),
    )
    led = rng.normal(along, SEASONAL.sigma_duct_m_s, shape) > SEASONAL.duct_m_s
    shares = np.cumsum(np.where(led[..., None], SEASONAL.open, SEASONAL.closed), axis=-1)
    kind = np.sum(rng.random(shape)[..., None] > shares[..., :-1], axis=-1)
    celerity = SEASONAL.mean_m_s[kind] + SEASONAL.gain[kind] * along
    slow = 1 / celerity + rng.normal(size=shape) * SEASONAL.sigma_m_s[kind] / celerity**2
    t_s = away * slow + rng.normal(0, T_SIGMA_S, shape)
    turn = np.degrees(-SEASONAL.felt[kind] * across / celerity)
    n, bearing = count * len(lon), (back + turn + rng.normal(0, bearing_sigma_deg, shape)) % 360
    return Arrivals(
        np.arange(0, n + 1, len(lon)), np.tile(lon, count), np.tile(lat, count), np.zeros(n), t_s.ravel(),
        np.full(n, T_SIGMA_S), np.full(n, INFRASOUND), bearing.ravel(), np.full(n, BEARING_DEG),
    )  # fmt: skip


def read(name: str) -> tuple[pa.Table, pa.Table]:
    """Return detections and arrays of one file in InfraPy's form; an array is named by its latitude."""
    found = json.loads((FOLDER / "infrasound_uttr" / name).read_text(encoding="utf-8"))
    place = {f"{d['Latitude']:.4f}": (d["Longitude"], d["Latitude"]) for d in found}
    reference = {"source": name, "file_sha256": "0" * 64}
    detections = {
        **reference, "row": np.arange(1, len(found) + 1), "phase": "infrasound",
        "t_ns": [parse_instant(d["Peak F-Stat Time (UTC)"] + "Z") for d in found],
        "node": [f"{d['Latitude']:.4f}" for d in found], "f_statistic": [d["F Statistic"] for d in found],
        "back_azimuth_deg": [d["Back Azimuth"] for d in found],
    }  # fmt: skip
    lon, lat = np.array(list(place.values())).T
    nodes = {**reference, "row": np.arange(1, len(place) + 1), "node": list(place), "lon_deg": lon, "lat_deg": lat}
    return TRIGGERS.table(detections, len(found)), NODES.table(nodes, len(place))


def bearings_alone_km(detections: pa.Table, network: pa.Table) -> float:
    """Return how far from the truth the bearings cross by least squares."""
    places = {n["node"]: (n["lon_deg"], n["lat_deg"]) for n in network.to_pylist()}
    lon, lat = np.array([places[n] for n in detections.column("node").to_pylist()]).T
    bearing = numbers(detections, "back_azimuth_deg")

    def misfit(x: np.ndarray) -> float:
        off = (bearing - azimuth_deg(lon, lat, np.full(len(lon), x[0]), np.full(len(lat), x[1])) + 180) % 360 - 180
        return float(np.sum(off**2))

    found = minimize(misfit, (lon.mean(), lat.mean()), method="Nelder-Mead", options={"xatol": 1e-6, "fatol": 1e-9})
    return _metres(found.x[0], found.x[1], TRUTH[0], TRUTH[1]) / 1e3


def _metres(lon1: float, lat1: float, lon2: float, lat2: float) -> float:
    return float(distance_m(*(np.array([v]) for v in (lon1, lat1, lon2, lat2)))[0])


def _away_km(events: pa.Table, lon: float | np.ndarray, lat: float | np.ndarray) -> np.ndarray:
    return distance_m(numbers(events, "lon_deg"), numbers(events, "lat_deg"), np.asarray(lon), np.asarray(lat)) / 1e3


def chi2(event: pa.Table, lon: float = TRUTH[0], lat: float = TRUTH[1]) -> float:
    """Return the squared Mahalanobis distance of a place from one event; 4.6 is the edge of the 90 % ellipse."""
    row = event.to_pylist()[0]
    here = (np.array([row["lon_deg"]]), np.array([row["lat_deg"]]))
    length, az = (
        float(_away_km(event, lon, lat)[0]) * 1e3,
        np.radians(azimuth_deg(*here, np.array([lon]), np.array([lat]))),
    )
    off = length * np.array([np.sin(az[0]), np.cos(az[0])])
    cov = np.array([[row["cov_ee_m2"], row["cov_en_m2"]], [row["cov_en_m2"], row["cov_nn_m2"]]])
    return float(off @ np.linalg.solve(cov, off))


def invented(seed: int, size: int, arrays: int = 15) -> Day:
    """Return a July day of `size` detections at arrays between 22 and 40° E and 44 and 52° N, 40 % of them clutter."""
    rng = np.random.default_rng(seed)
    site_lon, site_lat = rng.uniform(22, 40, arrays), rng.uniform(44, 52, arrays)
    rows: list[tuple[float, int, float, int]] = []
    sources: list[tuple[float, float, float]] = []
    while len(rows) < 0.6 * size:
        lon, lat, t_s = rng.uniform(24, 39), rng.uniform(45, 51), rng.uniform(0, DAY_S)
        rows += _heard(rng, lon, lat, t_s, site_lon, site_lat, len(sources))
        sources.append((lon, lat, t_s))
    steady = rng.uniform(0, 360, arrays)
    for k in range(size - len(rows)):
        site = int(rng.integers(arrays))
        bearing = steady[site] + rng.normal(0, 4) if k % 2 else rng.uniform(0, 360)
        rows.append((rng.uniform(0, DAY_S + 3600), site, bearing, -1))
    rows = [rows[k] for k in rng.permutation(len(rows))]
    t, site_of, bearing_of, source = (np.array(c) for c in zip(*rows, strict=True))
    reference = {"source": "invented", "file_sha256": "0" * 64}
    detections = TRIGGERS.table({
        **reference, "row": np.arange(1, len(rows) + 1), "phase": "infrasound", "t_sigma_s": 5.0,
        "t_ns": parse_instant("2025-07-10T00:00:00Z") + (t * SECOND_NS).astype(np.int64),
        "node": [f"A{s:02d}" for s in site_of], "back_azimuth_deg": bearing_of % 360, "back_azimuth_sigma_deg": 1.5,
    }, len(rows))  # fmt: skip
    nodes = NODES.table({**reference, "row": np.arange(1, arrays + 1), "node": [f"A{s:02d}" for s in range(arrays)],
                         "lon_deg": site_lon, "lat_deg": site_lat}, arrays)  # fmt: skip
    return Day(detections, nodes, source, np.array(sources))


def _heard(
    rng: np.random.Generator,
    lon: float,
    lat: float,
    t_s: float,
    site_lon: np.ndarray,
    site_lat: np.ndarray,
    number: int,
) -> list[tuple[float, int, float, int]]:
    """Return the arrivals (t, site, bearing, number) of one source in its own winds."""
    here = (np.full(len(site_lon), lon), np.full(len(site_lat), lat))
    away = distance_m(*here, site_lon, site_lat)
    forth, back = np.radians(azimuth_deg(*here, site_lon, site_lat)), azimuth_deg(site_lon, site_lat, *here)
    wind_east, wind_north = rng.normal(-35, 12), rng.normal(0, 10)
    along = wind_east * np.sin(forth) + wind_north * np.cos(forth)
    across = wind_east * np.cos(forth) - wind_north * np.sin(forth)
    half = rng.choice([250e3, 600e3, 1200e3])
    heard = rng.random(len(away)) < 0.8 / (1 + np.exp((away - half) / 120e3))
    led = along > rng.normal(10, 6, len(away))
    partial = rng.random(len(away)) < 0.35
    celerity = np.where(led, rng.normal(297, 9, len(away)),
                        np.where(partial, rng.normal(284, 8, len(away)), rng.normal(258, 16, len(away))))  # fmt: skip
    near = away < rng.normal(170e3, 20e3, len(away))
    celerity = np.where(near, rng.normal(333, 7, len(away)), celerity)
    # the wind across the path turns the bearing towards where it blows, the more the higher and longer the path
    felt = np.where(near, 0.0, np.where(led, 0.3, np.where(partial, 0.2, 0.45)))
    bearing = back - np.degrees(felt * across / 330) + rng.normal(0, 2.0, len(away)) + rng.normal(0, 1.5, len(away))
    times = t_s + away / celerity + rng.normal(0, 5, len(away))
    return [(float(times[k]), int(k), float(bearing[k]), number) for k in np.flatnonzero(heard)]


def score(day: Day) -> Score:
    """Return how well the events of a day are found; those heard by fewer than three arrays count neither way."""
    start = time.process_time()
    events, _ = join(day.detections, day.network)
    seconds = time.process_time() - start
    loud = np.bincount(day.source[day.source >= 0], minlength=len(day.sources)) >= 3
    hit, false, held, away = set(), 0, [], []
    for number, rows in enumerate(events.column("triggers").to_pylist()):
        of = day.source[rows]
        best = np.bincount(of[of >= 0], minlength=len(day.sources))
        truth = int(np.argmax(best))
        if 2 * best[truth] <= len(rows) or truth in hit:
            false += 1
        elif loud[truth]:
            hit.add(truth)
            event = events.slice(number, 1)
            held.append(chi2(event, *day.sources[truth, :2]) <= CHI2_90)
            away.append(float(_away_km(event, *day.sources[truth, :2])[0]))
    found = len(hit)
    return Score(found / max(int(loud.sum()), 1), found / max(found + false, 1), float(np.mean(held)),
                 float(np.median(away)), seconds)  # fmt: skip


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
