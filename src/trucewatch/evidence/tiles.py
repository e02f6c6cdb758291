"""The tiles of a log (C2SP tlog-tiles): where hashes and entries lie, and how the tree grows at its right edge."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from trucewatch.core.errors import EvidenceError, VerifyError
from trucewatch.evidence.merkle import EMPTY_ROOT, node_hash, root

__all__ = ["ENTRIES", "WIDTH", "Tile", "Tree", "belongs", "bundles", "expected_tiles", "extend", "parse_tile_path",
           "split_bundle", "tile_path"]  # fmt: skip

WIDTH = 256  # hashes in a whole tile, tlog-tiles "Merkle Tree"
ENTRIES = -1  # stands for `entries` where a level is asked for
_MAX_ENTRY = 0xFFFF  # length prefix of two bytes, tlog-tiles "Log Entries"
_HASH = 32


class Tile(NamedTuple):
    """One tile: level (ENTRIES for a bundle of entries), number, how many it holds, and its bytes."""

    level: int
    number: int
    width: int
    data: bytes

    @property
    def path(self) -> str:
        """The tile's path below the log."""
        return tile_path(self.level, self.number, self.width)


def tile_path(level: int, number: int, width: int = WIDTH) -> str:
    """Return `tile/<level>/<number>[.p/<width>]`; numbers are written in groups of three, all but the last with x."""
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03d}")
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{'entries' if level == ENTRIES else level}/{'/'.join(groups)}{partial}"


def expected_tiles(size: int) -> Iterator[tuple[int, int, int]]:
    """Yield (level, number, width) of every tile and bundle that a log of `size` leaves has."""
    for level in (ENTRIES, *range(8)):
        whole, partial = divmod(size >> 8 * max(level, 0), WIDTH)
        yield from ((level, number, WIDTH) for number in range(whole))
        if partial:
            yield level, whole, partial


@dataclass(frozen=True, slots=True)
class Tree:
    """The right edge of a Merkle tree: for each level, the joined hashes of its partial tile."""

    size: int = 0
    edge: tuple[bytes, ...] = ()

    @property
    def root(self) -> bytes:
        """The root over all leaves."""
        right: bytes | None = None
        for hashes in self.edge:
            for subtree in reversed(_subtrees(hashes)):
                right = subtree if right is None else node_hash(subtree, right)
        return EMPTY_ROOT if right is None else right


def _subtrees(hashes: bytes) -> list[bytes]:
    """Return the roots of the perfect subtrees over joined hashes, largest first."""
    roots, start, left = [], 0, len(hashes) // _HASH
    while left:
        width = 1 << (left.bit_length() - 1)
        roots.append(root(hashes[_HASH * start : _HASH * (start + width)]))
        start, left = start + width, left - width
    return roots


def extend(tree: Tree, leaf_hashes: bytes) -> tuple[Tree, list[Tile]]:
    """Return the tree with joined leaf hashes appended, and every tile that is new."""
    edge, tiles, new, level = list(tree.edge), [], leaf_hashes, 0
    while new:
        if level == len(edge):
            edge.append(b"")
        first = (tree.size >> 8 * level) // WIDTH
        grown = [*_cut(edge[level] + new, level, first)]
        tiles += grown
        edge[level] = grown[-1].data if grown[-1].width < WIDTH else b""
        new = b"".join(root(tile.data) for tile in grown if tile.width == WIDTH)
        level += 1
    return Tree(tree.size + len(leaf_hashes) // _HASH, tuple(edge)), tiles


def _cut(hashes: bytes, level: int, first: int) -> Iterator[Tile]:
    for number, start in enumerate(range(0, len(hashes), WIDTH * _HASH), first):
        data = hashes[start : start + WIDTH * _HASH]
        yield Tile(level, number, len(data) // _HASH, data)


def bundle(entries: Iterable[bytes]) -> bytes:
    """Return entries joined as a bundle: each after its length in two bytes, big-endian."""
    parts = []
    for entry in entries:
        if len(entry) > _MAX_ENTRY:
            raise EvidenceError(
                f"found a leaf of {len(entry)} bytes; needed at most {_MAX_ENTRY}; name fewer parents or blobs in it"
            )
        parts += [len(entry).to_bytes(2, "big"), entry]
    return b"".join(parts)


def split_bundle(data: bytes) -> list[bytes]:
    """Return the entries of a bundle; VerifyError where it ends inside one."""
    entries, at = [], 0
    while at < len(data):
        start = at + 2
        at = start + int.from_bytes(data[at:start], "big")
        if start > len(data) or at > len(data):
            raise VerifyError("found a bundle that ends inside an entry; needed whole entries; restore it from a copy")
        entries.append(data[start:at])
    return entries


def bundles(first: int, edge: Sequence[bytes], entries: Sequence[bytes]) -> list[Tile]:
    """Return the bundles that are new when `entries` follow the `edge` entries of bundle number `first`."""
    waiting = [*edge, *entries]
    parts = [waiting[start : start + WIDTH] for start in range(0, len(waiting), WIDTH)]
    return [Tile(ENTRIES, number, len(part), bundle(part)) for number, part in enumerate(parts, first)]


def belongs(name: str, size: int) -> bool:
    """Return whether a log of `size` leaves has had, and still keeps, a tile of this path."""
    parsed = parse_tile_path(name)
    if parsed is None:
        return False
    level, number, width = parsed
    whole, partial = divmod(size >> 8 * max(level, 0), WIDTH)
    return width == WIDTH if number < whole else number == whole and 0 < width <= partial < WIDTH


def parse_tile_path(name: str) -> tuple[int, int, int] | None:
    """Return level, number and width of a tile's path below the log; None where it is not one."""
    parts = name.removeprefix("tile/").split("/")
    width = parts.pop() if len(parts) > 2 and parts[-2].endswith(".p") else str(WIDTH)
    level = str(ENTRIES) if parts[0] == "entries" else parts[0]
    digits = "".join(part.removeprefix("x") for part in parts[1:]).removesuffix(".p")
    if not (level.lstrip("-").isdecimal() and width.isdecimal() and digits.isdecimal()):
        return None
    found = int(level), int(digits), int(width)
    return found if tile_path(*found) == name else None
