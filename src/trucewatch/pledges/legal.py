"""Legal steps as data: who must approve what, what is known of it, until when it holds, and who says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, Literal

from pydantic import Field

from trucewatch.core.entries import Entry, fit
from trucewatch.core.problem import Problem
from trucewatch.core.yaml_files import Path, Source, read_yaml
from trucewatch.pledges.nouns import COMPONENTS, Claim
from trucewatch.pledges.requirements import (
    Reference,
    ReferenceEntry,
    day_of,
    decimal_of,
    number,
    references,
    unknown_sources,
)

__all__ = [
    "Approval",
    "ApprovalStatus",
    "ExpiryWarning",
    "Legal",
    "LegalConfig",
    "dependencies",
    "expiry_warnings",
    "mandate_end",
    "read_legal",
    "with_status",
]


@dataclass(frozen=True)
class LegalConfig:
    """How early an expiry is warned of."""

    warn_days: int = 90


class ApprovalStatus(StrEnum):
    """Where an approval stands."""

    GIVEN = "given"
    PENDING = "pending"
    REFUSED = "refused"
    UNKNOWN = "unknown"  # nobody has said whether one is needed, or how it went


@dataclass(frozen=True, slots=True)
class Approval:
    """One step that somebody must take before a contribution may go.

    countries  whose contributions wait for it, ISO 3166-1 alpha-2; empty: only those whose conditions say so
    components which of them; empty: all
    words      in a claim's conditions, that make it wait for this approval
    chance     that it will be given, low to high; None where nobody can say (then both extremes are shown)
    expires_on last day on which it holds
    """

    approval_id: str
    title: str
    body: str
    countries: tuple[str, ...]
    components: tuple[str, ...]
    words: tuple[str, ...]
    status: ApprovalStatus
    source: str
    granted_on: date | None = None
    expires_on: date | None = None
    chance_low: Decimal | None = None
    chance_high: Decimal | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        return {
            "approval": self.approval_id, "title": self.title, "body": self.body, "countries": list(self.countries),
            "components": list(self.components), "status": str(self.status), "source": self.source,
            "granted_on": _text(self.granted_on), "expires_on": _text(self.expires_on),
            "chance": [number(self.chance_low), number(self.chance_high)],
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Legal:
    """The legal steps of all countries and where they are known from."""

    title: str
    sources: tuple[Reference, ...]
    approvals: tuple[Approval, ...]


@dataclass(frozen=True, slots=True)
class ExpiryWarning:
    """A mandate that has lapsed, or soon will; `days_left` below 0 where it has."""

    approval_id: str
    title: str
    expires_on: date
    days_left: int
    claims: tuple[str, ...]

    def __str__(self) -> str:
        when = f"lapsed {-self.days_left} days ago" if self.days_left < 0 else f"lapses in {self.days_left} days"
        return f"{self.title}: {when} ({self.expires_on}); {len(self.claims)} contribution claims rest on it"

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        return {
            "approval": self.approval_id, "title": self.title, "expires_on": self.expires_on.isoformat(),
            "days_left": self.days_left, "claims": list(self.claims),
        }  # fmt: skip


class _ApprovalEntry(Entry):
    id: str
    title: str
    body: str
    status: Literal["given", "pending", "refused", "unknown"]
    source: str
    countries: list[str] = Field(default_factory=list)
    components: list[str] = Field(default_factory=list)
    words: list[str] = Field(default_factory=list)
    granted_on: str | None = None
    expires_on: str | None = None
    chance_low: int | float | None = None
    chance_high: int | float | None = None


class _LegalEntry(Entry):
    title: str
    sources: dict[str, ReferenceEntry]
    approvals: list[_ApprovalEntry]


def read_legal(file: str, text: str) -> tuple[Legal | None, list[Problem]]:
    """Return the legal steps in YAML text as far as they can be read, and everything that is wrong with them."""
    source, problems = read_yaml(file, text)
    if source is None:
        return None, problems
    entry, wrong = fit(_LegalEntry, source.value, source)
    problems += wrong
    if entry is None:
        return None, problems
    sources, wrong = references(entry.sources, source)
    problems += wrong
    ids = [a.id for a in entry.approvals]
    steps = []
    for i, step in enumerate(entry.approvals):
        path: Path = ("approvals", i)
        wrong = _wrong(step, path, source, set(entry.sources), ids[:i])
        problems += wrong
        if not wrong:
            steps.append(_approval(step, path, source, problems))
    return Legal(entry.title, sources, tuple(steps)), problems


def _wrong(e: _ApprovalEntry, path: Path, source: Source, known: set[str], earlier: list[str]) -> list[Problem]:
    problems = unknown_sources([((*path, "source"), e.source)], known, source)
    if e.id in earlier:
        problems.append(source.problem((*path, "id"), f"the id {e.id!r} twice", "each id once", "rename one"))
    ends = (e.chance_low, e.chance_high)
    if ends != (None, None) and not _is_chance(*ends):
        fix = "write both as numbers such as 0.2 and 0.8, or leave both out"
        problems.append(source.problem(path, f"the chance {ends[0]} to {ends[1]}", "0 <= low <= high <= 1", fix))
    for name in set(e.components) - set(COMPONENTS):
        needed = f"one of {', '.join(COMPONENTS)}"
        problems.append(source.problem((*path, "components"), f"the component {name!r}", needed, "choose the nearest"))
    for code in e.countries:
        if not (len(code) == 2 and code.isascii() and code.isupper()):
            fix = "write the two letters of ISO 3166-1, such as FR"
            problems.append(source.problem((*path, "countries"), f"the code {code!r}", "two capital letters", fix))
    return problems


def _is_chance(low: int | float | None, high: int | float | None) -> bool:
    return low is not None and high is not None and 0 <= low <= high <= 1


def _approval(e: _ApprovalEntry, path: Path, source: Source, problems: list[Problem]) -> Approval:
    return Approval(
        e.id, e.title, e.body, tuple(e.countries), tuple(e.components), tuple(w.casefold() for w in e.words),
        ApprovalStatus(e.status), e.source,
        day_of(e.granted_on, (*path, "granted_on"), source, problems),
        day_of(e.expires_on, (*path, "expires_on"), source, problems),
        decimal_of(e.chance_low), decimal_of(e.chance_high),
    )  # fmt: skip


def dependencies(claim: Claim, approvals: Sequence[Approval]) -> tuple[str, ...]:
    """Return the ids of the approvals that this claim waits for, by its country or by the words of its conditions."""
    if not approvals:
        return ()
    conditions = " ".join(claim.conditions).casefold()
    return tuple(a.approval_id for a in approvals if _names(claim, a) or any(w in conditions for w in a.words))


def _names(claim: Claim, approval: Approval) -> bool:
    in_component = not approval.components or claim.component in approval.components
    return claim.actor.code is not None and claim.actor.code in approval.countries and in_component


def with_status(approvals: Sequence[Approval], status: Mapping[str, ApprovalStatus]) -> tuple[Approval, ...]:
    """Return the approvals with some of them decided otherwise, for a scenario."""
    return tuple(replace(a, status=status.get(a.approval_id, a.status)) for a in approvals)


def expiry_warnings(
    approvals: Sequence[Approval], claims: Sequence[Claim], today: date, config: LegalConfig
) -> tuple[ExpiryWarning, ...]:
    """Return the mandates that have lapsed or will within `warn_days`, the most urgent first."""
    urgent = [a for a in approvals if a.expires_on and (a.expires_on - today).days <= config.warn_days]
    warnings = [_warning(a, a.expires_on, claims, today) for a in urgent if a.expires_on]
    return tuple(sorted(warnings, key=lambda w: (w.days_left, w.approval_id)))


def _warning(approval: Approval, expires_on: date, claims: Sequence[Claim], today: date) -> ExpiryWarning:
    resting = tuple(c.claim_id for c in claims if dependencies(c, (approval,)))
    return ExpiryWarning(approval.approval_id, approval.title, expires_on, (expires_on - today).days, resting)


def mandate_end(claim: Claim, approvals: Sequence[Approval]) -> date | None:
    """Return the last day on which every mandate that this claim rests on holds; None where none of them ends."""
    resting = set(dependencies(claim, approvals))
    return min((a.expires_on for a in approvals if a.expires_on and a.approval_id in resting), default=None)


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
