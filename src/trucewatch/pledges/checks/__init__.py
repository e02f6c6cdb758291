"""The checks of a ledger, one file each; every check is `check(book, config, today) -> list[Problem]`."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks import (
    confirmed_without_official,
    contradicted,
    double_counted,
    expired_mandate,
    overdue,
    source_gone,
    state_jumped,
    total_typed,
)
from trucewatch.pledges.checks.config import CheckConfig

__all__ = ["CHECKS", "CheckConfig", "Finding", "findings"]

Check = Callable[[Book, CheckConfig, date], list[Problem]]

CHECKS: tuple[tuple[str, Check], ...] = (
    ("overdue", overdue.check),
    ("double_counted", double_counted.check),
    ("confirmed_without_official", confirmed_without_official.check),
    ("state_jumped", state_jumped.check),
    ("contradicted", contradicted.check),
    ("expired_mandate", expired_mandate.check),
    ("source_gone", source_gone.check),
    ("total_typed", total_typed.check),
)


class Finding(NamedTuple):
    """What one check found."""

    check: str
    problem: Problem

    def as_dict(self) -> dict[str, str | int]:
        """Return the fields in order."""
        p = self.problem
        return {
            "check": self.check, "file": p.file, "line": p.line, "found": p.found, "needed": p.needed, "fix": p.fix,
        }  # fmt: skip


def findings(book: Book, config: CheckConfig) -> list[Finding]:
    """Return what all checks find, as of the book's day, in the order of the checks and of the lines."""
    return [Finding(name, p) for name, check in CHECKS for p in sorted(check(book, config, book.today))]
