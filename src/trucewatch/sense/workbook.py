"""XLSX workbooks to columns of words, with row numbers as in CSV files."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from functools import lru_cache
from itertools import islice, zip_longest
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import numpy as np
import pyarrow as pa
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.sense.archive import ZIP_ERRORS, is_zip, unsafe
from trucewatch.sense.limits import Config
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet

__all__ = [
    "MOST_COLUMNS",
    "WORKBOOK_ERRORS",
    "FoundSheet",
    "cell_word",
    "is_workbook",
    "matches",
    "merged_cells",
    "oddities",
    "raw_row",
    "read_workbook",
    "section_of",
    "unknown",
]

_HEAD = 1 << 16  # bytes in which the names of a broken workbook's parts are looked for
_TYPES = "[Content_Types].xml"
_HEADER_ROWS = 20  # the header stands within the first rows of its sheet
MOST_COLUMNS = 200
WORKBOOK_ERRORS = (*ZIP_ERRORS, ParseError, TypeError, AttributeError)
_HALVES = ("from", "to", "zone")  # names that say something only below another
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_MERGED = re.compile(rb"<mergeCell [^>]*ref=\"([A-Z0-9:]+)\"")

Cells = tuple[Any, ...]


class FoundSheet(NamedTuple):
    """The sheet that carries the form: names, data rows with the numbers of their lines, marks above the header.

    two  whether the names stand in two rows, one below the other
    """

    names: tuple[str, ...]
    title: str
    rows: list[tuple[int, Cells]]
    synthetic: bool
    two: bool = False


def is_workbook(data: bytes) -> bool:
    """Return whether these bytes are an XLSX workbook, or, where they are cut or broken, begin like one."""
    if not is_zip(data):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except ZIP_ERRORS:
        return b"xl/" in data[:_HEAD] or _TYPES.encode() in data[:_HEAD]
    return _TYPES in names and any(name.startswith("xl/") for name in names)


def matches(data: bytes, sheet: Sheet) -> bool:
    """Return whether these bytes are a whole workbook with a sheet that carries the needed columns."""
    return is_workbook(data) and any(sheet.accepts(names) for names in _heads(data))


@lru_cache(maxsize=1)
def _heads(data: bytes) -> tuple[tuple[str, ...], ...]:
    """Return what could be the names of each sheet; none where the workbook must not or does not open."""
    limits = Config()
    if unsafe(data, replace(limits, max_archive_bytes=limits.max_workbook_bytes)):
        return ()
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            return tuple(names for page in book.worksheets for names, _ in _names(_lines(page)))
        finally:
            book.close()
    except WORKBOOK_ERRORS:
        return ()


def unknown(source: Source) -> Issue:
    """Return the Issue of a workbook that no adapter knows: it must not open, does not open, or has other columns."""
    limits = replace(source.config, max_archive_bytes=source.config.max_workbook_bytes)
    refused = unsafe(source.data, limits)
    if refused:
        return source.unreadable(refused, "a workbook of ordinary size", "it was not opened")
    try:
        load_workbook(io.BytesIO(source.data), read_only=True, keep_links=False).close()
    except WORKBOOK_ERRORS as error:
        return source.unreadable(f"a workbook that does not open ({error})", "an XLSX file that opens")
    found = next((", ".join(n for n in names if n) for names in _heads(source.data)), "nothing")
    return source.unreadable(f"no sheet of a known form, but one that begins {found}", "the columns of a known form")


def read_workbook(source: Source, sheet: Sheet) -> tuple[Section | None, list[Issue], bool]:
    """Return the rows of the first sheet that carries the needed columns, and what is odd about them."""
    limits = replace(source.config, max_archive_bytes=source.config.max_workbook_bytes)
    refused = unsafe(source.data, limits)
    if refused:
        return None, [source.unreadable(refused, "a workbook of ordinary size", "it was not opened")], False
    try:
        found, formulas = _find(source.data, sheet, values=True), _formulas(source.data, sheet)
        merged = merged_cells(source.data)
    except WORKBOOK_ERRORS as error:
        return None, [source.unreadable(f"a workbook that does not open ({error})", "an XLSX file that opens")], False
    if found is None:
        needed = f"a sheet with the columns {', '.join(sorted(sheet.needed))}"
        return None, [source.unreadable("no such sheet", needed)], False
    section = section_of(found)
    issues = oddities(source, found, formulas, merged)
    return section, issues, found.synthetic


def raw_row(data: bytes, sheet: Sheet, row: int) -> bytes:
    """Return the cell values of one data row as a line of CSV."""
    found = _find(data, sheet, values=True)
    if found is None or not 1 <= row <= len(found.rows):
        raise CommandError(f"found no row {row}; needed 1 to {len(found.rows) if found else 0}; ask for one of these")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([cell_word(v) or "" for v in found.rows[row - 1][1]])
    return line.getvalue().encode()


def _find(data: bytes, sheet: Sheet, values: bool) -> FoundSheet | None:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
    try:
        marks = " ".join(str(m or "") for m in (book.properties.title, book.properties.keywords))
        for page in book.worksheets:
            found = _from_lines(_lines(page), sheet, page.title, "SYNTHETIC" in marks.upper())
            if found is not None:
                return found
        return None
    finally:
        book.close()


def _lines(page: Any) -> Iterator[tuple[int, Cells]]:
    page.reset_dimensions()  # the size written in the file may be wrong
    return enumerate(page.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1)


def _names(lines: Iterator[tuple[int, Cells]]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield each of the first rows as names, and those of two rows together; whether they are of two."""
    above: tuple[str, ...] = ()
    for _, cells in islice(lines, _HEADER_ROWS):
        below = tuple((cell_word(c) or "").lower() for c in cells)
        yield _filled(below), False
        if any(above):
            yield _filled(_together(above, below)), True
        above = below


def _filled(names: tuple[str, ...]) -> tuple[str, ...]:
    return names[: max((i + 1 for i, n in enumerate(names) if n), default=0)]


def _together(above: tuple[str, ...], below: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of two rows: the lower one, the upper one where it is alone, `time_from` for from below time."""
    names, group = [], ""
    for upper, lower in zip_longest(above, below, fillvalue=""):
        group = upper or group
        names.append((f"{group}_{lower}" if lower in _HALVES else lower) or upper)
    return tuple(names)


def _from_lines(lines: Iterator[tuple[int, Cells]], sheet: Sheet, title: str, synthetic: bool) -> FoundSheet | None:
    for names, two in _names(lines):
        if sheet.accepts(names):
            rows = [(n, c[: len(names)]) for n, c in lines if any(cell_word(v) for v in c[: len(names)])]
            return FoundSheet(names, title, rows, synthetic, two)
        synthetic = synthetic or names[:1] == ("synthetic",) or (names[:1] or ("",))[0].startswith("# synthetic")
    return None


def _formulas(data: bytes, sheet: Sheet) -> dict[int, str]:
    """Return which lines hold a formula, and in which column first; one pass less where no sheet has any."""
    if not any(_FORMULA.search(xml) for xml in _sheets(data)):
        return {}
    found = _find(data, sheet, values=False)
    formulas: dict[int, str] = {}
    for line, cells in found.rows if found else ():
        at = next((i for i, v in enumerate(cells) if isinstance(v, str) and v.startswith("=")), None)
        if at is not None:
            formulas[line] = get_column_letter(at + 1)
    return formulas


def merged_cells(data: bytes) -> list[str]:
    """Return the merged cells of all sheets; the read-only view does not show them."""
    return [ref.decode() for xml in _sheets(data) for ref in _MERGED.findall(xml)]


def _sheets(data: bytes) -> Iterator[bytes]:
    """Yield the XML of all sheets."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        yield from (archive.read(name) for name in sheets)


def oddities(source: Source, found: FoundSheet, formulas: dict[int, str], merged: list[str]) -> list[Issue]:
    rows = [(n, formulas[line]) for n, (line, _) in enumerate(found.rows, start=1) if line in formulas]
    at, cells = np.array([n for n, _ in rows], dtype=np.int64), [f"a formula in column {c}" for _, c in rows]
    action = "the value it had when the file was saved is used; write values"
    issues = source.issues(IssueKind.DOUBTFUL, at, cells, "a value", action)
    if merged:
        needed, action = "one value in each cell", "only the first cell of a block has its value; split them"
        issues.append(source.issue(IssueKind.DOUBTFUL, f"merged cells {', '.join(merged[:5])}", needed, action))
    if found.two:
        names = ", ".join(n for n in found.names if n)
        issues.append(source.issue(IssueKind.DOUBTFUL, "a header of two rows", "one row of names", f"read as {names}"))
    return issues


def section_of(found: FoundSheet) -> Section:
    words = [[cell_word(v) for v in cells] + [None] * (len(found.names) - len(cells)) for _, cells in found.rows]
    columns = {n: pa.array([w[i] for w in words], pa.string()) for i, n in enumerate(found.names)}
    first: dict[tuple[str | None, ...], int] = {}
    twin = [first.setdefault(tuple(w), n) for n, w in enumerate(words, start=1)]
    row = np.arange(1, len(words) + 1)
    return Section(found.names, pa.table(columns), row, np.where(np.array(twin, dtype=np.int64) == row, 0, twin))


def cell_word(value: Any) -> str | None:
    """Return a cell's value as it would stand in a CSV file."""
    if value is None or isinstance(value, bool):
        return None if value is None else str(value)
    if isinstance(value, datetime):
        midnight = value.time() == time(0)
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip().encode(errors="replace").decode() or None
