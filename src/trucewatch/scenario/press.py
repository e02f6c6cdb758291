"""Geolocated reports as volunteers publish them: true, false, misplaced, posted twice, and late."""

import numpy as np

from trucewatch.core.times import to_datetime
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import Ground
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.sheets import Record, Sheet, in_order

__all__ = ["press_sheets"]

_LIST = ("entry", "date", "event_group", "brief description", "lat", "lon", "country", "province", "district",
         "town/city", "arms/munition", "link")  # fmt: skip
_GROUPS = {
    "outgoing": "Firing Positions", "projectile": "Munitions", "weapon_presence": "Military Presence",
    "crossing": "Military Presence", "overflight": "Other", "new_works": "Other", "fire": "Bombing or Explosion",
}  # fmt: skip
_PLACED_SIGMA_M = 40.0


def press_sheets(
    config: Config, ground: Ground, happenings: Happenings, zone: str, period_ns: tuple[int, int]
) -> tuple[Sheet, ...]:
    """Return the list of the day and the list of what was added the day after."""
    rng = stream(config, "press")
    p_press = np.array([k.p_press for k in config.kinds] + [0.0])[happenings.kind]
    rows = np.flatnonzero(rng.uniform(size=len(happenings)) < p_press)
    records = [r for row in rows.tolist() for r in _reports(config, rng, ground, happenings, row, zone)]
    invented = int(rng.poisson(config.press_false * max(1, len(rows))))
    records += [_invented(rng, ground, period_ns, zone) for _ in range(invented)]
    late = rng.uniform(size=len(records)) < config.press_late
    on_time = in_order([r for r, tardy in zip(records, late, strict=True) if not tardy])
    tardy = in_order([r for r, is_late in zip(records, late, strict=True) if is_late])
    next_day = to_datetime(period_ns[1], zone).date().isoformat()
    return (Sheet("reports.csv", _LIST, _numbered(on_time, 1)),
            Sheet(f"reports_late_{next_day}.csv", _LIST, _numbered(tardy, len(on_time) + 1)))  # fmt: skip


def _numbered(records: tuple[Record, ...], first: int) -> tuple[Record, ...]:
    return tuple(r._replace(values=(f"SY{first + i:04d}", *r.values[1:])) for i, r in enumerate(records))


def _reports(
    config: Config, rng: np.random.Generator, ground: Ground, happenings: Happenings, row: int, zone: str
) -> list[Record]:
    misplaced = bool(rng.uniform() < config.press_misplaced)
    sigma_m = 8_000.0 if misplaced else _PLACED_SIGMA_M
    east, north = rng.normal(0, sigma_m, 2)
    lon, lat = offset_lonlat(happenings.lon_deg[row : row + 1], happenings.lat_deg[row : row + 1], east, north)
    town = str(happenings.village[row]) or _nearest(ground, float(lon[0]), float(lat[0]))
    when = int(happenings.t_start_ns[row])
    post = int(rng.integers(10**8, 10**9))
    values = _row(happenings, row, when, float(lon[0]), float(lat[0]), town, post, zone)
    records = [Record(values, row, "misplaced" if misplaced else "true", when)]
    if rng.uniform() < config.press_duplicated:
        again = post if rng.uniform() < 0.5 else int(rng.integers(10**8, 10**9))
        values = _row(happenings, row, when, float(lon[0]), float(lat[0]), town, again, zone)
        records.append(Record(values, row, "duplicate", when))
    return records


def _nearest(ground: Ground, lon: float, lat: float) -> str:
    away = np.hypot((ground.villages[:, 0] - lon) * 0.67, ground.villages[:, 1] - lat)  # cos of about 48°
    return ground.village_names[int(away.argmin())] if len(away) else ""


def _group(happenings: Happenings, row: int) -> str:
    if happenings.killed[row]:
        return "Civilian Casualty"
    if happenings.village[row]:
        return "Civilian Infrastructure Damage"
    return _GROUPS.get(str(happenings.cls[row]), "Bombing or Explosion")


def _row(
    happenings: Happenings, row: int, when_ns: int, lon: float, lat: float, town: str, post: int, zone: str
) -> tuple[str, ...]:
    harm = f"; {happenings.killed[row]} killed, {happenings.injured[row]} injured" if happenings.injured[row] else ""
    text = f"{str(happenings.cls[row]).replace('_', ' ')} near {town}{harm}"
    return ("", to_datetime(when_ns, zone).date().isoformat(), _group(happenings, row), text, f"{lat:.6f}",
            f"{lon:.6f}", "", "", "", town, str(happenings.weapon[row]), _link(post))  # fmt: skip


def _invented(rng: np.random.Generator, ground: Ground, period_ns: tuple[int, int], zone: str) -> Record:
    """Return a report of something that did not happen."""
    place = int(rng.integers(0, len(ground.villages)))
    when = int(rng.integers(*period_ns))
    lon, lat = (float(x) + float(rng.normal(0, 0.01)) for x in ground.villages[place])
    town = ground.village_names[place]
    values = ("", to_datetime(when, zone).date().isoformat(), "Bombing or Explosion", f"explosion near {town}",
              f"{lat:.6f}", f"{lon:.6f}", "", "", "", town, "", _link(int(rng.integers(10**8, 10**9))))  # fmt: skip
    return Record(values, None, "false", when)


def _link(post: int) -> str:
    return f"https://example.org/synthetic/{post}"
