"""The whole association on tables: sound, infrasound, P and S of one network at once."""

import numpy as np
import pyarrow as pa
import pytest
from tests.locate.test_solve_merge import HERE, SITES, START_NS
from tests.locate.test_solve_merge import heard as waves
from tests.locate.test_solve_merge import nodes as stations
from tests.locate.test_solve_merge import tables as origins_and_triggers

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.tables import NODES, TRIGGERS, WEATHER
from trucewatch.core.times import SECOND_NS
from trucewatch.locate import AssociateConfig, associate
from trucewatch.physics.geodesy import distance_m, offset_lonlat
from trucewatch.physics.seismic import CENTRAL_ITALY
from trucewatch.scenario.storm import Storm, StormConfig, simulate

REFERENCE = {"source": "storm.csv", "file_sha256": "0" * 64}
SMALL = StormConfig(seed=31, shots_per_min=10, minutes=2, columns=7, rows=6, width_m=28_000.0, height_m=24_000.0)


def triggers_of(storm: Storm, names: list[str]) -> pa.Table:
    heard = storm.heard
    t_ns = START_NS + np.rint(heard.t_s * SECOND_NS).astype(np.int64)
    columns = {"row": np.arange(1, len(t_ns) + 1), "t_ns": t_ns, "node": [names[k] for k in heard.node]}
    return TRIGGERS.table({**REFERENCE, **columns}, len(t_ns))


def nodes_of(storm: Storm, names: list[str]) -> pa.Table:
    lon, lat = offset_lonlat(37.0, 48.0, storm.node_east_m, storm.node_north_m)
    rows = np.arange(1, len(names) + 1)
    return NODES.table({**REFERENCE, "row": rows, "node": names, "lon_deg": lon, "lat_deg": lat}, len(names))


@pytest.fixture(scope="module")
def storm() -> Storm:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def names(storm) -> list[str]:
    return [f"n{k:02d}" for k in range(len(storm.node_east_m))]


@pytest.fixture(scope="module")
def events(storm, names) -> pa.Table:
    return associate(triggers_of(storm, names), nodes_of(storm, names))[0]


def members(events: pa.Table) -> list[list[int]]:
    return events.column("triggers").to_pylist()


def test_the_shots_that_five_nodes_heard_are_found(storm, events):
    found_s = (integers(events, "t_ns") - START_NS) / SECOND_NS
    lon, lat = offset_lonlat(37.0, 48.0, storm.shots.east_m, storm.shots.north_m)
    counted = np.flatnonzero(storm.shots.heard >= 5)
    hit = [bool(np.any((np.abs(found_s - storm.shots.t_s[k]) < 2)
                       & (distance_m(numbers(events, "lon_deg"), numbers(events, "lat_deg"),
                                     np.full(len(found_s), lon[k]), np.full(len(found_s), lat[k])) < 500)))
           for k in counted]  # fmt: skip
    assert np.mean(hit) >= 0.9


def test_each_trigger_is_in_one_event_at_most(events):
    rows = [k for m in members(events) for k in m]
    assert len(rows) == len(set(rows)) > 0


def test_events_come_by_time_and_are_numbered(events):
    assert (np.diff(integers(events, "t_ns")) >= 0).all()
    assert integers(events, "event").tolist() == list(range(events.num_rows))


def test_shuffled_rows_give_the_same_events(storm, names, events):
    turn = np.random.default_rng(1).permutation(len(storm.heard.t_s))
    again, _ = associate(triggers_of(storm, names).take(pa.array(turn)), nodes_of(storm, names))
    assert [sorted(turn[m].tolist()) for m in members(again)] == members(events)


def test_renamed_nodes_give_the_same_events(storm, names, events):
    turned = [f"x{k}" for k in range(len(names))]
    again, _ = associate(triggers_of(storm, turned), nodes_of(storm, turned))
    assert members(again) == members(events)
    assert integers(again, "t_ns").tolist() == integers(events, "t_ns").tolist()


def test_a_weather_record_is_used(storm, names, events):
    hour = {"t_start_ns": [START_NS], "t_end_ns": [START_NS + 3600 * SECOND_NS], "row": [1]}
    air = {"lon_deg": [37.0], "lat_deg": [48.0], "temperature_c": [273.15 * ((storm.speed_m_s / 331.3) ** 2 - 1)],
           "wind_east_m_s": [storm.wind_east_m_s], "wind_north_m_s": [storm.wind_north_m_s]}  # fmt: skip
    told, _ = associate(triggers_of(storm, names), nodes_of(storm, names), None,
                        WEATHER.table({**REFERENCE, **hour, **air}, 1))  # fmt: skip
    assert integers(told, "t_ns").tolist() != integers(events, "t_ns").tolist()
    assert told.num_rows == pytest.approx(events.num_rows, abs=2)


def test_one_blast_in_sound_infrasound_and_the_ground_is_one_event():
    rng = np.random.default_rng(5)
    _, triggers = origins_and_triggers([waves(HERE, 100.0, kind, rng) for kind in SITES])
    events, _ = associate(triggers, stations(), AssociateConfig(crust=CENTRAL_ITALY))
    assert events.num_rows == 1
    phases = strings(triggers, "phase")[members(events)[0]]
    assert set(phases) == {"acoustic", "infrasound", "P", "S"}
    assert distance_m(numbers(events, "lon_deg"), numbers(events, "lat_deg"), *HERE)[0] < 100


def test_no_trigger_gives_no_event_and_says_so(storm, names):
    events, issues = associate(TRIGGERS.empty(), nodes_of(storm, names))
    assert events.num_rows == 0
    assert issues


def test_two_nodes_place_nothing(storm, names):
    two = nodes_of(storm, names).slice(0, 2)
    events, issues = associate(triggers_of(storm, names), two)
    assert events.num_rows == 0
    assert issues
