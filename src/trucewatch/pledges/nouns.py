"""The nouns of the register: who offers what, who says so, and what stands in between."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

__all__ = [
    "COMPONENTS",
    "Actor",
    "ActorKind",
    "Claim",
    "ClaimStatus",
    "Direction",
    "Quantity",
    "Said",
    "State",
]

COMPONENTS = (
    "land", "air", "sea", "monitoring", "training", "mine_clearance", "logistics", "intelligence", "air_defence",
    "command", "funding", "fortification", "reconstruction", "basing",
)  # fmt: skip


class ActorKind(StrEnum):
    """What an actor is."""

    COUNTRY = "country"
    BODY = "body"  # an institution: a parliament, an alliance, a union of soldiers
    GROUP = "group"  # several countries, named or counted: "some 30 countries"
    UNNAMED = "unnamed"


class Direction(StrEnum):
    """Which way a claim points."""

    OFFERS = "offers"
    CONDITIONAL = "conditional"  # offers, if
    RULES_OUT = "rules_out"
    DENIES = "denies"
    WITHDRAWS = "withdraws"
    REQUIRES = "requires"  # somebody says what is needed


class State(StrEnum):
    """How far a contribution has come, in order (crosswalk to Kiel's and the UN's words in docs/pledges.md)."""

    RUMOURED = "rumoured"
    ANNOUNCED = "announced"
    PLEDGED = "pledged"
    ASSESSED = "assessed"
    ALIGNED = "aligned"
    AUTHORISED = "authorised"
    READY = "ready"
    DEPLOYED = "deployed"
    ROTATING = "rotating"
    WITHDRAWN = "withdrawn"


class ClaimStatus(StrEnum):
    """How well a claim stands, apart from how far the contribution has come."""

    CONFIRMED = "confirmed"  # official, on record
    REPORTED = "reported"
    UNCONFIRMED = "unconfirmed"
    DENIED = "denied"
    SUPERSEDED = "superseded"
    RULED_OUT = "ruled_out"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who contributes, or is said to.

    code   ISO 3166-1 alpha-2; None where it is no country
    count  how many, for "other 4 states" and "some 30 countries"
    """

    code: str | None
    name: str
    kind: ActorKind
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Quantity:
    """How much: an exact decimal (low equals high), a range, or words with the interval that a rule gives them.

    low, high  None where open
    words      as said, where they are no number ("several thousand"); the rule is in docs/pledges.md
    """

    low: Decimal | None
    high: Decimal | None
    unit: str
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Who says so: the speaker first, then each who passes it on; publisher, date, address and digest of the quote."""

    by: tuple[str, ...]
    publisher: str | None = None
    on: date | None = None
    url: str | None = None
    quote_sha256: str | None = None
    official: bool = False  # a person has checked that it is on the actor's own record


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of one contribution; never the contribution itself."""

    claim_id: str
    on: date
    actor: Actor
    direction: Direction
    component: str
    capability: str | None
    quantity: Quantity | None
    conditions: tuple[str, ...]
    state: State
    status: ClaimStatus
    said: tuple[Said, ...]
    command: str | None = None
    phase: str | None = None
    supersedes: tuple[str, ...] = ()
    notes: dict[str, str] = field(default_factory=dict)
