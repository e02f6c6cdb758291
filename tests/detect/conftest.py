"""Invented fires: a region of 300 × 300 km with a steel works, a wheat country and scattered fires."""

from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from trucewatch.core.tables import OBSERVATIONS
from trucewatch.core.times import DAY_NS
from trucewatch.detect import Baseline, learn

STEEL = (35.0, 48.0)
WHEAT = (36.5, 48.8)
YEARS = (2012, 2013, 2016, 2018, 2019)

Fires = Callable[..., pa.Table]


def day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _fires(lon_deg: object, lat_deg: object, day: object, **columns: object) -> pa.Table:
    lon, lat, number = np.broadcast_arrays(*np.atleast_1d(lon_deg, lat_deg, day))
    start = number.astype(np.int64) * DAY_NS
    values = {
        "source": "satellite", "file_sha256": "0" * 64, "row": np.arange(1, len(lon) + 1), "state": "accepted",
        "project": "satellite", "group": "satellite", "t_start_ns": start, "t_end_ns": start + DAY_NS,
        "place_kind": "pixel", "lon_deg": lon, "lat_deg": lat, "size1_m": 500.0, "size2_m": 500.0,
        "bearing_deg": 0.0, "class": "thermal",
    }  # fmt: skip
    return OBSERVATIONS.table(values | columns, len(lon))


@pytest.fixture(scope="session")
def fires() -> Fires:
    """Build thermal observations from lon, lat and day number; any column can be given by name."""
    return _fires


@pytest.fixture(scope="session")
def on() -> Callable[[int, int, int], int]:
    """Turn year, month, day into a day number."""
    return lambda year, month, day: day_number(date(year, month, day))


@pytest.fixture(scope="session")
def history() -> pa.Table:
    """Five years, not all in a row: a steel works, fields burnt each August, and 600 fires a year elsewhere."""
    rng = np.random.default_rng(7)
    parts = []
    for year in YEARS:
        first = day_number(date(year, 1, 1))
        steel = first + np.flatnonzero(rng.random(365) < 0.4)
        parts.append(np.stack([np.full(len(steel), STEEL[0]), np.full(len(steel), STEEL[1]), steel]))
        august = day_number(date(year, 8, 1)) + rng.integers(4, 14, 60)
        parts.append(np.stack([WHEAT[0] + rng.normal(0, 0.08, 60), WHEAT[1] + rng.normal(0, 0.06, 60), august]))
        season = first + np.concatenate([rng.integers(60, 300, 560), rng.integers(0, 365, 40)])
        parts.append(np.stack([rng.uniform(34, 38, 600), rng.uniform(47, 49.7, 600), season]))
    lon, lat, day = np.concatenate(parts, axis=1)
    return _fires(lon, lat, day.astype(np.int64))


@pytest.fixture(scope="session")
def baseline(history: pa.Table) -> Baseline:
    return learn(history)
