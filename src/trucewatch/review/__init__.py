"""What people decide about incidents: two different signed names make a status final, and nothing said is lost."""

from trucewatch.review.case import Case, Config, Reason, current, decide, open_case, revise, standing
from trucewatch.review.signing import decision_bytes, public_key_hex, sign, verify_ed25519

__all__ = ["Case", "Config", "Reason", "current", "decide", "decision_bytes", "open_case", "public_key_hex", "revise",
           "sign", "standing", "verify_ed25519"]  # fmt: skip
