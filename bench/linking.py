"""Linking reports with heat: lift over time-shifted controls, against a plain radius, on a period kept out of tuning.

The settings of `fuse` were chosen on reports before 15 April 2022 (`python -m bench.linking --tune` repeats the
choice); the figures are of reports after it. A control moves all heat by a week, background included.
"""

import itertools
import sys
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.spatial import cKDTree

from bench.data import FOLDER
from trucewatch.core.classes import is_a
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.tables import EVENTS
from trucewatch.core.times import DAY_NS, parse_instant
from trucewatch.fuse import Config
from trucewatch.fuse.link import Nodes, nodes_of, score_pairs
from trucewatch.physics.geodesy import ecef_m
from trucewatch.sense import read_path

Row = tuple[str, str, str, str, str]
SPLIT_NS = parse_instant("2022-04-15T00:00:00+03:00")
FIRST_NS = parse_instant("2022-02-24T00:00:00+02:00")
SHIFTS = (-7, 7)
KINETIC = ("fire_event", "damage", "casualty")


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); none where the records are not here."""
    if not FOLDER.is_dir():
        return [("linking: the real records are not here", "-", "-", "-", "-")]
    reports, fires = records()
    after = integers(reports, "t_start_ns") >= SPLIT_NS
    start = time.perf_counter()
    ours = {s: scores(reports, moved(fires, s), Config()) for s in (0, *SHIFTS)}
    seconds = (time.perf_counter() - start) / 3
    plain = {s: beside(reports, moved(fires, s)) for s in (0, *SHIFTS)}
    goal = plain[0][after].mean() / 2
    least = np.sort(ours[0][after])[::-1][round(goal * after.sum()) - 1]
    hits = {s: (v[after] >= least) & (v[after] > 0) for s, v in ours.items()}
    peer = {s: v[after] for s, v in plain.items()}
    return [
        (f"CIR × fires, {after.sum():,} reports after 15 April 2022: lift at half the recall", lift_text(hits),
         "plain 1 km, ±1 day", lift_text(peer), f"{lift(hits) / lift(peer):.2f}"),
        ("  linked: truth; −7 d; +7 d", shares(hits), "plain 1 km, ±1 day", shares(peer), "-"),
        ("  score reports against 74,901 fires", f"{seconds:.2f} s", "-", "-", "-"),
        *calibration(ours, after),
    ]  # fmt: skip


def records() -> tuple[pa.Table, pa.Table]:
    """Return kinetic reports from 24 February 2022 on, and all fires of the half year."""
    reports = _observations("incidents_cir")
    kinetic = np.array([any(is_a(c, k) for k in KINETIC) if c else False for c in strings(reports, "class")])
    wanted = kinetic & (integers(reports, "t_start_ns") >= FIRST_NS)
    wanted &= strings(reports, "state") == "accepted"
    return reports.filter(pa.array(wanted)), _observations("fires_daily/ukr_fire_data_2022_h1.csv")


def _observations(name: str) -> pa.Table:
    return pa.concat_tables([r.table for r in read_path(FOLDER / name) if r.kind == "observations"])


def moved(fires: pa.Table, days: int) -> pa.Table:
    """Return the fires with their dates moved."""
    for name in ("t_start_ns", "t_end_ns"):
        at = fires.column_names.index(name)
        fires = fires.set_column(at, fires.schema.field(at), pc.add(fires.column(name), days * DAY_NS))
    return fires


def scores(reports: pa.Table, fires: pa.Table, config: Config) -> np.ndarray:
    """Return for each report (n,) the summed ratio of its fires to chance."""
    nodes = _nodes(reports, fires)
    pairs = score_pairs(nodes, config)
    low, high = np.minimum(pairs.a, pairs.b), np.maximum(pairs.a, pairs.b)
    mixed = (low < reports.num_rows) & (high >= reports.num_rows)
    ratio = np.exp(np.clip(pairs.log_ratio[mixed], -700, 50))
    return np.asarray(np.bincount(low[mixed], ratio, reports.num_rows))


def _nodes(reports: pa.Table, fires: pa.Table) -> Nodes:
    both = pa.concat_tables([reports, fires])
    shared = {c.name: both.column(c.name) for c in EVENTS.columns if c.name in both.column_names}
    number = np.arange(both.num_rows)
    return nodes_of(EVENTS.table({**shared, "event": number, "observation": number}, both.num_rows))


def beside(reports: pa.Table, fires: pa.Table) -> np.ndarray:
    """Return whether each report (n,) has a fire within 1 km and one day: the plain peer."""
    tree = cKDTree(ecef_m(numbers(fires, "lon_deg"), numbers(fires, "lat_deg")))
    near = tree.query_ball_point(ecef_m(numbers(reports, "lon_deg"), numbers(reports, "lat_deg")), 1000.0)
    # a report's day begins at Kyiv's midnight and a fire's at Greenwich's: days are compared by their middle
    of_fire = _day(fires)
    days = zip(near, _day(reports), strict=True)
    return np.array([bool(f) and bool(np.any(np.abs(of_fire[f] - d) <= 1)) for f, d in days])


def _day(table: pa.Table) -> np.ndarray:
    return np.asarray((integers(table, "t_start_ns") + integers(table, "t_end_ns")) // (2 * DAY_NS))


def lift(hits: dict[int, np.ndarray]) -> float:
    """Return links over the mean of the shifted controls."""
    return float(hits[0].mean() / np.mean([hits[s].mean() for s in SHIFTS]))


def lift_text(hits: dict[int, np.ndarray], rounds: int = 2000) -> str:
    """Return the lift with its 95 % interval over resampled reports."""
    rng = np.random.default_rng(7)
    n = len(hits[0])
    draws = [lift({s: h[rows] for s, h in hits.items()}) for rows in (rng.integers(0, n, n) for _ in range(rounds))]
    low, high = np.quantile(draws, [0.025, 0.975])
    return f"{lift(hits):.2f} [{low:.2f}, {high:.2f}]"


def shares(hits: dict[int, np.ndarray]) -> str:
    """Return the shares of reports linked: as they are, and under each control."""
    return "; ".join(f"{hits[s].mean():.1%}" for s in (0, *SHIFTS))


def calibration(ours: dict[int, np.ndarray], after: np.ndarray) -> list[Row]:
    """Return stated probability of accepted links against the excess over the controls that was found."""
    p = {s: v[after] / (1 + v[after]) for s, v in ours.items()}
    accepted = {s: v[v >= 0.5] for s, v in p.items()}
    chance = np.mean([len(accepted[s]) for s in SHIFTS])
    real = 1 - chance / max(len(accepted[0]), 1)
    stated = f"{accepted[0].mean():.2f} stated, {real:.2f} found (n = {len(accepted[0])})"
    return [("  probability of accepted links (p ≥ 0.5)", stated, "-", "-", "-")]


def tune() -> None:
    """Print the best settings on reports before the split; the later ones are not looked at."""
    reports, fires = records()
    reports = reports.filter(pa.array(integers(reports, "t_start_ns") < SPLIT_NS))
    controls = {s: moved(fires, s) for s in (0, *SHIFTS)}
    goal = beside(reports, fires).mean() / 2
    found = []
    grid = itertools.product((200.0, 300.0, 450.0), (500.0, 800.0, 1200.0), (20.0, 30.0), (5.0, 20.0), (0.001, 0.003))
    for extent, near, window, shrink, floor in grid:
        base = Config()
        kin = {**base.kinships, (0, 1): replace(base.kinship(0, 1), extent_m=extent)}
        near_and_far = replace(base, kinships=kin, near_m=near, window_days=window)
        config = replace(near_and_far, shrink_km2_day=shrink, floor_per_km2_day=floor)
        each = {s: scores(reports, f, config) for s, f in controls.items()}
        least = np.sort(each[0])[::-1][round(goal * reports.num_rows) - 1]
        found.append((lift({s: v >= least for s, v in each.items()}), extent, near, window, shrink, floor))
    print("lift before the split; extent m, near m, window d, shrink km² d, floor 1/(km² d)")
    for row in sorted(found, reverse=True)[:10]:
        print(" ".join(f"{v:g}" for v in row))


def main(arguments: Sequence[str]) -> None:
    """Print the measure, or repeat the tuning."""
    if "--tune" in arguments:
        tune()
        return
    for row in measure():
        print(" | ".join(row))


if __name__ == "__main__":
    main(sys.argv[1:])
