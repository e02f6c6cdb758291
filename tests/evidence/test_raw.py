"""Raw files are sealed unless they are public, under a key that can be destroyed, and the log keeps verifying."""

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import EvidenceError, SealedError, VerifyError
from trucewatch.core.marking import Marking
from trucewatch.evidence import Log, LogReader, RawFile, Record, verify
from trucewatch.evidence.raw import RawRef

FORM = b"patrol,lon,lat,seen\nPatrol 7,38.5213,48.7004,two explosions\n"


def take_in(log: Log, data: bytes | Path, marking: Marking = Marking.INTERNAL) -> RawFile:
    """Keep a file and log its record, as a run does."""
    raw = log.put_blob(data, marking)
    log.append_many([Record("file", {"file_sha256": raw.file_sha256, "file_name": "form.csv"}, marking=marking)])
    return raw


@pytest.fixture
def form(desk: Any) -> RawFile:
    """A sealed form, logged as leaf 0, before one public leaf."""
    with desk.open() as log:
        raw = take_in(log, FORM)
        log.append_many([Record("run", {"n": 1})])
    return raw


def without_keys(desk: Any) -> Path:
    """Return what is handed out: a copy of the log and the blobs."""
    for name in ("log", "blobs"):
        shutil.copytree(desk.folder / name, desk.folder.parent / "exported" / name)
    return Path(desk.folder.parent / "exported")


def bytes_below(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_a_file_comes_back_as_it_was_received(desk: Any, form: RawFile) -> None:
    assert form.file_sha256 == sha256_hex(FORM)
    assert LogReader(desk.folder).raw(form.file_sha256) == FORM


@pytest.mark.parametrize("size", [0, 1, 15, 16, 17, 2**20 - 28, 2**20 - 16, 2**20, 2**20 + 1, 2**21 + 5])
@pytest.mark.parametrize("from_disk", [True, False])
def test_files_of_any_size_come_back(tmp_path: Path, desk: Any, size: int, from_disk: bool) -> None:
    data, path = os.urandom(size), tmp_path / "form.csv"
    path.write_bytes(data)
    with desk.open() as log:
        raw = take_in(log, path if from_disk else data)
    assert LogReader(desk.folder).raw(raw.file_sha256) == data
    assert verify(desk.folder).raw_files == 1


def test_neither_log_nor_blobs_show_the_file_or_its_digest(desk: Any, form: RawFile) -> None:
    shown = bytes_below(without_keys(desk))
    for secret in (b"Patrol 7", b"38.5213", b"form.csv", form.file_sha256.encode(), bytes.fromhex(form.file_sha256)):
        assert secret not in shown


def test_the_leaf_names_the_address_of_the_sealed_blob(desk: Any, form: RawFile) -> None:
    reader = LogReader(desk.folder)
    assert reader.envelope(0).blobs == (form.blob,)
    assert sha256_hex(reader.blobs.get(form.blob)) == form.blob
    assert reader.body(reader.envelope(0))["file_sha256"] == form.file_sha256


def test_a_public_file_lies_as_it_came(desk: Any) -> None:
    with desk.open() as log:
        raw = take_in(log, FORM, Marking.PUBLIC)
    assert raw == RawFile(sha256_hex(FORM), sha256_hex(FORM), None)
    assert LogReader(desk.folder).blobs.get(raw.blob) == LogReader(desk.folder).raw(raw.file_sha256) == FORM


@pytest.mark.parametrize("marking", [m for m in Marking if m != Marking.PUBLIC])
def test_every_other_marking_seals(desk: Any, marking: Marking) -> None:
    with desk.open() as log:
        take_in(log, FORM, marking)
    assert b"Patrol 7" not in bytes_below(desk.folder)


def test_a_public_record_cannot_name_a_sealed_file(desk: Any) -> None:
    with desk.open() as log:
        raw = log.put_blob(FORM)
        with pytest.raises(EvidenceError, match="with that marking"):
            log.append_many([Record("file", {"file_sha256": raw.file_sha256})])


def test_a_record_of_a_sealed_file_cannot_name_its_digest(desk: Any) -> None:
    with desk.open() as log:
        raw = log.put_blob(FORM)
        record = Record("file", {"file_sha256": raw.file_sha256}, (), Marking.INTERNAL, (raw.file_sha256,))
        with pytest.raises(EvidenceError, match="names other blobs"):
            log.append_many([record])


def test_two_logs_seal_the_same_file_differently(desk: Any, form: RawFile, tmp_path: Path) -> None:
    desk.folder = tmp_path / "other"
    with desk.open(seed=1) as log:
        assert log.put_blob(FORM).blob != form.blob


def test_a_file_taken_in_again_is_stored_once(desk: Any, form: RawFile) -> None:
    before = bytes_below(desk.folder / "blobs"), bytes_below(desk.folder / "keys")
    with desk.open(seed=1) as log:
        assert log.put_blob(FORM) == log.put_blob(FORM) == form
        assert log.size == 2
    assert (bytes_below(desk.folder / "blobs"), bytes_below(desk.folder / "keys")) == before


def test_a_file_that_a_broken_run_left_without_a_record_is_stored_once(desk: Any) -> None:
    log = desk.open()
    raw = log.put_blob(FORM)
    log.close()  # as a crash would, before any record
    with desk.open(seed=1) as log:
        assert log.reader().raw(raw.file_sha256) == FORM
        assert take_in(log, FORM) == raw
    reader = LogReader(desk.folder)
    assert [reader.envelope(i).blobs for i in range(len(reader))] == [(raw.blob,), (raw.blob,)]
    assert verify(desk.folder).raw_files == 1


def test_an_orphan_can_be_destroyed_too(desk: Any) -> None:
    log = desk.open()
    raw = log.put_blob(FORM)
    log.close()
    with desk.open(seed=1) as log:
        log.destroy_key(0, "consent withdrawn")
    with pytest.raises(SealedError):
        LogReader(desk.folder).raw(raw.file_sha256)
    assert raw.key is not None
    assert not LogReader(desk.folder).keys.opens(raw.key)


def test_destroying_the_key_of_a_file_destroys_that_of_its_bytes(desk: Any, form: RawFile) -> None:
    with desk.open(seed=1) as log:
        log.destroy_key(0, "consent withdrawn")
    reader = LogReader(desk.folder)
    assert set(bytes_below(desk.folder / "keys")) == {0}
    with pytest.raises(SealedError):
        reader.raw(form.file_sha256)
    with pytest.raises(SealedError, match="destroyed"):
        reader.raw_files.get(RawRef(form.file_sha256, form.blob))
    report = verify(desk.folder)
    assert report.ok
    assert (report.sealed, report.raw_files) == (1, 0)


def test_destroying_touches_no_other_file(desk: Any, form: RawFile) -> None:
    with desk.open(seed=1) as log:
        other = take_in(log, b"another form")
        log.destroy_key(0, "consent withdrawn")
    assert LogReader(desk.folder).raw(other.file_sha256) == b"another form"
    assert verify(desk.folder).raw_files == 1
    assert form.blob != other.blob


def test_a_file_whose_key_was_destroyed_is_sealed_anew_when_it_is_given_again(desk: Any, form: RawFile) -> None:
    with desk.open(seed=1) as log:
        log.destroy_key(0, "consent withdrawn")
        again = take_in(log, FORM)
    assert again.blob != form.blob
    assert LogReader(desk.folder).raw(form.file_sha256) == FORM
    assert verify(desk.folder).ok


def test_nothing_is_logged_as_destroyed_where_the_keys_are_not(desk: Any, form: RawFile) -> None:
    assert form.key is not None
    (desk.folder / "keys" / form.key.partition(":")[0]).unlink()
    with desk.open(seed=1) as log, pytest.raises(EvidenceError, match="where the keys are kept"):
        log.destroy_key(0, "consent withdrawn")
    assert len(LogReader(desk.folder)) == 2


def test_without_the_keys_a_file_is_sealed_and_the_log_verifies(desk: Any, form: RawFile) -> None:
    exported = without_keys(desk)
    with pytest.raises(SealedError, match="needed the keys"):
        LogReader(exported).raw(form.file_sha256)
    report = verify(exported)
    assert report.ok
    assert (report.sealed, report.raw_files, report.raw_sealed) == (1, 0, 0)


def test_with_the_keys_the_file_is_checked_against_its_digest(desk: Any, form: RawFile) -> None:
    assert form.key is not None
    assert (verify(desk.folder).raw_files, verify(desk.folder).raw_sealed) == (1, 0)
    (desk.folder / "keys" / form.key.partition(":")[0]).unlink()
    assert (verify(desk.folder).raw_files, verify(desk.folder).raw_sealed) == (0, 1)


def test_an_unknown_file_is_one_sentence(desk: Any, form: RawFile) -> None:
    assert form
    with pytest.raises(EvidenceError, match="found no file"):
        LogReader(desk.folder).raw("0" * 64)


@pytest.mark.parametrize("keys", [True, False])
def test_any_change_of_a_sealed_file_is_found_and_its_blob_named(desk: Any, form: RawFile, keys: bool) -> None:
    folder = desk.folder if keys else without_keys(desk)
    path = LogReader(folder).blobs.path(form.blob)
    original = path.read_bytes()
    for at in range(0, len(original), 7):
        path.write_bytes(original[:at] + bytes([original[at] ^ 1]) + original[at + 1 :])
        assert verify(folder).files == (path.relative_to(folder).as_posix(),)
        if keys:
            with pytest.raises((VerifyError, SealedError)):
                LogReader(folder).raw(form.file_sha256)


@pytest.mark.parametrize("left", [0, 5, 60, 75, 90])
def test_a_cut_off_sealed_file_never_opens(desk: Any, form: RawFile, left: int) -> None:
    path = LogReader(desk.folder).blobs.path(form.blob)
    path.write_bytes(path.read_bytes()[:left])
    assert not verify(desk.folder).ok
    with pytest.raises(VerifyError):
        LogReader(desk.folder).raw(form.file_sha256)


def test_a_missing_sealed_file_is_found(desk: Any, form: RawFile) -> None:
    LogReader(desk.folder).blobs.path(form.blob).unlink()
    assert "is missing" in str(verify(desk.folder).first)
    with pytest.raises(EvidenceError, match="restore it from a copy"):
        LogReader(desk.folder).raw(form.file_sha256)


def test_even_the_signer_cannot_pass_off_another_file_as_the_one_of_a_record(desk: Any) -> None:
    with desk.open() as log:
        one, other = log.put_blob(FORM), log.put_blob(b"another form")
        log._sealed_files()[one.file_sha256] = other.blob
        log.append_many([Record("file", {"file_sha256": one.file_sha256}, marking=Marking.INTERNAL)])
    assert "found other bytes" in str(verify(desk.folder).first)


def test_a_received_file_that_looks_sealed_is_a_file_like_any_other(desk: Any) -> None:
    """A sender who writes the first line of a sealed file cannot make the log take a key of its own for it."""
    false = b"trucewatch sealed/1 " + b"0" * 32 + b":" + b"9" * 40 + b"\n" + bytes(64)
    with desk.open() as log:
        sealed, clear = log.put_blob(false), log.put_blob(false, Marking.PUBLIC)
    assert LogReader(desk.folder).raw(sealed.file_sha256) == false
    assert LogReader(desk.folder).blobs.get(clear.blob) == false
    desk.open(seed=1).close()
    assert verify(desk.folder).ok


def take_in_many(log: Log) -> None:
    for number in range(9):
        take_in(log, b"form %d" % number)


@pytest.mark.parametrize("room", range(8))
def test_a_full_disk_while_sealing_is_one_sentence_and_leaves_a_log_that_verifies(memory_desk: Any, room: int) -> None:
    desk, files = memory_desk
    left = iter(range(room))

    def full(what: str, _path: Path) -> None:
        if what in ("write_new", "make_dir") and next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with desk.open(files) as log:
        take_in(log, b"a form that was there before")
        files.before = full
        with pytest.raises(EvidenceError, match="No space left"):
            take_in_many(log)
        files.before = lambda _what, _path: None
        raw = take_in(log, FORM)
        assert log.reader().raw(raw.file_sha256) == FORM
    assert verify(desk.folder, files=files).ok


def test_the_key_is_durable_before_the_blob_and_no_draft_is_in_the_clear(memory_desk: Any) -> None:
    desk, files = memory_desk
    done: list[tuple[str, str]] = []

    def note(what: str, path: Path) -> None:
        done.append((what, path.parts[2]))
        assert all(FORM not in files.read(p) for p in files.walk(desk.folder))

    with desk.open(files) as log:
        files.after = note
        log.put_blob(FORM)
        files.after = lambda _what, _path: None
    assert done.index(("fsync_dir", "keys")) < done.index(("rename", "blobs"))
    assert done[-1] == ("fsync_dir", "blobs")
