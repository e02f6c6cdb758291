"""The elements of a JSON list one by one, each with where it stands, as far as the file goes."""

import json
import re
from typing import Any, NamedTuple

from trucewatch.core.errors import CommandError
from trucewatch.sense.encoding import body

__all__ = ["Element", "Listing", "listing", "raw_element"]

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class Element(NamedTuple):
    """A decoded element and its character offsets in the text."""

    value: Any
    start: int
    end: int


class Listing(NamedTuple):
    """The elements of a list; `broken` says where and why reading stopped early; `beside` holds the other members."""

    elements: list[Element]
    broken: str | None
    beside: dict[str, Any]


def listing(text: str, key: str | None) -> Listing:
    """Return the elements of a list: the whole text, or the member `key` of the object that the text is."""
    result = Listing([], None, {})
    try:
        at = _enter(text, _skip(text, 0), key, result.beside)
        at = _elements(text, at, result.elements)
        if key is not None:
            _rest(text, at, result.beside)
    except (ValueError, RecursionError) as error:
        return result._replace(broken=str(error) or type(error).__name__)
    return result


def raw_element(data: bytes, key: str | None, row: int) -> bytes:
    """Return the exact bytes of element `row` (from 1) of the list in a JSON file."""
    plain, codec = body(data)
    elements = listing(plain.decode("latin-1"), key).elements  # one character a byte; marks of JSON are ASCII
    if not 1 <= row <= len(elements):
        raise CommandError(f"found no row {row}; needed 1 to {len(elements)}; ask for one of these")
    piece = plain[elements[row - 1].start : elements[row - 1].end]
    return piece.decode().encode(codec) if codec else piece


def _skip(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _enter(text: str, at: int, key: str | None, beside: dict[str, Any]) -> int:
    """Return the offset after the `[` of the list, having read the members before it."""
    if key is None:
        return _expect(text, at, "[")
    at = _expect(text, at, "{")
    while True:
        name, at = _DECODER.raw_decode(text, _skip(text, at))
        at = _expect(text, at, ":")
        if name == key:
            return _expect(text, at, "[")
        beside[str(name)], at = _DECODER.raw_decode(text, _skip(text, at))
        at = _expect(text, at, ",")


def _elements(text: str, at: int, found: list[Element]) -> int:
    """Collect the elements and return the offset after the `]`."""
    at = _skip(text, at)
    if text[at : at + 1] == "]":
        return at + 1
    while True:
        start = _skip(text, at)
        value, end = _DECODER.raw_decode(text, start)
        found.append(Element(value, start, end))
        at = _skip(text, end)
        if text[at : at + 1] == "]":
            return at + 1
        at = _expect(text, at, ",")


def _rest(text: str, at: int, beside: dict[str, Any]) -> None:
    """Read the members after the list."""
    while text[(at := _skip(text, at)) : at + 1] == ",":
        name, at = _DECODER.raw_decode(text, _skip(text, at + 1))
        beside[str(name)], at = _DECODER.raw_decode(text, _skip(text, _expect(text, at, ":")))


def _expect(text: str, at: int, mark: str) -> int:
    at = _skip(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{text[at : at + 20]!r} at character {at} where {mark!r} belongs")
    return at + 1
