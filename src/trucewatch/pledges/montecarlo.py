"""Seeded draws over what is uncertain: sizes, approvals and dates; results are intervals, with their drivers ranked.

Each uncertain input has its own random stream, named by what it is: withdrawing one contributor leaves the draws of the
others as they were. Scenarios then differ by what they change and not by chance, and the order of claims means nothing.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from trucewatch.core.errors import ConfigError
from trucewatch.pledges.gaps import PhaseNeed, needs_of, usable
from trucewatch.pledges.gaps_standing import BANDS, Band, Share, Span, shares, spans, standing, unit_of
from trucewatch.pledges.legal import Approval, ApprovalStatus
from trucewatch.pledges.montecarlo_drivers import Driver, Inputs, rank_drivers
from trucewatch.pledges.nouns import Claim, State
from trucewatch.pledges.requirements import Requirements
from trucewatch.pledges.scenarios import Assumptions, Range, Scenarios, apply_scenario

__all__ = ["DrawConfig", "DrawRow", "Draws", "draws", "draws_of_scenarios"]

_Three = tuple[float | None, float | None, float | None]
_ORDER = list(State)
_DECIDED = {ApprovalStatus.GIVEN: (1.0, 1.0), ApprovalStatus.REFUSED: (0.0, 0.0)}


@dataclass(frozen=True)
class DrawConfig:
    """How many draws from which seed, which band counts, on which days after today, and how many drivers to name."""

    draws: int = 10_000
    seed: int = 20_260_106
    band: Band = BANDS[3]
    days: tuple[int, ...] = (0, 30, 60, 90, 120, 180, 270, 365, 545, 730)
    drivers: int = 8

    def __post_init__(self) -> None:
        if not 100 <= self.draws <= 1_000_000:
            raise ConfigError(f"found {self.draws} draws; needed 100 to 1,000,000; 10,000 is usual")
        if not self.days or list(self.days) != sorted(set(self.days)):
            raise ConfigError(f"found the days {self.days}; needed at least one, each later than the last; sort them")


@dataclass(frozen=True, slots=True)
class DrawRow:
    """What the draws say of one need; each pair is from the least to the most favourable reading of the approvals.

    chance_by_day  chance that the need is covered on each of the days, (low, high) each; high 1 where offers of unknown
                   size might cover it
    in_place       5, 50 and 95 % of what is in place on the last day, under either reading; likewise:
    covered_day    5, 50 and 95 % of the first of the days on which it is covered; None: later, or never
    held_months    5, 50 and 95 % of how long the pool holds it by rotation (persons only); None: without end
    unknown        offers of unknown size: in no draw, named instead
    """

    force_id: str
    phase_id: str
    need_id: str
    component: str
    unit: str
    chance_by_day: tuple[tuple[float, float], ...]
    in_place: tuple[_Three, _Three]
    covered_day: tuple[_Three, _Three] | None
    held_months: tuple[_Three, _Three] | None
    unknown: tuple[str, ...]
    drivers: tuple[Driver, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        return {
            "force": self.force_id, "phase": self.phase_id, "need": self.need_id, "component": self.component,
            "unit": self.unit, "chance_by_day": [list(c) for c in self.chance_by_day],
            "in_place": _lists(self.in_place), "covered_day": _lists(self.covered_day),
            "held_months": _lists(self.held_months),
            "unknown": list(self.unknown), "drivers": [d.as_dict() for d in self.drivers],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draws:
    """The draws of every need, and what they were drawn with."""

    today: date
    band: str
    draws: int
    seed: int
    days: tuple[int, ...]
    rows: tuple[DrawRow, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the draws for JSON."""
        return {
            "today": self.today.isoformat(), "band": self.band, "draws": self.draws, "seed": self.seed,
            "days": list(self.days), "rows": [r.as_dict() for r in self.rows],
        }  # fmt: skip


@dataclass(frozen=True)
class _World:
    """What all needs of one run share."""

    config: DrawConfig
    assumptions: Assumptions
    chances: Mapping[str, tuple[float, float]]
    countries: Mapping[str, tuple[str, ...]]

    def uniform(self, name: str) -> np.ndarray:
        """Return the stream (draws,) of an input, the same wherever it is used."""
        digest = hashlib.sha256(name.encode()).digest()
        words = np.frombuffer(digest, dtype="<u4", count=4).tolist()
        return np.random.default_rng([self.config.seed, *words]).random(self.config.draws)


@dataclass(frozen=True)
class _Offers:
    """The known offers to one need, drawn.

    bins               (offers, draws): the first of the days on which it is in place; their number: never
    sizes, leads_days  (offers, draws); named (offers,) bool; overlap, required (draws,)
    """

    names: tuple[str, ...]
    named: np.ndarray
    sizes: np.ndarray
    leads_days: np.ndarray
    bins: np.ndarray
    approvals: tuple[tuple[str, ...], ...]
    overlap: np.ndarray
    required: np.ndarray


def draws(
    claims: Sequence[Claim],
    requirements: Requirements,
    assumptions: Assumptions,
    config: DrawConfig,
    today: date,
    approvals: Sequence[Approval] = (),
) -> Draws:
    """Return for every need the chance that it is covered, day by day, how long it is held, and what drives it.

    A size between two ends is uniform; one open end is taken at its known end; an unknown size is in no draw and opens
    the chance upwards. An approval is drawn once for all that wait for it (what
    is authorised waits no more for its own country); where nobody has said how likely it is, both
    extremes are run. Offers that may be the same overlap by a uniform share. A need of unknown size has no chance (NaN
    becomes 0 to 1).
    """
    said = usable([c for c in claims if c.on <= today], approvals)
    now = standing(spans(said, approvals), today)
    chances = {a.approval_id: _chance(a) for a in approvals}
    world = _World(config, assumptions, chances, {a.approval_id: a.countries for a in approvals})
    rows = tuple(_row(at, counted, world, approvals) for at, counted in needs_of(now, requirements))
    return Draws(today, config.band.name, config.draws, config.seed, config.days, rows)


def draws_of_scenarios(
    claims: Sequence[Claim],
    requirements: Requirements,
    scenarios: Scenarios,
    config: DrawConfig,
    today: date,
    approvals: Sequence[Approval] = (),
) -> tuple[dict[str, Any], ...]:
    """Return for every scenario each need whose draws it changes, before and after, on the last day."""
    before = draws(claims, requirements, scenarios.assumptions, config, today, approvals)
    rows: list[dict[str, Any]] = []
    for scenario in scenarios.scenarios:
        stay, _, decided = apply_scenario(scenario, claims, approvals)
        after = draws(stay, requirements, scenarios.assumptions, config, today, decided)
        pairs = zip(before.rows, after.rows, strict=True)
        rows += [_change(scenario.scenario_id, a, b) for a, b in pairs if a.as_dict() != b.as_dict()]
    return tuple(rows)


def _change(scenario_id: str, a: DrawRow, b: DrawRow) -> dict[str, Any]:
    return {
        "scenario": scenario_id, "force": a.force_id, "phase": a.phase_id, "need": a.need_id, "unit": a.unit,
        "chance_before": list(a.chance_by_day[-1]), "chance_after": list(b.chance_by_day[-1]),
        "in_place_before": _lists(a.in_place), "in_place_after": _lists(b.in_place),
        "held_months_before": _lists(a.held_months), "held_months_after": _lists(b.held_months),
    }  # fmt: skip


def _chance(approval: Approval) -> tuple[float, float]:
    if approval.status in _DECIDED:
        return _DECIDED[approval.status]
    low, high = approval.chance_low, approval.chance_high
    return (0.0, 1.0) if low is None or high is None else (float(low), float(high))


def _row(at: PhaseNeed, counted: Sequence[Span], world: _World, approvals: Sequence[Approval]) -> DrawRow:
    listed = shares(counted, at.need, (world.config.band,), approvals)[0]
    known = [s for s in listed if s.unknown is None]
    offers = _drawn(known, at, world)
    low, high, middle = (_in_place(offers, _passed(offers, world, which), world) for which in ("low", "high", "middle"))
    unknown = tuple(f"{s.actor}: {s.unknown}" for s in listed if s.unknown is not None)
    stated = at.need.low is not None or at.need.high is not None
    inputs = _inputs(offers, world)
    return DrawRow(
        at.force.force_id, at.phase.phase_id, at.need.need_id, at.need.component, at.need.unit,
        _chances(low, high, offers.required, stated, bool(unknown)),
        (_quantiles(low[-1]), _quantiles(high[-1])),
        _both(_covered_day, low, high, offers.required, world) if stated else None,
        _both(_held, low, high, offers.required, world) if stated and unit_of(at.need.unit) == "persons" else None,
        unknown,
        rank_drivers(inputs, middle[-1] - offers.required, world.config.drivers) if known else (),
    )  # fmt: skip


def _drawn(known: Sequence[Share], at: PhaseNeed, world: _World) -> _Offers:
    component, shape = at.need.component, (len(known), world.config.draws)
    keys = [f"{s.code or s.actor}|{component}" for s in known]
    sizes = [_between(s.low, s.high, world.uniform(f"size|{k}")) for s, k in zip(known, keys, strict=True)]
    leads = np.array([_lead(s, world, f"lead|{k}") for s, k in zip(known, keys, strict=True)]).reshape(shape)
    return _Offers(
        names=tuple(s.actor for s in known),
        named=np.array([s.named for s in known], dtype=bool),
        sizes=np.array(sizes).reshape(shape),
        leads_days=leads,
        bins=np.searchsorted(np.array(world.config.days, dtype=np.float64), leads),
        approvals=tuple(_waits_for(s, world) for s in known),
        overlap=world.uniform(f"overlap|{component}"),
        required=_required(at, world),
    )


def _waits_for(share: Share, world: _World) -> tuple[str, ...]:
    """Return the approvals that are still to come: what is authorised has its own country's behind it."""
    if _ORDER.index(share.state) < _ORDER.index(State.AUTHORISED):
        return share.approvals
    return tuple(name for name in share.approvals if share.code not in world.countries[name])


def _required(at: PhaseNeed, world: _World) -> np.ndarray:
    u = world.uniform(f"need|{at.force.force_id}|{at.phase.phase_id}|{at.need.need_id}")
    low, high = at.need.low, at.need.high
    return _between(Decimal(0) if low is None else low, low if high is None else high, u)


def _between(low: Decimal, high: Decimal | None, u: np.ndarray) -> np.ndarray:
    """Return a uniform number between two ends; an open upper end is taken at the lower."""
    top = low if high is None else high
    return np.asarray(float(low) + (float(top) - float(low)) * u)


def _lead(share: Share, world: _World, name: str) -> np.ndarray:
    """Return days until in place; a state without an assumption is never in place within the days shown."""
    lead = world.assumptions.lead_days.get(share.state)
    return np.full(world.config.draws, np.inf) if lead is None else _ranged(lead, world.uniform(name))


def _ranged(span: Range, u: np.ndarray) -> np.ndarray:
    return _between(span.low, span.high, u)


def _passed(offers: _Offers, world: _World, which: str) -> np.ndarray:
    """Return (offers, draws) bool: all approvals that the offer waits for are given, under one reading of chances."""
    given = {name: _given(name, world, which) for names in offers.approvals for name in names}
    passed = np.ones(offers.sizes.shape, dtype=bool)
    for i, names in enumerate(offers.approvals):
        for name in names:
            passed[i] &= given[name]
    return passed


def _given(name: str, world: _World, which: str) -> np.ndarray:
    low, high = world.chances[name]
    chance = {"low": low, "high": high, "middle": (low + high) / 2}[which]
    return np.asarray(world.uniform(f"approval|{name}") < chance)


def _in_place(offers: _Offers, passed: np.ndarray, world: _World) -> np.ndarray:
    """Return what is in place (days, draws): the named together, and of the others what is not among the named."""
    worth = np.where(passed, offers.sizes, 0.0)
    named, others = (_arrived(worth, offers.bins, which, world) for which in (offers.named, ~offers.named))
    apart = np.maximum(named, others)
    return np.asarray(apart + offers.overlap * (named + others - apart))


def _arrived(worth: np.ndarray, bins: np.ndarray, which: np.ndarray, world: _World) -> np.ndarray:
    """Return the sum (days, draws) of what has arrived by each day, in one pass over all offers."""
    days, count = len(world.config.days), worth.shape[1]
    if not which.any():
        return np.zeros((days, count))
    cell = bins[which] * count + np.arange(count)
    total = np.bincount(cell.ravel(), weights=worth[which].ravel(), minlength=(days + 1) * count)
    return np.asarray(total.reshape(-1, count)[:days].cumsum(axis=0))


def _chances(
    low: np.ndarray, high: np.ndarray, required: np.ndarray, stated: bool, open_ended: bool
) -> tuple[tuple[float, float], ...]:
    if not stated:
        return tuple((0.0, 1.0) for _ in low)
    worst, best = (low >= required).mean(axis=1), (high >= required).mean(axis=1)
    return tuple((float(a), 1.0 if open_ended else float(b)) for a, b in zip(worst, best, strict=True))


def _both(
    measure: Callable[[np.ndarray, np.ndarray, _World], _Three],
    low: np.ndarray, high: np.ndarray, required: np.ndarray, world: _World,
) -> tuple[_Three, _Three]:  # fmt: skip
    return measure(low, required, world), measure(high, required, world)


def _lists(pair: tuple[_Three, _Three] | None) -> list[list[float | None]] | None:
    return None if pair is None else [list(three) for three in pair]


def _quantiles(values: np.ndarray) -> _Three:
    a, b, c = np.quantile(values, (0.05, 0.5, 0.95))
    return round(float(a), 1), round(float(b), 1), round(float(c), 1)


def _covered_day(supply: np.ndarray, required: np.ndarray, world: _World) -> _Three:
    days = np.array(world.config.days, dtype=np.float64)
    covered = supply >= required
    return _finite(np.where(covered.any(axis=0), days[covered.argmax(axis=0)], np.inf), 0)


def _held(supply: np.ndarray, required: np.ndarray, world: _World) -> _Three:
    """Return for how many months what is in place on the last day, read as the pool, holds what is required.

    As `rotation.hold_months`, with ratio and tour drawn.
    """
    ratio = _ranged(world.assumptions.ratio, world.uniform("ratio"))
    tour = _ranged(world.assumptions.tour_months, world.uniform("tour"))
    shifts = np.divide(supply[-1], required, out=np.full_like(required, np.inf), where=required > 0)
    return _finite(np.where(shifts >= ratio, np.inf, np.where(shifts >= 1, shifts * tour, 0.0)), 1)


def _finite(values: np.ndarray, digits: int) -> _Three:
    """Return 5, 50 and 95 % of values that may be infinite, None where the quantile is."""
    a, b, c = (float(q) for q in np.quantile(values, (0.05, 0.5, 0.95), method="higher"))
    return _known(a, digits), _known(b, digits), _known(c, digits)


def _known(value: float, digits: int) -> float | None:
    return round(value, digits) if np.isfinite(value) else None


def _inputs(offers: _Offers, world: _World) -> Inputs:
    """Return everything that was drawn for one need, by name; an earlier date is better, and so is a smaller need."""
    approvals = sorted({name for names in offers.approvals for name in names})
    rows = [(f"size of {n}", x) for n, x in zip(offers.names, offers.sizes, strict=True)]
    rows += [(f"date of {n}", -x) for n, x in zip(offers.names, offers.leads_days, strict=True) if np.isfinite(x).all()]
    rows += [(f"approval {n}", _given(n, world, "middle").astype(np.float64)) for n in approvals]
    if offers.named.any() and not offers.named.all():
        rows.append(("overlap of groups with named contributors", offers.overlap))
    return Inputs((*(n for n, _ in rows), "requirement"), np.array([*(x for _, x in rows), -offers.required]))
