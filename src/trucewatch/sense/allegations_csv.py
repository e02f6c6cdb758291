"""A party's list of allegations as CSV."""

from collections.abc import Iterator

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.allegations import SHEET, read_rows
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "allegations_csv"


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the allegations; one without place or time is kept, with what is missing unknown."""
    yield read_rows(source, FORMAT)
