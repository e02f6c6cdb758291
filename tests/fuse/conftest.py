"""Events in plain words for the tests of `fuse`."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from trucewatch.core.tables import EVENTS, OBSERVATIONS
from trucewatch.core.times import HOUR_NS, parse_instant

Rows = Sequence[Mapping[str, Any]]
DEFAULTS: dict[str, Any] = {
    "source": "list", "file_sha256": "f" * 64, "project": "list", "group": "g", "kind": "exact", "size_m": 50.0,
    "hours": 24.0, "cls": "explosion", "p": 0.8, "killed": np.nan, "key": None,
    "count": np.nan, "unit": None,
}  # fmt: skip


@pytest.fixture
def world() -> Callable[[Rows], tuple[pa.Table, pa.Table]]:
    """Turn rows (lon, lat, at, and what differs from DEFAULTS) into an events and an observations table."""

    def build(rows: Rows) -> tuple[pa.Table, pa.Table]:
        full = [{**DEFAULTS, "row": i + 1, **r} for i, r in enumerate(rows)]

        def column(name: str) -> list[Any]:
            return [r[name] for r in full]

        start = np.array([parse_instant(r["at"]) for r in full], dtype=np.int64)
        shared = {
            "source": column("source"), "file_sha256": column("file_sha256"), "row": column("row"),
            "native_key": column("key"), "project": column("project"), "group": column("group"), "t_start_ns": start,
            "t_end_ns": start + (np.array(column("hours")) * HOUR_NS).astype(np.int64),
            "place_kind": column("kind"), "lon_deg": column("lon"), "lat_deg": column("lat"),
            "size1_m": column("size_m"), "size2_m": column("size_m"), "bearing_deg": np.zeros(len(full)),
            "class": column("cls"),
        }  # fmt: skip
        number = np.arange(len(full))
        events = EVENTS.table({**shared, "event": number, "observation": number, "p_real": column("p")})
        observations = OBSERVATIONS.table({**shared, "state": "accepted", "killed_low": column("killed"),
                                           "count": column("count"), "count_unit": column("unit")})  # fmt: skip
        return events, observations

    return build
