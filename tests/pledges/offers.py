"""Invented claims and needs, short to write."""

from datetime import date
from decimal import Decimal

from trucewatch.pledges.legal import Approval, ApprovalStatus
from trucewatch.pledges.nouns import Actor, ActorKind, Claim, ClaimStatus, Direction, Quantity, State
from trucewatch.pledges.requirements import Force, Need, Phase, Requirements
from trucewatch.pledges.scenarios import Assumptions, Range

TODAY = date(2026, 2, 1)
SAID = date(2026, 1, 6)


def quantity(low: int | None, high: int | None = None, unit: str = "troops") -> Quantity:
    """Return a range; exact where only one number is given."""
    top = low if high is None else high
    return Quantity(None if low is None else Decimal(low), None if top is None else Decimal(top), unit)


def claim(
    claim_id: str,
    who: str,
    how_many: Quantity | None = None,
    *,
    on: date = SAID,
    direction: Direction = Direction.OFFERS,
    component: str = "land",
    capability: str | None = "troops",
    conditions: tuple[str, ...] = (),
    state: State = State.PLEDGED,
    status: ClaimStatus = ClaimStatus.CONFIRMED,
    kind: ActorKind = ActorKind.COUNTRY,
    phase: str | None = None,
    supersedes: tuple[str, ...] = (),
) -> Claim:
    """Return a claim: by default a country's pledge of land forces, confirmed on record."""
    actor = Actor(who if kind is ActorKind.COUNTRY else None, who, kind)
    return Claim(
        claim_id, on, actor, direction, component, capability, how_many, conditions, state, status, (),
        phase=phase, supersedes=supersedes,
    )  # fmt: skip


def need(low: int | None, high: int | None, unit: str = "persons", component: str = "land", **more: str) -> Need:
    """Return a need of the land component."""
    ends = [None if x is None else Decimal(x) for x in (low, high)]
    return Need(more.get("need_id", component), component, more.get("capability"), unit, ends[0], ends[1], "example")


def required(*needs: Need) -> Requirements:
    """Return one force of one phase that has these needs."""
    return Requirements("example", (), (Force("force", "Force", (Phase("main", "Main", None, None, needs),)),))


def approval(name: str, *countries: str, status: ApprovalStatus = ApprovalStatus.PENDING, **more: object) -> Approval:
    """Return an approval that contributions of these countries wait for."""
    base = Approval(name, name, "a parliament", countries, (), (), status, "example")
    fields = {f: getattr(base, f) for f in Approval.__slots__}
    return Approval(**{**fields, **more})


def assumptions(days: int = 30) -> Assumptions:
    """Return assumptions under which everything is in place after `days`, tours last 6 months and the ratio is 3."""
    lead = Range(Decimal(days), Decimal(days), "example")
    three, six = Range(Decimal(3), Decimal(3), "example"), Range(Decimal(6), Decimal(6), "example")
    return Assumptions(dict.fromkeys(State, lead), three, six)
