"""A newsroom's own table, in nobody's format, with the mapping that says what its columns mean."""

import numpy as np

from trucewatch.core.times import to_datetime
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.sheets import Record, Sheet, in_order, label

__all__ = ["own_mapping", "own_sheet"]

_NAME = "press_own.csv"
_COLUMNS = ("no", "day", "hour", "village", "x", "y", "within_m", "what", "dead", "hurt")
_WITHIN_M = 300.0
_MAPPING = """# {label}
format: 1
reads: observations
source: newsroom
project: newsroom
synthetic: true
time:
  start: [day, hour]
  zone: {zone}
place:
  lon: x
  lat: y
  radius: {{column: within_m, unit: m}}
columns:
  native_key: no
  class: {{column: what, map: {{shells: impact, drone: drone_strike, blast: explosion}}}}
  killed: dead
  injured: hurt
  text: village
  reliability: {{value: C}}
  credibility: {{value: "3"}}
"""


def own_sheet(config: Config, happenings: Happenings, zone: str) -> Sheet:
    """Return what villages told the newsroom: which of them was hit, to the hour and some hundred metres."""
    rng = stream(config, "newsroom")
    told = (happenings.village != "") & (rng.uniform(size=len(happenings)) < config.p_local_press)
    records = [_row(happenings, i, rng, zone) for i in np.flatnonzero(told).tolist()]
    numbered = enumerate(in_order(records), start=1)
    return Sheet(_NAME, _COLUMNS, tuple(r._replace(values=(str(i), *r.values[1:])) for i, r in numbered))


def _row(happenings: Happenings, row: int, rng: np.random.Generator, zone: str) -> Record:
    sigma_m = _WITHIN_M / 2.15  # of a disc that holds 90 %
    at = happenings.lon_deg[row : row + 1], happenings.lat_deg[row : row + 1]
    lon, lat = offset_lonlat(*at, *rng.normal(0, sigma_m, 2))
    when = to_datetime(int(happenings.t_start_ns[row]), zone)
    word = {"drone_strike": "drone", "impact": "shells"}.get(str(happenings.cls[row]), "blast")
    values = (
        "", when.date().isoformat(), f"{when:%H:%M}", str(happenings.village[row]), f"{lon[0]:.4f}", f"{lat[0]:.4f}",
        f"{_WITHIN_M:g}", word, str(happenings.killed[row]), str(happenings.injured[row]),
    )  # fmt: skip
    return Record(values, row, "true", int(happenings.t_start_ns[row]))


def own_mapping(config: Config, zone: str) -> tuple[str, bytes]:
    """Return name and bytes of the mapping that lies beside the table."""
    return f"{_NAME}.mapping.yaml", _MAPPING.format(label=label(config.seed), zone=zone).encode()
