"""Digests of bytes and records: SHA-256, canonical JSON (RFC 8785), canonical rows, salted commitments."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import rfc8785

from trucewatch.core.columns import Column, Schema

__all__ = ["canonical_json", "canonical_rows", "commit", "quantise", "row_width", "sha256_hex"]

_UNKNOWN = np.iinfo(np.int64).min  # stands for null in canonical rows; no quantised value reaches it
_HASHED = ("string", "binary", "int64s")  # of any length: their SHA-256 stands for them


def sha256_hex(data: bytes) -> str:
    """Return the SHA-256 of bytes as lower-case hex."""
    return hashlib.sha256(data).hexdigest()


def canonical_json(value: Mapping[str, Any] | list[Any]) -> bytes:
    """Return RFC 8785 canonical JSON bytes."""
    return bytes(rfc8785.dumps(value))


def commit(body: bytes, salt: bytes) -> bytes:
    """Return the 32-byte salted commitment SHA-256(salt ‖ body); the salt is 32 random bytes."""
    if len(salt) != 32:
        raise ValueError(f"found a salt of {len(salt)} bytes; needed 32; draw it from the system's random source")
    return hashlib.sha256(salt + body).digest()


def quantise(values: np.ndarray, quantum: float) -> np.ndarray:
    """Return floats (n,) rounded to whole quanta as int64; NaN becomes the least int64."""
    steps = np.rint(values / quantum)
    known = np.isfinite(steps)
    return np.where(known, np.where(known, steps, 0).astype(np.int64), _UNKNOWN)


def row_width(schema: Schema) -> int:
    """Return the bytes of one canonical row."""
    return sum(32 if c.dtype in _HASHED else 8 for c in schema.columns)


def canonical_rows(table: pa.Table, schema: Schema) -> np.ndarray:
    """Return one canonical byte string a row, (n, width) uint8.

    Each number is its quantised int64, big-endian; each string or binary is the SHA-256 of its bytes, a list of
    integers that of its int64s, big-endian, one after the other; null is the least int64, or 32 zero bytes. Fixed width
    makes a row provable without its neighbours.
    """
    schema.check(table)
    parts = [_canonical_column(table.column(c.name).combine_chunks(), c) for c in schema.columns]
    return np.concatenate(parts, axis=1) if parts else np.empty((table.num_rows, 0), np.uint8)


def _canonical_column(values: pa.Array, column: Column) -> np.ndarray:
    if column.dtype == "int64s":
        return _list_digests(values)
    if column.dtype in _HASHED:
        return _digests(values)
    if column.dtype == "float64":
        floats = np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)
        whole = quantise(floats, column.quantum or 1e-9)
    else:
        whole = values.cast(pa.int64()).fill_null(_UNKNOWN).to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(whole.astype(">i8")).view(np.uint8).reshape(-1, 8)


def _list_digests(values: pa.ListArray) -> np.ndarray:
    lists = (None if v is None else np.array(v, dtype=">i8").tobytes() for v in values.to_pylist())
    joined = b"".join(bytes(32) if v is None else hashlib.sha256(v).digest() for v in lists)
    return np.frombuffer(joined, np.uint8).reshape(-1, 32)


def _digests(values: pa.Array) -> np.ndarray:
    if len(values) == 0:
        return np.empty((0, 32), np.uint8)
    coded = values.dictionary_encode()
    words = [w.encode() if isinstance(w, str) else w for w in coded.dictionary.to_pylist()]
    table = b"".join(hashlib.sha256(w).digest() for w in words) + bytes(32)
    digests = np.frombuffer(table, np.uint8).reshape(-1, 32)
    codes = coded.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)
    return np.asarray(digests[codes])
