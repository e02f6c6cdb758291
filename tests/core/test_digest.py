"""Digests: the same for the same meaning, another for any other."""

import hashlib

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.columns import Column, Schema
from trucewatch.core.digest import canonical_json, canonical_rows, commit, quantise, row_width, sha256_hex

ROWS = Schema("rows", 1, (
    Column("n", "int64", "", "number"),
    Column("x_m", "float64", "m", "length", 0.1),
    Column("name", "string", "", "name"),
    Column("seen", "bool", "", "whether seen"),
))  # fmt: skip


def rows(**columns: object) -> np.ndarray:
    """Canonical rows of columns."""
    return canonical_rows(ROWS.table(columns), ROWS)


def test_sha256_of_abc_is_that_of_fips_180() -> None:
    assert sha256_hex(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_canonical_json_sorts_keys_and_leaves_no_blanks() -> None:
    """RFC 8785, section 3.2.3, shortened."""
    assert canonical_json({"peach": 1, "b": [56.0, "é"]}) == '{"b":[56,"é"],"peach":1}'.encode()


def test_a_commitment_is_the_digest_of_salt_and_body() -> None:
    salt = bytes(range(32))
    assert commit(b"body", salt) == hashlib.sha256(salt + b"body").digest()


def test_a_short_salt_is_refused() -> None:
    with pytest.raises(ValueError, match="found a salt of 8 bytes; needed 32"):
        commit(b"body", bytes(8))


def test_a_row_is_as_wide_as_declared() -> None:
    assert rows(n=[1]).shape == (1, row_width(ROWS)) == (1, 8 + 8 + 32 + 8)


def test_numbers_are_quantised_big_endian() -> None:
    assert rows(n=[258], x_m=[2.5])[0, :16].tobytes() == (258).to_bytes(8, "big") + (25).to_bytes(8, "big")


def test_negative_numbers_are_twos_complement() -> None:
    assert rows(x_m=[-0.1])[0, 8:16].tobytes() == (-1).to_bytes(8, "big", signed=True)


def test_a_list_of_integers_is_the_digest_of_them_one_after_the_other() -> None:
    lists = Schema("lists", 1, (Column("of", "int64s", "", "rows"),))
    made = canonical_rows(lists.table({"of": [[1, 258], [], None]}), lists)
    assert made.shape == (3, row_width(lists))
    assert made[0].tobytes() == hashlib.sha256((1).to_bytes(8, "big") + (258).to_bytes(8, "big")).digest()
    assert made[1].tobytes() == hashlib.sha256(b"").digest()
    assert made[2].tobytes() == bytes(32)


def test_a_string_is_the_digest_of_its_utf8() -> None:
    assert rows(name=["Авдіївка"])[0, 16:48].tobytes() == hashlib.sha256("Авдіївка".encode()).digest()


def test_null_is_the_least_integer_or_zero_bytes() -> None:
    least = (-(2**63)).to_bytes(8, "big", signed=True)
    assert rows(n=[None])[0].tobytes() == least + least + bytes(32) + least


def test_null_zero_and_the_empty_string_all_differ() -> None:
    assert rows(x_m=[None]).tobytes() != rows(x_m=[0.0]).tobytes()
    assert rows(name=[None]).tobytes() != rows(name=[""]).tobytes()


def test_nan_and_null_are_the_same_unknown() -> None:
    assert rows(x_m=[np.nan]).tobytes() == rows(x_m=pa.array([None], pa.float64())).tobytes()


def test_noise_below_the_quantum_does_not_change_a_row() -> None:
    assert rows(x_m=[2.50001]).tobytes() == rows(x_m=[2.49999]).tobytes()
    assert rows(x_m=[2.5]).tobytes() != rows(x_m=[2.6]).tobytes()


def test_rows_keep_their_order_and_do_not_depend_on_their_neighbours() -> None:
    both, first = rows(n=[1, 2], name=["a", "b"]), rows(n=[1], name=["a"])
    assert np.array_equal(both[0], first[0])
    assert not np.array_equal(both, both[::-1])


def test_chunks_of_a_table_do_not_change_its_rows() -> None:
    parts = [ROWS.table({"n": [i], "name": [s]}) for i, s in enumerate(["a", None, "a"])]
    assert np.array_equal(canonical_rows(pa.concat_tables(parts), ROWS), rows(n=[0, 1, 2], name=["a", None, "a"]))


def test_an_empty_table_has_no_rows() -> None:
    assert canonical_rows(ROWS.empty(), ROWS).shape == (0, row_width(ROWS))


def test_a_table_of_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="needed those of rows v1"):
        canonical_rows(pa.table({"n": [1]}), ROWS)


@settings(max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), max_size=5), st.sampled_from([1e-6, 1e-3, 0.1, 1.0]))
def test_quantised_numbers_lie_within_half_a_quantum_and_stay_there(values: list[float], quantum: float) -> None:
    steps = quantise(np.array(values), quantum)
    assert np.all(np.abs(steps * quantum - values) <= quantum / 2 * (1 + 1e-6) + 1e-9)
    assert np.array_equal(quantise(steps * quantum, quantum), steps)
