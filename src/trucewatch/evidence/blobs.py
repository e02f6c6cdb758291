"""The blob store: bytes under the name of their own SHA-256, written once."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import EvidenceError, VerifyError
from trucewatch.evidence.envelope import is_digest
from trucewatch.evidence.files import Files, discard, make_dirs, publish
from trucewatch.evidence.layout import Layout

__all__ = ["BlobStore", "Draft", "through"]


class Draft(NamedTuple):
    """A file that has no name yet, and the SHA-256 of what is in it."""

    path: Path
    digest: str


@dataclass(frozen=True)
class BlobStore:
    """Create-only store below `blobs/sha256/ab/<hex>`."""

    layout: Layout
    files: Files

    def path(self, digest: str) -> Path:
        """Return where the blob lies."""
        return self.layout.blobs / "sha256" / digest[:2] / digest

    def has(self, digest: str) -> bool:
        """Return whether a blob of this name is there."""
        return is_digest(digest) and self.files.exists(self.path(digest))

    def put(self, chunks: Iterable[bytes]) -> str:
        """Return the SHA-256 of bytes, given piece by piece, once they are durable; the same bytes twice are one."""
        with self.draft(chunks) as draft:
            self.settle(draft)
            return draft.digest

    @contextmanager
    def draft(self, chunks: Iterable[bytes]) -> Iterator[Draft]:
        """Write bytes to a draft while hashing them, so that what is hashed is what is kept; it goes unless settled."""
        path, hashing = self.layout.tmp / "incoming", hashlib.sha256()
        try:
            self.files.write_new(path, through(hashing, chunks))
            yield Draft(path, hashing.hexdigest())
        finally:
            discard(self.files, [path])

    def settle(self, draft: Draft) -> None:
        """Return when a draft is durable under the name of its digest."""
        path = self.path(draft.digest)
        if not self.files.exists(path):
            self.files.fsync(draft.path)
            make_dirs(self.files, path.parent)
            self.files.rename(draft.path, path)
        else:
            self.check(draft.digest)
        self.files.fsync_dir(path.parent)

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Return when bytes, given by their SHA-256, are durable."""
        publish(self.files, self.layout.tmp, [(self.path(digest), data) for digest, data in contents.items()])

    def get(self, digest: str) -> bytes:
        """Return the blob's bytes; VerifyError where they are not the ones that its name says."""
        with _found(digest):
            data = self.files.read(self.path(digest))
        if sha256_hex(data) != digest:
            raise _other(digest)
        return data

    def head(self, digest: str, size: int) -> bytes:
        """Return the first `size` bytes of a blob, or fewer where it ends."""
        with _found(digest):
            return self.files.read_part(self.path(digest), 0, size)

    def chunks(self, digest: str, start: int = 0) -> Iterator[bytes]:
        """Yield a blob from `start` on, piece by piece."""
        with _found(digest):
            yield from self.files.chunks(self.path(digest), start)

    def check(self, digest: str) -> None:
        """Raise VerifyError where the blob's bytes are not the ones that its name says."""
        with _found(digest):
            if self.digest(self.path(digest)) != digest:
                raise _other(digest)

    def names(self) -> list[str]:
        """Return the names of all blobs, sorted."""
        return [path.name for path in self.files.walk(self.layout.blobs)]

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file in the store, without holding all of it."""
        hashing = hashlib.sha256()
        for chunk in self.files.chunks(path):
            hashing.update(chunk)
        return hashing.hexdigest()


@contextmanager
def _found(digest: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise EvidenceError(f"found no blob {digest}; needed it below blobs/sha256; restore it from a copy") from error


def _other(digest: str) -> VerifyError:
    return VerifyError(f"found other bytes in blob {digest}; needed those of its name; restore it from a copy")


def through(hashing: "hashlib._Hash", chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield bytes and hash them on the way."""
    for chunk in chunks:
        hashing.update(chunk)
        yield chunk
