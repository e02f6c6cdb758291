"""Proposals: claims that a rule read out of a text, for a person to accept or to reject."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256

from trucewatch.core.errors import CommandError
from trucewatch.pledges.nouns import COMPONENTS, Actor, Claim, ClaimStatus, Direction, Quantity, Said, State

__all__ = ["Article", "Proposal", "accepted", "independent_sources", "is_rejected", "rejected_line"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """One claim as a text has it.

    component      None where the text does not say by what means (a bare "security guarantee")
    attributed_to  the speaker first, then each who passes it on; empty where the text itself says so
    quote          the text without markup; start, end are characters in the raw file
    """

    file: str
    actor: Actor
    direction: Direction
    component: str | None
    capability: str | None
    quantity: Quantity | None
    condition: str | None
    state: State
    claim_status: ClaimStatus
    attributed_to: tuple[str, ...]
    quote: str
    start: int
    end: int

    def as_dict(self) -> dict[str, object]:
        """Return the fields in order, for JSON."""
        actor, quantity = self.actor, self.quantity
        return {
            "file": self.file,
            "actor": {"code": actor.code, "name": actor.name, "kind": str(actor.kind), "count": actor.count},
            "direction": str(self.direction),
            "component": self.component,
            "capability": self.capability,
            "quantity": None if quantity is None else _quantity(quantity),
            "condition": self.condition,
            "state": str(self.state),
            "claim_status": str(self.claim_status),
            "attributed_to": list(self.attributed_to),
            "quote": self.quote,
            "start": self.start,
            "end": self.end,
        }


def _quantity(quantity: Quantity) -> dict[str, object]:
    low, high = _number(quantity.low), _number(quantity.high)
    return {"low": low, "high": high, "unit": quantity.unit, "words": quantity.words}


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


@dataclass(frozen=True, slots=True)
class Article:
    """Where the text was published: the person who accepts a proposal says so, the text itself seldom does."""

    publisher: str | None
    on: date
    url: str | None = None


def accepted(proposal: Proposal, claim_id: str, article: Article, component: str | None = None) -> Claim:
    """Return the proposal as a claim for the ledger; the quote stays outside it, its digest goes in."""
    means = component or proposal.component
    if means not in COMPONENTS:
        found = "no component" if means is None else f"the component {means!r}"
        raise CommandError(
            f"found {found} for {claim_id}; needed one of {', '.join(COMPONENTS)}; name it when accepting"
        )
    said = Said(proposal.attributed_to, article.publisher, article.on, article.url, quote_digest(proposal))
    conditions = (proposal.condition,) if proposal.condition else ()
    return Claim(claim_id, article.on, proposal.actor, proposal.direction, means, proposal.capability,
                 proposal.quantity, conditions, proposal.state, proposal.claim_status, (said,))  # fmt: skip


def quote_digest(proposal: Proposal) -> str:
    """Return the sha256 of the quote as UTF-8."""
    return sha256(proposal.quote.encode("utf-8", errors="replace")).hexdigest()


def rejected_line(proposal: Proposal, reason: str, on: date) -> str:
    """Return the line that keeps a rejected proposal: one JSON object, without the quote but with its digest."""
    kept = {k: v for k, v in proposal.as_dict().items() if k != "quote"}
    return json.dumps(
        {**kept, "quote_sha256": quote_digest(proposal), "reason": reason, "on": str(on)}, ensure_ascii=False
    )


def is_rejected(proposal: Proposal, lines: Iterable[str]) -> bool:
    """Tell whether this proposal stands among the rejected ones: same words, same actor, direction and component."""
    actor, digest = proposal.as_dict()["actor"], quote_digest(proposal)
    wanted = (digest, actor, str(proposal.direction), proposal.component)
    kept = (json.loads(line) for line in lines if line.strip())
    return any((k["quote_sha256"], k["actor"], k["direction"], k["component"]) == wanted for k in kept)


def independent_sources(proposals: list[Proposal]) -> dict[tuple[str, Direction, str | None], frozenset[str]]:
    """Return who says so at first hand, for each (actor, direction, component); ten sites citing one agency are one."""
    found: dict[tuple[str, Direction, str | None], frozenset[str]] = {}
    for p in proposals:
        key = (p.actor.code or p.actor.name, p.direction, p.component)
        found[key] = found.get(key, frozenset()) | {p.attributed_to[0] if p.attributed_to else p.file}
    return found
