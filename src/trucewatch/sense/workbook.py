"""XLSX workbooks to columns of words, with row numbers as in CSV files."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice
from typing import Any, NamedTuple
from xml.etree.ElementTree import ParseError

import numpy as np
import pyarrow as pa
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.sense.archive import ZIP_ERRORS, is_zip, unsafe
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet

__all__ = ["is_workbook", "raw_row", "read_workbook"]

_HEADER_ROWS = 20  # the header stands within the first rows of its sheet
_MAX_COLUMNS = 200
_ERRORS = (*ZIP_ERRORS, ParseError, TypeError, AttributeError)
_MERGED = re.compile(rb"<mergeCell [^>]*ref=\"([A-Z0-9:]+)\"")

Cells = tuple[Any, ...]


class _Found(NamedTuple):
    """The sheet that carries the form: names, data rows with the numbers of their lines, marks above the header."""

    names: tuple[str, ...]
    title: str
    rows: list[tuple[int, Cells]]
    synthetic: bool


def is_workbook(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is an XLSX workbook."""
    return is_zip(head) and (b"xl/" in head or b"[Content_Types].xml" in head)


def read_workbook(source: Source, sheet: Sheet) -> tuple[Section | None, list[Issue], bool]:
    """Return the rows of the first sheet that carries the needed columns, and what is odd about them."""
    limits = replace(source.config, max_archive_bytes=source.config.max_workbook_bytes)
    refused = unsafe(source.data, limits)
    if refused:
        return None, [source.unreadable(refused, "a workbook of ordinary size", "it was not opened")], False
    try:
        found, formulas = _find(source.data, sheet, values=True), _formulas(source.data, sheet)
        merged = _merged(source.data)
    except _ERRORS as error:
        return None, [source.unreadable(f"a workbook that does not open ({error})", "an XLSX file that opens")], False
    if found is None:
        needed = f"a sheet with the columns {', '.join(sorted(sheet.needed))}"
        return None, [source.unreadable("no such sheet", needed)], False
    section = _section(found)
    issues = _oddities(source, found, formulas, merged)
    return section, issues, found.synthetic


def raw_row(data: bytes, sheet: Sheet, row: int) -> bytes:
    """Return the cell values of one data row as a line of CSV."""
    found = _find(data, sheet, values=True)
    if found is None or not 1 <= row <= len(found.rows):
        raise CommandError(f"found no row {row}; needed 1 to {len(found.rows) if found else 0}; ask for one of these")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([_word(v) or "" for v in found.rows[row - 1][1]])
    return line.getvalue().encode()


def _find(data: bytes, sheet: Sheet, values: bool) -> _Found | None:
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
    try:
        marks = " ".join(str(m or "") for m in (book.properties.title, book.properties.keywords))
        for page in book.worksheets:
            page.reset_dimensions()  # the size written in the file may be wrong
            lines = enumerate(page.iter_rows(max_col=_MAX_COLUMNS, values_only=True), start=1)
            found = _from_lines(lines, sheet, page.title, "SYNTHETIC" in marks.upper())
            if found is not None:
                return found
        return None
    finally:
        book.close()


def _from_lines(lines: Iterator[tuple[int, Cells]], sheet: Sheet, title: str, synthetic: bool) -> _Found | None:
    for _, cells in islice(lines, _HEADER_ROWS):
        names = tuple((_word(c) or "").lower() for c in cells)
        width = max((i + 1 for i, n in enumerate(names) if n), default=0)
        if sheet.accepts(names[:width]):
            rows = [(n, c[:width]) for n, c in lines if any(_word(v) for v in c[:width])]
            return _Found(names[:width], title, rows, synthetic)
        synthetic = synthetic or names[:1] == ("synthetic",) or (names[:1] or ("",))[0].startswith("# synthetic")
    return None


def _formulas(data: bytes, sheet: Sheet) -> dict[int, str]:
    """Return which lines hold a formula, and in which column first."""
    found = _find(data, sheet, values=False)
    formulas: dict[int, str] = {}
    for line, cells in found.rows if found else ():
        at = next((i for i, v in enumerate(cells) if isinstance(v, str) and v.startswith("=")), None)
        if at is not None:
            formulas[line] = get_column_letter(at + 1)
    return formulas


def _merged(data: bytes) -> list[str]:
    """Return the merged cells of all sheets; the read-only view does not show them."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        return [ref.decode() for name in sheets for ref in _MERGED.findall(archive.read(name))]


def _oddities(source: Source, found: _Found, formulas: dict[int, str], merged: list[str]) -> list[Issue]:
    rows = [(n, formulas[line]) for n, (line, _) in enumerate(found.rows, start=1) if line in formulas]
    at, cells = np.array([n for n, _ in rows], dtype=np.int64), [f"a formula in column {c}" for _, c in rows]
    action = "the value it had when the file was saved is used; write values"
    issues = source.issues(IssueKind.DOUBTFUL, at, cells, "a value", action)
    if merged:
        needed, action = "one value in each cell", "only the first cell of a block has its value; split them"
        issues.append(source.issue(IssueKind.DOUBTFUL, f"merged cells {', '.join(merged[:5])}", needed, action))
    return issues


def _section(found: _Found) -> Section:
    words = [[_word(v) for v in cells] + [None] * (len(found.names) - len(cells)) for _, cells in found.rows]
    columns = {n: pa.array([w[i] for w in words], pa.string()) for i, n in enumerate(found.names)}
    first: dict[tuple[str | None, ...], int] = {}
    twin = [first.setdefault(tuple(w), n) for n, w in enumerate(words, start=1)]
    row = np.arange(1, len(words) + 1)
    return Section(found.names, pa.table(columns), row, np.where(np.array(twin, dtype=np.int64) == row, 0, twin))


def _word(value: Any) -> str | None:
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
