"""Triggers of acoustic nodes, picks of seismic stations and detections of arrays, for the network association."""

from collections.abc import Iterator

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.network_csv import ARRAY_SHEET, TRIGGER_SHEET, read_triggers
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "triggers_csv"


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, TRIGGER_SHEET) or tabular.matches(head, ARRAY_SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, TRIGGER_SHEET if tabular.matches(data, TRIGGER_SHEET) else ARRAY_SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read arrivals, one a row."""
    table, issues, synthetic = read_triggers(source)
    yield source.reading("triggers", FORMAT, table, issues, synthetic)
