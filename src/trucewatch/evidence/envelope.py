"""The leaf of the log: a small envelope around a salted commitment, never the body."""

import json
from dataclasses import dataclass
from typing import Any, Self

from trucewatch.core.errors import VerifyError
from trucewatch.core.marking import Marking
from trucewatch.evidence.canonical import body_bytes

__all__ = ["DESTROYED", "FILE", "JSON", "ORPHAN", "ROWS", "Body", "Envelope", "is_digest"]

FILE = "file"  # a raw file as it was received
ORPHAN = "orphan"  # a blob that was durable when no record named it yet
DESTROYED = "key_destroyed"

JSON = "json"  # the body is one canonical JSON object; the commitment is SHA-256(salt ‖ body)
ROWS = "rows"  # the body is a Parquet segment; the commitment is the Merkle root over its rows' salted digests
_VERSION = 1
_NAMES = frozenset({"blobs", "body", "commitment", "key", "kind", "marking", "parents", "rows", "schema", "time", "v"})
_HEX = frozenset("0123456789abcdef")


@dataclass(frozen=True, slots=True)
class Body:
    """Where a body lies: `size` bytes from `at` on in a blob, in the form JSON or ROWS."""

    blob: str
    at: int
    size: int
    form: str


@dataclass(frozen=True, slots=True)
class Envelope:
    """One leaf.

    schema      name and version of the body's shape, e.g. observations/1
    commitment  hex
    key         name of the key that opens the body; None where the body is not sealed
    parents     leaf hashes, hex, of the records that this one was made from
    blobs       addresses, hex, of raw files that the record names: SHA-256 of what lies in the blob store
    rows        rows of a segment; None for a single record
    time        ISO 8601 UTC, when it was logged
    """

    kind: str
    schema: str
    commitment: str
    body: Body
    key: str | None
    parents: tuple[str, ...]
    blobs: tuple[str, ...]
    marking: Marking
    rows: int | None
    time: str

    def encode(self) -> bytes:
        """Return the canonical bytes of the leaf."""
        return body_bytes({**{n: getattr(self, n) for n in self.__slots__}, "v": _VERSION})

    @classmethod
    def decode(cls, entry: bytes) -> Self:
        """Return the envelope in a leaf; VerifyError where a field is missing, unknown or malformed."""
        try:
            found = json.loads(entry)
            if set(found) != _NAMES or found.pop("v") != _VERSION:
                raise ValueError("other fields, or another version")
            return cls(**{**found, **_typed(found)})
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise VerifyError(
                f"found a leaf that is no envelope of version {_VERSION} ({error}); needed one"
            ) from error


def _typed(found: dict[str, Any]) -> dict[str, Any]:
    body = Body(**found["body"])
    parents, blobs = tuple(found["parents"]), tuple(found["blobs"])
    for digest in (found["commitment"], body.blob, *parents, *blobs):
        if not is_digest(digest):
            raise ValueError("a digest that is not 64 hexadecimal digits")
    if body.form not in (JSON, ROWS) or not _whole(body.at) or not _whole(body.size):
        raise ValueError("a body of unknown form or extent")
    if (body.form == ROWS) != _whole(found["rows"]):
        raise ValueError("a number of rows that does not fit the form")
    return {"body": body, "parents": parents, "blobs": blobs, "marking": Marking(found["marking"])}


def _whole(value: Any) -> bool:
    return type(value) is int and value >= 0


def is_digest(value: Any) -> bool:
    """Return whether a value spells a SHA-256: 64 lower-case hexadecimal digits."""
    return isinstance(value, str) and len(value) == 64 and _HEX.issuperset(value)
