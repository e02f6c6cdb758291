"""One row of many can be proven alone."""

from dataclasses import replace
from typing import Any

import pytest

from trucewatch.core.errors import VerifyError
from trucewatch.evidence import Config, prove_row, verify_row
from trucewatch.evidence.merkle import root
from trucewatch.evidence.segments import Segment, read_segment, row_digest, row_digests, write_segment

SECRET = bytes(range(32))


@pytest.fixture
def segment(make: Any) -> Segment:
    return Segment(make.shots(21), make.schema, SECRET)


@pytest.fixture
def segment_root(segment: Segment) -> str:
    return root(row_digests(*segment)).hex()


def test_a_segment_comes_back_from_parquet_as_it_was(segment: Segment) -> None:
    back = read_segment(write_segment(*segment))
    assert back.table.equals(segment.table)
    assert (back.schema, back.secret) == (segment.schema, SECRET)


def test_bytes_that_are_no_segment_are_refused() -> None:
    with pytest.raises(VerifyError, match="no segment"):
        read_segment(b"PAR1 or not")


@pytest.mark.parametrize("index", [0, 1, 13, 20])
def test_a_row_is_proven_by_its_values_salt_and_path(segment: Segment, segment_root: str, index: int) -> None:
    verify_row(prove_row(segment, index), segment.schema, segment_root, 21)


def test_a_changed_value_breaks_the_proof(segment: Segment, segment_root: str) -> None:
    proof = prove_row(segment, 3)
    with pytest.raises(VerifyError):
        verify_row(replace(proof, row=segment.table.slice(4, 1)), segment.schema, segment_root, 21)


@pytest.mark.parametrize("change", [{"index": 4}, {"rows": 20}, {"salt": bytes(32)}, {"salt": b""}, {"path": ()}])
def test_a_changed_part_of_the_proof_breaks_it(segment: Segment, segment_root: str, change: dict[str, Any]) -> None:
    with pytest.raises(VerifyError):
        verify_row(replace(prove_row(segment, 3), **change), segment.schema, segment_root, 21)


def test_equal_rows_have_different_digests_so_that_none_can_be_guessed(segment: Segment) -> None:
    same = segment.table.take([2, 2, 2])
    digests = row_digests(same, segment.schema, SECRET)
    assert len({digests[i : i + 32] for i in range(0, 96, 32)}) == 3


def test_the_root_does_not_depend_on_how_many_rows_are_hashed_at_a_time(segment: Segment, segment_root: str) -> None:
    for chunk_rows in (2, 5, 8):
        assert root(row_digests(*segment, Config(chunk_rows=chunk_rows))).hex() == segment_root


def test_the_digest_of_one_row_is_that_in_the_list_of_all(segment: Segment) -> None:
    digests = row_digests(*segment)
    assert [row_digest(segment, i) for i in (0, 7, 20)] == [digests[32 * i : 32 * i + 32] for i in (0, 7, 20)]


def test_a_segment_without_rows_has_the_root_of_nothing(segment: Segment) -> None:
    assert row_digests(segment.schema.empty(), segment.schema, SECRET) == b""
