"""Patrols, posts, cameras and UAVs of the synthetic mission: where each stood and whether it could look."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from trucewatch.core.times import HOUR_NS, SECOND_NS
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import LEFT, RIGHT, Ground, beside_line, side_of

__all__ = ["Duty", "failing_node", "is_node", "is_tasked", "make_duties"]

_CONDITION_NS = HOUR_NS // 4  # how long it takes to fulfil a condition


class Duty(NamedTuple):
    """One interval of one asset; bearing and width are None where it looks all round."""

    asset: str
    kind: str
    side: int
    t_start_ns: int
    t_end_ns: int
    lon_deg: float
    lat_deg: float
    range_m: float
    bearing_deg: float | None
    width_deg: float | None
    status: str
    reason: str
    agent: str

    @property
    def working(self) -> bool:
        """Whether it could observe."""
        return self.status == "working"


def make_duties(config: Config, ground: Ground, period_ns: tuple[int, int]) -> tuple[Duty, ...]:
    """Return the duty log of the period, by asset and time."""
    rng = stream(config, "assets")
    duties: list[Duty] = []
    for side in (LEFT, RIGHT):
        for kind, count in _roster(config):
            for number in range(1, count + 1):
                name = f"{kind}-{ground.side_names[side]}-{number}"
                duties += _MAKERS[kind](config, ground, rng, name, side, period_ns)
    inside = (_clip(d, period_ns) for d in duties)
    return tuple(sorted(d for d in inside if d.t_end_ns > d.t_start_ns))


def is_node(config: Config, duty: Duty) -> bool:
    """Return whether the asset sends heartbeats: the last cameras of each side do."""
    return duty.kind == "camera" and _number(duty.asset) > config.cameras_per_side - config.nodes_per_side


def is_tasked(config: Config, duty: Duty) -> bool:
    """Return whether the trips of the asset are in the patrol log: those of the last patrols of each side are."""
    return duty.kind == "patrol" and _number(duty.asset) > config.patrols_per_side - config.tasked_per_side


def failing_node(config: Config, ground: Ground) -> str:
    """Return the name of the node that fails on this day; "" where there are no nodes."""
    rng = stream(config, "health")
    side, back = int(rng.integers(LEFT, RIGHT + 1)), int(rng.integers(0, max(1, config.nodes_per_side)))
    number = config.cameras_per_side - back
    return f"camera-{ground.side_names[side]}-{number}" if config.nodes_per_side and number > 0 else ""


def _number(asset: str) -> int:
    return int(asset.rpartition("-")[2])


def _roster(config: Config) -> tuple[tuple[str, int], ...]:
    return (("patrol", config.patrols_per_side), ("post", config.posts_per_side), ("camera", config.cameras_per_side),
            ("uav", config.uavs_per_side))  # fmt: skip


def _clip(duty: Duty, period_ns: tuple[int, int]) -> Duty:
    start, end = (min(max(t, period_ns[0]), period_ns[1]) for t in (duty.t_start_ns, duty.t_end_ns))
    return duty._replace(t_start_ns=start, t_end_ns=end)


def _days(period_ns: tuple[int, int]) -> Iterator[int]:
    return iter(range(period_ns[0], period_ns[1], 24 * HOUR_NS))


def _minutes(t_ns: float) -> int:
    return round(t_ns / (60 * SECOND_NS)) * 60 * SECOND_NS


def _stand(ground: Ground, rng: np.random.Generator, side: int, away_m: tuple[float, float]) -> tuple[float, ...]:
    lon, lat, facing = beside_line(
        ground.line, rng.uniform(0.05, 0.95, 1), rng.uniform(*away_m, 1), np.array([side])
    )  # fmt: skip
    return round(float(lon[0]), 5), round(float(lat[0]), 5), float(facing[0])


def _duty(config: Config, name: str, kind: str, side: int, spot: tuple[float, ...], times: tuple[float, float],
          status: str = "working", reason: str = "", agent: str = "") -> Duty:  # fmt: skip
    bearing, width = (round(spot[2], 0), config.camera_width_deg) if kind == "camera" else (None, None)
    return Duty(name, kind, side, _minutes(times[0]), _minutes(times[1]), spot[0], spot[1], config.range_m[kind],
                bearing, width, status, reason, agent)  # fmt: skip


def _patrol(config: Config, ground: Ground, rng: np.random.Generator, name: str, side: int,
            period_ns: tuple[int, int]) -> list[Duty]:  # fmt: skip
    duties = []
    for day in _days(period_ns):
        start = day + rng.uniform(7.0, 8.0) * HOUR_NS
        for _ in range(4):
            spot, end = _stand(ground, rng, side, (800.0, 6_000.0)), start + rng.uniform(1.6, 2.4) * HOUR_NS
            side_there = int(side_of(ground.sides, np.array([spot[0]]), np.array([spot[1]]))[0])
            duties += _stop(config, rng, name, side_there, spot, (start, end))
            start = end + rng.uniform(0.3, 0.6) * HOUR_NS
    return duties


def _stop(config: Config, rng: np.random.Generator, name: str, side: int, spot: tuple[float, ...],
          times: tuple[float, float]) -> list[Duty]:  # fmt: skip
    fate, cut = rng.uniform(), times[0] + rng.uniform(0.3, 0.8) * (times[1] - times[0])

    def part(start: float, end: float, *words: str) -> Duty:
        return _duty(config, name, "patrol", side, spot, (start, end), *words)

    if fate < config.p_denied:
        return [part(*times, "denied", "turned back at a checkpoint", "armed person at the checkpoint")]
    if fate < config.p_denied + config.p_delayed:
        return [part(times[0], cut, "delayed", "held at a checkpoint", "armed person at the checkpoint"),
                part(cut, times[1])]  # fmt: skip
    if fate < config.p_denied + config.p_delayed + config.p_fired_at:
        return [part(times[0], cut), part(cut, times[1], "fired_at", "small-arms fire near the patrol", "unknown")]
    if fate < config.p_denied + config.p_delayed + config.p_fired_at + config.p_conditional:
        asked = times[0], times[0] + _CONDITION_NS
        return [part(*asked, "conditional", "let through on a condition", "armed person at the checkpoint"),
                part(*times)]  # fmt: skip
    return [part(*times)]


def _post(config: Config, ground: Ground, rng: np.random.Generator, name: str, side: int,
          period_ns: tuple[int, int]) -> list[Duty]:  # fmt: skip
    return [_duty(config, name, "post", side, _stand(ground, rng, side, (2_000.0, 7_000.0)), period_ns)]


def _camera(config: Config, ground: Ground, rng: np.random.Generator, name: str, side: int,
            period_ns: tuple[int, int]) -> list[Duty]:  # fmt: skip
    spot = _stand(ground, rng, side, (300.0, 2_500.0))
    down = period_ns[0] + rng.uniform(0.0, 0.8) * (period_ns[1] - period_ns[0])
    back = min(down + rng.uniform(2.0, 6.0) * HOUR_NS, period_ns[1])
    if rng.uniform() >= config.p_camera_down and name != failing_node(config, ground):
        return [_duty(config, name, "camera", side, spot, period_ns)]
    return [
        _duty(config, name, "camera", side, spot, (period_ns[0], down)),
        _duty(config, name, "camera", side, spot, (down, back), "not_working", "no power"),
        _duty(config, name, "camera", side, spot, (back, period_ns[1])),
    ]


def _uav(config: Config, ground: Ground, rng: np.random.Generator, name: str, side: int,
         period_ns: tuple[int, int]) -> list[Duty]:  # fmt: skip
    duties = []
    for day in _days(period_ns):
        for hour in (rng.uniform(6.0, 11.0), rng.uniform(14.0, 21.0)):
            start = day + hour * HOUR_NS
            end = start + rng.uniform(1.0, 2.0) * HOUR_NS
            duties += _flight(config, rng, name, side, _stand(ground, rng, side, (100.0, 3_000.0)), (start, end))
    return duties


def _flight(config: Config, rng: np.random.Generator, name: str, side: int, spot: tuple[float, ...],
            times: tuple[float, float]) -> list[Duty]:  # fmt: skip
    fate, cut = rng.uniform(), times[0] + rng.uniform(0.3, 0.8) * (times[1] - times[0])
    if fate >= config.p_jammed + config.p_lost:
        return [_duty(config, name, "uav", side, spot, times)]
    status, reason = ("jammed", "position signal disturbed") if fate < config.p_jammed else ("lost", "link lost")
    return [_duty(config, name, "uav", side, spot, (times[0], cut)),
            _duty(config, name, "uav", side, spot, (cut, times[1]), status, reason, "unknown")]  # fmt: skip


_MAKERS = {"patrol": _patrol, "post": _post, "camera": _camera, "uav": _uav}
