"""The tracker's CSV files as rows of words, each file known by its columns and not by its name."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from trucewatch.core.digest import sha256_hex
from trucewatch.core.issue import Issue, IssueKind

__all__ = ["Row", "Table", "read_tables"]

_MOST_BYTES = 50_000_000
_LARGEST = Decimal(10) ** 13  # euros: more than the aid of the whole world
_KINDS = {
    "months": {"country", "iso", "year", "month", "total", "commitments", "to_be_allocated"},
    "weapons": {"donor", "category", "number_of_weapons", "weapons_list"},
    "totals": {"year", "month", "total_allocations"},
    "release": {"release", "date"},
}


@dataclass(frozen=True, slots=True)
class Row:
    """One data row: its words by column, and where it stands."""

    file: str
    sha256: str
    row: int
    words: Mapping[str, str]

    def text(self, name: str) -> str:
        """Return the words of a column, empty where there are none."""
        return self.words.get(name, "").strip()

    def decimal(self, name: str) -> Decimal | None:
        """Return the number of a column exactly as written; None where it is no number of a possible size."""
        try:
            value = Decimal(self.text(name))
        except InvalidOperation:
            return None
        return value if value.is_finite() and abs(value) <= _LARGEST else None

    def whole(self, name: str, least: int, most: int) -> int | None:
        """Return the whole number of a column between two ends; None where it is not."""
        value = self.decimal(name)
        return int(value) if value is not None and value == int(value) and least <= value <= most else None

    def issue(self, kind: IssueKind, found: str, needed: str, action: str) -> Issue:
        """Return an issue about this row."""
        return Issue(self.file, kind, found, needed, action, row=self.row, file_sha256=self.sha256)


@dataclass(frozen=True, slots=True)
class Table:
    """One file's rows and its digest."""

    file: str
    sha256: str
    rows: tuple[Row, ...]


def read_tables(files: Mapping[str, bytes]) -> tuple[dict[str, Table], list[Issue]]:
    """Return the tables among these files by what they are (months, weapons, totals, release), and unreadable ones."""
    tables: dict[str, Table] = {}
    issues: list[Issue] = []
    for name in sorted(files):
        found = _read(name, files[name], issues)
        if found is None:
            continue
        kind, table = found
        if kind in tables:
            text = f"a second table of {kind}"
            issues.append(Issue(name, IssueKind.DUPLICATE, text, "one of a kind", "the first by name is read"))
        tables.setdefault(kind, table)
    return tables, issues


def _read(name: str, data: bytes, issues: list[Issue]) -> tuple[str, Table] | None:
    digest = sha256_hex(data)
    if len(data) > _MOST_BYTES:
        found = f"{len(data):,} bytes"
        issues.append(_unreadable(name, digest, found, f"at most {_MOST_BYTES:,}", "give the published tables alone"))
        return None
    try:
        lines = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except UnicodeDecodeError as error:
        issues.append(_unreadable(name, digest, f"byte {error.start} that is no UTF-8", "UTF-8", "save it as UTF-8"))
        return None
    except csv.Error as error:
        issues.append(_unreadable(name, digest, f"text that is no CSV ({error})", "CSV", "check its quotes"))
        return None
    header = [cell.strip() for cell in lines[0]] if lines else []
    kind = next((k for k, needed in _KINDS.items() if needed <= set(header)), None)
    if kind is None:
        return None  # another table of the tracker: nothing is read of it
    return kind, Table(name, digest, _rows(name, digest, header, lines[1:], issues))


def _rows(name: str, digest: str, header: list[str], lines: list[list[str]], issues: list[Issue]) -> tuple[Row, ...]:
    rows = []
    for i, cells in enumerate(lines, start=1):
        row = Row(name, digest, i, dict(zip(header, cells, strict=False)))
        if len(cells) == len(header):
            rows.append(row)
        elif cells:
            found = f"{len(cells)} columns"
            action = "the row is left out; complete it"
            issues.append(row.issue(IssueKind.REJECTED, found, f"{len(header)} as in the header", action))
    return tuple(rows)


def _unreadable(name: str, digest: str, found: str, needed: str, action: str) -> Issue:
    return Issue(name, IssueKind.UNREADABLE, found, needed, action, file_sha256=digest)
