"""What a force needs, phase by phase, as data: every figure names where it comes from."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal

from trucewatch.core.entries import Entry, fit
from trucewatch.core.problem import Problem
from trucewatch.core.yaml_files import Path, Source, read_yaml
from trucewatch.pledges.nouns import COMPONENTS

__all__ = [
    "Force",
    "Need",
    "Phase",
    "Reference",
    "ReferenceEntry",
    "Requirements",
    "day_of",
    "decimal_of",
    "number",
    "read_requirements",
    "references",
    "unknown_sources",
]

_MOST = Decimal(10) ** 9  # of anything: more is a slip of the pen


@dataclass(frozen=True, slots=True)
class Reference:
    """Where a figure comes from: official, press, paper, or an assumption of this file.

    text_sha256  digest of the text that was read, where it has no address
    """

    name: str
    kind: str
    says: str
    url: str | None
    on: date | None
    text_sha256: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        on = None if self.on is None else self.on.isoformat()
        named = {"name": self.name, "kind": self.kind, "says": self.says}
        return {**named, "url": self.url, "on": on, "text_sha256": self.text_sha256}


@dataclass(frozen=True, slots=True)
class Need:
    """How much of one component a phase needs, from `low` to `high`; both None where nobody has said."""

    need_id: str
    component: str
    capability: str | None
    unit: str
    low: Decimal | None
    high: Decimal | None
    source: str


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a force; `start` and `end` (last day) None where open."""

    phase_id: str
    title: str
    start: date | None
    end: date | None
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Force:
    """A force that somebody proposed, with its phases in order."""

    force_id: str
    title: str
    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class Requirements:
    """A statement of requirements and where its figures come from."""

    title: str
    sources: tuple[Reference, ...]
    forces: tuple[Force, ...]


class ReferenceEntry(Entry):
    """A source as written."""

    kind: Literal["official", "press", "paper", "assumption"]
    says: str
    url: str | None = None
    on: str | None = None
    text_sha256: str | None = None


class _NeedEntry(Entry):
    id: str
    component: str
    unit: str
    low: int | float | None
    high: int | float | None
    source: str
    capability: str | None = None


class _PhaseEntry(Entry):
    id: str
    title: str
    needs: list[_NeedEntry]
    start: str | None = None
    end: str | None = None


class _ForceEntry(Entry):
    id: str
    title: str
    phases: list[_PhaseEntry]


class _RequirementsEntry(Entry):
    title: str
    sources: dict[str, ReferenceEntry]
    forces: list[_ForceEntry]


def read_requirements(file: str, text: str) -> tuple[Requirements | None, list[Problem]]:
    """Return the requirements in YAML text as far as they can be read, and everything that is wrong with them."""
    source, problems = read_yaml(file, text)
    if source is None:
        return None, problems
    entry, wrong = fit(_RequirementsEntry, source.value, source)
    problems += wrong
    if entry is None:
        return None, problems
    sources, wrong = references(entry.sources, source)
    problems += wrong + _twice([f.id for f in entry.forces], ("forces",), source)
    forces = tuple(_force(f, ("forces", i), source, set(entry.sources), problems) for i, f in enumerate(entry.forces))
    return Requirements(entry.title, sources, forces), problems


def references(entries: dict[str, ReferenceEntry], source: Source) -> tuple[tuple[Reference, ...], list[Problem]]:
    """Return the sources of a file and what is wrong with them; only an assumption needs neither address nor digest."""
    problems: list[Problem] = []
    for name, entry in entries.items():
        if entry.url is None and entry.text_sha256 is None and entry.kind != "assumption":
            found, fix = (
                f"the {entry.kind} source {name!r} without url",
                "add `url: https://...` or call it an assumption",
            )
            problems.append(source.problem(("sources", name), found, "an address or the text's digest", fix))
    listed = tuple(
        Reference(name, e.kind, e.says, e.url, day_of(e.on, ("sources", name, "on"), source, problems), e.text_sha256)
        for name, e in entries.items()
    )
    return listed, problems


def unknown_sources(named: Sequence[tuple[Path, str]], known: set[str], source: Source) -> list[Problem]:
    """Return a problem for each figure whose source the file does not list."""
    fix = "list it under `sources:` or correct the name"
    return [source.problem(p, f"the source {n!r}", "a name under sources", fix) for p, n in named if n not in known]


def day_of(text: str | None, path: Path, source: Source, problems: list[Problem]) -> date | None:
    """Return a date as written (2026-01-31), None where none is written; what is no date goes to `problems`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        problems.append(source.problem(path, repr(text), "a date", "write it as 2026-01-31"))
        return None


def decimal_of(value: int | float | None) -> Decimal | None:
    """Return a number of a file as the exact decimal that was written there."""
    return None if value is None else Decimal(str(value))


def number(value: Decimal | None) -> int | float | None:
    """Return a decimal as a number for JSON: whole where it is whole."""
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)


def _force(e: _ForceEntry, path: Path, source: Source, known: set[str], problems: list[Problem]) -> Force:
    problems += _twice([p.id for p in e.phases], (*path, "phases"), source)
    phases = [_phase(p, (*path, "phases", i), source, known, problems) for i, p in enumerate(e.phases)]
    return Force(e.id, e.title, tuple(phases))


def _phase(e: _PhaseEntry, path: Path, source: Source, known: set[str], problems: list[Problem]) -> Phase:
    start = day_of(e.start, (*path, "start"), source, problems)
    end = day_of(e.end, (*path, "end"), source, problems)
    if start is not None and end is not None and end < start:
        problems.append(source.problem((*path, "end"), f"{end} before {start}", "an end after the start", "swap them"))
    problems += _twice([n.id for n in e.needs], (*path, "needs"), source)
    needs = [_need(n, (*path, "needs", i), source, known, problems) for i, n in enumerate(e.needs)]
    return Phase(e.id, e.title, start, end, tuple(n for n in needs if n is not None))


def _need(e: _NeedEntry, path: Path, source: Source, known: set[str], problems: list[Problem]) -> Need | None:
    low, high = decimal_of(e.low), decimal_of(e.high)
    wrong = unknown_sources([((*path, "source"), e.source)], known, source)
    if e.component not in COMPONENTS:
        fix, needed = "choose the nearest", f"one of {', '.join(COMPONENTS)}"
        wrong.append(source.problem((*path, "component"), f"the component {e.component!r}", needed, fix))
    if not _in_order(low, high):
        fix = "write `low: 5000` and `high: 7500`; null where nobody has said"
        wrong.append(source.problem(path, f"{e.low} to {e.high}", "0 <= low <= high <= 1e9", fix))
    problems += wrong
    return None if wrong else Need(e.id, e.component, e.capability, e.unit, low, high, e.source)


def _in_order(low: Decimal | None, high: Decimal | None) -> bool:
    ends = [Decimal(0), *(x for x in (low, high) if x is not None), _MOST]
    return all(x.is_finite() for x in ends) and ends == sorted(ends)


def _twice(ids: list[str], path: Path, source: Source) -> list[Problem]:
    again = [i for i, name in enumerate(ids) if name in ids[:i]]
    return [source.problem((*path, i), f"the id {ids[i]!r} twice", "each id once", "rename one") for i in again]
