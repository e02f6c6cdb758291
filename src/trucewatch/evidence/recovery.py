"""What the writer knows when it opens a log, put right after whatever interrupted the writer before it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.errors import EvidenceError, VerifyError
from trucewatch.evidence.envelope import Envelope
from trucewatch.evidence.files import Files, discard, make_dirs, publish
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.merkle import EMPTY_ROOT, leaf_hash
from trucewatch.evidence.note import Checkpoint, VerifierKey, open_checkpoint, public_bytes, sign_checkpoint
from trucewatch.evidence.tiles import ENTRIES, WIDTH, Tree, belongs, expected_tiles, extend, split_bundle, tile_path

__all__ = ["State", "clear_partials", "recover"]

_HASH = 32


@dataclass
class State:
    """Everything about the log that the writer keeps in memory.

    bundle  entries of the last, partial bundle
    leaves  index by leaf hash
    named   blobs that some leaf names
    """

    checkpoint: Checkpoint
    tree: Tree = field(default_factory=Tree)
    bundle: list[bytes] = field(default_factory=list)
    leaves: dict[bytes, int] = field(default_factory=dict)
    named: set[str] = field(default_factory=set)

    def note(self, envelopes: list[Envelope], hashes: list[bytes]) -> None:
        """Remember leaves that are now in the log."""
        self.leaves.update(zip(hashes, range(len(self.leaves), len(self.leaves) + len(hashes)), strict=True))
        for envelope in envelopes:
            self.named.update((envelope.body.blob, *envelope.blobs))


def recover(layout: Layout, files: Files, signer: Ed25519PrivateKey, origin: Callable[[], str]) -> State:
    """Return the state of a log, new or old, after finishing or undoing what was left half done.

    A commit writes keys, blobs and tiles, then `checkpoint.next`, and renames that last. Where `checkpoint.next` is
    whole, everything before it is durable and the commit is finished; where it is not, nobody has seen the commit and
    its tiles go. So the log never takes back what a reader may have seen.
    """
    for folder, mode in ((layout.log, 0o755), (layout.blobs, 0o755), (layout.keys, 0o700), (layout.tmp, 0o755)):
        make_dirs(files, folder, mode)
    discard(files, files.walk(layout.tmp))
    key = _key(layout, files, signer, origin)
    state = _roll_forward(layout, files, key) or _current(layout, files, key, signer)
    _remove_tail(layout, files, state.tree.size)
    return state


def _key(layout: Layout, files: Files, signer: Ed25519PrivateKey, origin: Callable[[], str]) -> VerifierKey:
    """Return the log's verifier key, made at the first opening; another signer is refused."""
    if not files.exists(layout.key):
        key = VerifierKey(origin(), public_bytes(signer))
        VerifierKey.parse(key.text)
        publish(files, layout.tmp, [(layout.key, f"{key.text}\n".encode())])
    key = VerifierKey.parse(files.read(layout.key).decode(errors="replace").removesuffix("\n"))
    if key.public != public_bytes(signer):
        raise EvidenceError(
            f"found a log signed by {key.name}+{key.key_id.hex()}; needed that signing key; pass it or start a new log"
        )
    return key


def _roll_forward(layout: Layout, files: Files, key: VerifierKey) -> State | None:
    """Finish the commit whose checkpoint waits to be renamed; drop a checkpoint that is not whole."""
    if not files.exists(layout.next_checkpoint):
        return None
    try:
        checkpoint = open_checkpoint(files.read(layout.next_checkpoint), key)
    except VerifyError:
        files.remove(layout.next_checkpoint)
        return None
    state = _load(layout, files, checkpoint)
    files.rename(layout.next_checkpoint, layout.checkpoint)
    files.fsync_dir(layout.log)
    return state


def _current(layout: Layout, files: Files, key: VerifierKey, signer: Ed25519PrivateKey) -> State:
    if not files.exists(layout.checkpoint):
        return _begin(layout, files, key, signer)
    return _load(layout, files, open_checkpoint(files.read(layout.checkpoint), key))


def _begin(layout: Layout, files: Files, key: VerifierKey, signer: Ed25519PrivateKey) -> State:
    if files.exists(layout.log / "tile"):
        raise VerifyError(f"found tiles without a checkpoint in {layout.log}; needed both; restore it from a copy")
    empty = Checkpoint(key.name, 0, EMPTY_ROOT)
    publish(files, layout.tmp, [(layout.checkpoint, sign_checkpoint(empty, signer))])
    return State(empty)


def _load(layout: Layout, files: Files, checkpoint: Checkpoint) -> State:
    """Read all entries up to a checkpoint and rebuild the tree; VerifyError where its root is another."""
    state = State(checkpoint)
    hashes: list[bytes] = []
    for level, number, width in expected_tiles(checkpoint.size):
        if level == ENTRIES:
            entries = split_bundle(_read(files, layout.log / tile_path(level, number, width)))
            fresh = [leaf_hash(entry) for entry in entries]
            state.note([Envelope.decode(entry) for entry in entries], fresh)
            hashes += fresh
            state.bundle = entries if width < WIDTH else []
    state.tree, _ = extend(state.tree, b"".join(hashes))
    if state.tree.size != checkpoint.size or state.tree.root != checkpoint.root:
        raise VerifyError(f"found entries in {layout.log} that its checkpoint does not fit; run verify to see which")
    return state


def _read(files: Files, path: Path) -> bytes:
    try:
        return files.read(path)
    except FileNotFoundError as error:
        raise VerifyError(f"found no {path}; needed it as a part of the log; restore it from a copy") from error


def _remove_tail(layout: Layout, files: Files, size: int) -> None:
    """Remove tiles that no checkpoint has covered, and partial ones that a whole one has replaced."""
    for path in files.walk(layout.log / "tile"):
        if not belongs(path.relative_to(layout.log).as_posix(), size):
            files.remove(path)


def clear_partials(layout: Layout, files: Files, before: int, after: int) -> None:
    """Remove the partial tiles of the tiles that became whole between two sizes; readers find the whole ones."""
    for level in (ENTRIES, *range(8)):
        was, now = before >> 8 * max(level, 0), after >> 8 * max(level, 0)
        if was // WIDTH < now // WIDTH:
            folder = layout.log / f"{tile_path(level, was // WIDTH)}.p"
            discard(files, files.walk(folder))
