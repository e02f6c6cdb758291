"""A user's own CSV or XLSX as rows of words, whatever its columns are called."""

import csv
import io
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from shapely.geometry.base import BaseGeometry

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.sense import tabular, workbook
from trucewatch.sense.archive import unsafe
from trucewatch.sense.encoding import body, decode
from trucewatch.sense.lines import split_records
from trucewatch.sense.mapping import FileEntry
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section

__all__ = ["Geometries", "Rows", "csv_head", "raw_csv", "raw_xlsx", "read_csv", "read_xlsx"]

_HEAD = 1 << 18  # bytes in which the header must lie
_DELIMITERS = ",;\t|"


class Geometries(NamedTuple):
    """Shapes (n,) of a vector file as it draws them, None where a row has none, and its coordinate system.

    crs  a name or PROJ JSON that pyproj reads; None for WGS84 in the order longitude, latitude
    """

    shapes: np.ndarray
    crs: str | None = None

    def shape(self, row: int) -> BaseGeometry | None:
        """Return the shape of a row, counted from 0."""
        found: BaseGeometry | None = self.shapes[row]
        return found


class Rows(NamedTuple):
    """Everything that a file holds; no section where it cannot be read."""

    section: Section | None
    issues: list[Issue]
    synthetic: bool = False
    geometries: Geometries | None = None


class _Head(NamedTuple):
    """The header of a CSV file: its names, delimiter, where data begin, and whether the file says SYNTHETIC above."""

    names: tuple[str, ...]
    delimiter: str
    start: int
    synthetic: bool


def read_csv(source: Source, layout: FileEntry) -> Rows:
    """Return the records under the header, and what was wrong with the others."""
    text = decode(source.data)
    head = csv_head(text.utf8, layout)
    if head is None:
        return Rows(None, [source.unreadable("no header line", "a first line with the names of the columns")])
    issues = _odd_names(source, head.names, layout)
    if text.assumed is not None:
        issues.append(tabular.encoding_issue(source, text.assumed))
    names = _told_apart(head.names)
    records = split_records(text.utf8, head.start, head.delimiter, True, len(names))
    row = np.where(records.fields != 0, np.cumsum(records.fields != 0), 0)
    whole = records.fields == len(names)
    bad = (row > 0) & ~whole
    issues += tabular.broken_rows(source, row[bad], records.fields[bad], len(names))
    twin = tabular.twins_of(text.utf8, records, row)
    words = tabular.parse_rows(text.utf8, records, whole, names, head.delimiter, True).combine_chunks()
    return Rows(Section(names, words, row[whole], twin[whole]), issues, head.synthetic)


def raw_csv(data: bytes, layout: FileEntry, row: int) -> bytes:
    """Return the exact bytes of one data record, without its line end."""
    utf8, codec = body(data)
    head = csv_head(utf8, layout)
    if head is None:
        raise CommandError("found no header line; needed the file that the row came from; name it")
    records = split_records(utf8, head.start, head.delimiter, True, len(head.names))
    at = np.flatnonzero(records.fields != 0)
    if not 1 <= row <= len(at):
        raise CommandError(f"found no row {row}; needed 1 to {len(at)}; ask for one of these")
    piece = utf8[records.start[at[row - 1]] : records.end[at[row - 1]]]
    return piece.decode().encode(codec) if codec else piece


def csv_head(utf8: bytes, layout: FileEntry) -> _Head | None:
    """Return the header of CSV text; lines that are blank or begin with # may stand above it."""
    synthetic, start, skip, lines = False, 0, layout.skip, []
    for line in utf8[:_HEAD].splitlines(keepends=True):
        start += len(line)
        if not line.strip() or line.lstrip().startswith(b"#"):
            synthetic = synthetic or tabular.SYNTHETIC_MARK.match(line.lstrip()) is not None
        elif skip:
            skip -= 1
        else:
            lines.append(line.decode("utf-8", errors="replace").strip("\r\n"))
        if len(lines) == layout.header_rows:
            delimiter = layout.delimiter or max(_DELIMITERS, key=lines[-1].count)
            return _Head(_names(lines, delimiter), delimiter, start, synthetic)
    return None


def _names(lines: list[str], delimiter: str) -> tuple[str, ...]:
    rows = [tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])) for line in lines]
    return rows[0] if len(rows) == 1 else _joined(*rows)


def _joined(top: tuple[str, ...], sub: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names of two header rows as `top / sub`; a top cell holds for the empty ones to its right."""
    names, last = [], ""
    for i in range(max(len(top), len(sub))):
        last = (top[i] if i < len(top) else "") or last
        low = sub[i] if i < len(sub) else ""
        names.append(f"{last} / {low}" if last and low else low or last)
    return tuple(names)


def _told_apart(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names of which none comes twice: the second `x` is `x (2)`, one without a name is `column 3`."""
    seen: dict[str, int] = {}
    result = []
    for number, name in enumerate((n or f"column {i}" for i, n in enumerate(names, start=1)), start=1):
        seen[name] = seen.get(name, 0) + 1
        apart = name if seen[name] == 1 else f"{name} ({seen[name]})"
        result.append(apart if apart not in result else f"{apart} [{number}]")
    return tuple(result)


def _odd_names(source: Source, names: tuple[str, ...], layout: FileEntry) -> list[Issue]:
    issues = []
    twice = sorted({n for n in names if n and names.count(n) > 1})
    if twice:
        action = f"the second is read as `{twice[0]} (2)`; give each its own name"
        issues.append(source.issue(IssueKind.DOUBTFUL, f"the column {twice[0]!r} twice", "each name once", action))
    if layout.header_rows == 2:
        joined = next((n for n in names if " / " in n), names[0] if names else "")
        action = f"joined, as in `{joined}`; name the columns so in the mapping"
        issues.append(source.issue(IssueKind.DOUBTFUL, "two header rows", "one row of names", action))
    return issues


def read_xlsx(source: Source, layout: FileEntry) -> Rows:
    """Return the rows of one sheet as they would stand in a CSV file, and what is odd about them."""
    limits = replace(source.config, max_archive_bytes=source.config.max_workbook_bytes)
    refused = unsafe(source.data, limits)
    if refused:
        return Rows(None, [source.unreadable(refused, "a workbook of ordinary size", "it was not opened")])
    try:
        found, formulas = _sheet(source.data, layout, values=True), _formulas(source.data, layout)
        merged = workbook.merged_cells(source.data)
    except workbook.WORKBOOK_ERRORS as error:
        return Rows(None, [source.unreadable(f"a workbook that does not open ({error})", "an XLSX file that opens")])
    if found is None:
        which = "a sheet with a header row" if layout.sheet is None else f"the sheet {layout.sheet!r} with a header row"
        return Rows(None, [source.unreadable("no such sheet", which)])
    odd = [*_odd_names(source, found.names, layout), *workbook.oddities(source, found, formulas, merged)]
    apart = found._replace(names=_told_apart(found.names))
    return Rows(workbook.section_of(apart), odd, found.synthetic)


def raw_xlsx(data: bytes, layout: FileEntry, row: int) -> bytes:
    """Return the cell values of one data row as a line of CSV."""
    found = _sheet(data, layout, values=True)
    if found is None or not 1 <= row <= len(found.rows):
        raise CommandError(f"found no row {row}; needed 1 to {len(found.rows) if found else 0}; ask for one of these")
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow([workbook.cell_word(v) or "" for v in found.rows[row - 1][1]])
    return line.getvalue().encode()


def _sheet(data: bytes, layout: FileEntry, values: bool) -> workbook.FoundSheet | None:
    """Return the sheet of the layout's name, or the first one that is not empty."""
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=values, keep_links=False)
    try:
        marks = " ".join(str(m or "") for m in (book.properties.title, book.properties.keywords))
        for page in book.worksheets:
            if layout.sheet is None or page.title == layout.sheet:
                page.reset_dimensions()  # the size written in the file may be wrong
                found = _under_header(page, layout, "SYNTHETIC" in marks.upper())
                if found is not None:
                    return found
        return None
    finally:
        book.close()


def _under_header(page: Any, layout: FileEntry, synthetic: bool) -> workbook.FoundSheet | None:
    cells = page.iter_rows(max_col=workbook.MOST_COLUMNS, values_only=True)
    lines = ((n, c) for n, c in enumerate(cells, start=1) if any(workbook.cell_word(v) for v in c))
    heads: list[tuple[str, ...]] = []
    skip = layout.skip
    for _, line in lines:
        names = tuple(workbook.cell_word(c) or "" for c in line)
        if names[0].lower().lstrip("# ").startswith("synthetic") and not any(names[1:]):
            synthetic = True
        elif skip:
            skip -= 1
        else:
            heads.append(names)
        if len(heads) == layout.header_rows:
            break
    if len(heads) < layout.header_rows:
        return None
    joined = heads[0] if len(heads) == 1 else _joined(*heads)
    width = max(max((i + 1 for i, n in enumerate(head) if n), default=0) for head in heads)
    rows = [(n, c[:width]) for n, c in lines if any(workbook.cell_word(v) for v in c[:width])]
    return workbook.FoundSheet(joined[:width], page.title, rows, synthetic)


def _formulas(data: bytes, layout: FileEntry) -> dict[int, str]:
    """Return which lines hold a formula, and in which column first."""
    found = _sheet(data, layout, values=False)
    formulas: dict[int, str] = {}
    for line, cells in found.rows if found else ():
        at = next((i for i, v in enumerate(cells) if isinstance(v, str) and v.startswith("=")), None)
        if at is not None:
            formulas[line] = get_column_letter(at + 1)
    return formulas
