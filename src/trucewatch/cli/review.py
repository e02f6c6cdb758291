"""`trucewatch review`: two different people decide about an incident; nobody and nothing else does."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from trucewatch import review
from trucewatch.cli.files import output_folder, signing_key_path
from trucewatch.cli.screen import say, show_json, show_table
from trucewatch.config import Config, read_config
from trucewatch.core.errors import CommandError
from trucewatch.core.marking import Marking
from trucewatch.core.records import Decision, Incident, Status
from trucewatch.evidence import Layout, Log, LogReader, Record, View, from_body, load_or_create_key, to_body
from trucewatch.pipeline import case_of

__all__ = ["Settings", "app", "logged_case"]

app = typer.Typer(help="Verification of incidents by two different signed names.", no_args_is_help=True)
In = Annotated[Path, typer.Option("--in", help="The --out folder of the run.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Settings = Annotated[Path | None, typer.Option("--config", help="TOML file of settings, as given to the run.")]
_REASONS = ", ".join(review.Reason)
_WORDS = (Status.VERIFIED, Status.NOT_A_VIOLATION, Status.INCONCLUSIVE)


@app.command()
def decide(
    incident: Annotated[str, typer.Argument(help="Id of the incident.")],
    status: Annotated[str, typer.Option(help="verified, not_a_violation or inconclusive.")],
    reason: Annotated[str, typer.Option(help=f"Why; inconclusive begins with one of {_REASONS} and a colon.")],
    signer: Annotated[str, typer.Option(help="Your name, as it will stand in the log.")],
    key: Annotated[Path, typer.Option(help="Your own signing key; made where there is none.")],
    folder: In = Path("out/day"),
    log_key: Annotated[Path | None, typer.Option(help="Signing key of the log; else found as by `run`.")] = None,
    settings: Settings = None,
) -> None:
    """Sign a decision about an incident; it stands once a second person signs the same.

    The next run into the same folder shows it in the report.

    Example: trucewatch review decide TW-ABCDEFGHIJ --status verified --reason "seen on site" --signer "A. Person"
    --key a.key --in out/day
    """
    if status not in _WORDS:
        raise CommandError(f"found the status {status!r}; needed one of {', '.join(_WORDS)}; choose one")
    config = read_config(settings)
    case, leaf = logged_case(output_folder(folder), incident, config)
    draft = Decision(incident, case.incident.version, Status(status), reason, signer, "", time.time_ns(), "")
    decision = review.sign(draft, load_or_create_key(key))
    after, issue = review.decide(case, decision, review.verify_ed25519, config.review)
    if issue is not None:
        raise CommandError(str(issue))
    with Log.open(folder, load_or_create_key(signing_key_path(log_key, folder)), time.time_ns, os.urandom) as log:
        log.append_many([Record("decision", to_body(decision), (leaf,), Marking.INTERNAL)])
    say(
        f"{incident} version {decision.incident_version}: {signer} says {status}; it stands as {review.standing(after)}"
    )


@app.command("show")
def show(incident: Annotated[str, typer.Argument(help="Id of the incident.")], folder: In = Path("out/day"),
         settings: Settings = None, as_json: Json = False) -> None:  # fmt: skip
    """Show an incident and every decision about it.

    Example: trucewatch review show TW-ABCDEFGHIJ --in out/day
    """
    case, _ = logged_case(output_folder(folder), incident, read_config(settings))
    rows = [{"version": d.incident_version, "status": str(d.status), "signer": d.signer, "reason": d.reason}
            for d in case.decisions]  # fmt: skip
    standing = review.standing(case)
    if as_json:
        show_json({"incident": incident, "version": case.incident.version, "status": standing, "decisions": rows})
        return
    say(f"{incident} version {case.incident.version} stands as {standing}")
    if rows:
        show_table("Decisions", rows)


def logged_case(folder: Path, incident_id: str, config: Config) -> tuple[review.Case, str]:
    """Return the case of an incident from the log, and the leaf hash of its latest version."""
    reader = LogReader(folder)
    with View(Layout(folder).view) as view:
        view.update(reader)
        found = view.rows("incidents", "incident_id = ? AND latest", [incident_id])
        if not found:
            raise CommandError(f"found no incident {incident_id}; needed an id from the report; copy it from there")
        index = found[0]["leaf"]
        incident = from_body(Incident, reader.body(reader.envelope(index)))
        rows = view.rows("decisions", "incident_id = ?", [incident_id])
        decisions = [from_body(Decision, reader.body(reader.envelope(r["leaf"]))) for r in rows]
    case, _ = case_of(incident, decisions, config.review)
    return case, reader.leaf(index)
