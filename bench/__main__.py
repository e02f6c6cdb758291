"""Print every measure as one table: workload, figure, peer, the peer's figure in the same run, ratio."""

import os
import platform
import sys

from bench import baseline, cost, linking, log_and_query, points_in_zones, runs

MEASURES = (points_in_zones, linking, cost, baseline, log_and_query, runs)


def machine() -> str:
    """Say on what this was measured."""
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}"


def main() -> None:
    """Measure one after the other and print as soon as each is known."""
    chosen = [m for m in MEASURES if not sys.argv[1:] or m.__name__.split(".")[-1] in sys.argv[1:]]
    print(f"measured on {machine()}; compile time apart where a row says so", flush=True)
    for module in chosen:
        for row in module.measure():
            print(f"{row[0]:<88} {row[1]:<32} {row[2]:<44} {row[3]:<28} {row[4]}", flush=True)


if __name__ == "__main__":
    main()
