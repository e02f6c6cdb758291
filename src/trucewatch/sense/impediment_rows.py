"""What hindered the mission: kinds of impediments, and the same as observations, so that obstruction can be judged."""

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, strings
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.sense.mission_limits import MissionConfig

__all__ = ["CLASSES", "KINDS", "disc_columns", "kind_of", "observed"]

# Words of the logs to kinds of core/tables.py IMPEDIMENTS.
KINDS = {
    "denied": "denial", "denial": "denial", "refused": "denial",
    "delayed": "delay", "delay": "delay",
    "conditional": "conditional_access", "conditional access": "conditional_access", "condition": "conditional_access",
    "jammed": "jamming", "jamming": "jamming", "gps interference": "jamming",
    "fired at": "small_arms_fire", "small arms fire": "small_arms_fire",
    "lost": "loss", "loss": "loss",
    "other": "other",
}  # fmt: skip
CLASSES = {
    "denial": "denial", "delay": "delay", "conditional_access": "conditional_access", "jamming": "jamming",
    "small_arms_fire": "fire_at_monitors", "loss": "asset_loss", "other": "obstruction",
}  # fmt: skip
RELIABILITY, CREDIBILITY = "B", "2"  # the mission's own log, as the observer's form: assumed until decisions say more
_SAME = ("source", "file_sha256", "row", "native_key", "t_start_ns", "t_end_ns", "asset", "text")
_BY_INSTRUMENT = ("camera", "uav", "satellite")


def kind_of(word: str | None) -> str | None:
    """Return the kind of impediment that a word means; None where it means none."""
    return None if word is None else KINDS.get(word.lower().replace("_", " ").strip())


def disc_columns(
    lon_deg: np.ndarray, lat_deg: np.ndarray, radius_m: np.ndarray, config: MissionConfig
) -> dict[str, np.ndarray | pa.Array]:
    """Return place columns (n,): a disc where there is a radius (n,) m, else the position itself; unknown where NaN."""
    known, disc = np.isfinite(lon_deg) & np.isfinite(lat_deg), radius_m > 0
    kind = ["settlement" if d else "exact" if k else None for k, d in zip(known, disc & known, strict=True)]
    size = np.where(disc, radius_m, config.position_radius90_m)
    return {
        "place_kind": pa.array(kind, pa.string()), "lon_deg": lon_deg, "lat_deg": lat_deg,
        "size1_m": np.where(known, size, np.nan), "bearing_deg": np.where(known, 0.0, np.nan),
    }  # fmt: skip


def observed(impediments: pa.Table, state: pa.Array, places: dict[str, np.ndarray | pa.Array]) -> pa.Table:
    """Return impediments (n,) as observations of obstruction, each a group of its own.

    The group is seen by more people than asset and place may be, so that file and row name it.
    """
    kind, means, files = (strings(impediments, n) for n in ("kind", "means", "file_sha256"))
    rows = integers(impediments, "row")
    values = {
        **{name: impediments.column(name) for name in _SAME},
        "state": state, "project": "mission", **places,
        "group": [f"mission:{file[:16]}:{row}" for file, row in zip(files, rows, strict=True)],
        "class": [CLASSES[k] for k in kind],
        "means": [None if m is None else "recorded" if m in _BY_INSTRUMENT else "saw" for m in means],
        "reliability": RELIABILITY, "credibility": CREDIBILITY,
    }  # fmt: skip
    return OBSERVATIONS.table(values, rows=impediments.num_rows)
