"""Satellite passes read off the detections themselves: a lower bound of what was imaged."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.tables import COVERAGE
from trucewatch.core.times import SECOND_NS
from trucewatch.coverage.config import Config
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["passes_from_detections"]

_THERMAL = ("thermal", "fire", "industrial_heat")


def passes_from_detections(observations: pa.Table, config: Config | None = None) -> pa.Table:
    """Return one row of the schema COVERAGE for each satellite pass that left detections.

    A pass without a single detection leaves no trace, so that this is a lower bound of what was imaged. The footprint
    is the convex hull of the pass's detections with a margin; the probability is that of an event in general to show
    in the pass (see Config). Detections with a date and no time make one look that lasts the whole day.
    """
    config = config or Config()
    wanted = pc.is_in(observations.column("class"), pa.array(_THERMAL))
    table = observations.filter(pc.and_(wanted, pc.is_valid(observations.column("place_kind"))))
    if table.num_rows == 0:
        return COVERAGE.empty()
    start, end = integers(table, "t_start_ns"), integers(table, "t_end_ns")
    satellite = _satellites(table)
    daily = end - start >= int(config.date_only_s * SECOND_NS)
    order, head = _clusters(satellite, daily, start, config)
    shapes = _hulls(numbers(table, "lon_deg")[order], numbers(table, "lat_deg")[order], head, config.pass_margin_m)
    first = order[head]
    last_end = np.maximum.reduceat(end[order], head)
    back = np.where(daily[first], 0, int(config.look_back_s * SECOND_NS))
    return COVERAGE.table({
        "source": strings(table, "source")[first], "file_sha256": strings(table, "file_sha256")[first],
        "row": integers(table, "row")[first], "t_start_ns": start[first] - back, "t_end_ns": last_end,
        "asset": satellite[first], "asset_kind": "satellite", "working": True,
        "p_detect": np.where(daily[first], config.p_detect_day, config.p_detect_pass),
        "geometry": list(shapely.to_wkb(shapes)),
    })  # fmt: skip


def _satellites(table: pa.Table) -> np.ndarray:
    """Return the satellite (n,) of each row, or its group, or its source, whichever is stated first."""
    names = pc.coalesce(table.column("asset"), table.column("group"), table.column("source"))
    return np.asarray(names.to_pylist(), dtype=object)


def _clusters(
    satellite: np.ndarray, daily: np.ndarray, start: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows sorted by satellite and time, and where in that order each pass begins."""
    _, name = np.unique(satellite.astype(str), return_inverse=True)
    name = name * 2 + daily
    order = np.lexsort((start, name))
    gap = np.diff(start[order]) > np.where(daily[order][1:], 0, int(config.pass_gap_s * SECOND_NS))
    return order, np.flatnonzero(np.r_[True, (np.diff(name[order]) != 0) | gap])


def _hulls(lon: np.ndarray, lat: np.ndarray, head: np.ndarray, margin_m: float) -> np.ndarray:
    """Return the convex hull of each run of points with a margin, in degrees."""
    scale = np.concatenate(metres_per_degree(lat.mean(keepdims=True)))
    run = np.repeat(np.arange(len(head)), np.diff(np.r_[head, len(lon)]))
    points = shapely.points(np.column_stack([lon, lat]) * scale)
    hulls = shapely.convex_hull(shapely.multipoints(points, indices=run))
    grown = shapely.buffer(hulls, margin_m, quad_segs=4)
    return np.asarray(shapely.transform(grown, lambda xy: xy / scale))
