"""What an adapter hands over: one table of a declared schema and the issues met on the way."""

from dataclasses import dataclass

import pyarrow as pa

from trucewatch.core.issue import Issue

__all__ = ["Reading"]


@dataclass(frozen=True)
class Reading:
    """Rows of one kind out of one file.

    kind   name of a schema in core/tables.py: observations, corridors, control, coverage, impediments, notices,
           alerts, allegations, inspections, calls, triggers, nodes, weather
    format name of the adapter that read it
    """

    kind: str
    format: str
    file_name: str
    file_sha256: str
    table: pa.Table
    issues: tuple[Issue, ...] = ()
    synthetic: bool = False
