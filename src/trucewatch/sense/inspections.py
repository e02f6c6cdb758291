"""Inspections of weapons storage sites, CSV or XLSX: what should be there, what is, and what could not be verified."""

from collections.abc import Iterator

import numpy as np

from trucewatch.core.reading import Reading
from trucewatch.sense import books
from trucewatch.sense.books import Doubt, copies, doubtful, hours, kept, missing, not_in, time_faults
from trucewatch.sense.checks import Fault, usable
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import mapped, numbers, texts

__all__ = ["ACCESS", "FORMAT", "detect", "raw_row", "read"]

FORMAT = "inspections"
SHEET = Sheet(frozenset({"site", "weapon", "declared", "present", "missing", "not_verified", "access"}))
ACCESS = ("granted", "conditional", "delayed", "denied")
COUNTS = ("declared", "present", "missing", "not_verified")


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return books.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one CSV record, or the cell values of one workbook row as a line of CSV."""
    return books.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the inspections, one row for each kind of weapon at a site; a count that nobody made stays unknown."""
    s, issues, synthetic = books.read_rows(source, SHEET)
    if s is None:
        yield source.empty("inspections", FORMAT, *issues)
        return
    keep, rejected = usable(source, s, _faults(source, s))
    s = kept(s, keep)
    when, counts = hours(s), {name: numbers(column(s, name)) for name in COUNTS}
    values = {
        "source": "inspections", "native_key": column(s, "reference"),
        "t_start_ns": when.start_ns, "t_end_ns": when.end_ns,
        "site": column(s, "site"), "party": column(s, "party"), "weapon": column(s, "weapon"), **counts,
        "access": mapped(column(s, "access"), str.lower), "text": column(s, "remarks"),
    }  # fmt: skip
    doubts = doubtful(source, s, [*when.doubts, *_words(s, counts), *_sums(counts), *_unseen(s, counts)])
    other = [*issues, *rejected, *doubts, *copies(source, s, "kept; it is one inspection")]
    yield source.reading("inspections", FORMAT, source.table("inspections", s.row, values), other, synthetic)


def _faults(source: Source, s: Section) -> list[Fault]:
    counts = {name: numbers(column(s, name)) for name in COUNTS}
    impossible = np.any([(c < 0) | (c % 1 > 0) for c in counts.values()], axis=0)
    return [
        missing(s, "site", "the id of the storage site"),
        not_in(s, "access", ACCESS),
        Fault(impossible, {name: column(s, name) for name in COUNTS}, "whole numbers of 0 or more"),
        *time_faults(s, hours(s), source.config),
    ]


def _words(s: Section, counts: dict[str, np.ndarray]) -> list[Doubt]:
    """A count in words is no number, and is not taken for 0."""
    return [
        Doubt(i, f"{name} {word!r}", "a number, or nothing", "left unknown")
        for name in COUNTS
        for i, word in enumerate(texts(column(s, name)))
        if word is not None and np.isnan(counts[name][i])
    ]


def _sums(counts: dict[str, np.ndarray]) -> list[Doubt]:
    """What is present, missing and not verified makes up what was declared, where all four are known."""
    together = counts["present"] + counts["missing"] + counts["not_verified"]
    off = np.flatnonzero(np.abs(together - counts["declared"]) > 0)
    return [
        Doubt(int(i), _sum(counts, int(i)), "as many as were declared", "kept as it stands; check the count")
        for i in off
    ]


def _sum(counts: dict[str, np.ndarray], i: int) -> str:
    parts = " + ".join(f"{counts[name][i]:.0f} {name}" for name in COUNTS[1:])
    return f"{parts} of {counts['declared'][i]:.0f} declared"


def _unseen(s: Section, counts: dict[str, np.ndarray]) -> list[Doubt]:
    """Nobody counts behind a gate that stayed closed."""
    denied = np.array([(w or "").lower() == "denied" for w in texts(column(s, "access"))], dtype=bool)
    counted = np.nan_to_num(counts["present"]) + np.nan_to_num(counts["missing"]) > 0
    needed = "no count where access was denied"
    return [
        Doubt(int(i), "access denied and weapons counted", needed, "kept as it stands; check the row")
        for i in np.flatnonzero(denied & counted)
    ]
