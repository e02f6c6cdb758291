"""Phases of an agreement: one after another without a gap, each switching some domains on, or all."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from trucewatch.core.agreement import Agreement
from trucewatch.core.problem import Problem
from trucewatch.core.times import format_ns
from trucewatch.core.yaml_files import Path, Source
from trucewatch.terms.dates import Calendar
from trucewatch.terms.schema import PhaseEntry, ProvisionEntry
from trucewatch.terms.windows import OPEN_NS, clip, first_gap, window

__all__ = ["Phase", "Times", "effective", "read_phases", "switched_on"]

Stretch = tuple[int, int | None]


@dataclass(frozen=True, slots=True)
class Phase:
    """A phase in ns UTC, open where the end is None; it switches all domains on where `domains` is None."""

    id: str
    start_ns: int
    end_ns: int | None
    domains: tuple[str, ...] | None

    def has(self, domain: str) -> bool:
        """Return whether it switches a domain on."""
        return self.domains is None or domain in self.domains


class Times(NamedTuple):
    """When a clause is effective: first and last instant, and the parts between where that is not all of it."""

    start_ns: int
    end_ns: int | None
    windows_ns: tuple[Stretch, ...] = ()


def read_phases(
    entries: Sequence[PhaseEntry], source: Source, calendar: Calendar, agreement: Agreement
) -> tuple[dict[str, Phase], list[Problem]]:
    """Return the phases by id, and what is wrong with their dates."""
    phases: dict[str, Phase] = {}
    problems: list[Problem] = []
    for i, e in enumerate(entries):
        start, end, wrong = calendar.interval(source, ("phases", i), e.start, e.end, ("from", "to"))
        problems += wrong
        if start is not None:
            phases[e.id] = Phase(e.id, start, end, None if e.domains is None else tuple(e.domains))
    if phases and not problems:
        problems += _between(list(phases.values()), source, calendar, agreement)
    return phases, problems


def _between(phases: Sequence[Phase], source: Source, calendar: Calendar, agreement: Agreement) -> Iterator[Problem]:
    spans = [(p.start_ns, p.end_ns) for p in phases]
    gap = first_gap(spans, agreement.effective_from_ns, agreement.effective_to_ns)
    if gap is not None:
        a, b = (format_ns(t, calendar.zone) if t < OPEN_NS else "ever" for t in gap)
        after = max((i for i, s in enumerate(spans) if s[0] < gap[1]), default=0)
        fix = "let each phase begin where the one before ends"
        yield source.problem(("phases", after), f"a gap from {a} to {b}", "phases without a gap", fix)
    for i, (before, here) in enumerate(pairwise(phases), start=1):
        if before.end_ns is None or here.start_ns < before.end_ns:
            found = f"phase {here.id!r} beginning before {before.id!r} ends"
            yield source.problem(("phases", i, "from"), found, "one phase at a time", "correct the dates")


def switched_on(domain: str, phase: str | None, phases: Mapping[str, Phase], agreement: Agreement) -> list[Stretch]:
    """Return the stretches of time, joined where they touch, in which a clause's domain and phase are on."""
    if phase in phases:
        named = phases[str(phase)]
        return [(named.start_ns, named.end_ns)] if named.has(domain) else []
    if all(p.domains is None for p in phases.values()):
        return [(agreement.effective_from_ns, agreement.effective_to_ns)]
    joined: list[Stretch] = []
    for p in sorted((p for p in phases.values() if p.has(domain)), key=lambda p: p.start_ns):
        if joined and joined[-1][1] == p.start_ns:
            joined[-1] = (joined[-1][0], p.end_ns)
        else:
            joined.append((p.start_ns, p.end_ns))
    return joined


def effective(
    p: ProvisionEntry, source: Source, path: Path, calendar: Calendar, agreement: Agreement,
    phases: Mapping[str, Phase],
) -> tuple[Times, list[Problem]]:  # fmt: skip
    """Return the clause's own dates, else those of its phase, else those in which its domain is on."""
    names = ("effective_from", "effective_to")
    own_start, own_end, problems = calendar.interval(source, path, p.effective_from, p.effective_to, names)
    on = switched_on(p.domain, p.phase, phases, agreement)
    if not on:
        return Times(agreement.effective_from_ns, agreement.effective_to_ns), [*problems, _never(p, source, path)]
    first, last = on[0][0], on[-1][1]
    start, end = first if own_start is None else own_start, last if own_end is None else own_end
    if not problems and (start < first or (last is not None and (end is None or end > last))):
        fix = "keep its dates inside those of its phase and of the agreement"
        found = f"clause {p.id!r} effective outside its {_frame(p, phases)}"
        problems = [source.problem((*path, names[0]), found, "dates inside it", fix)]
    times = _clipped(on, start, end)
    if times is None and not problems:
        problems = [_never(p, source, path)]
    return times or Times(start, end), problems


def _frame(p: ProvisionEntry, phases: Mapping[str, Phase]) -> str:
    if p.phase in phases:
        return "phase"
    return "agreement" if all(q.domains is None for q in phases.values()) else f"phases of the domain {p.domain!r}"


def _clipped(on: Sequence[Stretch], start_ns: int, end_ns: int | None) -> Times | None:
    """Return the parts of some stretches between two instants; None where there is none."""
    parts = [tuple(w) for a, b in on for w in clip(window(a, b), start_ns, end_ns).tolist()]
    kept: tuple[Stretch, ...] = tuple((a, None if b >= OPEN_NS else b) for a, b in parts)
    if not kept:
        return None
    return Times(kept[0][0], kept[-1][1], kept if len(kept) > 1 else ())


def _never(p: ProvisionEntry, source: Source, path: Path) -> Problem:
    while_on = f"in phase {p.phase!r}" if p.phase is not None else "in its dates"
    found = f"the unreachable clause {p.id!r}: nothing switches the domain {p.domain!r} on {while_on}"
    fix = "add the domain to a phase, or change the clause's domain, phase or dates"
    return source.problem((*path, "domain"), found, "a phase that switches its domain on", fix)
