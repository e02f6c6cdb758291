"""All commands under one roof, and how errors reach a person."""

import errno
import sqlite3
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from trucewatch import __version__
from trucewatch.cli import (
    agreement,
    day,
    detect,
    evidence,
    locate,
    pledges,
    report,
    review,
    run,
    sense,
    serve,
    withdraw,
)
from trucewatch.cli.screen import complain, say
from trucewatch.core.errors import CommandError, TrucewatchError

__all__ = ["app", "main"]

app = typer.Typer(
    name="trucewatch",
    help="Monitor and verify a ceasefire: from a sensor's record to a commission's finding.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        say(f"trucewatch {__version__}")
        raise typer.Exit


@app.callback()
def _top(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Take the options that belong to no command."""


run.register(app)
day.register(app)
serve.register(app)
evidence.register(app)
report.register(app)
detect.register(app)
locate.register(app)
withdraw.register(app)
app.add_typer(agreement.app, name="agreement")
app.add_typer(review.app, name="review")
app.add_typer(sense.app, name="sense")
app.add_typer(pledges.app, name="pledges")
app.add_typer(day.scenario_app, name="scenario")


_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def main(words: Sequence[str] | None = None) -> None:
    """Run a command; a wrong command ends with one clear sentence and exit code 2, broken evidence with 1."""
    try:
        app(words, prog_name="trucewatch")
    except TrucewatchError as error:
        complain(str(error))
        sys.exit(2 if isinstance(error, CommandError) else 1)
    except MemoryError:
        complain("found too little memory for these records; needed more; give fewer files, or a shorter period")
        sys.exit(1)
    except OSError as error:
        complain(_of_disk(error))
        sys.exit(1 if error.errno in _FULL else 2)
    except sqlite3.Error as error:
        complain(
            f"found that the view cannot be written ({error}); needed room and permission for view.sqlite; make room "
            "and run again, nothing in the log is lost"
        )
        sys.exit(1)


def _of_disk(error: OSError) -> str:
    where = f" at {error.filename}" if error.filename else ""
    if error.errno in _FULL:
        return (
            f"found that the disk said {error.strerror}{where}; needed room there; nothing acknowledged is lost, so "
            "make room and run again"
        )
    found = error.strerror or str(error)
    return f"found that the system said {found}{where}; needed a path that can be used so; check it and its permissions"
