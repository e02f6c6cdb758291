"""The thermal rows of an observations table that can be scored, as plain columns."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.classes import CLASSES, ancestors
from trucewatch.core.columns import integers
from trucewatch.core.place import Places, summarise
from trucewatch.core.tables import PLACE
from trucewatch.core.times import DAY_NS
from trucewatch.detect.config import Config
from trucewatch.detect.neighbours import Points

__all__ = ["Thermal", "accepted_rows", "thermal_rows"]

_THERMAL = pa.array(sorted(c for c in CLASSES if "thermal" in ancestors(c)))
_NEEDED = ["source", "t_start_ns", "t_end_ns", *(c.name for c in PLACE)]
_LONGEST_DAYS = 2  # an interval longer than this says nothing about the day


class Thermal(NamedTuple):
    """Thermal observations as columns (n,): row of the table, middle of place and time, day number, source code."""

    row: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    t_ns: np.ndarray
    day: np.ndarray
    source: np.ndarray

    def take(self, rows: np.ndarray) -> "Thermal":
        """Return the rows at these indices or under this mask."""
        return Thermal(*(column[rows] for column in self))

    def points(self) -> Points:
        """Return them as points in space and time."""
        return Points(self.lon_deg, self.lat_deg, self.day, self.source)


def accepted_rows(observations: pa.Table, thermal: bool) -> np.ndarray:
    """Return the rows (n,) that count and are thermal, or are not; duplicates count once elsewhere."""
    is_thermal = pc.fill_null(pc.is_in(observations.column("class"), value_set=_THERMAL), False)
    counts = pc.equal(observations.column("state"), "accepted")
    wanted = pc.and_(counts, is_thermal if thermal else pc.invert(is_thermal))
    return np.flatnonzero(wanted.combine_chunks().to_numpy(zero_copy_only=False))


def thermal_rows(observations: pa.Table, config: Config) -> Thermal:
    """Return the accepted thermal rows whose place and day are known well enough to compare."""
    row = accepted_rows(observations, thermal=True)
    table = observations.select(_NEEDED).take(pa.array(row))
    middle = summarise(Places.from_table(table))
    start, end = integers(table, "t_start_ns"), integers(table, "t_end_ns")
    t_ns = start + (end - start) // 2
    source = pc.dictionary_encode(table.column("source")).combine_chunks().indices.to_numpy()
    rows = Thermal(row, middle.lon_deg, middle.lat_deg, t_ns, t_ns // DAY_NS, source.astype(np.int64))
    close = middle.radius90_m <= config.window_m  # unknown is False
    return rows.take(close & (end - start <= _LONGEST_DAYS * DAY_NS))
