"""States that were passed over, or went back."""

from datetime import date

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book, Kind
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.nouns import Claim, State

__all__ = ["check"]

_RANK = {state: i for i, state in enumerate(State)}


def check(book: Book, config: CheckConfig, today: date) -> list[Problem]:
    """Return each step from one version to the next that skips too many states or goes backwards.

    Corrections may go anywhere: they say that the record was wrong. Everybody may withdraw at any time.
    """
    before: dict[str, Claim] = {}
    found = []
    for c in book.claims:
        if c.on > today:
            continue
        name = c.claim_id.partition("@")[0]
        last = before.get(name)
        before[name] = c
        if last is None or c.state is State.WITHDRAWN or book.origin[c.claim_id].kind is Kind.CORRECT:
            continue
        step = _RANK[c.state] - _RANK[last.state]
        if step < 0 or step > config.most_skipped + 1:
            found.append(_jump(book, c, last, step))
    return found


def _jump(book: Book, claim: Claim, last: Claim, step: int) -> Problem:
    way = "back" if step < 0 else f"over {step - 1} states"
    fix = "add the steps between with their sources, or a correction that says why"
    what = f"{claim.claim_id} from {last.state} to {claim.state}, {way}"
    return book.origin[claim.claim_id].problem(what, "one step after the other", fix)
