"""What the columns of a user's own table say, as columns of ours; what cannot be read is unknown and named."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.classes import common_class
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import SCHEMAS
from trucewatch.sense.mapping import ColumnEntry, Mapping
from trucewatch.sense.mapping_words import PAIRS, controlled, units_of
from trucewatch.sense.observer_columns import UNKNOWN
from trucewatch.sense.observer_form import amounts
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, column
from trucewatch.sense.words import by_word, mapped, numbers

__all__ = ["Values", "known", "quantity"]

_TRUTH = {"true": True, "yes": True, "1": True, "так": True, "да": True, "y": True,
          "false": False, "no": False, "0": False, "ні": False, "нет": False, "n": False}  # fmt: skip
_LEFT = "left unknown"
_UNKNOWN, _NULL = pa.array(sorted(UNKNOWN)), pa.scalar(None, pa.string())


def quantity(words: pa.Array, decimal: str) -> np.ndarray:
    """Return numbers (n,) of words with a decimal point or comma; NaN where there is none or it is no number."""
    return numbers(words if decimal == "." else pc.replace_substring(words, decimal, "."))


def known(words: pa.Array) -> pa.Array:
    """Return words of which those that say "not known" are null."""
    unknown = pc.is_in(pc.utf8_lower(words), _UNKNOWN)
    return pc.if_else(unknown, _NULL, words) if pc.any(unknown).as_py() else words


class Values:
    """Columns of one section under a mapping; reading them collects the Issues."""

    def __init__(self, source: Source, section: Section, mapping: Mapping) -> None:
        self.source, self.section, self.mapping = source, section, mapping
        self.issues: list[Issue] = []

    def words(self, name: str) -> pa.Array:
        """Return a column of theirs; words that say "not known" are null."""
        return known(column(self.section, name))

    def number(self, name: str, unit: float = 1.0) -> np.ndarray:
        """Return a column of theirs as numbers (n,), times `unit`; words that are no numbers are named."""
        words = self.words(name)
        values = quantity(words, self.mapping.entry.file.decimal)
        needed = "a number" if self.mapping.entry.file.decimal == "." else "a number with a decimal comma"
        action = f'{_LEFT}; where it is a decimal comma, write `decimal: ","` under `file` in {self.mapping.name}'
        with_comma = pc.fill_null(pc.match_substring_regex(words, r"^[+-]?\d+,\d+$"), False)
        self._odd(words, np.isnan(values), name, needed, action if pc.any(with_comma).as_py() else _LEFT)
        return values * unit

    def measure(self, entry: ColumnEntry | None, units: dict[str, float]) -> np.ndarray:
        """Return an entry as numbers (n,) in our unit; NaN where there is none."""
        if entry is None:
            return np.full(len(self.section.row), np.nan)
        unit = units.get(entry.unit or "", 1.0)
        if entry.column is not None:
            return self.number(entry.column, unit)
        given = entry.value if isinstance(entry.value, (int, float)) else np.nan
        return np.full(len(self.section.row), float(given) * unit)

    def ours(self) -> dict[str, Any]:
        """Return every column of ours under `columns` that holds no time."""
        found: dict[str, Any] = {}
        for name, entry in self.mapping.entry.columns.items():
            if name in PAIRS:
                found |= self._pair(name, entry)
            elif SCHEMAS[self.mapping.kind].by_name[name].dtype != "int64":
                found[name] = self._one(name, entry)
        return found

    def _one(self, name: str, entry: ColumnEntry) -> Any:
        dtype = SCHEMAS[self.mapping.kind].by_name[name].dtype
        if dtype == "float64":
            return self.measure(entry, units_of(self.mapping.kind, name))
        if entry.column is None:
            value = entry.value if dtype == "bool" else str(entry.value)
            return pa.repeat(pa.scalar(value), len(self.section.row))
        if dtype == "bool":
            return self._truth(name, entry)
        words = controlled(self.mapping.kind, name)
        if not words and not entry.map:
            return column(self.section, entry.column)
        return self._meant(name, entry, words)

    def _meant(self, name: str, entry: ColumnEntry, words: tuple[str, ...]) -> pa.Array:
        """Return their words as ours: by the map, or as they are where they are ours already."""
        meanings = {w.strip().casefold(): ours for w, ours in entry.map.items()}
        strange: set[str] = set()

        def meaning(word: str) -> str | None:
            parts = [p.strip() for p in word.split(entry.split)] if entry.split else [word]
            found = [meanings.get(p.casefold(), _own(p, words)) for p in parts if p]
            if any(p.casefold() not in meanings and _own(p, words) is None for p in parts if p):
                strange.add(word)
            known = [f for f in found if f is not None]
            if name != "class" or not known:
                return known[0] if known else None
            together: str | None = known[0]
            for other in known[1:]:
                together = common_class(together, other) if together else None
            return together

        theirs = self.words(str(entry.column))
        found = mapped(theirs, meaning)
        if strange:
            bad = np.asarray(pc.fill_null(pc.is_in(theirs, pa.array(sorted(strange))), False))
            needed = f"a word in the map of {name} ({self.mapping.name}:{self._line(name)})"
            self._odd_words(theirs, bad, str(entry.column), needed, f"{_LEFT}; add it to the map")
        return found

    def _line(self, name: str) -> int:
        return self.mapping.source.line(("columns", name))

    def _truth(self, name: str, entry: ColumnEntry) -> pa.Array:
        meanings = {**_TRUTH, **{w.casefold(): _TRUTH.get((v or "").casefold()) for w, v in entry.map.items()}}
        theirs = self.words(str(entry.column))
        numbers_of = {True: 1.0, False: 0.0, None: np.nan}
        values = by_word(theirs, lambda w: numbers_of[meanings.get(w.casefold())])
        self._odd(theirs, np.isnan(values), str(entry.column), f"true or false for {name}", _LEFT)
        return pa.array(values == 1.0, mask=np.isnan(values))

    def _pair(self, name: str, entry: ColumnEntry) -> dict[str, np.ndarray]:
        """Return least and most of counts in words such as `2-3` or `at least 2`."""
        low, high = PAIRS[name]
        if entry.column is None:
            given = amounts(str(entry.value)) or (np.nan, np.nan)
            return {low: np.full(len(self.section.row), given[0]), high: np.full(len(self.section.row), given[1])}
        words = self.words(entry.column)
        said = {w: amounts(w.removesuffix(".0")) for w in words.unique().to_pylist() if w is not None}
        unread = pa.array([w for w, a in said.items() if a is None], pa.string())
        bad = np.asarray(pc.fill_null(pc.is_in(words, unread), False))
        self._odd(words, bad, entry.column, "a number such as 2, 2-3 or `at least 2`", _LEFT)
        ends = {w: a or (np.nan, np.nan) for w, a in said.items()}
        return {low: by_word(words, lambda w: ends[w][0]), high: by_word(words, lambda w: ends[w][1])}

    def _odd(self, words: pa.Array, bad: np.ndarray, name: str, needed: str, action: str) -> None:
        at = np.flatnonzero(bad & np.asarray(words.is_valid()))
        if len(at):
            few = words.take(pa.array(at[: self.source.config.issues_per_kind])).to_pylist()
            found = [f"{name} {w!r}" for w in few]
            self.issues += self.source.issues(IssueKind.DOUBTFUL, self.section.row[at], found, needed, action)

    def _odd_words(self, words: pa.Array, bad: np.ndarray, name: str, needed: str, action: str) -> None:
        """Name each different word once, with how often it stands."""
        at = np.flatnonzero(bad)
        counts = words.take(pa.array(at)).value_counts().to_pylist()
        for entry in sorted(counts, key=lambda e: (-e["counts"], e["values"]))[: self.source.config.issues_per_kind]:
            found = f"{name} {entry['values']!r} in {entry['counts']:,} rows"
            self.issues.append(self.source.issue(IssueKind.DOUBTFUL, found, needed, action))


def _own(word: str, words: tuple[str, ...]) -> str | None:
    """Return a word that is ours already; any word is, where none are declared."""
    if not words:
        return word
    plain = word.strip().lower().replace(" ", "_")
    return next((w for w in words if w.lower() == plain), None)
