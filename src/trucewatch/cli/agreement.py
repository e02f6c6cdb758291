"""`trucewatch agreement`: check an agreement's files, and run its cases."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from trucewatch import terms
from trucewatch.cli.files import agreement_files, case_files, output_folder
from trucewatch.cli.screen import say, show_json, show_table
from trucewatch.config import read_config
from trucewatch.core.country import country_outline
from trucewatch.core.errors import CommandError
from trucewatch.pipeline import compare

__all__ = ["app"]

app = typer.Typer(help="Read, check and test agreements.", no_args_is_help=True)
Folder = Annotated[Path, typer.Argument(help="Folder of the agreement, e.g. agreements/armistice-example.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@app.command()
def check(folder: Folder, as_json: Json = False) -> None:
    """Say everything that is wrong with an agreement's files, with file, line and fix.

    Where nothing is, also say what contradicts itself, can never engage, or is left open.

    Example: trucewatch agreement check agreements/easter-2025
    """
    files = agreement_files(folder)
    problems = terms.check(files | case_files(folder), folder.name)
    remarks = [] if problems else _remarks(files, folder.name)
    against = [r for r in remarks if r.severity is terms.Severity.CONTRADICTION]
    if as_json:
        show_json({"problems": [str(p) for p in problems], "remarks": [str(r) for r in remarks]})
    else:
        for line in (*problems, *remarks):
            say(str(line))
        mend = len(problems) + len(against)
        count = f"{mend} problem{'s' * (mend > 1)}" if mend else "no problem found"
        open_ends = len(remarks) - len(against)
        say(f"{folder.name}: {count}" + (f"; {open_ends} to think about" if open_ends else ""))
    if problems or against:
        raise typer.Exit(2)


def _remarks(files: dict[str, str], name: str) -> list[terms.Remark]:
    """Return what in an agreement contradicts itself, can never engage, or is left open."""
    return terms.remarks(terms.parse_agreement(files, name), files, country_outline())


@app.command()
def audit(
    folder: Folder,
    seed: Annotated[int, typer.Option(help="Same seed, same situations.")] = 1,
    count: Annotated[int, typer.Option("--incidents", help="Random incidents in each situation.")] = 80,
) -> None:
    """Judge the same facts with the parties swapped and the map mirrored, and list what differs.

    Example: trucewatch agreement audit agreements/armistice-example
    """
    files = agreement_files(folder)
    found = terms.audit_symmetry(terms.parse_agreement(files, folder.name), seed, count, case_files(folder))
    say(str(found))
    if not found.passed:
        raise typer.Exit(1)


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


@app.command("diff")
def differences(
    first: Annotated[Path, typer.Argument(help="Folder of the agreement as it was.")],
    second: Annotated[Path, typer.Argument(help="Folder of the agreement as it would be.")],
    on: Annotated[Path, typer.Option("--on", metavar="OUT", help="The --out folder of a run.")],
    settings: Annotated[Path | None, typer.Option("--config", help="TOML file that changes settings.")] = None,
    as_json: Json = False,
) -> None:
    """List which verdicts on a log change from one version of an agreement to another, and why; nothing is written.

    Example: trucewatch agreement diff agreements/armistice-example amended --on out/day
    """
    a, b = (terms.parse_agreement(agreement_files(folder), folder.name) for folder in (first, second))
    found = compare(output_folder(on), a, b, read_config(settings))
    if as_json:
        show_json(found.as_dict())
        return
    show_table("Clauses that differ", [{"clause": c, "what": "; ".join(what)} for c, what in found.clauses.items()])
    heads = ("clause", "about", "subject", "before", "after", "why")
    show_table("Verdicts that change", [dict(zip(heads, row, strict=True)) for row in found.rows()])
    say(f"{len(found.changes)} of {found.judged[0]} verdicts change; {found.judged[1]} afterwards")


@app.command()
def show(folder: Folder) -> None:
    """List the clauses of an agreement.

    Example: trucewatch agreement show agreements/easter-2025
    """
    agreement = terms.parse_agreement(agreement_files(folder), folder.name)
    say(f"{agreement.title} ({agreement.force}); times in {agreement.time_zone}")
    rows = [{"clause": p.id, "rule": p.rule, "domain": p.domain, "zones": _some(p.zones), "text": p.text_reference}
            for p in agreement.provisions]  # fmt: skip
    show_table("Clauses", rows)


def _some(words: tuple[str, ...], most: int = 8) -> str:
    """Return words as a list; of very many only the first."""
    more = f" and {len(words) - most} more" if len(words) > most else ""
    return ", ".join(words[:most]) + more
