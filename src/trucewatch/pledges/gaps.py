"""Is it enough: what each phase of each force needs, against what is offered, from "only authorised" to rumours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from trucewatch.pledges.gaps_standing import (
    BANDS,
    Band,
    Share,
    Span,
    allocate,
    changes,
    merged,
    shares,
    spans,
    standing,
)
from trucewatch.pledges.legal import Approval, ApprovalStatus, dependencies
from trucewatch.pledges.nouns import Claim
from trucewatch.pledges.requirements import Force, Need, Phase, Requirements, number

__all__ = ["Failure", "GapConfig", "GapPoint", "GapRow", "GapTable", "gap_table", "needs_of", "usable"]


@dataclass(frozen=True)
class GapConfig:
    """What is counted, from strict to loose, and how many days the history shows at most."""

    bands: tuple[Band, ...] = BANDS
    history_days: int = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """A single point of failure: one nation or one approval on which a need hangs.

    falls  without it the need, covered with it, is covered no more
    sole   nobody else offers anything to this need
    """

    kind: str  # nation, approval
    name: str
    falls: bool
    sole: bool
    left_low: Decimal
    left_high: Decimal | None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        left = [number(self.left_low), number(self.left_high)]
        return {"kind": self.kind, "name": self.name, "falls": self.falls, "sole": self.sole, "left": left}


@dataclass(frozen=True, slots=True)
class GapRow:
    """One need of one phase as one band covers it.

    covered_high  None where an offer is open upwards, or unknown
    gap_low       None where offers of unknown size might close the gap: nobody can say how small it is
    gap_high      None where nobody has said how much is needed
    verdict       covered, short, undecided (the ranges overlap), unknown (it hangs on unknown sizes), not stated
    """

    force_id: str
    phase_id: str
    need: Need
    band: str
    covered_low: Decimal
    covered_high: Decimal | None
    gap_low: Decimal | None
    gap_high: Decimal | None
    verdict: str
    shares: tuple[Share, ...]
    failures: tuple[Failure, ...]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return who offers something of unknown size, with the words."""
        return tuple(f"{s.actor}: {s.unknown}" for s in self.shares if s.unknown is not None)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order, ranges as [low, high]."""
        n = self.need
        return {
            "force": self.force_id, "phase": self.phase_id, "need": n.need_id, "component": n.component,
            "capability": n.capability, "unit": n.unit, "source": n.source, "band": self.band,
            "required": [number(n.low), number(n.high)],
            "covered": [number(self.covered_low), number(self.covered_high)],
            "gap": [number(self.gap_low), number(self.gap_high)],
            "verdict": self.verdict, "unknown": list(self.unknown),
            "contributors": [_share_dict(s) for s in self.shares],
            "failures": [f.as_dict() for f in self.failures],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class GapPoint:
    """What a band covered of one need as the record stood on one day."""

    on: date
    force_id: str
    phase_id: str
    need_id: str
    band: str
    covered_low: Decimal
    covered_high: Decimal | None
    unknown: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order, the range as [low, high]."""
        return {
            "on": self.on.isoformat(), "force": self.force_id, "phase": self.phase_id,
            "need": self.need_id, "band": self.band, "unknown": self.unknown,
            "covered": [number(self.covered_low), number(self.covered_high)],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class GapTable:
    """Every need of every force under every band, as the record stands today, and how it came to that."""

    title: str
    today: date
    bands: tuple[str, ...]
    rows: tuple[GapRow, ...]
    history: tuple[GapPoint, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    phases: tuple[dict[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the table for JSON."""
        return {
            "title": self.title, "today": self.today.isoformat(), "bands": list(self.bands),
            "rows": [r.as_dict() for r in self.rows], "history": [p.as_dict() for p in self.history],
            "sources": list(self.sources), "phases": list(self.phases),
        }  # fmt: skip


class PhaseNeed(NamedTuple):
    """A need and where it stands."""

    force: Force
    phase: Phase
    need: Need


def gap_table(
    claims: Sequence[Claim],
    requirements: Requirements,
    config: GapConfig,
    today: date,
    approvals: Sequence[Approval] = (),
) -> GapTable:
    """Return required against covered for every need and band as of `today`; claims of later days are not yet said.

    Claims that wait for a refused approval offer nothing.
    """
    stretches = spans(usable([c for c in claims if c.on <= today], approvals), approvals)
    now = standing(stretches, today)
    rows = [row for at, offered in needs_of(now, requirements) for row in _rows(at, offered, config, approvals)]
    history = _history(stretches, requirements, config, today)
    sources = tuple(s.as_dict() for s in requirements.sources)
    return GapTable(
        requirements.title,
        today,
        tuple(b.name for b in config.bands),
        tuple(rows),
        history,
        sources,
        _phases(requirements),
    )


def _phases(requirements: Requirements) -> tuple[dict[str, Any], ...]:
    return tuple(
        {
            "force": f.force_id, "force_title": f.title, "phase": p.phase_id, "phase_title": p.title,
            "start": None if p.start is None else p.start.isoformat(),
            "end": None if p.end is None else p.end.isoformat(),
        }
        for f in requirements.forces
        for p in f.phases
    )  # fmt: skip


def usable(claims: Sequence[Claim], approvals: Sequence[Approval]) -> list[Claim]:
    """Return the claims that wait for no refused approval."""
    refused = [a for a in approvals if a.status is ApprovalStatus.REFUSED]
    return [c for c in claims if not dependencies(c, refused)] if refused else list(claims)


def needs_of(offers: Sequence[Span], requirements: Requirements) -> list[tuple[PhaseNeed, list[Span]]]:
    """Return every need of every phase of every force, in order, with the offers that count for it."""
    found = []
    for force in requirements.forces:
        for phase in force.phases:
            counted = allocate(offers, phase)
            found += [(PhaseNeed(force, phase, need), counted[need.need_id]) for need in phase.needs]
    return found


def _rows(at: PhaseNeed, offered: Sequence[Span], config: GapConfig, approvals: Sequence[Approval]) -> list[GapRow]:
    by_band = shares(offered, at.need, config.bands, approvals)
    return [_row(at, band.name, listed) for band, listed in zip(config.bands, by_band, strict=True)]


def _row(at: PhaseNeed, band: str, listed: Sequence[Share]) -> GapRow:
    low, high = merged(listed)
    open_ended = high is None or any(s.unknown is not None for s in listed)
    top = None if open_ended else high
    need = at.need
    least = None if _is_unstated(need) or top is None else max(Decimal(0), (need.low or Decimal(0)) - top)
    most = None if need.high is None else max(Decimal(0), need.high - low)
    verdict = _verdict(need, low, top)
    failures = _failures(need, listed, verdict)
    ids = at.force.force_id, at.phase.phase_id
    return GapRow(*ids, need, band, low, top, least, most, verdict, tuple(listed), failures)


def _is_unstated(need: Need) -> bool:
    return need.low is None and need.high is None


def _verdict(need: Need, low: Decimal, high: Decimal | None) -> str:
    if _is_unstated(need):
        return "not stated"
    if need.high is not None and low >= need.high:
        return "covered"
    if high is None:
        return "unknown"
    return "short" if high < (need.low or Decimal(0)) else "undecided"


def _failures(need: Need, listed: Sequence[Share], verdict: str) -> tuple[Failure, ...]:
    nations = [_failure("nation", s.actor, [x for x in listed if x is not s], need, verdict) for s in listed]
    names = sorted({a for s in listed for a in s.approvals})
    steps = [_failure("approval", n, [x for x in listed if n not in x.approvals], need, verdict) for n in names]
    return tuple(f for f in (*nations, *steps) if f.falls or f.sole)


def _failure(kind: str, name: str, left: Sequence[Share], need: Need, verdict: str) -> Failure:
    low, high = merged(left)
    top = None if any(s.unknown is not None for s in left) else high
    falls = verdict == "covered" and _verdict(need, low, top) != "covered"
    return Failure(kind, name, falls, not left, low, top)


def _history(
    stretches: Sequence[Span], requirements: Requirements, config: GapConfig, today: date
) -> tuple[GapPoint, ...]:
    days = changes(stretches, today, config.history_days)
    by_need = needs_of(stretches, requirements)
    return tuple(p for day in days for at, offers in by_need for p in _points(at, standing(offers, day), config, day))


def _points(at: PhaseNeed, offered: Sequence[Span], config: GapConfig, on: date) -> list[GapPoint]:
    ids = at.force.force_id, at.phase.phase_id, at.need.need_id
    found = []
    for band, listed in zip(config.bands, shares(offered, at.need, config.bands, ()), strict=True):
        low, high = merged(listed)
        unknown = sum(s.unknown is not None for s in listed)
        found.append(GapPoint(on, *ids, band.name, low, None if unknown else high, unknown))
    return found


def _share_dict(share: Share) -> dict[str, Any]:
    return {
        "actor": share.actor, "code": share.code, "named": share.named, "state": str(share.state),
        "offered": None if share.unknown is not None else [number(share.low), number(share.high)],
        "unknown": share.unknown, "claims": list(share.claims), "approvals": list(share.approvals),
    }  # fmt: skip
