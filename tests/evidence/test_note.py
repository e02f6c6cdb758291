"""Keys and checkpoints are spelled in exactly one way."""

import itertools

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.errors import VerifyError
from trucewatch.evidence import Checkpoint, VerifierKey
from trucewatch.evidence.note import open_checkpoint, public_bytes, sign_checkpoint

# Key of the Go checksum database, as published in the Go source (cmd/go/internal/modfetch/key.go).
GO = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KEY = VerifierKey("example/log", public_bytes(SIGNER))
CHECKPOINT = Checkpoint("example/log", 7, bytes(range(32)))


def test_a_known_key_has_its_published_id() -> None:
    key = VerifierKey.parse(GO)
    assert (key.name, key.key_id.hex(), key.text) == ("sum.golang.org", "033de0ae", GO)


@pytest.mark.parametrize(
    "text", ["", "a", GO[:-1], GO.replace("033de0ae", "033de0af"), GO + "\n", " " + GO, GO[:-1] + "ж"]
)
def test_a_key_spelled_otherwise_is_refused(text: str) -> None:
    with pytest.raises(VerifyError):
        VerifierKey.parse(text)


def test_a_signed_checkpoint_opens_with_its_key() -> None:
    assert open_checkpoint(sign_checkpoint(CHECKPOINT, SIGNER), KEY) == CHECKPOINT


def test_a_checkpoint_of_another_key_is_refused() -> None:
    other = Ed25519PrivateKey.from_private_bytes(bytes([1]) * 32)
    with pytest.raises(VerifyError, match="not signed by"):
        open_checkpoint(sign_checkpoint(CHECKPOINT, other), KEY)


def test_every_byte_matters() -> None:
    note = sign_checkpoint(CHECKPOINT, SIGNER)
    for at, mask in itertools.product(range(len(note)), (1, 2, 4, 8, 16, 32, 64, 128, 0x94, 0xFF)):
        changed = bytearray(note)
        changed[at] ^= mask
        with pytest.raises(VerifyError):
            open_checkpoint(bytes(changed), KEY)


@pytest.mark.parametrize(
    "note", [b"", b"\n" * 5, b"a\n1\nAAAA\n\n\xe2\x80\x94 a \xd0\xb6\n", b"\xff\xfe", b"a\nb\nc\n\nd e f\n"]
)
def test_what_is_no_note_is_refused(note: bytes) -> None:
    with pytest.raises(VerifyError):
        open_checkpoint(note, KEY)


@pytest.mark.parametrize("change", [b"\n", b" ", b"\n\xe2\x80\x94 other AAAA\n"])
def test_anything_after_the_signature_is_refused(change: bytes) -> None:
    with pytest.raises(VerifyError):
        open_checkpoint(sign_checkpoint(CHECKPOINT, SIGNER) + change, KEY)
