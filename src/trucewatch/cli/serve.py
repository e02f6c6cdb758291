"""`trucewatch serve`: show a finished run on localhost."""

from pathlib import Path
from typing import Annotated

import typer

from trucewatch.cli.files import output_folder
from trucewatch.cli.screen import say
from trucewatch.core.errors import CommandError
from trucewatch.serve import serve_folder

__all__ = ["Port", "register", "show"]

Port = Annotated[int, typer.Option(help="Port; 0 picks a free one.", min=0, max=65535)]


def register(app: typer.Typer) -> None:
    """Add `serve`."""

    @app.command()
    def serve(
        folder: Annotated[Path, typer.Argument(help="The --out folder of a run.")],
        port: Port = 8000,
        internal: Annotated[bool, typer.Option("--internal", help="Serve the internal report.")] = False,
    ) -> None:
        """Serve the public report on localhost until stopped with Ctrl-C.

        Example: trucewatch serve out/day --port 8000
        """
        show(folder, port, internal=internal)


def show(folder: Path, port: int, *, internal: bool = False) -> None:
    """Serve the pages of a run."""
    pages = output_folder(folder) / ("internal" if internal else "public")
    if not (pages / "report.html").is_file():
        raise CommandError(f"found no report in {pages}; needed a run that has ended; run again into {folder}")
    serve_folder(pages, port, lambda address: say(f"serving {address}report.html  (Ctrl-C stops)"))
