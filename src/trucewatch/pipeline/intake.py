"""Files in: bytes into the blob store, rows into segments of the log, before anything else looks at them."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa

from trucewatch.core.errors import SealedError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.reading import Reading
from trucewatch.core.tables import OBSERVATIONS, SCHEMAS
from trucewatch.evidence import Envelope, Log, LogReader, Record, from_body
from trucewatch.fuse import Origin
from trucewatch.sense import Config as SenseConfig
from trucewatch.sense import read_path

__all__ = ["FileSeen", "Intake", "Logged", "logged", "take_in"]

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Logged:
    """One table of one file, and where the log holds it; one that a run worked out names its parents, and no file."""

    kind: str
    table: pa.Table
    segment: str
    leaf: str
    file_sha256: str = ""
    format: str = ""
    parents: tuple[str, ...] = ()

    def reread(self, other: "Logged") -> bool:
        """Return whether these are the same bytes as the other's, read through another mapping."""
        same = (self.kind, self.file_sha256) == (other.kind, other.file_sha256)
        return same and self.format != other.format and "?" in self.format


@dataclass(frozen=True, slots=True)
class FileSeen:
    """One input file as the report names it."""

    file_name: str
    file_sha256: str
    format: str
    kind: str
    rows: int
    issues: int
    synthetic: bool


@dataclass
class _Begun:
    """A file in the log: it counts as taken in once its issues and its rows are there too."""

    seen: FileSeen
    issues: list[Issue] = field(default_factory=list)
    has_issues: bool = False
    has_rows: bool = False

    @property
    def whole(self) -> bool:
        """Whether the writer got as far as the last leaf of the file."""
        return (self.has_rows or self.seen.rows == 0) and (self.has_issues or self.seen.issues == 0)


@dataclass
class Intake:
    """All tables known to the log, earlier ones and those just taken in."""

    logged: list[Logged] = field(default_factory=list)
    files: list[FileSeen] = field(default_factory=list)
    issues: list[Issue] = field(default_factory=list)

    @property
    def synthetic(self) -> bool:
        """Whether any record is synthetic: then everything made from it is."""
        return any(f.synthetic for f in self.files)

    def holds(self, reading: Reading) -> bool:
        """Return whether these rows, or else these very issues, are there already.

        One file may yield several tables, and an archive one reading for each entry that it cannot give.
        """
        there = _identity(reading) in {_identity(f) for f in self.files}
        return there and (reading.table.num_rows > 0 or set(reading.issues) <= set(self.issues))

    def keep(self, entry: Logged) -> None:
        """Take up a table; one that was read through an earlier mapping stays in the log and counts no more."""
        self.logged = [known for known in self.logged if not entry.reread(known)]
        self.logged.append(entry)

    def tables(self, kind: str) -> list[pa.Table]:
        """Return the tables of one kind."""
        return [entry.table for entry in self.logged if entry.kind == kind]

    def joined(self, kind: str) -> pa.Table:
        """Return all rows of one kind."""
        return pa.concat_tables([SCHEMAS[kind].empty(), *self.tables(kind)])

    def observations(self) -> tuple[pa.Table, Origin]:
        """Return all observations and where each lies in the log."""
        parts = [entry for entry in self.logged if entry.kind == OBSERVATIONS.name]
        rows = [entry.table.num_rows for entry in parts]
        segment = np.repeat(np.array([entry.segment for entry in parts], dtype=object), rows)
        row = np.concatenate([np.arange(n) for n in rows]) if rows else np.empty(0, np.int64)
        return self.joined(OBSERVATIONS.name), Origin(segment, row)


def _identity(file: Reading | FileSeen) -> tuple[str, str, str]:
    """Equal bytes are one file; but a control map may hold unchanged on two dates, which only its names tell apart, and
    a user's table may be read again through another mapping, whose digest its format names."""
    told_apart = file.file_name if file.kind == "control" else file.format.partition("?")[2]
    return file.file_sha256, file.kind, told_apart


def take_in(log: Log, paths: Sequence[Path], progress: Progress, config: SenseConfig | None = None) -> Intake:
    """Return what earlier runs logged and what these files add; a file that the log already holds is not logged twice.

    Bytes are durable in the blob store before an adapter reads them; rows are durable before a stage sees them.
    """
    intake = logged(log.reader() if log.size else None)
    for path in paths:
        for reading in read_path(path, put_blob=log.put_blob, config=config):
            progress(reading.file_name)
            if not reading.file_sha256:  # its bytes were never seen: there is an issue, but no file to log
                log.append_many([_issues_record(reading.issues)])
                intake.issues += reading.issues
            elif intake.holds(reading):
                intake.issues.append(_again(reading.file_name, reading.file_sha256))
            else:
                _add(log, intake, reading)
    return intake


def _add(log: Log, intake: Intake, reading: Reading) -> None:
    seen = FileSeen(reading.file_name, reading.file_sha256, reading.format, reading.kind, reading.table.num_rows,
                    len(reading.issues), reading.synthetic)  # fmt: skip
    intake.files.append(seen)
    intake.issues += reading.issues
    for entry in _log(log, seen, reading.table, reading.issues):
        intake.keep(entry)


def _issues_record(issues: Sequence[Issue], *parents: str) -> Record:
    return Record("issue", {"issues": [i.as_dict() for i in issues]}, parents, Marking.INTERNAL)


def _log(log: Log, seen: FileSeen, table: pa.Table, issues: Sequence[Issue]) -> list[Logged]:
    file = Record("file", asdict(seen), marking=Marking.INTERNAL)
    (ref,) = log.append_many([file])
    if issues:
        log.append_many([_issues_record(issues, ref.leaf)])
    if table.num_rows == 0:
        return []
    segment = log.append_segment("segment", table, SCHEMAS[seen.kind], [ref.leaf], Marking.INTERNAL)
    return [Logged(seen.kind, table, segment.segment, segment.leaf, seen.file_sha256, seen.format)]


def logged(reader: LogReader | None) -> Intake:
    """Return what the log already holds; what was sealed is gone and stays gone.

    A file whose writer died between its leaves is not in it, and is taken in anew when it is given again.
    """
    intake, begun = Intake(), dict[str, _Begun]()
    if reader is None:
        return intake
    for index in range(len(reader)):
        try:
            _restore(intake, begun, reader, index)
        except SealedError as error:
            intake.issues.append(_sealed(index, str(error)))
    for file in begun.values():
        if file.whole:
            intake.files.append(file.seen)
            intake.issues += file.issues
    return intake


def _restore(intake: Intake, begun: dict[str, _Begun], reader: LogReader, index: int) -> None:
    envelope = reader.envelope(index)
    if envelope.kind == "file":
        begun[reader.leaf(index)] = _Begun(FileSeen(**reader.body(envelope)))
    elif envelope.kind == "issue":
        _restore_issues(begun, reader, envelope)
    elif envelope.kind == "segment":
        for file in _parents(begun, envelope):
            file.has_rows = True
        segment = reader.segment(envelope)
        rows = SCHEMAS[segment.schema.name].conform(segment.table)
        of = next((f.seen for f in _parents(begun, envelope)), None)
        names = ("", "") if of is None else (of.file_sha256, of.format)
        found = (envelope.commitment, reader.leaf(index), *names)
        intake.keep(Logged(segment.schema.name, rows, *found, parents=tuple(envelope.parents)))


def _restore_issues(begun: dict[str, _Begun], reader: LogReader, envelope: Envelope) -> None:
    """Take up the issues of a file; those of a stage come anew from every run."""
    for file in _parents(begun, envelope):
        file.has_issues = True
        file.issues += [from_body(Issue, i) for i in reader.body(envelope)["issues"]]


def _parents(begun: dict[str, _Begun], envelope: Envelope) -> list[_Begun]:
    return [begun[p] for p in envelope.parents if p in begun]


def _again(name: str, sha: str) -> Issue:
    return Issue(name, IssueKind.DUPLICATE, "a file that the log already holds", "each file once",
                 "nothing was added; its rows count once", file_sha256=sha)  # fmt: skip


def _sealed(index: int, why: str) -> Issue:
    return Issue(f"leaf {index}", IssueKind.UNREADABLE, why, "its key", "it stays out of this run")
