"""Peers that need an environment of their own: `make peers` builds it, and without it their figures are left out."""

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

__all__ = ["NOT_INSTALLED", "PeerEvents", "PeerPicks", "Speeds", "Tables", "installed", "run_pyocto"]

NOT_INSTALLED = "not installed (make peers)"
FOLDER = Path(os.environ.get("TRUCEWATCH_PEERS", Path(__file__).parents[2] / ".venv-peers"))
PYTHON = FOLDER / "bin" / "python"
RUNNER = Path(__file__).with_name("pyocto_runner.py")


class Speeds(NamedTuple):
    """One speed a phase in m/s; `tolerance_s` is PyOcto's."""

    p_m_s: float
    s_m_s: float
    tolerance_s: float


class Tables(NamedTuple):
    """Travel times (phase, depth, distance) s from depth 0 and distance 0, one step in both directions (m); speeds
    (2,) m/s of P and S at the surface, with which PyOcto corrects for elevation."""

    time_s: np.ndarray
    step_m: float
    surface_m_s: tuple[float, float]
    tolerance_s: float


class PeerPicks(NamedTuple):
    """time_s, station (row of the stations), phase ("P" or "S"): (picks,) each."""

    time_s: np.ndarray
    station: np.ndarray
    phase: np.ndarray


class PeerEvents(NamedTuple):
    """time_s, lon_deg, lat_deg, depth_m: (events,) each."""

    time_s: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    depth_m: np.ndarray


def installed() -> bool:
    """Return whether the peers' environment is there."""
    return (FOLDER / ".installed").exists()


def run_pyocto(
    stations: tuple[np.ndarray, np.ndarray, np.ndarray],
    picks: PeerPicks,
    model: Speeds | Tables,
    settings: dict[str, Any],
    timeout_s: float = 3600.0,
    clock: Literal["wall", "cpu"] = "wall",
) -> tuple[PeerEvents, np.ndarray, float]:
    """Return events, assignments (n, 2) of event and pick, and the seconds that `associate` took in the peer's process.

    stations   lon_deg, lat_deg, elevation_m
    settings   arguments of `OctoAssociator.from_area` but the velocity model: lat, lon, zlim (km), time_before, ...

    clock      wall time, or the processor time of all threads: fairer where others use the machine too

    Import and setting up are not in the seconds. `subprocess.TimeoutExpired` is raised where it does not finish.
    """
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(source, lon_deg=stations[0], lat_deg=stations[1], elevation_m=stations[2], **picks._asdict(),
                 settings=json.dumps(settings), **_fields(model))  # fmt: skip
        subprocess.run([PYTHON, RUNNER, source, target], check=True, timeout=timeout_s, stderr=subprocess.DEVNULL)
        out = np.load(target)
        events = PeerEvents(out["time_s"], out["lon_deg"], out["lat_deg"], out["depth_km"] * 1e3)
        return (
            events,
            np.column_stack([out["event"], out["pick"]]),
            float(out["seconds" if clock == "wall" else "cpu_s"]),
        )


def _fields(model: Speeds | Tables) -> dict[str, Any]:
    if isinstance(model, Speeds):
        return {"speeds_km_s": np.array([model.p_m_s, model.s_m_s]) / 1e3, "tolerance_s": model.tolerance_s}
    return {"table_s": np.swapaxes(model.time_s, 1, 2), "step_km": model.step_m / 1e3, "tolerance_s": model.tolerance_s,
            "surface_km_s": np.array(model.surface_m_s) / 1e3}  # fmt: skip
