"""The durable writer: one at a time, many records a commit, acknowledged only when nothing can lose them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.columns import Schema
from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import EvidenceError
from trucewatch.core.marking import Marking
from trucewatch.core.times import format_ns
from trucewatch.evidence.blobs import BlobStore
from trucewatch.evidence.bodies import KeyRing, Sealed, nonces, pack, salts, seal
from trucewatch.evidence.canonical import body_bytes
from trucewatch.evidence.config import Config
from trucewatch.evidence.envelope import ROWS, Body, Envelope, is_digest
from trucewatch.evidence.files import Files, Lock, OsFiles, discard, disk_errors, make_dirs, publish
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.merkle import leaf_hash, root
from trucewatch.evidence.note import Checkpoint, sign_checkpoint
from trucewatch.evidence.reader import LogReader
from trucewatch.evidence.recovery import State, clear_partials, recover
from trucewatch.evidence.segments import row_digests, write_segment
from trucewatch.evidence.tiles import WIDTH, bundles, extend

__all__ = ["LeafRef", "Log", "Record", "SegmentRef"]

ORPHAN = "orphan"  # a blob that was durable when no record named it yet
FILE = "file"
DESTROYED = "key_destroyed"
_SECRET = 32
_BATCH = 500  # blobs that one leaf names; a leaf holds less than 64 KiB
_UNNAMED = "no record named these blobs yet"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to log.

    body     plain values or a dataclass; `_ns` integers and NaN are taken care of
    parents  leaf hashes, hex, of the records that it was made from
    blobs    SHA-256, hex, of raw files that it names; a `file` record's `file_sha256` is always among them
    version  of the body's shape
    """

    kind: str
    body: Mapping[str, Any]
    parents: tuple[str, ...] = ()
    marking: Marking = Marking.PUBLIC
    blobs: tuple[str, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class LeafRef:
    """A record in the log: its number, its leaf hash (hex) and its kind."""

    index: int
    leaf: str
    kind: str


@dataclass(frozen=True, slots=True)
class SegmentRef:
    """A segment in the log: root over its rows (hex), leaf hash (hex), number, rows, and the blob that holds them."""

    segment: str
    leaf: str
    index: int
    rows: int
    blob: str


class Log:
    """A log open for writing; use it in a `with`, so that it is closed."""

    def __init__(
        self,
        layout: Layout,
        files: Files,
        lock: Lock,
        signer: Ed25519PrivateKey,
        now_ns: Callable[[], int],
        entropy: Callable[[int], bytes],
        state: State,
    ) -> None:
        self.layout = layout
        self._files, self._lock, self._signer = files, lock, signer
        self._now_ns, self._entropy, self._state = now_ns, entropy, state
        self._blobs, self._keys = BlobStore(layout, files), KeyRing(layout, files)
        self._usable = True

    @classmethod
    def open(
        cls,
        folder: Path,
        signer: Ed25519PrivateKey,
        now_ns: Callable[[], int],
        entropy: Callable[[int], bytes],
        files: Files | None = None,
        origin: str | None = None,
    ) -> Self:
        """Return the log below a folder, made where there is none and recovered where its last writer died.

        now_ns   the clock, ns UTC
        entropy  the system's random source, e.g. os.urandom
        origin   name of a new log, without spaces or plus signs; drawn at random where none is given
        """
        files, layout = OsFiles() if files is None else files, Layout(folder)
        with disk_errors("opening the log"), ExitStack() as undo:
            make_dirs(files, folder)
            lock = files.lock(layout.lock)
            undo.callback(lock.release)
            state = recover(layout, files, signer, lambda: origin or f"trucewatch/{entropy(8).hex()}")
            log = cls(layout, files, lock, signer, now_ns, entropy, state)
            log._adopt_orphans()
            undo.pop_all()
        return log

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        try:
            if kind is None and self._usable:
                self._adopt_orphans()
        finally:
            self.close()

    def close(self) -> None:
        """Let the next writer in."""
        self._usable = False
        self._lock.release()

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._state.tree.size

    def checkpoint(self) -> Checkpoint:
        """Return origin, size and root as last signed."""
        return self._state.checkpoint

    def reader(self) -> LogReader:
        """Return a reader of the log as it stands now."""
        return LogReader(self.layout.folder, self._files)

    def put_blob(self, data: bytes | Path) -> str:
        """Return the SHA-256 of raw bytes, or of a file's, once they are durable in the blob store."""
        self._check_usable()
        with disk_errors("keeping a blob"):
            return self._blobs.put(data)

    def append_many(self, records: Sequence[Record]) -> list[LeafRef]:
        """Append records in one commit and return when all are durable; all of them are in the log, or none.

        An EvidenceError means that none of them are, unless the disk fails so badly that the log must be reopened.
        """
        if not records:
            return []
        for record in records:
            self._check_parents(record.parents)
            self._check_blobs(record)
        keys, blobs, bodies = self._pack(records)
        time, name = self._time(), iter(keys.names)
        envelopes = [
            Envelope(
                kind=record.kind,
                schema=f"{record.kind}/{record.version}",
                commitment=commitment,
                body=body,
                key=None if record.marking == Marking.PUBLIC else next(name),
                parents=tuple(record.parents),
                blobs=_blobs_of(record),
                marking=record.marking,
                rows=None,
                time=time,
            )
            for record, (commitment, body) in zip(records, bodies, strict=True)
        ]
        first, hashes = self.size, self._commit(envelopes, keys, blobs)
        return [LeafRef(first + i, digest.hex(), records[i].kind) for i, digest in enumerate(hashes)]

    def append_segment(
        self,
        kind: str,
        table: pa.Table,
        schema: Schema,
        parents: Sequence[str],
        marking: Marking,
        config: Config | None = None,
    ) -> SegmentRef:
        """Append the rows of a table as one leaf and return when they are durable."""
        self._check_parents(parents)
        config, secret = config or Config(), self._entropy(_SECRET)
        commitment = root(row_digests(table, schema, secret, config)).hex()
        keys, parts = self._seal([write_segment(table, schema, secret, config)], sealed=marking != Marking.PUBLIC)
        blob, (body,) = pack(parts, ROWS)
        envelope = Envelope(
            kind=kind,
            schema=f"{schema.name}/{schema.version}",
            commitment=commitment,
            body=body,
            key=keys.names[0] if keys.names else None,
            parents=tuple(parents),
            blobs=(),
            marking=marking,
            rows=table.num_rows,
            time=self._time(),
        )
        index, (digest,) = self.size, self._commit([envelope], keys, {body.blob: blob})
        return SegmentRef(commitment, digest.hex(), index, table.num_rows, body.blob)

    def destroy_key(self, index: int, reason: str) -> LeafRef:
        """Make the body of a leaf unreadable for ever; that it was done, and why, is logged first."""
        self._check_usable()
        reader = self.reader()
        envelope, leaf = reader.envelope(index), reader.leaf(index)
        if envelope.key is None:
            raise EvidenceError(f"found leaf {index} public; needed a sealed body; a public body has no key to destroy")
        (ref,) = self.append_many([Record(DESTROYED, {"index": index, "leaf": leaf, "reason": reason}, (leaf,))])
        with disk_errors("destroying a key"):
            self._keys.destroy(envelope.key)
        return ref

    def _pack(self, records: Sequence[Record]) -> tuple[Sealed, dict[str, bytes], list[tuple[str, Body]]]:
        """Return fresh keys, blobs by digest, and commitment and place of each body; sealed bodies lie apart."""
        salted = [s + body_bytes(r.body) for s, r in zip(salts(len(records), self._entropy), records, strict=True)]
        keys, blobs = Sealed([], []), dict[str, bytes]()
        bodies: dict[int, Body] = {}
        for sealed in (False, True):
            rows = [i for i, r in enumerate(records) if (r.marking != Marking.PUBLIC) == sealed]
            drawn, parts = self._seal([salted[i] for i in rows], sealed=sealed)
            keys = drawn if sealed else keys
            blob, placed = pack(parts)
            if rows:
                blobs[placed[0].blob] = blob
            bodies.update(zip(rows, placed, strict=True))
        return keys, blobs, [(sha256_hex(data), bodies[i]) for i, data in enumerate(salted)]

    def _seal(self, parts: list[bytes], sealed: bool) -> tuple[Sealed, list[bytes]]:
        if not sealed or not parts:
            return Sealed([], []), parts
        keys = self._keys.draw(len(parts), self._entropy)
        material = zip(parts, keys.keys, keys.names, nonces(len(parts), self._entropy), strict=True)
        return keys, [seal(*piece) for piece in material]

    def _commit(self, envelopes: list[Envelope], keys: Sealed, blobs: Mapping[str, bytes]) -> list[bytes]:
        """Make entries durable in the order keys, blobs, tiles, checkpoint; on a full disk, go back to before."""
        self._check_usable()
        state, entries = self._state, [envelope.encode() for envelope in envelopes]
        hashes = [leaf_hash(entry) for entry in entries]
        tree, tiles = extend(state.tree, b"".join(hashes))
        tiles += bundles(state.tree.size // WIDTH, state.bundle, entries)
        checkpoint = Checkpoint(state.checkpoint.origin, tree.size, tree.root)
        self._usable = False
        try:
            with disk_errors("committing records"):
                self._keys.keep(keys)
                self._blobs.keep(blobs)
                publish(self._files, self.layout.tmp, [(self.layout.log / tile.path, tile.data) for tile in tiles])
                self._publish_checkpoint(checkpoint)
        except EvidenceError:
            found = self._recovered()
            if found == checkpoint:  # only the very last step failed, and recovery has finished it
                return hashes
            if found is not None:  # undone for good; where recovery failed, the next opening may still finish it
                discard(self._files, [self._blobs.path(digest) for digest in blobs])
            raise
        clear_partials(self.layout, self._files, state.tree.size, tree.size)
        state.note(envelopes, hashes)
        waiting = [*state.bundle, *entries]
        state.bundle = waiting[len(waiting) - tree.size % WIDTH :]
        state.tree, state.checkpoint, self._usable = tree, checkpoint, True
        return hashes

    def _publish_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Write the checkpoint beside the old one, durably, before it takes the old one's name."""
        note = sign_checkpoint(checkpoint, self._signer)
        publish(self._files, self.layout.tmp, [(self.layout.next_checkpoint, note)])
        self._files.rename(self.layout.next_checkpoint, self.layout.checkpoint)
        self._files.fsync_dir(self.layout.log)

    def _recovered(self) -> Checkpoint | None:
        """Return the checkpoint that recovery finds on disk; where even that fails, the log stays unusable."""
        origin = self._state.checkpoint.origin
        try:
            with disk_errors("recovering"):
                self._state = recover(self.layout, self._files, self._signer, lambda: origin)
        except EvidenceError:
            return None
        self._usable = True
        return self._state.checkpoint

    def _adopt_orphans(self) -> None:
        """Name blobs that no leaf names yet, so that a stranger's blob never looks like ours."""
        with disk_errors("looking through the blobs"):
            waiting = [b for b in self._blobs.names() if b not in self._state.named]
            whole = tuple(b for b in waiting if self._blobs.has(b) and self._blobs.digest(self._blobs.path(b)) == b)
        for start in range(0, len(whole), _BATCH):
            self.append_many([Record(ORPHAN, {"reason": _UNNAMED}, blobs=whole[start : start + _BATCH])])

    def _check_usable(self) -> None:
        if not self._usable:
            raise EvidenceError("found the log closed, or its disk failing; needed it open; open it again")

    def _check_parents(self, parents: Sequence[str]) -> None:
        for parent in parents:
            if not is_digest(parent) or bytes.fromhex(parent) not in self._state.leaves:
                raise EvidenceError(f"found the parent {parent}; needed a leaf of this log; append the parent first")

    def _check_blobs(self, record: Record) -> None:
        for blob in _blobs_of(record):
            if blob not in self._state.named and not self._blobs.has(blob):
                raise EvidenceError(f"found the blob {blob!r} named; needed it in the store; call put_blob first")

    def _time(self) -> str:
        return format_ns(self._now_ns(), timespec="microseconds")


def _blobs_of(record: Record) -> tuple[str, ...]:
    """Return the raw blobs that a record names, sorted."""
    own = record.body.get("file_sha256") if record.kind == FILE else None
    return tuple(sorted({*record.blobs, *([own] if own else [])}))
