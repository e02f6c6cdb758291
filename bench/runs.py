"""Whole runs on real records, each in a process of its own: seconds to a signed report, and peak memory."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.data import FOLDER

Row = tuple[str, str, str, str, str]
ROOT = Path(__file__).parents[1]
FIRES = "fires_daily"
SPRING = ("corridors-2022", "2022-03-01", "2022-05-31",
          (FIRES, "incidents_cir", "incidents_bellingcat", "corridors", "control_map"), ())  # fmt: skip
SUMMER = ("easter-2025", "2023-06-01", "2023-08-31",
          ("firms/viirs_snpp_ukraine_2023-02_2023-08.csv", "control_map"), ("--as-if-in-force",))  # fmt: skip
PRESS = ("easter-2025", "2023-06-01", "2023-08-31", (*SUMMER[3], "viina", "sirens"), ("--as-if-in-force",))
LOG_AND_LEARN = """
import os, sys, time
from pathlib import Path
from trucewatch.detect import learn
from trucewatch.evidence import Log, load_or_create_key
from trucewatch.pipeline.intake import take_in
out, fires = Path(sys.argv[1]), Path(sys.argv[2])
key = load_or_create_key(out / "key")
start = time.perf_counter()
with Log.open(out / "log", key, time.time_ns, os.urandom) as log:
    table = take_in(log, [fires], lambda _: None).joined("observations")
    learn(table)
print(table.num_rows, time.perf_counter() - start)
"""


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); none where the records are not here."""
    if not FOLDER.is_dir():
        return [("runs: the real records are not here", "-", "-", "-", "-")]
    named = (("spring 2022", SPRING), ("summer 2023", SUMMER), ("summer 2023 with press and alerts", PRESS))
    return [*(_run(f"{name} to a signed report", workload) for name, workload in named), _fires()]


def _run(title: str, workload: tuple[str, str, str, Sequence[str], Sequence[str]]) -> Row:
    agreement, first, last, inputs, more = workload
    with tempfile.TemporaryDirectory() as out:
        command = [sys.executable, "-m", "trucewatch", "run", "--agreement", str(ROOT / "agreements" / agreement)]
        command += ["--from", first, "--to", last, "--out", f"{out}/run", "--key", f"{out}/key", "--json", *more]
        command += [part for name in inputs for part in ("--input", str(FOLDER / name))]
        seconds, peak_mb, text = _timed(command)
    summary = json.loads(text)
    rows, found = sum(f["rows"] for f in summary["inputs"]), summary["counts"]["incidents"]
    figure = f"{seconds:.1f} s, {peak_mb:,.0f} MB"
    return (f"{title} ({rows:,} rows, {found:,} incidents)", figure, "-", "-", "-")


def _fires() -> Row:
    with tempfile.TemporaryDirectory() as out:
        seconds, peak_mb, text = _timed([sys.executable, "-c", LOG_AND_LEARN, out, str(FOLDER / FIRES)])
    rows, inner = text.split()
    figure = f"{float(inner):.1f} s, {peak_mb:,.0f} MB"
    return (f"{int(rows):,} date-only fires read, checked, logged, baselined (process {seconds:.1f} s)", figure,
            "-", "-", "-")  # fmt: skip


def _timed(command: Sequence[str]) -> tuple[float, float, str]:
    """Return wall seconds, peak resident memory MB and the output of a process."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        text = process.stdout.read() if process.stdout else ""
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"found exit code {process.returncode} of {' '.join(command)}; needed 0; run it by hand")
    return time.perf_counter() - start, usage.ru_maxrss / 1000, text


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
