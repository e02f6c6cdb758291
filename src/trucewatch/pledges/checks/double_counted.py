"""What may be one promise written down twice."""

from datetime import date
from typing import Any

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.nouns import Claim, Direction

__all__ = ["check"]


def check(book: Book, _config: CheckConfig, today: date) -> list[Problem]:
    """Return the standing offers that repeat an earlier one: same actor and means, and same amount or same quote."""
    seen: dict[tuple[Any, ...], Claim] = {}
    found = []
    for c in book.standing(today):
        if c.direction not in (Direction.OFFERS, Direction.CONDITIONAL):
            continue
        keys = _keys(c)
        earlier = next((seen[k] for k in keys if k in seen), None)
        if earlier is not None:
            found.append(_twice(book, c, earlier))
        for key in keys:
            seen.setdefault(key, c)
    return found


def _keys(claim: Claim) -> list[tuple[Any, ...]]:
    who = claim.actor.code or claim.actor.name.casefold()
    means = (who, claim.component, (claim.capability or "").casefold(), claim.phase)
    q = claim.quantity
    amounts = [("amount", *means, q.low, q.high, q.unit)] if q is not None else []
    return amounts + [("quote", *means, s.quote_sha256) for s in claim.said if s.quote_sha256]


def _twice(book: Book, claim: Claim, earlier: Claim) -> Problem:
    at = book.origin[earlier.claim_id]
    what = f"{claim.claim_id} says the same as {earlier.claim_id} ({at.file}:{at.line})"
    fix = f"write `supersedes: {earlier.claim_id.partition('@')[0]}`, or say how the two differ"
    return book.origin[claim.claim_id].problem(what, "each promise once", fix)
