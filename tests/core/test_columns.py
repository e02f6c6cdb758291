"""Columns declared as data, and tables made of them."""

import numpy as np
import pyarrow as pa
import pytest

from trucewatch.core.columns import Column, Schema, integers, numbers, strings
from trucewatch.core.marking import WITHHELD_FROM_PUBLIC, Marking
from trucewatch.core.tables import SCHEMAS

FIRES = Schema("fires", 1, (
    Column("row", "int64", "", "number of the record", nullable=False),
    Column("lat_deg", "float64", "deg", "latitude", 1e-6, Marking.INTERNAL),
    Column("satellite", "string", "", "which one"),
    Column("night", "bool", "", "whether it was dark"),
))  # fmt: skip


def test_columns_that_are_not_given_are_unknown_everywhere() -> None:
    table = FIRES.table({"row": np.arange(3)})
    assert table["satellite"].null_count == table["lat_deg"].null_count == 3


@pytest.mark.parametrize("unknown", [np.array([np.nan, 48.0]), pa.array([float("nan"), 48.0]), [None, 48.0]])
def test_nan_becomes_null_from_whatever_it_was_given_as(unknown: object) -> None:
    assert FIRES.table({"row": np.arange(2), "lat_deg": unknown})["lat_deg"].to_pylist() == [None, 48.0]


def test_a_single_nan_holds_as_null_for_every_row() -> None:
    assert FIRES.table({"row": np.arange(2), "lat_deg": np.nan})["lat_deg"].null_count == 2


def test_a_single_value_holds_for_every_row() -> None:
    assert FIRES.table({"row": np.arange(2), "satellite": "N20"})["satellite"].to_pylist() == ["N20", "N20"]


def test_only_single_values_need_a_number_of_rows() -> None:
    with pytest.raises(ValueError, match="give `rows`"):
        FIRES.table({"row": 1})
    assert FIRES.table({"row": 1}, rows=2).num_rows == 2


def test_a_column_that_is_not_declared_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"fires has no column \['colour'\]"):
        FIRES.table({"row": np.arange(1), "colour": ["red"]})


def test_a_table_with_other_columns_does_not_pass_the_check() -> None:
    with pytest.raises(ValueError, match="needed those of fires v1"):
        FIRES.check(pa.table({"row": [1]}))


def test_an_empty_table_has_all_columns() -> None:
    FIRES.check(FIRES.empty())


def test_columns_are_read_back_with_unknown_as_nan_and_none() -> None:
    table = FIRES.table({"row": np.arange(2), "lat_deg": [48.0, np.nan], "satellite": ["N20", None]})
    assert integers(table, "row").tolist() == [0, 1]
    assert np.array_equal(numbers(table, "lat_deg"), [48.0, np.nan], equal_nan=True)
    assert strings(table, "satellite").tolist() == ["N20", None]


def test_strings_of_several_chunks_and_of_none_are_read() -> None:
    table = pa.concat_tables([FIRES.table({"row": [1], "satellite": [s]}) for s in ("N20", None, "N21")])
    assert strings(table, "satellite").tolist() == ["N20", None, "N21"]
    assert strings(FIRES.empty(), "satellite").tolist() == []


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_every_schema_names_each_column_once_and_says_what_it_means(schema: Schema) -> None:
    assert len(schema.by_name) == len(schema.columns)
    assert all(c.meaning for c in schema.columns)
    schema.check(schema.empty())


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=list(SCHEMAS))
def test_every_float_column_has_a_quantum_and_a_unit(schema: Schema) -> None:
    floats = [c for c in schema.columns if c.dtype == "float64"]
    assert all(c.quantum and c.unit for c in floats)


def test_everything_but_public_is_withheld_from_the_public() -> None:
    assert Marking.PUBLIC not in WITHHELD_FROM_PUBLIC
    assert len(WITHHELD_FROM_PUBLIC) == len(Marking) - 1
