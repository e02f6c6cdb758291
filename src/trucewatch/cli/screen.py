"""What the commands write: progress to the error stream, answers to the output."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

__all__ = ["Steps", "complain", "say", "show_json", "show_table", "steps"]

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False)


class Steps(Protocol):
    """Told what is being worked on."""

    def __call__(self, what: str) -> None: ...


def say(text: str) -> None:
    """Write a line of the answer."""
    _out.print(escape(text))


def complain(text: str) -> None:
    """Write an error."""
    _err.print(f"trucewatch: {escape(text)}", soft_wrap=True)


def show_json(value: Any) -> None:
    """Write an answer that a program may read."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def show_table(title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows as a table with their keys as headings."""
    table = Table(title=title, title_justify="left")
    for name in rows[0] if rows else ():
        table.add_column(str(name))
    for row in rows:
        table.add_row(*("" if v is None else escape(str(v)) for v in row.values()))
    _out.print(table)


@contextmanager
def steps(title: str, total: int | None = None) -> Iterator[Steps]:
    """Show a bar that names the step at work; silent where nobody looks."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_err, transient=True, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(title, total=total)

        def step(what: str) -> None:
            bar.update(task, description=f"{title}: {escape(what)}", advance=1)

        yield step
