"""A party's list of allegations as XLSX."""

from collections.abc import Iterator

from trucewatch.core.reading import Reading
from trucewatch.sense import workbook
from trucewatch.sense.allegations import SHEET, read_rows
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "allegations_xlsx"


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return workbook.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the cell values of one row as a line of CSV."""
    return workbook.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the allegations; one without place or time is kept, with what is missing unknown."""
    yield read_rows(source, FORMAT)
