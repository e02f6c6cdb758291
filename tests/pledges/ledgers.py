"""Small invented ledgers for the tests."""

from datetime import date

from trucewatch.pledges.book import Book
from trucewatch.pledges.ledger import load

TODAY = date(2026, 1, 31)

PLAIN = """\
; an invented register
2025-09-01 claim no-engineers
  actor: NO
  conditional: land "engineers"
  quantity: 120..150 troops
  if: "after a ceasefire"
  if: "needs parliament"
  state: announced
  status: reported
  says: "Ministry of Defence" via "An Agency" in "A Paper" on 2025-09-01 at https://example.org/a

2025-10-01 state no-engineers pledged
  status: confirmed
  says: official "Ministry of Defence" on 2025-10-01

2025-11-01 correct no-engineers
  quantity: 100 troops
  note: why "the first number counted drivers twice"
"""


def book_of(text: str, **more: str) -> Book:
    """Return the book of a ledger in text, with files that it includes."""
    files = {"book.pledges": text, **{k.replace("_", "."): v for k, v in more.items()}}
    return load("book.pledges", {k: v.encode() for k, v in files.items()}.get, TODAY)


def claim(name: str, actor: str = "NO", on: str = "2025-09-01", **fields: str) -> str:
    """Return the lines of a claim; offers land unless a direction is given."""
    given = {"offers": "land"} if not set(fields) & {"rules_out", "denies", "withdraws", "conditional"} else {}
    lines = [f"{on} claim {name}", f"  actor: {actor}"]
    lines += [f"  {k.replace('__', '-')}: {v}" for k, v in {**given, **fields}.items()]
    return "\n".join(lines).replace("if_:", "if:") + "\n\n"
