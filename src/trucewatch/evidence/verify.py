"""Verify an exported log with a public key and nothing else; whatever is not proven right is wrong."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from trucewatch.core.errors import EvidenceError, SealedError, VerifyError
from trucewatch.evidence.blobs import BlobStore
from trucewatch.evidence.bodies import KeyRing, unsalt
from trucewatch.evidence.canonical import read_body
from trucewatch.evidence.envelope import ROWS, Envelope
from trucewatch.evidence.files import Files, OsFiles
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.merkle import leaf_hash, root
from trucewatch.evidence.note import Checkpoint, VerifierKey, open_checkpoint, read_public_key
from trucewatch.evidence.raw import RawFiles, RawRef, raw_of
from trucewatch.evidence.reader import open_body
from trucewatch.evidence.segments import read_segment, row_digests
from trucewatch.evidence.tiles import (
    ENTRIES,
    WIDTH,
    Tree,
    belongs,
    expected_tiles,
    extend,
    parse_tile_path,
    split_bundle,
    tile_path,
)

__all__ = ["Problem", "VerifyReport", "verify"]

_HASH = 32
Progress = Callable[[str, int, int], None]


class Problem(NamedTuple):
    """One file that is wrong (its path below the folder) and what is wrong with it."""

    file: str
    what: str


@dataclass
class VerifyReport:
    """What verification found.

    problems     in the order found; the first one is the first thing wrong
    key_trusted  whether the public key came from the caller; the one beside the log only shows that nothing broke
    opened       bodies whose commitment was recomputed; `sealed` are those that no key opens here
    rows         rows of segments whose salted digests were recomputed
    raw_files    raw files whose bytes have the SHA-256 in their record; `raw_sealed` are those that no key opens here
    """

    size: int = 0
    origin: str | None = None
    root: str | None = None
    key: str | None = None
    key_trusted: bool = False
    blobs: int = 0
    opened: int = 0
    sealed: int = 0
    segments: int = 0
    rows: int = 0
    raw_files: int = 0
    raw_sealed: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether everything is as it was signed."""
        return not self.problems and self.size > 0

    @property
    def first(self) -> str | None:
        """The first thing wrong, as a sentence; None where nothing is."""
        return f"{self.problems[0].file}: {self.problems[0].what}" if self.problems else None

    @property
    def files(self) -> tuple[str, ...]:
        """Every file that is wrong, once."""
        return tuple(dict.fromkeys(problem.file for problem in self.problems))


def verify(
    folder: Path,
    public_key: str | Path | None = None,
    files: Files | None = None,
    progress: Progress | None = None,
) -> VerifyReport:
    """Return what is wrong with the log and blobs below a folder: every leaf, tile, root, signature, body and row.

    public_key  verifier key (key.pub), PEM, base64 or hex, as text or a file; where none is given, the key beside the
                log is used, which proves that the files fit together but not who signed them
    progress    called with what is being checked, how much is done and how much there is
    """
    return _Verification(Layout(folder), OsFiles() if files is None else files, progress or _silent).run(public_key)


def _silent(_what: str, _done: int, _total: int) -> None:
    return


_Hashes = dict[tuple[int, int], bytes]  # right hashes of a tile by level and number


class _Pair(NamedTuple):
    """A bundle and the tile above it that do not fit."""

    number: int
    width: int
    entries: list[bytes]


class _Verification:
    """One run; collects problems and goes on, so that every wrong file is named."""

    def __init__(self, layout: Layout, files: Files, progress: Progress) -> None:
        self.layout, self.files, self.progress = layout, files, progress
        self.report = VerifyReport()
        self.tiles = _Hashes()
        self.leaves: dict[str, int] = {}
        self.children: list[tuple[Path, int, str]] = []
        self.entries_right = False
        self.bodies: dict[str, list[Envelope]] = {}
        self.named: set[str] = set()
        self.raw: set[RawRef] = set()

    def run(self, public_key: str | Path | None) -> VerifyReport:
        checkpoint = self._checkpoint(public_key)
        if checkpoint is None:
            return self.report
        if checkpoint.size == 0:
            self._wrong(self.layout.checkpoint, "the log is empty; needed at least one leaf to verify")
        self._tree(checkpoint)
        self._files_of_log(checkpoint.size)
        self._blobs()
        self._raw_files()
        return self.report

    def _checkpoint(self, public_key: str | Path | None) -> Checkpoint | None:
        report, path = self.report, self.layout.key
        try:
            given = None if public_key is None else read_public_key(public_key)
            key = VerifierKey.parse(_text(self.files.read(path)))
            if given is not None and given not in (key, key.public):
                raise VerifyError("the log says that another key signs it than the one given; get the right one")
            path = self.layout.checkpoint
            checkpoint = open_checkpoint(self.files.read(path), key)
            if checkpoint.origin != key.name:
                raise VerifyError(f"signed for the log {checkpoint.origin!r}; needed {key.name!r}")
        except (VerifyError, OSError) as error:
            self._wrong(path, str(error))
            return None
        report.size, report.origin, report.root = checkpoint.size, checkpoint.origin, checkpoint.root.hex()
        report.key, report.key_trusted = key.text, given is not None
        return checkpoint

    def _tree(self, checkpoint: Checkpoint) -> None:
        """Recompute the tree twice, from the entries and from the tiles, to tell which of two that differ is wrong."""
        from_entries, from_tiles = Tree(), Tree()
        by_entries, by_tiles = _Hashes(), _Hashes()
        differing: list[_Pair] = []
        for level, number, width in expected_tiles(checkpoint.size):
            if level != ENTRIES:
                continue
            self.progress("leaves", number * WIDTH, checkpoint.size)
            entries, tile = self._bundle(number, width), self._tile(0, number, width)
            hashes = b"".join([leaf_hash(entry) for entry in entries])
            if hashes != tile:
                differing.append(_Pair(number, width, entries))
            else:
                self._envelopes(number, width, entries)
            from_entries = self._extend(from_entries, hashes.ljust(width * _HASH, b"\0"), by_entries)
            from_tiles = self._extend(from_tiles, tile.ljust(width * _HASH, b"\0"), by_tiles)
        self.entries_right = from_entries.root == checkpoint.root
        self.tiles = by_entries if self.entries_right else by_tiles
        self._blame(differing, from_tiles.root == checkpoint.root)

    @staticmethod
    def _extend(tree: Tree, hashes: bytes, known: _Hashes) -> Tree:
        """Return the tree with a tile's hashes appended; keep the upper tiles and the last of the lowest."""
        tree, tiles = extend(tree, hashes)
        known.update({(tile.level, tile.number): tile.data for tile in tiles if tile.level or tile.width < WIDTH})
        return tree

    def _blame(self, differing: list[_Pair], tiles_right: bool) -> None:
        for number, width, entries in differing:
            if not self.entries_right:
                self._wrong(self._path(ENTRIES, number, width), "its entries do not have the hashes that were signed")
            if not tiles_right:
                self._wrong(self._path(0, number, width), "its hashes are not those of the entries below it")
            if self.entries_right:
                self._envelopes(number, width, entries)
        if not differing and not self.entries_right:
            self._wrong(self.layout.checkpoint, "its root is not that of the entries")
        if self.entries_right:
            self._upper_tiles()
            self._parents()

    def _bundle(self, number: int, width: int) -> list[bytes]:
        path = self._path(ENTRIES, number, width)
        try:
            entries = split_bundle(self.files.read(path))
            if len(entries) != width:
                raise VerifyError(f"holds {len(entries)} entries; needed {width}")
        except (VerifyError, OSError) as error:
            self._wrong(path, str(error))
            return []
        return entries

    def _envelopes(self, number: int, width: int, entries: list[bytes]) -> None:
        """Note what the leaves of a bundle name."""
        path = self._path(ENTRIES, number, width)
        for index, entry in enumerate(entries, number * WIDTH):
            self.leaves[leaf_hash(entry).hex()] = index
            try:
                envelope = Envelope.decode(entry)
            except VerifyError as error:
                self._wrong(path, f"leaf {index}: {error}")
                continue
            self.children += [(path, index, p) for p in envelope.parents if self.leaves.get(p, index) >= index]
            self.bodies.setdefault(envelope.body.blob, []).append(envelope)
            self.named.update(envelope.blobs)

    def _parents(self) -> None:
        for path, index, parent in self.children:
            if self.leaves.get(parent, index) >= index:
                self._wrong(path, f"leaf {index}: names the parent {parent}, which no earlier leaf has")

    def _tile(self, level: int, number: int, width: int) -> bytes:
        path = self._path(level, number, width)
        try:
            data = self.files.read(path)
        except OSError as error:
            self._wrong(path, str(error))
            return b""
        if len(data) != width * _HASH:
            self._wrong(path, f"holds {len(data)} bytes; needed {width * _HASH}")
            return b""
        return data

    def _upper_tiles(self) -> None:
        for level, number, width in expected_tiles(self.report.size):
            if level > 0 and self._tile(level, number, width) not in (b"", self.tiles[level, number]):
                self._wrong(self._path(level, number, width), "its hashes are not those below it")

    def _files_of_log(self, size: int) -> None:
        """Find files that the log does not have, and old partial tiles that are not the beginning of today's."""
        for path in self.files.walk(self.layout.log):
            name = path.relative_to(self.layout.log).as_posix()
            if name in (self.layout.checkpoint.name, self.layout.key.name):
                continue
            if not (name.startswith("tile/") and belongs(name, size)):
                self._wrong(path, "belongs to no leaf of this log; remove it, or open the log to finish its last write")
            else:
                self._old_partial(path, name, size)

    def _old_partial(self, path: Path, name: str, size: int) -> None:
        parsed = parse_tile_path(name)
        if parsed is None or parsed[2] in (WIDTH, (size >> 8 * max(parsed[0], 0)) % WIDTH):
            return  # today's tile, which was checked with the tree
        level, number, width = parsed
        try:
            data = self.files.read(path)
            hashes = b"".join(map(leaf_hash, split_bundle(data))) if level == ENTRIES else data
        except (VerifyError, OSError) as error:
            self._wrong(path, str(error))
            return
        if len(hashes) != width * _HASH or not self.tiles[max(level, 0), number].startswith(hashes):
            self._wrong(path, "is not the beginning of the tile that replaced it")

    def _blobs(self) -> None:
        store = BlobStore(self.layout, self.files)
        paths = self.files.walk(self.layout.blobs)
        wanted = self.bodies.keys() | self.named
        for done, path in enumerate(paths):
            self.progress("blobs", done, len(paths))
            self._blob(store, path, wanted)
        for digest in sorted(wanted - {path.name for path in paths}):
            self._wrong(store.path(digest), "is missing; a leaf names it")
        self.report.blobs = len(paths)

    def _blob(self, store: BlobStore, path: Path, wanted: set[str]) -> None:
        try:
            data = self.files.read(path) if path.name in self.bodies else None
            digest = store.digest(path) if data is None else hashlib.sha256(data).hexdigest()
        except OSError as error:
            self._wrong(path, str(error))
            return
        if path != store.path(digest):
            self._wrong(path, "does not hold the bytes that its name says")
        elif digest not in wanted:
            if self.entries_right:
                self._wrong(path, "is named by no leaf")
        elif data is not None:
            for envelope in self.bodies[digest]:
                self._body(path, data, envelope)

    def _body(self, path: Path, blob: bytes, envelope: Envelope) -> None:
        try:
            opened = open_body(blob, envelope, KeyRing(self.layout, self.files))
            if envelope.body.form == ROWS:
                self._rows(opened, envelope)
            elif ref := raw_of(envelope, read_body(unsalt(opened, envelope))):
                self.raw.add(ref)
        except SealedError:
            self.report.sealed += 1
        except (EvidenceError, ValueError, OSError, RecursionError) as error:
            self._wrong(path, f"the body of a {envelope.kind}: {error}")
        else:
            self.report.opened += 1

    def _raw_files(self) -> None:
        """Open the raw files that records stand for; those that are missing are told already."""
        store = BlobStore(self.layout, self.files)
        raw_files, present = (
            RawFiles(store, KeyRing(self.layout, self.files)),
            [r for r in self.raw if store.has(r.blob)],
        )
        for done, ref in enumerate(sorted(present)):
            self.progress("raw files", done, len(present))
            try:
                raw_files.check(ref)
            except SealedError:
                self.report.raw_sealed += 1
            except (EvidenceError, OSError) as error:
                self._wrong(store.path(ref.blob), f"the raw file {ref.file_sha256}: {error}")
            else:
                self.report.raw_files += 1

    def _rows(self, opened: bytes, envelope: Envelope) -> None:
        table, schema, secret = read_segment(opened)
        if root(row_digests(table, schema, secret)).hex() != envelope.commitment or table.num_rows != envelope.rows:
            raise VerifyError("its rows do not have the root that was logged")
        self.report.segments += 1
        self.report.rows += table.num_rows

    def _path(self, level: int, number: int, width: int) -> Path:
        return self.layout.log / tile_path(level, number, width)

    def _wrong(self, path: Path, what: str) -> None:
        self.report.problems.append(Problem(path.relative_to(self.layout.folder).as_posix(), what))


def _text(data: bytes) -> str:
    """Return the one line of key.pub; VerifyError where it is anything else."""
    text = data.decode(errors="replace")
    if not text.endswith("\n"):
        raise VerifyError("found a key file without its newline; needed name+id+base64 and a newline")
    return text[:-1]
