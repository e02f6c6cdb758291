"""The mission's duty log: which asset could observe where and when, and what hindered it."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import shapely

from trucewatch.core import columns
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.checks import PLACE_NEEDED, TIME_NEEDED, Fault, bad_places, bad_times, usable
from trucewatch.sense.footprints import sectors
from trucewatch.sense.impediment_rows import disc_columns, kind_of, observed
from trucewatch.sense.mission_limits import MissionConfig
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, instants_ns, mapped, numbers

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "duty_log"
SHEET = Sheet(frozenset({"asset", "kind", "time_from", "time_to", "lon", "lat", "range_km", "status"}))
KINDS = ("patrol", "camera", "uav", "acoustic", "post")
_IMPEDIMENTS = ("denied", "delayed", "conditional", "jammed", "fired_at", "lost")
STATUSES = ("working", "not_working", *_IMPEDIMENTS)
_MEANS = {"patrol": "patrol", "camera": "camera", "uav": "uav"}


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read coverage, impediments, and these as observations; a row without a footprint can say what hindered whom."""
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("coverage", FORMAT, *issues)
        return
    keep, rejected = usable(source, section, _faults(source, section))
    s = Section(section.names, section.words.take(keep), section.row[keep], section.twin[keep])
    coverage, unseen = _coverage(source, s)
    yield source.reading("coverage", FORMAT, coverage, [*issues, *rejected, *_doubles(source, s), *unseen], synthetic)
    impediments = _impediments(source, s)
    yield source.reading("impediments", FORMAT, impediments, (), synthetic)
    yield source.reading("observations", FORMAT, _observed(s, impediments, source.config.mission), (), synthetic)


def _faults(source: Source, s: Section) -> list[Fault]:
    start_ns, end_ns = instants_ns(column(s, "time_from")), instants_ns(column(s, "time_to"))
    times = {n: column(s, n) for n in ("time_from", "time_to")}
    needed = TIME_NEEDED.format(source.config.year_min, source.config.year_max) + ", with its offset"
    kind, status = column(s, "kind"), column(s, "status")
    return [
        Fault(_not_in(kind, KINDS), {"kind": kind}, f"one of {', '.join(KINDS)}"),
        Fault(_not_in(status, STATUSES), {"status": status}, f"one of {', '.join(STATUSES)}"),
        Fault(np.asarray(column(s, "asset").is_null()), {"asset": column(s, "asset")}, "the name of the asset"),
        Fault(bad_times(start_ns, source.config), times, needed),
        Fault((end_ns <= start_ns) | (end_ns == NO_INSTANT), times, "an end with its offset, after the start"),
    ]


def _not_in(words: pa.Array, allowed: tuple[str, ...]) -> np.ndarray:
    return np.array([w is None or w.lower() not in allowed for w in words.to_pylist()], dtype=bool)


def _doubles(source: Source, s: Section) -> list[Issue]:
    at = np.flatnonzero(s.twin)
    found = [f"the same as row {s.twin[i]}" for i in at]
    return source.issues(IssueKind.DUPLICATE, s.row[at], found, "each record once", "kept; it changes no coverage")


def _coverage(source: Source, s: Section) -> tuple[pa.Table, list[Issue]]:
    lon, lat, range_m = numbers(column(s, "lon")), numbers(column(s, "lat")), numbers(column(s, "range_km")) * 1000.0
    shown = {n: column(s, n) for n in ("lon", "lat", "range_km")}
    p_detect = numbers(column(s, "p_detect"))
    no_p = ~((p_detect >= 0) & (p_detect <= 1)) & np.asarray(column(s, "p_detect").is_valid())
    keep, issues = usable(source, s, [
        Fault(bad_places(lon, lat) | ~(range_m > 0), shown, f"{PLACE_NEEDED}, and a range in km above 0"),
        Fault(no_p, {"p_detect": column(s, "p_detect")}, "a probability from 0 to 1"),
    ])  # fmt: skip
    width = np.nan_to_num(numbers(column(s, "width_deg")), nan=360.0)
    bearing = np.nan_to_num(numbers(column(s, "bearing_deg")), nan=0.0)
    shape = sectors(lon[keep], lat[keep], range_m[keep], bearing[keep], width[keep])
    status = mapped(column(s, "status").take(keep), str.lower).to_pylist()
    values = {
        "source": "duty_log", **_times(s, keep),
        "asset": column(s, "asset").take(keep), "asset_kind": mapped(column(s, "kind"), str.lower).take(keep),
        "side": column(s, "side").take(keep), "working": [w == "working" for w in status],
        "reason": [_reason(w, r) for w, r in zip(status, column(s, "reason").take(keep).to_pylist(), strict=True)],
        "p_detect": p_detect[keep], "geometry": list(shapely.to_wkb(shape)),
    }  # fmt: skip
    return source.table("coverage", s.row[keep], values), issues


def _times(s: Section, keep: np.ndarray) -> dict[str, np.ndarray]:
    return {
        "t_start_ns": instants_ns(column(s, "time_from").take(keep)),
        "t_end_ns": instants_ns(column(s, "time_to").take(keep)),
    }


def _reason(status: str, reason: str | None) -> str | None:
    if status == "working":
        return None
    return status if reason is None else f"{status}: {reason}"


def _impediments(source: Source, s: Section) -> pa.Table:
    kind = mapped(column(s, "status"), kind_of)
    keep = np.flatnonzero(np.asarray(kind.is_valid()))
    lon, lat = numbers(column(s, "lon"))[keep], numbers(column(s, "lat"))[keep]
    lost = bad_places(lon, lat)
    text = zip(column(s, "reason").take(keep).to_pylist(), column(s, "remarks").take(keep).to_pylist(), strict=True)
    values = {
        "source": "duty_log", **_times(s, keep), "kind": kind.take(keep),
        "means": mapped(column(s, "kind"), lambda w: _MEANS.get(w.lower())).take(keep),
        "agent": column(s, "agent").take(keep), "asset": column(s, "asset").take(keep),
        "lon_deg": np.where(lost, np.nan, lon), "lat_deg": np.where(lost, np.nan, lat),
        "text": pa.array(["; ".join(filter(None, pair)) or None for pair in text], pa.string()),
    }  # fmt: skip
    return source.table("impediments", s.row[keep], values)


def _observed(s: Section, impediments: pa.Table, config: MissionConfig) -> pa.Table:
    """Return the impediments as observations at the asset's own position; a row that comes again is a duplicate."""
    repeats = np.isin(columns.integers(impediments, "row"), s.row[s.twin > 0])
    lon, lat = (columns.numbers(impediments, n) for n in ("lon_deg", "lat_deg"))
    places = disc_columns(lon, lat, np.full(len(lon), np.nan), config)
    return observed(impediments, pa.array(np.where(repeats, "duplicate", "accepted")), places)
