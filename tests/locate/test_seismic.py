"""P and S picks to events: a synthetic network of 25 stations, laws, bad input, and one hour of a real day."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import ConfigError
from trucewatch.locate.likelihood import PHASES
from trucewatch.locate.seismic import SeismicConfig, StationTable, associate_seismic
from trucewatch.locate.solve import Arrivals, SolveConfig, media_of, solve
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.physics.seismic import CENTRAL_ITALY, tabulate

MODEL = tabulate(CENTRAL_ITALY, 100e3)
LON0, LAT0 = 37.0, 48.0
HOUR_S = 3600.0
P_SIGMA_S, S_SIGMA_S = 0.1, 0.15


class Day(NamedTuple):
    """A synthetic record and its truth: event of each pick, -1 for clutter."""

    t_ns: np.ndarray
    station: np.ndarray
    phase: np.ndarray
    event: np.ndarray
    network: StationTable
    truth: np.ndarray  # east, north, depth m and origin s


def network() -> StationTable:
    """Return 25 stations about 10 km apart."""
    rng = np.random.default_rng(5)
    east, north = (a.ravel() + rng.uniform(-2e3, 2e3, 25) for a in np.meshgrid(*[np.arange(-2, 3) * 10e3] * 2))
    lon, lat = offset_lonlat(np.full(25, LON0), np.full(25, LAT0), east, north)
    return StationTable(lon, lat, rng.uniform(50, 300, 25), tuple(f"S{k:02d}" for k in range(25)))


def synthetic(events: int, seed: int, clutter: int = 40, depth_m: tuple[float, float] = (3e3, 12e3)) -> Day:
    """Return an hour: events inside the network heard by stations up to 25 km with 80 %, plus clutter."""
    rng, stations = np.random.default_rng(seed), network()
    east, north = (np.array(c) for c in local(stations.lon_deg, stations.lat_deg))
    truth = np.column_stack([rng.uniform(-15e3, 15e3, (events, 2)), rng.uniform(*depth_m, events),
                             np.sort(rng.uniform(60, HOUR_S - 60, events))])  # fmt: skip
    time_s, station, phase, event = [], [], [], []
    for e, (x, y, z, t) in enumerate(truth):
        distance = np.hypot(east - x, north - y)
        for wave, sigma in (("P", P_SIGMA_S), ("S", S_SIGMA_S)):
            heard = np.flatnonzero((distance < 25e3) & (rng.random(25) < 0.8))
            travel = MODEL.at(wave, distance[heard], np.full(len(heard), z), stations.elevation_m[heard])
            time_s.append(t + travel + rng.normal(0, sigma, len(heard)))
            station.append(heard)
            phase.append(np.full(len(heard), wave))
            event.append(np.full(len(heard), e))
    time_s.append(rng.uniform(0, HOUR_S, 25 * clutter))
    station.append(np.repeat(np.arange(25), clutter))
    phase.append(rng.choice(["P", "S"], 25 * clutter))
    event.append(np.full(25 * clutter, -1))
    mix = rng.permutation(sum(len(t) for t in time_s))
    t, k, p, e = (np.concatenate(a)[mix] for a in (time_s, station, phase, event))
    return Day(np.rint(t * 1e9).astype(np.int64), k, p, e, stations, truth)


def local(lon_deg, lat_deg):
    """Return east, north m of places near the middle; right to 0.1 % within 30 km."""
    per_lon = offset_lonlat(np.array([LON0]), np.array([LAT0]), np.array([1.0]), np.array([0.0]))[0][0] - LON0
    per_lat = offset_lonlat(np.array([LON0]), np.array([LAT0]), np.array([0.0]), np.array([1.0]))[1][0] - LAT0
    narrowing = np.cos(np.radians((np.asarray(lat_deg) + LAT0) / 2)) / np.cos(np.radians(LAT0))
    return (np.asarray(lon_deg) - LON0) / per_lon * narrowing, (np.asarray(lat_deg) - LAT0) / per_lat


def run(day: Day, config: SeismicConfig | None = None):
    unknown = np.full(len(day.t_ns), np.nan)
    return associate_seismic(day.t_ns, day.station, day.phase, unknown, day.network, MODEL, config)


@pytest.fixture(scope="module")
def hour() -> Day:
    return synthetic(40, seed=1)


@pytest.fixture(scope="module")
def found(hour: Day):
    return run(hour)


def test_every_event_is_found_and_none_is_invented(hour, found):
    owners = [np.bincount(hour.event[m][hour.event[m] >= 0]).argmax() for m in found[1]]
    assert sorted(owners) == list(range(40))


def test_an_event_explains_its_own_picks(hour, found):
    right = sum(np.bincount(hour.event[m][hour.event[m] >= 0]).max() for m in found[1])
    assert right / sum(len(m) for m in found[1]) > 0.97
    assert right / np.count_nonzero(hour.event >= 0) > 0.95


def test_a_pick_belongs_to_one_event_at_most(found):
    rows = np.concatenate(found[1])
    assert len(rows) == len(np.unique(rows))


def test_places_and_times_are_right_within_their_own_uncertainty(hour, found):
    origins = found[0]
    east, north = local(origins.lon_deg, origins.lat_deg)
    off = np.column_stack([east, north, origins.depth_m, origins.t_ns / 1e9]) - hour.truth
    sigma = np.sqrt(np.diagonal(origins.covariance, axis1=1, axis2=2))
    assert np.median(np.hypot(off[:, 0], off[:, 1])) < 500
    assert np.all(np.abs(off) < 6 * sigma + [30, 30, 0, 0])  # 30 m: the test's own plane


def test_ninety_percent_ellipses_hold_about_ninety_percent():
    day = synthetic(150, seed=3, clutter=10)
    config = SeismicConfig(p_sigma_s=P_SIGMA_S, s_sigma_s=S_SIGMA_S, sigma_share=0.0, depth_prior_m=(7.5e3, 2.6e3))
    origins, members, _ = run(day, config)
    owner = np.array([np.bincount(day.event[m][day.event[m] >= 0]).argmax() for m in members])
    off = np.column_stack(local(origins.lon_deg, origins.lat_deg)) - day.truth[owner, :2]
    squared = np.einsum("na,nab,nb->n", off, np.linalg.inv(origins.covariance[:, :2, :2]), off)
    inside = np.mean(squared < 4.605)  # chi-square, two degrees of freedom, 90 %
    assert 0.83 < inside < 0.97  # three standard deviations of a share among 150


def test_the_solver_of_every_wave_puts_the_events_at_the_same_places(hour, found):
    origins, members, _ = found
    rows = np.concatenate(members)
    k, none = hour.station[rows], np.full(len(rows), np.nan)
    phase = np.array([PHASES.index(p) for p in hour.phase[rows]])
    begin = np.concatenate([[0], np.cumsum([len(m) for m in members])])
    lon, lat, elevation = (column[k] for column in hour.network[:3])
    heard = Arrivals(begin, lon, lat, elevation, hour.t_ns[rows] / 1e9, np.full(len(rows), 0.01), phase, none, none)
    config = SolveConfig(free_depth=True, depth_prior_m=(8e3, 6e3), integrate="never")
    other = solve(heard, media_of(config, seismic=MODEL), config)
    apart = np.subtract(local(other.lon_deg, other.lat_deg), local(origins.lon_deg, origins.lat_deg))
    assert np.quantile(np.hypot(*apart), 0.9) < 300
    assert np.quantile(np.abs(other.t_s - origins.t_ns / 1e9), 0.9) < 0.1


def test_counts_say_what_the_memberships_hold(hour, found):
    origins, members, _ = found
    both = [len(set(hour.station[m[hour.phase[m] == "P"]]) & set(hour.station[m[hour.phase[m] == "S"]]))
            for m in members]  # fmt: skip
    assert list(origins.picks) == [len(m) for m in members]
    assert list(origins.both) == both


def test_events_are_in_order_of_time(found):
    assert np.all(np.diff(found[0].t_ns) >= 0)


def test_the_order_of_the_picks_does_not_matter(hour, found):
    mix = np.random.default_rng(0).permutation(len(hour.t_ns))
    other = run(hour._replace(t_ns=hour.t_ns[mix], station=hour.station[mix], phase=hour.phase[mix]))
    assert np.array_equal(other[0].t_ns, found[0].t_ns)
    assert all(np.array_equal(np.sort(mix[a]), b) for a, b in zip(other[1], found[1], strict=True))


@settings(max_examples=5)
@given(st.integers(-(10**15), 2 * 10**18))
def test_a_later_day_gives_the_same_events_later(shift_ns):
    day = synthetic(5, seed=2)
    first, later = run(day), run(day._replace(t_ns=day.t_ns + shift_ns))
    assert np.array_equal(later[0].t_ns - shift_ns, first[0].t_ns)
    assert np.array_equal(later[0].lon_deg, first[0].lon_deg)


def test_clutter_alone_gives_no_event():
    assert len(run(synthetic(0, seed=4, clutter=80))[0].t_ns) == 0


def test_stations_shifted_against_each_other_give_no_confirmed_event(hour):
    shift_ns = np.random.default_rng(7).integers(60, 3540, 25) * 10**9
    moved = hour._replace(t_ns=(hour.t_ns + shift_ns[hour.station]) % int(HOUR_S * 1e9))
    origins, _, _ = run(moved)
    assert np.all((origins.picks < 10) | (origins.both < 4))


def test_a_station_whose_clock_is_late_is_named_and_still_used(hour):
    late = hour._replace(t_ns=hour.t_ns + (hour.station == 12) * 600_000_000)
    origins, members, issues = run(late)
    assert [i.found for i in issues if "S12" in i.found]
    assert np.mean([np.any(hour.station[m] == 12) for m in members]) > 0.5
    assert len(origins.t_ns) == 40


def test_stations_that_are_right_are_not_named(found):
    assert found[2] == ()


def test_explosions_are_held_at_the_surface():
    day = synthetic(15, seed=6, depth_m=(0.0, 1.0))
    origins, members, _ = run(day, SeismicConfig(surface=True))
    east, north = local(origins.lon_deg, origins.lat_deg)
    assert len(members) == 15
    assert np.all(origins.depth_m == 0.0)
    assert np.median(np.hypot(east - day.truth[:, 0], north - day.truth[:, 1])) < 400


def test_least_numbers_of_picks_are_kept(hour):
    origins, _, _ = run(hour, SeismicConfig(min_picks=20, min_both=8))
    assert np.all((origins.picks >= 20) & (origins.both >= 8))
    assert len(origins.t_ns) > 0


def test_unknown_stations_other_phases_and_repeated_picks_are_told(hour):
    t_ns = np.append(hour.t_ns, hour.t_ns[:3])
    station = np.append(hour.station, [99, *hour.station[1:3]])
    phase = np.append(hour.phase, [hour.phase[0], "acoustic", hour.phase[2]])
    origins, members, issues = run(hour._replace(t_ns=t_ns, station=station, phase=phase))
    assert [i.found for i in issues] == [
        "1 picks of unknown stations",
        "1 picks of another phase",
        "1 picks given twice",
    ]
    assert len(origins.t_ns) == 40
    assert max(m.max() for m in members) < len(hour.t_ns)


def test_a_station_without_a_place_is_told_and_one_without_a_height_is_used(hour):
    lon, lat, elevation = (a.copy() for a in hour.network[:3])
    lon[0], elevation[1] = np.nan, np.nan
    origins, members, issues = run(hour._replace(network=StationTable(lon, lat, elevation)))
    assert [i.found for i in issues] == [f"{np.count_nonzero(hour.station == 0)} picks of unknown stations"]
    assert np.any(hour.station[np.concatenate(members)] == 1)
    assert len(origins.t_ns) >= 39


def test_networks_a_continent_apart_are_searched_each_about_its_stations(hour):
    far = StationTable(*(np.append(a, a + d) for a, d in zip(hour.network[:3], (40.0, 0.0, 0.0), strict=True)))
    day = hour._replace(t_ns=np.tile(hour.t_ns, 2), phase=np.tile(hour.phase, 2), network=far,
                        station=np.append(hour.station, hour.station + 25))  # fmt: skip
    origins, members, _ = run(day)
    assert all(len(set(hour.event[m % len(hour.event)]) - {-1}) <= 2 for m in members)
    assert len(origins.t_ns) >= 70


def test_two_stations_give_an_issue_and_no_event(hour):
    two = hour._replace(network=StationTable(*(a[:2] for a in hour.network[:3])))
    origins, members, issues = run(two)
    assert (len(origins.t_ns), members) == (0, ())
    assert "picks at 2 stations" in [i.found for i in issues]


def test_no_picks_give_no_event(hour):
    none = hour._replace(t_ns=hour.t_ns[:0], station=hour.station[:0], phase=hour.phase[:0])
    assert run(none)[1:] == ((), ())


def test_nodes_that_never_pick_change_nothing(hour, found):
    many = StationTable(*(np.append(a, a[:5] + 0.01) for a in hour.network[:3]))
    assert np.array_equal(run(hour._replace(network=many))[0].t_ns, found[0].t_ns)


def test_a_wild_time_far_off_changes_nothing(hour, found):
    more = hour._replace(t_ns=np.append(hour.t_ns, 40 * 365 * 86_400 * 10**9), station=np.append(hour.station, 3),
                         phase=np.append(hour.phase, "P"))  # fmt: skip
    assert len(run(more)[0].t_ns) == len(found[0].t_ns)


def test_picks_of_one_station_give_no_event(hour):
    one = hour.station == 3
    _, members, issues = run(hour._replace(t_ns=hour.t_ns[one], station=hour.station[one], phase=hour.phase[one]))
    assert (members, [i.found for i in issues]) == ((), ["picks at 1 stations"])


def test_all_stations_at_one_instant_give_no_event():
    stations = network()
    t_ns = np.full(25, 10**12)
    picks = Day(t_ns, np.arange(25), np.full(25, "P"), np.full(25, -1), stations, np.zeros((0, 4)))
    assert run(picks)[1] == ()


def test_columns_of_different_length_are_refused(hour):
    with pytest.raises(ValueError, match="needed equally many"):
        run(hour._replace(station=hour.station[:-1]))


def test_depths_upside_down_are_refused():
    with pytest.raises(ConfigError, match="swap them"):
        SeismicConfig(depth_m=(10e3, 0.0))


def test_no_pass_is_refused():
    with pytest.raises(ConfigError, match="at least one of each"):
        SeismicConfig(passes=0)


def test_one_hour_of_a_real_day_gives_events_confirmed_by_p_and_s(shared_data):
    folder = shared_data / "seismic_picks_italy"
    lines = [line.split() for line in (folder / "station.dat").read_text(encoding="utf-8").splitlines()]
    names = [f"{line[2]}.{line[3]}" for line in lines]
    place = np.array([[float(line[0]), float(line[1]), 1e3 * float(line[5])] for line in lines]).T
    time_s, station, phase = [], [], []
    for path in sorted((folder / "20161014").iterdir()):
        name, wave = path.name.removesuffix(".txt").rsplit(".", 1)
        early = np.loadtxt(path, ndmin=2)[:, 0]
        early = early[early < HOUR_S]
        time_s.append(early)
        station.append(np.full(len(early), names.index(name)))
        phase.append(np.full(len(early), wave))
    t_ns = np.rint(np.concatenate(time_s) * 1e9).astype(np.int64)
    station, phase = np.concatenate(station), np.concatenate(phase)
    origins, _, _ = associate_seismic(t_ns, station, phase, np.full(len(t_ns), np.nan), StationTable(*place), MODEL)
    confirmed = (origins.picks >= 10) & (origins.both >= 4)
    assert np.count_nonzero(confirmed) >= 40
    assert np.median(origins.residual_s[confirmed]) < 0.3
