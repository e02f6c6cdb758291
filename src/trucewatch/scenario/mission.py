"""The mission's books beside its duty log: planned trips, impediments and the heartbeats of its nodes."""

from collections.abc import Mapping
from itertools import groupby

import numpy as np

from trucewatch.core.times import HOUR_NS, SECOND_NS, format_ns
from trucewatch.scenario.assets import Duty, failing_node, is_node, is_tasked
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import Ground
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.sheets import Record, Sheet, in_order

__all__ = ["health_sheet", "impediment_sheet", "in_duty_log", "patrol_sheet", "rows_of_impediments"]

_PATROLS = ("patrol", "tasking", "side", "planned_from", "planned_to", "actual_from", "actual_to", "route", "range_km",
            "outcome", "reason", "stopped_at", "agent", "p_detect", "reference")  # fmt: skip
_IMPEDIMENTS = ("reference", "kind", "means", "agent", "demand", "asset", "time_from", "time_to", "lon", "lat",
                "remarks")  # fmt: skip
_HEALTH = ("asset", "kind", "side", "time", "state", "lon", "lat", "range_km", "bearing_deg", "width_deg", "p_detect")
_TASKINGS = ("routine", "verification", "inspection", "escort")
_IN_WORDS = {"denied": "denied", "fired_at": "fired at", "delayed": "delayed", "conditional": "conditional access"}
_DEMANDS = {"delayed": "to wait", "conditional": "a list of names"}
_ROUTE_DEG = 0.008  # a trip goes up and down a road of this length to either side
_FAILS_NS = HOUR_NS // 2  # a node that fails is degraded for so long before
_JITTER = 0.1  # of the time between two heartbeats


def in_duty_log(config: Config, duty: Duty) -> bool:
    """Return whether the duty log tells of it; trips, heartbeats and conditions have books of their own."""
    return not (is_tasked(config, duty) or is_node(config, duty) or duty.status == "conditional")


def rows_of_impediments(happenings: Happenings) -> Mapping[tuple[int, float], int]:
    """Return the happening of each impediment, by its start and its longitude."""
    return {(int(happenings.t_start_ns[i]), float(happenings.lon_deg[i])): int(i)
            for i in np.flatnonzero(happenings.kind < 0)}  # fmt: skip


def patrol_sheet(
    config: Config, ground: Ground, duties: tuple[Duty, ...], happenings: Happenings, zone: str
) -> Sheet:  # fmt: skip
    """Return the patrol log: what was planned, what was driven, and what cut it short."""
    rng, told = stream(config, "patrols"), rows_of_impediments(happenings)
    trips = [d for d in duties if is_tasked(config, d) and d.status != "conditional"]
    records = []
    stops = [list(parts) for _, parts in groupby(trips, key=lambda d: (d.asset, d.lon_deg, d.lat_deg))]
    for parts in sorted(stops, key=lambda parts: _by_time(parts[0])):
        tasking, turn = str(rng.choice(_TASKINGS)), float(rng.uniform(0, 2 * np.pi))
        bad = next((p for p in parts if p.status in ("denied", "fired_at")), None)
        row = None if bad is None else told.get((bad.t_start_ns, bad.lon_deg))
        values = _trip(config, ground, parts, bad, (tasking, turn), zone)
        records.append(Record(values, row, "duty" if bad is None else "impediment", parts[0].t_start_ns))
    numbered = enumerate(in_order(records), start=1)
    return Sheet("patrols.csv", _PATROLS, tuple(r._replace(values=(*r.values[:-1], f"P-{i}")) for i, r in numbered))


def _by_time(duty: Duty) -> tuple[int, float]:
    """Return the order in which chance is drawn, which must not hang on anybody's name."""
    return duty.t_start_ns, duty.lon_deg


def _trip(
    config: Config, ground: Ground, parts: list[Duty], bad: Duty | None, drawn: tuple[str, float], zone: str
) -> tuple[str, ...]:
    first, (tasking, turn) = parts[0], drawn
    planned = [format_ns(t, zone) for t in (first.t_start_ns, parts[-1].t_end_ns)]
    driven = next((p for p in parts if p.working), None)
    actual = ["", ""] if driven is None else [format_ns(t, zone) for t in (driven.t_start_ns, driven.t_end_ns)]
    outcome = "done" if bad is None else "not executed" if driven is None else "cut short"
    east, north = _ROUTE_DEG * 1.5 * np.sin(turn), _ROUTE_DEG * np.cos(turn)  # 1.5: a degree of longitude is shorter
    stops = ((first.lon_deg + k * east, first.lat_deg + k * north) for k in (-1, 0, 1))
    route = f"LINESTRING ({', '.join(f'{x:.5f} {y:.5f}' for x, y in stops)})"
    why = ("", "", "") if bad is None else (
        f"{_IN_WORDS[bad.status]}: {bad.reason}", f"{bad.lat_deg:.5f}, {bad.lon_deg:.5f}", bad.agent
    )  # fmt: skip
    return (
        first.asset, tasking, ground.side_names[first.side], *planned, *actual, route, f"{first.range_m / 1000:g}",
        outcome, *why, f"{config.p_detect['patrol']:g}", "",
    )  # fmt: skip


def impediment_sheet(config: Config, duties: tuple[Duty, ...], happenings: Happenings, zone: str) -> Sheet:
    """Return the book of impediments that stopped nobody: conditions, and delays of planned trips."""
    told = rows_of_impediments(happenings)
    own = [d for d in duties if d.status == "conditional" or (d.status == "delayed" and is_tasked(config, d))]
    records = [
        Record(("", _IN_WORDS[d.status], "patrol", d.agent, _DEMANDS[d.status], d.asset, format_ns(d.t_start_ns, zone),
                format_ns(d.t_end_ns, zone), str(d.lon_deg), str(d.lat_deg), d.reason),
               told.get((d.t_start_ns, d.lon_deg)), "impediment", d.t_start_ns)
        for d in own
    ]  # fmt: skip
    numbered = enumerate(in_order(records), start=1)
    return Sheet(
        "impediments.csv", _IMPEDIMENTS, tuple(r._replace(values=(f"H-{i}", *r.values[1:])) for i, r in numbered)
    )


def health_sheet(config: Config, ground: Ground, duties: tuple[Duty, ...], zone: str) -> Sheet:
    """Return the heartbeats of the nodes; one of them fails: degraded, then down, then silent for a while."""
    rng, failing = stream(config, "health"), failing_node(config, ground)
    fails_ns = next((d.t_start_ns for d in duties if d.asset == failing and not d.working), None)
    records: list[Record] = []
    for duty in sorted((d for d in duties if is_node(config, d)), key=_by_time):
        own_ns = fails_ns if duty.asset == failing else None
        beats = ((t, _beat(config, ground, duty, t, own_ns, zone)) for t in _beats(config, rng, duty, own_ns))
        records += [Record(values, None, "heartbeat", t_ns) for t_ns, values in beats]
    return Sheet("health.csv", _HEALTH, in_order(records))


def _beats(config: Config, rng: np.random.Generator, duty: Duty, fails_ns: int | None) -> list[int]:
    """Return the times of the heartbeats in an interval: none without power, but for one that fails the first half."""
    end_ns = duty.t_end_ns if duty.working else (duty.t_start_ns + duty.t_end_ns) // 2
    if not duty.working and fails_ns is None:
        return []
    step_ns = int(config.heartbeat_s * SECOND_NS)
    times = np.arange(duty.t_start_ns, end_ns, step_ns)
    late_s = (rng.uniform(0, _JITTER * config.heartbeat_s, len(times))).astype(np.int64)
    late_s[:1] = 0  # the first of an interval is sent when the node comes up
    told: list[int] = (times + late_s * SECOND_NS).tolist()
    return told


def _state(duty: Duty, t_ns: int, fails_ns: int | None) -> str:
    if not duty.working:
        return "down"
    return "degraded" if fails_ns is not None and fails_ns - _FAILS_NS <= t_ns < fails_ns else "up"


def _beat(config: Config, ground: Ground, d: Duty, t_ns: int, fails_ns: int | None, zone: str) -> tuple[str, ...]:
    view = ("", "") if d.bearing_deg is None else (f"{d.bearing_deg:.0f}", f"{d.width_deg:.0f}")
    return (
        d.asset, d.kind, ground.side_names[d.side], format_ns(t_ns, zone), _state(d, t_ns, fails_ns), str(d.lon_deg),
        str(d.lat_deg), f"{d.range_m / 1000:g}", *view, f"{config.p_detect[d.kind]:g}",
    )  # fmt: skip
