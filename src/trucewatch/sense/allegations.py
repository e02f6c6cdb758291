"""A party's list of allegations, whatever its form: what each says, in columns; nothing that is said is left out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from trucewatch.core.issue import Issue
from trucewatch.core.position import Position
from trucewatch.core.reading import Reading
from trucewatch.sense import books
from trucewatch.sense.allegations_words import LONGEST, Understood, understood
from trucewatch.sense.books import Doubt, copies, doubtful, hours, kept, missing, places, twins
from trucewatch.sense.checks import bad_times, usable
from trucewatch.sense.observer_form import amounts
from trucewatch.sense.places import place_columns
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import numbers, texts

__all__ = ["SHEET", "Said", "read_rows", "reading"]

SHEET = Sheet(frozenset({"party", "allegation", "place", "date", "time_from", "time_zone"}))
_AMOUNTS = ("killed", "injured")


@dataclass
class Said:
    """One allegation as it was understood, and what was odd about it: (found, needed, action)."""

    party: str
    against: str | None
    t_start_ns: int | None
    t_end_ns: int | None
    place: Position | None
    what: Understood
    text: str
    key: str | None = None
    doubts: list[tuple[str, str, str]] = field(default_factory=list)

    def date(self, source: Source, interval: tuple[int, int], fault: tuple[str, str] | None, words: str | None) -> None:
        """Take an interval in ns UTC, unless there is a fault or it cannot be believed; then the time is unknown."""
        if fault is None and bad_times(np.array(interval[:1]), source.config)[0]:
            years = f"{source.config.year_min} to {source.config.year_max}"
            fault = (f"date {words!r}", f"a time of the years {years} that is not in the future")
        if fault is None:
            self.t_start_ns, self.t_end_ns = interval
        else:
            self.doubts.append((*fault, "its time is unknown"))


def reading(
    source: Source, file_format: str, s: Section, said: Sequence[Said], issues: Iterable[Issue], synthetic: bool
) -> Reading:
    """Return the rows of a section as allegations.

    said  what the rows that repeat no other say, in their order; a copy says the same as the row that it repeats
    """
    first = np.flatnonzero(s.twin == 0)
    place = np.searchsorted(s.row[first], np.where(s.twin > 0, s.twin, s.row))
    doubts = [Doubt(int(i), *d) for i, one in zip(first, said, strict=True) for d in (*one.doubts, *_unclear(one))]
    values: dict[str, Any] = {name: [each[i] for i in place] for name, each in _columns(said).items()}
    values |= {name: each.take(place) for name, each in place_columns([x.place for x in said]).items()}
    table = source.table("allegations", s.row, {"source": "allegations", "state": twins(s), **values})
    other = [*issues, *doubtful(source, s, doubts), *copies(source, s)]
    return source.reading("allegations", file_format, table, other, synthetic)


def _columns(said: Sequence[Said]) -> dict[str, list[Any]]:
    whats = [x.what for x in said]
    return {
        "native_key": [x.key for x in said],
        "t_start_ns": [x.t_start_ns for x in said], "t_end_ns": [x.t_end_ns for x in said],
        "party": [x.party for x in said], "against": [x.against for x in said], "class": [w.cls for w in whats],
        "count": [w.count for w in whats], "count_unit": [w.count_unit for w in whats],
        "weapon": [w.weapon for w in whats],
        "killed_low": [w.killed[0] for w in whats], "killed_high": [w.killed[1] for w in whats],
        "injured_low": [w.injured[0] for w in whats], "injured_high": [w.injured[1] for w in whats],
        "text": [x.text for x in said],
    }  # fmt: skip


def _unclear(said: Said) -> list[tuple[str, str, str]]:
    unclear = []
    if said.what.cls is None:
        unclear.append((f"{said.text!r}", "words that say what was done", "its class is unknown"))
    if len(said.text) > LONGEST:
        found, needed = f"an allegation of {len(said.text):,} characters", f"at most {LONGEST:,} characters"
        unclear.append((found, needed, "only its beginning is understood; the whole is kept"))
    return unclear


def read_rows(source: Source, file_format: str) -> Reading:
    """Read a list in rows, CSV or workbook, whatever is missing in them but the party and the allegation itself."""
    s, issues, synthetic = books.read_rows(source, SHEET)
    if s is None:
        return source.empty("allegations", file_format, *issues)
    keep, rejected = usable(source, s, [
        missing(s, "party", "who alleges it"), missing(s, "allegation", "what is alleged"),
    ])  # fmt: skip
    s = kept(s, keep)
    said = _said(source, kept(s, np.flatnonzero(s.twin == 0)))
    return reading(source, file_format, s, said, [*issues, *rejected], synthetic)


def _said(source: Source, s: Section) -> list[Said]:
    """Return what each row says: the columns first, and where they are empty the words of the allegation."""
    when, (where, nowhere) = hours(s), places(s)
    names = ("party", "against", "allegation", "reference", "date")
    party, against, text, key, date = (texts(column(s, n)) for n in names)
    said = [
        Said(party[i] or "", against[i], None, None, where[i], what, text[i] or "", key[i])
        for i, what in enumerate(_whats(s))
    ]
    for i, one in enumerate(said):
        interval = int(when.start_ns[i]), int(when.end_ns[i])
        one.date(source, interval, when.faults.get(i), date[i])
    for doubt in (*when.doubts, *nowhere):
        said[doubt.at].doubts.append(doubt[1:])
    return said


def _whats(s: Section) -> list[Understood]:
    words = texts(column(s, "allegation"))
    weapon, unit, count = texts(column(s, "weapon")), texts(column(s, "unit")), numbers(column(s, "number"))
    harm = [[amounts(w) or (math.nan, math.nan) for w in texts(column(s, n))] for n in _AMOUNTS]
    known: dict[str, Understood] = {}
    whats = []
    for i, text in enumerate(words):
        said = known.get(text or "") or known.setdefault(text or "", understood(text or ""))
        counted = not math.isnan(count[i])
        whats.append(Understood(
            said.cls, weapon[i] or said.weapon, float(count[i]) if counted else said.count,
            unit[i] or said.count_unit, _first(harm[0][i], said.killed), _first(harm[1][i], said.injured), said.rest,
        ))  # fmt: skip
    return whats


def _first(column_says: tuple[float, float], words_say: tuple[float, float]) -> tuple[float, float]:
    return words_say if all(map(math.isnan, column_says)) else column_says
