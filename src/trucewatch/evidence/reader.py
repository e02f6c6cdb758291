"""Read a log: checkpoint, leaves, bodies, rows and proofs; writes nothing."""

from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from trucewatch.core.errors import EvidenceError, SealedError, VerifyError
from trucewatch.evidence.blobs import BlobStore
from trucewatch.evidence.bodies import KeyRing, cut, unsalt, unseal
from trucewatch.evidence.canonical import read_body
from trucewatch.evidence.envelope import FILE, ORPHAN, ROWS, Envelope
from trucewatch.evidence.files import Files, OsFiles
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.merkle import (
    consistency_path,
    inclusion_path,
    leaf_hash,
    node_hash,
    root,
    split,
)
from trucewatch.evidence.note import Checkpoint, VerifierKey, open_checkpoint
from trucewatch.evidence.raw import RawFiles, RawRef, raw_of
from trucewatch.evidence.segments import Segment, read_segment
from trucewatch.evidence.tiles import ENTRIES, WIDTH, split_bundle, tile_path

__all__ = ["LogReader", "open_body"]

_HASH = 32
_NAMES_RAW = tuple(f'"kind":"{kind}"'.encode() for kind in (FILE, ORPHAN))  # so in every canonical leaf of theirs


class LogReader:
    """The log below an output folder, as of the checkpoint found when it was opened."""

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self.layout = Layout(folder)
        self.files: Files = OsFiles() if files is None else files
        self.blobs = BlobStore(self.layout, self.files)
        self.keys = KeyRing(self.layout, self.files)
        self.raw_files = RawFiles(self.blobs, self.keys)
        self._tile = lru_cache(maxsize=64)(self._read_tile)
        self._bundle = lru_cache(maxsize=16)(self._read_bundle)
        self._blob = lru_cache(maxsize=2)(self.blobs.get)
        self._segment = lru_cache(maxsize=2)(self._read_segment)
        self._raw = lru_cache(maxsize=1)(self.raw_files.get)  # many rows in turn come from one file

    @cached_property
    def key(self) -> VerifierKey:
        """The verifier's key that lies beside the log."""
        return VerifierKey.parse(self._read(self.layout.key).decode(errors="replace").removesuffix("\n"))

    @cached_property
    def checkpoint(self) -> Checkpoint:
        """The checkpoint, its signature checked against the key beside it."""
        return open_checkpoint(self._read(self.layout.checkpoint), self.key)

    def __len__(self) -> int:
        return self.checkpoint.size

    def entry(self, index: int) -> bytes:
        """Return the bytes of a leaf."""
        if not 0 <= index < len(self):
            raise EvidenceError(f"found leaf {index} asked for; needed 0 to {len(self) - 1}; the log has {len(self)}")
        number, slot = divmod(index, WIDTH)
        return self._bundle(number)[slot]

    def entries(self, first: int = 0) -> Iterator[bytes]:
        """Yield the bytes of every leaf from `first` on."""
        return (self.entry(index) for index in range(first, len(self)))

    def envelope(self, index: int) -> Envelope:
        """Return a leaf."""
        return Envelope.decode(self.entry(index))

    def leaf(self, index: int) -> str:
        """Return the hash of a leaf, hex: what other records name as their parent."""
        return leaf_hash(self.entry(index)).hex()

    def body(self, envelope: Envelope) -> dict[str, Any]:
        """Return the body of a single record; SealedError where its key was destroyed or is not here."""
        if envelope.body.form == ROWS:
            raise EvidenceError(f"found a {envelope.kind} of many rows; needed a single record; read it as a segment")
        return read_body(unsalt(self.opened(envelope), envelope))

    def segment(self, envelope: Envelope) -> Segment:
        """Return the rows behind a segment's leaf; SealedError where its key was destroyed or is not here."""
        return self._segment(envelope)

    @property
    def raw_blobs(self) -> dict[str, str]:
        """Address of every raw file by its file_sha256, as far as the records that say so can be opened here."""
        return self._raw_refs[0]

    def raw_blob(self, file_sha256: str) -> str | None:
        """Return the address of a raw file; None where the log has none, SealedError where that cannot be told."""
        known, sealed = self._raw_refs
        if file_sha256 not in known and sealed:
            raise SealedError(
                f"found no record of the file {file_sha256} that opens here, and {sealed} that are sealed; needed the "
                "keys in keys/; ask their keeper, unless they were destroyed"
            )
        return known.get(file_sha256)

    def raw(self, file_sha256: str) -> bytes:
        """Return a raw file as it was received; SealedError where its key was destroyed or is not here."""
        blob = self.raw_blob(file_sha256)
        if blob is None:
            raise EvidenceError(f"found no file {file_sha256} in the log; needed one that was taken in; take it in")
        return self._raw(RawRef(file_sha256, blob))

    @cached_property
    def _raw_refs(self) -> tuple[dict[str, str], int]:
        """Return address by file_sha256, the newest where there are several, and how many records are sealed."""
        known, sealed = dict[str, str](), 0
        for entry in self.entries():
            if any(name in entry for name in _NAMES_RAW):
                envelope = Envelope.decode(entry)
                try:
                    ref = raw_of(envelope, self.body(envelope))
                except SealedError:
                    sealed += 1
                else:
                    known.update([ref] if ref else [])
        return known, sealed

    def opened(self, envelope: Envelope) -> bytes:
        """Return the bytes of a body, unsealed; single records still begin with their salt."""
        return open_body(self._blob(envelope.body.blob), envelope, self.keys)

    def inclusion(self, index: int) -> list[bytes]:
        """Return the audit path of a leaf under the checkpoint's root."""
        return inclusion_path(index, len(self), self.range_root)

    def consistency(self, old: int) -> list[bytes]:
        """Return the proof that the log of `old` leaves is the beginning of this one."""
        return consistency_path(old, len(self), self.range_root)

    def range_root(self, start: int, end: int) -> bytes:
        """Return the root over the leaves start..end, from as few tiles as it takes."""
        width = end - start
        if width & (width - 1) == 0 and start % width == 0:
            level = (width.bit_length() - 1) // 8
            number, slot = divmod(start >> 8 * level, WIDTH)
            return root(self._tile(level, number)[_HASH * slot : _HASH * (slot + (width >> 8 * level))])
        middle = start + split(width)
        return node_hash(self.range_root(start, middle), self.range_root(middle, end))

    def _read_tile(self, level: int, number: int) -> bytes:
        """Return a tile as it was at the checkpoint, or whole where it has become so since."""
        whole, partial = divmod(len(self) >> 8 * max(level, 0), WIDTH)
        now = self.layout.log / tile_path(level, number, partial if number == whole else WIDTH)
        later = self.layout.log / tile_path(level, number)
        return self._read(now if self.files.exists(now) else later)

    def _read_segment(self, envelope: Envelope) -> Segment:
        return read_segment(self.opened(envelope))

    def _read_bundle(self, number: int) -> list[bytes]:
        return split_bundle(self._read_tile(ENTRIES, number))

    def _read(self, path: Path) -> bytes:
        try:
            return self.files.read(path)
        except FileNotFoundError as error:
            raise VerifyError(f"found no {path}; needed it as a part of the log; restore it from a copy") from error


def open_body(blob: bytes, envelope: Envelope, keys: KeyRing) -> bytes:
    """Return the bytes of a body in its blob, unsealed."""
    data = cut(blob, envelope.body)
    return data if envelope.key is None else unseal(data, keys.get(envelope.key), envelope.key)
