"""P and S picks of a real day become events: beside PyOcto in the same run, and on the same day with its stations
shifted against each other, where every event is invented."""

import time
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from pyproj import Geod

from bench.data import FOLDER
from bench.peers import NOT_INSTALLED, PeerPicks, Tables, installed, run_pyocto
from bench.seismic_judge import Judged, confirmed, doubles, known_to
from bench.seismic_synthetic import ellipses
from trucewatch.locate.seismic import SeismicConfig, StationTable, associate_seismic
from trucewatch.locate.seismic.grid import Stations, stations
from trucewatch.physics.seismic import CENTRAL_ITALY, TravelTimes, first_arrivals, tabulate

Row = tuple[str, str, str, str, str]
DAY = FOLDER / "seismic_picks_italy"
MAX_DISTANCE_M = 130e3
LIMITS_S = (0.5, 0.75, 1.0, 1.5)
CONTROL_S = 6 * 3600.0
REPEATS = 3
DOUBLE_S, CHANCE_S = 0.3, 20.0
# PyOcto's own settings for shallow seismicity with a 1-D model (its repository, benchmark/configs/associator/
# pyocto_1d_shallow.yaml: 10 picks, 4 stations with P and S, both tolerances 1.5 s); the area is this network's, and
# the overlap of its time slices is the time that S needs through it instead of 300 s, which is quicker.
SETTINGS: dict[str, Any] = {
    "lat": (42.2, 43.4), "lon": (12.5, 14.0), "zlim": (0, 30), "time_before": 60, "n_picks": 10,
    "n_p_picks": 4, "n_s_picks": 4, "n_p_and_s_picks": 4, "pick_match_tolerance": 1.5,
}  # fmt: skip
TOLERANCE_S = 1.5
TUNED_TOLERANCE_S = 1.0  # of the search alone: as many events in less time; below that it loses events


class Day(NamedTuple):
    """Picks of a day: time_s, station (row of the network), phase (0 P, 1 S), and the network."""

    time_s: np.ndarray
    station: np.ndarray
    phase: np.ndarray
    network: StationTable


class List(NamedTuple):
    """What an associator found: starts (events, 4) east, north, depth m, origin s; members (n, 2) event and pick; and
    how long it took, on the wall (`wall_s`) and of processor time (`cpu_s`, NaN where not asked for)."""

    starts: np.ndarray
    members: np.ndarray
    wall_s: float
    cpu_s: float


def measure() -> list[Row]:
    """Return the rows of the real day and of its control."""
    if not DAY.is_dir():
        return [("picks of 2016-10-14, Central Italy", "no data here (TRUCEWATCH_DATA)", "-", "-", "-")]
    day = read_day()
    model = tabulate(CENTRAL_ITALY, MAX_DISTANCE_M)
    where = stations(*day.network[:3], model)
    ours = _middle(lambda: _ours(day, where, model))
    one = _peer(day, where, TOLERANCE_S, 1)
    rows = [_pace(day, ours, one, TOLERANCE_S, 1)]
    rows += [_pace(day, ours, _peer(day, where, tolerance, threads), tolerance, threads) for tolerance, threads in (
        (TUNED_TOLERANCE_S, 1), (TOLERANCE_S, 0), (TUNED_TOLERANCE_S, 0)) if one is not None]  # fmt: skip
    rows += [_row(day, where, model, ours, one, limit, once) for once in (True, False) for limit in LIMITS_S]
    if one is not None:
        rows += [_known(day, where, model, ours, one, limit) for limit in (LIMITS_S[1], LIMITS_S[-1])]
    return [*rows, _doubles(day), _control(day, where, model), _leftovers(day, where, model, ours), _ellipses(model)]


def read_day() -> Day:
    """Read every station and pick of the day."""
    lines = [line.split() for line in (DAY / "station.dat").read_text(encoding="utf-8").splitlines()]
    rank = {f"{line[2]}.{line[3]}": k for k, line in enumerate(lines)}
    times, station, phase = [], [], []
    for path in sorted((DAY / "20161014").iterdir()):
        name, wave = path.name.removesuffix(".txt").rsplit(".", 1)
        times.append(np.loadtxt(path, ndmin=2)[:, 0])
        station.append(np.full(len(times[-1]), rank[name]))
        phase.append(np.full(len(times[-1]), int(wave == "S")))
    place = np.array([[float(line[0]), float(line[1]), 1e3 * float(line[5])] for line in lines]).T
    return Day(np.concatenate(times), np.concatenate(station), np.concatenate(phase), StationTable(*place))


def shifted(day: Day, seed: int = 1) -> Day:
    """Return the day with the picks of each station moved by a time of its own, around the clock: P and S of a station
    still belong together, nothing else does."""
    shift_s = np.random.default_rng(seed).uniform(600, 85_800, len(day.network.lon_deg))
    return day._replace(time_s=(day.time_s + shift_s[day.station]) % 86_400.0)


def _ours(day: Day, where: Stations, model: TravelTimes, config: SeismicConfig | None = None) -> List:
    t_ns = np.rint(day.time_s * 1e9).astype(np.int64)
    phase, unknown = np.where(day.phase == 0, "P", "S"), np.full(len(t_ns), np.nan)
    wall, cpu = time.perf_counter(), time.process_time()
    origins, members, _ = associate_seismic(t_ns, day.station, phase, unknown, day.network, model, config)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    event = np.repeat(np.arange(len(members)), [len(m) for m in members])
    picks = np.concatenate([np.zeros(0, np.int64), *members])
    starts = _starts(where, origins.lon_deg, origins.lat_deg, origins.depth_m, origins.t_ns / 1e9)
    return List(starts, np.column_stack([event, picks]), wall, cpu)


def _middle(run: Callable[[], List]) -> List:
    """Return the run of middle length of some; the first, which compiles, does not count."""
    run()
    return sorted((run() for _ in range(REPEATS)), key=lambda found: found.cpu_s)[REPEATS // 2]


def _peer(day: Day, where: Stations, tolerance_s: float, threads: int) -> List | None:
    """Return what PyOcto finds with our tables of the same velocity model; None where it is not installed."""
    if not installed():
        return None
    axis = 500.0 * np.arange(401)
    depth = 500.0 * np.arange(121)
    tables = np.stack([first_arrivals(CENTRAL_ITALY, p, axis, depth, np.zeros(1))[0] for p in ("P", "S")])
    model = Tables(tables, 500.0, (CENTRAL_ITALY.p_m_s[0], CENTRAL_ITALY.s_m_s[0]), tolerance_s)
    picks = PeerPicks(day.time_s, day.station, np.where(day.phase == 0, "P", "S"))
    settings = SETTINGS | ({"n_threads": threads} if threads else {})
    clock: Literal["wall", "cpu"] = "cpu" if threads == 1 else "wall"
    events, members, seconds = run_pyocto(day.network[:3], picks, model, settings, clock=clock)
    starts = _starts(where, events.lon_deg, events.lat_deg, events.depth_m, events.time_s)
    return List(starts, members, *((seconds, np.nan) if clock == "wall" else (np.nan, seconds)))


def _starts(where: Stations, lon: np.ndarray, lat: np.ndarray, depth_m: np.ndarray, origin_s: np.ndarray) -> np.ndarray:
    middle = (np.full(len(lon), where.lon0_deg), np.full(len(lon), where.lat0_deg))
    azimuth, _, length = Geod(ellps="WGS84").inv(*middle, lon, lat)
    east, north = length * np.sin(np.radians(azimuth)), length * np.cos(np.radians(azimuth))
    return np.column_stack([east, north, depth_m, origin_s])


def _pace(day: Day, ours: List, peer: List | None, tolerance_s: float, threads: int) -> Row:
    """Compare one thread by processor time, which others on the machine do not lengthen, and all cores on the wall."""
    kind = "processor time" if threads == 1 else "on the wall"
    mine, theirs = (np.nan if f is None else f.cpu_s if threads == 1 else f.wall_s for f in (ours, peer))
    name = f"{len(day.time_s):,} P and S picks of a real day to events, one core, {kind}"
    figure, who = f"{mine:.2f} s, {len(ours.starts):,} events", "one thread" if threads == 1 else "all cores"
    told = f"PyOcto 0.2.2, {who}, tolerance {tolerance_s:g} s"
    if peer is None:
        return name, figure, told, NOT_INSTALLED, "-"
    return name, figure, told, f"{theirs:.1f} s, {len(peer.starts):,} events", f"{theirs / mine:.0f} ×"


def _judged(day: Day, where: Stations, model: TravelTimes, found: List, limit_s: float, once: bool = True) -> Judged:
    return confirmed(day.time_s, day.station, day.phase, where, model, found.starts, found.members, limit_s, once)


def _row(
    day: Day, where: Stations, model: TravelTimes, ours: List, peer: List | None, limit_s: float, once: bool
) -> Row:
    how = "each wave counted once" if once else "a wave picked as P and as S counted as both"
    name = f"events confirmed by P and S, residuals up to {limit_s:g} s after one relocation, {how}"
    mine = _judged(day, where, model, ours, limit_s, once)
    if peer is None:
        return name, _told(mine), "PyOcto 0.2.2", NOT_INSTALLED, "-"
    theirs = _judged(day, where, model, peer, limit_s, once)
    return name, _told(mine), "PyOcto 0.2.2", _told(theirs), f"{mine.which.sum() / theirs.which.sum():.2f}"


def _told(judged: Judged) -> str:
    return f"{judged.which.sum()} ({judged.picks:,} picks, rms {judged.rms_s:.3f} s)"


def _known(day: Day, where: Stations, model: TravelTimes, ours: List, peer: List, limit_s: float) -> Row:
    """Count the confirmed events of each list that are in the other, by at least five picks."""
    mine, theirs = (_judged(day, where, model, found, limit_s).which for found in (ours, peer))
    picks = len(day.time_s)
    of_theirs = np.count_nonzero(theirs & known_to(peer.members, ours.members, picks))
    of_mine = np.count_nonzero(mine & known_to(ours.members, peer.members, picks))
    name = f"the other's events, confirmed within {limit_s:g} s, that are in the list too"
    return (name, f"{of_theirs} of {np.count_nonzero(theirs)}", "PyOcto 0.2.2",
            f"{of_mine} of {np.count_nonzero(mine)}", "-")  # fmt: skip


def _doubles(day: Day) -> Row:
    """Count the S picks that sit on a P pick, with no event and no model of the Earth in it."""
    real, chance = (doubles(day.time_s, day.station, day.phase, DOUBLE_S, later) for later in (0.0, CHANCE_S))
    name = f"S picks within {DOUBLE_S:g} s of a P pick of their station, of {np.count_nonzero(day.phase):,}"
    return name, f"{real:,}", f"the P picks moved by {CHANCE_S:g} s", f"{chance:,}", "-"


def _control(day: Day, where: Stations, model: TravelTimes) -> Row:
    """Count what is invented in the first hours of the shifted day."""
    moved = shifted(day)
    early = moved.time_s < CONTROL_S
    moved = Day(moved.time_s[early], moved.station[early], moved.phase[early], day.network)
    strict = SeismicConfig(min_picks=10, min_both=4)
    ours, all_ours = _ours(moved, where, model, strict), _ours(moved, where, model)
    peer = _peer(moved, where, TOLERANCE_S, 0)
    name = f"events invented in {CONTROL_S / 3600:.0f} h with the stations shifted, of at least 10 picks (any number)"
    theirs = NOT_INSTALLED if peer is None else str(len(peer.starts))
    return name, f"{len(ours.starts)} ({len(all_ours.starts)})", "PyOcto 0.2.2", theirs, "-"


def _leftovers(day: Day, where: Stations, model: TravelTimes, ours: List) -> Row:
    """Count the events that are mostly of picks that explain nothing, after their stations were shifted."""
    explained = np.zeros(len(day.time_s), bool)
    explained[ours.members[:, 1]] = True
    again = _ours(day._replace(time_s=np.where(explained, day.time_s, shifted(day).time_s)), where, model)
    moved = np.bincount(again.members[:, 0], ~explained[again.members[:, 1]])
    invented = np.count_nonzero(moved > 0.5 * np.bincount(again.members[:, 0]))
    name = f"events invented in 24 h from the {np.count_nonzero(~explained):,} picks left over, their stations shifted"
    return name, f"{invented} of {len(again.starts):,}", "-", "-", "-"


def _ellipses(model: TravelTimes) -> Row:
    truth, found, inside = ellipses(model, range(20, 34))
    name = f"synthetic events found of {truth:,}, and share of them in their 90 % ellipse"
    return name, f"{found:,}, {inside / found:.1%}", "-", "-", "-"


if __name__ == "__main__":
    for row in measure():
        print(" | ".join(row))
