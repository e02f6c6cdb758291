"""What the books of the parties and of the mission share: CSV or workbook, times, places, and rows that repeat."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import summarise
from trucewatch.core.position import Position, Unresolved, parse_position
from trucewatch.core.times import SECOND_NS
from trucewatch.core.toponyms import resolve
from trucewatch.sense import tabular, workbook
from trucewatch.sense.checks import TIME_NEEDED, Fault, bad_places, bad_times
from trucewatch.sense.limits import Config
from trucewatch.sense.local_times import LocalInterval, local_interval
from trucewatch.sense.places import reason_parts
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, instants_ns, mapped, numbers, texts

__all__ = ["Doubt", "Hours", "copies", "discs", "doubtful", "hours", "kept", "matches", "missing", "not_in",
           "place_said", "places", "raw_row", "read_rows", "time_faults", "twins"]  # fmt: skip

_MOMENT_NS = 60 * SECOND_NS  # a moment is the minute that was written down


class Doubt(NamedTuple):
    """What is odd about the row at an index of its section."""

    at: int
    found: str
    needed: str
    action: str


class Hours(NamedTuple):
    """Intervals (n,) in ns UTC, `NO_INSTANT` where there is none, why there is none, and what is odd."""

    start_ns: np.ndarray
    end_ns: np.ndarray
    faults: dict[int, tuple[str, str]]
    doubts: list[Doubt]


def matches(head: bytes, sheet: Sheet) -> bool:
    """Return whether a file is a workbook or a CSV file that carries this sheet."""
    return workbook.matches(head, sheet) or tabular.matches(head, sheet)


def read_rows(source: Source, sheet: Sheet) -> tuple[Section | None, list[Issue], bool]:
    """Return all rows of a CSV file or workbook, what was wrong, and whether the file says SYNTHETIC."""
    opened = workbook.read_workbook if workbook.is_workbook(source.data) else tabular.read_whole
    return opened(source, sheet)


def raw_row(data: bytes, sheet: Sheet, row: int) -> bytes:
    """Return the exact bytes of one CSV record, or the cell values of one workbook row as a line of CSV."""
    opened = workbook.raw_row if workbook.is_workbook(data) else tabular.raw_row
    return opened(data, sheet, row)


def kept(s: Section, keep: np.ndarray) -> Section:
    """Return the rows at the indices `keep`."""
    return Section(s.names, s.words.take(keep), s.row[keep], s.twin[keep])


def hours(s: Section, first: str = "time_from", last: str = "time_to") -> Hours:
    """Return the interval of each row: ISO 8601 with an offset, or clock times on `date` in `time_zone`.

    Without a last minute it was one moment: the minute of the first. A day without clock times is the whole day.
    """
    if "date" not in s.names:
        start_ns, end_ns = instants_ns(column(s, first)), instants_ns(column(s, last))
        moment = np.asarray(column(s, last).is_null()) & (start_ns != NO_INSTANT)
        end_ns = np.where(moment, start_ns + _MOMENT_NS, end_ns)
        return Hours(start_ns, end_ns, {}, [])
    words = zip(*(texts(column(s, n)) for n in ("date", first, last, "time_zone")), strict=True)
    known: dict[tuple[str | None, ...], LocalInterval] = {}
    found = [known.get(w) or known.setdefault(w, local_interval(*w)) for w in words]
    return Hours(
        np.array([NO_INSTANT if f.fault else f.t_start_ns for f in found], dtype=np.int64),
        np.array([NO_INSTANT if f.fault else f.t_end_ns for f in found], dtype=np.int64),
        {i: f.fault for i, f in enumerate(found) if f.fault},
        [Doubt(i, *f.doubt) for i, f in enumerate(found) if f.doubt],
    )


def time_faults(s: Section, when: Hours, config: Config, planned: bool = False,
                names: Sequence[str] = ("time_from", "time_to")) -> list[Fault]:  # fmt: skip
    """Return the rows whose hours cannot be used: unreadable, impossible, or ending before they start."""
    shown = {n: column(s, n) for n in (*names, *(n for n in ("date", "time_zone") if n in s.names))}
    zone = "a time_zone" if "date" in s.names else "its offset"
    needed = f"{TIME_NEEDED.format(config.year_min, config.year_max)}, with {zone}"
    return [
        Fault(bad_times(when.start_ns, config, planned), shown, needed),
        Fault((when.end_ns <= when.start_ns) | (when.end_ns == NO_INSTANT), shown, "an end after the start, or none"),
    ]


def missing(s: Section, name: str, needed: str) -> Fault:
    """Return the rows that say nothing in a column."""
    return Fault(np.asarray(column(s, name).is_null()), {name: column(s, name)}, needed)


def not_in(s: Section, name: str, allowed: Sequence[str]) -> Fault:
    """Return the rows that say something else than the allowed words in a column, or nothing."""
    known = pc.is_in(mapped(column(s, name), str.lower), pa.array(allowed, pa.string()))
    return Fault(~np.asarray(known), {name: column(s, name)},
                 f"one of {', '.join(allowed)}")  # fmt: skip


def places(s: Section, words: str = "place") -> tuple[list[Position | None], list[Doubt]]:
    """Return a disc where position and radius are given, else the position as exact as its digits, else the words."""
    lon, lat, radius_m = numbers(column(s, "lon")), numbers(column(s, "lat")), numbers(column(s, "radius_km")) * 1000.0
    there, disc = ~bad_places(lon, lat), radius_m > 0
    degrees = list(zip(texts(column(s, "lat")), texts(column(s, "lon")), strict=True))
    found: list[Position | None] = []
    doubts: list[Doubt] = []
    for i, said in enumerate(texts(column(s, words))):
        if there[i] and disc[i]:
            found.append(Position(said or "", "settlement", float(lon[i]), float(lat[i]), float(radius_m[i])))
            continue
        place = place_said(f"{degrees[i][0]}, {degrees[i][1]}" if there[i] else said or "")
        found.append(place if isinstance(place, Position) else None)
        if isinstance(place, Unresolved):
            doubts.append(Doubt(i, *reason_parts(place.reason)))
    return found, doubts


def discs(found: Sequence[Position | None]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lon, lat deg and radius m (n,) of discs that hold 90 % of each place; NaN where there is none."""
    rows = [(np.nan,) * 3 if p is None else tuple(float(v[0]) for v in summarise(p.places)) for p in found]
    columns = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    return columns[0], columns[1], columns[2]


@lru_cache(maxsize=8192)
def place_said(words: str) -> Position | Unresolved:
    """Return the place that words give: as the observer's form understands them, else as a text that names places."""
    strict = parse_position(words)
    if isinstance(strict, Position) or not words.strip():
        return strict
    return resolve(words)


def doubtful(source: Source, s: Section, doubts: Sequence[Doubt], keys: Sequence[str | None] | None = None,
             kind: IssueKind = IssueKind.DOUBTFUL) -> list[Issue]:  # fmt: skip
    """Return the doubts as Issues; many of one sort are counted beyond the limit of the source's thresholds."""
    sorts: dict[tuple[str, str], list[Doubt]] = {}
    for doubt in doubts:
        sorts.setdefault((doubt.needed, doubt.action), []).append(doubt)
    issues: list[Issue] = []
    for (needed, action), alike in sorts.items():
        at = np.array([d.at for d in alike], dtype=np.int64)
        named = None if keys is None else [keys[i] for i in at]
        issues += source.issues(kind, s.row[at], [d.found for d in alike], needed, action, named)
    return issues


def copies(source: Source, s: Section, action: str = "kept, and counted once") -> list[Issue]:
    """Return one Issue that counts the rows that repeat an earlier one word for word; none where there are none."""
    again = np.flatnonzero(s.twin)
    if not len(again):
        return []
    first, last = s.row[again[0]], s.row[again[-1]]
    rows = f"row {first}, the same as row {s.twin[again[0]]}" if len(again) == 1 else f"rows {first} to {last}"
    count = "1 row that says" if len(again) == 1 else f"{len(again):,} rows that say"
    found = f"{count} again what an earlier one says, word for word ({rows})"
    return [source.issue(IssueKind.DUPLICATE, found, "each record once", action, int(first))]


def twins(s: Section) -> pa.Array:
    """Return the state of each row: `duplicate` where it repeats an earlier one, else `accepted`."""
    return pa.array(np.where(s.twin > 0, "duplicate", "accepted"))
