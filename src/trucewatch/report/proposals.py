"""Proposed verdicts as lines of a table, the same in the daily report and in the flash note."""

from trucewatch.core.agreement import Agreement
from trucewatch.core.records import Verdict
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.phrases import clean
from trucewatch.report.view import Cell, Head

__all__ = ["proposal_cells", "proposal_heads"]


def proposal_heads(catalogue: Catalogue) -> tuple[Head, ...]:
    """Return the heads of the columns that `proposal_cells` fills."""
    keys = ("clause", "verdict", "p", "reason", "conditional")
    return tuple(Head(catalogue.text(f"verdicts.{k}"), k == "p", k == "reason") for k in keys)


def proposal_cells(verdict: Verdict, agreement: Agreement, catalogue: Catalogue) -> tuple[str | Cell, ...]:
    """Return clause, proposal, probability, reason, and the proposal for each party were it responsible."""
    c = catalogue
    percent = c.text("dash") if verdict.p is None else c.percent(verdict.p)
    return (Cell(verdict.clause, mono=True), c.word("verdict", verdict.verdict), percent, clean(verdict.reason),
            _by_party(verdict, agreement, c))  # fmt: skip


def _by_party(verdict: Verdict, agreement: Agreement, c: Catalogue) -> str:
    words = verdict.conditional
    if set(words) == {p.id for p in agreement.parties} and len(set(words.values())) == 1:
        return c.text("verdicts.conditional.all", word=c.word("verdict", next(iter(words.values()))))
    names = {p.id: p.name for p in agreement.parties}
    each = (c.text("verdicts.conditional.one", party=clean(names.get(p, p)), word=c.word("verdict", w))
            for p, w in words.items())  # fmt: skip
    return c.text("list.semicolon").join(each) or c.text("dash")
