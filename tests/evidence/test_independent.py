"""The log as an independent verifier of the tlog-tiles format sees it."""

from typing import Any

import pytest
from tlog_scales.backend import LocalBackend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import Vkey
from tlog_scales.tiles import leaf_hash
from tlog_scales.tlog import Checkpoint, InclusionProofInvalid


@pytest.fixture
def reader(small_log: Any) -> TilesReader:
    return TilesReader(LocalBackend(small_log.folder / "log"))


@pytest.fixture
def checkpoint(reader: TilesReader) -> Checkpoint:
    return reader.get_checkpoint()


def test_it_accepts_the_checkpoint_and_its_signature(checkpoint: Checkpoint, small_log: Any) -> None:
    checkpoint.verify(Vkey.from_string((small_log.folder / "log" / "key.pub").read_text().strip()))
    assert checkpoint.size == 311


def test_it_computes_the_same_root_from_the_tiles(reader: TilesReader, checkpoint: Checkpoint) -> None:
    assert reader.calculate_root_hash() == checkpoint.root_hash


@pytest.mark.parametrize("index", [0, 1, 255, 256, 310])
def test_it_proves_that_a_leaf_is_included(reader: TilesReader, checkpoint: Checkpoint, index: int) -> None:
    entry = reader.get_entry(index)
    reader.get_inclusion_proof(index, checkpoint.size).check(leaf_hash(entry), checkpoint.root_hash)


def test_it_rejects_a_changed_leaf(reader: TilesReader, checkpoint: Checkpoint) -> None:
    entry = bytearray(reader.get_entry(7))
    entry[20] ^= 1
    with pytest.raises(InclusionProofInvalid):
        reader.get_inclusion_proof(7, checkpoint.size).check(leaf_hash(bytes(entry)), checkpoint.root_hash)


def test_it_proves_that_a_longer_log_goes_on_from_the_shorter_one(small_log: Any, make: Any) -> None:
    base = LocalBackend(small_log.folder / "log")
    before = TilesReader(base).get_checkpoint()
    with small_log.open(seed=1) as log:
        log.append_many([make.record(n) for n in range(400)])
    reader = TilesReader(base)
    after = reader.get_checkpoint()
    reader.get_consistency_proof(before.size, after.size).check(before.root_hash, after.root_hash)


def test_our_proofs_are_the_same_as_its(reader: TilesReader, checkpoint: Checkpoint, small_log: Any) -> None:
    with small_log.open(seed=1) as log:
        ours = log.reader()
    assert ours.inclusion(260) == reader.get_inclusion_proof(260, checkpoint.size).node_hashes
    assert ours.consistency(77) == reader.get_consistency_proof(77, checkpoint.size).node_hashes
