"""The blob store: bytes under the name of their own SHA-256, written once."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import EvidenceError, VerifyError
from trucewatch.evidence.envelope import is_digest
from trucewatch.evidence.files import Files, OsFiles, discard, make_dirs, publish
from trucewatch.evidence.layout import Layout

__all__ = ["BlobStore"]


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

    def put(self, data: bytes | Path) -> str:
        """Return the SHA-256 of bytes, or of a file's bytes, once they are durable; the same bytes twice are one."""
        draft, digest = self._draft(data)
        try:
            self._settle(draft, digest)
        finally:
            discard(self.files, [draft])
        return digest

    def keep(self, contents: Mapping[str, bytes]) -> None:
        """Return when bytes, given by their SHA-256, are durable."""
        publish(self.files, self.layout.tmp, [(self.path(digest), data) for digest, data in contents.items()])

    def get(self, digest: str) -> bytes:
        """Return the blob's bytes; VerifyError where they are not the ones that its name says."""
        try:
            data = self.files.read(self.path(digest))
        except FileNotFoundError as error:
            raise EvidenceError(
                f"found no blob {digest}; needed it below blobs/sha256; restore it from a copy"
            ) from error
        if sha256_hex(data) != digest:
            raise VerifyError(f"found other bytes in blob {digest}; needed those of its name; restore it from a copy")
        return data

    def names(self) -> list[str]:
        """Return the names of all blobs, sorted."""
        return [path.name for path in self.files.walk(self.layout.blobs)]

    def digest(self, path: Path) -> str:
        """Return the SHA-256 of a file in the store, without holding all of it."""
        return _digest(self.files.chunks(path))

    def _draft(self, data: bytes | Path) -> tuple[Path, str]:
        """Write a draft while hashing it; the file is read once, so what is hashed is what is kept."""
        draft, hashing = self.layout.tmp / "incoming", hashlib.sha256()
        chunks = [data] if isinstance(data, bytes) else OsFiles().chunks(data)
        try:
            self.files.write_new(draft, _through(hashing, chunks))
        except OSError:
            discard(self.files, [draft])
            raise
        return draft, hashing.hexdigest()

    def _settle(self, draft: Path, digest: str) -> None:
        path = self.path(digest)
        if not self.files.exists(path):
            self.files.fsync(draft)
            make_dirs(self.files, path.parent)
            self.files.rename(draft, path)
        elif self.digest(path) != digest:
            raise VerifyError(f"found other bytes in blob {digest}; needed those of its name; restore it from a copy")
        self.files.fsync_dir(path.parent)


def _through(hashing: "hashlib._Hash", chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        hashing.update(chunk)
        yield chunk


def _digest(chunks: Iterable[bytes]) -> str:
    hashing = hashlib.sha256()
    for chunk in chunks:
        hashing.update(chunk)
    return hashing.hexdigest()
