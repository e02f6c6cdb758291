"""How the cost of linking grows with the number of events, at the density of a real day; plotted beside a line."""

import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from trucewatch.core.tables import EVENTS, OBSERVATIONS
from trucewatch.core.times import DAY_NS
from trucewatch.fuse import Config, fuse

Row = tuple[str, str, str, str, str]
SIZES = (10_000, 20_000, 40_000, 80_000, 160_000)
EVENTS_PER_DAY = 2_000
PLOT = Path(__file__).parents[1] / "out" / "bench" / "linking-cost.svg"


def measure() -> list[Row]:
    """Return one row a size, and draw the figure; synthetic events."""
    fuse(*_events(1_000), (), Config())  # compile time apart
    seconds = []
    for size in SIZES:
        events, observations = _events(size)
        start = time.perf_counter()
        fuse(events, observations, (), Config())
        seconds.append(time.perf_counter() - start)
    exponent = np.polyfit(np.log(SIZES), np.log(seconds), 1)[0]
    _plot(seconds)
    rows = [(f"link, join and weigh {n:,} events (synthetic)", f"{s:.2f} s", "-", "-", "-")
            for n, s in zip(SIZES, seconds, strict=True)]  # fmt: skip
    return [*rows, (f"cost grows as n^{exponent:.2f}; plotted in {PLOT.name}", "-", "-", "-", "-")]


def _events(n: int, seed: int = 1) -> tuple[pa.Table, pa.Table]:
    """Return events around 40 hot places, `EVENTS_PER_DAY` a day."""
    rng = np.random.default_rng(seed)
    hot = rng.uniform((31.0, 46.5), (39.0, 50.5), (40, 2))
    place = hot[rng.integers(0, len(hot), n)] + rng.normal(0, 0.15, (n, 2))
    start = (19_000 + rng.integers(0, max(1, n // EVENTS_PER_DAY), n)) * DAY_NS
    shared = {
        "source": rng.choice(["fires", "list"], n, p=[0.9, 0.1]), "file_sha256": "0" * 64, "row": np.arange(n) + 1,
        "project": "synthetic", "group": "synthetic", "t_start_ns": start, "t_end_ns": start + DAY_NS,
        "place_kind": "exact", "lon_deg": place[:, 0], "lat_deg": place[:, 1], "size1_m": 300.0, "class": "explosion",
    }  # fmt: skip
    number = np.arange(n)
    events = EVENTS.table({**shared, "event": number, "observation": number, "p_real": np.full(n, 0.8)})
    return events, OBSERVATIONS.table({**shared, "state": "accepted"})


def _plot(seconds: list[float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.loglog(SIZES, seconds, "ko-", label="measured")
    axes.loglog(SIZES, np.array(SIZES) * seconds[0] / SIZES[0], "k:", label="in proportion")
    axes.set(xlabel="events (synthetic)", ylabel="seconds", title="Cost of linking, joining and weighing")
    axes.legend()
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT)


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
