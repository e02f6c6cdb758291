"""Columns of words to numbers, days and clock times; what cannot be read is NaN."""

import re
from collections.abc import Callable
from datetime import date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.times import parse_instant

__all__ = ["NO_INSTANT", "by_word", "clock_s", "day_number", "days", "instants_ns", "mapped", "numbers", "texts"]

NO_INSTANT = int(np.iinfo(np.int64).min)  # lies outside every believable year

_ENDS_NS = 1 << 62  # ns; the years 1823 to 2116
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?")
_HHMM = re.compile(r"\d{1,4}")
_DAY_FIRST = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4}|\d{2})")


def numbers(words: pa.Array) -> np.ndarray:
    """Return a column of words (n,) as float64; NaN where there is none or it is no number."""
    try:
        values = pc.cast(words, pa.float64())
    except pa.ArrowInvalid:
        plain = pc.match_substring_regex(words, _NUMBER)
        values = pc.cast(pc.if_else(plain, words, pa.scalar(None, pa.string())), pa.float64())
    known = np.array(values.to_numpy(zero_copy_only=False), dtype=np.float64)
    known[~np.isfinite(known)] = np.nan
    return known


def by_word(words: pa.Array, parse: Callable[[str], float]) -> np.ndarray:
    """Return `parse` of each word (n,) as float64, called once for each different word; NaN where there is none."""
    coded = words.dictionary_encode()
    values = np.array([*(parse(w) for w in coded.dictionary.to_pylist()), np.nan], dtype=np.float64)
    codes = coded.indices.fill_null(len(values) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(values[codes])


def mapped(words: pa.Array, meaning: Callable[[str], str | None]) -> pa.Array:
    """Return `meaning` of each word, called once for each different word; null stays null."""
    coded = words.dictionary_encode()
    meanings = pa.array([meaning(w) for w in coded.dictionary.to_pylist()], pa.string())
    return meanings.take(coded.indices)


def texts(words: pa.Array) -> list[str | None]:
    """Return a column as Python strings, None where there is none."""
    return list(words.to_pylist())


def days(words: pa.Array) -> np.ndarray:
    """Return days (n,) datetime64[D] of `YYYY-MM-DD` or of day/month/year; NaT where there is none or it is no date."""
    ordinal = by_word(words, day_number)
    known = np.isfinite(ordinal)
    return np.where(known, np.where(known, ordinal, 0).astype("datetime64[D]"), np.datetime64("NaT", "D"))


def day_number(word: str) -> float:
    """Return days since 1970-01-01 of one date; NaN where it is none."""
    day_first = _DAY_FIRST.fullmatch(word)
    try:
        day = _from_day_first(*day_first.groups()) if day_first else date.fromisoformat(word)
    except ValueError:
        return float("nan")
    return float((day - date(1970, 1, 1)).days)


def _from_day_first(day: str, month: str, year: str) -> date:
    return datetime.strptime(f"{day}.{month}.{year} +0000", f"%d.%m.%{'Y' if len(year) == 4 else 'y'} %z").date()


def clock_s(word: str) -> float:
    """Return seconds after midnight of `HHMM` (also unpadded: 45 is 00:45) or `HH:MM[:SS]`; NaN where it is neither."""
    if _HHMM.fullmatch(word):
        hour, minute, second = int(word) // 100, int(word) % 100, 0
    elif parts := _CLOCK.fullmatch(word):
        hour, minute, second = (int(p or 0) for p in parts.groups())
    else:
        return float("nan")
    possible = hour < 24 and minute < 60 and second < 60
    return float(hour * 3600 + minute * 60 + second) if possible else float("nan")


def instants_ns(words: pa.Array) -> np.ndarray:
    """Return ns UTC (n,) int64 of ISO 8601 with an offset; `NO_INSTANT` where there is none or it is no such time."""
    meaning: dict[str | None, int] = {None: NO_INSTANT}
    for word in words.unique().to_pylist():
        if word is not None:
            meaning[word] = _instant_ns(word)
    return np.array([meaning[w] for w in words.to_pylist()], dtype=np.int64)


def _instant_ns(word: str) -> int:
    try:
        t_ns = parse_instant(word)
    except (ValueError, OverflowError):
        return NO_INSTANT
    return t_ns if abs(t_ns) < _ENDS_NS else NO_INSTANT
