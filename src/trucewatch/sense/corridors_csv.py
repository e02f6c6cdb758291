"""Humanitarian corridors: local ceasefires with a route, hours and an outcome."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.times import day_intervals_ns
from trucewatch.physics.geodesy import distance_m
from trucewatch.sense import tabular
from trucewatch.sense.checks import DAY_NEEDED, Fault, bad_days, bad_places, usable
from trucewatch.sense.geocodes import Geocode, doubt, plain_name
from trucewatch.sense.hours import Hours, hours_of
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import days, mapped, numbers, texts

__all__ = ["FORMAT", "ZONE", "detect", "raw_row", "read"]

FORMAT = "corridors_csv"
ZONE = "Europe/Kyiv"
SHEET = Sheet(
    frozenset({"HC_ID", "Date", "date", "proposal", "status_result", "text", "From", "To", "from_latitude",
               "from_longitude", "to_latitude", "to_longitude"}),
    fold=False,
)  # fmt: skip
_OUTCOMES = {"successful": "successful", "unsuccessful/disrupted": "unsuccessful", "disputed": "disputed"}


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the corridors: one route on one day, its hours where the report states them with their zone."""
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("corridors", FORMAT, *issues)
        return
    day = days(column(section, "date"))
    needed = DAY_NEEDED.format(source.config.year_min, source.config.year_max)
    faults = [Fault(bad_days(day, source.config), {"date": column(section, "date")}, needed)]
    keep, rejected = usable(source, section, faults)
    s = Section(section.names, section.words.take(keep), section.row[keep], section.twin[keep])
    ends, wrong = _ends(source, s)
    hours, unclear = _hours(source, s, day[keep])
    values = {
        "source": "peacerep_corridors", "native_key": column(s, "HC_ID"), **hours, **ends,
        "proposer": column(s, "proposal"), "outcome": mapped(column(s, "status_result"), _OUTCOMES.get),
        "from_name": mapped(column(s, "From"), plain_name), "to_name": mapped(column(s, "To"), plain_name),
        "text": column(s, "text"), "link": column(s, "Link"),
    }  # fmt: skip
    other = [*issues, *rejected, *_two_dates(source, s, day[keep]), *_doubles(source, s), *wrong, *unclear]
    yield source.reading("corridors", FORMAT, source.table("corridors", s.row, values), other, synthetic)


def _two_dates(source: Source, s: Section, day: np.ndarray) -> list[Issue]:
    """`Date` (dd.mm.yy) and `date` (ISO) say the same twice."""
    other = days(column(s, "Date"))
    at = np.flatnonzero(~np.isnat(other) & (other != day))
    found = [f"Date {other[i]} beside date {day[i]}" for i in at]
    return source.issues(IssueKind.DOUBTFUL, s.row[at], found, "one date", "the ISO column is used; check it")


def _doubles(source: Source, s: Section) -> list[Issue]:
    at = np.flatnonzero(s.twin)
    found = [f"the same as row {s.twin[i]}" for i in at]
    return source.issues(IssueKind.DUPLICATE, s.row[at], found, "each record once", "kept; it states the same corridor")


def _ends(source: Source, s: Section) -> tuple[dict[str, np.ndarray], list[Issue]]:
    """Return both ends; a geocode that cannot be trusted becomes unknown, with an Issue, and is never mended."""
    issues: list[Issue] = []
    ends: dict[str, np.ndarray] = {}
    for end, label in (("from", "From"), ("to", "To")):
        lon, lat = numbers(column(s, f"{end}_longitude")), numbers(column(s, f"{end}_latitude"))
        words, name = texts(column(s, label)), texts(column(s, f"{end}_name"))
        why = [
            "no position" if impossible else doubt(Geocode(w or "", n, x, y), source.config)
            for w, n, x, y, impossible in zip(words, name, lon, lat, bad_places(lon, lat), strict=True)
        ]
        issues += _geocode_issues(source, s, f"{label}: ", why)
        wrong = np.array([w is not None for w in why], dtype=bool)
        ends[f"{end}_lon_deg"] = np.where(wrong, np.nan, lon)
        ends[f"{end}_lat_deg"] = np.where(wrong, np.nan, lat)
    length_m = distance_m(ends["from_lon_deg"], ends["from_lat_deg"], ends["to_lon_deg"], ends["to_lat_deg"])
    long = length_m > source.config.corridor_max_m
    why = [f"a corridor of {m / 1000:.0f} km" if far else None for m, far in zip(length_m, long, strict=True)]
    issues += _geocode_issues(source, s, "", why)
    return {name: np.where(long, np.nan, degrees) for name, degrees in ends.items()}, issues


def _geocode_issues(source: Source, s: Section, label: str, why: list[str | None]) -> list[Issue]:
    at = np.array([i for i, w in enumerate(why) if w is not None], dtype=np.int64)
    found = [f"{label}{why[i]}" for i in at]
    keys = [texts(column(s, "HC_ID"))[i] for i in at]
    action = "its coordinates are left unknown; check the source"
    return source.issues(IssueKind.DOUBTFUL, s.row[at], found, "a geocode of the place that is named", action, keys)


def _hours(source: Source, s: Section, day: np.ndarray) -> tuple[dict[str, np.ndarray | pa.Array], list[Issue]]:
    """Return the interval of each corridor: the stated hours, else the whole day in Kyiv."""
    start_ns, end_ns = day_intervals_ns(day, ZONE)
    stated = np.zeros(len(day), dtype=bool)
    issues: list[Issue] = []
    for i, (text, name) in enumerate(zip(texts(column(s, "text")), texts(column(s, "From")), strict=True)):
        found = _of_row(text, day[i].item(), name)
        if len(found) > 1:
            issues.append(_unclear(source, s, i, f"{len(found)} different hours", "the whole day is taken"))
        elif found:
            start_ns[i], end_ns[i], stated[i] = found[0].t_start_ns, found[0].t_end_ns, True
            if not found[0].zone_stated:
                issues.append(_unclear(source, s, i, "hours without a zone", f"read in {found[0].zone}, the dateline"))
    return {"t_start_ns": start_ns, "t_end_ns": end_ns, "hours_stated": stated}, issues


def _of_row(text: str | None, day: date, name: str | None) -> list[Hours]:
    return [] if text is None or name is None else hours_of(text, day, plain_name(name))


def _unclear(source: Source, s: Section, i: int, found: str, action: str) -> Issue:
    return source.issue(IssueKind.DOUBTFUL, found, "hours with their zone", action, int(s.row[i]))
