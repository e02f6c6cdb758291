"""Peacetime baseline: every date-only fire read, checked and learned from, and how well it is calibrated."""

import os
import platform
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from scipy.spatial import cKDTree

from trucewatch.core.columns import integers, numbers
from trucewatch.core.times import DAY_NS
from trucewatch.detect import detect, learn, rate
from trucewatch.physics.geodesy import metres_per_degree

Row = tuple[str, str, str, str, str]
FOLDER = Path(os.environ.get("TRUCEWATCH_DATA", Path(__file__).parents[2] / "shared" / "data")) / "fires_daily"
LAST_PEACE_YEAR, HELD_OUT = 2021, 2021
PEER_RADIUS_KM, PEER_DAYS = 15.0, 15.0  # about as wide as the finest level of our smoothing


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); none where the fires are not here."""
    if not FOLDER.is_dir():
        return [("baseline: fires_daily is not here", "-", "-", "-", "-")]
    read_s, fires = _timed(_read)
    year = _years(fires)
    history, after = fires.filter(pa.array(year <= LAST_PEACE_YEAR)), fires.filter(pa.array(year > LAST_PEACE_YEAR))
    first_s, _ = _timed(lambda: learn(history))
    learn_s, baseline = _timed(lambda: learn(history))
    rate_s, _ = _timed(lambda: rate(baseline, *_middle(after)))
    peer_s, _ = _timed(lambda: _moving_count(history, after))
    score_s, _ = _timed(lambda: detect(after, baseline))
    ours_s = learn_s + rate_s
    return [
        (f"read and check {len(year):,} fires", f"{read_s:.2f} s", "-", "-", "-"),
        ("compile, or load what was compiled", f"{max(first_s - learn_s, 0):.2f} s", "-", "-", "-"),
        (f"learn {history.num_rows:,} fires", f"{learn_s:.2f} s", "-", "-", "-"),
        (f"learn, and rates of {after.num_rows:,} places", f"{ours_s:.2f} s", "scipy cKDTree, moving count",
         f"{peer_s:.2f} s", f"{peer_s / ours_s:.1f}"),
        (f"score {after.num_rows:,} fires with reasons", f"{score_s:.2f} s", "-", "-", "-"),
        *_calibration(fires, year),
    ]  # fmt: skip


def _read() -> pa.Table:
    from trucewatch.sense import read_path

    return pa.concat_tables([r.table for r in read_path(FOLDER) if r.kind == "observations" and r.table.num_rows])


def _years(fires: pa.Table) -> np.ndarray:
    day = (integers(fires, "t_start_ns") // DAY_NS).astype("datetime64[D]")
    return np.asarray(day.astype("datetime64[Y]").astype(np.int64) + 1970)


def _middle(fires: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return numbers(fires, "lon_deg"), numbers(fires, "lat_deg"), integers(fires, "t_start_ns") + DAY_NS // 2


def _moving_count(history: pa.Table, places: pa.Table) -> Any:
    """Return how many historic fires lie around each place and day of year: the plain way to the same rate."""
    return cKDTree(_space_season(history)).query_ball_point(_space_season(places), 1.0, return_length=True)


def _space_season(fires: pa.Table) -> np.ndarray:
    lon, lat, t_ns = _middle(fires)
    per_lon, per_lat = metres_per_degree(np.array(48.5))
    day = (t_ns // DAY_NS).astype("datetime64[D]")
    of_year = (day - day.astype("datetime64[Y]")).astype("timedelta64[D]").astype(np.float64)
    km = 1000 * PEER_RADIUS_KM
    return np.column_stack([lon * float(per_lon) / km, lat * float(per_lat) / km, of_year / PEER_DAYS])


def _calibration(fires: pa.Table, year: np.ndarray) -> Sequence[Row]:
    """Return what a baseline says of the peacetime year that it never saw, and of the year after peace."""
    rows: list[Row] = []
    for scored in (HELD_OUT, LAST_PEACE_YEAR + 1):
        baseline = learn(fires.filter(pa.array((year <= LAST_PEACE_YEAR) & (year != scored))))
        p = numbers(detect(fires.filter(pa.array(year == scored)), baseline)[0], "p_anomaly")
        for name, figure in (("mean p", np.nanmean(p)), ("share above 0.5", (p > 0.5).mean()),
                             ("share above 0.9", (p > 0.9).mean())):  # fmt: skip
            rows.append((f"{scored}, not learned from: {name}", f"{figure:.4f}", "-", "-", "-"))
    return rows


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


if __name__ == "__main__":
    print(f"{platform.processor() or platform.machine()}, Python {platform.python_version()}")
    for row in [("workload", "figure", "peer", "peer's figure", "ratio"), *measure()]:
        print("{:48} {:>9}  {:30} {:>13} {:>6}".format(*row))
