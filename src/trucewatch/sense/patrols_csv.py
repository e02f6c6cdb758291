"""The duty log of patrols with their tasking: what was planned, what was driven, and what hindered it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.issue import Issue
from trucewatch.core.position import Position, Unresolved
from trucewatch.core.reading import Reading
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import distance_m, metres_per_degree
from trucewatch.sense import tabular
from trucewatch.sense.books import (
    Doubt,
    Hours,
    copies,
    discs,
    doubtful,
    hours,
    kept,
    missing,
    not_in,
    place_said,
    time_faults,
    twins,
)
from trucewatch.sense.checks import Fault, usable
from trucewatch.sense.impediment_rows import disc_columns, kind_of, observed
from trucewatch.sense.places import reason_parts
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import mapped, numbers, texts

__all__ = ["FORMAT", "OUTCOMES", "TASKINGS", "detect", "raw_row", "read"]

FORMAT = "patrols_csv"
SHEET = Sheet(
    frozenset({"patrol", "tasking", "planned_from", "planned_to", "actual_from", "actual_to", "route", "range_km",
               "outcome"}),
)  # fmt: skip
OUTCOMES = ("done", "cut short", "not executed")
TASKINGS = ("routine", "verification", "inspection", "escort", "other")
_STOPS = re.compile(r"\s*(?:;|->|→)\s*")
_MINUTE_NS = 60 * SECOND_NS
_LEAST_RADIUS_M = 500.0  # of the disc around a route of one stop
_ROUND_SEGMENTS = 16  # of a quarter circle: the area is 0.2 % below the circle's


class Route(NamedTuple):
    """The stops (k, 2) lon, lat deg of a route, and why others are not among them."""

    stops: np.ndarray
    doubts: tuple[tuple[str, str, str], ...] = ()


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read coverage along the routes for the hours they were driven, impediments, and these as observations.

    A patrol that did not go covered nothing in the hours for which it was planned.
    """
    s, issues, synthetic = tabular.read_whole(source, SHEET)
    if s is None:
        yield source.empty("coverage", FORMAT, *issues)
        return
    keep, rejected = usable(source, s, _faults(source, s))
    s = kept(s, keep)
    when, routes = _hours(s), [_route(w) for w in texts(column(s, "route"))]
    unread = [Doubt(i, *doubt) for i, route in enumerate(routes) for doubt in route.doubts]
    where, drawn = _coverage_rows(source, s, routes)
    other = [
        *issues,
        *rejected,
        *drawn,
        *doubtful(source, s, unread),
        *copies(source, s, "kept; it changes no coverage"),
    ]
    yield source.reading("coverage", FORMAT, _coverage(source, s, when, routes, where), other, synthetic)
    impediments, state, odd = _impediments(source, s, when, routes)
    yield source.reading("impediments", FORMAT, impediments, odd, synthetic)
    lon, lat, radius_m = (impediments[n].to_numpy() for n in ("lon_deg", "lat_deg", "radius_m"))
    seen = observed(impediments, state, disc_columns(lon, lat, radius_m, source.config.mission))
    yield source.reading("observations", FORMAT, seen, (), synthetic)


def _outcome(word: str) -> str:
    return word.lower().replace("_", " ")


def _executed(s: Section) -> np.ndarray:
    return np.array([_outcome(w or "") != "not executed" for w in texts(column(s, "outcome"))], dtype=bool)


def _hours(s: Section) -> Hours:
    """Return the hours that were driven, or those planned where nothing was."""
    actual, planned = hours(s, "actual_from", "actual_to"), hours(s, "planned_from", "planned_to")
    went = _executed(s)
    start, end = (np.where(went, a, p) for a, p in zip(actual[:2], planned[:2], strict=True))
    return Hours(start, end, {}, [])


def _faults(source: Source, s: Section) -> list[Fault]:
    names = ("planned_from", "planned_to", "actual_from", "actual_to")
    plain = s._replace(words=s.words.set_column(
        s.names.index("outcome"), "outcome", mapped(column(s, "outcome"), _outcome)
    ))  # fmt: skip
    return [
        missing(s, "patrol", "the name of the patrol"),
        not_in(plain, "outcome", OUTCOMES),
        *time_faults(s, _hours(s), source.config, planned=True, names=names),
    ]


def _route(words: str | None) -> Route:
    """Return the stops of a WKT line or of a list of places; a stop that cannot be read is left out."""
    if words is None:
        return Route(np.empty((0, 2)))
    if re.match(r"\s*(LINESTRING|POINT)\b", words, re.IGNORECASE):
        return _from_wkt(words)
    found = [place_said(stop) for stop in _STOPS.split(words) if stop]
    lon, lat, _ = discs([p for p in found if isinstance(p, Position)])
    doubts = tuple(reason_parts(p.reason) for p in found if not isinstance(p, Position))
    return Route(np.column_stack([lon, lat]), doubts)


def _from_wkt(words: str) -> Route:
    try:
        stops = shapely.get_coordinates(shapely.from_wkt(words))
    except shapely.GEOSException:
        stops = np.empty((0, 2))
    possible = len(stops) and np.all(np.abs(stops) <= (180.0, 90.0))
    return (
        Route(stops) if possible else Route(np.empty((0, 2)), (("a line that is none", "WKT in lon lat", "left out"),))
    )


def _coverage_rows(source: Source, s: Section, routes: list[Route]) -> tuple[np.ndarray, list[Issue]]:
    range_km = numbers(column(s, "range_km"))
    nowhere = np.array([len(r.stops) == 0 for r in routes], dtype=bool)
    p_detect, p = numbers(column(s, "p_detect")), column(s, "p_detect")
    shown = {n: column(s, n) for n in ("route", "range_km")}
    return usable(source, s, [
        Fault(nowhere | ~(range_km > 0), shown, "places or a LINESTRING, and a range in km above 0"),
        Fault(~((p_detect >= 0) & (p_detect <= 1)) & np.asarray(p.is_valid()), {"p_detect": p},
              "a probability from 0 to 1"),
    ])  # fmt: skip


def _coverage(source: Source, s: Section, when: Hours, routes: list[Route], at: np.ndarray) -> pa.Table:
    range_m, went = numbers(column(s, "range_km")) * 1000.0, _executed(s)
    reason = zip(texts(column(s, "outcome")), texts(column(s, "reason")), strict=True)
    why = [": ".join(filter(None, (_outcome(o or ""), r))) for o, r in reason]
    values = {
        "source": "patrols", "native_key": column(s, "reference").take(at),
        "t_start_ns": when.start_ns[at], "t_end_ns": when.end_ns[at],
        "asset": column(s, "patrol").take(at), "asset_kind": "patrol", "side": column(s, "side").take(at),
        "working": went[at], "reason": [None if went[i] else why[i] for i in at],
        "p_detect": numbers(column(s, "p_detect"))[at],
        "tasking": mapped(column(s, "tasking"), _tasking).take(at),
        "geometry": [shapely.to_wkb(_beside(routes[i].stops, float(range_m[i]))) for i in at],
    }  # fmt: skip
    return source.table("coverage", s.row[at], values)


def _tasking(word: str) -> str:
    return word.lower() if word.lower() in TASKINGS else "other"


def _beside(stops: np.ndarray, range_m: float) -> BaseGeometry:
    """Return what lies within `range_m` of straight lines between the stops (k, 2) lon, lat deg.

    In a plane at the middle latitude: 1 % off at 60 km north or south of it.
    """
    middle = (stops.min(axis=0) + stops.max(axis=0)) / 2
    scale = np.array([float(v) for v in metres_per_degree(np.array(middle[1]))])
    flat = (stops - middle) * scale
    line = shapely.LineString(flat) if len(flat) > 1 else shapely.Point(flat[0])
    wide = shapely.buffer(line, range_m, quad_segs=_ROUND_SEGMENTS)
    back: BaseGeometry = shapely.transform(wide, lambda xy: xy / scale + middle)
    return back


def _impediments(
    source: Source, s: Section, when: Hours, routes: list[Route]
) -> tuple[pa.Table, pa.Array, list[Issue]]:
    """Return what hindered patrols, with its state and what is odd: the word before the colon of `reason` names it."""
    short = [i for i, w in enumerate(texts(column(s, "outcome"))) if _outcome(w or "") != "done"]
    reasons = texts(column(s, "reason"))
    kinds = {i: kind_of((reasons[i] or "").partition(":")[0]) for i in short}
    at = np.array([i for i in short if kinds[i] is not None], dtype=np.int64)
    start, end = _hindered(s, when)
    found, odd = _stops_at(s, at, routes)
    lon, lat, radius_m = discs(found)
    values = {
        "source": "patrols", "native_key": column(s, "reference").take(at),
        "t_start_ns": start[at], "t_end_ns": end[at], "kind": [kinds[i] for i in at.tolist()], "means": "patrol",
        "agent": column(s, "agent").take(at), "asset": column(s, "patrol").take(at),
        "lon_deg": lon, "lat_deg": lat, "radius_m": radius_m, "demand": column(s, "demand").take(at),
        "text": _text(s).take(at),
    }  # fmt: skip
    odd += [Doubt(i, f"{OUTCOMES[1]} or {OUTCOMES[2]} and no reason", "why", "no impediment") for i in short
            if reasons[i] is None]  # fmt: skip
    return source.table("impediments", s.row[at], values), twins(kept(s, at)), doubtful(source, s, odd)


def _hindered(s: Section, when: Hours) -> tuple[np.ndarray, np.ndarray]:
    """Return the hours that were lost: from the end of a patrol cut short to its planned end, else all planned."""
    planned_end = hours(s, "planned_from", "planned_to").end_ns
    early = _executed(s) & (planned_end > when.end_ns)
    last_minute = np.maximum(when.start_ns, when.end_ns - _MINUTE_NS)
    start = np.where(early, when.end_ns, np.where(_executed(s), last_minute, when.start_ns))
    return start, np.where(early, planned_end, when.end_ns)


def _stops_at(s: Section, at: np.ndarray, routes: list[Route]) -> tuple[list[Position | None], list[Doubt]]:
    """Return where each patrol was hindered: at the place of `stopped_at`, else somewhere along its route."""
    words = texts(column(s, "stopped_at"))
    said = [None if words[i] is None else place_said(words[i] or "") for i in at]
    odd = [Doubt(int(i), *reason_parts(p.reason)) for i, p in zip(at, said, strict=True) if isinstance(p, Unresolved)]
    return [p if isinstance(p, Position) else _around(routes[i].stops) for i, p in zip(at, said, strict=True)], odd


def _around(stops: np.ndarray) -> Position | None:
    """Return the disc around all stops (k, 2) lon, lat deg; None where there are none."""
    if not len(stops):
        return None
    lon, lat = (float(v) for v in (stops.min(axis=0) + stops.max(axis=0)) / 2)
    away_m = float(distance_m(np.array(lon), np.array(lat), stops[:, 0], stops[:, 1]).max())
    return Position("", "settlement", lon, lat, max(away_m, _LEAST_RADIUS_M))


def _text(s: Section) -> pa.Array:
    """Return why, with the tasking that it hindered."""
    tasking = [None if t is None else f"tasking: {t}" for t in texts(column(s, "tasking"))]
    rows = zip(texts(column(s, "reason")), texts(column(s, "remarks")), tasking, strict=True)
    return pa.array(["; ".join(filter(None, row)) or None for row in rows], pa.string())
