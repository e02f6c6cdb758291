"""One file as the adapters see it: its bytes, their digest, and the Issues and Readings made from it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from trucewatch.core.digest import sha256_hex
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.sense.limits import Config

__all__ = ["Source"]

_LONGEST = 300  # characters of a source's words that an Issue repeats


@dataclass(frozen=True)
class Source:
    """The bytes of one file, under the name by which the user knows it."""

    file_name: str
    data: bytes
    config: Config = field(default_factory=Config)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, hex."""
        return sha256_hex(self.data)

    def issue(
        self, kind: IssueKind, found: str, needed: str, action: str, row: int | None = None, key: str | None = None
    ) -> Issue:
        """Return an Issue about this file or one row of it."""
        short = found if len(found) <= _LONGEST else f"{found[:_LONGEST]}…"
        return Issue(self.file_name, kind, short, needed, action, row, key, self.sha256)

    def issues(
        self, kind: IssueKind, rows: np.ndarray, found: Sequence[str], needed: str, action: str,
        keys: Sequence[str | None] | None = None,
    ) -> list[Issue]:  # fmt: skip
        """Return one Issue for each row (n,) with what was found there (n,); beyond the limit the rest are counted."""
        limit = self.config.issues_per_kind
        named = [
            self.issue(kind, found[i], needed, action, int(row), keys[i] if keys is not None else None)
            for i, row in enumerate(rows[:limit])
        ]
        if len(rows) > limit:
            more = f"{len(rows) - limit:,} more rows of the same kind, from row {rows[limit]} to row {rows[-1]}"
            named.append(self.issue(kind, more, needed, action))
        return named

    def unreadable(self, found: str, needed: str, action: str = "its bytes are kept; send a file that opens") -> Issue:
        """Return the Issue of a file, or a part of it, that cannot be read."""
        return self.issue(IssueKind.UNREADABLE, found, needed, action)

    def reading(
        self, kind: str, file_format: str, table: pa.Table, issues: Sequence[Issue] = (), synthetic: bool = False
    ) -> Reading:
        """Return a Reading of this file."""
        return Reading(kind, file_format, self.file_name, self.sha256, table, tuple(issues), synthetic)

    def empty(self, kind: str, file_format: str, *issues: Issue, synthetic: bool = False) -> Reading:
        """Return a Reading without rows."""
        return self.reading(kind, file_format, SCHEMAS[kind].empty(), issues, synthetic)

    def table(self, kind: str, rows: np.ndarray, values: dict[str, Any]) -> pa.Table:
        """Return a table of a kind whose rows (n,) carry this file's reference."""
        reference = {"file_sha256": self.sha256, "row": rows}
        return SCHEMAS[kind].table({**reference, **values}, rows=len(rows))
