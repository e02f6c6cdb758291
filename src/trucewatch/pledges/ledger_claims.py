"""From directives to claims: the first version from its own directive, each later one from what changed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Directive, Kind
from trucewatch.pledges.ledger_fields import DIRECTIONS
from trucewatch.pledges.nouns import Claim, ClaimStatus, Direction, Quantity, State

__all__ = ["changed", "first_claim", "with_totals"]

_STATE_OF = {
    Kind.DEPLOY: State.DEPLOYED, Kind.DELIVER: State.DEPLOYED, Kind.ROTATE: State.ROTATING,
    Kind.WITHDRAW: State.WITHDRAWN,
}  # fmt: skip
_STATUS_OF = {Direction.RULES_OUT: ClaimStatus.RULED_OUT, Direction.DENIES: ClaimStatus.DENIED}
_NOTES = ("base", "due", "until", "total-of")
_LEFT_OUT = "add it; the claim is left out"


def first_claim(d: Directive, problems: list[Problem]) -> Claim | None:
    """Return the claim that a directive founds, None where it lacks what no claim can do without."""
    v = d.values
    directions = [DIRECTIONS[k] for k in v if k in DIRECTIONS]
    wrong = _lacks(d, directions)
    if wrong is not None:
        problems.append(d.problem(*wrong))
        return None
    direction = directions[0]
    means = v[str(direction)]
    state = v.get("state", State.WITHDRAWN if direction is Direction.WITHDRAWS else State.ANNOUNCED)
    status = v.get("status", _STATUS_OF.get(direction, ClaimStatus.REPORTED))
    return Claim(
        d.name, d.on, v["actor"], direction, means.component, means.capability, v.get("quantity"), v.get("if", ()),
        state, status, v.get("says", ()), v.get("command"), v.get("phase"), v.get("supersedes", ()), _notes(v),
    )  # fmt: skip


def _lacks(d: Directive, directions: Sequence[Direction]) -> tuple[str, str, str] | None:
    if "actor" not in d.values:
        return f"{d.kind} {d.name} without an actor", "an `actor:` that can be read", _LEFT_OUT
    if len(directions) != 1:
        found = "no direction" if not directions else f"{len(directions)} directions ({', '.join(directions)})"
        needed = f"one of {', '.join(DIRECTIONS)} with its component"
        return f"{d.kind} {d.name} with {found}", needed, "give exactly one; the claim is left out"
    if d.kind is Kind.REQUIREMENT and directions != [Direction.REQUIRES]:
        return f"requirement {d.name} that {directions[0]}", "`requires:`", "make it a claim; it is left out"
    return None


def _notes(values: Any) -> dict[str, str]:
    notes = dict(values.get("note", ()))
    for key in _NOTES:
        if key in values:
            value = values[key]
            notes[key] = ", ".join(value) if isinstance(value, tuple) else str(value)
    return notes


def changed(listed: Sequence[Claim], d: Directive, problems: list[Problem]) -> Claim:
    """Return the next version of a claim: what the directive says is new, all else stays as it was."""
    last, v = listed[-1], d.values
    new: dict[str, Any] = {k: v[k] for k in ("actor", "quantity", "status", "command", "phase") if k in v}
    new |= _means(d, problems)
    state = v.get("state", _STATE_OF.get(d.kind))
    if state is not None:
        new["state"] = state
    if d.kind is Kind.WITHDRAW:
        new["direction"] = Direction.WITHDRAWS
    if "if" in v:
        new["conditions"] = v["if"]
    kept = last.said if d.kind is Kind.CORRECT else ()  # a correction does not unsay who said it
    return replace(
        last, **new, claim_id=f"{listed[0].claim_id}@{len(listed) + 1}", on=d.on, said=(*kept, *v.get("says", ())),
        supersedes=tuple(c.claim_id for c in listed), notes={**last.notes, **_notes(v)},
    )  # fmt: skip


def _means(d: Directive, problems: list[Problem]) -> dict[str, Any]:
    directions = [DIRECTIONS[k] for k in d.values if k in DIRECTIONS]
    if len(directions) > 1:
        needed = "at most one direction"
        problems.append(d.problem(f"{', '.join(directions)} in one correction", needed, "the first counts"))
    for direction in directions[:1]:
        means = d.values[str(direction)]
        return {"direction": direction, "component": means.component, "capability": means.capability}
    return {}


def with_totals(
    claims: Sequence[Claim], versions: Mapping[str, Sequence[Claim]], origin: Mapping[str, Directive],
    problems: list[Problem],
) -> list[Claim]:  # fmt: skip
    """Return the claims with the quantity of each `total-of` computed from its parts as they stood on its day."""
    found = []
    for c in claims:
        if "total-of" not in c.notes or "quantity" in origin[c.claim_id].values:
            found.append(c)
            continue
        names = c.notes["total-of"].split(", ")
        for name in names:
            if name not in versions:
                needed = "the id of a claim in this ledger"
                problems.append(origin[c.claim_id].problem(f"total-of: {name[:60]!r}", needed, "correct it"))
        parts = [_on(versions[n], c) for n in names if n in versions]
        found.append(replace(c, quantity=_sum([p.quantity for p in parts if p is not None])))
    return found


def _on(listed: Sequence[Claim], total: Claim) -> Claim | None:
    return next((v for v in reversed(listed) if v.on <= total.on), None)


def _sum(parts: Sequence[Quantity | None]) -> Quantity | None:
    """Return the sum of parts in one unit; open above where a part is open or unknown, None where nothing is known."""
    known = [q for q in parts if q is not None]
    if not known or len({q.unit for q in known}) > 1:
        return None
    highs = [q.high for q in known if q.high is not None]
    low = sum((q.low or Decimal(0) for q in known), Decimal(0))
    return Quantity(low, sum(highs, Decimal(0)) if len(highs) == len(parts) else None, known[0].unit)
