"""Bodies beside the log: salted, and sealed under keys of their own where their marking restricts them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import EvidenceError, SealedError, VerifyError
from trucewatch.evidence.envelope import JSON, Body, Envelope
from trucewatch.evidence.files import Files, make_dirs, publish
from trucewatch.evidence.layout import Layout

__all__ = ["KeyRing", "Sealed", "cut", "pack", "seal", "unsalt", "unseal"]

SALT = 32  # bytes before a JSON body
_KEY = 32  # AES-256
_NONCE = 12  # AES-GCM, NIST SP 800-38D section 8.2
_DESTROYED = bytes(_KEY)
_DIGITS = 9  # of a slot, at most
Entropy = Callable[[int], bytes]


class Sealed(NamedTuple):
    """Names and bytes of fresh keys."""

    names: list[str]
    keys: list[bytes]


@dataclass(frozen=True)
class KeyRing:
    """Keys of sealed bodies and files: one file a group, one slot of 32 bytes a key; a destroyed key is all zeros."""

    layout: Layout
    files: Files

    def draw(self, count: int, entropy: Entropy) -> Sealed:
        """Return `count` fresh keys of a new group; they are not yet kept."""
        group, drawn = entropy(16).hex(), entropy(_KEY * count)
        names = [f"{group}:{slot}" for slot in range(count)]
        return Sealed(names, [drawn[_KEY * i : _KEY * (i + 1)] for i in range(count)])

    def keep(self, sealed: Sealed) -> None:
        """Return when the keys of a group are durable."""
        if sealed.names:
            make_dirs(self.files, self.layout.keys, 0o700)
            path, _ = self._slot(sealed.names[0])
            publish(self.files, self.layout.tmp, [(path, b"".join(sealed.keys))], 0o600)

    def get(self, name: str) -> bytes:
        """Return a key; SealedError where it was destroyed or is not here."""
        path, at = self._slot(name)
        try:
            key = self.files.read_part(path, at, _KEY)
        except FileNotFoundError as error:
            raise SealedError(
                f"found no key {name}; needed it in keys/ to read what it seals; ask its keeper"
            ) from error
        if len(key) != _KEY or key == _DESTROYED:
            raise SealedError(f"found the key {name} destroyed; needed it to read what it seals, which stays sealed")
        return key

    def opens(self, name: str) -> bool:
        """Return whether a key is here and was not destroyed."""
        try:
            self.get(name)
        except SealedError:
            return False
        return True

    def find(self, name: str) -> tuple[Path, int]:
        """Return file and place of a key that is here, destroyed or not."""
        path, at = self._slot(name)
        if not self.files.exists(path):
            raise EvidenceError(f"found no key {name}; needed it in keys/ to destroy it; do it where the keys are kept")
        return path, at

    def destroy(self, name: str) -> None:
        """Write zeros over a key in place and return when that is durable."""
        path, at = self.find(name)
        self.files.overwrite(path, at, _DESTROYED)
        self.files.fsync(path)

    def _slot(self, name: str) -> tuple[Path, int]:
        group, _, slot = name.partition(":")
        if not (group.isalnum() and slot.isdecimal() and len(slot) <= _DIGITS):
            raise VerifyError(f"found {name[:60]!r} as a key's name; needed group:slot")
        return self.layout.keys / group, _KEY * int(slot)


def seal(data: bytes, key: bytes, name: str, nonce: bytes) -> bytes:
    """Return nonce ‖ AES-256-GCM of the data, bound to the key's name."""
    return nonce + AESGCM(key).encrypt(nonce, data, name.encode())


def unseal(data: bytes, key: bytes, name: str) -> bytes:
    """Return what was sealed; VerifyError where the bytes or the key are not the right ones."""
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], name.encode())
    except (InvalidTag, ValueError) as error:
        raise VerifyError(f"found a body that the key {name} does not open; needed the bytes it sealed") from error


def unsalt(opened: bytes, envelope: Envelope) -> bytes:
    """Return the JSON body after its salt; VerifyError where the commitment does not hold."""
    if sha256_hex(opened) != envelope.commitment:
        raise VerifyError("found a body that its commitment does not fit; needed the body that was logged")
    return opened[SALT:]


def nonces(count: int, entropy: Entropy) -> list[bytes]:
    """Return fresh AES-GCM nonces."""
    drawn = entropy(_NONCE * count)
    return [drawn[_NONCE * i : _NONCE * (i + 1)] for i in range(count)]


def salts(count: int, entropy: Entropy) -> list[bytes]:
    """Return fresh salts."""
    drawn = entropy(SALT * count)
    return [drawn[SALT * i : SALT * (i + 1)] for i in range(count)]


def pack(parts: Sequence[bytes], form: str = JSON) -> tuple[bytes, list[Body]]:
    """Return parts joined into one blob, and where each lies in it."""
    blob = b"".join(parts)
    digest, at, bodies = sha256_hex(blob), 0, []
    for part in parts:
        bodies.append(Body(digest, at, len(part), form))
        at += len(part)
    return blob, bodies


def cut(blob: bytes, body: Body) -> bytes:
    """Return the bytes of a body in its blob; VerifyError where the blob is too short."""
    if body.at + body.size > len(blob):
        raise VerifyError(f"found a blob of {len(blob)} bytes; needed {body.at + body.size} for the body in it")
    return blob[body.at : body.at + body.size]
