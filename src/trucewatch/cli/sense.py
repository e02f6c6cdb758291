"""`trucewatch sense`: which files are understood, and forms to fill in."""

from pathlib import Path
from typing import Annotated

import typer

from trucewatch.cli.screen import say, show_json, show_table
from trucewatch.core.errors import CommandError
from trucewatch.sense import read_path, suggest_text, template

__all__ = ["app"]

app = typer.Typer(help="Look at input files; get an empty observer's form.", no_args_is_help=True)


@app.command()
def look(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH", help="Files or folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Say what each file is recognised as, with rows and issues; nothing is kept.

    Example: trucewatch sense look records/
    """
    for path in paths:
        if not path.exists():
            raise CommandError(f"found no file or folder {path}; needed one that exists; check the name")
    readings = [r for path in paths for r in read_path(path)]
    rows = [{"file": r.file_name, "format": r.format, "kind": r.kind, "rows": r.table.num_rows,
             "issues": len(r.issues)} for r in readings]  # fmt: skip
    if as_json:
        show_json([{**row, "first_issues": [str(i) for i in r.issues[:20]]}
                   for row, r in zip(rows, readings, strict=True)])  # fmt: skip
        return
    show_table("Files", rows)
    for reading in readings:
        for issue in reading.issues[:5]:
            say(str(issue))


@app.command()
def suggest(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A table of your own: CSV, XLSX, GeoJSON, …")],
    out: Annotated[
        Path | None, typer.Option(help="File to write; beside the table as NAME.mapping.yaml it is used.")
    ] = None,
) -> None:
    """Propose how a table of your own is to be read; lines with `# ?` are yours to decide.

    Example: trucewatch sense suggest incidents.csv --out incidents.csv.mapping.yaml
    """
    if not path.is_file():
        raise CommandError(f"found no file {path}; needed one that exists; check the name")
    text = suggest_text(path)
    if out is None:
        say(text)
        return
    if out.exists():
        raise CommandError(f"found {out} already there; needed a new name, so that no decision is lost; choose one")
    out.write_text(text, encoding="utf-8")
    say(f"wrote {out}")


@app.command()
def form(path: Annotated[Path, typer.Argument(help="File to write, .xlsx or .csv.")]) -> None:
    """Write an empty observer's form, with explanations.

    Example: trucewatch sense form observations.xlsx
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("csv", "xlsx"):
        raise CommandError(f"found the ending {path.suffix!r}; needed .csv or .xlsx; choose one")
    if path.exists():
        raise CommandError(
            f"found {path} already there; needed a new name, so that nothing filled in is lost; choose one"
        )
    path.write_bytes(template(kind))
    say(f"wrote {path}")
