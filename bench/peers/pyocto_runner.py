"""Run PyOcto in an environment of its own: `python pyocto_runner.py IN.npz OUT.npz` (fields: see `bench.peers`)."""

import json
import struct
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd  # type: ignore[import-not-found,import-untyped,unused-ignore]
import pyocto  # type: ignore[import-not-found,import-untyped,unused-ignore]


def main(source: str, target: str) -> None:
    """Read stations, picks, model and settings; write events and assignments, and the time that `associate` took."""
    given = np.load(source)
    settings: dict[str, Any] = json.loads(str(given["settings"]))
    with tempfile.TemporaryDirectory() as folder:
        associator = pyocto.OctoAssociator.from_area(velocity_model=_model(given, Path(folder)), **settings)
        ids = [str(k) for k in range(len(given["lon_deg"]))]
        stations = pd.DataFrame({"id": ids, "longitude": given["lon_deg"], "latitude": given["lat_deg"],
                                 "elevation": given["elevation_m"]})  # fmt: skip
        associator.transform_stations(stations)
        picks = pd.DataFrame(
            {"station": given["station"].astype(str), "phase": given["phase"], "time": given["time_s"]}
        )
        start, start_cpu = time.perf_counter(), time.process_time()
        events, assignments = associator.associate(picks, stations)
        seconds, cpu = time.perf_counter() - start, time.process_time() - start_cpu
        if len(events):
            associator.transform_events(events)
    _write(target, events, assignments, seconds, cpu)


def _model(given: Any, folder: Path) -> Any:
    """Return one speed a phase, or the tables that were handed over, in the layout that PyOcto reads."""
    tolerance = float(given["tolerance_s"])
    if "speeds_km_s" in given:
        p, s = (float(v) for v in given["speeds_km_s"])
        return pyocto.VelocityModel0D(p_velocity=p, s_velocity=s, tolerance=tolerance)
    table = np.ascontiguousarray(given["table_s"], np.float64)  # (phase, distance, depth)
    path = folder / "times"
    path.write_bytes(
        struct.pack("iid", *table.shape[1:], float(given["step_km"])) + table[0].tobytes() + table[1].tobytes()
    )
    return pyocto.VelocityModel1D(str(path), tolerance=tolerance, surface_p_velocity=float(given["surface_km_s"][0]),
                                  surface_s_velocity=float(given["surface_km_s"][1]))  # fmt: skip


def _write(target: str, events: Any, assignments: Any, seconds: float, cpu: float) -> None:
    if len(events):
        depth = events["depth"] if "depth" in events else events["z"]
        columns = [events[c].to_numpy(float) for c in ("time", "longitude", "latitude")] + [depth.to_numpy(float)]
        rank = {int(idx): k for k, idx in enumerate(events["idx"])}
        event = np.array([rank[int(idx)] for idx in assignments["event_idx"]], np.int64)
        pick = assignments["pick_idx"].to_numpy(np.int64)
        residual = assignments["residual"].to_numpy(float)
    else:
        columns, event, pick, residual = [np.zeros(0)] * 4, np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
    np.savez(target, time_s=columns[0], lon_deg=columns[1], lat_deg=columns[2], depth_km=columns[3], event=event,
             pick=pick, residual_s=residual, seconds=seconds, cpu_s=cpu)  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:3])
