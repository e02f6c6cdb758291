"""Places of array elements: the CSV list `id,lon,lat` or `id,east_m,north_m`."""

import csv
import io
import math
from typing import NamedTuple

import numpy as np

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["ElementPlace", "local_metres", "read_elements", "rounding_m"]

_LEAST_SIGMA_M = 1.0  # a place from a good GNSS receiver or tape
_DEGREE_M = 111_320.0  # of latitude, WGS84 mean
_METRES, _DEGREES = ("east_m", "north_m"), ("lon", "lat")
_FIRST_DATA_ROW = 1


class ElementPlace(NamedTuple):
    """Where an element stands: degrees WGS84, or metres in a local plane; the other two are NaN."""

    lon: float = math.nan
    lat: float = math.nan
    east_m: float = math.nan
    north_m: float = math.nan
    sigma_m: float = _LEAST_SIGMA_M


def rounding_m(*numbers: str) -> float:
    """Return the standard deviation (m) that the decimals of written degrees leave, at least that of a receiver."""
    decimals = max((len(n.partition(".")[2].rstrip("0")) for n in numbers), default=0)
    return max(_LEAST_SIGMA_M, _DEGREE_M * 10.0**-decimals / math.sqrt(12))


def read_elements(text: str, name: str) -> tuple[dict[str, ElementPlace], tuple[Issue, ...]]:
    """Return places by NET.STA.LOC.CHA from a CSV with `id` and either `lon,lat` or `east_m,north_m`."""
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""))
    columns = [str(c).strip().lower() for c in rows.fieldnames or ()]
    kind = next((k for k in (_METRES, _DEGREES) if set(k) <= set(columns)), None)
    if "id" not in columns or kind is None:
        raise CommandError(
            f"found the columns {', '.join(columns) or 'of an empty file'} in {name}; needed id and lon, lat or id and "
            "east_m, north_m; name them in the first line"
        )
    rows.fieldnames = columns
    places: dict[str, ElementPlace] = {}
    issues: list[Issue] = []
    for number, row in enumerate(rows, _FIRST_DATA_ROW):
        _take(row, kind, name, number, places, issues)
    return places, tuple(issues)


def _take(
    row: dict[str, str], kind: tuple[str, str], name: str, number: int, places: dict[str, ElementPlace],
    issues: list[Issue],
) -> None:  # fmt: skip
    element = (row.get("id") or "").strip()
    words = [(row.get(k) or "").strip() for k in kind]
    place = _place(kind, words)
    if not element or place is None:
        found = f"{element or 'no id'} at {', '.join(words) or 'no place'}"
        issues.append(Issue(name, IssueKind.REJECTED, found,
                            f"an id with numbers for {kind[0]} and {kind[1]}", "it is left out", number))  # fmt: skip
    elif element in places:
        issues.append(Issue(name, IssueKind.DUPLICATE, f"{element} a second time", "one place for each element",
                            "the first is kept", number))  # fmt: skip
    else:
        places[element] = place


def _place(kind: tuple[str, str], words: list[str]) -> ElementPlace | None:
    try:
        first, second = (float(w) for w in words)
    except ValueError:
        return None
    if not (math.isfinite(first) and math.isfinite(second)):
        return None
    if kind == _METRES:
        return ElementPlace(east_m=first, north_m=second)
    if not (-180 <= first <= 360 and -90 <= second <= 90):
        return None
    return ElementPlace(lon=first, lat=second, sigma_m=rounding_m(*words))


def local_metres(places: list[ElementPlace | None]) -> tuple[np.ndarray, np.ndarray, float | None, float | None]:
    """Return east and north (elements,) m from the middle, and its lon, lat (None where only metres are known).

    Elements with degrees among elements with metres, and those without a place, get NaN.
    """
    known = [p if p is not None else ElementPlace() for p in places]
    east, north, lon, lat = (np.array([getattr(p, n) for p in known]) for n in ("east_m", "north_m", "lon", "lat"))
    if np.isfinite(east).any():
        return east - np.nanmean(east), north - np.nanmean(north), None, None
    if not np.isfinite(lon).any():
        return east, north, None, None
    middle_lon, middle_lat = _middle(lon), float(np.nanmean(lat))
    per_lon, per_lat = (float(v) for v in metres_per_degree(np.array(middle_lat)))
    apart = (lon - middle_lon + 180) % 360 - 180
    return apart * per_lon, (lat - middle_lat) * per_lat, middle_lon, middle_lat


def _middle(lon: np.ndarray) -> float:
    """Return the mean longitude, right across the 180th meridian too."""
    first = lon[np.isfinite(lon)][0]
    mean = first + float(np.nanmean((lon - first + 180) % 360 - 180))
    return float((mean + 180) % 360 - 180)
