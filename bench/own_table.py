"""A user's own table of a million rows through a mapping: seconds and memory, beside a bare read of the same bytes."""

import io
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from pyarrow import csv as arrow_csv

from trucewatch.sense.own_table import read_table
from trucewatch.sense.source import Source

Row = tuple[str, str, str, str, str]
ROOT = Path(__file__).parents[1]
ROWS = 1_000_000
MAPPING = """\
format: 1
reads: observations
source: town_list
time: {start: when}
place: {lon: lon, lat: lat, radius: {value: 500, unit: m}}
columns:
  native_key: id
  class: {column: type, map: {shelling: explosion, drone: drone_strike, fire: fire}}
  count: number
  text: remarks
"""
_TYPES = ("shelling", "drone", "fire")
_OFFSETS = ("Z", "+02:00", "+03:00", "-05:00")


def invented(rows: int, seed: int = 1) -> bytes:
    """Return an invented CSV: moments with mixed offsets, degrees, a type, a count and some words."""
    rng = np.random.default_rng(seed)
    seconds = np.datetime64("2025-01-01", "s") + rng.integers(0, 86400 * 200, rows)
    when = np.datetime_as_string(seconds).tolist()
    kind, offset, number = (rng.integers(0, n, rows).tolist() for n in (len(_TYPES), len(_OFFSETS), 40))
    lon, lat = rng.uniform(30, 40, rows).tolist(), rng.uniform(45, 52, rows).tolist()
    text = io.StringIO("id,when,lon,lat,type,number,remarks\n")
    text.seek(0, io.SEEK_END)
    text.writelines(
        f'{i},{when[i]}{_OFFSETS[offset[i]]},{lon[i]:.5f},{lat[i]:.5f},{_TYPES[kind[i]]},{number[i]},"seen, no. {i}"\n'
        for i in range(rows)
    )
    return text.getvalue().encode()


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); each is timed in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.csv"
        _, ours, bare = (_timed(which, path) for which in ("write", "ours", "bare"))  # peaks are not to mix
    title = f"a user's CSV of {ROWS:,} rows ({ours['size_mb']:.0f} MB) to a table of observations"
    figure = f"{ours['seconds']:.2f} s, peak {ours['peak_mb']:,.0f} MB"
    floor = f"{bare['seconds']:.2f} s, peak {bare['peak_mb']:,.0f} MB"
    ratio = f"{ours['seconds'] / bare['seconds']:.1f} times the floor"
    return [(title, figure, "pyarrow's bare read, types guessed", floor, ratio)]


def _timed(which: str, path: Path) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.own_table", which, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def _one(which: str, path: Path) -> dict[str, float]:
    """Return seconds and peak memory of one read; what it compiles on its first use is not counted."""
    import resource

    if which == "write":
        return {"size_mb": path.write_bytes(invented(ROWS)) / 1e6}

    def read(data: bytes) -> int:
        if which == "bare":
            return int(arrow_csv.read_csv(io.BytesIO(data), arrow_csv.ReadOptions(use_threads=False)).num_rows)
        return sum(r.table.num_rows for r in read_table(Source("list.csv", data), MAPPING, "list.mapping.yaml"))

    read(invented(10))
    data = path.read_bytes()
    start = time.perf_counter()
    rows = read(data)
    seconds = time.perf_counter() - start
    if rows != ROWS:
        raise SystemExit(f"found {rows:,} rows; needed {ROWS:,}; look at the issues")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return {"seconds": seconds, "peak_mb": peak_mb, "size_mb": len(data) / 1e6}


if __name__ == "__main__":
    print(json.dumps(_one(sys.argv[1], Path(sys.argv[2]))))
