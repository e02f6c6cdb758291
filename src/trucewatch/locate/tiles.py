"""The network in tiles: fixed cells of space and hours of time, each with a halo, so that memory stays bounded.

A tile sees the nodes and triggers that an event inside it can touch, and keeps the events that began in it. Cells and
hours are counted from fixed origins: a long record gives the same tiles as its parts.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
from pyproj import Transformer

from trucewatch.locate.acoustic import Air, Block, Found, Nodes, associate_block, curves, nodes_of
from trucewatch.locate.acoustic.config import AcousticConfig
from trucewatch.locate.acoustic.draws import names_of
from trucewatch.physics.sound import sound_speed_m_s

__all__ = ["Network", "Placed", "Sound", "TileConfig", "Weather", "associate_tiles"]

WORKERS = 2
HOUR_US = 3_600_000_000  # a trigger is called by its time within the hour: records begin on one
Bounds = tuple[float, float, float, float]


class Network(NamedTuple):
    """Nodes (m,), WGS84; var_s2: variance that the clock and the place of each add to an onset."""

    lon_deg: np.ndarray
    lat_deg: np.ndarray
    var_s2: np.ndarray | float = 0.0


class Sound(NamedTuple):
    """Triggers (n,) by time: s since any moment that all share, row of the node, level dB or NaN."""

    t_s: np.ndarray
    node: np.ndarray
    level_db: np.ndarray


class Weather(NamedTuple):
    """Records (w,) of the air: middle of their time, place, temperature, wind towards east and north."""

    t_s: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    temperature_c: np.ndarray
    wind_east_m_s: np.ndarray
    wind_north_m_s: np.ndarray


class TileConfig(NamedTuple):
    """How the work is cut.

    lat_deg, lon_deg   size of a cell; a network that fits into one and a half is not cut
    window_s           length of a window; 0: the whole record at once
    slowest_m_s        speed with which the halo in time covers the reach
    drift              change of the air's speed and wind from window to window, standard deviation m/s
    weather_sigma      how far a weather record may be off, speed and wind, m/s
    """

    lat_deg: float = 0.6
    lon_deg: float = 0.9
    window_s: float = 3_600.0
    slowest_m_s: float = 315.0
    drift: tuple[float, float] = (1.0, 1.5)
    weather_sigma: tuple[float, float] = (1.0, 1.0)


class Placed(NamedTuple):
    """Events (k,) of all tiles by time: s, WGS84, and the columns of `Found`; `members` are rows of the triggers.

    speed, wind_east, wind_north   (k,) air at each event; explained (n,) probability that a trigger is explained
    (of one tile: rows and probabilities (2, n))
    """

    t_s: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    cov_m2: np.ndarray
    t_sigma_s: np.ndarray
    p: np.ndarray
    level_db: np.ndarray
    air: np.ndarray
    members: tuple[np.ndarray, ...]
    residuals: tuple[np.ndarray, ...]
    explained: np.ndarray


class _Cell(NamedTuple):
    """One cell: its bounds, its nodes with halo in a plane around its middle, and the plane itself."""

    west: float
    south: float
    east: float
    north: float
    rows: np.ndarray
    nodes: Nodes
    plane: Transformer


def associate_tiles(
    sound: Sound, network: Network, acoustic: AcousticConfig, config: TileConfig, weather: Weather | None = None
) -> Placed:
    """Return the events of the whole record."""
    order = np.argsort(sound.t_s, kind="stable")
    by_time = Sound(*(column[order] for column in sound))
    reach = 1.25 * curves(acoustic).reach_m

    def of_cell(cell: tuple[Bounds, np.ndarray, tuple[float, float]]) -> list[Placed]:
        built = _cell(network, *cell, reach)  # only while it is worked on: neighbours are many
        return _of_cell(built, by_time, acoustic, config, weather, len(network.lon_deg))

    with ThreadPoolExecutor(WORKERS) as pool:  # the kernels release the lock
        parts = list(pool.map(of_cell, _bounds(network, acoustic, config)))
    return _joined([part for cell in parts for part in cell], order, len(order))


def _bounds(
    network: Network, acoustic: AcousticConfig, config: TileConfig
) -> Iterator[tuple[Bounds, np.ndarray, tuple[float, float]]]:  # fmt: skip
    """Yield west, south, east and north of the cells that hold nodes, the nodes with halo, and the middle; one cell
    for all where the network is small."""
    reach = 1.25 * curves(acoustic).reach_m
    lon, lat = network.lon_deg, network.lat_deg
    if np.ptp(lat) <= 1.5 * config.lat_deg and np.ptp(lon) <= 1.5 * config.lon_deg:
        yield (-180.0, -90.0, 180.0, 90.0), np.arange(len(lon)), (float(lon.mean()), float(lat.mean()))
        return
    margin_lat = 1.25 * reach / 111_000.0
    column, row = np.floor(lon / config.lon_deg), np.floor(lat / config.lat_deg)
    for x, y in np.unique(np.stack([column, row], axis=1), axis=0):
        west, south = x * config.lon_deg, y * config.lat_deg
        bounds = (west, south, west + config.lon_deg, south + config.lat_deg)
        middle = (west + config.lon_deg / 2, south + config.lat_deg / 2)
        margin_lon = margin_lat / np.cos(np.radians(middle[1]))
        inside = (lon > west - margin_lon) & (lon < bounds[2] + margin_lon)
        inside &= (lat > south - margin_lat) & (lat < bounds[3] + margin_lat)
        yield bounds, np.flatnonzero(inside), middle


def _cell(
    network: Network, bounds: Bounds, rows: np.ndarray, middle: tuple[float, float], reach_m: float
) -> _Cell:  # fmt: skip
    """Return a cell; distances in its plane are right to a metre in a hundred kilometres within 60 km of its middle."""
    plane = Transformer.from_crs(
        "EPSG:4326", f"+proj=aeqd +lon_0={middle[0]:.6f} +lat_0={middle[1]:.6f} +ellps=WGS84", always_xy=True
    )
    east, north = plane.transform(network.lon_deg[rows], network.lat_deg[rows])
    own_s2 = np.broadcast_to(network.var_s2, len(network.lon_deg))[rows]
    return _Cell(*bounds, rows, nodes_of(np.asarray(east), np.asarray(north), reach_m, own_s2), plane)


def _of_cell(
    cell: _Cell, sound: Sound, acoustic: AcousticConfig, config: TileConfig, weather: Weather | None, nodes: int
) -> list[Placed]:
    """Return the events of a cell, window after window; the air of one is what is known of the next."""
    number = np.full(nodes, -1)
    number[cell.rows] = np.arange(len(cell.rows))
    mine = np.flatnonzero(number[sound.node] >= 0)
    if not len(mine):
        return []
    name = names_of(np.rint(sound.t_s[mine] * 1e6) % HOUR_US, sound.node[mine])
    halo = 1.25 * curves(acoustic).reach_m / config.slowest_m_s
    known, sigma = _usual(acoustic)
    out = []
    for begin, end in _windows(sound.t_s[mine], config.window_s, halo):
        lo, hi = np.searchsorted(sound.t_s[mine], [begin - halo, end + halo])
        rows = mine[lo:hi]
        if weather is not None:
            known, sigma = _recorded(weather, cell, (begin + end) / 2, acoustic, config)
        columns = sound.t_s[rows] - begin, number[sound.node[rows]], sound.level_db[rows]
        block = Block(*columns, known, sigma, name[lo:hi])
        found = associate_block(block, cell.nodes, acoustic)
        out.append(_placed(found, cell, rows, begin, end))
        if weather is None and len(found.p) >= 5:
            known, sigma = _followed(found, acoustic, config)
    return out


def _windows(t_s: np.ndarray, window_s: float, halo_s: float) -> Iterator[tuple[float, float]]:
    """Yield the windows in which an event may have begun that these triggers tell of."""
    if window_s <= 0:
        yield float(t_s[0]) - halo_s, float(t_s[-1]) + 1.0
        return
    first, last = np.floor((t_s[0] - halo_s) / window_s), np.floor(t_s[-1] / window_s)
    for k in range(int(first), int(last) + 1):
        begin = k * window_s
        if np.searchsorted(t_s, begin) < np.searchsorted(t_s, begin + window_s + halo_s):
            yield begin, begin + window_s


def _usual(acoustic: AcousticConfig) -> tuple[Air, tuple[float, float]]:
    return Air(acoustic.speed_m_s, 0.0, 0.0), (acoustic.speed_sigma_m_s, acoustic.wind_sigma_m_s)


def _followed(found: Found, acoustic: AcousticConfig, config: TileConfig) -> tuple[Air, tuple[float, float]]:
    """Return the air known beforehand for the next window: this one's, less sure, and never surer than the usual."""
    speed = float(np.hypot(np.sqrt(found.air_cov[0, 0]), config.drift[0]))
    wind = float(np.hypot(np.sqrt(found.air_cov[1:, 1:].trace() / 2), config.drift[1]))
    return found.air, (min(speed, acoustic.speed_sigma_m_s), min(wind, acoustic.wind_sigma_m_s))


def _recorded(
    weather: Weather, cell: _Cell, t_s: float, acoustic: AcousticConfig, config: TileConfig
) -> tuple[Air, tuple[float, float]]:
    """Return the air of the nearest record within three hours and a degree; the usual one where there is none."""
    lon, lat = cell.plane.transform(0.0, 0.0, direction="INVERSE")
    hours = np.abs(weather.t_s - t_s) / 3600
    degrees = np.hypot((weather.lon_deg - lon) * np.cos(np.radians(lat)), weather.lat_deg - lat)
    off = hours / 3 + degrees
    off[(hours > 3) | (degrees > 1) | ~np.isfinite(weather.temperature_c + weather.wind_east_m_s)] = np.inf
    if not np.isfinite(off).any():
        return _usual(acoustic)
    k = int(np.argmin(off))
    speed = float(sound_speed_m_s(weather.temperature_c[k]))
    return Air(speed, float(weather.wind_east_m_s[k]), float(weather.wind_north_m_s[k])), config.weather_sigma


def _placed(found: Found, cell: _Cell, rows: np.ndarray, begin: float, end: float) -> Placed:
    """Return those events of a block that began in its window and cell."""
    lon, lat = cell.plane.transform(found.east_m, found.north_m, direction="INVERSE")
    lon, lat = np.asarray(lon, dtype=np.float64).reshape(-1), np.asarray(lat, dtype=np.float64).reshape(-1)
    inside = (found.t_s >= 0) & (found.t_s < end - begin) & (lon >= cell.west) & (lon < cell.east)
    own = np.flatnonzero(inside & (lat >= cell.south) & (lat < cell.north))
    explained = np.stack([rows, found.explained])
    spans = [slice(found.ptr[k], found.ptr[k + 1]) for k in own]
    return Placed(
        found.t_s[own] + begin, lon[own], lat[own], found.cov_m2[own], found.t_sigma_s[own], found.p[own],
        found.level_db[own], np.tile(np.array(found.air), (len(own), 1)), tuple(rows[found.trigger[s]] for s in spans),
        tuple(found.residual_s[s] for s in spans), explained,
    )  # fmt: skip


def _joined(parts: list[Placed], order: np.ndarray, triggers: int) -> Placed:
    """Return the events of all tiles by time, with members as rows of the triggers as they were given."""
    explained = np.zeros(triggers)
    for part in parts:
        rows = part.explained[0].astype(np.int64)
        explained[rows] = np.maximum(explained[rows], part.explained[1])
    told = np.zeros(triggers)
    told[order] = explained
    empty = Placed(*(np.empty(0),) * 3, np.empty((0, 3)), *(np.empty(0),) * 3, np.empty((0, 3)), (), (), told)
    every = [empty, *parts]
    t = np.concatenate([part.t_s for part in every])
    by_time = np.argsort(t, kind="stable")

    def joined(column: str) -> np.ndarray:
        return np.asarray(np.concatenate([getattr(part, column) for part in every])[by_time])

    members = [order[m] for part in every for m in part.members]
    residuals = [r for part in every for r in part.residuals]
    return Placed(
        joined("t_s"), joined("lon_deg"), joined("lat_deg"), joined("cov_m2"), joined("t_sigma_s"), joined("p"),
        joined("level_db"), joined("air"), tuple(members[k] for k in by_time), tuple(residuals[k] for k in by_time),
        told,
    )  # fmt: skip
