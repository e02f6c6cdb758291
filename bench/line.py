"""The full line: 1,200 km, 15,000 nodes, 750,000 triggers in a day, found again in fixed tiles. Synthetic."""

import resource
import sys
import time
from pathlib import Path

import numpy as np
from pyproj import Transformer

from trucewatch.locate.acoustic import AcousticConfig
from trucewatch.locate.tiles import Network, Sound, TileConfig, associate_tiles
from trucewatch.scenario.bound import Found, score_storm
from trucewatch.scenario.storm import Storm, StormConfig, simulate

Row = tuple[str, str, str, str, str]
HOURS = (3.0, 8.0, 24.0)
KM = 1_200.0
# rows of nodes 1.6 km apart; as many shots and false triggers as make about 50 triggers a node and day
LINE = StormConfig(seed=1, width_m=KM * 1e3, height_m=32e3, columns=750, rows=20, jitter_m=400.0, shots_per_min=3.45,
                   places=40, false_per_min=0.009)  # fmt: skip
PLOT = Path(__file__).parents[1] / "out" / "bench" / "line-cost.svg"


def measure() -> list[Row]:
    """Return one row for each length of record; the last is the day."""
    plane = Transformer.from_crs("EPSG:4326", "+proj=aeqd +lon_0=34 +lat_0=48", always_xy=True)
    _found(simulate(_lasting(0.2)), plane)  # compile time apart
    rows, triggers, seconds = [], [], []
    for hours in HOURS:
        storm = simulate(_lasting(hours))
        took, score, events = _found(storm, plane)
        triggers.append(len(storm.heard.t_s))
        seconds.append(took)
        name = f"{KM:,.0f} km, {len(storm.node_east_m):,} nodes, {hours:.0f} h, {triggers[-1]:,} triggers (synthetic)"
        rows.append((name, f"{took:.1f} s on two cores", "aim", "60 s for 24 h", f"{events:,} events, F1 {score:.3f}"))
    _plot(triggers, seconds)
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    exponent = float(np.polyfit(np.log(triggers), np.log(seconds), 1)[0])
    return [*rows, ("growth with the number of triggers", f"n^{exponent:.2f}", "-", "-", f"plot: {PLOT.name}"),
            ("greatest memory, the simulation included", f"{megabytes:,.0f} MB", "aim", "2,000 MB", "-")]  # fmt: skip


def _lasting(hours: float) -> StormConfig:
    return StormConfig(**{**{n: getattr(LINE, n) for n in LINE.__slots__}, "minutes": hours * 60})


def _found(storm: Storm, plane: Transformer) -> tuple[float, float, int]:
    """Return seconds, F1 and number of events."""
    half = np.array([storm.config.width_m, storm.config.height_m]) / 2
    lon, lat = plane.transform(storm.node_east_m - half[0], storm.node_north_m - half[1], direction="INVERSE")
    heard = storm.heard
    sound = Sound(heard.t_s, heard.node, np.full(len(heard.t_s), np.nan))
    begun = time.perf_counter()
    placed = associate_tiles(sound, Network(np.asarray(lon), np.asarray(lat)), AcousticConfig(), TileConfig())
    took = time.perf_counter() - begun
    east, north = plane.transform(placed.lon_deg, placed.lat_deg)
    cov = placed.cov_m2[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    found = Found(placed.t_s, np.asarray(east) + half[0], np.asarray(north) + half[1], cov)
    return took, score_storm(storm, found).f1, len(placed.p)


def _plot(triggers: list[int], seconds: list[float]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    axes.loglog(triggers, seconds, "ko-", label="measured")
    axes.loglog(triggers, np.array(triggers) * seconds[0] / triggers[0], "k:", label="in proportion")
    axes.set(xlabel="triggers (synthetic)", ylabel="seconds, two cores", title="Cost of the line")
    axes.legend()
    PLOT.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(PLOT)


if __name__ == "__main__":
    for row in measure():
        sys.stdout.write(" | ".join(row) + "\n")
