"""What of the ledger goes into its log, and what the log shows to have been changed or taken away since."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book, Directive, Kind

__all__ = ["Entry", "changes", "entries"]

_ONE_EACH = (Kind.CLAIM, Kind.REQUIREMENT)


class Entry(NamedTuple):
    """One directive as the log holds it.

    key     which directive it is, whatever it says: kind and name, for those that repeat the day too
    digest  SHA-256 (hex) of its text
    """

    key: str
    digest: str
    text: str
    file: str
    line: int

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        return self._asdict()


def entries(book: Book) -> list[Entry]:
    """Return every directive of the book, in the order of the dates."""
    count: Counter[str] = Counter()
    found = []
    for d in book.directives:
        key = _key(d)
        count[key] += 1
        numbered = key if count[key] == 1 else f"{key} #{count[key]}"
        found.append(Entry(numbered, d.digest, d.text, d.file, d.line))
    return found


def _key(d: Directive) -> str:
    return f"{d.kind} {d.name}" if d.kind in _ONE_EACH else f"{d.kind} {d.name} {d.on}"


def changes(now: Sequence[Entry], logged: Iterable[Entry]) -> tuple[list[Entry], list[Problem]]:
    """Return the entries that are not in the log yet, and each earlier one that was edited or is gone.

    A directive that was ever edited is told for ever: the log keeps both wordings.
    """
    before: dict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in logged:
        before[entry.key].setdefault(entry.digest, entry)
    present = {e.key: e for e in now}
    new = [e for e in now if e.digest not in before.get(e.key, {})]
    problems = [
        _edited(present[k], list(b.values())) for k, b in before.items() if k in present and _differs(present[k], b)
    ]
    problems += [_gone(list(b.values())[-1]) for k, b in before.items() if k not in present]
    return new, sorted(problems)


def _differs(entry: Entry, before: dict[str, Entry]) -> bool:
    return len(before) > 1 or entry.digest not in before


def _edited(entry: Entry, before: Sequence[Entry]) -> Problem:
    wordings = {e.digest[:12]: e.line for e in before}
    found = f"`{entry.key}` edited since it was logged (log: {', '.join(wordings)}; now: {entry.digest[:12]})"
    needed = "what was written to stay as it was"
    return Problem(entry.file, entry.line, found, needed, "restore it and add a `correct`; the log keeps both wordings")


def _gone(entry: Entry) -> Problem:
    found = f"`{entry.key}` gone, which stood here when it was logged ({entry.digest[:12]})"
    fix = "put it back and add a `correct` or `withdraw`; the log keeps it"
    return Problem(entry.file, entry.line, found, "what was written to stay", fix)
