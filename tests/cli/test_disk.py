"""A full disk: one sentence, nothing acknowledged is lost, and the run goes on once there is room."""

import shutil
import subprocess
from pathlib import Path

import pytest
from tests.cli.conftest import AGREEMENTS, DAY, TRUCEWATCH, judge, memberships, refused, run

from trucewatch.evidence import LogReader

SMALL_DISK_KIB = 16_384


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that fills up; only root may mount one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK_KIB}k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a disk of its own cannot be mounted here; run as root to test a full one")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path, leave_kib: int) -> Path:
    """Fill a disk but for so many KiB, and return the file to remove."""
    ballast = folder / "ballast"
    free = shutil.disk_usage(folder).free
    ballast.write_bytes(bytes(max(free - leave_kib * 1024, 0)))
    return ballast


@pytest.mark.parametrize("leave_kib", [0, 200, 900])
def test_a_full_disk_loses_nothing_acknowledged_and_the_run_goes_on_with_room(day, take, small_disk, leave_kib):
    out = small_disk / "out"
    few = take("observers_hub_1", "control_map")
    assert judge(few, out).code == 0
    acknowledged = [LogReader(out).leaf(i) for i in range(len(LogReader(out)))]
    ballast = fill(small_disk, leave_kib)
    refused(judge(day / "input", out), "disk", "make room", code=1)
    waiting = run("verify", out, "--json").json["problems"]  # what was kept before its record found no room
    assert all(p["what"] == "is named by no leaf" for p in waiting)
    assert [LogReader(out).leaf(i) for i in range(len(acknowledged))] == acknowledged
    ballast.unlink()
    assert judge(day / "input", out).code == 0
    assert run("verify", out).code == 0
    assert set(memberships(out).values()) == set(memberships(day).values())


def test_a_disk_that_refuses_a_file_ends_in_one_sentence_and_the_log_reopens(day, tmp_path):
    out = tmp_path / "out"
    command = [*TRUCEWATCH, "run", "--agreement", AGREEMENTS / "armistice-example", "--input", day / "input",
               "--from", DAY, "--to", DAY, "--out", out]  # fmt: skip
    words = " ".join(f"'{w}'" for w in command)
    ended = subprocess.run(["bash", "-c", f"ulimit -f 60; exec {words}"], capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    assert ended.stderr.startswith("trucewatch: found that the disk said File too large")
    assert ended.stderr.count("\n") == 1
    assert judge(day / "input", out).code == 0
    assert run("verify", out).code == 0


def test_a_folder_that_cannot_be_made_is_a_wrong_command(day, tmp_path):
    (tmp_path / "file").write_text("x")
    refused(judge(day / "input", tmp_path / "file"), "is a file")
    refused(judge(day / "input", tmp_path / "file" / "below"), "found that")
