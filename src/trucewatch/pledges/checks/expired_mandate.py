"""Contributions that rest on a mandate or an approval that has run out, or soon will."""

from datetime import date

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.book_legal import approvals
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.legal import LegalConfig, expiry_warnings
from trucewatch.pledges.nouns import Claim, State

__all__ = ["check"]

_BOUND = (State.AUTHORISED, State.READY, State.DEPLOYED, State.ROTATING)


def check(book: Book, config: CheckConfig, today: date) -> list[Problem]:
    """Return the standing claims whose own mandate has run out, and the legal steps that have or soon will."""
    bound = [c for c in book.standing(today) if c.state in _BOUND]
    own = [p for c in bound if (p := _own(book, c, today, config.warn_days)) is not None]
    return own + _steps(book, bound, config, today)


def _own(book: Book, claim: Claim, today: date, warn_days: int) -> Problem | None:
    until = claim.notes.get("until")
    if until is None or (left := (date.fromisoformat(until) - today).days) > warn_days:
        return None
    what = f"{claim.claim_id} {claim.state} under a mandate until {until}, {_when(left)}"
    return book.origin[claim.claim_id].problem(what, "a mandate in force", "add its renewal, or the change of state")


def _steps(book: Book, bound: list[Claim], config: CheckConfig, today: date) -> list[Problem]:
    steps = approvals(book, today)
    warnings = expiry_warnings([s for s, _ in steps], bound, today, LegalConfig(config.warn_days))
    origin = {step.approval_id: d for step, d in steps}
    return [
        origin[w.approval_id].problem(
            f"the approval {w.approval_id} until {w.expires_on}, {_when(w.days_left)}, under {len(w.claims)} claims",
            "an approval in force", "add its renewal as a later `legal` directive of the same name",
        )
        for w in warnings
    ]  # fmt: skip


def _when(left_days: int) -> str:
    return f"lapsed {-left_days} days ago" if left_days < 0 else f"{left_days} days left"
