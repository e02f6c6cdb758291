"""Where the nodes of a network stand, and how well that and their clocks are known."""

from collections.abc import Iterator

from trucewatch.core.reading import Reading
from trucewatch.sense import tabular
from trucewatch.sense.network_csv import NODE_SHEET, read_nodes
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "nodes_csv"


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, NODE_SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, NODE_SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read nodes, one a row."""
    table, issues, synthetic = read_nodes(source)
    yield source.reading("nodes", FORMAT, table, issues, synthetic)
