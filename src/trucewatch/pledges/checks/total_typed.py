"""Totals that somebody typed where they should have been computed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book, Directive, Kind
from trucewatch.pledges.book_balances import Span, balances, total
from trucewatch.pledges.checks.config import CheckConfig
from trucewatch.pledges.nouns import ActorKind, Claim, Direction, Quantity

__all__ = ["check"]


def check(book: Book, _config: CheckConfig, today: date) -> list[Problem]:
    """Return typed totals: `total-of` beside a quantity, groups whose number is the sum of members, wrong asserts."""
    standing = book.standing(today)
    known = {c.claim_id.partition("@")[0]: c for c in standing}
    typed = [_typed(book, c, known) for c in standing if "total-of" in c.notes and _is_typed(book, c)]
    return typed + _sums(book, standing) + [p for d in book.of(Kind.ASSERT) if (p := _asserted(book, d)) is not None]


def _is_typed(book: Book, claim: Claim) -> bool:
    return "quantity" in book.origin[claim.claim_id].values


def _typed(book: Book, claim: Claim, known: Mapping[str, Claim]) -> Problem:
    parts = [known[n].quantity for n in claim.notes["total-of"].split(", ") if n in known]
    computed = total(q for q in parts if q is not None and claim.quantity is not None and q.unit == claim.quantity.unit)
    typed = "" if claim.quantity is None else _words(claim.quantity)
    what = f"{claim.claim_id} with the total {typed}, while its parts give {computed.words()}"
    return book.origin[claim.claim_id].problem(what, "a computed total", "strike the quantity out; it is computed")


def _sums(book: Book, standing: Iterable[Claim]) -> list[Problem]:
    """Return groups whose exact number is the sum of what single countries offer in the same publication."""
    members: dict[tuple[str | None, date, str, str], list[Claim]] = defaultdict(list)
    groups = []
    for c in standing:
        q = c.quantity
        if q is None or q.low is None or q.low != q.high or c.direction is Direction.REQUIRES:
            continue
        if c.actor.kind is ActorKind.COUNTRY:
            members[_where(c, q)].append(c)
        elif "total-of" not in c.notes:
            groups.append((c, q))
    found = []
    for c, q in groups:
        listed = members.get(_where(c, q), [])
        if len(listed) > 1 and sum((m.quantity.low or Decimal(0) for m in listed if m.quantity), Decimal(0)) == q.low:
            what = f"{c.claim_id} with {_words(q)}, the sum of {', '.join(m.claim_id for m in listed)}"
            fix = "write `total-of:` with their names and strike the quantity out"
            found.append(book.origin[c.claim_id].problem(what, "a computed total", fix))
    return found


def _where(claim: Claim, quantity: Quantity) -> tuple[str | None, date, str, str]:
    publisher = claim.said[0].publisher if claim.said else None
    return publisher, claim.on, claim.component, quantity.unit


def _asserted(book: Book, d: Directive) -> Problem | None:
    wanted = d.values.get("quantity")
    if wanted is None:
        return d.problem(f"assert {d.name} without a quantity", "`quantity:`", "add what is asserted")
    v = d.values
    rows = balances(book, d.on, actor=v.get("actor"), component=v.get("component"), state=v.get("state"),
                    status=v.get("status"))  # fmt: skip
    computed = total(Quantity(b.low, b.high, b.unit) for b in rows if b.unit == wanted.unit and not b.is_unknown)
    if computed == total([wanted]):
        return None
    what = f"assert {d.name} of {_words(wanted)}, while the book gives {computed.words()}"
    return d.problem(what, "the same", "find the claim that is missing or wrong, or correct the assertion")


def _words(q: Quantity) -> str:
    return f"{Span(q.low, q.high).words()} {q.unit}"
