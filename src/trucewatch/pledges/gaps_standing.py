"""Which offers stand on a day, and how much of a need each contributor offers: the arithmetic under the gap table.

Rules, in order (docs/pledges.md says why):
- A claim stands from its date until a claim that names it as superseded, until its actor rules it out or withdraws it
  (said at least as well), or until a newer claim of the same contribution with a known quantity, as firm on both axes.
- Offered and ruled out on one day, said equally well: which came last is not known, and the offer counts from 0.
- A mandate that runs out leaves an authorised claim aligned and no more.
- What may be a part of something else is counted twice in the upper bound and once in the lower: "troops" beside
  "engineers" of one actor, and "some 30 countries" beside named ones.
- A quantity that nobody has said is unknown: it is in neither bound, and it is named.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache

from trucewatch.pledges.legal import Approval, dependencies, mandate_end
from trucewatch.pledges.nouns import Actor, ActorKind, Claim, ClaimStatus, Direction, State
from trucewatch.pledges.requirements import Need, Phase

__all__ = [
    "BANDS",
    "Band",
    "Share",
    "Span",
    "allocate",
    "changes",
    "merged",
    "shares",
    "spans",
    "standing",
    "unit_of",
]

_PERSONS = ("persons", "troops", "troop", "soldiers", "soldier", "personnel", "servicemen", "people", "military")
_UNITS = {**dict.fromkeys(_PERSONS, "persons"), "ship": "ships", "vessels": "ships", "aircrafts": "aircraft"}
# Words that say no more than the component does; two offers in such words are one contribution.
_GENERIC = frozenset(
    {
        "", "troops", "forces", "force", "soldiers", "personnel", "military personnel", "ground troops", "contingent",
        "contingents", "small contingents", "peacekeepers", "peacekeeping force", "peacekeeping forces", "land",
        "peacekeeping troops", "support forces", "multinational force", "armed forces", "boots on the ground",
        "deploy", "deployment",
    }
)  # fmt: skip
_STATES = {state: i for i, state in enumerate(State)}
_STANDING = {ClaimStatus.UNCONFIRMED: 0, ClaimStatus.REPORTED: 1, ClaimStatus.CONFIRMED: 2}
_OFFERS = (Direction.OFFERS, Direction.CONDITIONAL)
_ENDS = (Direction.RULES_OUT, Direction.DENIES, Direction.WITHDRAWS)
_NEVER = date.max


@dataclass(frozen=True, slots=True)
class Band:
    """What is counted: claims that came at least so far and stand at least so well; bands go from strict to loose."""

    name: str
    state: State
    status: ClaimStatus

    def holds(self, claim: Claim) -> bool:
        """Return whether the band counts this claim."""
        rank = _STANDING.get(claim.status, -1)
        return _STATES[claim.state] >= _STATES[self.state] and rank >= _STANDING[self.status]


BANDS = (
    Band("only authorised", State.AUTHORISED, ClaimStatus.CONFIRMED),
    Band("pledged on record", State.PLEDGED, ClaimStatus.CONFIRMED),
    Band("announced on record", State.ANNOUNCED, ClaimStatus.CONFIRMED),
    Band("reported", State.RUMOURED, ClaimStatus.REPORTED),
    Band("everything rumoured", State.RUMOURED, ClaimStatus.UNCONFIRMED),
)


@dataclass(frozen=True, slots=True)
class Span:
    """A claim that offers something, and the days on which it stands: from `start` up to, but not on, `end`.

    disputed  its actor is said to have ruled it out or withdrawn it on the same day: it may stand or not
    """

    claim: Claim
    start: date
    end: date
    disputed: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """What one contributor offers to one need, as one band counts it.

    named    False for groups and unnamed actors, who may hide among the named
    low      what is offered at least; high: at most, None where open or unknown
    unknown  in words, what is offered without a quantity in the need's unit; None where a quantity is known
    """

    actor: str
    code: str | None
    named: bool
    low: Decimal
    high: Decimal | None
    unknown: str | None
    state: State
    claims: tuple[str, ...]
    approvals: tuple[str, ...]


def unit_of(word: str) -> str:
    """Return the unit of a quantity by its plain name ("troops" are persons)."""
    folded = _folded(word)
    return _UNITS.get(folded, folded)


@lru_cache(4096)
def _folded(words: str) -> str:
    return " ".join(words.casefold().split())


def spans(claims: Iterable[Claim], approvals: Sequence[Approval] = ()) -> list[Span]:
    """Return when each offer stands, in the order of the claims' ids; what offers nothing has no span."""
    listed = sorted(claims, key=lambda c: (c.claim_id, c.on))
    superseded = _supersessions(listed)
    ended = _endings(listed)
    found = []
    for group in _contributions(listed).values():
        for claim, end in _replaced(group):
            days = _ended(claim, ended)
            last = min([end, superseded.get(claim.claim_id, _NEVER), *(d for d in days if d > claim.on)])
            found += _split(Span(claim, claim.on, max(last, claim.on), claim.on in days), approvals)
    return sorted((s for s in found if s.start < s.end), key=lambda s: (s.claim.claim_id, s.start))


def standing(spans_: Iterable[Span], on: date) -> list[Span]:
    """Return the offers that stand on a day."""
    return [s for s in spans_ if s.start <= on < s.end]


def _supersessions(claims: Iterable[Claim]) -> dict[str, date]:
    first: dict[str, date] = {}
    for claim in claims:
        for name in claim.supersedes:
            if name != claim.claim_id:
                first[name] = min(claim.on, first.get(name, _NEVER))
    return first


def _who(actor: Actor) -> str:
    return actor.code or _folded(actor.name)


def _kind_of_help(claim: Claim) -> str:
    folded = _folded(claim.capability or "")
    return "" if folded in _GENERIC else folded


def _contributions(claims: Iterable[Claim]) -> Mapping[tuple[str | None, ...], list[Claim]]:
    groups: dict[tuple[str | None, ...], list[Claim]] = defaultdict(list)
    for c in claims:
        if c.direction in _OFFERS and c.status in _STANDING and c.state is not State.WITHDRAWN:
            groups[_who(c.actor), c.component, _kind_of_help(c), _unit(c), c.phase].append(c)
    return groups


def _replaced(group: list[Claim]) -> list[tuple[Claim, date]]:
    """Return each claim of one contribution with the day on which a newer, as firm one takes its place.

    Going back in time, `first` keeps for each (status, state) the earliest later day with a known quantity: linear.
    """
    first: dict[tuple[int, int], date] = {}
    found: list[tuple[Claim, date]] = []
    days: dict[date, list[Claim]] = defaultdict(list)
    for c in group:
        days[c.on].append(c)
    for day, same in sorted(days.items(), reverse=True):
        for c in same:
            here = (_STANDING[c.status], _STATES[c.state])
            later = [d for (status, state), d in first.items() if status >= here[0] and state >= here[1]]
            found.append((c, min(later, default=_NEVER)))
        first.update({(_STANDING[c.status], _STATES[c.state]): day for c in same if _is_known(c)})
    return found


def _is_known(claim: Claim) -> bool:
    q = claim.quantity
    return q is not None and (q.low is not None or q.high is not None)


def _endings(claims: Iterable[Claim]) -> dict[tuple[str, str], list[tuple[date, int, str]]]:
    """Return by actor and component when it was ruled out or withdrawn, how well that stands, and what of it.

    A withdrawn version of one claim ends that claim alone, by superseding it.
    """
    found: dict[tuple[str, str], list[tuple[date, int, str]]] = defaultdict(list)
    for c in claims:
        one_claim = bool(c.supersedes) and (c.direction is Direction.WITHDRAWS or c.state is State.WITHDRAWN)
        all_of_it = not one_claim and (c.direction in _ENDS or c.state is State.WITHDRAWN)
        if c.status is not ClaimStatus.SUPERSEDED and all_of_it:
            rank = _STANDING.get(c.status, 2)  # ruled out, denied: the actor's own word
            found[_who(c.actor), c.component].append((c.on, rank, _kind_of_help(c)))
    return found


def _ended(claim: Claim, endings: Mapping[tuple[str, str], list[tuple[date, int, str]]]) -> list[date]:
    """Return the days, not before the claim's own, on which what it offers was ruled out at least as well."""
    rank, kind = _STANDING[claim.status], _kind_of_help(claim)
    days = endings.get((_who(claim.actor), claim.component), [])
    return [d for d, r, k in days if d >= claim.on and r >= rank and k in ("", kind)]


def _split(span: Span, approvals: Sequence[Approval]) -> list[Span]:
    end = mandate_end(span.claim, approvals) if _STATES[span.claim.state] >= _STATES[State.AUTHORISED] else None
    if end is None or end == date.max or end + timedelta(days=1) >= span.end:
        return [span]
    lapse = max(end + timedelta(days=1), span.start)
    return [replace(span, end=lapse), replace(span, claim=replace(span.claim, state=State.ALIGNED), start=lapse)]


def allocate(offers: Iterable[Span], phase: Phase) -> dict[str, list[Span]]:
    """Return the offers that count for each need of a phase (by its id): each for one need, the most specific."""
    by_component: dict[str, list[Need]] = defaultdict(list)
    for need in phase.needs:
        by_component[need.component].append(need)
    found: dict[str, list[Span]] = {need.need_id: [] for need in phase.needs}
    for offer in offers:
        if offer.claim.phase in (None, phase.phase_id):
            fitting = _need_of(offer.claim, by_component.get(offer.claim.component, []))
            if fitting is not None:
                found[fitting.need_id].append(offer)
    return found


def _need_of(claim: Claim, needs: Sequence[Need]) -> Need | None:
    fitting = [n for n in needs if _fits(claim, n)]
    return fitting[0] if len(fitting) == 1 else max(fitting, key=lambda n: _specific(claim, n), default=None)


def _fits(claim: Claim, need: Need) -> bool:
    return need.capability is None or need.capability in (claim.capability, _kind_of_help(claim))


def _specific(claim: Claim, need: Need) -> tuple[bool, bool]:
    same_unit = claim.quantity is not None and unit_of(claim.quantity.unit) == unit_of(need.unit)
    return need.capability is not None, same_unit


def shares(
    offers: Sequence[Span], need: Need, bands: Sequence[Band], approvals: Sequence[Approval]
) -> list[list[Share]]:
    """Return for each band what each contributor offers to this need, in the order of their names."""
    by_actor: dict[str, list[Span]] = defaultdict(list)
    for offer in offers:
        by_actor[_who(offer.claim.actor)].append(offer)
    found: list[list[Share]] = [[] for _ in bands]
    for name in sorted(by_actor):
        for listed, share in zip(found, _share_by_band(by_actor[name], need, bands, approvals), strict=True):
            if share is not None:
                listed.append(share)
    return found


def _share_by_band(
    offers: Sequence[Span], need: Need, bands: Sequence[Band], approvals: Sequence[Approval]
) -> list[Share | None]:
    floors: dict[str, Decimal] = {}
    found: list[Share | None] = []
    for band in bands:
        counted = [o for o in offers if band.holds(o.claim)]
        known = [o for o in counted if _is_known(o.claim) and _unit(o.claim) == unit_of(need.unit)]
        low, high = _hull(known, floors)
        claims = [o.claim for o in counted]
        found.append(_share(claims, [o.claim for o in known], low, high, approvals) if counted else None)
    return found


def _unit(claim: Claim) -> str | None:
    return None if claim.quantity is None else unit_of(claim.quantity.unit)


def _hull(known: Sequence[Span], floors: dict[str, Decimal]) -> tuple[Decimal, Decimal | None]:
    """Return the bounds of one actor's known offers; `floors` keeps what a stricter band has found at least."""
    highs: list[Decimal | None] = []
    for kind in sorted({_kind_of_help(o.claim) for o in known}):
        offers = [o for o in known if _kind_of_help(o.claim) == kind]
        ranges = [o.claim.quantity for o in offers if o.claim.quantity is not None]
        lows = [Decimal(0) if o.disputed else _least(o.claim) for o in offers]
        floors[kind] = max(floors.get(kind, Decimal(0)), min(lows))
        highs.append(None if any(q.high is None for q in ranges) else max(q.high for q in ranges if q.high is not None))
    generic = floors.get("", Decimal(0))
    special = sum((v for kind, v in floors.items() if kind), Decimal(0))
    return max(generic, special), _sum(highs)


def _least(claim: Claim) -> Decimal:
    return Decimal(0) if claim.quantity is None else claim.quantity.low or Decimal(0)


def _share(
    counted: Sequence[Claim], known: Sequence[Claim], low: Decimal, high: Decimal | None, approvals: Sequence[Approval]
) -> Share:
    actor = counted[0].actor
    waiting = {a for c in counted for a in dependencies(c, approvals)}
    state = max((c.state for c in known or counted), key=lambda s: _STATES[s])
    named = actor.kind in (ActorKind.COUNTRY, ActorKind.BODY)
    ids = tuple(sorted(c.claim_id for c in counted))
    unknown = None if known else _words(counted)
    return Share(
        actor.name, actor.code, named, low, high if known else None, unknown, state, ids, tuple(sorted(waiting))
    )


def _words(claims: Sequence[Claim]) -> str:
    """Return what was offered without a quantity that counts here: other units, or only a capability."""
    said = {_other_unit(c) or _kind_of_help(c) for c in claims} - {""}
    return "; ".join(sorted(said)) or "size not said"


def _other_unit(claim: Claim) -> str | None:
    q = claim.quantity
    if q is None:
        return None
    ends = sorted({format(x, "f") for x in (q.low, q.high) if x is not None}, key=Decimal)
    return q.words or (f"{' to '.join(ends)} {q.unit}" if ends else None)


def _sum(highs: Sequence[Decimal | None]) -> Decimal | None:
    known = [h for h in highs if h is not None]
    return sum(known, Decimal(0)) if len(known) == len(highs) else None


def merged(listed: Sequence[Share]) -> tuple[Decimal, Decimal | None]:
    """Return the bounds of what all offer together, the unknown left out of both; high None where an end is open."""
    known = [s for s in listed if s.unknown is None]
    named = sum((s.low for s in known if s.named), Decimal(0))
    group = max((s.low for s in known if not s.named), default=Decimal(0))
    return max(named, group), _sum([s.high for s in known])


def changes(spans_: Iterable[Span], until: date, most: int) -> list[date]:
    """Return the days on which what stands changed, at most `most` of them, spread evenly, `until` last."""
    days = sorted({d for s in spans_ for d in (s.start, s.end) if d < until} | {until})
    step = max(1.0, (len(days) - 1) / max(1, most - 1))
    kept = {round(i * step) for i in range(most) if round(i * step) < len(days)} | {len(days) - 1}
    return [days[i] for i in sorted(kept)][-most:] if most > 1 else days[-1:]
