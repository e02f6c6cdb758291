"""One edition of the register: everything that its pages and exports are made from."""

from dataclasses import dataclass
from typing import Any

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks import Finding
from trucewatch.pledges.gaps import GapTable
from trucewatch.pledges.legal import ExpiryWarning
from trucewatch.pledges.montecarlo import Draws

__all__ = ["Edition", "Weighed"]


@dataclass(frozen=True)
class Weighed:
    """Whether it is enough, in every way that is asked."""

    table: GapTable
    rotation: tuple[dict[str, Any], ...]
    scenarios: tuple[dict[str, Any], ...]
    draws: Draws | None
    expiries: tuple[ExpiryWarning, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return everything for JSON."""
        return {
            "gaps": self.table.as_dict(), "rotation": list(self.rotation), "scenarios": list(self.scenarios),
            "draws": None if self.draws is None else self.draws.as_dict(),
            "expiries": [e.as_dict() for e in self.expiries],
        }  # fmt: skip


@dataclass(frozen=True)
class Edition:
    """The book with what was found about it; without requirements it is weighed against nothing.

    problems     of the ledger's lines, and what the log shows to have been edited or taken away
    turn_days    opposite words of one actor at most so far apart are shown as a turn
    """

    book: Book
    findings: tuple[Finding, ...]
    problems: tuple[Problem, ...]
    name: str
    weighed: Weighed | None = None
    turn_days: int = 30
