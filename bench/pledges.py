"""A ledger of 100,000 invented directives: seconds to load, to check, to log, and to weigh."""

import os
import random
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

from trucewatch.evidence import load_or_create_key
from trucewatch.pipeline.register import examine, keep, logged_changes, read_ledger
from trucewatch.pledges.book_balances import balances
from trucewatch.pledges.checks import CheckConfig

Row = tuple[str, str, str, str, str]
DIRECTIVES = 100_000
TODAY = date(2026, 1, 31)
_COUNTRIES = ("GB", "FR", "DE", "PL", "IT", "ES", "SE", "NO", "DK", "NL", "CA", "TR")
_MEANS = ("land", "air", "sea", "training", "logistics", "mine_clearance")


def ledger(directives: int, seed: int = 1) -> str:
    """Return an invented ledger: four claims in five directives, the fifth a change of state."""
    rng = random.Random(seed)  # noqa: S311  (invented numbers, no secrets)
    first = date(2023, 1, 1)
    return "\n".join(_directive(i, first + timedelta(days=i * 1000 // directives), rng) for i in range(directives))


def _directive(i: int, on: date, rng: random.Random) -> str:
    if i % 5 == 4:
        return f'{on} state c{i - 1} pledged\n  says: "Speaker" in "Publisher" on {on}\n'
    low = rng.randint(1, 5000)
    return (
        f'{on} claim c{i}\n  actor: {rng.choice(_COUNTRIES)}\n  offers: {rng.choice(_MEANS)} "capability {i % 50}"\n'
        f'  quantity: {low}..{low + 100} troops\n  if: "after a ceasefire"\n  state: announced\n  status: reported\n'
        f'  says: "Speaker {i % 90}" via "Agency" in "Publisher" on {on} at https://example.org/{i} '
        f"quote sha256:{i:064x}\n"
    )


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio)."""
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "book.pledges", Path(folder) / "out"
        path.write_text(ledger(DIRECTIVES), encoding="utf-8")
        start = time.perf_counter()
        book = read_ledger(path, TODAY)
        loaded = time.perf_counter()
        found = examine(book, CheckConfig())
        checked = time.perf_counter()
        rows = balances(book)
        summed = time.perf_counter()
        keep(book, out, load_or_create_key(Path(folder) / "key"), time.time_ns, os.urandom)
        logged = time.perf_counter()
        logged_changes(book, out)
        compared = time.perf_counter()
        size_mb = path.stat().st_size / 1e6
    what = f"{DIRECTIVES:,} directives ({size_mb:.0f} MB)"
    return [
        (f"pledges: load and check {what}", f"{checked - start:.1f} s ({loaded - start:.1f} + {checked - loaded:.1f})",
         "-", "-", "-"),
        (f"pledges: balances of {len(book.claims):,} versions ({len(rows):,} rows, {len(found):,} findings)",
         f"{summed - checked:.1f} s", "-", "-", "-"),
        (f"pledges: log {what}", f"{logged - summed:.1f} s", "-", "-", "-"),
        (f"pledges: compare {what} with the log", f"{compared - logged:.1f} s", "-", "-", "-"),
    ]  # fmt: skip
