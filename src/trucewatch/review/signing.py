"""Ed25519 signatures over the canonical bytes of a decision."""

from dataclasses import replace

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from trucewatch.core.digest import canonical_json
from trucewatch.core.records import Decision

__all__ = ["decision_bytes", "public_key_hex", "sign", "verify_ed25519"]

_FORM = "trucewatch/decision/1"  # so that a signature under one kind of record is never one under another
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


def decision_bytes(decision: Decision) -> bytes:
    """Return the canonical bytes that a decision's signature covers: all its fields save the signature."""
    return canonical_json({
        "form": _FORM,
        "incident_id": decision.incident_id,
        "incident_version": decision.incident_version,
        "status": str(decision.status),
        "reason": decision.reason,
        "signer": decision.signer,
        "public_key": decision.public_key,
        "t_ns": str(decision.t_ns),  # canonical JSON holds whole numbers only up to 2**53
    })  # fmt: skip


def sign(decision: Decision, private_key: Ed25519PrivateKey) -> Decision:
    """Return the decision with the public key and the signature of this private key."""
    named = replace(decision, public_key=public_key_hex(private_key), signature="")
    return replace(named, signature=private_key.sign(decision_bytes(named)).hex())


def public_key_hex(private_key: Ed25519PrivateKey) -> str:
    """Return the raw public key as lower-case hex."""
    return private_key.public_key().public_bytes_raw().hex()


def verify_ed25519(public_key: str, message: bytes, signature: str) -> bool:
    """Return whether a signature (hex) of a message verifies under a public key (hex); anything malformed does not."""
    try:
        key, mark = bytes.fromhex(public_key), bytes.fromhex(signature)
    except ValueError:
        return False
    if (len(key), len(mark)) != (_KEY_BYTES, _SIGNATURE_BYTES) or public_key != key.hex():
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(mark, message)
    except InvalidSignature:
        return False
    return True
