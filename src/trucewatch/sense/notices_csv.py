"""Notified activities: exercises, demining, repairs and controlled detonations that a party announced."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.books import Doubt, doubtful, places
from trucewatch.sense.checks import Fault, bad_times, usable
from trucewatch.sense.places import place_columns
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, instants_ns, mapped, texts

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "notices_csv"
SHEET = Sheet(frozenset({"party", "activity", "time_from", "time_to", "place", "lon", "lat", "radius_km"}))
ACTIVITIES = ("exercise", "demining", "repair", "controlled_detonation", "flight", "other")


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the notices: who, what, when, and a disc where, or the place in words."""
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("notices", FORMAT, *issues)
        return
    keep, rejected = usable(source, section, _faults(source, section))
    s = Section(section.names, section.words.take(keep), section.row[keep], section.twin[keep])
    where, nowhere = _places(source, s)
    text = zip(texts(column(s, "place")), texts(column(s, "remarks")), strict=True)
    values = {
        "source": "notices", "native_key": column(s, "reference"),
        "t_start_ns": instants_ns(column(s, "time_from")), "t_end_ns": instants_ns(column(s, "time_to")),
        "t_notified_ns": _notified(s), "party": column(s, "party"),
        "activity": mapped(column(s, "activity"), _activity), **where,
        "text": pa.array(["; ".join(filter(None, pair)) or None for pair in text], pa.string()),
    }  # fmt: skip
    other = [*issues, *rejected, *_other(source, s), *_undated(source, s), *nowhere]
    yield source.reading("notices", FORMAT, source.table("notices", s.row, values), other, synthetic)


def _activity(word: str) -> str:
    plain = word.lower().replace(" ", "_")
    return plain if plain in ACTIVITIES else "other"


def _notified(s: Section) -> list[int | None]:
    """Return when each notice was given; None where the file does not say, or not in a way that can be read."""
    return [None if t == NO_INSTANT else t for t in instants_ns(column(s, "notified_at")).tolist()]


def _undated(source: Source, s: Section) -> list[Issue]:
    said = enumerate(zip(texts(column(s, "notified_at")), _notified(s), strict=True))
    at = [
        Doubt(i, f"notified_at {w!r}", "ISO 8601 with an offset", "left unknown") for i, (w, t) in said if w and not t
    ]
    return doubtful(source, s, at)


def _faults(source: Source, s: Section) -> list[Fault]:
    start_ns, end_ns = instants_ns(column(s, "time_from")), instants_ns(column(s, "time_to"))
    times = {n: column(s, n) for n in ("time_from", "time_to")}
    needed = f"a time of the years {source.config.year_min} to {source.config.year_max}, with its offset"
    return [
        Fault(np.asarray(column(s, "party").is_null()), {"party": column(s, "party")}, "who notified it"),
        Fault(np.asarray(column(s, "activity").is_null()), {"activity": column(s, "activity")}, "what is notified"),
        Fault(bad_times(start_ns, source.config, planned=True), times, needed),
        Fault((end_ns <= start_ns) | (end_ns == NO_INSTANT), times, "an end with its offset, after the start"),
    ]


def _other(source: Source, s: Section) -> list[Issue]:
    words = texts(column(s, "activity"))
    at = np.array([i for i, w in enumerate(words) if _activity(w or "") == "other" and w != "other"], dtype=np.int64)
    needed = f"one of {', '.join(ACTIVITIES)}"
    return source.issues(IssueKind.DOUBTFUL, s.row[at], [f"activity {words[i]!r}" for i in at], needed, "read as other")


def _places(source: Source, s: Section) -> tuple[dict[str, np.ndarray | pa.Array], list[Issue]]:
    """Return a disc around the position where both are given, else the place in words, else unknown."""
    found, unclear = places(s)
    return place_columns(found), doubtful(source, s, unclear)
