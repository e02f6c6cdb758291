"""`verify` finds what was touched and names it; `run` lets in one writer at a time."""

import os
import shutil

import pytest
from tests.cli.conftest import judge, refused, run

from trucewatch.evidence import Log, load_or_create_key


def blob_of(folder, size=1):
    return next(p for p in sorted((folder / "blobs").rglob("*")) if p.is_file() and p.stat().st_size >= size)


def flip(path, at=-1):
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)


def test_a_fresh_day_verifies(day):
    ran = run("verify", day)
    assert ran.code == 0
    assert "leaves" in ran.out


def test_the_answer_as_json_says_the_same(day):
    told = run("verify", day, "--json").json
    assert told["ok"] is True
    assert told["problems"] == []
    assert told["size"] > 0


def test_the_key_published_elsewhere_is_trusted_and_the_one_beside_the_log_is_not(day, tmp_path):
    published = shutil.copy(day / "log" / "key.pub", tmp_path / "published.pub")
    assert "the key given" in run("verify", day, "--public-key", published).out
    assert "compare it with the published one" in run("verify", day).out
    assert run("verify", day, "--public-key", published, "--json").json["key_trusted"] is True


def test_a_copy_of_log_and_blobs_alone_verifies(day, tmp_path):
    for name in ("log", "blobs"):
        shutil.copytree(day / name, tmp_path / name)
    ran = run("verify", tmp_path, "--public-key", day / "log" / "key.pub")
    assert ran.code == 0
    assert "sealed" in ran.out


@pytest.mark.parametrize("at", [0, 100, -1])
def test_a_flipped_byte_in_the_entries_is_found_and_named(copy, at):
    entries = next(p for p in sorted((copy / "log" / "tile" / "entries").rglob("*")) if p.is_file())
    flip(entries, at)
    ran = run("verify", copy)
    refused(ran, entries.relative_to(copy).as_posix(), code=1)


def test_a_flipped_byte_in_the_checkpoint_is_found_and_named(copy):
    flip(copy / "log" / "checkpoint", 5)
    refused(run("verify", copy), "log/checkpoint", code=1)


def test_a_flipped_byte_in_a_blob_is_found_and_named(copy):
    blob = blob_of(copy)
    flip(blob)
    refused(run("verify", copy), blob.name, code=1)
    assert run("verify", copy, "--json").json["problems"][0]["file"].endswith(blob.name)


def test_a_removed_blob_is_found_and_named(copy):
    blob = blob_of(copy)
    blob.unlink()
    refused(run("verify", copy), blob.name, "missing", code=1)


def test_a_blob_that_was_slipped_in_is_found(copy):
    (copy / "blobs" / "sha256" / "00").mkdir(exist_ok=True)
    (copy / "blobs" / "sha256" / "00" / ("00" * 32)).write_bytes(b"x")
    refused(run("verify", copy), "00" * 32, code=1)


def test_another_key_is_refused(day, tmp_path):
    load_or_create_key(tmp_path / "a.key")
    other = load_or_create_key(tmp_path / "a.key").public_key().public_bytes_raw().hex()
    refused(run("verify", day, "--public-key", other), "another key", code=1)
    refused(run("verify", day, "--public-key", "no key at all"), "needed a verifier key", code=1)


def test_a_folder_without_a_log_is_a_wrong_command(tmp_path):
    refused(run("verify", tmp_path), "found no log")


def test_an_empty_log_does_not_verify(tmp_path):
    with Log.open(tmp_path, load_or_create_key(tmp_path / "a.key"), lambda: 0, os.urandom):
        pass
    assert run("verify", tmp_path).code == 1


def test_a_second_writer_is_refused_in_one_sentence(copy):
    with Log.open(copy, load_or_create_key(copy / "signing.key"), lambda: 0, os.urandom):
        refused(judge(copy / "input", copy), "another process writing", code=1)
    assert run("verify", copy).code == 0


def test_a_log_that_somebody_else_signed_is_not_written_to(copy, own_key):
    before = (copy / "log" / "checkpoint").read_bytes()
    refused(judge(copy / "input", copy, "--key", own_key), "needed that signing key", code=1)
    assert (copy / "log" / "checkpoint").read_bytes() == before


def test_a_spoilt_log_is_not_written_to(copy):
    entries = next(p for p in sorted((copy / "log" / "tile" / "entries").rglob("*")) if p.is_file())
    flip(entries)
    ran = judge(copy / "input", copy)
    assert ran.code == 1
    assert "Traceback" not in ran.err


def test_a_deleted_or_spoilt_view_costs_nothing(copy):
    before = run("verify", copy).out
    (copy / "view.sqlite").unlink()
    assert judge(copy / "input", copy).code == 0
    (copy / "view.sqlite").write_bytes(b"this is no database, but it is long enough to look like one" * 20)
    refused(run("trace", "0", "--in", copy), "delete it and rebuild")
    assert before
