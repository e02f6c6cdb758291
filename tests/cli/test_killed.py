"""A run that dies at any moment, and is run again: the same incidents, and a log that verifies."""

import contextlib
import os
import signal
import subprocess
import time
from datetime import date

import pytest
from tests.cli.conftest import AGREEMENTS, DAY, TRUCEWATCH, judge, latest, memberships, run

from trucewatch.core.errors import EvidenceError
from trucewatch.evidence import LogReader, load_or_create_key
from trucewatch.pipeline import Job, run_job


class PowerCut(BaseException):
    """The end of the process, as far as the code under test can tell."""


def leaves(out):
    try:
        return len(LogReader(out))
    except (EvidenceError, OSError):
        return -1


def kinds(out):
    reader = LogReader(out)
    return [reader.envelope(i).kind for i in range(len(reader))]


MOMENTS = {
    "with files half read": lambda out: leaves(out) > 9,
    "with incidents half logged": lambda out: leaves(out) > 40,
    "with pages half written": lambda out: (out / "public").is_dir(),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_is_finished_by_the_next_one(day, tmp_path, moment):
    out = tmp_path / "out"
    command = [*TRUCEWATCH, "run", "--agreement", AGREEMENTS / "armistice-example", "--input", day / "input",
               "--from", DAY, "--to", DAY, "--out", out]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while not MOMENTS[moment](out) and process.poll() is None:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
    if process.returncode == 0:
        pytest.skip("the run was over before it could be killed")
    assert process.returncode == -signal.SIGKILL
    assert judge(day / "input", out).code == 0
    assert run("verify", out).code == 0
    assert memberships(out) == memberships(day)


def test_a_run_that_dies_before_any_of_its_commits_is_finished_by_the_next_one(take, tmp_path, own_key):
    agreement = AGREEMENTS / "armistice-example"
    texts = {n: (agreement / n).read_text(encoding="utf-8") for n in ("terms.yaml", "zones.geojson")}
    given, on = take("duty_log", "reports.csv"), date.fromisoformat(DAY)

    def go(out, last_call):
        calls = iter(range(last_call))

        def clock():
            if next(calls, None) is None:
                raise PowerCut
            return 1_800_000_000_000_000_000

        job = Job(texts, agreement.name, (given,), on, on, out)
        run_job(job, load_or_create_key(own_key), clock, os.urandom, lambda _: None)

    whole = tmp_path / "whole"
    go(whole, 10_000)
    wanted = sorted(kinds(whole))
    for calls in range(60):
        out = tmp_path / f"out{calls}"
        with contextlib.suppress(PowerCut):
            go(out, calls)
            break
        go(out, 10_000)
        assert memberships(out) == memberships(whole), f"died at commit {calls}"
        found = kinds(out)
        for kind in ("segment", "incident", "verdict"):
            assert found.count(kind) == wanted.count(kind), f"{kind} after dying at commit {calls}"
    assert calls > 10


def test_running_again_adds_no_incident_and_no_verdict(copy):
    before = kinds(copy)
    assert judge(copy / "input", copy).code == 0
    after = kinds(copy)
    for kind in ("file", "segment", "incident", "verdict"):
        assert after.count(kind) == before.count(kind), kind
    assert {i.version for i in latest(copy).values()} == {1}
