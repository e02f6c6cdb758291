"""Positions in words as the place columns of a table, and the reasons of those that could not be read."""

import math
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from trucewatch.core.position import Position

__all__ = ["place_columns", "reason_parts"]

_NUMBERS = ("lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "width_deg")


def place_columns(places: Sequence[Position | None]) -> dict[str, np.ndarray | pa.Array]:
    """Return the place columns (n,) of positions; all unknown where there is none."""
    columns: dict[str, np.ndarray | pa.Array] = {
        name: np.array([math.nan if p is None else getattr(p, name) for p in places], dtype=np.float64)
        for name in _NUMBERS
    }
    columns["place_kind"] = pa.array([None if p is None else p.kind for p in places], pa.string())
    columns["parts"] = pa.array([None if p is None else p.parts for p in places], pa.string())
    return columns


def reason_parts(reason: str) -> tuple[str, str, str]:
    """Return what was found, what was needed and what to do, out of one sentence that says them in this order."""
    found, _, rest = reason.removeprefix("found ").partition("; needed ")
    needed, _, action = rest.rpartition("; ")
    return found, needed or rest or "a position", action or "the place is unknown"
