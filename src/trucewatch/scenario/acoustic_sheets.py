"""The files of the acoustic network: triggers, nodes and a weather record; and what of it was true."""

import json
from itertools import pairwise

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import Column, Schema
from trucewatch.core.times import HOUR_NS, format_ns
from trucewatch.scenario.acoustic_day import ECHO, FALSE, TRUE, Listening
from trucewatch.scenario.config import Config, NetworkConfig
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.sheets import Record, Sheet, label
from trucewatch.scenario.weather import Weather

__all__ = ["NETWORK_SHEETS", "SOUNDS", "faults_json", "network_sheets", "sounds_table"]

NETWORK_SHEETS = ("triggers.csv", "nodes.csv", "weather.csv")
_TRIGGERS = ("time", "node", "amplitude", "class", "duration_s", "energy_low_db", "energy_mid_db", "energy_high_db")
_NODES = ("node", "lon", "lat", "elevation_m", "clock_sigma_s", "pos_sigma_m")
_WEATHER = ("time_from", "time_to", "lon", "lat", "temperature_c", "wind_east_m_s", "wind_north_m_s")
_NOTES = {TRUE: "true", ECHO: "echo", FALSE: "false"}
_NAMES = np.array(["explosion", "shot"], dtype=object)

SOUNDS = Schema("sounds", 1, (
    Column("truth_id", "string", "", "happening that it was a round of", nullable=False),
    Column("t_ns", "int64", "ns UTC", "when", nullable=False),
    Column("lon_deg", "float64", "deg", "WGS84 longitude", 1e-6, nullable=False),
    Column("lat_deg", "float64", "deg", "WGS84 latitude", 1e-6, nullable=False),
    Column("class", "string", "", "class of its happening", nullable=False),
    Column("nodes", "int64", "1", "nodes whose trigger on its direct sound was received", nullable=False),
))  # fmt: skip


def network_sheets(
    config: Config, heard: Listening, weather: Weather, period_ns: tuple[int, int], rng: np.random.Generator
) -> tuple[Sheet, ...]:
    """Return triggers, nodes and weather record of the network."""
    return (_triggers(config.network, heard, rng), _nodes(config.network, heard),
            _weather(config.network, heard, weather, period_ns, rng))  # fmt: skip


def _triggers(config: NetworkConfig, heard: Listening, rng: np.random.Generator) -> Sheet:
    a = heard.arrivals
    count = len(a.t_ns)
    times = np.datetime_as_string((a.t_ns // 1000).astype("datetime64[us]")).tolist()
    loud = config.just_heard * 10 ** ((a.level_db + heard.listeners.noise_db[a.node]) / 20)
    sharp = np.append(heard.sounds.sharp, False)[a.sound].astype(np.int64)
    said = np.where(rng.uniform(size=count) < config.p_right, sharp, 1 - sharp)
    words = np.where(rng.uniform(size=count) < config.p_named, _NAMES[said], "")
    happening = np.append(heard.sounds.happening, -1)[a.sound]
    columns = (times, heard.listeners.name[a.node], loud, words, a.duration_s, a.bands_db, happening, a.what, a.t_ns)
    records = [
        Record((f"{time}Z", name, f"{level:.3f}", word, f"{lasts:.3f}", *(f"{b:.1f}" for b in bands)),
               None if row < 0 else row, _NOTES[what], t_ns)
        for time, name, level, word, lasts, bands, row, what, t_ns
        in zip(*(c.tolist() if isinstance(c, np.ndarray) else c for c in columns), strict=True)
    ]  # fmt: skip
    return Sheet("triggers.csv", _TRIGGERS, tuple(records))


def _nodes(config: NetworkConfig, heard: Listening) -> Sheet:
    n = heard.listeners
    rows = zip(n.name.tolist(), n.listed_lon_deg.tolist(), n.listed_lat_deg.tolist(), strict=True)
    told = (f"{config.clock_s:g}", f"{config.gps_m:g}")
    return Sheet("nodes.csv", _NODES, tuple(
        Record((name, f"{lon:.6f}", f"{lat:.6f}", "", *told), None, "node") for name, lon, lat in rows
    ))  # fmt: skip


def _weather(
    config: NetworkConfig, heard: Listening, weather: Weather, period_ns: tuple[int, int], rng: np.random.Generator
) -> Sheet:
    """Return an hourly record from the middle of the sector, of the wind near the ground."""
    edges = [*range(period_ns[0], period_ns[1], HOUR_NS), period_ns[1]]
    hours = weather.hour(np.array(edges[:-1]))
    lon, lat = float(heard.listeners.lon_deg.mean()), float(heard.listeners.lat_deg.mean())
    warm = heard.air.temperature_c[hours] + rng.normal(0, config.weather_c, len(hours))
    wind = [c[hours] / config.aloft + rng.normal(0, config.weather_m_s, len(hours))
            for c in (heard.air.east_m_s, heard.air.north_m_s)]  # fmt: skip
    return Sheet("weather.csv", _WEATHER, tuple(
        Record((format_ns(a), format_ns(b), f"{lon:.4f}", f"{lat:.4f}", f"{t:.1f}", f"{u:.1f}", f"{v:.1f}"), None,
               "weather", a)
        for (a, b), t, u, v in zip(pairwise(edges), warm.tolist(), *(w.tolist() for w in wind), strict=True)
    ))  # fmt: skip


def sounds_table(heard: Listening | None, happenings: Happenings) -> pa.Table:
    """Return every single shot and explosion of the sector's kinds (SOUNDS), by time; none where nobody listens."""
    if heard is None:
        return SOUNDS.empty()
    s, ids = heard.sounds, np.array(happenings.ids(), dtype=object)
    return SOUNDS.table({
        "truth_id": ids[s.happening], "t_ns": s.t_ns, "lon_deg": s.lon_deg, "lat_deg": s.lat_deg,
        "class": happenings.cls[s.happening], "nodes": heard.heard,
    }, rows=len(s.t_ns))  # fmt: skip


def faults_json(heard: Listening, config: Config) -> bytes:
    """Return which node's clock is off, which one stands elsewhere than it is listed, and which had no power."""
    n = heard.listeners
    off, moved = int(np.argmax(np.abs(n.clock_s))), int(np.argmax(np.hypot(
        n.listed_lon_deg - n.lon_deg, n.listed_lat_deg - n.lat_deg)))  # fmt: skip
    down = np.flatnonzero(n.down_ns[:, 1] > n.down_ns[:, 0])
    body = {
        "synthetic": True, "name": label(config.seed),
        "clock": {"node": n.name[off], "ahead_s": round(float(n.clock_s[off]), 4)},
        "place": {"node": n.name[moved], "lon": round(float(n.lon_deg[moved]), 6),
                  "lat": round(float(n.lat_deg[moved]), 6)},
        "down": [{"node": n.name[i], "from": format_ns(int(n.down_ns[i, 0])), "to": format_ns(int(n.down_ns[i, 1]))}
                 for i in down],
    }  # fmt: skip
    return json.dumps(body, indent=1).encode()
