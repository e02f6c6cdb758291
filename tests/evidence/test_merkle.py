"""Merkle trees against published hashes and their own laws."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.evidence.merkle import (
    EMPTY_ROOT,
    consistency_path,
    inclusion_path,
    leaf_hash,
    range_root_of,
    root,
    verify_consistency,
    verify_inclusion,
)
from trucewatch.evidence.tiles import Tree, extend

# Test vectors of Certificate Transparency (google/certificate-transparency, merkletree/merkle_tree_test.cc).
LEAVES = [bytes.fromhex(x) for x in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657",
                                     "606162636465666768696a6b6c6d6e6f")]  # fmt: skip
ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)


def hashes(size: int) -> bytes:
    return b"".join(leaf_hash(i.to_bytes(4, "big")) for i in range(size))


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_those_of_certificate_transparency(size: int) -> None:
    assert root(b"".join(map(leaf_hash, LEAVES[:size]))).hex() == ROOTS[size - 1]


def test_the_root_of_nothing_is_the_hash_of_nothing() -> None:
    assert root(b"") == EMPTY_ROOT == Tree().root


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 400), min_size=1, max_size=6))
def test_a_tree_grown_in_parts_has_the_root_of_the_whole(parts: list[int]) -> None:
    all_hashes, tree, at = hashes(sum(parts)), Tree(), 0
    for part in parts:
        tree, _ = extend(tree, all_hashes[32 * at : 32 * (at + part)])
        at += part
    assert (tree.size, tree.root) == (at, root(all_hashes))


def test_a_tree_of_three_levels_has_the_root_of_the_whole() -> None:
    all_hashes = hashes(256 * 256 + 300)
    tree, tiles = extend(Tree(), all_hashes)
    assert tree.root == root(all_hashes)
    assert {tile.level for tile in tiles} == {0, 1, 2}


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_inclusion_proof_holds_and_holds_for_nothing_else(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 300))
    index = data.draw(st.integers(0, size - 1))
    tree = hashes(size)
    path = inclusion_path(index, size, range_root_of(tree))
    leaf = tree[32 * index : 32 * index + 32]
    assert verify_inclusion(leaf, index, size, path, root(tree))
    assert not verify_inclusion(leaf_hash(b"other"), index, size, path, root(tree))
    assert not verify_inclusion(leaf, index, size, [*path, leaf], root(tree))
    assert not verify_inclusion(leaf, size, size, path, root(tree))


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_every_consistency_proof_holds_and_holds_for_no_other_past(data: st.DataObject) -> None:
    new = data.draw(st.integers(1, 300))
    old = data.draw(st.integers(0, new))
    tree = hashes(new)
    path = consistency_path(old, new, range_root_of(tree))
    before = root(tree[: 32 * old])
    assert verify_consistency(old, new, path, before, root(tree))
    assert not verify_consistency(old, new, path, leaf_hash(b"other"), root(tree))
    assert not verify_consistency(old, new, [*path, before], before, root(tree))
