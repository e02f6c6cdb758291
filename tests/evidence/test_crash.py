"""Power lost between any two writes, or a process killed, loses nothing that was acknowledged and forks nothing."""

import base64
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from trucewatch.core.errors import SealedError
from trucewatch.core.marking import Marking
from trucewatch.evidence import Log, LogReader, RawFile, Record, verify
from trucewatch.evidence.merkle import root

MODES = ("lost", "torn", "kept", "mixed")
RAW = (b"raw bytes", b"patrol 7 stood near Zolote", b"other raw bytes")


@dataclass
class Recorder:
    """Keeps, after every write, what a crash there would leave, and what had been acknowledged by then."""

    files: Any
    acknowledged: list[str] = field(default_factory=list)
    blobs: list[RawFile] = field(default_factory=list)
    crashes: list[tuple[str, int, tuple[int, int], bytes, Any]] = field(default_factory=list)

    def __call__(self, what: str, path: Path) -> None:
        known, seen = (len(self.acknowledged), len(self.blobs)), b""
        if self.files.exists(Path("/day/log/checkpoint")):
            seen = self.files.read(Path("/day/log/checkpoint"))
        for number, mode in enumerate(MODES):
            crashed = self.files.crashed(mode, seed=len(self.crashes) + number)
            self.crashes.append((f"{what} {path} {mode}", len(self.crashes), known, seen, crashed))


def work(desk: Any, files: Any, make: Any, recorder: Recorder) -> None:
    """Log a little of everything, across the edge of a tile."""
    with desk.open(files) as log:
        recorder.blobs.append(log.put_blob(RAW[0], Marking.PUBLIC))
        for batch in ([make.record(1), make.record(2, Marking.INTERNAL)], [make.record(n) for n in range(252)]):
            recorder.acknowledged += [ref.leaf for ref in log.append_many(batch)]
        segment = log.append_segment("segment", make.shots(), make.schema, (), Marking.INTERNAL)
        recorder.acknowledged.append(segment.leaf)
        recorder.blobs += [log.put_blob(RAW[1])]
        recorder.blobs += [log.put_blob(RAW[2])]
        file = Record("file", {"file_sha256": recorder.blobs[-1].file_sha256}, (segment.leaf,), Marking.INTERNAL)
        recorder.acknowledged += [ref.leaf for ref in log.append_many([file, make.record(3)])]
        assert log.size == len(recorder.acknowledged)


def check(desk: Any, crashed: Any, recorder: Recorder, known: tuple[int, int], seen: bytes) -> None:
    """Reopen what a crash left: all that was acknowledged is there, what was seen still holds, and it goes on."""
    with desk.open(crashed, seed=9) as log:
        reader = log.reader()
        leaves = [reader.leaf(index) for index in range(log.size)]
        assert leaves[: known[0]] == recorder.acknowledged[: known[0]]
        check_raw(log, recorder.blobs[: known[1]])
        for index in range(known[0]):
            reader.opened(reader.envelope(index))
        if seen:
            size, seen_root = int(seen.split(b"\n")[1]), seen.split(b"\n")[2]
            assert size <= log.size
            assert root(b"".join(map(bytes.fromhex, leaves[:size]))) == base64.b64decode(seen_root)
    assert verify(desk.folder, files=crashed).ok or log.size == 0


def check_raw(log: Log, kept: list[RawFile]) -> None:
    """Every raw file that was acknowledged opens, and is not kept twice when it is taken in once more."""
    reader = log.reader()
    for raw, data in zip(kept, RAW, strict=False):
        if raw.key is None:
            assert reader.blobs.get(raw.blob) == data
        else:
            assert reader.raw(raw.file_sha256) == data
            assert log.put_blob(data) == raw


@contextmanager
def explained(note: str) -> Iterator[None]:
    """Say in a failure which crash it was."""
    try:
        yield
    except Exception as error:
        error.add_note(note)
        raise


def test_every_crash_keeps_what_was_acknowledged(memory_desk: Any, make: Any) -> None:
    desk, files = memory_desk
    recorder = Recorder(files)
    files.after = recorder
    work(desk, files, make, recorder)
    files.after = lambda _what, _path: None
    assert len(recorder.crashes) > 400
    for name, _, known, seen, crashed in recorder.crashes:
        with explained(f"power lost after {name}"):
            check(desk, crashed, recorder, known, seen)


def test_a_crash_during_recovery_keeps_it_too(memory_desk: Any, make: Any) -> None:
    desk, files = memory_desk
    first = Recorder(files)
    files.after = first
    work(desk, files, make, first)
    waiting = [c for c in first.crashes if c[4].exists(Path("/day/log/checkpoint.next"))]
    assert waiting
    for _, _, known, seen, crashed in waiting[-6:]:
        again = Recorder(crashed, first.acknowledged[: known[0]], first.blobs[: known[1]])
        crashed.after = again
        desk.open(crashed, seed=5).close()
        crashed.after = lambda _what, _path: None
        for _, _, _, later, twice in again.crashes:
            check(desk, twice, first, known, later or seen)


def test_a_crash_while_a_file_is_sealed_for_ever_leaves_a_log_that_verifies(memory_desk: Any) -> None:
    desk, files = memory_desk
    with desk.open(files) as log:
        raw = log.put_blob(RAW[1])
        body = {"file_sha256": raw.file_sha256}
        log.append_many([Record("file", body, marking=Marking.INTERNAL)])
        files.after = recorder = Recorder(files)
        log.destroy_key(0, "consent withdrawn")
        files.after = lambda _what, _path: None
    for name, *_, crashed in recorder.crashes:
        with explained(f"power lost after {name}"):
            desk.open(crashed, seed=9).close()
            assert verify(desk.folder, files=crashed).ok
    with pytest.raises(SealedError):
        LogReader(desk.folder, recorder.crashes[-1][-1]).raw(raw.file_sha256)


CHILD = """
import os, sys, time
from pathlib import Path
from trucewatch.core.marking import Marking
from trucewatch.evidence import Log, Record, load_or_create_key
log = Log.open(Path(sys.argv[1]), load_or_create_key(Path(sys.argv[2])), time.time_ns, os.urandom)
while True:
    log.append_many([Record("report", {"n": log.size + i}, marking=Marking.INTERNAL) for i in range(7)])
    print(log.size, flush=True)
"""


@pytest.mark.parametrize("lines", [1, 12, 60])
def test_a_killed_process_leaves_a_log_that_reopens_with_all_it_acknowledged(desk: Any, lines: int) -> None:
    key = desk.folder.parent / "key.pem"
    key.write_bytes(desk.signer.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    key.chmod(0o600)
    with subprocess.Popen([sys.executable, "-c", CHILD, desk.folder, key], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        acknowledged = [int(child.stdout.readline()) for _ in range(lines)]
        child.kill()
        acknowledged += [int(line) for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    desk.open().close()
    reader = LogReader(desk.folder)
    envelopes = [reader.envelope(index) for index in range(len(reader))]
    numbers = [reader.body(envelope)["n"] for envelope in envelopes if envelope.kind == "report"]
    assert len(numbers) >= acknowledged[-1]
    assert len(numbers) % 7 == 0  # a batch is there as a whole, or not at all
    assert numbers == list(range(len(numbers)))
    assert verify(desk.folder).ok
