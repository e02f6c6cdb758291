"""Association of sound across single nodes: one block in metres of its own plane."""

from typing import NamedTuple

import numpy as np
import pytest
from scipy.stats import norm

from trucewatch.core.errors import ConfigError
from trucewatch.locate.acoustic import AcousticConfig, Air, Block, Found, associate_block, curves, nodes_of
from trucewatch.locate.acoustic.decide import sample
from trucewatch.locate.acoustic.edges import Edges, edges_of
from trucewatch.locate.acoustic.engine import scene_of
from trucewatch.locate.acoustic.fit import CEE, CEN, CET, CNN, CNT, COLUMNS, CTT, EAST, NORTH
from trucewatch.locate.acoustic.model import UNKNOWN_DB, deaf, triggers_of
from trucewatch.locate.acoustic.search import solve_three
from trucewatch.locate.acoustic.start import first_air
from trucewatch.physics.sound import travel_time_s
from trucewatch.scenario import bound
from trucewatch.scenario.storm import Storm, StormConfig, simulate

CONFIG = AcousticConfig()
SMALL = StormConfig(seed=11, shots_per_min=7, minutes=6)
GRID_M = np.arange(4) * 4_000.0
EAST_M, NORTH_M = (axis.ravel() for axis in np.meshgrid(GRID_M, GRID_M + 150.0))
STILL = Air(340.0, 0.0, 0.0)
SHOT = (0.0, 5_000.0, 6_500.0)  # s, m east, m north


class Heard(NamedTuple):
    """Triggers (n,) and nodes (m,)."""

    t_s: np.ndarray
    node: np.ndarray
    east_m: np.ndarray = EAST_M
    north_m: np.ndarray = NORTH_M


def associated(heard: Heard, known: Air = STILL, sigma=(1.0, 1.0), config=CONFIG, level_db=None) -> Found:
    nodes = nodes_of(heard.east_m, heard.north_m, 1.25 * curves(config).reach_m)
    level = np.full(len(heard.t_s), np.nan) if level_db is None else level_db
    return associate_block(Block(heard.t_s, heard.node, level, known, sigma), nodes, config)


def one_shot(silent=(), reach_m=9_000.0) -> Heard:
    """What every node within reach hears of one shot, but for the silent ones; a minute of clutter beside it."""
    rng = np.random.default_rng(2)
    range_m = np.hypot(EAST_M - SHOT[1], NORTH_M - SHOT[2])
    node = np.setdiff1d(np.flatnonzero(range_m < reach_m), silent)
    t = travel_time_s(EAST_M[node] - SHOT[1], NORTH_M[node] - SHOT[2], 340.0) + rng.normal(0, 0.02, len(node))
    clutter = 8
    return Heard(
        np.concatenate([t, rng.uniform(-30, 60, clutter)]), np.concatenate([node, rng.integers(16, size=clutter)])
    )


def of_storm(storm: Storm) -> Heard:
    return Heard(storm.heard.t_s, storm.heard.node, storm.node_east_m, storm.node_north_m)


def scored(storm: Storm, found: Found) -> bound.StormScore:
    cov = found.cov_m2[:, [0, 1, 1, 2]].reshape(-1, 2, 2)
    return bound.score_storm(storm, bound.Found(found.t_s, found.east_m, found.north_m, cov))


@pytest.fixture(scope="module")
def storm() -> Storm:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def blind(storm) -> Found:
    return associated(of_storm(storm), Air(337.5, 0, 0), (6.0, 4.0))


def test_a_small_storm_is_told_with_the_air_unknown(storm, blind):
    assert scored(storm, blind).f1 >= 0.95


def test_the_air_is_found_with_the_events(storm, blind):
    truth = storm.speed_m_s, storm.wind_east_m_s, storm.wind_north_m_s
    assert np.array(blind.air) == pytest.approx(np.array(truth), abs=1.0)


def test_each_trigger_is_in_one_event_at_most(blind):
    assert len(np.unique(blind.trigger)) == len(blind.trigger)
    assert blind.ptr[-1] == len(blind.trigger)


def test_the_same_input_gives_the_same_events(storm, blind):
    again = associated(of_storm(storm), Air(337.5, 0, 0), (6.0, 4.0))
    assert np.array_equal(again.t_s, blind.t_s)
    assert np.array_equal(again.trigger, blind.trigger)


def test_the_members_of_an_event_are_those_of_its_shot(storm, blind):
    event, shot = bound.match(storm, bound.Found(blind.t_s, blind.east_m, blind.north_m, np.empty((0, 2, 2))))
    for e, s in zip(event, shot, strict=True):
        members = blind.trigger[blind.ptr[e] : blind.ptr[e + 1]]
        assert np.mean(storm.heard.shot[members] == s) >= 0.75


def test_a_mirrored_network_gives_mirrored_events(storm, blind):
    heard = of_storm(storm)
    mirrored = associated(heard._replace(east_m=-heard.east_m), Air(337.5, 0, 0), (6.0, 4.0))
    there = bound.Found(mirrored.t_s, -mirrored.east_m, mirrored.north_m, np.empty((0, 2, 2)))
    event, _ = bound.match(as_truth(storm, blind), there, near_m=100.0, near_s=0.5)
    assert len(event) >= 0.95 * max(len(blind.t_s), len(mirrored.t_s))  # the sampler's draws differ


def as_truth(storm: Storm, found: Found) -> Storm:
    """The events of one association, as shots that another is matched with."""
    empty = np.zeros(len(found.t_s), dtype=int)
    return storm._replace(shots=storm.shots._replace(
        t_s=found.t_s, east_m=found.east_m, north_m=found.north_m, loudness=empty, heard=empty + 9))  # fmt: skip


def test_a_moved_network_gives_moved_events():
    heard = one_shot()
    here, there = associated(heard), associated(heard._replace(east_m=EAST_M + 70_000.0))
    assert there.east_m - here.east_m == pytest.approx(70_000.0, abs=1.0)
    assert there.north_m == pytest.approx(here.north_m, abs=1.0)


def test_one_shot_among_clutter_is_one_event_at_its_place():
    found = associated(one_shot())
    assert len(found.t_s) == 1
    assert np.hypot(found.east_m[0] - SHOT[1], found.north_m[0] - SHOT[2]) < 40
    assert found.t_s[0] == pytest.approx(SHOT[0], abs=0.1)


def test_near_nodes_that_heard_nothing_make_an_event_less_probable():
    least = AcousticConfig(least_p=0.001)
    near = np.argsort(np.hypot(EAST_M - SHOT[1], NORTH_M - SHOT[2]))
    by_the_nearest = associated(one_shot(silent=near[5:], reach_m=1e6), config=least)
    by_the_next = associated(one_shot(silent=np.concatenate([near[:5], near[10:]]), reach_m=1e6), config=least)
    assert by_the_nearest.p.max() > 0.9
    assert by_the_next.p.max(initial=0.0) < 0.5


def test_clutter_alone_makes_no_event():
    rng = np.random.default_rng(5)
    found = associated(Heard(rng.uniform(0, 600, 80), rng.integers(16, size=80)))
    assert len(found.t_s) == 0


def test_levels_help_where_the_times_are_crowded():
    crowded = simulate(StormConfig(seed=12, shots_per_min=150, minutes=1, columns=6, rows=6, width_m=24_000.0))
    known = Air(crowded.speed_m_s, crowded.wind_east_m_s, crowded.wind_north_m_s)
    times = scored(crowded, associated(of_storm(crowded), known))
    levels = scored(crowded, associated(of_storm(crowded), known, level_db=crowded.heard.level_db))
    assert levels.f1 > times.f1


def test_a_cold_air_is_found_where_it_is_crowded():
    storm = simulate(StormConfig(seed=104, shots_per_min=300))
    nodes = nodes_of(storm.node_east_m, storm.node_north_m, 1.25 * curves(CONFIG).reach_m)
    silent = np.full(len(storm.heard.t_s), np.nan)
    trig, _ = triggers_of(storm.heard.t_s, storm.heard.node, silent, len(nodes.east))
    scene = scene_of(nodes, trig, False, CONFIG)
    air = first_air(scene, curves(CONFIG), CONFIG, Air(337.5, 0, 0), (6.0, 4.0), 1)
    truth = storm.speed_m_s, storm.wind_east_m_s, storm.wind_north_m_s
    assert np.array(air) == pytest.approx(np.array(truth), abs=1.0)


SHARED_S, OWN, SURE = 30.0, 4, 1e6  # when the shared trigger came; own triggers of a candidate, and their gain


def two_candidates(odds, gain):
    """Two candidates with four exact triggers of their own and one that both may hold, at a node that tells no place.

    Returns triggers, table, edges and the log of all that their own triggers say for each.
    """
    table, heard, said = np.zeros((2, COLUMNS)), [(SHARED_S, 15)], np.zeros(2)
    for i, (east, north) in enumerate([(3_000.0, 2_500.0), (7_000.0, 9_500.0)]):
        de, dn = EAST_M - east, NORTH_M - north
        near = np.argsort(np.hypot(de, dn))[:OWN]
        heard += [(travel_time_s(de[j], dn[j], STILL.speed), j) for j in near]
        u = np.stack([-de[near], -dn[near], np.full(OWN, STILL.speed)], axis=1)
        u[:, :2] /= np.hypot(de, dn)[near, None]
        cov = np.linalg.inv(u.T @ u * (CONFIG.onset_s * STILL.speed) ** -2)
        table[i, [EAST, NORTH]] = east, north
        table[i, [CEE, CEN, CET, CNN, CNT, CTT]] = cov[np.triu_indices(3)]
        said[i] = OWN * np.log(odds * SURE) + 0.5 * np.linalg.slogdet(2 * np.pi * cov)[1]
    t, node = np.array(heard).T
    trig, order = triggers_of(t, node.astype(int), np.full(len(t), np.nan), len(EAST_M))
    which = np.concatenate([np.arange(1, 1 + OWN), [0], np.arange(1 + OWN, 1 + 2 * OWN), [0]])
    tight = np.where(which == 0, 1e-6, CONFIG.onset_s**-2).astype(np.float32)
    most = np.where(which == 0, np.repeat(gain, OWN + 1), SURE).astype(np.float32)
    each, entry = np.arange(2 * (OWN + 1), dtype=np.int32), np.arange(3) * (OWN + 1)
    one = np.ones(len(each), np.float32)
    edges = Edges(
        np.zeros((2, 3)), entry, node[which].astype(np.int32), tight, np.full((len(each), 3), odds, np.float32),
        np.arange(len(each) + 1, dtype=np.int32), np.argsort(order)[which].astype(np.int32), most, most,
        np.float32(UNKNOWN_DB) * one, each // np.int32(OWN + 1), each,
    )  # fmt: skip
    return trig, table, edges, said


def test_the_sampler_gives_the_probabilities_that_counting_all_cases_gives():
    """Two candidates want one trigger, which either explains alone: four cases, the fourth with either holder."""
    prior, odds, gain = np.array([-1.0, -0.5]), 0.5, np.array([6.0, 3.0])
    nodes = nodes_of(EAST_M, NORTH_M, 1e5)
    trig, table, edges, said = two_candidates(odds, gain)
    alone = np.exp(prior) * (1 + odds * gain)
    both = np.exp(prior.sum()) * (1 + odds * gain.sum())
    expected = (alone + both) / (1 + alone.sum() + both)
    silent = scene_of(nodes, trig, False, CONFIG).loudness
    found = sample(table, prior - said, np.arange(2), edges, trig, nodes, STILL, silent, 20_000, 1_000, 7)
    assert found.p == pytest.approx(expected, abs=0.01)
    assert found.on_share == pytest.approx(expected, abs=0.02)


def test_the_sampler_spreads_an_event_as_its_triggers_leave_it_open():
    nodes = nodes_of(EAST_M, NORTH_M, 1e5)
    trig, table, edges, said = two_candidates(0.5, np.array([1e-9, 1e-9]))
    silent = scene_of(nodes, trig, False, CONFIG).loudness
    found = sample(table, 5 - said, np.arange(2), edges, trig, nodes, STILL, silent, 2_000, 100, 7)
    assert found.spread == pytest.approx(table[:, CEE : CTT + 1], rel=0.02)


@pytest.mark.parametrize(("east_m", "north_m", "wind"), [(1_000, 1_500, (0, 0)), (1_800, 700, (6, -3))])
def test_three_arrivals_give_place_and_time(east_m, north_m, wind):
    nodes_east, nodes_north = np.array([0.0, 4_000.0, 300.0]), np.array([0.0, 200.0, 4_000.0])
    t = travel_time_s(nodes_east - east_m, nodes_north - north_m, 340.0, *wind)
    solved = solve_three(nodes_east[1], nodes_north[1], t[1] - t[0], nodes_east[2], nodes_north[2], t[2] - t[0], 340.0,
                         float(wind[0]), float(wind[1]))  # fmt: skip
    sources = np.array(solved[1:]).reshape(2, 3)[: solved[0]]
    off = np.abs(sources - [east_m, north_m, t[0]]).max(axis=1)
    assert off.min() < 3.0  # m and s; the wind's share of a path is taken to second order in its Mach number


def test_three_nodes_in_a_line_give_no_place():
    assert solve_three(2_000.0, 0.0, 1.0, 4_000.0, 0.0, 2.0, 340.0, 0.0, 0.0)[0] == 0


def test_settings_with_which_nothing_can_be_computed_are_refused():
    with pytest.raises(ConfigError, match="onset_s"):
        AcousticConfig(onset_s=0.0)


@pytest.mark.parametrize("late_s", [-1.0, -0.3, -0.25, -0.12, 0.0, 0.1, 1.0])
def test_the_chance_of_falling_into_a_dead_time_is_that_of_the_normal_distribution(late_s):
    for sigma_s in (0.03, 0.12):
        exact = norm.cdf((late_s + 0.25) / sigma_s) - norm.cdf(late_s / sigma_s)
        assert deaf(late_s, 0.25, sigma_s) == pytest.approx(exact, abs=0.02)


@pytest.mark.parametrize("sigma_s", [1e-6, 1e-3, 5e-3])
def test_a_dead_time_is_told_however_sure_the_arrival(sigma_s):
    assert deaf(-0.1, 0.25, sigma_s) == pytest.approx(1.0, abs=1e-6)
    assert deaf(-0.4, 0.25, sigma_s) == pytest.approx(0.0, abs=1e-6)
    assert deaf(0.1, 0.25, sigma_s) == pytest.approx(0.0, abs=1e-6)


def test_a_node_without_a_dead_time_is_never_deaf():
    assert deaf(-0.01, 0.0, 0.03) == 0.0


def heard_nowhere(trigger_s: float) -> float:
    """Log likelihood that a shot due after 10 s at its only node is not heard, beside a trigger at that moment."""
    nodes = nodes_of(np.array([3_400.0]), np.zeros(1), 1e4)
    trig, _ = triggers_of(np.array([trigger_s]), np.zeros(1, np.int64), np.full(1, np.nan), 1)
    table = np.zeros((1, COLUMNS))
    loudness = scene_of(nodes, trig, False, CONFIG).loudness
    edges = edges_of(table, np.zeros(1, np.int64), 1e4, nodes, trig, np.full(1, 1.0), np.ones(1), loudness, STILL,
                     curves(CONFIG), 0.05)  # fmt: skip
    return float(edges.base[0, 0])


def test_a_silent_node_speaks_against_a_shot_unless_it_was_deaf_when_its_sound_was_due():
    listening, doubtful, deaf_then = heard_nowhere(3.0), heard_nowhere(9.75), heard_nowhere(9.88)
    assert listening < doubtful < deaf_then < 0.0
    assert listening == heard_nowhere(13.0)
    assert deaf_then > -0.1
