"""Tables of calls and of inspections as facts that rules ask for."""

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from trucewatch.core.agreement import Agreement, Call, Inspection
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import CALLS, INSPECTIONS

__all__ = ["ACCESS", "OUTCOMES", "read_calls", "read_inspections", "unknown_callers", "unknown_sites"]

OUTCOMES = ("resolved", "unsuccessful", "unanswered")
ACCESS = ("granted", "conditional", "delayed", "denied")
_COUNTS = ("declared", "present", "missing", "not_verified")
Row = Mapping[str, Any]


def read_calls(table: pa.Table) -> tuple[tuple[Call, ...], list[Issue]]:
    """Return the calls of a table of schema CALLS; an unknown outcome stays unknown and becomes an issue."""
    CALLS.check(table)
    calls: list[Call] = []
    issues: list[Issue] = []
    for row in table.to_pylist():
        if row["t_end_ns"] < row["t_start_ns"]:
            issues.append(_backwards(row, "a call"))
            continue
        outcome = row["outcome"]
        if outcome is not None and outcome not in OUTCOMES:
            issues.append(_odd(row, f"the outcome {outcome!r}", _one_of(OUTCOMES), "the outcome counts as unknown"))
            outcome = None
        calls.append(Call(row["party"], row["t_start_ns"], row["t_end_ns"], outcome, _said_by(row)))
    return tuple(calls), issues


def read_inspections(table: pa.Table) -> tuple[tuple[Inspection, ...], list[Issue]]:
    """Return the inspections of a table of schema INSPECTIONS; a count below 0 stays unknown and becomes an issue."""
    INSPECTIONS.check(table)
    inspections: list[Inspection] = []
    issues: list[Issue] = []
    for row in table.to_pylist():
        if row["t_end_ns"] < row["t_start_ns"]:
            issues.append(_backwards(row, "an inspection"))
            continue
        if row["access"] not in ACCESS:
            action = "what was counted decides alone"
            issues.append(_odd(row, f"the access {row['access']!r}", _one_of(ACCESS), action))
        below = [name for name in _COUNTS if (row[name] or 0) < 0]
        needed, action = "a count of 0 or more", "the count is left unknown"
        issues += [_odd(row, f"{row[name]:g} as {name}", needed, action) for name in below]
        counts = {name: None if name in below else row[name] for name in _COUNTS}
        inspections.append(
            Inspection(
                site=row["site"], t_start_ns=row["t_start_ns"], t_end_ns=row["t_end_ns"], weapon=row["weapon"],
                access=row["access"], source=_said_by(row), **counts,
            )
        )  # fmt: skip
    return tuple(inspections), issues


def unknown_sites(agreement: Agreement, inspections: Iterable[Inspection]) -> list[Issue]:
    """Return an issue for every site of an inspection that is no zone of the agreement."""
    known = {z.id for z in agreement.zones}
    return _strangers(agreement, ((i.site, i.source) for i in inspections), known, "site", "inspection")


def unknown_callers(agreement: Agreement, calls: Iterable[Call]) -> list[Issue]:
    """Return an issue for every caller that is no party of the agreement."""
    known = {p.id for p in agreement.parties}
    return _strangers(agreement, ((c.party, c.source) for c in calls), known, "party", "call")


def _strangers(
    agreement: Agreement, named: Iterable[tuple[str, str]], known: set[str], what: str, record: str
) -> list[Issue]:
    """One issue a word that the agreement does not know, with the first record that has it."""
    first: dict[str, str] = {}
    for word, source in named:
        if word not in known:
            first.setdefault(word, source)
    needed, action = f"a {what} of agreement {agreement.name}: {_one_of(sorted(known))}", f"no clause uses the {record}"
    return [
        Issue(source, IssueKind.DOUBTFUL, f"the unknown {what} {word!r}", needed, action)
        for word, source in sorted(first.items())
    ]


def _said_by(row: Row) -> str:
    return f"{row['source']}, record {row['row']}"


def _one_of(words: Iterable[str]) -> str:
    return ", ".join(words) or "there is none"


def _odd(row: Row, found: str, needed: str, action: str) -> Issue:
    return Issue(
        row["source"], IssueKind.DOUBTFUL, found, needed, action, row["row"], row["native_key"], row["file_sha256"]
    )


def _backwards(row: Row, what: str) -> Issue:
    return Issue(
        row["source"], IssueKind.REJECTED, f"{what} that ends before it begins", "an end at or after the start",
        "the row is left out", row["row"], row["native_key"], row["file_sha256"],
    )  # fmt: skip
