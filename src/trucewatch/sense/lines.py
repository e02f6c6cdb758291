"""Split the bytes of a CSV file into records, whatever is broken in them."""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["BROKEN", "Records", "split_records"]

BROKEN = -1  # field count of a record whose quotes do not close
_CR, _LF = 13, 10
_ROLLBACKS = 4  # a file is scanned at most this often again, so that hostile quotes cannot cost more


class Records(NamedTuple):
    """Records of a CSV file, in order.

    start, end   (n,) byte offsets, without the line end
    fields       (n,) number of fields; BROKEN where a quote does not close; 0 for a blank line
    digest       (n,) 64-bit FNV-1a of the record's bytes
    """

    start: np.ndarray
    end: np.ndarray
    fields: np.ndarray
    digest: np.ndarray


def split_records(utf8: bytes, start: int, delimiter: str, quoted: bool, expected: int) -> Records:
    """Return the records of CSV text from byte `start` on.

    A quote opens only at the start of a field and a doubled one inside stands for itself (RFC 4180, 2.7). A record
    that runs over several lines and does not have the `expected` number of fields is cut after its first line, so
    that one stray quote costs one row.
    """
    data = np.frombuffer(utf8, np.uint8)
    parts = _split(data, start, ord(delimiter), ord('"') if quoted else 0, expected, _ROLLBACKS * len(data))
    return Records(*parts)


@njit(cache=True, nogil=True)
def _split(
    data: np.ndarray, start: int, delimiter: int, quote: int, expected: int, budget: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    size = data.size
    capacity = 2
    for i in range(start, size):
        capacity += (data[i] == _LF) | (data[i] == _CR)
    begins, ends = np.empty(capacity, np.int64), np.empty(capacity, np.int64)
    fields, digests = np.empty(capacity, np.int64), np.empty(capacity, np.uint64)
    n, i = 0, start
    while i < size:
        end, count, first_break, closed = _record(data, i, delimiter, quote)
        if first_break >= 0 and (count != expected or not closed) and budget > 0:
            budget -= end - first_break
            end, count = first_break, BROKEN
        elif not closed:
            count = BROKEN
        begins[n], ends[n] = i, end
        fields[n] = 0 if end == i else count
        digests[n] = _fnv(data, i, end)
        n += 1
        i = end + 1
        if i < size and data[end] == _CR and data[i] == _LF:
            i += 1
    return begins[:n], ends[:n], fields[:n], digests[:n]


@njit(cache=True, nogil=True)
def _record(data: np.ndarray, i: int, delimiter: int, quote: int) -> tuple[int, int, int, bool]:
    """Return end, fields, first line break inside quotes (or −1) and whether the quotes close."""
    count, first_break, inside, fresh = 1, -1, False, True
    while i < data.size:
        c = data[i]
        if inside:
            if c == quote:
                if i + 1 < data.size and data[i + 1] == quote:
                    i += 1
                else:
                    inside = False
            elif first_break < 0 and c in (_LF, _CR):
                first_break = i
        elif c in (_LF, _CR):
            return i, count, first_break, True
        elif c == delimiter:
            count += 1
            fresh = True
            i += 1
            continue
        elif c == quote and fresh:
            inside = True
        fresh = False
        i += 1
    return i, count, first_break, not inside


@njit(cache=True, nogil=True)
def _fnv(data: np.ndarray, start: int, end: int) -> np.uint64:
    """Return the 64-bit FNV-1a hash of bytes (Fowler, Noll and Vo 1991)."""
    value = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        value = (value ^ np.uint64(data[i])) * np.uint64(0x100000001B3)
    return value
