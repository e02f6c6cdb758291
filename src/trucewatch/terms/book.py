"""An agreement laid open for reasoning: each clause with its scope, and what kind of rule it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

from trucewatch.core.agreement import Agreement, Provision, Zone
from trucewatch.terms.config import Config
from trucewatch.terms.phases import Phase
from trucewatch.terms.remark import Lines, Remark, Severity
from trucewatch.terms.scope import Scope, scope_of

__all__ = ["Book", "forbids_all", "listed", "permits"]

_BANS = ("no_fire_area", "silence_window", "protected_object", "aerial_vehicle", "new_works")


@dataclass(frozen=True)
class Book:
    """An agreement with everything that reasoning about it needs; zones with their outline where it is known."""

    agreement: Agreement
    zones: Mapping[str, Zone]
    phases: Mapping[str, Phase]
    lines: Lines
    config: Config

    @cached_property
    def scopes(self) -> dict[str, Scope]:
        """The scope of every clause."""
        return {c.id: scope_of(c, self.zones, self.agreement.time_zone) for c in self.agreement.provisions}

    @property
    def clauses(self) -> tuple[Provision, ...]:
        """All clauses."""
        return self.agreement.provisions

    def of_kind(self, kind: str) -> list[Provision]:
        """Return the clauses of a kind of rule."""
        return [c for c in self.clauses if c.rule == kind]

    def pairs(self) -> Iterator[tuple[Provision, Provision]]:
        """Yield every two clauses that share a party, both ways round."""
        for a, b in combinations(self.clauses, 2):
            if set(a.binds) & set(b.binds):
                yield a, b
                yield b, a

    def name(self, zone_id: str) -> str:
        """Return the name of a zone."""
        return self.zones[zone_id].name or zone_id

    def party(self, party_id: str) -> str:
        """Return the name of a party."""
        return next((p.name for p in self.agreement.parties if p.id == party_id), party_id)

    def remark(self, clause: Provision, path: str, severity: Severity, found: str, fix: str) -> Remark:
        """Return a remark at a key of a clause."""
        return Remark(*self.lines.clause(clause.id, path), severity, found, fix)


def forbids_all(clause: Provision) -> bool:
    """Return whether a clause forbids every act in its scope, without a condition beside its exceptions."""
    p = clause.parameters
    if clause.rule == "weapons_zone":
        return not p.get("weapons")
    if clause.rule == "obstruction":
        return p.get("delay_tolerated_s") is None
    if clause.rule == "rate_over_window":
        return bool(p["most"] == 0)
    return clause.rule in _BANS and bool(p.get("hours_stated", True))


def permits(clause: Provision) -> str | None:
    """Return in words what a clause permits of the acts that it names; None where it permits none."""
    if clause.rule == "return_fire":
        return "fire in return"
    if clause.rule == "rate_over_window" and clause.parameters["most"] > 0:
        return f"up to {clause.parameters['most']} acts in {clause.parameters['window_h']:g} h"
    return None


def listed(words: frozenset[str] | set[str] | list[str]) -> str:
    """Return words as `a, b and c`."""
    *first, last = sorted(w.replace("_", " ") for w in words)
    return f"{', '.join(first)} and {last}" if first else last
