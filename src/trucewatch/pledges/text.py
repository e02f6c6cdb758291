"""Scan the lines of a ledger into blocks: a dated head with its indented fields, nothing understood yet."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from trucewatch.core.problem import Problem

__all__ = ["Block", "Field", "Scan", "decoded", "scan"]

_COMMENT = (";", "#")
_MOST_STRAYS = 1_000
_FIX_ENCODING = "save the file as UTF-8; the odd bytes are shown as \\x…"


class Field(NamedTuple):
    """One indented line: `key: value`."""

    key: str
    value: str
    line: int


class Block(NamedTuple):
    """One directive as written.

    words   of the head: date, kind, name, and what follows
    text    its lines without spaces at either end, comments and empty lines
    """

    file: str
    line: int
    words: list[str]
    fields: list[Field]
    text: str


@dataclass
class Scan:
    """What else a file holds: what it includes (name and line), and what is wrong with it."""

    includes: list[tuple[str, int]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    strays: int = 0

    def stray(self, file: str, number: int, line: str) -> None:
        """Note a line that fits nowhere; of a whole file of them, the first thousand are named and the rest counted."""
        self.strays += 1
        if self.strays <= _MOST_STRAYS:
            self.problems.append(_stray(file, number, line))

    def close(self, file: str) -> None:
        """Say how many lines more fitted nowhere."""
        if self.strays > _MOST_STRAYS:
            found = f"{self.strays - _MOST_STRAYS:,} lines more that fit nowhere"
            self.problems.append(Problem(file, 1, found, "a ledger", "check that this is the right file"))


def decoded(file: str, data: bytes) -> tuple[str, list[Problem]]:
    """Return the text of a file, and the lines that are no UTF-8; nothing is guessed about them."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), []
    try:
        return data.decode("utf-8-sig"), []
    except UnicodeDecodeError:
        text = data.decode("utf-8-sig", "backslashreplace")
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        return text, [
            Problem(file, n, "bytes that are no UTF-8", "UTF-8 throughout", _FIX_ENCODING)
            for n, line in enumerate(lines, 1)
            if not _is_utf8(line)
        ]


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def scan(file: str, text: str, found: Scan) -> Iterator[Block]:
    """Yield the blocks of a ledger's text; a line that fits nowhere is a problem in `found`, and the rest goes on."""
    head, lines = 0, list[str]()
    fields: list[Field] = []
    for number, line in enumerate(_lines(text), 1):
        bare = line.strip()
        if not bare or bare[0] in _COMMENT:
            continue
        if line[0] in " \t":
            if lines:
                key, _, value = bare.partition(":")
                fields.append(Field(key, value.lstrip(), number))
                lines.append(bare)
            else:
                found.stray(file, number, line)
            continue
        if lines:
            yield Block(file, head, lines[0].split(), fields, "\n".join(lines))
            lines, fields = [], []
        if line[0].isdigit():
            head, lines = number, [bare]
        else:
            _other(found, file, number, bare)
    if lines:
        yield Block(file, head, lines[0].split(), fields, "\n".join(lines))
    found.close(file)


def _lines(text: str) -> list[str]:
    return (text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text).split("\n")


def _other(found: Scan, file: str, number: int, line: str) -> None:
    if line.split(maxsplit=1)[0] == "include":
        _include(found, file, number, line)
    else:
        found.stray(file, number, line)


def _include(found: Scan, file: str, number: int, line: str) -> None:
    name = line.removeprefix("include").strip()
    if len(name) > 2 and name[0] == name[-1] == '"':
        found.includes.append((name[1:-1], number))
    else:
        needed = 'include "name of a file"'
        found.problems.append(Problem(file, number, _short(line), needed, "write the name in quotes"))


def _stray(file: str, number: int, line: str) -> Problem:
    needed = "a date with a directive, an indented field below one, an include, or a comment after ;"
    return Problem(file, number, _short(line), needed, "the line is left out; correct it")


def _short(line: str) -> str:
    bare = line.strip()
    return repr(bare if len(bare) <= 60 else f"{bare[:57]}…")
