"""`trucewatch withdraw`: take a sealed record out of reach for ever."""

import os
import time
from pathlib import Path
from typing import Annotated

import typer

from trucewatch.cli.files import output_folder, signing_key_path
from trucewatch.cli.screen import say
from trucewatch.core.errors import CommandError
from trucewatch.evidence import Log, load_or_create_key

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `withdraw`."""

    @app.command()
    def withdraw(
        leaf: Annotated[int, typer.Argument(help="Number of the leaf, as `trucewatch trace` prints it.")],
        reason: Annotated[str, typer.Option(help="Why, as it will stand in the log.")],
        folder: Annotated[Path, typer.Option("--in", help="The --out folder of the run.")],
        key: Annotated[Path | None, typer.Option(help="Signing key of the log.")] = None,
        yes: Annotated[bool, typer.Option("--yes", help="Do it: what is withdrawn cannot be read again.")] = False,
    ) -> None:
        """Destroy the key of a sealed record or file: nobody can read it again, and the log still verifies.

        Example: trucewatch withdraw 12 --reason "consent withdrawn" --in out/day --yes
        """
        if not yes:
            raise CommandError("found no --yes; needed it, since a withdrawn record is gone for ever; add it")
        signer = load_or_create_key(signing_key_path(key, output_folder(folder)))
        with Log.open(folder, signer, time.time_ns, os.urandom) as log:
            if not 0 <= leaf < log.size:
                raise CommandError(f"found the leaf {leaf}; needed 0 to {log.size - 1}; take it from trucewatch trace")
            ref = log.destroy_key(leaf, reason)
        say(f"leaf {leaf} is withdrawn; leaf {ref.index} says so, and why")
