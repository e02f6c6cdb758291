"""The writer: what goes in comes out, one writer at a time, and a key can be destroyed."""

import errno
import os
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.errors import CommandError, EvidenceError, LockedError, SealedError, VerifyError
from trucewatch.core.marking import Marking
from trucewatch.evidence import Log, LogReader, Record, load_or_create_key, verify


def test_records_are_read_back_in_order(desk: Any, make: Any) -> None:
    with desk.open() as log:
        refs = log.append_many([make.record(n) for n in range(600)])
    reader = LogReader(desk.folder)
    bodies = [reader.body(reader.envelope(i)) for i in range(600)]
    assert [b["incident_id"] for b in bodies] == [f"I{n:04d}" for n in range(600)]
    assert [reader.leaf(ref.index) for ref in refs] == [ref.leaf for ref in refs]


def test_a_log_goes_on_where_it_ended(desk: Any, make: Any) -> None:
    for start in range(0, 900, 300):
        with desk.open(seed=start) as log:
            assert log.size == start
            log.append_many([make.record(n) for n in range(start, start + 300)])
    assert verify(desk.folder).ok
    assert len(LogReader(desk.folder)) == 900


def test_an_empty_batch_changes_nothing(desk: Any) -> None:
    with desk.open() as log:
        before = log.checkpoint()
        assert log.append_many([]) == []
        assert log.checkpoint() == before


def test_a_leaf_never_holds_the_body(desk: Any) -> None:
    with desk.open() as log:
        log.append_many([Record("report", {"text": "seen near Zolote"}), Record("report", {"text": "seen"})])
    logged = b"".join(path.read_bytes() for path in (desk.folder / "log").rglob("*") if path.is_file())
    assert b"Zolote" not in logged


def test_equal_bodies_have_different_commitments(desk: Any, make: Any) -> None:
    with desk.open() as log:
        log.append_many([make.record(1), make.record(1)])
    reader = LogReader(desk.folder)
    assert reader.envelope(0).commitment != reader.envelope(1).commitment


def test_a_restricted_body_lies_encrypted(desk: Any) -> None:
    with desk.open() as log:
        log.append_many([Record("report", {"text": "post at Zolote"}, marking=Marking.INTERNAL)])
    stored = b"".join(path.read_bytes() for path in (desk.folder / "blobs").rglob("*") if path.is_file())
    assert b"Zolote" not in stored
    reader = LogReader(desk.folder)
    assert reader.body(reader.envelope(0)) == {"text": "post at Zolote"}


def test_keys_are_for_their_owner_only(small_log: Any) -> None:
    keys = small_log.folder / "keys"
    assert stat.S_IMODE(keys.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys.iterdir()} == {0o600}


def test_a_destroyed_key_seals_its_body_and_no_other_and_the_log_still_verifies(desk: Any, make: Any) -> None:
    with desk.open() as log:
        log.append_many([make.record(n, Marking.INTERNAL) for n in range(3)])
        log.destroy_key(1, "consent withdrawn")
    reader = LogReader(desk.folder)
    with pytest.raises(SealedError, match="destroyed"):
        reader.body(reader.envelope(1))
    assert reader.body(reader.envelope(2))["incident_id"] == "I0002"
    assert reader.body(reader.envelope(3)) == {"index": 1, "leaf": reader.leaf(1), "reason": "consent withdrawn"}
    report = verify(desk.folder)
    assert report.ok
    assert report.sealed == 1


def test_a_destroyed_segment_cannot_be_read(desk: Any, make: Any) -> None:
    with desk.open() as log:
        ref = log.append_segment("segment", make.shots(), make.schema, (), Marking.INTERNAL)
        log.destroy_key(ref.index, "station sealed")
    reader = LogReader(desk.folder)
    with pytest.raises(SealedError):
        reader.segment(reader.envelope(ref.index))
    assert verify(desk.folder).ok


def test_a_public_body_has_no_key_to_destroy(desk: Any, make: Any) -> None:
    with desk.open() as log:
        log.append_many([make.record(1)])
        with pytest.raises(EvidenceError, match="public"):
            log.destroy_key(0, "a mistake")


def test_a_second_writer_is_refused(desk: Any) -> None:
    with desk.open(), pytest.raises(LockedError, match="another process"):
        desk.open()
    desk.open().close()


def test_another_signer_is_refused(desk: Any) -> None:
    desk.open().close()
    with pytest.raises(EvidenceError, match="needed that signing key"):
        desk.open(signer=Ed25519PrivateKey.generate())


def test_a_closed_log_takes_nothing(desk: Any, make: Any) -> None:
    log = desk.open()
    log.close()
    with pytest.raises(EvidenceError, match="closed"):
        log.append_many([make.record(1)])


@pytest.mark.parametrize("parent", ["0" * 64, "not a hash", ""])
def test_a_parent_that_is_not_in_the_log_is_refused(desk: Any, make: Any, parent: str) -> None:
    with desk.open() as log, pytest.raises(EvidenceError, match="parent"):
        log.append_many([make.record(1, parents=(parent,))])


def test_a_leaf_of_64_kib_is_refused_and_changes_nothing(desk: Any, make: Any) -> None:
    with desk.open() as log:
        (ref,) = log.append_many([make.record(1)])
        with pytest.raises(EvidenceError, match="at most 65535"):
            log.append_many([make.record(2, parents=(ref.leaf,) * 1000)])
        log.append_many([make.record(3)])
    assert verify(desk.folder).ok


def test_the_same_bytes_are_one_blob(desk: Any, tmp_path: Path) -> None:
    path = tmp_path / "shots.csv"
    path.write_bytes(b"a,b\n1,2\n")
    with desk.open() as log:
        for marking in (Marking.PUBLIC, Marking.INTERNAL):
            assert log.put_blob(path, marking) == log.put_blob(b"a,b\n1,2\n", marking)
        assert len(LogReader(desk.folder).blobs.names()) == 2


@pytest.mark.parametrize("marking", [Marking.PUBLIC, Marking.INTERNAL])
def test_other_bytes_under_the_name_of_a_blob_are_noticed(desk: Any, marking: Marking) -> None:
    with desk.open() as log:
        blob = log.put_blob(b"a,b\n1,2\n", marking).blob
        path = LogReader(desk.folder).blobs.path(blob)
        original = path.read_bytes()
        path.write_bytes(original[:-1] + b"?")
        with pytest.raises(VerifyError, match="other bytes"):
            log.put_blob(b"a,b\n1,2\n", marking)
        with pytest.raises(VerifyError, match="other bytes"):
            LogReader(desk.folder).blobs.get(blob)
        path.write_bytes(original)


@pytest.mark.parametrize("marking", [Marking.PUBLIC, Marking.INTERNAL])
def test_a_blob_that_no_record_names_is_named_when_the_log_closes(desk: Any, marking: Marking) -> None:
    with desk.open() as log:
        raw = log.put_blob(b"a,b\n1,2\n", marking)
    reader = LogReader(desk.folder)
    assert [(reader.envelope(i).kind, reader.envelope(i).blobs) for i in range(len(reader))] == [
        ("orphan", (raw.blob,))
    ]
    assert verify(desk.folder).ok


def test_a_file_that_is_not_there_is_one_sentence(desk: Any) -> None:
    with desk.open() as log, pytest.raises(EvidenceError, match="No such file"):
        log.put_blob(desk.folder / "absent.csv")


def log_forever(log: Log, batch: list[Record]) -> None:
    while True:
        log.append_many(batch)


@pytest.mark.parametrize("room", range(24))
def test_a_full_disk_is_one_sentence_and_loses_nothing_at_any_write(memory_desk: Any, make: Any, room: int) -> None:
    desk, files = memory_desk
    left = iter(range(room))

    def full(what: str, _path: Path) -> None:
        if what in ("write_new", "make_dir") and next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with desk.open(files) as log:
        log.append_many([make.record(n) for n in range(250)])
        files.before = full
        with pytest.raises(EvidenceError, match="No space left"):
            log_forever(log, [make.record(n, Marking.INTERNAL) for n in range(10)])
        size = log.size
        files.before = lambda _what, _path: None
        assert size % 10 == 0
        assert verify(desk.folder, files=files).size == size
        assert verify(desk.folder, files=files).ok
        log.append_many([make.record(1)])
        assert log.size == size + 1
    assert verify(desk.folder, files=files).ok


def test_a_disk_that_fails_for_good_leaves_a_log_that_reopens(memory_desk: Any, make: Any) -> None:
    desk, files = memory_desk

    def broken(_what: str, _path: Path) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    log = desk.open(files)
    log.append_many([make.record(1)])
    files.before = broken
    for _ in range(2):
        with pytest.raises(EvidenceError):
            log.append_many([make.record(2)])
    log.close()
    files.before = lambda _what, _path: None
    with desk.open(files) as log:
        assert log.size == 1


def test_a_commit_cut_short_at_its_last_step_is_finished_when_the_log_reopens(memory_desk: Any, make: Any) -> None:
    desk, files = memory_desk
    failing: list[str] = []

    def breaks_at_the_end(what: str, path: Path) -> None:
        if failing or path.name == "checkpoint":
            failing.append(what)
            if what != "remove":
                raise OSError(errno.EIO, os.strerror(errno.EIO))

    log = desk.open(files)
    files.before = breaks_at_the_end
    with pytest.raises(EvidenceError):
        log.append_many([make.record(n) for n in range(5)])
    log.close()
    files.before = lambda _what, _path: None
    with desk.open(files) as log:
        assert log.size == 5
    assert verify(desk.folder, files=files).ok


def test_a_commit_whose_last_step_fails_once_is_finished_at_once(memory_desk: Any, make: Any) -> None:
    desk, files = memory_desk
    failures = iter([OSError(errno.EIO, os.strerror(errno.EIO))])

    def fails_once(what: str, path: Path) -> None:
        if (what, path.name) == ("rename", "checkpoint") and (error := next(failures, None)):
            raise error

    with desk.open(files) as log:
        files.before = fails_once
        assert [ref.index for ref in log.append_many([make.record(n) for n in range(5)])] == [0, 1, 2, 3, 4]
        assert log.size == 5
    assert verify(desk.folder, files=files).ok


def test_a_record_cannot_name_a_blob_that_is_not_kept(desk: Any) -> None:
    with desk.open() as log, pytest.raises(EvidenceError, match="put_blob first"):
        log.append_many([Record("file", {"file_sha256": "0" * 64})])


def test_a_reader_keeps_reading_while_the_log_grows(desk: Any, make: Any) -> None:
    with desk.open() as log:
        log.append_many([make.record(n) for n in range(200)])
        reader, size = log.reader(), 200
        assert len(reader) == size
        log.append_many([make.record(n) for n in range(200)])
        assert reader.body(reader.envelope(199))["incident_id"] == "I0199"
        assert reader.range_root(0, size) == reader.checkpoint.root


def test_a_signing_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "mission.pem"
    first, second = load_or_create_key(path), load_or_create_key(path)
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_signing_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mission.pem"
    load_or_create_key(path)
    path.chmod(0o644)
    with pytest.raises(CommandError, match="chmod 600"):
        load_or_create_key(path)
