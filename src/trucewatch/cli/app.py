"""All commands under one roof, and how errors reach a person."""

import sys

import typer

from trucewatch.cli import agreement, day, evidence, report, review, run, sense, serve
from trucewatch.cli.screen import complain
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
run.register(app)
day.register(app)
serve.register(app)
evidence.register(app)
report.register(app)
app.add_typer(agreement.app, name="agreement")
app.add_typer(review.app, name="review")
app.add_typer(sense.app, name="sense")
app.add_typer(day.scenario_app, name="scenario")


def main() -> None:
    """Run a command; a wrong command ends with one clear sentence and exit code 2, broken evidence with 1."""
    try:
        app()
    except TrucewatchError as error:
        complain(str(error))
        sys.exit(2 if isinstance(error, CommandError) else 1)
