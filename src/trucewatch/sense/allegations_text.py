"""A party's list of allegations as free text, one a line, below header lines: who, against whom, in which zone."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import IssueKind
from trucewatch.core.position import Position
from trucewatch.core.reading import Reading
from trucewatch.sense.allegations import Said, reading
from trucewatch.sense.allegations_lines import When, place_in, when_in
from trucewatch.sense.allegations_words import LONGEST, understood
from trucewatch.sense.encoding import body, decode
from trucewatch.sense.local_times import local_interval
from trucewatch.sense.places import reason_parts
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "allegations_text"
_HEAD = 1 << 16  # bytes in which the header lines must lie
_KEY = re.compile(r"#\s*(party|against|time_zone|year|date)\s*:\s*(.*)", re.IGNORECASE)
_SYNTHETIC = re.compile(r"#\s*SYNTHETIC\b", re.IGNORECASE)
_COLUMNS = re.compile(
    r"[a-z_ ]+([,;\t][a-z_ ]*){2,}", re.IGNORECASE
)  # the header line of a table has no words of a day
_NEEDED = frozenset({"party", "against", "time_zone"})

Header = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One allegation: its number from 1, its words, and the header lines that hold for it."""

    row: int
    text: str
    header: Header


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    keys: set[str] = set()
    for line in decode(head[:_HEAD]).utf8.decode(errors="replace").splitlines():
        key = _KEY.match(line.strip())
        if key:
            keys.add(key[1].lower())
        elif line.strip() and not line.lstrip().startswith("#"):
            return keys >= _NEEDED and not _COLUMNS.fullmatch(line.strip())
    return False


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one allegation's line, without its end."""
    utf8, codec = body(data)
    lines = [line for line in re.split(rb"\r\n|\r|\n", utf8) if line.strip() and not line.lstrip().startswith(b"#")]
    if not 1 <= row <= len(lines):
        raise CommandError(f"found no row {row}; needed 1 to {len(lines)}; ask for one of these")
    return lines[row - 1].decode().encode(codec) if codec else lines[row - 1]


def read(source: Source) -> Iterator[Reading]:
    """Read the allegations; header lines hold for the lines below them, until the next of the same key."""
    text = decode(source.data)
    lines, synthetic = _lines(text.utf8.decode())
    first: dict[tuple[str, Header], int] = {}
    twin = [first.setdefault((" ".join(x.text.split()), x.header), x.row) for x in lines]
    row = np.array([x.row for x in lines], dtype=np.int64)
    s = Section((), pa.table({}), row, np.where(np.array(twin, dtype=np.int64) == row, 0, twin))
    said = [_said(source, line) for line, t in zip(lines, s.twin, strict=True) if t == 0]
    issues = (
        [] if text.assumed is None else [source.issue(IssueKind.DOUBTFUL, text.assumed, "UTF-8", "check the words")]
    )
    yield reading(source, FORMAT, s, said, issues, synthetic)


def _lines(text: str) -> tuple[list[Line], bool]:
    header: dict[str, str] = {}
    lines: list[Line] = []
    synthetic = False
    current: Header = ()
    for words in re.split(r"\r\n|\r|\n", text):
        plain = words.strip()
        key = _KEY.match(plain)
        if key:
            header[key[1].lower()] = key[2].strip()
            current = tuple(sorted(header.items()))
        elif plain.startswith("#"):
            synthetic = synthetic or _SYNTHETIC.match(plain) is not None
        elif plain:
            lines.append(Line(len(lines) + 1, plain, current))
    return lines, synthetic


def _said(source: Source, line: Line) -> Said:
    header = dict(line.header)
    when = when_in(line.text[:LONGEST], header.get("year") or None, header.get("date") or None)
    what = understood(when.rest)
    said = Said(header.get("party", ""), header.get("against") or None, None, None, None, what, line.text)
    _date(source, said, when, header.get("time_zone") or None)
    _place(said, what.rest)
    return said


def _date(source: Source, said: Said, when: When, zone: str | None) -> None:
    if when.without_year:
        found, needed = f"{when.without_year!r} without a year", "a year, or a header line such as `# year: 2025`"
        said.doubts.append((found, needed, "its time is unknown"))
        return
    interval = local_interval(when.date, when.first, when.last, zone)
    said.date(source, (interval.t_start_ns, interval.t_end_ns), interval.fault, when.date)
    said.doubts += [interval.doubt] if interval.doubt and said.t_start_ns is not None else []


def _place(said: Said, rest: str) -> None:
    place = place_in(rest)
    if isinstance(place, Position):
        said.place = place
    elif place is None:
        said.doubts.append(("no words that could name a place", "where it happened", "its place is unknown"))
    else:
        said.doubts.append(reason_parts(place.reason))
