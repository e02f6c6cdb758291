"""When the rows of a user's own table happened."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import SECOND_NS
from trucewatch.sense.checks import TIME_NEEDED, Fault, bad_times
from trucewatch.sense.local_times import zone_of
from trucewatch.sense.mapping import TimeEntry
from trucewatch.sense.mapping_words import PLANNED, UNITS
from trucewatch.sense.own_table_values import Values
from trucewatch.sense.stamps import Instants, instants, read_stamps

__all__ = ["When", "when"]

_ISO = "ISO 8601 such as 2025-04-19T21:05:00+03:00"
_SLASHED = r"^\d{1,2}[./]\d{1,2}[./]\d{2,4}"


class When(NamedTuple):
    """Time columns (n,) of a table, rows that cannot be used, and what is odd about others."""

    columns: dict[str, Any]
    faults: list[Fault]
    issues: list[Issue]


class _Read(NamedTuple):
    """One column of stamps: as they stand, as instants, and which could not be read or lack a zone."""

    words: pa.Array
    when: Instants
    given: np.ndarray
    unread: np.ndarray
    zoneless: np.ndarray


def when(values: Values) -> When:
    """Return start, end and clock error of every row (n,), in ns UTC."""
    time, schema = values.mapping.entry.time, SCHEMAS[values.mapping.kind]
    columns: dict[str, Any] = {}
    faults: list[Fault] = []
    issues: list[Issue] = []
    if time is not None:
        start = _stamps(values, time.start, time.format, time)
        end_ns, wrong = _end(values, time, start)
        columns = {"t_start_ns": start.when.start_ns, "t_end_ns": end_ns}
        faults = [*_faults(values, start, time.format), *_when_believed(values, start), *wrong]
        issues = _twice(values, start)
        columns["t_sigma_s"] = values.measure(time.sigma, UNITS["s"])
        if schema.by_name["t_start_ns"].nullable:
            columns, faults = _maybe_unknown(columns, faults, start)
    for name, entry in values.mapping.entry.columns.items():
        if schema.by_name.get(name) and schema.by_name[name].dtype == "int64" and entry.column is not None:
            other = _stamps(values, (entry.column,), entry.format, time)
            columns[name] = pa.array(other.when.start_ns, mask=~other.given | other.unread | other.zoneless)
            faults += _faults(values, other, entry.format)
    return When(columns, faults, issues)


def _stamps(values: Values, names: tuple[str, ...], pattern: str | None, time: TimeEntry | None) -> _Read:
    words = _joined([values.words(n) for n in names])
    stamps = read_stamps(words, pattern)
    zone = None if time is None or time.zone is None else time.zone
    given = np.asarray(words.is_valid())
    if zone is None or zone.column is None:
        tz = None if zone is None else zone_of(str(zone.value))
        zoneless = stamps.naive if tz is None else np.zeros(len(given), dtype=bool)
        return _Read(words, instants(stamps, tz), given, given & ~stamps.known, zoneless)
    whole = instants(stamps, None)
    zones, zoneless = values.words(zone.column), stamps.naive.copy()
    for word in zones.unique().to_pylist():
        tz = zone_of(word)
        if tz is not None:
            rows = np.asarray(pc.fill_null(pc.equal(zones, word), False)) & stamps.naive
            there = instants(stamps, tz)
            whole = Instants(*(np.where(rows, own, other) for own, other in zip(there, whole, strict=True)))
            zoneless &= ~rows
    return _Read(words, whole, given, given & ~stamps.known, zoneless)


def _joined(columns: list[pa.Array]) -> pa.Array:
    """Return columns as one, with a blank between; a missing clock time leaves the date alone."""
    first, *others = columns
    for other in others:
        first = pc.if_else(other.is_valid(), pc.binary_join_element_wise(first, other, " "), first)
    return first


def _faults(values: Values, read: _Read, pattern: str | None) -> list[Fault]:
    shown = {"time": read.words}
    where = f"`time:` in {values.mapping.name}"
    needed = f"a time by the format {pattern!r}" if pattern else f"{_ISO}, or a `format:` under {where}"
    slashed = not pattern and pc.any(pc.match_substring_regex(read.words, _SLASHED)).as_py()
    if slashed:
        needed = f'`format: "%d/%m/%Y"` or `format: "%m/%d/%Y"` under {where}, since day and month may be either'
    zone = f"an offset such as Z or +03:00, or `zone:` (such as Europe/Kyiv) under {where}; none is assumed"
    return [Fault(read.unread, shown, needed), Fault(read.zoneless, shown, zone)]


def _when_believed(values: Values, start: _Read) -> list[Fault]:
    config = values.source.config
    planned = values.mapping.kind in PLANNED
    known = start.given & ~start.unread & ~start.zoneless
    bad = ~known | bad_times(start.when.start_ns, config, planned)
    needed = TIME_NEEDED.format(config.year_min, config.year_max)
    return [Fault(bad, {"time": start.words}, needed.removesuffix(" that is not in the future") if planned else needed)]


def _end(values: Values, time: TimeEntry, start: _Read) -> tuple[np.ndarray, list[Fault]]:
    """Return ends (n,) ns UTC, exclusive: as stated, or after the duration, or one step of the start's own clock."""
    if time.duration is not None:
        last_s = values.measure(time.duration, UNITS["s"])
        for_s = np.where(np.isfinite(last_s), last_s, 0.0)
        shown = {"duration in s": pa.array(last_s, from_pandas=True)}
        longer = start.when.start_ns + np.rint(for_s * SECOND_NS).astype(np.int64)
        return np.maximum(longer, start.when.end_ns), [Fault(for_s < 0, shown, "a duration of 0 or more")]
    if not time.end:
        return start.when.end_ns, []
    end = _stamps(values, time.end, time.format, time)
    known = end.given & ~end.unread & ~end.zoneless
    day = known & (end.when.end_ns - end.when.start_ns > 20 * 3600 * SECOND_NS)  # a date ends with its day
    stated = np.where(day, end.when.end_ns, np.maximum(end.when.start_ns, end.when.end_ns - _step(end)))
    before = known & (stated < start.when.start_ns)
    shown = {"start": start.words, "end": end.words}
    faults = [*_faults(values, end, time.format), Fault(before, shown, "an end after its start")]
    return np.where(known, np.maximum(stated, start.when.end_ns), start.when.end_ns), faults


def _step(read: _Read) -> np.ndarray:
    """Return one step (n,) of a stamp's clock, without what an ambiguous hour adds."""
    length = read.when.end_ns - read.when.start_ns
    return np.asarray(np.where(read.when.twice, length % (3600 * SECOND_NS), length))


def _maybe_unknown(columns: dict[str, Any], faults: list[Fault], start: _Read) -> tuple[dict[str, Any], list[Fault]]:
    """Return times that may be unknown: rows that say none are kept without."""
    none = ~start.given
    known = {n: pa.array(columns[n], mask=none) for n in ("t_start_ns", "t_end_ns")}
    return {**columns, **known}, [f._replace(bad=f.bad & ~none) for f in faults]


def _twice(values: Values, start: _Read) -> list[Issue]:
    at = np.flatnonzero(start.when.twice)
    few = start.words.take(pa.array(at[: values.source.config.issues_per_kind])).to_pylist()
    found = [f"{w!r}, an hour that comes twice or never when the clocks change" for w in few]
    rows = values.section.row[at]
    return values.source.issues(IssueKind.DOUBTFUL, rows, found, "the offset", "every reading of it is covered")
