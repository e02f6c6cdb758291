"""What a network of acoustic nodes hears of a synthetic day; its air and its ears are richer than `physics`."""

from typing import NamedTuple

import numpy as np

from trucewatch.core.classes import is_a
from trucewatch.core.times import HOUR_NS, SECOND_NS
from trucewatch.physics.geodesy import azimuth_deg, distance_m, offset_lonlat
from trucewatch.scenario.config import Config, NetworkConfig, stream
from trucewatch.scenario.ground import LEFT, RIGHT, Ground, beside_line
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.weather import Weather

__all__ = ["ECHO", "FALSE", "TRUE", "Air", "Arrivals", "Listeners", "Listening", "Sounds", "listen"]

TRUE, ECHO, FALSE = range(3)  # what became a trigger
_SHARP = ("shot", "burst")  # small arms: short and bright
_QUIET_M_S, _NIGHT = 4.0, 1.2  # wind that makes no noise; how much farther sound carries by night, as ears have it
# Invented, and not fitted to what any classifier expects: spectrum and length of a blast, and of a small arm.
_BANDS_DB = {False: (0.0, -5.0, -19.0), True: (-15.0, -5.0, 0.0)}
_BAND_LOSS_DB_KM = np.array([0.0, 0.7, 3.0])
_LASTS_S = {False: 0.6, True: 0.13}


class Listeners(NamedTuple):
    """Nodes (m,): where each stands, where it is listed, its clock and its site.

    clock_s         its clock minus true time
    noise_db        noise of the site over that of a quiet place
    response_db     (m, 3) how its microphone and its place colour the bands
    down_ns         (m, 2) from when to when it had no power
    """

    name: np.ndarray
    side: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    listed_lon_deg: np.ndarray
    listed_lat_deg: np.ndarray
    clock_s: np.ndarray
    noise_db: np.ndarray
    response_db: np.ndarray
    false_per_min: np.ndarray
    down_ns: np.ndarray


class Air(NamedTuple):
    """Hours (h,) of the weather: speed of sound in still air, and the wind that carries sound, m/s."""

    temperature_c: np.ndarray
    speed_m_s: np.ndarray
    east_m_s: np.ndarray
    north_m_s: np.ndarray


class Sounds(NamedTuple):
    """Single shots and explosions (n,) by time: of which happening, when, where, and how far they are heard."""

    happening: np.ndarray
    t_ns: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    half_range_m: np.ndarray
    sharp: np.ndarray
    burst: np.ndarray


class Arrivals(NamedTuple):
    """Triggers (k,) by time: node, sound (-1 for none), what it is (TRUE, ECHO, FALSE), level over the noise, form."""

    t_ns: np.ndarray
    node: np.ndarray
    sound: np.ndarray
    what: np.ndarray
    level_db: np.ndarray
    duration_s: np.ndarray
    bands_db: np.ndarray

    def take(self, rows: np.ndarray) -> "Arrivals":
        """Return the arrivals at these rows."""
        return Arrivals(*(column[rows] for column in self))


class Listening(NamedTuple):
    """A day of the network; `heard` (n,) counts the nodes whose trigger on the direct sound was received."""

    listeners: Listeners
    air: Air
    sounds: Sounds
    arrivals: Arrivals
    heard: np.ndarray


def listen(
    config: Config, ground: Ground, happenings: Happenings, weather: Weather, period_ns: tuple[int, int]
) -> Listening | None:
    """Return what the nodes of the sector heard of the period; None where there are no nodes."""
    if not config.network.columns:
        return None
    rng = stream(config, "network")
    listeners = _listeners(config.network, ground, rng, period_ns)
    air = _air(config.network, rng, weather)
    sounds = _sounds(config, rng, happenings)
    direct = _direct(config, rng, listeners, air, sounds, weather)
    everything = _join([direct, _echoes(config.network, rng, direct),
                        _false(rng, listeners, weather, period_ns)])  # fmt: skip
    arrivals = _received(config.network, rng, listeners, everything, period_ns)
    first = np.unique(np.stack([arrivals.sound, arrivals.node])[:, arrivals.what == TRUE], axis=1)
    return Listening(listeners, air, sounds, arrivals, np.bincount(first[0], minlength=len(sounds.t_ns)))


def _listeners(
    config: NetworkConfig, ground: Ground, rng: np.random.Generator, period_ns: tuple[int, int]
) -> Listeners:
    """Return the nodes in rows along both sides of the line; one clock is off and one place is wrong."""
    share, away, side = (g.ravel() for g in np.meshgrid(
        np.linspace(*config.sector, config.columns), config.rows_m, (LEFT, RIGHT), indexing="ij"))  # fmt: skip
    count = len(share)
    lon, lat, _ = beside_line(ground.line, share, away, side)
    lon, lat = offset_lonlat(lon, lat, *rng.uniform(-config.jitter_m, config.jitter_m, (2, count)))
    listed = rng.normal(0, config.gps_m, (2, count))
    clock = rng.normal(0, config.clock_s, count)
    off, moved = rng.choice(count, 2, replace=False)
    clock[off] += rng.choice([-1.0, 1.0]) * config.clock_off_s
    turn = rng.uniform(0, 2 * np.pi)
    listed[:, moved] += config.moved_m * np.array([np.sin(turn), np.cos(turn)])
    began = rng.integers(*period_ns, count)
    down = np.where(rng.uniform(size=count) < config.p_down, rng.uniform(*config.down_h, count), 0.0)
    return Listeners(
        _names(ground, side), side, lon, lat, *offset_lonlat(lon, lat, *listed), clock,
        rng.normal(0, config.site_db, count), rng.normal(0, config.spectrum_db, (count, 3)),
        config.false_per_min * np.exp(rng.normal(0, 0.5, count)),
        np.stack([began, began + (down * HOUR_NS).astype(np.int64)], axis=1),
    )  # fmt: skip


def _names(ground: Ground, side: np.ndarray) -> np.ndarray:
    names = np.empty(len(side), dtype=object)
    for s in (LEFT, RIGHT):
        rows = np.flatnonzero(side == s)
        names[rows] = [f"acoustic-{ground.side_names[s]}-{i + 1}" for i in range(len(rows))]
    return names


def _air(config: NetworkConfig, rng: np.random.Generator, weather: Weather) -> Air:
    hours = np.arange(len(weather.wind_m_s))
    solar = (weather.start_ns / HOUR_NS + hours + weather.lon_deg / 15) % 24
    daily = config.daily_c * np.cos((solar - 15) / 24 * 2 * np.pi)
    temperature = rng.uniform(*config.temperature_c) + daily
    to = np.radians(weather.wind_to_deg)
    wind = config.aloft * weather.wind_m_s
    speed = 331.3 + 0.606 * temperature  # linear, and not the formula of `physics`
    return Air(temperature, speed, wind * np.sin(to), wind * np.cos(to))


def _sounds(config: Config, rng: np.random.Generator, happenings: Happenings) -> Sounds:
    """Return the rounds of every happening that makes a bang: scattered in place and time, some in salvos."""
    n = config.network
    bang = np.array([k.heard_m > 0 and bool(is_a(k.cls, "fire_event")) for k in config.kinds] + [False])
    rows = np.flatnonzero(bang[happenings.kind])
    row = np.repeat(rows, happenings.count[rows].astype(np.int64))
    length = happenings.t_end_ns[row] - happenings.t_start_ns[row]
    t_ns = happenings.t_start_ns[row] + (rng.uniform(size=len(row)) * length).astype(np.int64)
    order = np.lexsort((t_ns, row))
    t_ns, row = t_ns[order], row[order]
    joins = np.flatnonzero((rng.uniform(size=len(row)) < n.salvo_share)[1:] & (row[1:] == row[:-1])) + 1
    for i in joins.tolist():
        t_ns[i] = t_ns[i - 1] + int(rng.uniform(*n.salvo_s) * SECOND_NS)
    lon, lat = offset_lonlat(happenings.lon_deg[row], happenings.lat_deg[row],
                             *rng.normal(0, n.rounds_apart_m, (2, len(row))))  # fmt: skip
    half = np.array([k.heard_m for k in config.kinds] + [0.0])[happenings.kind[row]]
    cls = happenings.cls[row]
    columns = (row, t_ns, lon, lat, half, np.isin(cls.astype(str), _SHARP), cls == "burst")
    return Sounds(*(c[np.argsort(t_ns, kind="stable")] for c in columns))


def _direct(
    config: Config, rng: np.random.Generator, listeners: Listeners, air: Air, sounds: Sounds, weather: Weather
) -> Arrivals:
    """Return the direct sound where it is louder than the noise; a burst may set a node off several times."""
    n = config.network
    at = (sounds.lon_deg[:, None], sounds.lat_deg[:, None], listeners.lon_deg[None], listeners.lat_deg[None])
    range_m = np.maximum(distance_m(*at), 30.0)
    hour = weather.hour(sounds.t_ns)
    toward = np.radians(azimuth_deg(*at))
    along = air.east_m_s[hour][:, None] * np.sin(toward) + air.north_m_s[hour][:, None] * np.cos(toward)
    carries = np.clip(1 + config.wind_gain * along / 10, 0.3, 2.0)
    carries = carries * np.where(weather.night(sounds.t_ns), _NIGHT, 1.0)[:, None]
    level = _level_db(n, range_m / 1000, sounds.half_range_m[:, None] * carries / 1000)
    level = level + rng.normal(0, n.source_db, (len(sounds.t_ns), 1)) + rng.normal(0, n.path_db, range_m.shape)
    level = level - listeners.noise_db - _noise_db(n, weather, sounds.t_ns)[:, None]
    sound, node = np.nonzero(level > 0)
    slow = 1 + rng.normal(0, n.path_scatter, len(sound))
    delay_s = range_m[sound, node] / (air.speed_m_s[hour[sound]] + along[sound, node]) * slow
    first = _formed(n, rng, sounds, sound, node, delay_s, level[sound, node], range_m[sound, node])
    first = first._replace(bands_db=first.bands_db + listeners.response_db[node])
    return _join([first, *_rest_of_bursts(n, rng, sounds, first)])


def _level_db(config: NetworkConfig, range_km: np.ndarray, half_km: np.ndarray) -> np.ndarray:
    """Return the level over what is just heard: nothing is left of it at the half range."""
    return np.asarray(config.decay_db * np.log10(half_km / range_km) + config.absorbed_db * (half_km - range_km))


def _noise_db(config: NetworkConfig, weather: Weather, t_ns: np.ndarray) -> np.ndarray:
    blown = np.maximum(weather.wind_m_s[weather.hour(t_ns)] - _QUIET_M_S, 0.0)
    return np.asarray(config.wind_db * blown + np.where(weather.night(t_ns), 0.0, config.day_db))


def _formed(
    config: NetworkConfig, rng: np.random.Generator, sounds: Sounds, sound: np.ndarray, node: np.ndarray,
    delay_s: np.ndarray, level_db: np.ndarray, range_m: np.ndarray,
) -> Arrivals:  # fmt: skip
    """Return arrivals (k,) with their onset errors, durations and spectra; far ones are long and dull."""
    sharp, km = sounds.sharp[sound], range_m / 1000
    onset = rng.normal(0, 1, len(sound)) * (config.onset_s + config.faint_s * 10 ** (-level_db / 20))
    lasts = np.where(sharp, _LASTS_S[True], _LASTS_S[False]) * np.exp(rng.normal(0, 0.4, len(sound))) + 0.02 * km
    bands = np.where(sharp[:, None], _BANDS_DB[True], _BANDS_DB[False]) - km[:, None] * _BAND_LOSS_DB_KM
    bands = bands + level_db[:, None] + rng.normal(0, config.spectrum_db, bands.shape)
    t_ns = sounds.t_ns[sound] + ((delay_s + onset) * SECOND_NS).astype(np.int64)
    return Arrivals(t_ns, node, sound, np.full(len(sound), TRUE), level_db, lasts, bands)


def _rest_of_bursts(config: NetworkConfig, rng: np.random.Generator, sounds: Sounds, first: Arrivals) -> list[Arrivals]:
    """Return the further triggers of bursts: the rounds are the same for all nodes, and each node misses some."""
    later = []
    for _ in range(1, config.burst_rounds):
        apart_s = rng.uniform(*config.burst_s, len(sounds.t_ns))
        caught = np.flatnonzero(sounds.burst[first.sound] & (rng.uniform(size=len(first.sound)) < 0.5))
        more = first.take(caught)
        later.append(more._replace(t_ns=more.t_ns + (apart_s[more.sound] * SECOND_NS).astype(np.int64)))
    return later


def _echoes(config: NetworkConfig, rng: np.random.Generator, direct: Arrivals) -> Arrivals:
    count = len(direct.t_ns)
    loss = config.echo_db * (1 + rng.normal(0, 0.5, count))
    there = np.flatnonzero((rng.uniform(size=count) < config.echo_share) & (direct.level_db > loss))
    echo = direct.take(there)
    later_s = rng.uniform(*config.echo_s, len(there))
    return echo._replace(
        t_ns=echo.t_ns + (later_s * SECOND_NS).astype(np.int64), what=np.full(len(there), ECHO),
        level_db=echo.level_db - loss[there], bands_db=echo.bands_db - loss[there, None],
    )  # fmt: skip


def _false(rng: np.random.Generator, listeners: Listeners, weather: Weather, period_ns: tuple[int, int]) -> Arrivals:
    """Return triggers on doors, engines and wind: more of them where it blows."""
    minutes = (period_ns[1] - period_ns[0]) / (60 * SECOND_NS)
    most = float(weather.wind_m_s.max())
    node = np.repeat(np.arange(len(listeners.name)), rng.poisson(listeners.false_per_min * minutes * most / 5))
    t_ns = rng.integers(*period_ns, len(node))
    kept = rng.uniform(size=len(node)) < weather.wind_m_s[weather.hour(t_ns)] / most
    t_ns, node = t_ns[kept], node[kept]
    level = rng.exponential(6.0, len(t_ns))
    bands = level[:, None] + rng.normal(-8, 8, (len(t_ns), 3))
    lasts = 0.15 * np.exp(rng.normal(0, 0.8, len(t_ns)))
    none = np.full(len(t_ns), -1)
    return Arrivals(t_ns, node, none, np.full(len(t_ns), FALSE), level, lasts, bands)


def _join(parts: list[Arrivals]) -> Arrivals:
    return Arrivals(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _received(
    config: NetworkConfig, rng: np.random.Generator, listeners: Listeners, arrivals: Arrivals,
    period_ns: tuple[int, int],
) -> Arrivals:  # fmt: skip
    """Return what is left when nodes lie without power, are deaf after a trigger and lose messages, by their clocks."""
    down = listeners.down_ns[arrivals.node]
    up = (arrivals.t_ns < down[:, 0]) | (arrivals.t_ns >= down[:, 1])
    up &= (arrivals.t_ns >= period_ns[0]) & (arrivals.t_ns < period_ns[1])
    live = arrivals.take(np.flatnonzero(up))
    live = live.take(np.lexsort((live.node, live.t_ns)))
    last: dict[int, int] = {}
    awake = np.zeros(len(live.t_ns), dtype=bool)
    for i, (t, node) in enumerate(zip(live.t_ns.tolist(), live.node.tolist(), strict=True)):
        if t - last.get(node, -SECOND_NS) >= config.dead_s * SECOND_NS:
            awake[i], last[node] = True, t
    kept = live.take(np.flatnonzero(awake & (rng.uniform(size=len(awake)) >= config.p_lost)))
    stamped = kept.t_ns + (listeners.clock_s[kept.node] * SECOND_NS).astype(np.int64)
    return kept._replace(t_ns=stamped).take(np.argsort(stamped, kind="stable"))
