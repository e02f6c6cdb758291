"""Records as canonical JSON and back: dataclasses become objects, NaN becomes null, `_ns` integers become text.

JSON numbers are doubles (RFC 8785, section 3.2.2.3), which cannot hold nanoseconds since 1970; so an integer under a
name that ends in `_ns` is written as decimal text and read back as an integer.
"""

import json
import math
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints

import numpy as np

from trucewatch.core.digest import canonical_json
from trucewatch.core.errors import EvidenceError

__all__ = ["body_bytes", "from_body", "read_body", "to_body"]

T = TypeVar("T")
_LARGEST = 2**53 - 1  # largest integer that JSON carries exactly, RFC 8785 section 3.2.2.3
_SMALLEST = 1e-4  # below it Python and RFC 8785 spell a float differently


def to_body(record: Any) -> dict[str, Any]:
    """Return a record (a dataclass) as plain JSON values."""
    body = _plain(record, False, [])
    if not isinstance(body, dict):
        raise EvidenceError(f"found a body of type {type(record).__name__}; needed a record or a mapping")
    return body


def body_bytes(body: Any) -> bytes:
    """Return the RFC 8785 bytes of a record or mapping.

    The standard encoder writes the same bytes several times faster, except for tiny floats and for names outside
    ASCII; a body that holds one of these goes to the reference encoder.
    """
    odd: list[Any] = []
    plain = _plain(body, False, odd)
    try:
        if odd:
            return canonical_json(plain)
        return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise EvidenceError(f"found text that is no Unicode ({error.reason}); needed UTF-8; decode it first") from error


def read_body(data: bytes) -> dict[str, Any]:
    """Return the mapping in canonical JSON, with `_ns` integers restored."""
    body = json.loads(data, object_hook=_restore)
    if not isinstance(body, dict):
        raise ValueError(f"found {type(body).__name__}; needed a JSON object")
    return body


def _plain(value: Any, nanoseconds: bool, odd: list[Any]) -> Any:
    if value is None or isinstance(value, bool) or type(value) is str:
        return value
    if isinstance(value, (float, np.floating)):
        return _number(float(value), odd)
    if isinstance(value, (int, np.integer)):
        return _integer(int(value), nanoseconds)
    return _nested(value, nanoseconds, odd)


def _nested(value: Any, nanoseconds: bool, odd: list[Any]) -> Any:
    if isinstance(value, dict):
        return {_name(k, odd): _plain(v, k.endswith("_ns"), odd) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(v, nanoseconds, odd) for v in value]
    if is_dataclass(value):
        return {n: _plain(getattr(value, n), n.endswith("_ns"), odd) for n in _names(value.__class__)}
    if isinstance(value, Mapping):
        return _plain(dict(value), nanoseconds, odd)
    return _plain_scalar(value, nanoseconds, odd)


def _plain_scalar(value: Any, nanoseconds: bool, odd: list[Any]) -> Any:
    if isinstance(value, Enum):
        return _plain(value.value, nanoseconds, odd)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, np.bool_):
        return bool(value)
    raise EvidenceError(f"found {type(value).__name__} in a body; needed text, numbers, lists and objects; convert it")


def _number(value: float, odd: list[Any]) -> float | int | None:
    if not math.isfinite(value):
        return None
    size = abs(value)
    if size <= _LARGEST and value.is_integer():
        return int(value)
    if size < _SMALLEST or size > _LARGEST:
        odd.append(value)
    return value


def _integer(value: int, nanoseconds: bool) -> int | str:
    if nanoseconds:
        return str(value)
    if abs(value) > _LARGEST:
        raise EvidenceError(f"found the integer {value}; needed at most 2^53 - 1, or a name ending in _ns; rename it")
    return value


def _name(name: Any, odd: list[Any]) -> str:
    if not isinstance(name, str):
        raise EvidenceError(f"found the name {name!r} in a body; needed text; convert it")
    if not name.isascii():
        odd.append(name)
    return name


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(f.name for f in fields(kind))


def _restore(body: dict[str, Any]) -> dict[str, Any]:
    return {name: _integers(value) if name.endswith("_ns") else value for name, value in body.items()}


def _integers(value: Any) -> Any:
    if isinstance(value, list):
        return [_integers(v) for v in value]
    if isinstance(value, str) and value.lstrip("-").isdecimal():
        return int(value)
    return value


def from_body(kind: Callable[..., T], body: Mapping[str, Any]) -> T:
    """Return the record of this dataclass in a body that `to_body` made; fields that it lacks keep their defaults."""
    readers = _readers(kind)
    return kind(**{name: read(body[name]) for name, read in readers if name in body})


@cache
def _readers(kind: Any) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
    hints = get_type_hints(kind)
    return tuple((name, _reader(hints[name])) for name in _names(kind))


def _reader(hint: Any) -> Callable[[Any], Any]:
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional(inner)
    if origin is tuple:
        item = _reader(inner[0])
        return lambda values: tuple(item(v) for v in values)
    if origin is not None and issubclass(origin, Mapping):
        return dict
    if is_dataclass(hint) and isinstance(hint, type):
        return lambda body: from_body(hint, body)
    to_type: Callable[[Any], Any] = hint
    return to_type


def _optional(inner: tuple[Any, ...]) -> Callable[[Any], Any]:
    known = [h for h in inner if h is not type(None)]
    if len(known) != 1:
        return lambda value: value
    read = _reader(known[0])
    return lambda value: None if value is None else read(value)
