"""Records of works and mines, CSV or XLSX: not there on one day, there on a later one, and how sure that is."""

import math
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import shapely

from trucewatch.core.position import Position
from trucewatch.core.reading import Reading
from trucewatch.sense import books
from trucewatch.sense.books import Doubt, Hours, copies, doubtful, kept, missing, not_in, places, twins
from trucewatch.sense.checks import TIME_NEEDED, Fault, bad_times, usable
from trucewatch.sense.local_times import local_interval
from trucewatch.sense.observer_columns import MEANS
from trucewatch.sense.places import place_columns
from trucewatch.sense.shape_places import place_of
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, instants_ns, mapped, texts

__all__ = ["FORMAT", "KINDS", "STATUSES", "detect", "raw_row", "read"]

FORMAT = "works"
SHEET = Sheet(frozenset({"kind", "status", "last_seen_without", "first_seen_with", "method"}))
KINDS = {
    "fortification": "fortification", "trench": "fortification", "new position": "fortification",
    "position": "fortification", "works": "new_works",
    "mines": "mines", "minefield": "mines", "hazardous area": "mines",
}  # fmt: skip
# Words of land release (IMAS 07.11) to credibility 1 to 6: an assumption until decisions say more. What was cancelled
# was found never to have been there.
STATUSES = {"confirmed": "2", "suspected": "4", "cleared": "2", "reduced": "2", "cancelled": "5"}
_RELEASED = ("cleared", "reduced")
_UNKNOWN_START = "presence"
_METHODS = {**MEANS, "satellite": "imaged", "survey": "saw", "technical survey": "saw", "patrol": "saw"}


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return books.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one CSV record, or the cell values of one workbook row as a line of CSV."""
    return books.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the records as observations: the change happened between the last look without and the first look with.

    Where nobody looked before, the beginning is unknown: what was seen is a presence on the day of the first look, and
    nothing says that it is new.
    """
    s, issues, synthetic = books.read_rows(source, SHEET)
    if s is None:
        yield source.empty("observations", FORMAT, *issues)
        return
    keep, rejected = usable(source, s, _faults(source, s))
    s = kept(s, keep)
    when, (found, unclear) = _between(s), _places(s)
    status = mapped(column(s, "status"), str.lower)
    values = {
        "source": "works", "native_key": column(s, "reference"), "state": twins(s),
        "project": "mission", "group": [f"works:{source.sha256[:16]}:{n}" for n in np.where(s.twin, s.twin, s.row)],
        "t_start_ns": when.start_ns, "t_end_ns": when.end_ns, **place_columns(found),
        "class": _classes(s, status), "description": status, "means": mapped(column(s, "method"), _method),
        "reliability": "B", "credibility": mapped(status, STATUSES.get), "text": _text(s),
    }  # fmt: skip
    doubts = doubtful(source, s, [*when.doubts, *_odd(s), *unclear])
    table = source.table("observations", s.row, values)
    yield source.reading("observations", FORMAT, table, [*issues, *rejected, *doubts, *copies(source, s)], synthetic)


def _method(word: str) -> str | None:
    return _METHODS.get(word.lower())


def _kind(word: str | None) -> str | None:
    return KINDS.get((word or "").lower().replace("_", " "))


def _classes(s: Section, status: pa.Array) -> list[str | None]:
    """Return the class of each record: clearance for released land, presence where the beginning is unknown."""
    unknown = column(s, "last_seen_without").is_null().to_pylist()
    rows = zip(texts(column(s, "kind")), status.to_pylist(), unknown, strict=True)
    return [
        _released(kind) if word in _RELEASED else _UNKNOWN_START if old else _kind(kind) for kind, word, old in rows
    ]


def _released(kind: str | None) -> str | None:
    """Mines are cleared; no class says that works were taken away."""
    return "mine_clearance" if _kind(kind) == "mines" else None


def _between(s: Section) -> Hours:
    """Return from the last look without to the first look with; only the latter where there was no look before."""
    zone = texts(column(s, "time_zone"))
    before = [_look(w, z) for w, z in zip(texts(column(s, "last_seen_without")), zone, strict=True)]
    after = [_look(w, z) for w, z in zip(texts(column(s, "first_seen_with")), zone, strict=True)]
    needed, action = "the last look without it", "its beginning is unknown: it stands at the first look, and not as new"
    doubts = [Doubt(i, "no last_seen_without", needed, action) for i, look in enumerate(before) if look is None]
    start = [a[0] if b is None and a else b[0] if b else NO_INSTANT for a, b in zip(after, before, strict=True)]
    end = [NO_INSTANT if a is None else a[1] for a in after]
    return Hours(np.array(start, dtype=np.int64), np.array(end, dtype=np.int64), {}, doubts)


def _look(word: str | None, zone: str | None) -> tuple[int, int] | None:
    """Return the interval of a look: a day in its zone, or the minute of an instant; `NO_INSTANT` twice if unclear."""
    if word is None:
        return None
    t_ns = int(instants_ns(pa.array([word]))[0])
    if t_ns != NO_INSTANT:
        return t_ns, t_ns + 1
    day, _, clock = word.replace("T", " ").partition(" ")
    found = local_interval(day, clock or None, None, zone)
    return (NO_INSTANT, NO_INSTANT) if found.fault else (found.t_start_ns, found.t_end_ns)


def _faults(source: Source, s: Section) -> list[Fault]:
    when, config = _between(s), source.config
    shown: dict[str, pa.Array] = {
        n: column(s, n) for n in ("last_seen_without", "first_seen_with", "time_zone") if n in s.names
    }
    needed = f"{TIME_NEEDED.format(config.year_min, config.year_max)}, with its offset or a time_zone"
    return [
        not_in(s, "status", tuple(STATUSES)),
        missing(s, "kind", "what it is"),
        Fault(bad_times(when.start_ns, config) | (when.end_ns == NO_INSTANT), shown, needed),
        Fault(when.end_ns <= when.start_ns, shown, "a first look with it that is not before the last one without"),
    ]


def _odd(s: Section) -> list[Doubt]:
    """Return the records whose class is unknown: kinds that are no word of ours, and works that were taken away."""
    needed, gone = f"one of {', '.join(KINDS)}", "confirmed, suspected or cancelled for works"
    doubts = []
    for i, (kind, status) in enumerate(zip(texts(column(s, "kind")), texts(column(s, "status")), strict=True)):
        if _kind(kind) is None:
            doubts.append(Doubt(i, f"kind {kind!r}", needed, "its class is unknown"))
        elif status is not None and status.lower() in _RELEASED and _released(kind) is None:
            doubts.append(Doubt(i, f"status {status!r} of {kind!r}", gone, "its class is unknown"))
    return doubts


def _places(s: Section) -> tuple[list[Position | None], list[Doubt]]:
    """Return the drawn area where there is one, else a disc, a position, or the place in words."""
    found, doubts = places(s)
    drawn = [_area(word) for word in texts(column(s, "area_wkt"))]
    odd = [i for i, w in enumerate(texts(column(s, "area_wkt"))) if w is not None and drawn[i] is None]
    needed, action = "a POLYGON or MULTIPOLYGON in lon lat", "the place beside it is used, if there is one"
    unclear = [Doubt(i, "an area that is none", needed, action) for i in odd]
    return [a or f for a, f in zip(drawn, found, strict=True)], [*unclear, *(d for d in doubts if drawn[d.at] is None)]


def _area(word: str | None) -> Position | None:
    try:
        shape = shapely.make_valid(shapely.from_wkt(word)) if word else None
    except (shapely.GEOSException, TypeError):
        return None
    if shape is None or shape.is_empty or not shape.area > 0:
        return None
    west, south, east, north = shape.bounds
    inside = west >= -180 and east <= 180 and south >= -90 and north <= 90
    return place_of(shape, math.nan) if inside else None


def _text(s: Section) -> pa.Array:
    pairs = zip(texts(column(s, "kind")), texts(column(s, "remarks")), strict=True)
    return pa.array(["; ".join(filter(None, pair)) or None for pair in pairs], pa.string())
