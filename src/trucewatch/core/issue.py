"""Bad data as a value: what was found, what was needed, what to do; it never stops the line."""

from dataclasses import asdict, dataclass
from enum import StrEnum

__all__ = ["Issue", "IssueKind"]


class IssueKind(StrEnum):
    """What became of the record that the issue is about."""

    UNREADABLE = "unreadable"  # a whole file; its bytes are kept as a blob
    REJECTED = "rejected"  # one row that cannot be used; its bytes stay in the blob
    DUPLICATE = "duplicate"  # kept, counted once
    LATE = "late"  # kept, makes a new version
    DOUBTFUL = "doubtful"  # used, but something about it is odd or missing


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing wrong with the input.

    source   name of the file or source as the user knows it
    row      1-based number of the data row, or None where it concerns the whole file
    """

    source: str
    kind: IssueKind
    found: str
    needed: str
    action: str
    row: int | None = None
    native_key: str | None = None
    file_sha256: str | None = None

    def __str__(self) -> str:
        where = self.source if self.row is None else f"{self.source}, row {self.row}"
        return f"{where}: found {self.found}; needed {self.needed}; {self.action}."

    def as_dict(self) -> dict[str, str | int | None]:
        """Return the fields in order, for tables and JSON."""
        return {**asdict(self), "kind": str(self.kind)}
