"""Signed checkpoints (C2SP signed-note, tlog-checkpoint) with Ed25519, and the keys that sign and verify them."""

import base64
import hashlib
import os
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from trucewatch.core.errors import CommandError, VerifyError

__all__ = ["Checkpoint", "VerifierKey", "load_or_create_key", "open_checkpoint", "public_bytes", "sign_checkpoint"]

_ED25519 = b"\x01"  # signature type, signed-note "Signature types"


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A named Ed25519 public key (32 bytes)."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    @property
    def text(self) -> str:
        """The key as `name+id+base64`."""
        return f"{self.name}+{self.key_id.hex()}+{_base64(_ED25519 + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the key that `text` spells; VerifyError unless it is spelled exactly so."""
        name, _, rest = text.partition("+")
        key = cls(name, _decode64(rest.partition("+")[2])[1:])
        if key.text != text or not name or any(c.isspace() for c in name) or len(key.public) != 32:
            raise VerifyError(f"found {text[:80]!r}; needed a verifier key name+id+base64; take it from key.pub")
        return key


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log at one moment; `root` has 32 bytes."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> bytes:
        """The text that is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n".encode()


def sign_checkpoint(checkpoint: Checkpoint, signer: Ed25519PrivateKey) -> bytes:
    """Return the checkpoint as a signed note; the key's name is the log's origin."""
    key = VerifierKey(checkpoint.origin, public_bytes(signer))
    return _note(checkpoint, key, signer.sign(checkpoint.body))


def _note(checkpoint: Checkpoint, key: VerifierKey, signature: bytes) -> bytes:
    return checkpoint.body + f"\n— {key.name} {_base64(key.key_id + signature)}\n".encode()


def open_checkpoint(data: bytes, key: VerifierKey) -> Checkpoint:
    """Return the checkpoint in a note that `key` signed; VerifyError where a single byte is not as it must be."""
    try:
        checkpoint, signature = _parse_note(data.decode())
    except (UnicodeDecodeError, ValueError, IndexError) as error:
        raise VerifyError("found a checkpoint that is no signed note; needed origin, size, root, signature") from error
    # Base64 has more than one spelling of the same bytes, so only the one that we would write ourselves passes.
    if _note(checkpoint, key, signature) != data:
        raise VerifyError(
            f"found a checkpoint of {checkpoint.origin[:80]!r} that is not signed by {key.name}+{key.key_id.hex()}; "
            "needed that key's signature and no other; check the public key or restore the checkpoint"
        )
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, checkpoint.body)
    except (InvalidSignature, ValueError) as error:
        raise VerifyError(
            f"found a checkpoint whose signature by {key.name} is wrong; needed a right one; restore the checkpoint"
        ) from error
    return checkpoint


def _parse_note(text: str) -> tuple[Checkpoint, bytes]:
    lines = text.split("\n")
    checkpoint = Checkpoint(lines[0], int(lines[1]), _decode64(lines[2]))
    return checkpoint, _decode64(lines[4].split(" ")[2])[4:]


def public_bytes(key: Ed25519PrivateKey) -> bytes:
    """Return the 32 bytes of the public half."""
    return key.public_key().public_bytes_raw()


def read_public_key(given: str | Path) -> VerifierKey | bytes:
    """Return what a file or text gives: a verifier key, or the 32 bytes of a PEM, base64 or hex public key."""
    is_file = isinstance(given, Path) or (len(given) < 255 and "\n" not in given and Path(given).is_file())
    text = Path(given).read_text(encoding="utf-8", errors="replace") if is_file else str(given)
    text = text.strip()
    if text.count("+") >= 2 and " " not in text and len(text) > 60:
        return VerifierKey.parse(text)
    raw = _pem_bytes(text) if text.startswith("-----BEGIN") else _raw_bytes(text)
    if raw is None or len(raw) != 32:
        raise VerifyError(
            f"found {text[:40]!r} as a public key; needed a verifier key (key.pub), PEM, base64 or hex of Ed25519"
        )
    return raw


def _raw_bytes(text: str) -> bytes | None:
    try:
        return bytes.fromhex(text) if len(text) == 64 else base64.b64decode(text, validate=True)
    except ValueError:
        return None


def _pem_bytes(text: str) -> bytes | None:
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


def load_or_create_key(path: Path) -> Ed25519PrivateKey:
    """Return the signing key in a PEM file that only its owner can read; make it where there is none."""
    if not path.exists():
        _create_key(path)
    if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise CommandError(f"found the signing key {path} open to others; needed mode 0600; run chmod 600 on it")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise CommandError(f"found no private key in {path}; needed Ed25519 as PEM; name another file") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise CommandError(f"found another kind of key in {path}; needed Ed25519; name another file")
    return key


def _create_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(pem)
        stream.flush()
        os.fsync(stream.fileno())
    with suppress(FileExistsError):  # another process made one at the same moment; its key is as good
        path.hardlink_to(draft)
    draft.unlink()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _decode64(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:  # other letters, or not even ASCII
        raise VerifyError(f"found {text[:40]!r}; needed base64; restore the file from a copy") from error
