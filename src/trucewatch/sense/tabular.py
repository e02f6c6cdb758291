"""CSV files to columns of words, with exact row numbers; a broken row costs itself and nothing else."""

import csv
import re
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.sense.encoding import body, decode
from trucewatch.sense.lines import BROKEN, Records, split_records
from trucewatch.sense.source import Source

__all__ = [
    "SYNTHETIC_MARK",
    "Section",
    "Sheet",
    "Tabular",
    "broken_rows",
    "column",
    "encoding_issue",
    "matches",
    "parse_rows",
    "raw_row",
    "read_sheet",
    "read_whole",
    "twins_of",
]

_HEAD = 1 << 16  # bytes in which the header must lie
_ALIKE = 4  # a later header line begins like the first one
_DELIMITERS = ",;\t"
SYNTHETIC_MARK = re.compile(rb"#\s*SYNTHETIC\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What makes a CSV file one of a format: the columns it must have, and those that it must not have.

    fold    names are compared in lower case
    quoted  text fields may hold delimiters and line breaks inside quotes
    """

    needed: frozenset[str]
    barred: frozenset[str] = frozenset()
    fold: bool = True
    quoted: bool = True

    def accepts(self, names: tuple[str, ...]) -> bool:
        """Return whether a header with these names is one of this format."""
        return self.needed <= set(names) and not self.barred & set(names) and len(set(names)) == len(names)


class Header(NamedTuple):
    """Where the header of a file stands: names, delimiter, its bytes, and whether the file says SYNTHETIC above it."""

    names: tuple[str, ...]
    delimiter: str
    start: int
    line: bytes
    synthetic: bool


class Section(NamedTuple):
    """Rows under one header line.

    words   table of strings, null where the field is empty
    row     (n,) 1-based number of the data record in the file
    twin    (n,) row number of the first record with exactly the same bytes; 0 where this is the first
    """

    names: tuple[str, ...]
    words: pa.Table
    row: np.ndarray
    twin: np.ndarray


class Tabular(NamedTuple):
    """A whole CSV file."""

    sections: list[Section]
    issues: list[Issue]
    synthetic: bool


def matches(head: bytes, sheet: Sheet) -> bool:
    """Return whether a file that begins with `head` carries this sheet."""
    return _header(head[:_HEAD], sheet) is not None


def read_sheet(source: Source, sheet: Sheet) -> Tabular:
    """Return the rows of a CSV file under each of its header lines, and what was wrong with the others."""
    text = decode(source.data)
    header = _header(text.utf8[:_HEAD], sheet)
    if header is None:
        needed = f"a header line with the columns {', '.join(sorted(sheet.needed))}"
        return Tabular([], [source.unreadable("another first line", needed)], synthetic=False)
    issues = [] if text.assumed is None else [encoding_issue(source, text.assumed)]
    records = _records(text.utf8, sheet, header)
    row, heads = _number(text.utf8, records, sheet, header)
    twin = twins_of(text.utf8, records, row)
    sections = []
    for at, (first, names) in enumerate(heads):
        last = heads[at + 1][0] if at + 1 < len(heads) else len(row)
        here = np.zeros(len(row), dtype=bool)
        here[first:last] = row[first:last] > 0
        whole = here & (records.fields == len(names))
        issues += broken_rows(source, row[here & ~whole], records.fields[here & ~whole], len(names))
        words = parse_rows(text.utf8, records, whole, names, header.delimiter, _quoted(sheet, header))
        sections.append(Section(names, words, row[whole], twin[whole]))
    return Tabular(sections, issues, header.synthetic)


def read_whole(source: Source, sheet: Sheet) -> tuple[Section | None, list[Issue], bool]:
    """Return all rows under one list of columns: the needed ones and whatever the first header has besides."""
    sections, issues, synthetic = read_sheet(source, sheet)
    if not sections:
        return None, issues, synthetic
    names = sections[0].names
    words = pa.concat_tables([pa.table({n: column(s, n) for n in names}) for s in sections])
    row, twin = (np.concatenate([s[i] for s in sections]) for i in (2, 3))
    return Section(names, words.combine_chunks(), row, twin), issues, synthetic


def column(section: Section, name: str) -> pa.Array:
    """Return one column of words without surrounding blanks; all null where the file does not have it."""
    if name not in section.names:
        return pa.nulls(len(section.row), pa.string())
    words = section.words.column(name).combine_chunks()
    trimmed = pc.utf8_trim_whitespace(words)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def raw_row(data: bytes, sheet: Sheet, row: int) -> bytes:
    """Return the exact bytes of one data record, without its line end."""
    utf8, codec = body(data)
    header = _header(utf8[:_HEAD], sheet)
    if header is None:
        raise CommandError("found no header line of this format; needed the file that the row came from; name it")
    records = _records(utf8, sheet, header)
    numbers, _ = _number(utf8, records, sheet, header)
    at = np.flatnonzero(numbers == row)
    if row < 1 or len(at) == 0:
        raise CommandError(f"found no row {row}; needed 1 to {numbers.max(initial=0)}; ask for one of these")
    piece = utf8[records.start[at[0]] : records.end[at[0]]]
    return piece.decode().encode(codec) if codec else piece


def _header(head: bytes, sheet: Sheet) -> Header | None:
    """Find the header: the first line that is neither blank nor a comment."""
    utf8, _ = body(head)
    synthetic, start = False, 0
    for line in utf8.splitlines(keepends=True):
        if line.strip() and not line.lstrip().startswith(b"#"):
            for delimiter in _DELIMITERS:
                names = _names(line, delimiter, sheet)
                if names is not None:
                    return Header(names, delimiter, start, line, synthetic)
            return None
        synthetic = synthetic or SYNTHETIC_MARK.match(line.lstrip()) is not None
        start += len(line)
    return None


def _names(line: bytes, delimiter: str, sheet: Sheet) -> tuple[str, ...] | None:
    text = line.decode("utf-8", errors="replace").strip("\r\n")
    if sheet.fold:
        text = text.lower()
    try:
        names = tuple(n.strip() for n in next(csv.reader([text], delimiter=delimiter), []))
    except csv.Error:
        return None
    return names if sheet.accepts(names) else None


def encoding_issue(source: Source, assumed: str) -> Issue:
    needed = "UTF-8, or UTF-16 with a byte order mark"
    return source.issue(IssueKind.DOUBTFUL, assumed, needed, "check names and descriptions; save the file as UTF-8")


def _quoted(sheet: Sheet, header: Header) -> bool:
    return sheet.quoted or b'"' in header.line


def _records(utf8: bytes, sheet: Sheet, header: Header) -> Records:
    return split_records(utf8, header.start, header.delimiter, _quoted(sheet, header), len(header.names))


def _number(
    utf8: bytes, records: Records, sheet: Sheet, header: Header
) -> tuple[np.ndarray, list[tuple[int, tuple[str, ...]]]]:
    """Return the row number (n,) of each record, 0 for headers and blank lines, and where which header stands."""
    data, heads = np.frombuffer(utf8, np.uint8), []
    alike = records.fields > 1
    for k, letter in enumerate(header.line[:_ALIKE]):
        here = data[np.minimum(records.start + k, len(utf8) - 1)]
        alike &= (here == ord(chr(letter).lower())) | (here == ord(chr(letter).upper()))
    for at in np.flatnonzero(alike):
        names = _names(utf8[records.start[at] : records.end[at]], header.delimiter, sheet)
        if names is not None:
            heads.append((int(at), names))
    counted = records.fields != 0
    counted[[at for at, _ in heads]] = False
    return np.where(counted, np.cumsum(counted), 0), heads


def twins_of(utf8: bytes, records: Records, row: np.ndarray) -> np.ndarray:
    """Return for each record the row number of the first one with the same bytes, 0 where it is the first itself."""
    twin = np.zeros(len(row), dtype=np.int64)
    data = np.flatnonzero(row)
    if len(np.unique(records.digest[data])) == len(data):
        return twin
    _, first, group = np.unique(records.digest[data], return_index=True, return_inverse=True)
    for later in data[first[group] != np.arange(len(data))]:
        earlier = data[first[group[np.searchsorted(data, later)]]]
        if utf8[records.start[later] : records.end[later]] == utf8[records.start[earlier] : records.end[earlier]]:
            twin[later] = row[earlier]
    return twin


def broken_rows(source: Source, rows: np.ndarray, fields: np.ndarray, expected: int) -> list[Issue]:
    found = ["a quote that does not close" if f == BROKEN else f"{f} fields" for f in fields.tolist()]
    return source.issues(IssueKind.REJECTED, rows, found, f"{expected} fields", "the row is left out; mend it")


def parse_rows(
    utf8: bytes, records: Records, keep: np.ndarray, names: tuple[str, ...], delimiter: str, quoted: bool
) -> pa.Table:
    if not keep.any():
        return pa.table({n: pa.array([], pa.string()) for n in names})
    piece = _joined(utf8, records, keep)
    longest = int((records.end - records.start)[keep].max())
    return arrow_csv.read_csv(
        pa.BufferReader(piece),
        arrow_csv.ReadOptions(use_threads=False, column_names=names, block_size=max(1 << 22, 2 * longest)),
        arrow_csv.ParseOptions(delimiter=delimiter, quote_char='"' if quoted else False, newlines_in_values=quoted),
        arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), check_utf8=False),
    )


def _joined(utf8: bytes, records: Records, keep: np.ndarray) -> pa.Buffer:
    """Return the kept records as one buffer: whole stretches at a time, not row by row."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], keep, [False]]).astype(np.int8)))
    view = memoryview(utf8)
    stretches = [view[records.start[a] : records.end[b - 1]] for a, b in edges.reshape(-1, 2)]
    return pa.py_buffer(stretches[0] if len(stretches) == 1 else b"\n".join(stretches))
