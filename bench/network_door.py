"""What goes into the association and what is said of its events: checks, faults of nodes, classes. Synthetic.

The networks, faults and sounds are those of `scenario`, which the code under measure does not see; the classes are
measured with the association taken as perfect, so that only the naming is judged.
"""

import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import numbers
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.core.times import DAY_NS, parse_instant
from trucewatch.locate.checks import checked
from trucewatch.locate.classify import NAMES, classify
from trucewatch.locate.fault_search import Expected, shifts_by_prediction
from trucewatch.locate.faults import Residuals, faults
from trucewatch.scenario.acoustic_day import TRUE, Listening, listen
from trucewatch.scenario.acoustic_sheets import network_sheets
from trucewatch.scenario.assets import make_duties
from trucewatch.scenario.config import Config
from trucewatch.scenario.ground import make_ground
from trucewatch.scenario.happenings import make_happenings
from trucewatch.scenario.sheets import sheet_bytes
from trucewatch.scenario.storm import StormConfig, simulate
from trucewatch.scenario.weather import make_weather
from trucewatch.sense import Source
from trucewatch.sense.network_csv import read_nodes, read_triggers

Row = tuple[str, str, str, str, str]
REFERENCE = {"source": "network", "file_sha256": "0" * 64}
SPEED_M_S = 338.0
NODES_OF_ONE = 40
SHOTS = 250
NAMED = 0.6


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio); there is no peer."""
    return [(what, figure, "-", "-", "-") for part in (_input, _residual, _search, _classes) for what, figure in part()]


def _input() -> list[tuple[str, str]]:
    rng = np.random.default_rng(1)
    n, m = 750_000, 15_000
    names = np.array([f"n{i}" for i in range(m)], dtype=object)
    t_ns = np.sort(rng.integers(0, DAY_NS, n)) + parse_instant("2026-03-14T00:00:00Z")
    heard = {"t_ns": t_ns, "node": names[rng.integers(0, m, n)], "amplitude_pa": rng.exponential(1, n)}
    stand = {"node": names, "lon_deg": 30 + rng.uniform(0, 12, m), "lat_deg": 48 + rng.uniform(0, 0.3, m)}
    triggers = TRIGGERS.table({**REFERENCE, "row": np.arange(1, n + 1), **heard})
    network = NODES.table({**REFERENCE, "row": np.arange(1, m + 1), **stand})
    checked(triggers, network)  # compiles
    seconds = _best(lambda: checked(triggers, network))
    return [("checks of 750,000 triggers of 15,000 nodes", f"{seconds:.2f} s")]


def _best(work: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)


def _residual() -> list[tuple[str, str]]:
    names = [f"n{i}" for i in range(NODES_OF_ONE)]
    sound = sum(len(faults(residuals(seed), names)[1]) for seed in range(1_000))
    rows = [("networks of 40 nodes without a fault, 250 shots each: nodes called wrong", f"{sound} in 1,000 networks")]
    for ahead in (0.06, 0.1, 0.2, 0.5):
        runs = [faults(residuals(seed, ahead_s=ahead), names)[0] for seed in range(100)]
        hits = [r for r in runs if r.node.tolist() == [0] and abs(r.clock_shift_s[0] - ahead) < 0.1]
        off = [abs(r.clock_shift_s[0] - ahead) for r in hits]
        rows.append((f"one clock {ahead:g} s ahead, from residuals", _found(len(hits), 100, off, 1000, "ms")))
    for moved in (60.0, 120.0, 250.0):
        runs = [faults(residuals(seed, moved_m=moved), names)[0] for seed in range(100)]
        hits = [r for r in runs if r.node.tolist() == [0] and np.isfinite(r.east_m[0])]
        off = [float(np.hypot(r.east_m[0] - moved, r.north_m[0])) for r in hits]
        rows.append(
            (f"one node {moved:g} m from where it is listed, from residuals", _found(len(hits), 100, off, 1, "m"))
        )
    return rows


def _found(hits: int, total: int, off: list[float], scale: float, unit: str) -> str:
    return f"{hits} of {total} found, median error {scale * float(np.median(off)) if off else np.nan:.0f} {unit}"


def residuals(seed: int, ahead_s: float = 0.0, moved_m: float = 0.0) -> Residuals:
    """Return what a network hears whose middle node has a clock that is ahead, or stands to the east of its place."""
    rng = np.random.default_rng(seed)
    listed = rng.uniform(0, 30_000, (NODES_OF_ONE, 2))
    listed[0] = 15_000.0
    stands = listed.copy()
    stands[0, 0] += moved_m
    shot, t0 = rng.uniform(0, 30_000, (SHOTS, 2)), np.sort(rng.uniform(0, 6 * 3600, SHOTS))
    audible = np.linalg.norm(stands[None] - shot[:, None], axis=2) < 12_000 * rng.uniform(0.6, 1, (SHOTS, 1))
    event, node = np.nonzero(audible & (audible.sum(axis=1, keepdims=True) >= 5))
    step = listed[node] - shot[event]
    range_m = np.linalg.norm(step, axis=1)
    farther = np.linalg.norm(stands[node] - shot[event], axis=1) - range_m
    sigma = np.hypot(0.03, 0.004 * range_m / SPEED_M_S)
    off = farther / SPEED_M_S + np.where(node == 0, ahead_s, 0.0) + rng.normal(0, sigma)
    stray = rng.uniform(size=len(off)) < 0.02
    off = np.where(stray, rng.uniform(-1, 1, len(off)), off)
    unit = step / range_m[:, None]
    return Residuals(event, node, t0[event], off, sigma, unit[:, 0], unit[:, 1], np.full(len(node), SPEED_M_S))


def _search() -> list[tuple[str, str]]:
    rows = []
    for rate in (7.0, 60.0, 300.0):
        wrong = sum(len(shifts_by_prediction(*heard_of_storm(seed, rate))[1]) for seed in range(20))
        rows.append(
            (f"storms of {rate:.0f} shots a minute without a fault: nodes called wrong", f"{wrong} in 20 storms")
        )
        runs = [shifts_by_prediction(*heard_of_storm(seed, rate, ahead_s=1.3))[0] for seed in range(20)]
        hits = [r for r in runs if r.node.tolist() == [52]]
        off = [abs(float(r.clock_shift_s[0]) - 1.3) for r in hits if np.isfinite(r.clock_shift_s[0])]
        rows.append(
            (f"one clock 1.3 s ahead, {rate:.0f} a minute, by prediction", _found(len(off), 20, off, 1000, "ms"))
        )
        runs = [shifts_by_prediction(*heard_of_storm(seed, rate, moved_m=700.0))[0] for seed in range(20)]
        hits = [r for r in runs if r.node.tolist() == [52] and np.isfinite(r.east_m[0])]
        off = [float(np.hypot(r.east_m[0] - 700.0, r.north_m[0])) for r in hits]
        rows.append((f"one node 700 m away, {rate:.0f} a minute, by prediction", _found(len(off), 20, off, 1, "m")))
    return rows


def heard_of_storm(
    seed: int, rate: float, ahead_s: float = 0.0, moved_m: float = 0.0
) -> tuple[Expected, np.ndarray, np.ndarray, list[str]]:
    """Return what ten minutes of a storm should have made heard, and what was, with a fault of node 52."""
    s = simulate(StormConfig(seed=seed, shots_per_min=rate))
    rng = np.random.default_rng(seed)
    listed = np.stack([s.node_east_m, s.node_north_m], axis=1)
    listed[52, 0] -= moved_m
    use = np.flatnonzero(s.shots.heard >= 5)
    at = np.stack([s.shots.east_m, s.shots.north_m], axis=1)[use] + rng.normal(0, 40, (len(use), 2))
    step = listed[None] - at[:, None]
    range_m = np.linalg.norm(step, axis=2)
    half = np.array(s.config.half_range_m)[s.shots.loudness[use]][:, None]
    p = s.config.heard_at_most / (1 + np.exp((range_m - half) / s.config.width_of_range_m))
    speed = s.speed_m_s + (step @ np.array([s.wind_east_m_s, s.wind_north_m_s])) / range_m
    e, n = np.nonzero(p > 0.05)
    due = s.shots.t_s[use][e] + range_m[e, n] / speed[e, n]
    expected = Expected(n, due, p[e, n], step[e, n, 0], step[e, n, 1], speed[e, n])
    t = s.heard.t_s + np.where(s.heard.node == 52, ahead_s, 0.0)
    return expected, t, s.heard.node, [f"n{j}" for j in range(len(listed))]


def _classes() -> list[tuple[str, str]]:
    p, truth, seconds, without = [], [], 0.0, []
    for seed in range(101, 107):
        origins, triggers, network, sharp = sounds_of_day(seed)
        began = time.perf_counter()
        found = classify(origins, triggers, network)
        seconds += time.perf_counter() - began
        p.append(np.stack([numbers(found, f"p_{n}") for n in NAMES], axis=1))
        truth.append(np.where(sharp, NAMES.index("shot"), NAMES.index("explosion")))
        bare = TRIGGERS.table({n: triggers.column(n) for n in (*REFERENCE, "row", "t_ns", "node", "phase")})
        without.append(numbers(classify(origins, bare, network), "p_unknown"))
    chance, is_ = np.concatenate(p), np.concatenate(truth)
    top, most = np.argmax(chance, axis=1), chance.max(axis=1)
    named = (most >= NAMED) & (top != NAMES.index("unknown"))
    right = top == is_
    told = chance[np.arange(len(is_)), is_]
    return [
        ("six synthetic days, perfect association: sounds heard by five nodes and more", f"{len(is_):,}"),
        ("given a class (p of 0.6 and more)", f"{100 * named.mean():.1f} %"),
        ("of these right", f"{100 * right[named].mean():.1f} %"),
        ("their mean probability", f"{100 * most[named].mean():.1f} %"),
        ("median probability of the true class", f"{np.median(told):.2f}"),
        ("mean probability of unknown", f"{chance[:, -1].mean():.2f}"),
        ("the same with times alone", f"{np.concatenate(without).mean():.2f}"),
        ("classes a second", f"{len(is_) / seconds:,.0f}"),
    ]  # fmt: skip


def sounds_of_day(seed: int) -> tuple[pa.Table, pa.Table, pa.Table, np.ndarray]:
    """Return the sounds of a synthetic day as origins with their triggers, those, the nodes, and which are sharp."""
    config = Config(seed=seed)
    start = parse_instant(f"{config.day.isoformat()}T00:00:00Z")
    period, ground = (start, start + DAY_NS), make_ground(config, None)
    west, south, east, north = ground.bounds
    weather = make_weather(config, period, (west + east) / 2, (south + north) / 2)
    happenings = make_happenings(config, ground, make_duties(config, ground, period), period)
    heard = listen(config, ground, happenings, weather, period)
    if heard is None:
        raise ValueError("found a day without nodes; needed one with some; change its configuration")
    sheets = network_sheets(config, heard, weather, period, np.random.default_rng(seed))
    triggers, nodes = (Source(s.name, sheet_bytes(s, seed)) for s in sheets[:2])
    return _as_origins(heard, seed, read_triggers(triggers).table, read_nodes(nodes).table)


def _as_origins(
    heard: Listening, seed: int, triggers: pa.Table, network: pa.Table
) -> tuple[pa.Table, pa.Table, pa.Table, np.ndarray]:
    rows = [
        np.flatnonzero((heard.arrivals.sound == k) & (heard.arrivals.what == TRUE)) for k in range(len(heard.heard))
    ]
    use = np.flatnonzero(heard.heard >= 5)
    rng = np.random.default_rng(seed)
    lon = heard.sounds.lon_deg[use] + rng.normal(0, 40 / 74_000, len(use))
    lat = heard.sounds.lat_deg[use] + rng.normal(0, 40 / 111_000, len(use))
    origins = ORIGINS.table({
        "event": np.arange(len(use)), "t_ns": heard.sounds.t_ns[use], "lon_deg": lon, "lat_deg": lat,
        "cov_ee_m2": 1_600.0, "cov_en_m2": 0.0, "cov_nn_m2": 1_600.0, "p": 0.97, "reason": "",
        "arrivals": [len(rows[k]) for k in use], "triggers": [rows[k].tolist() for k in use],
    }, rows=len(use))  # fmt: skip
    return origins, triggers, network, heard.sounds.sharp[use]
