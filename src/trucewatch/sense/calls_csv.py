"""The log of the coordination mechanism: who called, when, what about, and what came of it."""

from collections.abc import Iterator

import pyarrow as pa

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.books import Doubt, copies, doubtful, hours, kept, missing, places, time_faults
from trucewatch.sense.checks import usable
from trucewatch.sense.places import place_columns
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import mapped, texts

__all__ = ["FORMAT", "OUTCOMES", "detect", "raw_row", "read"]

FORMAT = "calls_csv"
SHEET = Sheet(frozenset({"party", "time_from", "time_to", "outcome", "about"}))
OUTCOMES = {
    "resolved": "resolved", "successful": "resolved", "settled": "resolved",
    "unsuccessful": "unsuccessful", "unresolved": "unsuccessful", "refused": "unsuccessful", "failed": "unsuccessful",
    "unanswered": "unanswered", "no answer": "unanswered",
}  # fmt: skip


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the calls; an outcome that nobody knows stays unknown, and so does a place that is not said."""
    s, issues, synthetic = tabular.read_whole(source, SHEET)
    if s is None:
        yield source.empty("calls", FORMAT, *issues)
        return
    faults = [missing(s, "party", "who called"), *time_faults(s, hours(s), source.config)]
    keep, rejected = usable(source, s, faults)
    s = kept(s, keep)
    when, (found, unclear) = hours(s), places(s)
    named = column(s, "place").is_valid()
    said = [d for d in unclear if named[d.at].as_py()]  # a call need not be about a place
    values = {
        "source": "calls", "native_key": column(s, "reference"),
        "t_start_ns": when.start_ns, "t_end_ns": when.end_ns, "party": column(s, "party"),
        "outcome": mapped(column(s, "outcome"), _outcome), **place_columns(found), "text": _text(s),
    }  # fmt: skip
    doubts = doubtful(source, s, [*when.doubts, *_odd_outcomes(s), *said])
    other = [*issues, *rejected, *doubts, *copies(source, s, "kept; it is one call")]
    yield source.reading("calls", FORMAT, source.table("calls", s.row, values), other, synthetic)


def _outcome(word: str) -> str | None:
    return OUTCOMES.get(word.lower().replace("_", " "))


def _odd_outcomes(s: Section) -> list[Doubt]:
    needed, words = f"one of {', '.join(OUTCOMES)}", texts(column(s, "outcome"))
    return [
        Doubt(i, "no outcome" if w is None else f"outcome {w!r}", needed, "left unknown")
        for i, w in enumerate(words) if w is None or _outcome(w) is None
    ]  # fmt: skip


def _text(s: Section) -> pa.Array:
    pairs = zip(texts(column(s, "about")), texts(column(s, "remarks")), strict=True)
    return pa.array(["; ".join(filter(None, pair)) or None for pair in pairs], pa.string())
