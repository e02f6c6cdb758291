"""A table of notified activities as notices that an exception may rest on."""

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Notice
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import KINDS, Places, sample_points
from trucewatch.core.tables import NOTICES
from trucewatch.terms.plane import buffer_m

__all__ = ["read_notices"]


def read_notices(table: pa.Table) -> tuple[tuple[Notice, ...], list[Issue]]:
    """Return the notices of a table of schema NOTICES; one without a place covers nothing and becomes an issue."""
    NOTICES.check(table)
    places, rows = Places.from_table(table), table.to_pylist()
    notices: list[Notice] = []
    issues: list[Issue] = []
    for i, row in enumerate(rows):
        area = _area(places, i)
        if area.is_empty:
            issues.append(_without_place(row["source"], row["row"], row["native_key"], row["file_sha256"]))
        else:
            said_by = f"{row['source']}, record {row['row']}"
            times = row["t_start_ns"], row["t_end_ns"]
            notices.append(Notice(row["party"], row["activity"], *times, area, said_by, row["t_notified_ns"]))
    return tuple(notices), issues


def _area(places: Places, i: int) -> BaseGeometry:
    """A disc for a point with a radius or a settlement; the hull of its points for any other place."""
    kind = KINDS[places.kind[i]] if places.kind[i] >= 0 else None
    one = places.take(np.array([i]))
    lon, lat = sample_points(one)
    if kind is None or np.isnan(lon).any():
        return shapely.Polygon()
    if kind in ("exact", "settlement"):
        return buffer_m(Point(one.lon_deg[0], one.lat_deg[0]), float(one.size1_m[0]))
    return shapely.convex_hull(shapely.multipoints(np.stack([lon[0], lat[0]], axis=1)))


def _without_place(source: str, row: int, native_key: str | None, file_sha256: str) -> Issue:
    needed, action = "a position with its extent", "the notice covers no incident"
    return Issue(
        source, IssueKind.DOUBTFUL, "a notice without a usable place", needed, action, row, native_key, file_sha256
    )
