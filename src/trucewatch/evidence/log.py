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
from trucewatch.core.errors import EvidenceError, SealedError
from trucewatch.core.marking import Marking
from trucewatch.core.times import format_ns
from trucewatch.evidence.blobs import BlobStore
from trucewatch.evidence.bodies import KeyRing, Sealed, nonces, pack, salts, seal
from trucewatch.evidence.canonical import body_bytes
from trucewatch.evidence.config import Config
from trucewatch.evidence.envelope import DESTROYED, FILE, ORPHAN, ROWS, Body, Envelope, is_digest
from trucewatch.evidence.files import Files, Lock, OsFiles, discard, disk_errors, make_dirs, publish
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.merkle import leaf_hash, root
from trucewatch.evidence.note import Checkpoint, sign_checkpoint
from trucewatch.evidence.raw import RawFile, RawFiles, raw_of
from trucewatch.evidence.reader import LogReader
from trucewatch.evidence.recovery import State, clear_partials, recover
from trucewatch.evidence.segments import row_digests, write_segment
from trucewatch.evidence.tiles import WIDTH, bundles, extend

__all__ = ["LeafRef", "Log", "Record", "SegmentRef"]

_SECRET = 32
_BATCH = 500  # blobs that one leaf names; a leaf holds less than 64 KiB
_UNNAMED = "no record named these blobs yet"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing to log.

    body     plain values or a dataclass; `_ns` integers and NaN are taken care of
    parents  leaf hashes, hex, of the records that it was made from
    blobs    addresses, hex, of raw files that it names; for a `file` record the log finds that of its `file_sha256`
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
        self._raw = RawFiles(self._blobs, self._keys)
        self._sealed: dict[str, str] | None = None  # read from the log when it is first needed
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

    def put_blob(self, data: bytes | Path, marking: Marking = Marking.INTERNAL) -> RawFile:
        """Return the handle of raw bytes, or of a file's, once they are durable; sealed, unless they are PUBLIC.

        The same bytes twice are one blob, sealed anew only where their key was destroyed.
        """
        self._check_usable()
        with disk_errors("keeping a blob"):
            if marking == Marking.PUBLIC:
                return self._raw.put(data)
            raw = self._raw.seal(data, self._sealed_files(), self._entropy)
        self._sealed_files()[raw.file_sha256] = raw.blob
        return raw

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
                blobs=self._blobs_of(record),
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
        """Make the body of a leaf unreadable for ever, and the raw file that it stands for.

        That it was done, and why, is logged first.
        """
        self._check_usable()
        reader = self.reader()
        envelope, leaf = reader.envelope(index), reader.leaf(index)
        if envelope.key is None:
            raise EvidenceError(f"found leaf {index} public; needed a sealed body; a public body has no key to destroy")
        names = [*self._key_of_raw(reader, envelope), envelope.key]  # the body last: it says where the raw file lies
        for name in names:
            self._keys.find(name)  # nothing is logged as destroyed that lies elsewhere
        (ref,) = self.append_many([Record(DESTROYED, {"index": index, "leaf": leaf, "reason": reason}, (leaf,))])
        with disk_errors("destroying a key"):
            for name in names:
                self._keys.destroy(name)
        return ref

    def _key_of_raw(self, reader: LogReader, envelope: Envelope) -> list[str]:
        """Return the name of the key that opens the raw file of a leaf, where there is one and it still can be told."""
        if envelope.kind not in (FILE, ORPHAN):
            return []
        try:
            ref = raw_of(envelope, reader.body(envelope))
        except SealedError:
            return []
        key = self._raw.find(ref).key if ref else None
        return [key] if key else []

    def _sealed_files(self) -> dict[str, str]:
        """Return the blob of every sealed file by its file_sha256, as the leaves say that can be opened here."""
        if self._sealed is None:
            known = self.reader().raw_blobs
            self._sealed = {sha: blob for sha, blob in known.items() if sha != blob}
        return self._sealed

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
            whole = [b for b in waiting if self._blobs.has(b) and self._blobs.digest(self._blobs.path(b)) == b]
            files = {blob: sha for blob in whole if (sha := self._raw.digest(blob))}
        sealed = [_orphan((blob,), Marking.INTERNAL, file_sha256=sha) for blob, sha in files.items()]
        opaque = [blob for blob in whole if blob not in files]
        batches = [tuple(opaque[start : start + _BATCH]) for start in range(0, len(opaque), _BATCH)]
        self.append_many([*sealed, *(_orphan(batch) for batch in batches)])

    def _check_usable(self) -> None:
        if not self._usable:
            raise EvidenceError("found the log closed, or its disk failing; needed it open; open it again")

    def _check_parents(self, parents: Sequence[str]) -> None:
        for parent in parents:
            if not is_digest(parent) or bytes.fromhex(parent) not in self._state.leaves:
                raise EvidenceError(f"found the parent {parent}; needed a leaf of this log; append the parent first")

    def _check_blobs(self, record: Record) -> None:
        for blob in self._blobs_of(record):
            if blob not in self._state.named and not self._blobs.has(blob):
                raise EvidenceError(
                    f"found the blob {blob!r} named; needed it in the store; call put_blob first, with that marking"
                )

    def _blobs_of(self, record: Record) -> tuple[str, ...]:
        """Return the blobs that a record names, sorted; for a file, the one that holds it and no other."""
        sha = record.body.get("file_sha256") if record.kind == FILE else None
        if sha is None:
            return tuple(sorted(set(record.blobs)))
        sealed = None if record.marking == Marking.PUBLIC else self._sealed_files().get(sha)
        blob = sealed or sha
        if not {blob}.issuperset(record.blobs):
            raise EvidenceError(f"found a file that names other blobs; needed {blob} alone; leave out its blobs")
        return (blob,)

    def _time(self) -> str:
        return format_ns(self._now_ns(), timespec="microseconds")


def _orphan(blobs: tuple[str, ...], marking: Marking = Marking.PUBLIC, **known: str) -> Record:
    return Record(ORPHAN, {"reason": _UNNAMED, **known}, marking=marking, blobs=blobs)
