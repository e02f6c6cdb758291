"""Claims whose sources are known to be gone."""

from datetime import date

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book
from trucewatch.pledges.checks.config import CheckConfig

__all__ = ["check"]


def check(book: Book, config: CheckConfig, _today: date) -> list[Problem]:
    """Return the claims that rest on an address named as gone; what else they rest on is said."""
    if not config.gone:
        return []
    found = []
    for c in book.claims:
        gone = [s for s in c.said if s.url in config.gone]
        if gone:
            rest = len(c.said) - len(gone)
            kept = "its quote's digest is kept" if any(s.quote_sha256 for s in gone) else "no digest of it is kept"
            what = f"{c.claim_id}: the source {gone[0].url} is gone; {kept}; {rest} other sources"
            fix = "add an archived copy or another source by a correction"
            found.append(book.origin[c.claim_id].problem(what, "a source that can be read", fix))
    return found
