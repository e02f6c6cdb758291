"""Where things lie: agreements, output folders, keys."""

import os
from pathlib import Path

from trucewatch.core.errors import CommandError

__all__ = ["KEY_FILE", "agreement_files", "case_files", "output_folder", "signing_key_path"]

_AGREEMENT_FILES = ("terms.yaml", "zones.geojson")
KEY_VARIABLE = "TRUCEWATCH_KEY"
KEY_FILE = "signing.key"


def agreement_files(folder: Path) -> dict[str, str]:
    """Return the text of an agreement's files by name."""
    if not (folder / "terms.yaml").is_file():
        raise CommandError(
            f"found no terms.yaml in {folder}; needed the folder of an agreement; "
            "name one such as agreements/armistice-example"
        )
    return {name: _text(folder / name) for name in _AGREEMENT_FILES if (folder / name).is_file()}


def case_files(folder: Path) -> dict[str, str]:
    """Return the text of an agreement's cases by name."""
    return {f"cases/{p.name}": _text(p) for p in sorted((folder / "cases").glob("*.yaml"))}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"found {path} unreadable ({error}); needed UTF-8 text; save it as such") from error


def output_folder(folder: Path) -> Path:
    """Return a folder that a run has written; CommandError where there is none."""
    if not (folder / "log").is_dir():
        raise CommandError(f"found no log in {folder}; needed the --out folder of a run; name it")
    return folder


def signing_key_path(given: Path | None, folder: Path) -> Path:
    """Return where the key of a log lies: as given, in its folder, in TRUCEWATCH_KEY, or in the user's configuration.

    Only a synthetic day keeps its key in its own folder.
    """
    if given is not None:
        return given
    if (folder / KEY_FILE).is_file():
        return folder / KEY_FILE
    if KEY_VARIABLE in os.environ:
        return Path(os.environ[KEY_VARIABLE])
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "trucewatch" / KEY_FILE
