"""Print every measure as one table: workload, figure, peer, the peer's figure in the same run, ratio."""

import importlib
import os
import platform
import subprocess
import sys

MEASURES = (
    "points_in_zones",
    "linking",
    "cost",
    "baseline",
    "log_and_query",
    "judging",
    "own_table",
    "press",
    "toponyms",
    "pledges",
    "claims",
    "runs",
    "network_door",
    "seismic",
    "storm",
    "storm_told",
    "line",
    "infrasound",
    "arrays",
)


def machine() -> str:
    """Say on what this was measured."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def main(names: list[str]) -> None:
    """Measure what is named; all of them one after the other, each in a process of its own, so that none weighs on
    the memory of the next."""
    if not names:
        print(f"measured on {machine()}; compile time apart where a row says so", flush=True)
        for name in MEASURES:
            subprocess.run([sys.executable, "-m", "bench", name], check=True)
    for name in names:
        if name not in MEASURES:
            raise SystemExit(f"found the measure {name!r}; needed one of {', '.join(MEASURES)}; choose one")
        for row in importlib.import_module(f"bench.{name}").measure():
            print(f"{row[0]:<88} {row[1]:<32} {row[2]:<44} {row[3]:<28} {row[4]}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
