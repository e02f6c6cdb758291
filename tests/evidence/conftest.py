"""A disk in memory that knows what is durable, and a small day of records to log."""

import copy
import errno
import itertools
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.columns import Column, Schema
from trucewatch.core.errors import LockedError
from trucewatch.core.marking import Marking
from trucewatch.core.records import Casualties, Incident, PlaceRecord, SourceRef, Status
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.evidence import Log, Record, to_body

SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NOON_NS = parse_instant("2022-04-01T12:00:00Z")


@dataclass
class File:
    """Bytes as a reader sees them now, and as they would be after a crash."""

    data: bytearray = field(default_factory=bytearray)
    durable: bytes = b""


@dataclass
class Folder:
    """Names as a reader sees them now, and as they would be after a crash."""

    names: dict[str, Any] = field(default_factory=dict)
    durable: dict[str, Any] = field(default_factory=dict)


class MemoryFiles:
    """A disk in memory: what was not fsynced may be gone, halved or there after a crash."""

    def __init__(self, root: Folder | None = None) -> None:
        self.root = root or Folder()
        self.before: Callable[[str, Path], None] = lambda _what, _path: None
        self.after: Callable[[str, Path], None] = lambda _what, _path: None
        self.locks: set[Path] = set()

    def read(self, path: Path) -> bytes:
        found = self._find(path)
        if not isinstance(found, File):
            raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
        return bytes(found.data)

    def read_part(self, path: Path, offset: int, size: int) -> bytes:
        return self.read(path)[offset : offset + size]

    def chunks(self, path: Path, start: int = 0) -> Iterator[bytes]:
        yield self.read(path)[start:]

    def exists(self, path: Path) -> bool:
        return self._find(path) is not None

    def walk(self, folder: Path) -> list[Path]:
        found = self._find(folder)
        return sorted(self._files(folder, found)) if isinstance(found, Folder) else []

    def make_dir(self, path: Path, mode: int = 0o755) -> None:
        assert mode
        self.before("make_dir", path)
        self._folder(path.parent).names[path.name] = Folder()
        self.after("make_dir", path)

    def write_new(self, path: Path, chunks: Iterable[bytes], mode: int = 0o644) -> None:
        assert mode
        names, data = self._folder(path.parent).names, b"".join(chunks)
        if path.name in names:
            raise FileExistsError(errno.EEXIST, "File exists", str(path))
        names[path.name] = File(bytearray(data[: len(data) // 2]))
        self.before("write_new", path)
        names[path.name].data[:] = data
        self.after("write_new", path)

    def overwrite(self, path: Path, offset: int, data: bytes) -> None:
        self.before("overwrite", path)
        self._find(path).data[offset : offset + len(data)] = data
        self.after("overwrite", path)

    def fsync(self, path: Path) -> None:
        self.before("fsync", path)
        found = self._find(path)
        found.durable = bytes(found.data)
        self.after("fsync", path)

    def fsync_dir(self, path: Path) -> None:
        self.before("fsync_dir", path)
        found = self._folder(path)
        found.durable = dict(found.names)
        self.after("fsync_dir", path)

    def rename(self, source: Path, target: Path) -> None:
        self.before("rename", target)
        self._folder(target.parent).names[target.name] = self._folder(source.parent).names.pop(source.name)
        self.after("rename", target)

    def remove(self, path: Path) -> None:
        self.before("remove", path)
        del self._folder(path.parent).names[path.name]
        self.after("remove", path)

    def lock(self, path: Path) -> "MemoryLock":
        if path in self.locks:
            raise LockedError("found another writer; needed to be the only one; wait")
        self.locks.add(path)
        return MemoryLock(self, path)

    def crashed(self, mode: str, seed: int = 0) -> "MemoryFiles":
        """Return the disk after power was lost: what was not fsynced is `lost`, `torn`, `kept`, or any of these."""
        return MemoryFiles(_after_crash(self.root, mode, random.Random(seed)))  # noqa: S311  # a test, not a secret

    def _find(self, path: Path) -> Any:
        at: Any = self.root
        for part in path.parts[1:]:
            at = at.names.get(part) if isinstance(at, Folder) else None
        return at

    def _folder(self, path: Path) -> Folder:
        found = self._find(path)
        if not isinstance(found, Folder):
            raise FileNotFoundError(errno.ENOENT, "No such folder", str(path))
        return found

    def _files(self, path: Path, folder: Folder) -> Iterator[Path]:
        for name, node in folder.names.items():
            if isinstance(node, Folder):
                yield from self._files(path / name, node)
            else:
                yield path / name


@dataclass
class MemoryLock:
    files: MemoryFiles
    path: Path

    def release(self) -> None:
        self.files.locks.discard(self.path)


def _after_crash(node: Any, mode: str, dice: random.Random) -> Any:
    chosen = dice.choice(["lost", "torn", "kept"]) if mode == "mixed" else mode
    if isinstance(node, File):
        half = bytes(node.data[: (len(node.durable) + len(node.data)) // 2])
        data = {"lost": node.durable, "kept": bytes(node.data), "torn": half}[chosen]
        data = node.durable if node.durable == node.data else data
        return File(bytearray(data), data)
    names = node.durable if chosen == "lost" else node.names
    after = {name: _after_crash(child, mode, dice) for name, child in names.items()}
    return Folder(after, dict(after))


SHOTS = Schema("shots", 1, (
    Column("file_sha256", "string", "", "file", nullable=False),
    Column("row", "int64", "", "1-based row", nullable=False),
    Column("t_start_ns", "int64", "ns UTC", "start", nullable=False),
    Column("lon_deg", "float64", "deg", "longitude", 1e-6),
    Column("text", "string", "", "words"),
))  # fmt: skip


def shots(rows: int = 5, file_sha256: str = "0" * 64) -> pa.Table:
    """Return a small table: five shots heard in one file."""
    n = np.arange(1, rows + 1)
    lon_deg = np.where(n % 3 == 0, np.nan, 37.5 + n / 100)
    words = [None if i % 4 == 0 else f"shot {i}" for i in n.tolist()]
    columns = {"file_sha256": file_sha256, "row": n, "t_start_ns": NOON_NS + n, "lon_deg": lon_deg, "text": words}
    return SHOTS.table(columns, rows)


def incident(number: int = 1, version: int = 1, **changes: Any) -> Incident:
    """Return an explosion near Zolote at noon."""
    place = PlaceRecord("exact", 38.5, 48.7, 500.0, None, None, None, 38.5, 48.7, 500.0)
    source = SourceRef("firms", "0" * 64, number, None, "firms", "firms", 0.75)
    known: dict[str, Any] = {
        "incident_id": f"I{number:04d}", "version": version, "supersedes": version - 1 or None,
        "status": Status.RECORDED, "t_start_ns": NOON_NS, "t_end_ns": NOON_NS + 60 * SECOND_NS, "cls": "explosion",
        "p_real": 0.8, "place": place, "casualties": Casualties(killed_low=0), "sources": (source,),
    }  # fmt: skip
    return Incident(**{**known, **changes})


def record(number: int, marking: Marking = Marking.PUBLIC, **more: Any) -> Record:
    """Return a record of one incident."""
    return Record("incident", to_body(incident(number)), marking=marking, **more)


@dataclass
class Desk:
    """Opens logs with a fixed key, a clock that ticks, and entropy that repeats from test to test."""

    folder: Path
    signer: Ed25519PrivateKey = SIGNER

    def open(self, files: Any = None, signer: Ed25519PrivateKey | None = None, seed: int = 0) -> Log:
        clock, dice = itertools.count(NOON_NS, SECOND_NS), random.Random(seed)  # noqa: S311  # a test, not a secret
        return Log.open(self.folder, signer or self.signer, lambda: next(clock), dice.randbytes, files)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A desk with an empty folder on the real disk."""
    return Desk(tmp_path / "day")


@pytest.fixture
def memory_desk() -> tuple[Desk, MemoryFiles]:
    """A desk with an empty disk in memory."""
    return Desk(Path("/day")), MemoryFiles()


@pytest.fixture
def make() -> "Make":
    """Makers of rows, incidents and records."""
    return Make()


class Make:
    """What tests build logs from."""

    schema = SHOTS
    noon_ns = NOON_NS
    shots = staticmethod(shots)
    incident = staticmethod(incident)
    record = staticmethod(record)
    copy = staticmethod(copy.deepcopy)


@pytest.fixture
def small_log(desk: Desk) -> Desk:
    """A log with a sealed raw file and its record, a public and a sealed segment, and 300 incidents, a third sealed."""
    with desk.open() as log:
        sha = log.put_blob(b"time,lon,lat\n12:00,38.5,48.7\n").file_sha256
        body = {"file_sha256": sha, "file_name": "shots.csv"}
        (file,) = log.append_many([Record("file", body, marking=Marking.INTERNAL)])
        for marking in (Marking.PUBLIC, Marking.INTERNAL):
            log.append_segment("segment", shots(5, sha), SHOTS, (file.leaf,), marking)
        log.append_many([record(n) for n in range(5)])
        many = [record(n, Marking.PUBLIC if n % 3 else Marking.INTERNAL, parents=(file.leaf,)) for n in range(300)]
        log.append_many(many)
        log.append_many([record(n) for n in range(300, 303)])
    return desk
