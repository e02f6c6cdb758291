"""The mission's book of impediments: denials, delays, conditions, jamming, fire at monitors and losses."""

from collections.abc import Iterator

import pyarrow as pa

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.books import Doubt, copies, discs, doubtful, hours, kept, missing, places, time_faults, twins
from trucewatch.sense.checks import usable
from trucewatch.sense.impediment_rows import KINDS, kind_of, observed
from trucewatch.sense.places import place_columns
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import mapped, texts

__all__ = ["FORMAT", "MEANS", "detect", "raw_row", "read"]

FORMAT = "impediments_csv"
SHEET = Sheet(frozenset({"kind", "means", "agent", "demand", "time_from", "time_to"}))
MEANS = ("patrol", "camera", "uav", "satellite")


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the impediments, and the same as observations of obstruction."""
    s, issues, synthetic = tabular.read_whole(source, SHEET)
    if s is None:
        yield source.empty("impediments", FORMAT, *issues)
        return
    faults = [missing(s, "kind", "what it was"), *time_faults(s, hours(s), source.config)]
    keep, rejected = usable(source, s, faults)
    s = kept(s, keep)
    when, (found, unclear) = hours(s), places(s)
    lon, lat, radius_m = discs(found)
    values = {
        "source": "impediments", "native_key": column(s, "reference"),
        "t_start_ns": when.start_ns, "t_end_ns": when.end_ns,
        "kind": mapped(column(s, "kind"), lambda w: kind_of(w) or "other"),
        "means": mapped(column(s, "means"), _means), "agent": column(s, "agent"), "asset": column(s, "asset"),
        "lon_deg": lon, "lat_deg": lat, "radius_m": radius_m, "demand": column(s, "demand"), "text": _text(s),
    }  # fmt: skip
    table = source.table("impediments", s.row, values)
    other = [*issues, *rejected, *doubtful(source, s, [*when.doubts, *_words(s), *unclear]), *copies(source, s)]
    yield source.reading("impediments", FORMAT, table, other, synthetic)
    seen = observed(table, twins(s), place_columns(found))
    yield source.reading("observations", FORMAT, seen, (), synthetic)


def _means(word: str) -> str | None:
    return word.lower() if word.lower() in MEANS else None


def _words(s: Section) -> list[Doubt]:
    """Return the words of kind and means that are not understood."""
    doubts = []
    for name, known, needed, action in (
        ("kind", kind_of, sorted(KINDS), "read as other"),
        ("means", _means, MEANS, "left unknown"),
    ):
        words = texts(column(s, name))
        odd = [i for i, w in enumerate(words) if w is not None and known(w) is None]
        doubts += [Doubt(i, f"{name} {words[i]!r}", f"one of {', '.join(needed)}", action) for i in odd]
    return doubts


def _text(s: Section) -> pa.Array:
    """Return what happened, with the tasking that it hindered."""
    tasking = [None if t is None else f"tasking: {t}" for t in texts(column(s, "tasking"))]
    pairs = zip(texts(column(s, "remarks")), tasking, strict=True)
    return pa.array(["; ".join(filter(None, pair)) or None for pair in pairs], pa.string())
