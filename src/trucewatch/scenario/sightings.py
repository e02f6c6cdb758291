"""The observer's form: what patrols, posts, cameras and UAVs heard, saw and recorded, with their errors."""

from typing import NamedTuple

import numpy as np

from trucewatch.core.times import HOUR_NS, SECOND_NS, to_datetime
from trucewatch.physics.geodesy import azimuth_deg, distance_m
from trucewatch.scenario.assets import Duty
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import LEFT
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.kinds import Kind
from trucewatch.scenario.sheets import Record, Sheet, in_order
from trucewatch.scenario.weather import Weather

__all__ = ["FORM", "sighting_sheets"]

FORM = ("date", "time_from", "time_to", "time_zone", "position", "position_lon", "position_lat", "sector",
        "distance_from_km", "distance_to_km", "means", "number", "observation", "description", "weapon", "killed",
        "injured", "damage", "patrol", "remarks")  # fmt: skip
_WINDS = ("N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW")
_EYES = ("camera", "uav")  # these see and do not hear
_EDGE = 0.12  # width of the edge of earshot and of sight, as a share of the range
_SURE = {"heard": 0.95, "saw": 0.75, "recorded": 0.85}


class _Pairs(NamedTuple):
    """Who noticed what: duty, happening (rows), by which means, from how far and in which direction."""

    duty: np.ndarray
    happening: np.ndarray
    means: np.ndarray
    range_m: np.ndarray
    bearing_deg: np.ndarray
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray


def sighting_sheets(
    config: Config,
    happenings: Happenings,
    duties: tuple[Duty, ...],
    weather: Weather,
    zone: str,
    period_ns: tuple[int, int],
) -> tuple[Sheet, ...]:
    """Return one form for each side's patrol hub, one workbook of the cameras and UAVs, and one that came late."""
    rng = stream(config, "sightings")
    working = tuple(d for d in duties if d.working)
    pairs = _noticed(config, rng, happenings, working, weather)
    hubs: dict[str, list[Record]] = {n: [] for n in ("observers_hub_1.csv", "observers_hub_2.csv", "cameras.xlsx")}
    for i in range(len(pairs.duty)):
        duty, number = working[pairs.duty[i]], int(pairs.happening[i])
        seen = _seen(config, rng, pairs, i, _harm(happenings, number, rng))
        kind = config.kinds[happenings.kind[number]]
        hubs[_hub(duty)] += _with_echo(config, rng, kind, duty, seen, happenings, number, zone)
    for duty in working:
        hubs[_hub(duty)] += _false(config, rng, duty, zone)
    return _sheets(config, rng, hubs, zone, period_ns)


def _hub(duty: Duty) -> str:
    return "cameras.xlsx" if duty.kind in _EYES else f"observers_hub_{1 if duty.side == LEFT else 2}.csv"


def _sheets(
    config: Config, rng: np.random.Generator, hubs: dict[str, list[Record]], zone: str, period_ns: tuple[int, int]
) -> tuple[Sheet, ...]:
    late: list[Record] = []
    sheets = []
    for name, records in hubs.items():
        tardy = rng.uniform(size=len(records)) < (0 if name.endswith(".xlsx") else config.share_late)
        late += [r for r, is_late in zip(records, tardy, strict=True) if is_late]
        kept = in_order([r for r, is_late in zip(records, tardy, strict=True) if not is_late])
        twice = rng.uniform(size=len(kept)) < config.share_duplicated
        copies = [r._replace(note="duplicate") for r, again in zip(kept, twice, strict=True) if again]
        sheets.append(Sheet(name, FORM, (*kept, *copies)))
    next_day = to_datetime(period_ns[1], zone).date().isoformat()
    return (*sheets, Sheet(f"observers_late_{next_day}.csv", FORM, in_order(late)))


def _noticed(
    config: Config, rng: np.random.Generator, happenings: Happenings, duties: tuple[Duty, ...], weather: Weather
) -> _Pairs:
    """Return every (duty, happening) that was noticed; sight is preferred to hearing."""
    if not duties or not len(happenings):
        none = np.empty(0, dtype=np.int64)
        return _Pairs(none, none, none.astype(object), none, none, none, none)
    lon, lat, start, end = (np.array(c)[:, None] for c in zip(*((d.lon_deg, d.lat_deg, d.t_start_ns, d.t_end_ns)
                                                                for d in duties), strict=True))  # fmt: skip
    begin, finish = np.maximum(start, happenings.t_start_ns), np.minimum(end, happenings.t_end_ns)
    shape = begin.shape
    range_m = distance_m(lon, lat, happenings.lon_deg[None], happenings.lat_deg[None]).reshape(shape)
    bearing = azimuth_deg(lon, lat, happenings.lon_deg[None], happenings.lat_deg[None]).reshape(shape)
    possible = (finish > begin) & (happenings.kind >= 0)
    p_heard = _p_heard(config, happenings, duties, weather, range_m, bearing)
    p_seen = _p_seen(config, happenings, duties, weather, range_m, bearing)
    saw = possible & (rng.uniform(size=shape) < p_seen)
    heard = possible & (rng.uniform(size=shape) < p_heard) & ~saw
    duty, happening = np.nonzero(saw | heard)
    eyes = np.array([d.kind in _EYES for d in duties])[duty]
    means = np.where(eyes, "recorded", np.where(saw[duty, happening], "saw", "heard")).astype(object)
    at = (duty, happening)
    return _Pairs(duty, happening, means, range_m[at], bearing[at], begin[at], finish[at])


def _of_kind(config: Config, happenings: Happenings, field: str) -> np.ndarray:
    values = np.array([float(getattr(k, field)) for k in config.kinds] + [0.0])  # the last is for kind -1
    return np.asarray(values[happenings.kind])


def _p_heard(
    config: Config,
    happenings: Happenings,
    duties: tuple[Duty, ...],
    weather: Weather,
    range_m: np.ndarray,
    bearing_deg: np.ndarray,
) -> np.ndarray:
    """Sound carries further down the wind: `bearing_deg` points at the source, so downwind it comes from behind."""
    hour = weather.hour(happenings.t_start_ns)
    toward = np.cos(np.radians(weather.wind_to_deg[hour] - (bearing_deg + 180)))
    carries = np.clip(1 + config.wind_gain * weather.wind_m_s[hour] / 10 * toward, 0.3, 2.0)
    carries = carries * np.where(weather.night(happenings.t_start_ns), 1.2, 1.0)
    ears = np.array([d.kind not in _EYES for d in duties])[:, None]
    heard = _within(range_m, _of_kind(config, happenings, "heard_m") * carries)
    return np.asarray(ears * heard * _SURE["heard"])


def _p_seen(
    config: Config,
    happenings: Happenings,
    duties: tuple[Duty, ...],
    weather: Weather,
    range_m: np.ndarray,
    bearing_deg: np.ndarray,
) -> np.ndarray:
    night = weather.night(happenings.t_start_ns)
    lit = np.where(night, _of_kind(config, happenings, "flash_m"), _of_kind(config, happenings, "seen_m"))
    visible = np.minimum(lit, weather.visibility_m[weather.hour(happenings.t_start_ns)])
    eyes = np.array([d.kind in _EYES for d in duties])[:, None]
    field = np.array([d.range_m for d in duties])[:, None]
    middle = np.array([d.bearing_deg or 0.0 for d in duties])[:, None]
    half = np.array([(d.width_deg or 360.0) / 2 for d in duties])[:, None]
    looked_at = np.abs((bearing_deg - middle + 180) % 360 - 180) <= half
    sure = np.where(eyes, _SURE["recorded"], _SURE["saw"])
    return np.asarray(_within(range_m, visible) * sure * looked_at * ((range_m <= field) | ~eyes))


def _within(range_m: np.ndarray, reach_m: np.ndarray) -> np.ndarray:
    """Return 1 well inside the reach, 0 well outside, and nothing at all where the reach is 0."""
    steep = np.divide(range_m - reach_m, _EDGE * reach_m, out=np.full(range_m.shape, 50.0), where=reach_m > 0)
    return np.asarray(1 / (1 + np.exp(np.clip(steep, -50, 50))))


class _Seen(NamedTuple):
    means: str
    range_m: float
    bearing_deg: float
    t_start_ns: int
    t_end_ns: int
    killed: str
    injured: str


def _harm(happenings: Happenings, number: int, rng: np.random.Generator) -> tuple[str, str]:
    if happenings.injured[number] == 0 or rng.uniform() > 0.5:
        return "", ""
    return str(happenings.killed[number]), str(happenings.injured[number])


def _seen(config: Config, rng: np.random.Generator, pairs: _Pairs, i: int, harm: tuple[str, str]) -> _Seen:
    means = str(pairs.means[i])
    clock_ns = int(rng.normal(0, config.clock_sigma_s) * SECOND_NS)
    killed, injured = harm if means != "heard" else ("", "")
    start, end = int(pairs.t_start_ns[i]), int(pairs.t_end_ns[i])
    end = min(end, start + int(config.watch_h * HOUR_NS))
    return _Seen(
        means, float(pairs.range_m[i] * np.exp(rng.normal(0, config.range_sigma[means]))),
        float(pairs.bearing_deg[i] + rng.normal(0, config.bearing_sigma_deg[means])),
        start + clock_ns, end + clock_ns, killed, injured,
    )  # fmt: skip


def _with_echo(
    config: Config,
    rng: np.random.Generator,
    kind: Kind,
    duty: Duty,
    seen: _Seen,
    happenings: Happenings,
    number: int,
    zone: str,
) -> list[Record]:
    count = max(1, int(rng.poisson(happenings.count[number])))
    known = seen.means != "heard" or rng.uniform() < 0.15
    weapon = str(happenings.weapon[number]) if known and happenings.weapon[number] else "N/K"
    direction = kind.direction if seen.means != "heard" or rng.uniform() < 0.25 else "undetermined"
    word = kind.seen_as if kind.seen_as and seen.means != "heard" else kind.word
    words = (word, direction, weapon)
    records = [Record(_row(config, duty, seen, count, words, zone), number, "true", seen.t_start_ns)]
    if seen.means == "heard" and rng.uniform() < config.share_echo:
        later = int(rng.uniform(60, 180)) * SECOND_NS
        echo = seen._replace(bearing_deg=seen.bearing_deg + float(rng.normal(0, 60)),
                             t_start_ns=seen.t_start_ns + later, t_end_ns=seen.t_end_ns + later)  # fmt: skip
        records.append(Record(_row(config, duty, echo, count, words, zone), number, "echo", echo.t_start_ns))
    return records


def _false(config: Config, rng: np.random.Generator, duty: Duty, zone: str) -> list[Record]:
    """Return what the asset took for an explosion and was none: thunder, a slammed door, blasting in a quarry."""
    hours = (duty.t_end_ns - duty.t_start_ns) / (3600 * SECOND_NS)
    records = []
    for _ in range(int(rng.poisson(config.false_per_h * hours))):
        at = int(rng.integers(duty.t_start_ns, duty.t_end_ns))
        means = "recorded" if duty.kind in _EYES else "heard"
        middle, width = duty.bearing_deg or 0.0, duty.width_deg or 360.0
        bearing = float(middle + rng.uniform(-0.5, 0.5) * width)
        seen = _Seen(means, float(rng.uniform(500, 6_000)), bearing, at, at + 5 * SECOND_NS, "", "")
        values = _row(config, duty, seen, 1, ("explosion", "undetermined", "N/K"), zone)
        records.append(Record(values, None, "false", at))
    return records


def _row(
    config: Config, duty: Duty, seen: _Seen, count: int, words: tuple[str, str, str], zone: str
) -> tuple[str, ...]:
    step = int(config.round_s[seen.means]) * SECOND_NS
    first = seen.t_start_ns // step * step
    last = max(-(-seen.t_end_ns // step) * step, first + step)
    begin, finish = to_datetime(first, zone), to_datetime(last, zone)
    near_km, far_km = _distances_km(config, seen)
    return (
        begin.date().isoformat(), f"{begin:%H:%M}", f"{finish:%H:%M}", zone, f"{duty.lat_deg}, {duty.lon_deg}",
        str(duty.lon_deg), str(duty.lat_deg), _WINDS[round(seen.bearing_deg / 22.5) % 16], near_km, far_km, seen.means,
        str(count), *words, seen.killed, seen.injured, "", duty.asset, "",
    )  # fmt: skip


def _distances_km(config: Config, seen: _Seen) -> tuple[str, str]:
    """Return the range as people write it: whole kilometres for ears, tenths for cameras; about two sigmas wide."""
    spread = 1.5 * config.range_sigma[seen.means]
    near, far = seen.range_m / 1000 * (1 - spread), seen.range_m / 1000 * (1 + spread)
    if seen.means == "recorded":
        return f"{max(0.0, near - 0.05):.1f}", f"{far + 0.05:.1f}"
    whole = max(0, int(np.floor(near)))
    return str(whole), str(max(whole + 1, int(np.ceil(far))))
