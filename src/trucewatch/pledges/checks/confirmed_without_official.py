"""What is called confirmed on record while no official source stands behind it."""

from datetime import date

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.nouns import ClaimStatus

__all__ = ["check"]


def check(book: Book, _config: CheckConfig, today: date) -> list[Problem]:
    """Return the standing claims that are confirmed and name no source that somebody has marked official."""
    return [
        book.origin[c.claim_id].problem(
            f"{c.claim_id} confirmed, by no official source",
            "at least one `says: official …`",
            "add the record itself, or write `status: reported`",
        )
        for c in book.standing(today)
        if c.status is ClaimStatus.CONFIRMED and not any(s.official for s in c.said)
    ]
