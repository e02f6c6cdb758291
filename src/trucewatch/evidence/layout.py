"""Where things lie below an output folder."""

from dataclasses import dataclass
from pathlib import Path

__all__ = ["Layout"]


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below one output folder; only `log` and `blobs` are ever exported."""

    folder: Path

    @property
    def log(self) -> Path:
        """Checkpoint, tiles and the verifier's key."""
        return self.folder / "log"

    @property
    def blobs(self) -> Path:
        """Content-addressed bytes."""
        return self.folder / "blobs"

    @property
    def keys(self) -> Path:
        """Keys of sealed bodies; never exported."""
        return self.folder / "keys"

    @property
    def tmp(self) -> Path:
        """Files that are not yet whole; emptied at every opening."""
        return self.folder / "tmp"

    @property
    def lock(self) -> Path:
        """The file that a writer holds."""
        return self.folder / "lock"

    @property
    def checkpoint(self) -> Path:
        """The signed size and root."""
        return self.log / "checkpoint"

    @property
    def next_checkpoint(self) -> Path:
        """The checkpoint about to be published; there only between two steps of a commit."""
        return self.log / "checkpoint.next"

    @property
    def key(self) -> Path:
        """The verifier's key in note format."""
        return self.log / "key.pub"

    @property
    def view(self) -> Path:
        """The SQL view, which can be deleted."""
        return self.folder / "view.sqlite"
