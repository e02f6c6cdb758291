"""A synthetic day as a network of acoustic nodes hears it."""

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pyarrow.parquet as pq
import pytest

from trucewatch.core.agreement import Agreement
from trucewatch.core.columns import integers, strings
from trucewatch.core.errors import ConfigError
from trucewatch.core.times import SECOND_NS, parse_instant
from trucewatch.physics.geodesy import distance_m
from trucewatch.scenario import SOUNDS, Config, NetworkConfig, Truth, answers, emit, truth
from trucewatch.scenario.acoustic_day import ECHO, FALSE, TRUE, Listening, listen
from trucewatch.scenario.assets import make_duties
from trucewatch.scenario.ground import LEFT, RIGHT, Ground, make_ground, side_of
from trucewatch.scenario.happenings import Happenings, make_happenings
from trucewatch.scenario.weather import Weather, make_weather

SEED = 7
# A network without errors, in still air, that hears everything, to see one thing at a time.
PERFECT = NetworkConfig(
    p_down=0.0, clock_s=0.0, gps_m=0.0, clock_off_s=0.0, moved_m=0.0, site_db=0.0, source_db=0.0, path_db=0.0,
    wind_db=0.0, day_db=0.0, aloft=0.0, path_scatter=0.0, onset_s=0.0, faint_s=0.0, echo_share=0.0,
    false_per_min=0.0, p_lost=0.0, burst_rounds=1,
)  # fmt: skip


@pytest.fixture(scope="module")
def day(stores: Agreement) -> Truth:
    return truth(Config(seed=SEED), stores)


@pytest.fixture(scope="module")
def files(day: Truth) -> dict[str, bytes]:
    return emit(day)


class World:
    """What a network of a configuration hears, with the ground and the happenings."""

    def __init__(self, network: NetworkConfig, stores: Agreement, seed: int = SEED) -> None:
        self.config = Config(seed=seed, network=network)
        self.period = truth_period(self.config, stores)
        self.ground: Ground = make_ground(self.config, stores)
        west, south, east, north = self.ground.bounds
        self.weather: Weather = make_weather(self.config, self.period, (west + east) / 2, (south + north) / 2)
        duties = make_duties(self.config, self.ground, self.period)
        self.happenings: Happenings = make_happenings(self.config, self.ground, duties, self.period)

    def heard(self) -> Listening:
        found = listen(self.config, self.ground, self.happenings, self.weather, self.period)
        assert found is not None
        return found


def truth_period(config: Config, stores: Agreement) -> tuple[int, int]:
    return truth(replace(config, intensity=0.0, network=NetworkConfig(columns=0)), stores).period_ns


@pytest.fixture(scope="module")
def heard(stores: Agreement) -> Listening:
    return World(NetworkConfig(), stores).heard()


@pytest.fixture(scope="module")
def perfect(stores: Agreement) -> Listening:
    return World(PERFECT, stores).heard()


def rows_of(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode().split("\n", 1)[1])))


def test_the_day_carries_tens_of_thousands_of_triggers_of_about_a_hundred_nodes(files: dict[str, bytes]) -> None:
    nodes = {r["node"] for r in rows_of(files["nodes.csv"])}
    triggers = rows_of(files["triggers.csv"])
    assert 90 <= len(nodes) <= 120
    assert 10_000 <= len(triggers) <= 50_000
    assert {r["node"] for r in triggers} <= nodes


def test_both_sides_of_the_line_have_as_many_ears(stores: Agreement, heard: Listening) -> None:
    n, ground = heard.listeners, World(NetworkConfig(), stores).ground
    assert (n.side == LEFT).sum() == (n.side == RIGHT).sum()
    assert (side_of(ground.sides, n.lon_deg, n.lat_deg) == n.side).mean() > 0.95  # jitter moves a few across


def test_nodes_stand_two_to_four_kilometres_apart(heard: Listening) -> None:
    n = heard.listeners
    apart = distance_m(n.lon_deg[:, None], n.lat_deg[:, None], n.lon_deg[None], n.lat_deg[None])
    np.fill_diagonal(apart, np.inf)
    assert 2_000 < np.median(apart.min(axis=1)) < 4_000


def test_in_still_air_sound_takes_its_range_over_the_speed(perfect: Listening) -> None:
    """331.3 + 0.606 T m/s, Bohn 1988, J. Audio Eng. Soc. 36(4), p. 224; within 2 m/s between the extremes of a day."""
    a, s, n = perfect.arrivals, perfect.sounds, perfect.listeners
    assert set(a.what.tolist()) == {TRUE}
    range_m = distance_m(s.lon_deg[a.sound], s.lat_deg[a.sound], n.lon_deg[a.node], n.lat_deg[a.node])
    far = range_m > 3_000
    speed = range_m[far] / ((a.t_ns - s.t_ns[a.sound])[far] / SECOND_NS)
    warm = perfect.air.temperature_c
    assert speed.min() >= 331.3 + 0.606 * warm.min() - 0.01
    assert speed.max() <= 331.3 + 0.606 * warm.max() + 0.01


def test_loud_sounds_are_heard_farther_than_faint_ones(perfect: Listening) -> None:
    s = perfect.sounds
    gun, rifle = (perfect.heard[s.half_range_m == reach] for reach in (10_000, 2_500))
    assert gun.mean() > 3 * rifle.mean()


def test_the_wind_carries_sound(stores: Agreement) -> None:
    """Of the nodes that hear a shot more lie down the wind than up it."""
    blowing = World(replace(PERFECT, aloft=2.0), stores)
    heard = blowing.heard()
    a, s, n = heard.arrivals, heard.sounds, heard.listeners
    east, north = (n.lon_deg[a.node] - s.lon_deg[a.sound]), (n.lat_deg[a.node] - s.lat_deg[a.sound])
    to = np.radians(blowing.weather.wind_to_deg[blowing.weather.hour(s.t_ns[a.sound])])
    along = 0.67 * east * np.sin(to) + north * np.cos(to)  # a degree of longitude is shorter
    assert (along > 0).mean() > 0.55


def test_a_node_is_deaf_for_a_while_after_each_trigger(heard: Listening) -> None:
    a = heard.arrivals
    order = np.lexsort((a.t_ns, a.node))
    same = np.diff(a.node[order]) == 0
    assert (np.diff(a.t_ns[order])[same] >= 0.25 * SECOND_NS - 1).all()


def test_echoes_follow_what_they_are_echoes_of(heard: Listening) -> None:
    a, s = heard.arrivals, heard.sounds
    echo = a.what == ECHO
    assert 0.01 < echo.sum() / (a.what == TRUE).sum() < 0.1
    assert (a.t_ns[echo] > s.t_ns[a.sound[echo]]).all()


def test_false_triggers_belong_to_no_sound(heard: Listening) -> None:
    assert (heard.arrivals.sound[heard.arrivals.what == FALSE] == -1).all()
    assert (heard.arrivals.sound[heard.arrivals.what != FALSE] >= 0).all()


def test_a_node_without_power_sends_nothing(stores: Agreement) -> None:
    dark = World(NetworkConfig(p_down=0.5), stores).heard()
    down = dark.listeners.down_ns[dark.arrivals.node]
    margin = 2 * SECOND_NS  # the clock of one is off
    inside = (dark.arrivals.t_ns >= down[:, 0] + margin) & (dark.arrivals.t_ns < down[:, 1] - margin)
    assert (down[:, 1] > down[:, 0]).any()
    assert not inside.any()


def test_one_clock_is_off_and_one_node_stands_elsewhere(heard: Listening) -> None:
    n = heard.listeners
    moved = distance_m(n.lon_deg, n.lat_deg, n.listed_lon_deg, n.listed_lat_deg)
    assert (np.abs(n.clock_s) > 1.0).sum() == 1
    assert (moved > 500).sum() == 1


def test_the_answers_name_the_faulty_nodes_and_the_inputs_do_not(day: Truth, files: dict[str, bytes]) -> None:
    told = json.loads(answers(day)["nodes.json"])
    assert told["synthetic"] is True
    assert abs(told["clock"]["ahead_s"]) == pytest.approx(1.3, abs=0.03)
    listed = {r["node"]: (float(r["lon"]), float(r["lat"])) for r in rows_of(files["nodes.csv"])}
    true = told["place"]
    away = distance_m(*(np.array([v]) for v in (*listed[true["node"]], true["lon"], true["lat"])))
    assert away[0] == pytest.approx(700, abs=30)


def test_every_sound_is_a_round_of_a_happening(day: Truth) -> None:
    SOUNDS.check(day.sounds)
    happened = {r["truth_id"]: r for r in day.table.to_pylist()}
    for row in day.sounds.to_pylist():
        of = happened[row["truth_id"]]
        assert of["t_start_ns"] <= row["t_ns"] <= of["t_end_ns"] + 60 * SECOND_NS  # a salvo may end a little later
        assert of["class"] == row["class"]
    count = np.unique(strings(day.sounds, "truth_id").astype(str), return_counts=True)
    assert all(happened[name]["count"] == n for name, n in zip(*count, strict=True))


def test_the_answers_say_of_every_trigger_what_it_is(day: Truth, files: dict[str, bytes]) -> None:
    told = [r for r in rows_of(answers(day)["truth_records.csv"]) if r["file"] == "triggers.csv"]
    assert len(told) == len(rows_of(files["triggers.csv"]))
    assert {r["note"] for r in told} == {"true", "echo", "false"}
    assert all((r["truth_id"] == "") == (r["note"] == "false") for r in told)


def test_what_enough_nodes_heard_counts_as_observed(day: Truth) -> None:
    nodes = integers(day.table, "nodes")
    heard = nodes >= Config().network.least_nodes
    assert heard.any()
    assert set(strings(day.table, "visibility")[heard].tolist()) == {"observed"}
    told = pq.read_table(io.BytesIO(answers(day)["sounds.parquet"]))
    assert integers(told, "nodes").max() == nodes.max()


def test_triggers_are_no_observation_records(day: Truth, stores: Agreement) -> None:
    deaf = truth(Config(seed=SEED, network=NetworkConfig(columns=0)), stores)
    assert day.table.column("records").equals(deaf.table.column("records"))


def test_a_day_without_nodes_has_none_of_their_files_and_is_the_same_otherwise(
    day: Truth, files: dict[str, bytes], stores: Agreement
) -> None:
    deaf = truth(Config(seed=SEED, network=NetworkConfig(columns=0)), stores)
    quiet = emit(deaf)
    assert set(files) - set(quiet) == {"triggers.csv", "nodes.csv", "weather.csv"}
    assert all(files[name] == data for name, data in quiet.items())
    assert deaf.sounds.num_rows == 0
    assert "nodes.json" not in answers(deaf)


def test_times_of_triggers_carry_their_zone_and_rise(files: dict[str, bytes]) -> None:
    times = [r["time"] for r in rows_of(files["triggers.csv"])]
    assert all(t.endswith("Z") for t in times)
    assert times == sorted(times)


def test_the_weather_record_covers_the_day_and_is_near_the_truth(
    day: Truth, files: dict[str, bytes], heard: Listening
) -> None:
    rows = rows_of(files["weather.csv"])
    assert parse_instant(rows[0]["time_from"]) == day.period_ns[0]
    assert parse_instant(rows[-1]["time_to"]) == day.period_ns[1]
    warm = np.array([float(r["temperature_c"]) for r in rows])
    assert np.abs(warm - heard.air.temperature_c[24 : 24 + len(rows)]).max() < 2.5  # five times its error
    ground = np.hypot(*(np.array([float(r[n]) for r in rows]) for n in ("wind_east_m_s", "wind_north_m_s")))
    aloft = np.hypot(heard.air.east_m_s, heard.air.north_m_s)[24 : 24 + len(rows)]
    assert ground.mean() < aloft.mean()


@pytest.mark.parametrize("sector", [(0.8, 0.2), (-0.1, 0.5), (0.5, 1.5)])
def test_a_sector_that_is_none_is_refused(sector: tuple[float, float]) -> None:
    with pytest.raises(ConfigError, match="two rising shares"):
        NetworkConfig(sector=sector)
