"""`trucewatch agreement`: check an agreement's files, and run its cases."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from trucewatch import terms
from trucewatch.cli.files import agreement_files, case_files
from trucewatch.cli.screen import say, show_json, show_table
from trucewatch.core.errors import CommandError

__all__ = ["app"]

app = typer.Typer(help="Read, check and test agreements.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="Folder of the agreement, e.g. agreements/armistice-example.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def check(folder: Folder, as_json: Json = False) -> None:
    """Say everything that is wrong with an agreement's files, with file, line and fix.

    Example: trucewatch agreement check agreements/easter-2025
    """
    problems = terms.check(agreement_files(folder) | case_files(folder), folder.name)
    if as_json:
        show_json([str(p) for p in problems])
    else:
        for problem in problems:
            say(str(problem))
        count = f"{len(problems)} problem{'s' * (len(problems) > 1)}" if problems else "no problem found"
        say(f"{folder.name}: {count}")
    if problems:
        raise typer.Exit(2)


@app.command("test")
def run_cases(folder: Folder, as_json: Json = False) -> None:
    """Run the cases of an agreement: situations in plain words with the verdicts that a lawyer expects.

    Example: trucewatch agreement test agreements/armistice-example
    """
    agreement = terms.parse_agreement(agreement_files(folder), folder.name)
    cases = case_files(folder)
    if not cases:
        raise CommandError(f"found no cases in {folder}; needed at least one file cases/*.yaml; write one")
    results = terms.run_cases(agreement, cases)
    failed = [r for r in results if not r.passed]
    if as_json:
        show_json([asdict(r) for r in results])
    else:
        for r in failed:
            say(f"FAILED {r}")
        say(f"{folder.name}: {len(results) - len(failed)} of {len(results)} expectations met")
    if failed or not results:
        raise typer.Exit(1)


@app.command()
def show(folder: Folder) -> None:
    """List the clauses of an agreement.

    Example: trucewatch agreement show agreements/easter-2025
    """
    agreement = terms.parse_agreement(agreement_files(folder), folder.name)
    say(f"{agreement.title} ({agreement.force}); times in {agreement.time_zone}")
    rows = [{"clause": p.id, "rule": p.rule, "domain": p.domain, "zones": ", ".join(p.zones), "text": p.text_reference}
            for p in agreement.provisions]  # fmt: skip
    show_table("Clauses", rows)
