"""`trucewatch verify` and `trucewatch trace`."""

import base64
import json
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from trucewatch.cli.files import output_folder
from trucewatch.cli.screen import say, show_json, steps
from trucewatch.core.errors import SealedError, VerifyError
from trucewatch.evidence import Layout, LogReader, Step, View, trace, verify
from trucewatch.sense import raw_row

__all__ = ["check_log", "register"]

Folder = Annotated[Path, typer.Argument(help="The --out folder of a run, or an exported copy of its log/ and blobs/.")]
Json = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
_SHOWN = 600  # characters of a row


def register(app: typer.Typer) -> None:
    """Add `verify` and `trace`."""

    @app.command("verify")
    def verify_command(
        folder: Folder,
        public_key: Annotated[str | None, typer.Option(help="Verifier key or its file; else the one in log/.")] = None,
        as_json: Json = False,
    ) -> None:
        """Check every leaf, signature, blob and row of a log; fails closed.

        Example: trucewatch verify out/day --public-key published.pub
        """
        report = check_log(output_folder(folder), public_key)
        if as_json:
            show_json({**asdict(report), "problems": [p._asdict() for p in report.problems], "ok": report.ok})
        else:
            _tell(report)
        if not report.ok:
            raise VerifyError(report.first or "found an empty log; needed at least one leaf; give the right folder")

    @app.command("trace")
    def trace_command(
        name: Annotated[str, typer.Argument(help="Id of an incident (TW-...), leaf, SEGMENT:ROW or FILE:ROW.")],
        folder: Annotated[Path, typer.Option("--in", help="The --out folder of the run.")] = Path("out/day"),
        as_json: Json = False,
    ) -> None:
        """Walk a line of a report back to raw bytes and print the chain.

        Example: trucewatch trace TW-ABCDEFGHIJ --in out/day
        """
        reader = LogReader(output_folder(folder))
        with View(Layout(folder).view) as view:
            view.update(reader)
            chain = [_with_bytes(step, reader, view) for step in trace(view, reader, name)]
        if as_json:
            show_json(chain)
            return
        for step in chain:
            say(f"{step['kind']:12} {step['id']}")
            for key in ("what", "digest", "where", "bytes"):
                if step.get(key):
                    say(f"{'':12} {key}: {_short(step[key]) if key == 'bytes' else step[key]}")


def check_log(folder: Path, public_key: str | None) -> Any:
    """Verify a log with a bar that shows how far it is."""
    with steps("verify") as step:
        return verify(folder, public_key, progress=lambda what, done, total: step(f"{what} {done}/{total}"))


def _tell(report: Any) -> None:
    if report.ok:
        trust = "the key given" if report.key_trusted else "the key beside the log: compare it with the published one"
        say(
            f"verified: {report.size} leaves, {report.blobs} blobs, {report.opened} bodies, {report.rows} rows, "
            f"{report.raw_files} raw files opened"
        )
        say(f"signed by {report.key} ({trust})")
        if report.sealed:
            say(f"{report.sealed} bodies are sealed: their commitments hold, their content cannot be read here")
        if report.raw_sealed:
            say(f"{report.raw_sealed} raw files are sealed: their blobs are whole, their bytes cannot be read here")
    for problem in report.problems[:20]:
        say(f"{problem.file}: {problem.what}")


def _with_bytes(step: Step, reader: LogReader, view: View) -> dict[str, Any]:
    """Add the raw bytes of a file's row, where this copy has them: as text, and exactly in base64."""
    sha, _, row = step.id.rpartition(":")
    shown: dict[str, Any] = step._asdict()
    files = view.rows("files", "file_sha256 = ?", [sha]) if step.kind == "file row" else []
    with suppress(SealedError):
        if files and (blob := reader.raw_blob(sha)) and reader.blobs.has(blob):
            raw = raw_row(reader.raw(sha), json.loads(files[0]["body"])["format"], int(row))
            shown["bytes"] = raw.decode("utf-8", "backslashreplace")
            shown["bytes_base64"] = base64.b64encode(raw).decode("ascii")
    return shown


def _short(text: str) -> str:
    more = len(text) - _SHOWN
    return text if more <= 0 else f"{text[:_SHOWN]} … and {more} characters more; --json shows all"
