"""Opposite claims of one actor about one means within a few days."""

from datetime import date

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.timeline import turns

__all__ = ["check"]


def check(book: Book, config: CheckConfig, today: date) -> list[Problem]:
    """Return each claim that says the opposite of the one before it; the timeline shows them all."""
    found = []
    for turn in turns(book.claims, config.contradicted_days):
        if turn.now.on > today:
            continue
        at = book.origin[turn.before.claim_id]
        what = (
            f"{turn.now.claim_id} {turn.now.direction} {turn.days} days after {turn.before.claim_id} "
            f"{turn.before.direction} ({at.file}:{at.line})"
        )
        fix = "check both sources; if both stand, leave them: the timeline shows the turn"
        found.append(book.origin[turn.now.claim_id].problem(what, "one word at a time", fix))
    return found
