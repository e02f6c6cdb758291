"""Balances: what each actor offers, by means, state and claim status, as intervals; always computed, never typed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from trucewatch.pledges.book import Book
from trucewatch.pledges.gaps_standing import standing
from trucewatch.pledges.nouns import Actor, Claim, ClaimStatus, Quantity, State

__all__ = ["Balance", "Span", "balances", "offers", "total"]


class Span(NamedTuple):
    """An interval; an end that is open or unknown is None."""

    low: Decimal | None
    high: Decimal | None

    def words(self) -> str:
        """Return it as a ledger writes it."""
        if self.low == self.high:
            return "unknown" if self.low is None else f"{self.low:f}"
        if self.high is None:
            return f"{self.low:f}+"
        return f"{'' if self.low is None else format(self.low, 'f')}..{self.high:f}"


@dataclass(frozen=True, slots=True)
class Balance:
    """What one actor offers by one means, at one state and claim status, in one unit.

    low      at least; high: at most, None where a source leaves it open
    unknown  how many of the claims say no quantity; they are in neither bound
    claims   ids of the versions that it rests on
    """

    actor: Actor
    component: str
    state: State
    status: ClaimStatus
    unit: str
    low: Decimal | None
    high: Decimal | None
    unknown: int
    claims: tuple[str, ...]

    @property
    def is_unknown(self) -> bool:
        """Whether nobody has said how much."""
        return self.unknown == len(self.claims)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order, numbers as text so that they stay exact."""
        return {
            "code": self.actor.code, "actor": self.actor.name, "kind": str(self.actor.kind),
            "component": self.component, "state": str(self.state), "status": str(self.status), "unit": self.unit,
            "low": _text(self.low), "high": _text(self.high), "unknown": self.unknown, "claims": list(self.claims),
        }  # fmt: skip


def _text(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def total(quantities: Iterable[Quantity]) -> Span:
    """Return the sum of intervals: open above where one of them is, unknown where there is none."""
    lows, highs = [], []
    for q in quantities:
        lows.append(q.low or Decimal(0))
        highs.append(q.high)
    if not lows:
        return Span(None, None)
    known = [h for h in highs if h is not None]
    return Span(sum(lows, Decimal(0)), sum(known, Decimal(0)) if len(known) == len(highs) else None)


def offers(book: Book, on: date | None = None) -> list[Claim]:
    """Return the offers that stand on a day, by the rules of the gap table."""
    return [s.claim for s in standing(book.spans, on or book.today)]


def balances(
    book: Book, on: date | None = None, actor: Actor | None = None, component: str | None = None,
    state: State | None = None, status: ClaimStatus | None = None,
) -> list[Balance]:  # fmt: skip
    """Return the balances of a day, of all or of some."""
    groups: dict[tuple[Any, ...], list[Claim]] = defaultdict(list)
    for c in offers(book, on):
        asked = (actor is None or _who(actor) == _who(c.actor)) and component in (None, c.component)
        if asked and state in (None, c.state) and status in (None, c.status):
            groups[_who(c.actor), c.component, c.state, c.status, c.quantity.unit if c.quantity else ""].append(c)
    return [_balance(groups[key]) for key in sorted(groups)]


def _who(actor: Actor) -> str:
    return actor.code or actor.name.casefold()


def _balance(claims: list[Claim]) -> Balance:
    first = claims[0]
    known = [c.quantity for c in claims if c.quantity is not None and (c.quantity.low, c.quantity.high) != (None, None)]
    low, high = total(known)
    unit = first.quantity.unit if first.quantity else ""
    ids = tuple(c.claim_id for c in claims)
    return Balance(
        first.actor, first.component, first.state, first.status, unit, low, high, len(claims) - len(known), ids
    )
