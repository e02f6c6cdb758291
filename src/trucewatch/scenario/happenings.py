"""What really happened in the synthetic world."""

from dataclasses import dataclass, fields

import numpy as np

from trucewatch.core.times import HOUR_NS, SECOND_NS
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.scenario.assets import Duty
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import LEFT, RIGHT, Ground, beside_line, side_of
from trucewatch.scenario.kinds import Kind

__all__ = ["NO_SIDE", "Happenings", "make_happenings"]

NO_SIDE = -1
_SHARES = (0.02, 0.98)  # nothing happens beyond the ends of the line
_STATUS_CLASS = {
    "denied": "denial", "delayed": "delay", "conditional": "conditional_access", "jammed": "jamming",
    "lost": "asset_loss", "fired_at": "fire_at_monitors",
}  # fmt: skip


@dataclass(frozen=True)
class Happenings:
    """Happenings as columns (n,), by time.

    kind        row into config.kinds; -1 for an impediment of the mission, which only the mission's own logs tell
    origin      side it came from, NO_SIDE where it came from none; known to the truth only
    weapon, village   words, "" where none; heat_mw is NaN where it left no heat
    """

    kind: np.ndarray
    cls: np.ndarray
    incident: np.ndarray
    notified: np.ndarray
    t_start_ns: np.ndarray
    t_end_ns: np.ndarray
    lon_deg: np.ndarray
    lat_deg: np.ndarray
    origin: np.ndarray
    side: np.ndarray
    count: np.ndarray
    weapon: np.ndarray
    killed: np.ndarray
    injured: np.ndarray
    village: np.ndarray
    heat_mw: np.ndarray
    heat_end_ns: np.ndarray

    def __len__(self) -> int:
        return len(self.kind)

    def take(self, rows: np.ndarray) -> "Happenings":
        """Return the happenings at these rows."""
        return Happenings(*(getattr(self, f.name)[rows] for f in fields(self)))

    def ids(self) -> list[str]:
        """Return the names T00001, T00002, ... by time."""
        return [f"T{i + 1:05d}" for i in range(len(self))]


@dataclass(frozen=True)
class _Hotspots:
    share: np.ndarray
    weight: np.ndarray
    spell_ns: np.ndarray  # (clusters, spells) middle of each spell


def make_happenings(config: Config, ground: Ground, duties: tuple[Duty, ...], period_ns: tuple[int, int]) -> Happenings:
    """Return everything that happened in the period, impediments of the mission included."""
    rng = stream(config, "truth")
    hotspots = _Hotspots(
        rng.uniform(0.06, 0.94, config.clusters), rng.dirichlet(np.full(config.clusters, 1.5)),
        rng.integers(*period_ns, (config.clusters, config.spells_per_cluster)),
    )  # fmt: skip
    drawn = [_draw(config, ground, rng, hotspots, period_ns, number) for number in range(len(config.kinds))]
    everything = _join([*drawn, _impediments(duties)])
    return everything.take(np.argsort(everything.t_start_ns, kind="stable"))


def _join(parts: list[Happenings]) -> Happenings:
    return Happenings(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Happenings)))


def _draw(
    config: Config,
    ground: Ground,
    rng: np.random.Generator,
    hotspots: _Hotspots,
    period_ns: tuple[int, int],
    number: int,
) -> Happenings:
    kind = config.kinds[number]
    days = (period_ns[1] - period_ns[0]) / (24 * HOUR_NS)
    count = len(ground.works) if kind.where == "industry" else int(rng.poisson(kind.per_day * config.intensity * days))
    cluster = rng.choice(config.clusters, count, p=hotspots.weight)
    start = _times(config, rng, hotspots, cluster, period_ns, kind.daytime)
    origin = rng.integers(0, 2, count)
    lon, lat, village, origin = _places(config, ground, rng, kind, hotspots.share[cluster], origin)
    start = np.full(count, period_ns[0]) if kind.where == "industry" else start
    lasts = np.maximum(1.0, kind.lasts_s * (1 if kind.where == "industry" else np.exp(rng.normal(0, 0.5, count))))
    hot = rng.uniform(size=count) < kind.p_heat
    harmed = rng.uniform(size=count) < kind.p_harm
    burning = kind.heat_s * np.exp(rng.normal(0, 0.4, count)) * (kind.where != "industry") + _whole(kind, period_ns)
    return Happenings(
        kind=np.full(count, number), cls=np.full(count, kind.cls, dtype=object), incident=np.full(count, kind.incident),
        notified=rng.uniform(size=count) < kind.p_notified, t_start_ns=start,
        t_end_ns=start + (lasts * SECOND_NS).astype(np.int64), lon_deg=lon, lat_deg=lat, origin=origin,
        side=side_of(ground.sides, lon, lat), count=1.0 + rng.poisson(max(0.0, kind.count - 1), count),
        weapon=_weapons(rng, kind, count), killed=np.where(harmed, rng.poisson(0.6, count), 0),
        injured=np.where(harmed, 1 + rng.poisson(1.2, count), 0), village=village,
        heat_mw=np.where(hot, kind.heat_mw * np.exp(rng.normal(0, 0.5, count)), np.nan),
        heat_end_ns=start + (burning * SECOND_NS).astype(np.int64),
    )  # fmt: skip


def _whole(kind: Kind, period_ns: tuple[int, int]) -> float:
    return (period_ns[1] - period_ns[0]) / SECOND_NS if kind.where == "industry" else 0.0


def _weapons(rng: np.random.Generator, kind: Kind, count: int) -> np.ndarray:
    if not kind.weapons:
        return np.full(count, "", dtype=object)
    return np.array(kind.weapons, dtype=object)[rng.integers(0, len(kind.weapons), count)]


def _times(
    config: Config,
    rng: np.random.Generator,
    hotspots: _Hotspots,
    cluster: np.ndarray,
    period_ns: tuple[int, int],
    daytime: bool,
) -> np.ndarray:
    """Return starts (n,) ns: most of them in the spells of their cluster, the rest anywhere in the period."""
    count, (first, last) = len(cluster), period_ns
    spell = hotspots.spell_ns[cluster, rng.integers(0, config.spells_per_cluster, count)]
    near = spell + (rng.normal(0, config.spell_h / 2, count) * HOUR_NS).astype(np.int64)
    anywhere = rng.integers(first, last, count)
    start = np.where(rng.uniform(size=count) < config.share_in_spells, near, anywhere)
    if daytime:
        hours = (rng.uniform(7.0, 17.0, count) * HOUR_NS).astype(np.int64)
        start = first + (anywhere - first) // (24 * HOUR_NS) * (24 * HOUR_NS) + hours
    return np.asarray(np.where((start < first) | (start >= last), anywhere, start))


def _places(
    config: Config, ground: Ground, rng: np.random.Generator, kind: Kind, share: np.ndarray, origin: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return lon, lat, village name and origin side (n,): fire lands on the side it did not come from."""
    count, nowhere = len(share), np.full(len(share), "", dtype=object)
    if kind.where == "industry":
        return ground.works[:, 0], ground.works[:, 1], nowhere, np.full(count, NO_SIDE)
    if kind.where == "settlement":
        row = _villages(ground, rng, 1 - origin)
        radius, turn = ground.village_radius_m[row] * np.sqrt(rng.uniform(size=count)), rng.uniform(0, 2 * np.pi, count)
        centre = ground.villages[row]
        lon, lat = offset_lonlat(centre[:, 0], centre[:, 1], radius * np.sin(turn), radius * np.cos(turn))
        return lon, lat, np.array(ground.village_names, dtype=object)[row], origin
    near_m = np.abs(rng.normal(0, config.across_m, count))
    away_m = {
        "impact": near_m + 200, "firing": near_m + 1_500, "line": 0.4 * near_m, "near": rng.uniform(300, 4_000, count),
        "rear": rng.uniform(8_000, 30_000, count), "field": rng.uniform(500, 0.9 * config.depth_m, count),
    }[kind.where]  # fmt: skip
    length_m = ground.line.length * 90_000  # metres a degree, about: the scatter along the line needs no better
    scattered = share + rng.normal(0, config.along_m / length_m, count)
    along = rng.uniform(*_SHARES, count) if kind.where == "field" else np.clip(scattered, *_SHARES)
    lon, lat, _ = beside_line(ground.line, along, away_m, 1 - origin if kind.where == "impact" else origin)
    return lon, lat, nowhere, np.full(count, NO_SIDE) if kind.where == "field" else origin


def _villages(ground: Ground, rng: np.random.Generator, side: np.ndarray) -> np.ndarray:
    row = np.empty(len(side), dtype=np.int64)
    for s in (LEFT, RIGHT):
        rows = np.flatnonzero(ground.village_side == s)
        pool = rows if len(rows) else np.arange(len(ground.villages))
        row[side == s] = rng.choice(pool, int((side == s).sum()))
    return row


def _impediments(duties: tuple[Duty, ...]) -> Happenings:
    stopped = [d for d in duties if d.status in _STATUS_CLASS]
    count = len(stopped)
    start, end = np.array([(d.t_start_ns, d.t_end_ns) for d in stopped], dtype=np.int64).reshape(-1, 2).T
    words, zero = np.full(count, "", dtype=object), np.zeros(count, dtype=np.int64)
    side = np.array([d.side for d in stopped], dtype=np.int64)
    return Happenings(
        kind=np.full(count, -1), cls=np.array([_STATUS_CLASS[d.status] for d in stopped], dtype=object),
        incident=np.ones(count, bool), notified=np.zeros(count, bool), t_start_ns=start, t_end_ns=end,
        lon_deg=np.array([d.lon_deg for d in stopped]), lat_deg=np.array([d.lat_deg for d in stopped]),
        origin=np.full(count, NO_SIDE), side=side, count=np.ones(count), weapon=words, killed=zero, injured=zero,
        village=words, heat_mw=np.full(count, np.nan), heat_end_ns=start,
    )  # fmt: skip
