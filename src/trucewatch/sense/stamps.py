"""Columns of time stamps to numbers, whole columns at a time: ISO 8601, a stated pattern, or seconds since 1970."""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from trucewatch.core.times import DAY_NS, SECOND_NS, from_datetime
from trucewatch.sense.words import numbers

__all__ = ["UNIX_STEPS", "Instants", "Stamps", "instants", "read_stamps", "stamp_codes"]

UNIX_STEPS = {"unix": SECOND_NS, "unix_ms": SECOND_NS // 1000}
_NO_OFFSET = 1 << 30  # s; a stamp that states none
_TOKEN = 256  # codes below are bytes to be met as they are
_LETTERS = "YymdHIMSpzf"  # a token's code is its place here
_YEAR, _YY, _MONTH, _D, _H, _I, _M, _S, _P, _Z, _F, _F_STEP, _FIELDS = range(13)
_UNSAID = -(1 << 40)
_TOKENS = re.compile(r"%(.)|([^%])")
_ISO = "%Y-%m-%d %H:%M:%S%f"
_LAST_S = 4_000_000_000  # the year 2096


class Stamps(NamedTuple):
    """Stamps (n,) as they stand: clock time in ns as if it were UTC, its offset in s, and what one step of it is.

    step_ns    0 where the stamp is a day; −1 where there is no stamp or it cannot be read
    offset_s   `_NO_OFFSET` where it states none
    """

    local_ns: np.ndarray
    offset_s: np.ndarray
    step_ns: np.ndarray

    @property
    def known(self) -> np.ndarray:
        """Where (n,) there is a stamp."""
        return np.asarray(self.step_ns >= 0)

    @property
    def naive(self) -> np.ndarray:
        """Where (n,) a stamp says no offset, so that it needs a zone."""
        return np.asarray(self.known & (self.offset_s == _NO_OFFSET))


class Instants(NamedTuple):
    """Stamps (n,) as intervals in ns UTC, and where the clocks of the zone leave two readings."""

    start_ns: np.ndarray
    end_ns: np.ndarray
    twice: np.ndarray


def stamp_codes(pattern: str) -> np.ndarray | None:
    """Return a pattern such as `%d.%m.%Y %H:%M` as codes; None where it is none or has no whole date."""
    pieces = _TOKENS.findall(pattern)
    named = [token for token, _ in pieces if token]
    if "".join(f"%{t}" if t else c for t, c in pieces) != pattern or set(named) - set(_LETTERS):
        return None
    if len(named) != len(set(named)) or not {"m", "d"} <= set(named) or len({"Y", "y"} & set(named)) != 1:
        return None
    codes = [b for t, c in pieces for b in ([_TOKEN + _LETTERS.index(t)] if t else c.encode())]
    return np.array(codes, dtype=np.int64)


def read_stamps(words: pa.Array, pattern: str | None) -> Stamps:
    """Return the stamps of a column of words (n,), by a pattern or a word of `UNIX_STEPS`; ISO 8601 without one."""
    if pattern in UNIX_STEPS:
        return _unix(numbers(words), UNIX_STEPS[pattern])
    codes = stamp_codes(pattern or _ISO)
    if codes is None:
        raise ValueError(f"found the pattern {pattern!r}; needed one with year, month and day; correct it")
    there = np.asarray(words.is_valid())
    if not there.any():
        return _unix(np.full(len(words), np.nan), 1)
    _, offsets, data = words.buffers()
    starts = np.frombuffer(offsets, np.int32)[words.offset : words.offset + len(words) + 1]
    return Stamps(*_read(np.frombuffer(data, np.uint8), starts, there, codes, pattern is None))


def _unix(values: np.ndarray, step_ns: int) -> Stamps:
    known = np.isfinite(values) & (np.abs(values) * (step_ns / SECOND_NS) < _LAST_S)
    local = np.rint(np.where(known, values, 0.0) * step_ns).astype(np.int64)
    return Stamps(local, np.zeros(len(values), np.int64), np.where(known, step_ns, -1))


def instants(stamps: Stamps, zone: tzinfo | None) -> Instants:
    """Return stamps as half-open intervals in ns UTC, one step long, or the whole day in `zone`.

    An hour that comes twice or never when the clocks change is widened to both readings. Stamps that need a zone and
    have none, and those that cannot be read, come back as empty intervals at 0.
    """
    known, offset = stamps.known, np.where(stamps.offset_s == _NO_OFFSET, 0, stamps.offset_s)
    start = np.where(known, stamps.local_ns - offset * SECOND_NS, 0)
    end = np.where(known, start + stamps.step_ns, 0)
    twice = np.zeros(len(start), dtype=bool)
    rows = np.flatnonzero(stamps.naive)
    if zone is None or not len(rows):
        return Instants(np.where(stamps.naive, 0, start), np.where(stamps.naive, 0, end), twice)
    day = stamps.step_ns[rows] == 0
    last = stamps.local_ns[rows] + np.where(day, DAY_NS, 0)
    first, again = _in_zone(stamps.local_ns[rows], zone)
    after, later = _in_zone(last, zone)
    start[rows] = np.minimum(first, again)
    end[rows] = np.where(day, np.minimum(after, later), np.maximum(first, again) + stamps.step_ns[rows])
    twice[rows] = ~day & (first != again)
    return Instants(start, end, twice)


def _in_zone(local_ns: np.ndarray, zone: tzinfo) -> tuple[np.ndarray, np.ndarray]:
    """Return both readings (n,) ns UTC of clock times in a zone; mostly they are one."""
    days, place = np.unique(local_ns // DAY_NS, return_inverse=True)
    offsets = np.array([_offset_s(day, zone) for day in days.tolist()], dtype=np.int64)
    first = local_ns - offsets[place] * SECOND_NS
    again = first.copy()
    changing = np.flatnonzero(offsets[place] == _NO_OFFSET)
    seconds, at = np.unique(local_ns[changing] // SECOND_NS, return_inverse=True)
    readings = np.array([_readings(s, zone) for s in seconds.tolist()], dtype=np.int64).reshape(-1, 2)
    rest = local_ns[changing] % SECOND_NS
    first[changing], again[changing] = readings[at, 0] + rest, readings[at, 1] + rest
    return first, again


def _offset_s(day: int, zone: tzinfo) -> int:
    """Return the offset of a zone on a day; `_NO_OFFSET` where it changes within a day of it."""
    noon = datetime(1970, 1, 1, 12, tzinfo=zone) + timedelta(days=day)
    around = {(noon + timedelta(days=d)).utcoffset() for d in (-1, 0, 1)}
    offset = noon.utcoffset()
    return _NO_OFFSET if len(around) > 1 or offset is None else int(offset.total_seconds())


def _readings(second: int, zone: tzinfo) -> tuple[int, int]:
    naive = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=second)).replace(tzinfo=zone)
    return from_datetime(naive.replace(fold=0)), from_datetime(naive.replace(fold=1))


@njit(cache=True, nogil=True)
def _read(
    data: np.ndarray, starts: np.ndarray, there: np.ndarray, codes: np.ndarray, iso: bool
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    size = len(there)
    local, offset, step = np.zeros(size, np.int64), np.full(size, _NO_OFFSET, np.int64), np.full(size, -1, np.int64)
    fields = np.empty(_FIELDS, np.int64)
    for row in range(size):
        if there[row]:
            fields[:] = _UNSAID
            at = _follow(data, starts[row], starts[row + 1], codes, iso, fields)
            if at == starts[row + 1]:
                local[row], offset[row], step[row] = _assembled(fields)
    return local, offset, step


@njit(cache=True, nogil=True)
def _follow(data: np.ndarray, at: int, end: int, codes: np.ndarray, iso: bool, fields: np.ndarray) -> int:
    """Fill the fields of one stamp and return the byte after it; −1 where it does not follow the codes.

    A stamp may end before its clock time or its seconds do; ISO 8601 may put T for the blank and end in an offset.
    """
    parted = False
    for code in codes:
        if at < 0 or at >= end or (iso and code == 58 and _begins_offset(data[at])):
            break
        parted = code < _TOKEN
        if parted:
            at = at + 1 if data[at] == code or (iso and code == 32 and data[at] | 32 == 116) else -1
        else:
            at = _token(data, at, end, code - _TOKEN, iso, fields)
    if iso and 0 <= at < end and fields[_H] >= 0:
        while at < end and data[at] == 32:
            at += 1
        return _offset(data, at, end, fields)
    return -1 if parted else at


@njit(cache=True, nogil=True)
def _token(data: np.ndarray, at: int, end: int, token: int, iso: bool, fields: np.ndarray) -> int:
    """Fill one field and return the byte after it; −1 where the text does not fit."""
    if token == _Z:
        return _offset(data, at, end, fields)
    if token == _P:
        return _half(data, at, end, fields)
    if token == _F:
        return _fraction(data, at, end, iso, fields)
    width = 4 if token == _YEAR else 2
    value, digits = _digits(data, at, end, width)
    fields[token] = value
    return -1 if digits == 0 or (digits < width and (iso or token == _YEAR)) else at + digits


@njit(cache=True, nogil=True)
def _assembled(fields: np.ndarray) -> tuple[int, int, int]:
    """Return local ns, offset s and step ns of filled fields; a step of −1 where they are no time."""
    year = fields[_YEAR] if fields[_YEAR] >= 0 else fields[_YY] + (2000 if fields[_YY] < 69 else 1900)  # POSIX strptime
    hour, half = fields[_H], fields[_P]
    if fields[_I] >= 0:
        hour = fields[_I] % 12 + 12 * half if half >= 0 and 1 <= fields[_I] <= 12 else 99
    clock = (max(hour, 0), max(fields[_M], 0), max(fields[_S], 0))
    if not _possible(year, fields[_MONTH], fields[_D], clock):
        return 0, _NO_OFFSET, -1
    step = 0
    for token, size in ((_H, 3600 * SECOND_NS), (_I, 3600 * SECOND_NS), (_M, 60 * SECOND_NS), (_S, SECOND_NS)):
        step = size if fields[token] >= 0 else step
    if fields[_F] >= 0:
        step = fields[_F_STEP]
    seconds = _days(year, fields[_MONTH], fields[_D]) * 86400 + clock[0] * 3600 + clock[1] * 60 + clock[2]
    offset = fields[_Z] if fields[_Z] != _UNSAID else _NO_OFFSET
    return seconds * SECOND_NS + max(fields[_F], 0), offset, step


@njit(cache=True, nogil=True)
def _begins_offset(byte: int) -> bool:
    return byte in (32, 43, 45) or byte | 32 == 122


@njit(cache=True, nogil=True)
def _digits(data: np.ndarray, at: int, end: int, width: int) -> tuple[int, int]:
    value = digits = 0
    while digits < width and at + digits < end and 48 <= data[at + digits] <= 57:
        value = value * 10 + data[at + digits] - 48
        digits += 1
    return value, digits


@njit(cache=True, nogil=True)
def _fraction(data: np.ndarray, at: int, end: int, iso: bool, fields: np.ndarray) -> int:
    """Read a decimal fraction of a second; ISO 8601 may leave it out."""
    if iso:
        if data[at] != 46 and data[at] != 44:
            return at
        at += 1
    nanos, step, first = 0, SECOND_NS, at
    while at < end and 48 <= data[at] <= 57:
        if step > 1:
            step //= 10
            nanos += (data[at] - 48) * step
        at += 1
    fields[_F], fields[_F_STEP] = nanos, step
    return at if at > first else -1


@njit(cache=True, nogil=True)
def _half(data: np.ndarray, at: int, end: int, fields: np.ndarray) -> int:
    """Read am or pm."""
    if at + 2 > end or data[at + 1] | 32 != 109 or data[at] | 32 not in (97, 112):
        return -1
    fields[_P] = 1 if data[at] | 32 == 112 else 0
    return at + 2


@njit(cache=True, nogil=True)
def _offset(data: np.ndarray, at: int, end: int, fields: np.ndarray) -> int:
    """Read `Z`, `UTC`, `GMT`, `±HH`, `±HHMM` or `±HH:MM` as seconds east of UTC."""
    fields[_Z] = 0
    if at < end and data[at] | 32 == 122:
        return at + 1
    if at + 3 <= end and data[at + 2] | 32 in (99, 116) and data[at] | 32 in (117, 103):  # UTC, GMT
        return at + 3
    if at >= end or (data[at] != 43 and data[at] != 45):
        return -1
    sign = 44 - int(data[at])
    hours, digits = _digits(data, at + 1, end, 2)
    at += 3
    if at < end and data[at] == 58:
        at += 1
    minutes, more = _digits(data, at, end, 2)
    if digits < 2 or hours > 14 or more == 1 or minutes > 59:
        return -1
    fields[_Z] = sign * (hours * 3600 + minutes * 60)
    return at + more


@njit(cache=True, nogil=True)
def _possible(year: int, month: int, day: int, clock: tuple[int, int, int]) -> bool:
    if not (1700 < year < 2200 and 1 <= month <= 12 and day >= 1 and clock[0] < 24 and clock[1] < 60 and clock[2] < 60):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    most = 31 - (month - 1) % 7 % 2 if month != 2 else 28 + int(leap)
    return day <= most


@njit(cache=True, nogil=True)
def _days(year: int, month: int, day: int) -> int:
    """Return days since 1970-01-01 in the Gregorian calendar (Hinnant 2013, chrono-compatible date algorithms)."""
    year -= month <= 2
    era = year // 400
    of_era = year - era * 400
    of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468
