"""Write claims as the lines of a ledger: what is written reads back as the same claim."""

from collections.abc import Iterable
from decimal import Decimal

from trucewatch.pledges.nouns import Actor, ActorKind, Claim, Quantity, Said

__all__ = ["claim_text", "quoted"]

_OWN_FIELDS = ("base", "due", "until", "total-of")


def claim_text(claim: Claim, kind: str = "claim") -> str:
    """Return a claim as a directive, ending with an empty line."""
    means = claim.component + (f" {quoted(claim.capability)}" if claim.capability else "")
    lines = [f"{claim.on} {kind} {claim.claim_id}", f"actor: {_actor(claim.actor)}", f"{claim.direction}: {means}"]
    if claim.quantity is not None:
        lines.append(f"quantity: {_quantity(claim.quantity)}")
    lines += [f"if: {quoted(c)}" for c in claim.conditions]
    lines += [f"state: {claim.state}", f"status: {claim.status}"]
    lines += [f"{k}: {quoted(v)}" for k, v in (("command", claim.command), ("phase", claim.phase)) if v]
    lines += [f"says: {_said(s)}" for s in claim.said if s != Said(())]
    lines += [f"supersedes: {', '.join(claim.supersedes)}"] if claim.supersedes else []
    lines += [_note(k, v) for k, v in claim.notes.items()]
    return "\n  ".join(lines) + "\n\n"


def quoted(words: str) -> str:
    """Return words in quotes, on one line."""
    flat = " ".join(words.split())
    return '"' + flat.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _actor(actor: Actor) -> str:
    parts = [actor.code or ""]
    if actor.code is None or actor.kind is not ActorKind.COUNTRY:
        parts.append(str(actor.kind))
    parts.append(quoted(actor.name))
    parts.append("" if actor.count is None else f"count {actor.count}")
    return " ".join(p for p in parts if p)


def _quantity(q: Quantity) -> str:
    is_exact = q.low is not None and q.low == q.high
    amount = _number(q.low) if is_exact else f"{_number(q.low)}..{_number(q.high)}"
    unit = "_".join(q.unit.split()) or "units"
    return f"{amount} {unit}" + (f" {quoted(q.words)}" if q.words else "")


def _number(value: Decimal | None) -> str:
    return "" if value is None else f"{value:f}"


def _said(said: Said) -> str:
    parts = ["official" if said.official else "", " via ".join(quoted(b) for b in said.by)]
    parts += [f"in {quoted(said.publisher)}" if said.publisher else "", f"on {said.on}" if said.on else ""]
    parts += [f"at {said.url}" if said.url else "", f"quote sha256:{said.quote_sha256}" if said.quote_sha256 else ""]
    return " ".join(_joined(parts))


def _joined(parts: Iterable[str]) -> list[str]:
    return [p for p in parts if p]


def _note(key: str, value: str) -> str:
    plain = key in ("due", "until", "total-of")
    if key in _OWN_FIELDS:
        return f"{key}: {value if plain else quoted(value)}"
    return f"note: {quoted(value)}" if key == "note" else f"note: {'_'.join(key.split())} {quoted(value)}"
