"""What was promised by a day that has passed, and has come no further than a promise."""

from datetime import date

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.nouns import Direction, State

__all__ = ["check"]

_DONE = (State.READY, State.DEPLOYED, State.ROTATING, State.WITHDRAWN)


def check(book: Book, _config: CheckConfig, today: date) -> list[Problem]:
    """Return the claims whose `due` lies before today and whose state is not yet ready."""
    found = []
    for c in book.standing(today):
        due = c.notes.get("due")
        if due is None or c.state in _DONE or date.fromisoformat(due) >= today:
            continue
        days = (today - date.fromisoformat(due)).days
        if c.direction in (Direction.OFFERS, Direction.CONDITIONAL):
            what = f"{c.claim_id} due {due} ({days} days ago) and still {c.state}"
            fix = "add the state change, a correction of the date, or the withdrawal, with its source"
            found.append(book.origin[c.claim_id].problem(what, "ready by its day", fix))
    return found
