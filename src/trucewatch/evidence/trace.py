"""Walk any record, verdict or row back, step by step, to the bytes it rests on."""

from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from trucewatch.core.errors import CommandError, SealedError
from trucewatch.evidence.envelope import ROWS, Envelope, is_digest
from trucewatch.evidence.raw import RawRef
from trucewatch.evidence.reader import LogReader
from trucewatch.evidence.segments import row_digest
from trucewatch.evidence.view import View

__all__ = ["Step", "trace"]

MADE_OF = ("origins", "triggers")  # columns of worked-out tables that name rows of their parents
_DIGITS = 19  # of a number that SQLite can hold


class Step(NamedTuple):
    """One step towards the bytes.

    kind    of record: verdict, incident, segment row, file row, ...
    id      how the record is named
    what    one line for a reader
    digest  hex: leaf hash, salted digest of the row, or SHA-256 of the file
    where   leaf, segment row or blob row that holds it
    """

    kind: str
    id: str
    what: str
    digest: str
    where: str


def trace(view: View, reader: LogReader, name: str) -> tuple[Step, ...]:
    """Return the steps from what `name` names down to blobs and their rows.

    name  an incident's id; a clause's id, for what was said of its periods; a leaf's number or hash; SEGMENT:ROW with a
          segment's root and 0-based row; or FILE:ROW with a file's SHA-256 and 1-based row
    """
    return tuple(dict.fromkeys(_Tracer(view, reader).start(name)))


class _Tracer:
    """A walk; each method yields its own step and then those below it."""

    def __init__(self, view: View, reader: LogReader) -> None:
        self.view, self.reader = view, reader
        self.seen: set[int] = set()
        self.rows_of: dict[tuple[str, ...], list[tuple[int, int]]] = {}

    def start(self, name: str) -> Iterator[Step]:
        head, _, row = name.rpartition(":")
        incidents = self.view.rows("incidents", "incident_id = ? AND latest", [name])
        if incidents:
            return self.leaf(incidents[0]["leaf"])
        periods = self.view.rows("verdicts", "clause = ? AND subject_kind = 'period'", [name])
        if periods:
            return chain.from_iterable(self.leaf(p["leaf"]) for p in periods)
        if row.isdecimal() and (segments := self.view.rows("segments", "root = ?", [head])):
            return self.segment_row(segments[0]["leaf"], int(row))
        if row.isdecimal() and is_digest(head) and self.reader.raw_blob(head):
            return self.file_row(head, int(row))
        is_number = name.isdecimal() and len(name) < _DIGITS
        leaves = self.view.rows("leaves", "hash = ? OR leaf = ?", [name, int(name) if is_number else -1])
        if not leaves:
            sealed = len(self.view.rows("leaves", "NOT readable"))
            raise CommandError(
                f"found nothing named {name!r} in the log; needed an incident's id, a leaf's number or hash, "
                "SEGMENT:ROW or FILE:ROW; copy it from the report"
                + (f"; {sealed} leaves are sealed here and may hold it" if sealed else "")
            )
        return self.leaf(leaves[0]["leaf"])

    def leaf(self, index: int) -> Iterator[Step]:
        if index in self.seen:
            return
        self.seen.add(index)
        envelope = self.reader.envelope(index)
        body = self._body(envelope)
        yield Step(envelope.kind, *_described(index, envelope, body), self.reader.leaf(index), f"leaf {index}")
        yield from self._below(envelope, body)

    def _below(self, envelope: Envelope, body: dict[str, Any]) -> Iterator[Step]:
        """Follow what the body names; where it names nothing, the raw files and parents that the leaf names."""
        subject = body.get("subject") if body.get("subject_kind") == "incident" else body.get("incident_id")
        if envelope.kind != "incident" and subject:
            yield from self._incident(subject, body.get("incident_version"))
        for source in body.get("sources") or ():
            yield from self.source(source)
        for blob in envelope.blobs:
            clear = body.get("file_sha256", blob) == blob
            what = "raw bytes as received" if clear else "raw bytes as received, sealed"
            yield Step("blob", blob, what, blob, _path(blob))
        if not body.get("sources") and not subject:
            for parent in envelope.parents:
                for row in self.view.rows("leaves", "hash = ?", [parent]):
                    yield from self.leaf(row["leaf"])

    def _incident(self, name: str, version: int | None) -> Iterator[Step]:
        """Follow the version that was judged, or the newest one where none is named."""
        which = ("version = ?", [version]) if version is not None else ("latest", [])
        for row in self.view.rows("incidents", f"incident_id = ? AND {which[0]}", [name, *which[1]]):
            yield from self.leaf(row["leaf"])

    def source(self, source: dict[str, Any]) -> Iterator[Step]:
        found = self.view.rows("segments", "root = ?", [source.get("segment")])
        if found and source.get("segment_row") is not None:
            yield from self.segment_row(found[0]["leaf"], source["segment_row"])
        else:
            yield from self.file_row(source["file_sha256"], source["row"])

    def segment_row(self, index: int, row: int) -> Iterator[Step]:
        envelope = self.reader.envelope(index)
        name = f"{envelope.commitment}:{row}"
        where = f"row {row} of {envelope.schema} in leaf {index}"
        try:
            segment = self.reader.segment(envelope)
        except SealedError as error:
            yield Step("segment row", name, str(error), "", where)
            return
        if row >= segment.table.num_rows:
            raise CommandError(f"found row {row} asked for; needed 0 to {segment.table.num_rows - 1}; count from 0")
        values = segment.table.slice(row, 1).to_pylist()[0]
        known = ", ".join(f"{k}={v}" for k, v in values.items() if v is not None and not isinstance(v, bytes))
        yield Step("segment row", name, known, row_digest(segment, row).hex(), where)
        made_of = [k for name in MADE_OF for k in values.get(name) or ()]
        if values.get("file_sha256") and not made_of:
            yield from self.file_row(values["file_sha256"], values["row"])
        for k in made_of:
            yield from self.segment_row(*self._row_of(envelope.parents, k))

    def _row_of(self, parents: tuple[str, ...], row: int) -> tuple[int, int]:
        """Return leaf and row of what a worked-out table names by a row of its parents, counted one after the other."""
        for leaf, rows in self._rows_of(parents):
            if row < rows:
                return leaf, row
            row -= rows
        raise CommandError(f"found row {row} beyond the segments it was made of; needed one of theirs; verify the log")

    def _rows_of(self, parents: tuple[str, ...]) -> list[tuple[int, int]]:
        """Return leaf and number of rows of each parent."""
        if parents not in self.rows_of:
            leaves = [self.view.rows("leaves", "hash = ?", [parent])[0]["leaf"] for parent in parents]
            self.rows_of[parents] = [(leaf, self.reader.envelope(leaf).rows or 0) for leaf in leaves]
        return self.rows_of[parents]

    def file_row(self, sha256: str, row: int) -> Iterator[Step]:
        files = self.view.rows("files", "file_sha256 = ?", [sha256])
        name = files[0]["file_name"] if files else None
        what = f"row {row} of {name or 'a file'}"
        yield Step("file row", f"{sha256}:{row}", what, sha256, self._where(sha256, row))

    def _where(self, sha256: str, row: int) -> str:
        """Return where a file's blob lies, and whether it can be opened here."""
        try:
            blob = self.reader.raw_blob(sha256)
        except SealedError as error:
            return f"row {row}, sealed: {error}"
        if blob is None or not self.reader.blobs.has(blob):
            return f"{_path(blob or sha256)}, row {row} (not in this copy)"
        return f"{_path(blob)}, row {row}{self._seal(RawRef(sha256, blob))}"

    def _seal(self, ref: RawRef) -> str:
        """Say how a file is sealed; nothing where it lies in the clear."""
        key = self.reader.raw_files.key(ref)
        if key is None:
            return ""
        try:
            self.reader.keys.get(key)
        except SealedError as error:
            return f" (sealed: {error})"
        return f" (sealed, the key {key} opens it)"

    def _body(self, envelope: Envelope) -> dict[str, Any]:
        if envelope.body.form == ROWS:
            return {}
        try:
            return self.reader.body(envelope)
        except SealedError:
            return {}


def _path(blob: str) -> str:
    return f"blobs/sha256/{blob[:2]}/{blob}"


def _described(index: int, envelope: Envelope, body: dict[str, Any]) -> tuple[str, str]:
    """Return a record's name and one line about it."""
    name = str(body.get("incident_id") or body.get("clause") or body.get("file_name") or index)
    if envelope.body.form == ROWS:
        return envelope.commitment, f"{envelope.rows} rows of {envelope.schema}"
    words = {k: v for k, v in body.items() if v is not None and not isinstance(v, (dict, list))}
    return name, ", ".join(f"{k}={v}" for k, v in words.items()) or "sealed: its key is not here"
