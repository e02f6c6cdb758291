"""Legal steps in the ledger as the approvals that the gap table counts with."""

from datetime import date
from typing import Any

from trucewatch.pledges.book import Book, Directive, Kind
from trucewatch.pledges.legal import Approval, ApprovalStatus
from trucewatch.pledges.nouns import Said

__all__ = ["approvals", "said_words"]


def approvals(book: Book, today: date) -> list[tuple[Approval, Directive]]:
    """Return each legal step as of a day with the directive that last spoke of it; later ones add to earlier ones."""
    values: dict[str, dict[str, Any]] = {}
    last: dict[str, Directive] = {}
    granted: dict[str, date] = {}
    for d in book.of(Kind.LEGAL):
        if d.on <= today:
            values[d.name] = {**values.get(d.name, {}), **d.values}
            last[d.name] = d
            if d.values["status"] is ApprovalStatus.GIVEN:
                granted[d.name] = d.on
    return [(_approval(name, v, granted.get(name)), last[name]) for name, v in sorted(values.items())]


def _approval(name: str, v: dict[str, Any], granted: date | None) -> Approval:
    words = (v["words"].casefold(),) if "words" in v else ()
    source = "; ".join(said_words(s) for s in v.get("says", ())) or "no source"
    return Approval(
        name, v.get("title", name), v.get("body", name), v.get("for", ()), v.get("components", ()), words, v["status"],
        source, granted if v["status"] is ApprovalStatus.GIVEN else None, v.get("until"),
    )  # fmt: skip


def said_words(said: Said) -> str:
    """Return who says so in words: the speaker, who passes it on, where and when."""
    by = " via ".join(said.by) or ("" if said.publisher else "nobody named")
    parts = [by, f"in {said.publisher}" if said.publisher else "", f"on {said.on}" if said.on else ""]
    words = " ".join(p for p in parts if p)
    return f"{words} (official)" if said.official else words
