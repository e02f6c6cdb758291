"""Merkle trees of RFC 6962: roots, inclusion and consistency proofs over plain bytes."""

import hashlib
from collections.abc import Callable, Sequence

__all__ = [
    "EMPTY_ROOT",
    "consistency_path",
    "inclusion_path",
    "leaf_hash",
    "node_hash",
    "range_root_of",
    "root",
    "verify_consistency",
    "verify_inclusion",
]

EMPTY_ROOT = hashlib.sha256(b"").digest()
RangeRoot = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of a leaf (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node (RFC 6962, section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root(hashes: bytes) -> bytes:
    """Return the root over joined leaf hashes (n × 32 bytes)."""
    if not hashes:
        return EMPTY_ROOT
    level = hashes
    while len(level) > 32:
        level = _parents(level)
    return level


def _parents(level: bytes) -> bytes:
    """Join neighbours; a last one without a neighbour moves up as it is."""
    paired = len(level) // 64 * 64
    sha256 = hashlib.sha256
    above = [sha256(b"\x01" + level[i : i + 64]).digest() for i in range(0, paired, 64)]
    above.append(level[paired:])
    return b"".join(above)


def range_root_of(hashes: bytes) -> RangeRoot:
    """Return the function (start, end) -> root over joined leaf hashes that are all in memory."""
    return lambda start, end: root(hashes[32 * start : 32 * end])


def split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_path(index: int, size: int, range_root: RangeRoot) -> list[bytes]:
    """Return the audit path of a leaf (RFC 6962, section 2.1.1), nearest sibling first."""
    if not 0 <= index < size:
        raise ValueError(f"found leaf {index} of {size}; needed 0 <= index < size")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + split(end - start)
        if index < middle:
            path.append(range_root(middle, end))
            end = middle
        else:
            path.append(range_root(start, middle))
            start = middle
    return path[::-1]


def consistency_path(old: int, new: int, range_root: RangeRoot) -> list[bytes]:
    """Return the proof that the tree of `old` leaves is the beginning of that of `new` (RFC 6962, section 2.1.2)."""
    if not 0 <= old <= new:
        raise ValueError(f"found sizes {old} and {new}; needed 0 <= old <= new")
    path: list[bytes] = []
    start, end, whole = 0, new, True
    while 0 < old - start < end - start:
        middle = start + split(end - start)
        if old <= middle:
            path.append(range_root(middle, end))
            end = middle
        else:
            path.append(range_root(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(range_root(start, end))
    return path[::-1]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], expected_root: bytes) -> bool:
    """Return whether the path leads from the leaf hash to the root (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    number, last, node = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if number & 1 or number == last:
            node = node_hash(sibling, node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        number, last = number >> 1, last >> 1
    return last == 0 and node == expected_root


def verify_consistency(old: int, new: int, path: Sequence[bytes], old_root: bytes, new_root: bytes) -> bool:
    """Return whether the proof shows that the old tree is the beginning of the new one (RFC 9162, section 2.1.4.2)."""
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == EMPTY_ROOT
    if not 0 < old < new or not path:
        return False
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    return _walk_consistency(number, last, steps) == (old_root, new_root)


def _walk_consistency(number: int, last: int, steps: Sequence[bytes]) -> tuple[bytes, bytes] | None:
    old_node = new_node = steps[0]
    for step in steps[1:]:
        if last == 0:
            return None
        if number & 1 or number == last:
            old_node, new_node = node_hash(step, old_node), node_hash(step, new_node)
            while not number & 1 and number:
                number, last = number >> 1, last >> 1
        else:
            new_node = node_hash(new_node, step)
        number, last = number >> 1, last >> 1
    return (old_node, new_node) if last == 0 else None
