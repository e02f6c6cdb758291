"""What was said when: the events of each country and of the whole plan, and where the word was turned."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from trucewatch.pledges.book import Book
from trucewatch.pledges.book_legal import said_words
from trucewatch.pledges.nouns import ActorKind, Claim, ClaimStatus, Direction, State
from trucewatch.pledges.show import is_of

__all__ = ["PLAN", "Event", "Turn", "bearing", "events", "plan_or_actor", "turns", "who"]

PLAN = "The plan (groups together)"

_FOR = (Direction.OFFERS, Direction.CONDITIONAL)
_AGAINST = (Direction.RULES_OUT, Direction.DENIES, Direction.WITHDRAWS)


class Turn(NamedTuple):
    """Two claims of one actor about one means, the later one the opposite of the earlier."""

    before: Claim
    now: Claim

    @property
    def days(self) -> int:
        """Days between them."""
        return (self.now.on - self.before.on).days


@dataclass(frozen=True, slots=True)
class Event:
    """One thing said, with where it stands in the ledger.

    turn  the id of the claim that this one reverses, None where it reverses none
    """

    on: date
    actor: str
    claim: Claim
    where: str
    turn: str | None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        c = self.claim
        return {
            "on": self.on.isoformat(), "actor": self.actor, "code": c.actor.code, "claim": c.claim_id,
            "direction": str(c.direction), "component": c.component, "capability": c.capability,
            "state": str(c.state), "status": str(c.status), "says": [said_words(s) for s in c.said],
            "reverses": self.turn, "where": self.where,
        }  # fmt: skip


def who(claim: Claim) -> str:
    """Return the key by which claims of one actor are told together."""
    return claim.actor.code or claim.actor.name.casefold()


def plan_or_actor(claim: Claim) -> str:
    """Return the lane of a claim on the timeline: groups ("some 30 countries", a coalition) speak for the plan."""
    return PLAN if claim.actor.kind is ActorKind.GROUP else who(claim)


def bearing(claim: Claim) -> int:
    """Return 1 where a claim speaks for a contribution, -1 against it, 0 where neither."""
    if claim.direction in _AGAINST or claim.state is State.WITHDRAWN or claim.status is ClaimStatus.RULED_OUT:
        return -1
    return 1 if claim.direction in _FOR and claim.status is not ClaimStatus.DENIED else 0


def turns(claims: Iterable[Claim], within_days: int, lane: Callable[[Claim], str] = who) -> list[Turn]:
    """Return every pair of neighbouring opposite claims of one lane and means at most so many days apart, by date."""
    listed: dict[tuple[str, str], list[Claim]] = defaultdict(list)
    for c in claims:
        if bearing(c):
            listed[lane(c), c.component].append(c)
    found = [t for group in listed.values() for t in _turned(group, within_days)]
    return sorted(found, key=lambda t: (t.now.on, t.now.claim_id))


def _turned(group: Sequence[Claim], within_days: int) -> list[Turn]:
    ordered = sorted(group, key=lambda c: c.on)
    pairs = pairwise(ordered)
    found = [Turn(a, b) for a, b in pairs if bearing(a) != bearing(b)]
    return [t for t in found if t.days <= within_days]


def events(book: Book, within_days: int, actor: str | None = None) -> list[Event]:
    """Return everything that was said, the earliest first; of one actor (code or name), or of all."""
    turned = {t.now.claim_id: t.before.claim_id for t in turns(book.claims, within_days, plan_or_actor)}
    return [
        Event(c.on, c.actor.name, c, _place(book, c), turned.get(c.claim_id))
        for c in book.claims
        if is_of(c.actor, actor)
    ]


def _place(book: Book, claim: Claim) -> str:
    d = book.origin[claim.claim_id]
    return f"{d.file}:{d.line}"
