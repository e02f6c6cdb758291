"""The tables of the view, and what each record of the log puts into them."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from trucewatch.core.issue import Issue
from trucewatch.core.records import Casualties, Decision, Incident, PlaceRecord, SourceRef, Verdict
from trucewatch.evidence.canonical import body_bytes
from trucewatch.evidence.envelope import ROWS, Envelope

__all__ = ["TABLES", "leaf_row", "rows_of"]

Row = tuple[Any, ...]
Body = Mapping[str, Any]


def _names(record: type, *without: str) -> tuple[str, ...]:
    return tuple(f.name for f in fields(record) if f.name not in without)


_INCIDENT = _names(Incident, "place", "casualties", "sources")
_PLACE, _CASUALTIES, _SOURCE = _names(PlaceRecord), _names(Casualties), _names(SourceRef)
_VERDICT, _DECISION, _ISSUE = _names(Verdict), _names(Decision), _names(Issue)
_RENAMED = {"kind": "place_kind"}
BOUNDS = ("lon_min_deg", "lon_max_deg", "lat_min_deg", "lat_max_deg")  # of the points that stand for the place

TABLES: dict[str, tuple[str, ...]] = {
    "leaves": ("leaf", "hash", "kind", "schema", "marking", "time", "commitment", "blob", "readable"),
    "incidents": ("leaf", *_INCIDENT, *(_RENAMED.get(n, n) for n in _PLACE), *_CASUALTIES, "latest", *BOUNDS),
    "sources": ("leaf", "rank", *_SOURCE),
    "verdicts": ("leaf", *_VERDICT),
    "decisions": ("leaf", *_DECISION),
    "issues": ("leaf", *_ISSUE),
    "files": ("leaf", "file_sha256", "file_name", "body"),
    "segments": ("leaf", "root", "schema", "rows"),
    "records": ("leaf", "kind", "body"),
}


def leaf_row(index: int, digest: str, envelope: Envelope, readable: bool) -> Row:
    """Return a leaf's row of the table `leaves`."""
    e = envelope
    return index, digest, e.kind, e.schema, str(e.marking), e.time, e.commitment, e.body.blob, int(readable)


def rows_of(index: int, envelope: Envelope, body: Body | None) -> Iterator[tuple[str, Row]]:
    """Yield (table, row) for a leaf; `body` is None for segments, whose rows stay where they are."""
    if envelope.body.form == ROWS:
        yield "segments", (index, envelope.commitment, envelope.schema, envelope.rows)
    elif body is not None:
        yield from _READERS.get(envelope.kind, _other)(index, envelope.kind, body)


def _incident(index: int, _kind: str, body: Body) -> Iterator[tuple[str, Row]]:
    place, casualties = body.get("place") or {}, body.get("casualties") or {}
    known = (*_pick(body, _INCIDENT), *_pick(place, _PLACE), *_pick(casualties, _CASUALTIES))
    yield "incidents", (index, *known, 0, None, None, None, None)
    for rank, source in enumerate(body.get("sources") or ()):
        yield "sources", (index, rank, *_pick(source, _SOURCE))


def _flat(table: str, names: tuple[str, ...]) -> "Reader":
    def read(index: int, _kind: str, body: Body) -> Iterator[tuple[str, Row]]:
        yield table, (index, *_pick(body, names))

    return read


def _issues(index: int, _kind: str, body: Body) -> Iterator[tuple[str, Row]]:
    for issue in body.get("issues", [body]):  # one record may hold all issues of a file
        yield "issues", (index, *_pick(issue, _ISSUE))


def _file(index: int, _kind: str, body: Body) -> Iterator[tuple[str, Row]]:
    yield "files", (index, body.get("file_sha256"), body.get("file_name"), _text(body))


def _other(index: int, kind: str, body: Body) -> Iterator[tuple[str, Row]]:
    yield "records", (index, kind, _text(body))


Reader = Callable[[int, str, Body], Iterator[tuple[str, Row]]]
_READERS: dict[str, Reader] = {
    "incident": _incident,
    "verdict": _flat("verdicts", _VERDICT),
    "decision": _flat("decisions", _DECISION),
    "issue": _issues,
    "file": _file,
}


def _pick(body: Body, names: tuple[str, ...]) -> Row:
    return tuple(_cell(body.get(name)) for name in names)


def _cell(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, (dict, list)) else value


def _text(body: Body) -> str:
    return body_bytes(body).decode()
