"""Verification finds a flipped byte anywhere, a file too many and a file too few, and fails closed."""

import base64
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.marking import Marking
from trucewatch.evidence import LogReader, Record, VerifierKey, verify
from trucewatch.evidence.bodies import Sealed
from trucewatch.evidence.note import public_bytes


@pytest.fixture
def exported(small_log: Any, tmp_path: Path) -> Path:
    """What is handed out: the log and the blobs, without keys."""
    for name in ("log", "blobs"):
        shutil.copytree(small_log.folder / name, tmp_path / "exported" / name)
    return tmp_path / "exported"


def exported_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def flip(path: Path, at: int, mask: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= mask
    path.write_bytes(data)


def test_an_untouched_log_verifies_with_the_key_alone(exported: Path, small_log: Any) -> None:
    report = verify(exported, base64.b64encode(public_bytes(small_log.signer)).decode())
    assert report.ok
    assert report.key_trusted
    assert (report.size, report.segments, report.rows) == (311, 1, 5)
    assert report.sealed == 1 + 1 + 100
    assert report.opened == report.size - report.sealed


def test_with_the_keys_at_hand_every_body_is_opened(small_log: Any) -> None:
    report = verify(small_log.folder)
    assert report.ok
    assert (report.opened, report.sealed, report.segments) == (311, 0, 2)
    assert (report.raw_files, report.raw_sealed) == (1, 0)


def test_a_flipped_byte_in_any_file_is_found_and_its_file_named(exported: Path) -> None:
    paths = exported_files(exported)
    assert len(paths) > 12
    for path in paths:
        original, name = path.read_bytes(), path.relative_to(exported).as_posix()
        for at in sorted({0, 1, len(original) // 3, len(original) // 2, len(original) - 2, len(original) - 1}):
            flip(path, at, 0x01)
            report = verify(exported)
            assert not report.ok, (name, at)
            assert name in report.files or name == "log/key.pub", (name, at, report.files)
            path.write_bytes(original)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), mask=st.integers(1, 255))
def test_any_change_of_any_byte_is_found(exported: Path, data: st.DataObject, mask: int) -> None:
    path = data.draw(st.sampled_from(exported_files(exported)))
    original = path.read_bytes()
    at = data.draw(st.integers(0, len(original) - 1))
    flip(path, at, mask)
    report = verify(exported)
    path.write_bytes(original)
    assert not report.ok


def test_a_flipped_byte_in_a_tile_or_blob_blames_that_file_alone(exported: Path) -> None:
    for path in exported_files(exported / "log" / "tile") + exported_files(exported / "blobs"):
        original = path.read_bytes()
        flip(path, len(original) // 2, 0x10)
        assert verify(exported).files == (path.relative_to(exported).as_posix(),)
        path.write_bytes(original)


def test_two_wrong_files_are_both_named(exported: Path) -> None:
    wrong = [exported / "log/tile/entries/000", exported / "log/tile/0/001.p/55"]
    for path in wrong:
        flip(path, 100, 0x01)
    assert {path.relative_to(exported).as_posix() for path in wrong} <= set(verify(exported).files)


@pytest.mark.parametrize("cut", [1, 100, None])
def test_a_cut_off_or_missing_file_is_found(exported: Path, cut: int | None) -> None:
    for path in exported_files(exported):
        original, name = path.read_bytes(), path.relative_to(exported).as_posix()
        if path.parent.name.endswith(".p") and cut is None and not is_current(path):
            continue  # an old partial tile may be thrown away
        path.unlink() if cut is None else path.write_bytes(original[:-cut])
        report = verify(exported)
        assert not report.ok, name
        assert name in report.files, (name, report.files)
        path.write_bytes(original)


def is_current(path: Path) -> bool:
    return int(path.name) == max(int(p.name) for p in path.parent.iterdir())


@pytest.mark.parametrize("name", ["log/extra", "log/tile/0/002", "log/tile/9/000", "log/tile/entries/000.p/3",
                                  "log/checkpoint.next", "blobs/sha256/ab/extra", "blobs/extra"])  # fmt: skip
def test_a_file_too_many_is_found(exported: Path, name: str) -> None:
    path = exported / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"extra")
    assert verify(exported).files == (name,)


def test_a_blob_too_many_is_found_even_under_its_right_name(exported: Path) -> None:
    name = "blobs/sha256/2c/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"  # SHA-256 of "hello"
    (exported / name).parent.mkdir(parents=True, exist_ok=True)
    (exported / name).write_bytes(b"hello")
    assert verify(exported).files == (name,)


def test_an_empty_log_fails(desk: Any) -> None:
    desk.open().close()
    report = verify(desk.folder)
    assert not report.ok
    assert "empty" in str(report.first)


@pytest.mark.parametrize("what", ["nothing", "a folder without a log"])
def test_no_log_at_all_fails(tmp_path: Path, what: str) -> None:
    folder = tmp_path / "absent" if what == "nothing" else tmp_path
    assert not verify(folder).ok


def test_another_public_key_is_refused_in_every_form(exported: Path, tmp_path: Path) -> None:
    other = Ed25519PrivateKey.generate()
    pem = other.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    raw, path = public_bytes(other), tmp_path / "other.pub"
    path.write_text(VerifierKey("trucewatch/other", raw).text)
    for key in (pem, raw.hex(), base64.b64encode(raw).decode(), path, str(path)):
        report = verify(exported, key)
        assert not report.ok
        assert "key" in str(report.first)


@pytest.mark.parametrize("text", ["", "no key", "00" * 31, "-----BEGIN PUBLIC KEY-----\nAAAA\n"])
def test_what_is_no_public_key_is_refused(exported: Path, text: str) -> None:
    assert not verify(exported, text).ok


def test_the_right_key_passes_in_every_form(exported: Path, small_log: Any) -> None:
    public = small_log.signer.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for key in (pem, public_bytes(small_log.signer).hex(), exported / "log" / "key.pub"):
        assert verify(exported, key).ok


def test_a_log_signed_anew_by_another_key_is_refused(exported: Path, small_log: Any, desk: Any) -> None:
    """Whoever rewrites the log must sign with a key of their own, which the known key gives away."""
    shutil.rmtree(exported)
    forger = Ed25519PrivateKey.generate()
    shutil.rmtree(desk.folder)
    with desk.open(signer=forger) as log:
        log.append_many([Record("report", {"text": "forged"}, marking=Marking.PUBLIC)])
    assert verify(desk.folder).ok
    assert not verify(desk.folder, public_bytes(small_log.signer).hex()).ok


def test_progress_is_told(small_log: Any) -> None:
    told: list[tuple[str, int, int]] = []
    verify(small_log.folder, progress=lambda *step: told.append(step))
    assert {what for what, _, _ in told} == {"leaves", "blobs", "raw files"}


def test_a_segment_whose_rows_do_not_have_the_signed_root_is_found(desk: Any, make: Any) -> None:
    """Even the log's own signer cannot pass off other rows, or another number of them, as those that were committed."""
    for change in ({"commitment": "0" * 64}, {"rows": 4}):
        shutil.rmtree(desk.folder, ignore_errors=True)
        with desk.open() as log:
            log.append_segment("segment", make.shots(), make.schema, (), Marking.PUBLIC)
            log._commit([replace(log.reader().envelope(0), **change)], Sealed([], []), {})
        report = verify(desk.folder)
        assert "do not have the root" in str(report.first)
        assert len(report.files) == 1


def test_a_body_that_does_not_fit_its_commitment_is_found(desk: Any, make: Any) -> None:
    with desk.open() as log:
        log.append_many([make.record(1)])
        log._commit([replace(log.reader().envelope(0), commitment="0" * 64)], Sealed([], []), {})
    assert "commitment does not fit" in str(verify(desk.folder).first)


def test_a_parent_that_no_earlier_leaf_has_is_found(desk: Any, make: Any) -> None:
    with desk.open() as log:
        log.append_many([make.record(1)])
        log._commit([replace(log.reader().envelope(0), parents=("0" * 64,))], Sealed([], []), {})
    assert "no earlier leaf" in str(verify(desk.folder).first)


def test_a_checkpoint_signed_for_another_log_is_refused(small_log: Any) -> None:
    path, key = small_log.folder / "log" / "checkpoint", LogReader(small_log.folder).key
    other = replace(LogReader(small_log.folder).checkpoint, origin="trucewatch/other")
    line = base64.b64encode(key.key_id + small_log.signer.sign(other.body)).decode()
    path.write_bytes(other.body + f"\n— {key.name} {line}\n".encode())
    assert "signed for the log" in str(verify(small_log.folder).first)
