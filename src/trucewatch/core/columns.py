"""Columns declared as data: name, type, unit, meaning, quantum and marking."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from trucewatch.core.marking import Marking

__all__ = ["Column", "Schema", "integers", "numbers", "strings"]

_ARROW = {
    "int64": pa.int64(),
    "float64": pa.float64(),
    "string": pa.string(),
    "bool": pa.bool_(),
    "binary": pa.binary(),
    "int64s": pa.list_(pa.int64()),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table.

    dtype     int64, float64, string, bool, binary, or int64s (a list of integers)
    unit      SI or the field's own word; "" where the column has none
    quantum   step to which a float is rounded before it is hashed or shown, in the column's unit
    marking   the audience that may see it
    nullable  unknown is null (float: NaN is stored as null)
    """

    name: str
    dtype: str
    unit: str
    meaning: str
    quantum: float | None = None
    marking: Marking = Marking.PUBLIC
    nullable: bool = True


@dataclass(frozen=True)
class Schema:
    """A named, versioned tuple of columns."""

    name: str
    version: int
    columns: tuple[Column, ...]

    @cached_property
    def arrow(self) -> pa.Schema:
        """The same columns as an Arrow schema."""
        return pa.schema([pa.field(c.name, _ARROW[c.dtype], c.nullable) for c in self.columns])

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Columns by name."""
        return {c.name: c for c in self.columns}

    def table(self, values: Mapping[str, Any], rows: int | None = None) -> pa.Table:
        """Return an Arrow table of this schema; columns that are not given are unknown (null) everywhere.

        values  arrays (n,) by column name, or a scalar that holds for every row; NaN becomes null
        """
        unknown = set(values) - set(self.by_name)
        if unknown:
            raise ValueError(f"{self.name} has no column {sorted(unknown)}; known are {sorted(self.by_name)}")
        if rows is None:
            rows = next((len(v) for v in values.values() if _is_array(v)), None)
        if rows is None:
            raise ValueError(f"found only single values for {self.name}; needed a number of rows; give `rows`")
        arrays = [_array(values.get(c.name), c, rows) for c in self.columns]
        return pa.Table.from_arrays(arrays, schema=self.arrow)

    def empty(self) -> pa.Table:
        """Return a table of this schema without rows."""
        return self.arrow.empty_table()

    def conform(self, table: pa.Table) -> pa.Table:
        """Return a table of an earlier version of this schema as one of this version; newer columns are unknown."""
        gone = set(table.schema.names) - set(self.by_name)
        if gone:
            raise ValueError(
                f"found the columns {sorted(gone)}; needed those of {self.name} v{self.version} or earlier"
            )
        return self.table({n: table.column(n) for n in table.schema.names}, rows=table.num_rows)

    def check(self, table: pa.Table) -> None:
        """Raise ValueError where `table` does not have exactly these columns."""
        if not table.schema.equals(self.arrow):
            raise ValueError(f"found columns {table.schema.names}; needed those of {self.name} v{self.version}")


def _is_array(value: Any) -> bool:
    return isinstance(value, (np.ndarray, list, tuple, pa.Array, pa.ChunkedArray))


def _array(value: Any, column: Column, rows: int) -> pa.Array:
    arrow = _ARROW[column.dtype]
    if value is None:
        return pa.nulls(rows, arrow)
    if not _is_array(value):
        return pa.repeat(pa.scalar(value, arrow, from_pandas=True), rows)
    if isinstance(value, pa.ChunkedArray):
        value = value.combine_chunks()
    if column.dtype == "float64":
        return pa.array(_floats(value), arrow, from_pandas=True)
    return value.cast(arrow) if isinstance(value, pa.Array) else pa.array(value, arrow)


def _floats(value: Any) -> np.ndarray:
    if isinstance(value, pa.Array):
        value = value.cast(pa.float64()).to_numpy(zero_copy_only=False)
    return np.asarray(value, dtype=np.float64)


def numbers(table: pa.Table, name: str) -> np.ndarray:
    """Return a float column (n,) as float64; unknown is NaN."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)


def integers(table: pa.Table, name: str) -> np.ndarray:
    """Return an integer column (n,) without nulls as int64."""
    return np.asarray(table.column(name).to_numpy(), dtype=np.int64)


def strings(table: pa.Table, name: str) -> np.ndarray:
    """Return a string column (n,) as objects; unknown is None."""
    encoded = table.column(name).combine_chunks()
    if len(encoded) == 0:
        return np.empty(0, dtype=object)
    encoded = encoded.dictionary_encode()
    words = np.array([*encoded.dictionary.to_pylist(), None], dtype=object)
    codes = encoded.indices.fill_null(len(words) - 1).to_numpy(zero_copy_only=False)
    return np.asarray(words[codes])
