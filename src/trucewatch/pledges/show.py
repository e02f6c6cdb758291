"""The contribution table: what each actor is said to contribute, who says so, and as of when."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from trucewatch.pledges.book import Book
from trucewatch.pledges.book_balances import Span
from trucewatch.pledges.book_legal import said_words
from trucewatch.pledges.nouns import Actor, Claim, Direction, Quantity

__all__ = ["basing_rows", "contribution_rows", "is_of", "quantity_words"]

_NOT_OFFERED = (Direction.REQUIRES,)


def quantity_words(q: Quantity | None) -> str:
    """Return how much in words; "unknown" where nobody says."""
    if q is None:
        return "unknown"
    amount = Span(q.low, q.high)
    if q.words is None:
        return f"{amount.words()} {q.unit}"
    counted = f" ({amount.words()})" if amount != Span(None, None) else ""
    return f"{q.words}{'' if q.unit in q.words else f' {q.unit}'}{counted}"


def is_of(actor: Actor, asked: str | None) -> bool:
    """Tell whether this actor is asked for, by code or name; without a question, all are."""
    wanted = (asked or "").casefold()
    return not wanted or wanted in ((actor.code or "").casefold(), actor.name.casefold())


def contribution_rows(
    book: Book, on: date | None = None, actor: str | None = None, component: str | None = None, old: bool = False
) -> list[dict[str, Any]]:
    """Return the claims that stand on a day, by actor, component and date; with `old`, what they superseded too."""
    day = on or book.today
    listed = [c for c in book.claims if c.on <= day and (old or not book.is_followed(c.claim_id, day))]
    wanted = [c for c in listed if is_of(c.actor, actor) and component in (None, c.component)]
    wanted.sort(key=lambda c: (c.actor.name.casefold(), c.component, c.on, c.claim_id))
    return [_row(book, c, day) for c in wanted]


def _row(book: Book, c: Claim, day: date) -> dict[str, Any]:
    d = book.origin[c.claim_id]
    return {
        "actor": c.actor.name, "code": c.actor.code, "kind": str(c.actor.kind), "count": c.actor.count,
        "direction": str(c.direction), "component": c.component, "capability": c.capability,
        "quantity": quantity_words(c.quantity), "conditions": list(c.conditions), "state": str(c.state),
        "status": "superseded" if book.is_followed(c.claim_id, day) else str(c.status),
        "says": [said_words(s) for s in c.said], "as_of": c.on.isoformat(), "claim": c.claim_id,
        "where": f"{d.file}:{d.line}",
    }  # fmt: skip


def basing_rows(rows: Sequence[Claim]) -> list[dict[str, Any]]:
    """Return where contributions are said to be based, as far as anybody says so."""
    return [
        {
            "base": c.notes["base"], "actor": c.actor.name, "component": c.component,
            "quantity": quantity_words(c.quantity), "state": str(c.state), "status": str(c.status),
            "says": [said_words(s) for s in c.said], "as_of": c.on.isoformat(),
        }
        for c in rows if "base" in c.notes and c.direction not in _NOT_OFFERED
    ]  # fmt: skip
