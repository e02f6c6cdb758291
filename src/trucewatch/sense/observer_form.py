"""A human observer's form in the style of the OSCE daily table of ceasefire violations, CSV or XLSX."""

import hashlib
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.position import Position, Unresolved, parse_position, parse_sector, seen_from
from trucewatch.core.reading import Reading
from trucewatch.core.sector import Sector
from trucewatch.sense import tabular, workbook
from trucewatch.sense.checks import LEFT_OUT, bad_times, states
from trucewatch.sense.local_times import LocalInterval, local_interval
from trucewatch.sense.observer_columns import COLUMNS, DESCRIPTIONS, MEANS, OBSERVATIONS, UNKNOWN
from trucewatch.sense.places import place_columns, reason_parts
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column

__all__ = ["FORMAT", "amounts", "detect", "raw_row", "read"]

FORMAT = "observer_form"
RELIABILITY, CREDIBILITY = "B", "2"  # trained observers of the mission: an assumption until decisions say more
SHEET = Sheet(frozenset({"date", "time_from", "time_zone", "position", "means", "observation"}))
_NUMBERS = re.compile(r"(at least|over|more than|>=?|≥)?\s*(\d+)\s*(?:(?:-|–|to)\s*(\d+)|(\+))?", re.IGNORECASE)
_FLIGHT = re.compile(r"(?:from\s+)?([NSEW]{1,3})(?:_|\s*-?\s*)to(?:_|\s*-?\s*)([NSEW]{1,3})", re.IGNORECASE)
_WINDS = (("north", "N"), ("south", "S"), ("east", "E"), ("west", "W"))

Row = dict[str, str | None]


@dataclass
class Entry:
    """One row of the form as it was understood, and what was odd: (found, needed, action)."""

    row: int
    interval: LocalInterval
    place: Position | None
    values: dict[str, Any]
    doubts: list[tuple[str, str, str]] = field(default_factory=list)


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return workbook.matches(head, SHEET) or tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one CSV record, or the cell values of one workbook row as a line of CSV."""
    return workbook.raw_row(data, SHEET, row) if workbook.is_workbook(data) else tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the form as observations: a sector seen from a position, an interval in the row's own zone."""
    opened = workbook.read_workbook if workbook.is_workbook(source.data) else tabular.read_whole
    s, issues, synthetic = opened(source, SHEET)
    if s is None:
        yield source.empty("observations", FORMAT, *issues)
        return
    sigmas = dict(source.config.bearing_sigma_deg)
    entries = [_entry(row, int(n), sigmas) for row, n in zip(_rows(s), s.row, strict=True)]
    kept, rejected = _usable(source, entries)
    keep = np.flatnonzero(np.isin(s.row, [e.row for e in kept]))
    state, doubles = states(source, s, keep)
    doubtful = [source.issue(IssueKind.DOUBTFUL, *doubt, row=e.row) for e in kept for doubt in e.doubts]
    names = kept[0].values if kept else {}
    values = {
        "source": "observer", "project": "observer", "state": state,
        "reliability": RELIABILITY, "credibility": CREDIBILITY,
        "t_sigma_s": source.config.observer_clock_s,
        "t_start_ns": [e.interval.t_start_ns for e in kept], "t_end_ns": [e.interval.t_end_ns for e in kept],
        **place_columns([e.place for e in kept]), **{name: [e.values[name] for e in kept] for name in names},
        **({} if kept else {"group": "observer"}),
    }  # fmt: skip
    table = source.table("observations", s.row[keep], values)
    yield source.reading("observations", FORMAT, table, [*issues, *rejected, *doubtful, *doubles], synthetic)


def _rows(s: Section) -> Iterator[Row]:
    """Yield the rows as words by column; words that say "not known" are None."""
    names = [c.name for c in COLUMNS]
    for words in zip(*(column(s, name).to_pylist() for name in names), strict=True):
        yield {n: None if w is None or w.lower() in UNKNOWN else w for n, w in zip(names, words, strict=True)}


def _usable(source: Source, entries: list[Entry]) -> tuple[list[Entry], list[Issue]]:
    starts = np.array([e.interval.t_start_ns for e in entries], dtype=np.int64)
    late = bad_times(starts, source.config)
    years = f"a time of the years {source.config.year_min} to {source.config.year_max} that is not in the future"
    kept, issues = [], []
    for entry, bad in zip(entries, late, strict=True):
        fault = entry.interval.fault or ((f"date {entry.values['_date']!r}", years) if bad else None)
        if fault:
            issues.append(source.issue(IssueKind.REJECTED, *fault, LEFT_OUT, entry.row))
        else:
            kept.append(entry)
        del entry.values["_date"]
    return kept, issues


def _entry(row: Row, number: int, bearing_sigma_deg: Mapping[str, float]) -> Entry:
    interval = local_interval(row["date"], row["time_from"], row["time_to"], row["time_zone"])
    entry = Entry(number, interval, None, {"_date": row["date"]})
    if interval.doubt:
        entry.doubts.append(interval.doubt)
    entry.place = _place(row, entry, bearing_sigma_deg)
    entry.values |= _what(row, entry) | _harm(row, entry)
    entry.values |= {
        "group": f"observer:{_digest(row['patrol'], row['position'])}", "asset": row["patrol"],
        "weapon": row["weapon"], "damage": row["damage"], "text": row["remarks"],
    }  # fmt: skip
    return entry


def _digest(*words: str | None) -> str:
    """The group is seen by more people than patrol and position may be, so that a digest stands for them."""
    return hashlib.sha256("\n".join(w or "" for w in words).encode()).hexdigest()[:16]


def _place(row: Row, entry: Entry, bearing_sigma_deg: Mapping[str, float]) -> Position | None:
    """Return where it happened: the sector seen from the observer's position; None where either is unknown."""
    measured = row["position_lat"] is not None and row["position_lon"] is not None
    words = f"{row['position_lat']}, {row['position_lon']}" if measured else row["position"]
    distances = [d for d in (row["distance_from_km"], row["distance_to_km"]) if d is not None]
    away = " ".join(filter(None, [f"{'-'.join(distances)} km" if distances else None, row["sector"]]))
    if words is None or not away:
        found = "no position" if words is None else "no sector and distance"
        entry.doubts.append((found, "position, sector and distance of what was observed", "its place is unknown"))
        return None
    observer, sector = parse_position(words), parse_sector(away)
    for unclear in (observer, sector):
        if isinstance(unclear, Unresolved):
            entry.doubts.append(reason_parts(unclear.reason))
    if isinstance(observer, Unresolved) or isinstance(sector, Unresolved):
        return None
    place = seen_from(observer, _as_well_as_told(sector, bearing_sigma_deg.get((row["means"] or "").lower(), 0.0)))
    if isinstance(place, Unresolved):
        entry.doubts.append(reason_parts(place.reason))
        return None
    return place


def _as_well_as_told(sector: Sector, sigma_deg: float) -> Sector:
    """Widen a sector by the observer's error of direction; a uniform sector of width w has the variance w²/12."""
    if math.isnan(sector.width_deg):
        return sector
    return replace(sector, width_deg=min(360.0, math.hypot(sector.width_deg, math.sqrt(12.0) * sigma_deg)))


def _what(row: Row, entry: Entry) -> dict[str, Any]:
    """Return class, means, number and description."""
    cls, unit = _observation(row["observation"], entry)
    description = _description(row["description"], entry)
    if cls == "explosion" and description in ("outgoing", "impact", "airburst"):
        cls = description
    means = MEANS.get((row["means"] or "").lower())
    if row["means"] and means is None:
        entry.doubts.append((f"means {row['means']!r}", f"one of {', '.join(sorted(set(MEANS)))}", "left unknown"))
    low, high = _amount(row, "number", entry)
    if low != high and not math.isnan(low):
        entry.doubts.append((f"number {row['number']!r}", "one number", "the least is kept"))
    return {"class": cls, "count_unit": unit, "description": description, "means": means, "count": low}


def _observation(word: str | None, entry: Entry) -> tuple[str | None, str | None]:
    plain = (word or "").lower().replace("_", " ").strip()
    singular = plain.removesuffix("es") if plain.endswith(("shes", "ches")) else plain.removesuffix("s")
    found = OBSERVATIONS.get(plain) or OBSERVATIONS.get(singular)
    if found is None:
        named = f"observation {word!r}" if word else "no observation"
        entry.doubts.append((named, f"one of {', '.join(sorted(OBSERVATIONS))}", "its class is unknown"))
    return found or (None, None)


def _description(word: str | None, entry: Entry) -> str | None:
    if word is None:
        return None
    plain = re.sub(r"[\s_-]+", "_", word.lower())
    if plain in DESCRIPTIONS:
        return plain
    short = word.lower()
    for wind, letter in _WINDS:
        short = short.replace(wind, letter)
    flight = _FLIGHT.fullmatch(short.strip())
    if flight:
        return f"{flight[1].upper()}_to_{flight[2].upper()}"
    needed = f"one of {', '.join(DESCRIPTIONS)} or a direction such as N_to_S"
    entry.doubts.append((f"description {word!r}", needed, "left unknown"))
    return None


def _harm(row: Row, entry: Entry) -> dict[str, Any]:
    killed, injured = _amount(row, "killed", entry), _amount(row, "injured", entry)
    return {
        "killed_low": killed[0], "killed_high": killed[1],
        "injured_low": injured[0], "injured_high": injured[1],
    }  # fmt: skip


def _amount(row: Row, name: str, entry: Entry) -> tuple[float, float]:
    found = amounts(row[name])
    if found is None:
        entry.doubts.append((f"{name} {row[name]!r}", "a number such as 2, 2-3 or `at least 2`", "left unknown"))
    return found or (math.nan, math.nan)


def amounts(word: str | None) -> tuple[float, float] | None:
    """Return least and most of a number in words: 2, 2-3, `at least 2` (most unknown); NaN where nothing is said."""
    if word is None:
        return math.nan, math.nan
    found = _NUMBERS.fullmatch(word.strip())
    if found is None:
        return None
    low = float(found[2])
    high = float(found[3]) if found[3] else math.nan if found[1] or found[4] else low
    return None if high < low else (low, high)
