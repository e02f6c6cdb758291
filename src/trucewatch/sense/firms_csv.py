"""Active fires of NASA FIRMS with all columns: VIIRS and MODIS, both dialects, also mixed in one file."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue
from trucewatch.core.reading import Reading
from trucewatch.core.times import DAY_NS, SECOND_NS
from trucewatch.sense import tabular
from trucewatch.sense.checks import (
    DAY_NEEDED,
    PLACE_NEEDED,
    TIME_NEEDED,
    Fault,
    bad_days,
    bad_places,
    bad_times,
    states,
    usable,
)
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, by_word, clock_s, days, mapped, numbers

__all__ = ["FORMAT", "detect", "raw_row", "read", "track_bearing_deg"]

FORMAT = "firms_csv"
SHEET = Sheet(frozenset({"latitude", "longitude", "scan", "track", "acq_date", "acq_time", "confidence"}), quoted=False)

_SATELLITES = {
    "n": "Suomi NPP", "1": "NOAA-20", "n20": "NOAA-20", "2": "NOAA-21", "n21": "NOAA-21", "t": "Terra", "a": "Aqua",
    "terra": "Terra", "aqua": "Aqua", "suomi npp": "Suomi NPP", "noaa-20": "NOAA-20", "noaa-21": "NOAA-21",
}  # fmt: skip
_CONFIDENCE = {"l": "low", "n": "nominal", "h": "high", "low": "low", "nominal": "nominal", "high": "high"}
_MORNING = "Terra"  # crosses southwards by day; the afternoon satellites cross northwards
_INCLINATION_DEG = 98.7  # S-NPP, NOAA-20, NOAA-21; Terra and Aqua fly at 98.2 (NASA mission pages)
_GROUND_SPEED_M_S = 6570.0  # 2π · 6371 km in 101.5 min
_WIDEST_KM = 50.0  # no such pixel; MODIS reaches 4.8 km at the edge of its swath
_SPIN_M_S = 465.1  # the equator's speed, WGS84


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the fires as observations of heat: a pixel, a minute, a power."""
    sections, issues, synthetic = tabular.read_sheet(source, SHEET)
    tables = []
    for section in sections:
        table, found = _observations(source, section)
        tables.append(table)
        issues += found
    if tables:
        yield source.reading("observations", FORMAT, pa.concat_tables(tables).combine_chunks(), issues, synthetic)
    else:
        yield source.empty("observations", FORMAT, *issues)


def _observations(source: Source, s: Section) -> tuple[pa.Table, list[Issue]]:
    lon, lat = numbers(column(s, "longitude")), numbers(column(s, "latitude"))
    day, clock = days(column(s, "acq_date")), by_word(column(s, "acq_time"), clock_s)
    t_ns = _instants_ns(day, clock)
    scan_m, track_m = (_width_m(numbers(column(s, name))) for name in ("scan", "track"))
    keep, issues = usable(source, s, _faults(source, s, (lon, lat), day, t_ns, scan_m + track_m))
    state, doubles = states(source, s, keep)
    satellite = mapped(column(s, "satellite"), lambda w: _SATELLITES.get(w.lower(), w)).take(keep)
    values = {
        "source": "firms", "state": state, "project": "firms", "group": _groups(satellite),
        "t_start_ns": t_ns[keep], "t_end_ns": t_ns[keep] + 60 * SECOND_NS, "t_sigma_s": source.config.firms_clock_s,
        "place_kind": "pixel", "lon_deg": lon[keep], "lat_deg": lat[keep],
        "size1_m": track_m[keep], "size2_m": scan_m[keep],
        "bearing_deg": track_bearing_deg(lat[keep], _northward(column(s, "daynight").take(keep), satellite)),
        "class": "thermal", "means": "imaged", "count": np.ones(len(keep)), "count_unit": "pixel",
        "power_mw": numbers(column(s, "frp"))[keep], "asset": satellite,
        "confidence": mapped(column(s, "confidence"), _confidence).take(keep),
    }  # fmt: skip
    return source.table("observations", s.row[keep], values), issues + doubles


def _width_m(width_km: np.ndarray) -> np.ndarray:
    return np.where((width_km > 0) & (width_km < _WIDEST_KM), width_km * 1000.0, np.nan)


def _instants_ns(day: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """Return ns UTC (n,); `NO_INSTANT`, which no check lets pass, where day or time is unknown."""
    known = ~np.isnat(day) & np.isfinite(clock)
    whole = np.where(known, day, np.datetime64(0, "D")).astype(np.int64) * DAY_NS
    t_ns = whole + np.where(known, clock, 0.0).astype(np.int64) * SECOND_NS
    return np.where(known, t_ns, NO_INSTANT)


def _faults(
    source: Source, s: Section, place: tuple[np.ndarray, np.ndarray], day: np.ndarray, t_ns: np.ndarray,
    widths_m: np.ndarray,
) -> list[Fault]:  # fmt: skip
    years = source.config.year_min, source.config.year_max
    shown = {name: column(s, name) for name in ("latitude", "longitude", "acq_date", "acq_time", "scan", "track")}
    return [
        Fault(bad_places(*place), {n: shown[n] for n in ("latitude", "longitude")}, PLACE_NEEDED),
        Fault(bad_days(day, source.config), {"acq_date": shown["acq_date"]}, DAY_NEEDED.format(*years)),
        Fault(bad_times(t_ns, source.config), {n: shown[n] for n in ("acq_date", "acq_time")},
              TIME_NEEDED.format(*years) + ", the time as HHMM or HH:MM:SS"),
        Fault(np.isnan(widths_m), {n: shown[n] for n in ("scan", "track")}, "pixel widths in km"),
    ]  # fmt: skip


def _confidence(word: str) -> str | None:
    """Return low, nominal or high; MODIS gives per cent with the limits of the FIRMS FAQ: 30 and 80."""
    if word.isdecimal():
        percent = int(word)
        return "low" if percent < 30 else "nominal" if percent < 80 else "high"
    return _CONFIDENCE.get(word.lower())


def _groups(satellite: pa.Array) -> pa.Array:
    """One satellite is one instrument: its pixels and passes are one independence group."""
    return pa.array([f"firms:{w}" if w else "firms" for w in satellite.to_pylist()], pa.string())


def _northward(daynight: pa.Array, satellite: pa.Array) -> np.ndarray:
    """Return +1 where the satellite flies north, −1 where south, NaN where that is unknown."""
    by_day = by_word(daynight, lambda w: {"d": 1.0, "n": -1.0}.get(w.lower(), float("nan")))
    morning = np.array([w == _MORNING for w in satellite.to_pylist()], dtype=bool)
    return np.where(morning, -by_day, by_day)


def track_bearing_deg(lat_deg: np.ndarray, northward: np.ndarray) -> np.ndarray:
    """Return the azimuth (n,) in 0..360° of the ground track, along which `track` is measured; NaN where unknown.

    lat_deg     (n,) deg
    northward   (n,) +1 flying north, −1 flying south

    Source: the azimuth of a circular orbit, sin A = cos i / cos φ, less the Earth's own turning (Wertz 2001, Mission
    Geometry, ch. 9); good to about 1°.
    """
    lat = np.radians(lat_deg)
    sine = np.cos(np.radians(_INCLINATION_DEG)) / np.cos(lat)
    inside = np.abs(sine) < 1.0
    sine = np.where(inside, sine, 0.0)
    east = _GROUND_SPEED_M_S * sine - _SPIN_M_S * np.cos(lat)
    north = _GROUND_SPEED_M_S * np.sqrt(1.0 - sine**2) * northward
    return np.asarray(np.where(inside, np.degrees(np.arctan2(east, north)) % 360.0, np.nan))
