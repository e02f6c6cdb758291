"""Date-only fires: LATITUDE, LONGITUDE, ACQ_DATE and nothing else."""

from collections.abc import Iterator

import numpy as np

from trucewatch.core.reading import Reading
from trucewatch.core.times import day_intervals_ns
from trucewatch.sense import tabular
from trucewatch.sense.checks import DAY_NEEDED, PLACE_NEEDED, Fault, bad_days, bad_places, states, usable
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import days, numbers

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "fires_csv"
SHEET = Sheet(frozenset({"latitude", "longitude", "acq_date"}), barred=frozenset({"acq_time"}), quoted=False)
ZONE = "UTC"  # FIRMS dates are UTC


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the fires as observations of heat: a pixel of average width, a whole day in UTC."""
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("observations", FORMAT, *issues)
        return
    lon, lat = numbers(column(section, "longitude")), numbers(column(section, "latitude"))
    day = days(column(section, "acq_date"))
    keep, rejected = usable(source, section, _faults(source, section, lon, lat, day))
    state, doubles = states(source, section, keep)
    start_ns, end_ns = day_intervals_ns(day[keep], ZONE)
    values = {
        "source": "firms_daily", "state": state, "project": "firms", "group": "firms",
        "t_start_ns": start_ns, "t_end_ns": end_ns, "t_sigma_s": 0.0,
        "place_kind": "pixel", "lon_deg": lon[keep], "lat_deg": lat[keep],
        "size1_m": source.config.daily_fire_width_m, "size2_m": source.config.daily_fire_width_m,
        "class": "thermal", "means": "imaged", "count": 1.0, "count_unit": "pixel",
    }  # fmt: skip
    table = source.table("observations", section.row[keep], values)
    yield source.reading("observations", FORMAT, table, [*issues, *rejected, *doubles], synthetic)


def _faults(source: Source, s: Section, lon: np.ndarray, lat: np.ndarray, day: np.ndarray) -> list[Fault]:
    place = {"latitude": column(s, "latitude"), "longitude": column(s, "longitude")}
    needed = DAY_NEEDED.format(source.config.year_min, source.config.year_max)
    return [
        Fault(bad_places(lon, lat), place, PLACE_NEEDED),
        Fault(bad_days(day, source.config), {"acq_date": column(s, "acq_date")}, needed),
    ]
