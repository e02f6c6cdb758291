"""What if: one contributor withdraws, an approval is refused, the enablers or the backstop go; scenarios are data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from trucewatch.core.entries import Entry, fit
from trucewatch.core.problem import Problem
from trucewatch.core.yaml_files import Path, Source, read_yaml
from trucewatch.pledges.gaps import GapConfig, GapRow, GapTable, gap_table
from trucewatch.pledges.legal import Approval, ApprovalStatus, with_status
from trucewatch.pledges.nouns import COMPONENTS, Claim, State
from trucewatch.pledges.requirements import (
    Reference,
    ReferenceEntry,
    Requirements,
    decimal_of,
    number,
    references,
    unknown_sources,
)

__all__ = ["Assumptions", "Range", "Scenario", "Scenarios", "Withdrawal", "apply_scenario", "compare", "read_scenarios"]


@dataclass(frozen=True, slots=True)
class Range:
    """An uncertain number, from `low` to `high`, and who says so."""

    low: Decimal
    high: Decimal
    source: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What the draws assume: days from today until a contribution of this state is in place; the rotation."""

    lead_days: dict[State, Range]
    ratio: Range
    tour_months: Range


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Whose contributions go: an ISO 3166-1 code or a name, and which components; none means all."""

    actor: str
    components: tuple[str, ...] = ()

    def takes(self, claim: Claim) -> bool:
        """Return whether this claim goes."""
        actor = claim.actor.code if claim.actor.code is not None and len(self.actor) == 2 else claim.actor.name
        in_component = not self.components or claim.component in self.components
        return actor.casefold() == self.actor.casefold() and in_component


@dataclass(frozen=True, slots=True)
class Scenario:
    """A change to the record, thought through and never written into it."""

    scenario_id: str
    title: str
    withdraw: tuple[Withdrawal, ...]
    approvals: dict[str, ApprovalStatus]


@dataclass(frozen=True, slots=True)
class Scenarios:
    """The scenarios of a file, its assumptions, and where its figures come from."""

    title: str
    sources: tuple[Reference, ...]
    assumptions: Assumptions
    scenarios: tuple[Scenario, ...]


class _RangeEntry(Entry):
    low: int | float
    high: int | float
    source: str


class _AssumptionsEntry(Entry):
    lead_days: dict[str, _RangeEntry]
    ratio: _RangeEntry
    tour_months: _RangeEntry


class _WithdrawalEntry(Entry):
    actor: str
    components: list[str] = Field(default_factory=list)


class _ScenarioEntry(Entry):
    id: str
    title: str
    withdraw: list[_WithdrawalEntry] = Field(default_factory=list)
    approvals: dict[str, str] = Field(default_factory=dict)


class _ScenariosEntry(Entry):
    title: str
    sources: dict[str, ReferenceEntry]
    assumptions: _AssumptionsEntry
    scenarios: list[_ScenarioEntry]


def read_scenarios(file: str, text: str) -> tuple[Scenarios | None, list[Problem]]:
    """Return the scenarios in YAML text, and everything that is wrong with them; None where the assumptions are."""
    source, problems = read_yaml(file, text)
    if source is None:
        return None, problems
    entry, wrong = fit(_ScenariosEntry, source.value, source)
    problems += wrong
    if entry is None:
        return None, problems
    sources, wrong = references(entry.sources, source)
    unfit = _wrong_assumptions(entry.assumptions, source, set(entry.sources))
    problems += wrong + unfit
    if unfit:
        return None, problems
    listed = [_scenario(s, ("scenarios", i), source, problems) for i, s in enumerate(entry.scenarios)]
    kept = tuple(s for s in listed if s is not None)
    return Scenarios(entry.title, sources, _assumptions(entry.assumptions), kept), problems


def _ranges(e: _AssumptionsEntry) -> dict[Path, _RangeEntry]:
    leads: dict[Path, _RangeEntry] = {("assumptions", "lead_days", s): r for s, r in e.lead_days.items()}
    return {**leads, ("assumptions", "ratio"): e.ratio, ("assumptions", "tour_months"): e.tour_months}


def _wrong_assumptions(e: _AssumptionsEntry, source: Source, known: set[str]) -> list[Problem]:
    ranges = _ranges(e)
    problems = unknown_sources([((*p, "source"), r.source) for p, r in ranges.items()], known, source)
    for path, r in ranges.items():
        least = 1 if path[-1] == "ratio" else 0
        if not least <= r.low <= r.high <= 1e5:
            found, needed = f"{r.low} to {r.high}", f"{least} <= low <= high <= 100000"
            problems.append(source.problem(path, found, needed, "correct the range"))
    if e.tour_months.low <= 0:
        fix = "write how long one tour lasts"
        problems.append(source.problem(("assumptions", "tour_months"), "a tour of 0 months", "more than 0", fix))
    for name in set(e.lead_days) - set(State):
        path, needed = ("assumptions", "lead_days", name), f"one of {', '.join(State)}"
        problems.append(source.problem(path, f"the state {name!r}", needed, "correct the name"))
    return problems


def _assumptions(e: _AssumptionsEntry) -> Assumptions:
    leads = {State(name): _range(r) for name, r in e.lead_days.items()}
    return Assumptions(leads, _range(e.ratio), _range(e.tour_months))


def _range(r: _RangeEntry) -> Range:
    return Range(decimal_of(r.low) or Decimal(0), decimal_of(r.high) or Decimal(0), r.source)


def _scenario(e: _ScenarioEntry, path: Path, source: Source, problems: list[Problem]) -> Scenario | None:
    wrong = [
        source.problem((*path, "approvals", name), repr(status), f"one of {', '.join(ApprovalStatus)}", "correct it")
        for name, status in e.approvals.items()
        if status not in set(ApprovalStatus)
    ]
    for i, w in enumerate(e.withdraw):
        unknown = sorted(set(w.components) - set(COMPONENTS))
        here, needed = (*path, "withdraw", i, "components"), f"one of {', '.join(COMPONENTS)}"
        wrong += [source.problem(here, f"the component {c!r}", needed, "choose the nearest") for c in unknown]
    problems += wrong
    if wrong:
        return None
    gone = tuple(Withdrawal(w.actor, tuple(w.components)) for w in e.withdraw)
    return Scenario(e.id, e.title, gone, {n: ApprovalStatus(s) for n, s in e.approvals.items()})


def apply_scenario(
    scenario: Scenario, claims: Sequence[Claim], approvals: Sequence[Approval]
) -> tuple[list[Claim], list[Claim], tuple[Approval, ...]]:
    """Return the claims that stay, those that go, and the approvals as the scenario decides them."""
    gone = [c for c in claims if any(w.takes(c) for w in scenario.withdraw)]
    lost = {id(c) for c in gone}
    stay = [c for c in claims if id(c) not in lost]
    return stay, gone, with_status(approvals, scenario.approvals)


def compare(
    claims: Sequence[Claim],
    requirements: Requirements,
    scenarios: Sequence[Scenario],
    config: GapConfig,
    today: date,
    approvals: Sequence[Approval] = (),
) -> tuple[dict[str, Any], ...]:
    """Return for every scenario each row of the gap table that it changes: covered and verdict before and after."""
    before = gap_table(claims, requirements, config, today, approvals)
    rows: list[dict[str, Any]] = []
    for scenario in scenarios:
        stay, _, decided = apply_scenario(scenario, claims, approvals)
        rows += _changed(scenario, before, gap_table(stay, requirements, config, today, decided))
    return tuple(rows)


def _changed(scenario: Scenario, before: GapTable, after: GapTable) -> list[dict[str, Any]]:
    pairs = zip(before.rows, after.rows, strict=True)
    return [_change(scenario, a, b) for a, b in pairs if _outcome(a) != _outcome(b)]


def _outcome(row: GapRow) -> tuple[Any, ...]:
    return row.covered_low, row.covered_high, row.verdict, row.unknown


def _change(scenario: Scenario, a: GapRow, b: GapRow) -> dict[str, Any]:
    return {
        "scenario": scenario.scenario_id, "title": scenario.title, "force": a.force_id, "phase": a.phase_id,
        "need": a.need.need_id, "component": a.need.component, "unit": a.need.unit, "band": a.band,
        "covered_before": [number(a.covered_low), number(a.covered_high)],
        "covered_after": [number(b.covered_low), number(b.covered_high)],
        "verdict_before": a.verdict, "verdict_after": b.verdict,
        "lost": sorted({s.actor for s in a.shares} - {s.actor for s in b.shares}),
    }  # fmt: skip
