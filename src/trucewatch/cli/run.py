"""`trucewatch run`: the main job on real records."""

import os
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from trucewatch.cli.files import agreement_files, signing_key_path
from trucewatch.cli.screen import say, show_json, steps
from trucewatch.config import read_config
from trucewatch.core.errors import CommandError
from trucewatch.evidence import load_or_create_key
from trucewatch.pipeline import Job, Outcome, run_job

__all__ = ["RunOptions", "carry_out", "register"]

Agreement = Annotated[Path, typer.Option("--agreement", help="Folder of the agreement to judge by.")]
Input = Annotated[
    list[Path], typer.Option("--input", metavar="PATH", help="File or folder of records; repeat for more.")
]
From = Annotated[str, typer.Option("--from", metavar="DAY", help="First day, YYYY-MM-DD, in the agreement's zone.")]
To = Annotated[str, typer.Option("--to", metavar="DAY", help="Last day, YYYY-MM-DD, inclusive.")]
Out = Annotated[Path, typer.Option("--out", help="Folder for the log, the report and the data files.")]
Settings = Annotated[Path | None, typer.Option("--config", help="TOML file that changes settings.")]
Key = Annotated[
    Path | None,
    typer.Option("--key", help="Ed25519 signing key, made where there is none; else TRUCEWATCH_KEY or the user's own."),
]
AsIf = Annotated[
    bool,
    typer.Option("--as-if-in-force", help="Judge as though the agreement had held throughout; prints HYPOTHETICAL."),
]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]


@dataclass(frozen=True)
class RunOptions:
    """What a run is asked for."""

    agreement: Path
    inputs: list[Path]
    first: str
    last: str
    out: Path
    settings: Path | None = None
    key: Path | None = None
    as_if_in_force: bool = False


def register(app: typer.Typer) -> None:
    """Add `run`."""

    @app.command()
    def run(
        agreement: Agreement, inputs: Input, first: From, last: To, out: Out, settings: Settings = None,
        key: Key = None, as_if: AsIf = False, as_json: Json = False,
    ) -> None:  # fmt: skip
        """Read records, find incidents, judge them, and write a signed report.

        Files are recognised by content, not by name. Running again with the same --out adds what is new: late records
        make new versions of incidents.

        Example: trucewatch run --agreement agreements/easter-2025 --input fires.csv --from 2025-04-19 --to 2025-04-20
        --out out/easter
        """
        outcome = carry_out(RunOptions(agreement, inputs, first, last, out, settings, key, as_if))
        if as_json:
            show_json(outcome.summary)
        else:
            tell(outcome)


def carry_out(options: RunOptions) -> Outcome:
    """Run the job that the options describe."""
    job = Job(
        agreement_files=agreement_files(options.agreement),
        agreement_name=options.agreement.resolve().name,
        inputs=tuple(options.inputs),
        first_day=_day(options.first, "--from"),
        last_day=_day(options.last, "--to"),
        out=options.out,
        config=read_config(options.settings),
        as_if_in_force=options.as_if_in_force,
    )
    job.checked()
    signer = load_or_create_key(signing_key_path(options.key, options.out))
    with steps("run") as step:
        return run_job(job, signer, time.time_ns, os.urandom, step)


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(f"found {option} {text!r}; needed a day such as 2022-03-01; correct it") from error


def tell(outcome: Outcome) -> None:
    """Say what came out and where it lies."""
    counts = outcome.summary["counts"]
    verdicts = ", ".join(f"{n} {word}" for word, n in counts["verdicts"].items()) or "none"
    say(f"{counts['incidents']} incidents; verdicts: {verdicts}; {sum(counts['issues'].values())} issues")
    say(f"public report:   {outcome.out / 'public' / 'report.html'}")
    say(f"internal report: {outcome.out / 'internal' / 'report.html'}")
    say(f"log: signed; check it with: trucewatch verify {outcome.out}")
