"""Bulk rows: one Parquet file a table, committed by the Merkle root over its rows' salted digests.

Any one row can be proven (its values, its salt and an audit path) or withheld (its salt is never shown). The salt of
row i is half (i mod 2) of BLAKE2b-512, keyed with the segment's 32-byte secret, over ⌊i / 2⌋ as 8 bytes big-endian;
the leaf hash of the row is SHA-256(0x00 ‖ salt ‖ canonical row). The secret and the columns' declaration travel in the
metadata of the Parquet file, so that whoever may read all of it can recompute the root from it alone.
"""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trucewatch.core.columns import Column, Schema
from trucewatch.core.digest import canonical_rows, row_width
from trucewatch.core.errors import VerifyError
from trucewatch.core.marking import Marking
from trucewatch.evidence.config import Config
from trucewatch.evidence.merkle import inclusion_path, leaf_hash, range_root_of, verify_inclusion

__all__ = [
    "RowProof",
    "Segment",
    "prove_row",
    "read_segment",
    "row_digest",
    "row_digests",
    "verify_row",
    "write_segment",
]

_SECRET, _SCHEMA = b"trucewatch.secret", b"trucewatch.schema"
_SALT = 32
_DEFAULT = Config()


class Segment(NamedTuple):
    """A segment read back: its rows, their columns, and the 32-byte secret of their salts."""

    table: pa.Table
    schema: Schema
    secret: bytes


@dataclass(frozen=True)
class RowProof:
    """One row with what shows that it is row `index` of `rows` under a segment's root.

    row   table of exactly one row
    salt  32 bytes
    path  audit path, nearest sibling first
    """

    row: pa.Table
    index: int
    rows: int
    salt: bytes
    path: tuple[bytes, ...]


def row_digests(table: pa.Table, schema: Schema, secret: bytes, config: Config = _DEFAULT) -> bytes:
    """Return the salted leaf hashes of all rows, joined (rows × 32 bytes)."""
    step = config.chunk_rows - config.chunk_rows % 2
    starts = range(0, table.num_rows, step)
    return b"".join([_chunk_digests(table.slice(start, step), schema, secret, start) for start in starts])


def _chunk_digests(table: pa.Table, schema: Schema, secret: bytes, start: int) -> bytes:
    """Hash rows from `start` (even) on, each laid out in one buffer as 0x00 ‖ salt ‖ row."""
    rows = canonical_rows(table, schema)
    buffer = np.zeros((len(rows), 1 + _SALT + row_width(schema)), np.uint8)
    buffer[:, 1 : 1 + _SALT] = _salts(secret, start, len(rows))
    buffer[:, 1 + _SALT :] = rows
    sha256, width, whole = hashlib.sha256, buffer.shape[1], memoryview(buffer.reshape(-1).data)
    return b"".join([sha256(whole[i : i + width]).digest() for i in range(0, len(whole), width)])


def _salts(secret: bytes, start: int, count: int) -> np.ndarray:
    """Return the salts (count, 32) uint8 of rows from `start` (even) on."""
    pairs = range(start // 2, (start + count + 1) // 2)
    drawn = b"".join([hashlib.blake2b(i.to_bytes(8, "big"), key=secret).digest() for i in pairs])
    return np.frombuffer(drawn, np.uint8).reshape(-1, _SALT)[:count]


def write_segment(table: pa.Table, schema: Schema, secret: bytes, config: Config = _DEFAULT) -> bytes:
    """Return the table as Parquet (zstd) that carries its own schema and secret."""
    schema.check(table)
    declared = json.dumps(asdict(schema), sort_keys=True).encode()
    table = table.replace_schema_metadata({_SECRET: secret.hex().encode(), _SCHEMA: declared})
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd", compression_level=config.zstd_level)
    return out.getvalue()


def read_segment(data: bytes) -> Segment:
    """Return the segment in Parquet bytes; VerifyError where they hold none."""
    try:
        table = pq.read_table(pa.BufferReader(data))
        about = table.schema.metadata or {}
        secret, schema = bytes.fromhex(about[_SECRET].decode()), _schema(json.loads(about[_SCHEMA]))
        table = table.replace_schema_metadata(None)
        schema.check(table)
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError) as error:
        raise VerifyError(f"found a blob that is no segment ({error}); needed Parquet with its schema") from error
    return Segment(table, schema, secret)


def _schema(found: dict[str, Any]) -> Schema:
    columns = tuple(Column(**{**c, "marking": Marking(c["marking"])}) for c in found["columns"])
    return Schema(found["name"], found["version"], columns)


def prove_row(segment: Segment, index: int) -> RowProof:
    """Return the proof of one row (0-based) of a segment."""
    if not 0 <= index < segment.table.num_rows:
        raise ValueError(f"found row {index}; needed 0 to {segment.table.num_rows - 1}; count rows from 0")
    digests = row_digests(segment.table, segment.schema, segment.secret)
    path = inclusion_path(index, segment.table.num_rows, range_root_of(digests))
    return RowProof(segment.table.slice(index, 1), index, segment.table.num_rows, _salt(segment, index), tuple(path))


def row_digest(segment: Segment, index: int) -> bytes:
    """Return the salted leaf hash of one row."""
    return _leaf(segment.table.slice(index, 1), segment.schema, _salt(segment, index))


def _salt(segment: Segment, index: int) -> bytes:
    return bytes(_salts(segment.secret, index - index % 2, 2)[index % 2])


def _leaf(row: pa.Table, schema: Schema, salt: bytes) -> bytes:
    return leaf_hash(salt + canonical_rows(row, schema).tobytes())


def verify_row(proof: RowProof, schema: Schema, segment_root: str, rows: int) -> None:
    """Raise VerifyError unless the proof shows its row under a segment's root (hex) and rows, as its leaf has them."""
    fits = proof.row.schema.equals(schema.arrow) and proof.row.num_rows == 1 and len(proof.salt) == _SALT
    fits = fits and proof.rows == rows  # a root alone does not say over how many rows it stands
    leaf = _leaf(proof.row, schema, proof.salt) if fits else b""
    if not fits or not verify_inclusion(leaf, proof.index, proof.rows, proof.path, bytes.fromhex(segment_root)):
        raise VerifyError(
            f"found a proof that does not lead row {proof.index} to the segment {segment_root}; "
            "needed its values, salt and path as they were logged; ask for the proof again"
        )
