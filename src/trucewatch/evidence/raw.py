"""Raw files at rest: as they came where they are public, else each sealed under a key of its own.

A sealed file is one blob: the line `trucewatch sealed/1 KEY`, a nonce of 12 bytes, AES-256-GCM of the file bound to
that line, and a tag of 16 bytes. The blob names its key itself, so that it can be opened even where a crash came before
the record that was to name it.
"""

import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import GCM

from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import SealedError, VerifyError
from trucewatch.evidence.blobs import BlobStore, through
from trucewatch.evidence.bodies import KeyRing, nonces
from trucewatch.evidence.envelope import FILE, ORPHAN, Envelope, is_digest
from trucewatch.evidence.files import OsFiles

__all__ = ["RawFile", "RawFiles", "RawRef", "raw_of"]

_MARK = b"trucewatch sealed/1 "
_LONGEST = 128  # bytes of the first line, at most
_NONCE, _TAG = 12, 16  # AES-GCM, NIST SP 800-38D section 8.2 and 5.2.1.2
_PIECE = 1 << 20


class RawRef(NamedTuple):
    """What a record says about a raw file: the SHA-256 of its bytes, and the address of its blob."""

    file_sha256: str
    blob: str


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file that is kept.

    file_sha256  of its bytes as they were received
    blob         its address: SHA-256 of what lies in the blob store
    key          name of the key that opens it; None where it lies there as it was received
    """

    file_sha256: str
    blob: str
    key: str | None


def raw_of(envelope: Envelope, body: Mapping[str, Any]) -> RawRef | None:
    """Return the raw file that a record stands for; None where it stands for none."""
    sha = body.get("file_sha256") if envelope.kind in (FILE, ORPHAN) else None
    if sha is None:
        return None
    if not is_digest(sha) or len(envelope.blobs) != 1:
        raise VerifyError(f"found a {envelope.kind} of {len(envelope.blobs)} blobs; needed one blob and its SHA-256")
    return RawRef(sha, envelope.blobs[0])


@dataclass(frozen=True)
class RawFiles:
    """Raw files in the blob store, and the keys of those that are sealed."""

    blobs: BlobStore
    keys: KeyRing

    def put(self, data: bytes | Path) -> RawFile:
        """Return the handle of a file once it is durable as it is."""
        digest = self.blobs.put(_pieces(data))
        return RawFile(digest, digest, None)

    def seal(self, data: bytes | Path, known: Mapping[str, str], entropy: Callable[[int], bytes]) -> RawFile:
        """Return the handle of a file once it is durable under a key that was durable before it.

        known  sealed blobs by file_sha256; such a file is not sealed again, as long as its key is here
        """
        if isinstance(data, bytes) and (earlier := self._earlier(sha256_hex(data), known)):
            return earlier
        fresh, (nonce,), plain = self.keys.draw(1, entropy), nonces(1, entropy), hashlib.sha256()
        (name,), (key,) = fresh
        with self.blobs.draft(_sealed(through(plain, _pieces(data)), key, name, nonce)) as draft:
            sha = plain.hexdigest()
            if earlier := self._earlier(sha, known):
                return earlier
            self.keys.keep(fresh)
            self.blobs.settle(draft)
        return RawFile(sha, draft.digest, name)

    def get(self, ref: RawRef) -> bytes:
        """Return a file as it was received; SealedError without its key, VerifyError where the bytes are others."""
        out = io.BytesIO()
        out.writelines(self._checked(ref))
        return out.getvalue()

    def check(self, ref: RawRef) -> None:
        """Do as `get` does, without holding the file."""
        for _ in self._checked(ref):
            pass

    def find(self, ref: RawRef) -> RawFile:
        """Return the handle of a file whose blob is right; VerifyError where other bytes could name another key."""
        self.blobs.check(ref.blob)
        return RawFile(ref.file_sha256, ref.blob, self.key(ref))

    def key(self, ref: RawRef) -> str | None:
        """Return the name of the key that a file's blob asks for; None where it lies in the clear."""
        return None if ref.blob == ref.file_sha256 else _name(self._line(ref.blob))

    def digest(self, blob: str) -> str | None:
        """Return the SHA-256 of the file in a blob; None where it is not sealed, or not under a key that is here."""
        hashing = hashlib.sha256()
        try:
            for piece in self._opened(blob):
                hashing.update(piece)
        except (SealedError, VerifyError):
            return None
        return hashing.hexdigest()

    def _earlier(self, sha: str, known: Mapping[str, str]) -> RawFile | None:
        """Return the handle of a file that is sealed already and can still be opened."""
        blob = known.get(sha)
        if blob is None or not self.blobs.has(blob):
            return None
        found = self.find(RawRef(sha, blob))
        return found if found.key and self.keys.opens(found.key) else None

    def _checked(self, ref: RawRef) -> Iterator[bytes]:
        """Yield a file piece by piece; its last piece is out before it is known whether all were right."""
        clear, hashing = ref.blob == ref.file_sha256, hashlib.sha256()
        yield from through(hashing, self.blobs.chunks(ref.blob) if clear else self._opened(ref.blob))
        if hashing.hexdigest() != ref.file_sha256:
            raise VerifyError(f"found other bytes in blob {ref.blob}; needed the file {ref.file_sha256}; restore it")

    def _opened(self, blob: str) -> Iterator[bytes]:
        line = self._line(blob)
        name = _name(line)
        try:
            yield from _unsealed(self.blobs.chunks(blob, len(line)), self.keys.get(name), line)
        except (InvalidTag, ValueError) as error:
            raise VerifyError(
                f"found a blob {blob} that the key {name} does not open; needed what it sealed"
            ) from error

    def _line(self, blob: str) -> bytes:
        line, end, _ = self.blobs.head(blob, _LONGEST).partition(b"\n")
        return line + end


def _pieces(data: bytes | Path) -> Iterator[bytes]:
    if isinstance(data, Path):
        return OsFiles().chunks(data)
    return (data[at : at + _PIECE] for at in range(0, len(data), _PIECE))


def _name(line: bytes) -> str:
    """Return the key's name in the first line of a sealed file."""
    if not (line.startswith(_MARK) and line.endswith(b"\n")):
        raise VerifyError(f"found a blob that begins with {line[:20]!r}; needed a sealed file, which names its key")
    return line[len(_MARK) : -1].decode("ascii", "replace")


def _sealed(pieces: Iterable[bytes], key: bytes, name: str, nonce: bytes) -> Iterator[bytes]:
    line = _MARK + name.encode() + b"\n"
    sealing = Cipher(AES(key), GCM(nonce)).encryptor()
    sealing.authenticate_additional_data(line)
    yield line + nonce
    for piece in pieces:
        yield sealing.update(piece)
    yield sealing.finalize() + sealing.tag


def _unsealed(pieces: Iterator[bytes], key: bytes, line: bytes) -> Iterator[bytes]:
    """Yield what was sealed after its line; InvalidTag or ValueError at the end where any byte of it is another."""
    first = next(pieces, b"")
    opening = Cipher(AES(key), GCM(first[:_NONCE])).decryptor()
    opening.authenticate_additional_data(line)
    held = first[_NONCE:]
    for piece in pieces:
        yield opening.update(held[:-_TAG])
        held = held[-_TAG:] + piece
    yield opening.update(held[:-_TAG])
    opening.finalize_with_tag(held[-_TAG:])
