"""Satellite passes: what each could see, and when."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.checks import Fault, bad_times, usable
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, instants_ns, numbers, texts

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "pass_list"
SHEET = Sheet(frozenset({"satellite", "instrument", "time_start", "time_end", "p_detect", "footprint_wkt"}))


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read passes as coverage by a satellite, which stands on no side."""
    s, issues, synthetic = tabular.read_whole(source, SHEET)
    if s is None:
        yield source.empty("coverage", FORMAT, *issues)
        return
    start_ns, end_ns = instants_ns(column(s, "time_start")), instants_ns(column(s, "time_end"))
    shapes = [_footprint(word) for word in texts(column(s, "footprint_wkt"))]
    p_detect = numbers(column(s, "p_detect"))
    keep, rejected = usable(source, s, _faults(source, s, start_ns, end_ns, shapes, p_detect))
    satellite, instrument = texts(column(s, "satellite").take(keep)), texts(column(s, "instrument").take(keep))
    values = {
        "source": "pass_list", "t_start_ns": start_ns[keep], "t_end_ns": end_ns[keep],
        "asset": [" ".join(filter(None, pair)) for pair in zip(satellite, instrument, strict=True)],
        "asset_kind": "satellite", "working": True, "p_detect": p_detect[keep],
        "geometry": [shapely.to_wkb(shapes[i]) for i in keep],
    }  # fmt: skip
    table = source.table("coverage", s.row[keep], values)
    yield source.reading("coverage", FORMAT, table, [*issues, *rejected], synthetic)


def _footprint(word: str | None) -> BaseGeometry | None:
    """Return a valid polygon on the Earth; None where the words give none."""
    try:
        shape = shapely.make_valid(shapely.from_wkt(word)) if word else None
    except (shapely.GEOSException, TypeError):
        return None
    if shape is None or shape.is_empty or shape.geom_type not in ("Polygon", "MultiPolygon"):
        return None
    west, south, east, north = shape.bounds
    return shape if west >= -180 and east <= 180 and south >= -90 and north <= 90 else None


def _faults(
    source: Source, s: Section, start_ns: np.ndarray, end_ns: np.ndarray, shapes: list[BaseGeometry | None],
    p_detect: np.ndarray,
) -> list[Fault]:  # fmt: skip
    times: dict[str, pa.Array] = {n: column(s, n) for n in ("time_start", "time_end")}
    needed = f"a time of the years {source.config.year_min} to {source.config.year_max}, with its offset"
    none = np.array([shape is None for shape in shapes], dtype=bool)
    return [
        Fault(np.asarray(column(s, "satellite").is_null()), {"satellite": column(s, "satellite")}, "its name"),
        Fault(bad_times(start_ns, source.config, planned=True), times, needed),
        Fault((end_ns <= start_ns) | (end_ns == NO_INSTANT), times, "an end with its offset, after the start"),
        Fault(none, {"footprint_wkt": column(s, "footprint_wkt")}, "a POLYGON or MULTIPOLYGON in lon lat"),
        Fault(~((p_detect >= 0) & (p_detect <= 1)), {"p_detect": column(s, "p_detect")}, "a probability from 0 to 1"),
    ]
