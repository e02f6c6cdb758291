"""What the commands write: progress to the error stream, answers to the output."""

import json
import sys
import textwrap
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

__all__ = ["Steps", "complain", "say", "show_json", "show_table", "steps"]

_out = Console(highlight=False, soft_wrap=True, emoji=False)
_err = Console(stderr=True, highlight=False, emoji=False)
_KEPT = "\n\t"
_MOST_COLUMNS = 8  # more do not fit a terminal side by side
_HEAD = 4


class Steps(Protocol):
    """Told what is being worked on."""

    def __call__(self, what: str) -> None: ...


def say(text: str) -> None:
    """Write a line of the answer, as it is."""
    _out.out(_harmless(text), highlight=False)


def complain(text: str) -> None:
    """Write an error."""
    _err.out(f"trucewatch: {_harmless(text)}", highlight=False)


def _harmless(text: str) -> str:
    """Spell out control characters: what stands in an input file must not steer the reader's terminal."""
    return "".join(c if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cf", "Cs") else _spelt(c) for c in text)


def _spelt(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def show_json(value: Any) -> None:
    """Write an answer that a program may read."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as a table with their keys as headings; rows of very many fields one below the other."""
    if rows and len(rows[0]) > _MOST_COLUMNS:
        say(title)
        for row in rows:
            say(_entry(row))
        return
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        table.add_column(str(name))
    for row in rows:
        table.add_row(*("" if v is None else escape(_harmless(str(v))) for v in row.values()))
    _out.print(table)


def _entry(row: Mapping[str, Any]) -> str:
    """Return a row as a line of its first fields, and below it the others that are known."""
    known = [(name, " ".join(str(value).split())) for name, value in row.items() if value not in (None, "")]
    head = " · ".join(value for _, value in known[:_HEAD])
    rest = "; ".join(f"{name}: {value}" for name, value in known[_HEAD:])
    width = max(_out.width, 40)
    below = textwrap.fill(rest, width, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False)
    return "\n".join(part for part in (textwrap.fill(head, width, subsequent_indent="  "), below) if part.strip())


@contextmanager
def steps(title: str, total: int | None = None) -> Iterator[Steps]:
    """Show a bar that names the step at work; silent where nobody looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total)

        def step(what: str) -> None:
            bar.update(task, description=f"{title}: {escape(_harmless(what))}", advance=1)

        yield step
