"""From origins and triggers to wrong nodes: a storm with a fault of one node, located well enough by the others."""

import numpy as np
import pytest

from trucewatch.core.columns import integers, numbers
from trucewatch.core.tables import NODES, ORIGINS, TRIGGERS
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.locate.faults import corrected
from trucewatch.locate.network_checks import node_rows
from trucewatch.locate.wrong_nodes import AirAt, wrong_nodes
from trucewatch.physics.geodesy import distance_m, offset_lonlat
from trucewatch.scenario.storm import StormConfig, simulate

NOON = parse_instant("2026-03-14T12:00:00Z")
REFERENCE = {"source": "network", "file_sha256": "0" * 64}
AT = 52  # the node with the fault, in the middle of the sector


def storm(seed, ahead_s=0.0, moved_m=(0.0, 0.0), explained=False):
    """Origins, triggers, nodes and air of a storm; the triggers of the faulty node are in no event unless explained."""
    s = simulate(StormConfig(seed=seed))
    rng = np.random.default_rng(seed)
    stands = offset_lonlat(37.0, 48.0, s.node_east_m - 30_000, s.node_north_m - 15_000)
    listed_e, listed_n = s.node_east_m - 30_000, s.node_north_m - 15_000
    listed_e[AT], listed_n[AT] = listed_e[AT] - moved_m[0], listed_n[AT] - moved_m[1]
    lon, lat = offset_lonlat(37.0, 48.0, listed_e, listed_n)
    names = np.array([f"n{i}" for i in range(len(lon))], dtype=object)
    nodes = NODES.table({**REFERENCE, "row": np.arange(len(lon)) + 1, "node": names, "lon_deg": lon, "lat_deg": lat})
    t_ns = NOON + np.rint((s.heard.t_s + np.where(s.heard.node == AT, ahead_s, 0)) * SECOND_NS).astype(np.int64)
    triggers = TRIGGERS.table({**REFERENCE, "row": np.arange(len(t_ns)) + 1, "t_ns": t_ns, "node": names[s.heard.node]})
    use = np.flatnonzero(s.shots.heard >= 5)
    rows = [np.flatnonzero((s.heard.shot == k) & (explained | (s.heard.node != AT))).tolist() for k in use]
    noise = rng.normal(0, [[25.0], [25.0], [0.04]], (3, len(use)))
    at = offset_lonlat(37.0, 48.0, s.shots.east_m[use] - 30_000 + noise[0], s.shots.north_m[use] - 15_000 + noise[1])
    t0_ns = NOON + np.rint((s.shots.t_s[use] + noise[2]) * SECOND_NS).astype(np.int64)
    origins = ORIGINS.table({
        "event": np.arange(len(use)), "t_ns": t0_ns, "lon_deg": at[0], "lat_deg": at[1], "p": 0.95, "reason": "",
        "arrivals": [len(r) for r in rows], "triggers": rows,
    }, rows=len(use))  # fmt: skip
    return origins, triggers, nodes, AirAt(s.speed_m_s, s.wind_east_m_s, s.wind_north_m_s), stands


@pytest.mark.parametrize("seed", range(4))
def test_a_sound_network_stays_as_it_is(seed):
    *given, _ = storm(seed, explained=True)
    found, issues = wrong_nodes(*given)
    assert issues == ()
    assert len(found.node) == 0


def test_a_clock_two_seconds_behind_is_found_and_set_right():
    origins, triggers, nodes, air, _ = storm(5, ahead_s=-2.0)
    found, issues = wrong_nodes(origins, triggers, nodes, air)
    assert found.node.tolist() == [AT]
    assert "node n52: its clock is" in issues[0].found
    right, _ = corrected(triggers, node_rows(triggers, nodes), nodes, found)
    _, sound, *_ = storm(5)
    off_s = (integers(right, "t_ns") - integers(sound, "t_ns")) / SECOND_NS
    assert np.abs(off_s).max() < 0.08


def test_a_clock_a_quarter_of_a_second_ahead_in_events_is_found():
    *given, _ = storm(6, ahead_s=0.25, explained=True)
    found, _ = wrong_nodes(*given)
    assert found.node.tolist() == [AT]
    assert found.clock_shift_s[0] == pytest.approx(0.25, abs=0.08)


def test_a_node_that_was_moved_is_found_and_put_where_it_stands():
    origins, triggers, nodes, air, (lon, lat) = storm(7, moved_m=(500.0, -490.0))
    found, issues = wrong_nodes(origins, triggers, nodes, air)
    assert found.node.tolist() == [AT]
    assert "of its listed place" in issues[0].found
    _, right = corrected(triggers, node_rows(triggers, nodes), nodes, found)
    at = (numbers(right, "lon_deg")[AT], numbers(right, "lat_deg")[AT])
    assert distance_m(*at, lon[AT], lat[AT]) < 60


def test_without_events_nothing_is_said():
    _, triggers, nodes, air, _ = storm(1)
    assert wrong_nodes(ORIGINS.empty(), triggers, nodes, air)[1] == ()
