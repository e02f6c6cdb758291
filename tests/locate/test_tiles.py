"""The network in tiles: cells and windows with a halo give what the whole gives."""

from dataclasses import replace

import numpy as np
import pytest
from pyproj import Transformer

from trucewatch.locate.acoustic import AcousticConfig, block, engine
from trucewatch.locate.acoustic.engine import density_of
from trucewatch.locate.tiles import Network, Placed, Sound, TileConfig, Weather, associate_tiles
from trucewatch.scenario.storm import Storm, StormConfig, simulate

PLANE = Transformer.from_crs("EPSG:4326", "+proj=aeqd +lon_0=37 +lat_0=48 +ellps=WGS84", always_xy=True)
SMALL = StormConfig(seed=21, shots_per_min=10, minutes=6, columns=12, rows=5, width_m=48_000.0, height_m=20_000.0)
WHOLE = TileConfig(lat_deg=5.0, lon_deg=5.0, window_s=0.0)
PLACE_M, TIME_S = 10.0, 0.02  # what tiles may move an event by, 95 of 100: air, clutter and fire of each are its own


def heard(storm: Storm) -> tuple[Sound, Network]:
    lon, lat = PLANE.transform(storm.node_east_m - 24e3, storm.node_north_m - 10e3, direction="INVERSE")
    level = np.full(len(storm.heard.t_s), np.nan)
    return Sound(storm.heard.t_s, storm.heard.node, level), Network(np.asarray(lon), np.asarray(lat))


def weather_of(storm: Storm) -> Weather:
    """One record every five minutes; its temperature gives the storm's speed of sound."""
    t = np.arange(-600.0, 1_200.0, 300.0)
    celsius = 273.15 * ((storm.speed_m_s / 331.3) ** 2 - 1)
    columns = (37.0, 48.0, celsius, storm.wind_east_m_s, storm.wind_north_m_s)
    return Weather(t, *(np.full(len(t), c) for c in columns))


@pytest.fixture(scope="module")
def storm() -> Storm:
    return simulate(SMALL)


@pytest.fixture(scope="module")
def whole(storm) -> Placed:
    return associate_tiles(*heard(storm), AcousticConfig(), WHOLE, weather_of(storm))


@pytest.mark.parametrize(("tiles", "shared"), [
    (TileConfig(lat_deg=5.0, lon_deg=5.0, window_s=120.0), 0.99),
    (TileConfig(lat_deg=0.3, lon_deg=0.3, window_s=0.0), 0.998),
    (TileConfig(lat_deg=0.3, lon_deg=0.3, window_s=120.0), 0.99),
], ids=["windows", "cells", "both"])  # fmt: skip
def test_tiles_with_a_halo_give_the_memberships_of_the_whole(storm, whole, tiles, shared):
    parts = associate_tiles(*heard(storm), AcousticConfig(), tiles, weather_of(storm))
    same = same_events(whole, parts)
    assert len(same) >= 0.98 * max(len(whole.p), len(parts.p))
    in_both = sum(len(set(whole.members[a]) & set(parts.members[b])) for a, b in same)
    assert in_both >= shared * sum(len(set(whole.members[a]) | set(parts.members[b])) for a, b in same)
    a, b = np.array(same).T
    off_m = np.hypot((whole.lon_deg[a] - parts.lon_deg[b]) * 74_600, (whole.lat_deg[a] - parts.lat_deg[b]) * 111_200)
    assert np.quantile(off_m, 0.95) < PLACE_M
    assert np.quantile(np.abs(whole.t_s[a] - parts.t_s[b]), 0.95) < TIME_S


@pytest.mark.parametrize("seed", [21, 22, 23])
def test_where_air_clutter_and_fire_are_known_windows_give_exactly_the_memberships_of_the_whole(monkeypatch, seed):
    """In sparse fire the cut itself changes nothing; in heavier fire a tile's rate also sets how much it searches."""
    storm = simulate(replace(SMALL, seed=seed, shots_per_min=3, minutes=20))
    per_m2_s = storm.config.shots_per_min / 60 / (storm.config.width_m * storm.config.height_m)

    def known_fire(scene, table, p, config):
        learned = density_of(scene, table, p, config)
        return learned._replace(log_rate=np.full_like(learned.log_rate, np.log(per_m2_s)))

    monkeypatch.setattr(block, "first_air", lambda *given: given[3])
    monkeypatch.setattr(block, "better_air", lambda *given: (given[1].air, np.eye(3)))
    monkeypatch.setattr(engine, "background", lambda *given: np.full(len(given[1]), 0.02))
    monkeypatch.setattr(engine, "density_of", known_fire)
    sound, network = heard(storm)
    one, parts = (associate_tiles(sound, network, AcousticConfig(), tiles, weather_of(storm))
                  for tiles in (WHOLE, TileConfig(lat_deg=5.0, lon_deg=5.0, window_s=300.0)))  # fmt: skip
    assert len(one.p) > 20
    assert [sorted(m.tolist()) for m in parts.members] == [sorted(m.tolist()) for m in one.members]


def test_a_record_in_pieces_gives_exactly_the_events_of_the_whole_record(storm):
    """A day is handed over hour by hour: each piece with what comes a minute and a half before and after it."""
    tiles = TileConfig(lat_deg=5.0, lon_deg=5.0, window_s=120.0)
    sound, network = heard(storm)
    at_once = associate_tiles(sound, network, AcousticConfig(), tiles, weather_of(storm))
    told = []
    for begin in np.arange(-120.0, sound.t_s.max(), 120.0):
        rows = np.flatnonzero((sound.t_s >= begin - 90) & (sound.t_s < begin + 120 + 90))
        piece = associate_tiles(Sound(*(c[rows] for c in sound)), network, AcousticConfig(), tiles, weather_of(storm))
        inside = (piece.t_s >= begin) & (piece.t_s < begin + 120)
        told += [(piece.t_s[k], sorted(rows[piece.members[k]].tolist())) for k in np.flatnonzero(inside)]
    assert told == [(t, sorted(m.tolist())) for t, m in zip(at_once.t_s, at_once.members, strict=True)]


def same_events(one: Placed, other: Placed) -> list[tuple[int, int]]:
    """Pairs of events that share more than half of their triggers."""
    owner = {int(k): b for b, members in enumerate(other.members) for k in members}
    pairs = []
    for a, members in enumerate(one.members):
        in_other = [owner[int(k)] for k in members if int(k) in owner]
        b = max(set(in_other), key=in_other.count, default=-1)
        if b >= 0 and 2 * in_other.count(b) > len(members):
            pairs.append((a, b))
    return pairs


def test_no_event_is_told_by_two_tiles(storm):
    parts = associate_tiles(*heard(storm), AcousticConfig(), TileConfig(lat_deg=0.3, lon_deg=0.3, window_s=120.0))
    gap_s, gap_m = np.diff(parts.t_s), np.hypot(np.diff(parts.lon_deg) * 74_600, np.diff(parts.lat_deg) * 111_200)
    assert not ((gap_s < 0.5) & (gap_m < 150)).any()


def test_the_order_of_the_triggers_does_not_matter(storm, whole):
    sound, network = heard(storm)
    turn = np.random.default_rng(1).permutation(len(sound.t_s))
    shuffled = associate_tiles(Sound(*(c[turn] for c in sound)), network, AcousticConfig(), WHOLE, weather_of(storm))
    assert [sorted(turn[m].tolist()) for m in shuffled.members] == [sorted(m.tolist()) for m in whole.members]


def test_a_weather_record_stays_the_air_of_its_events(storm, whole):
    truth = np.array([storm.speed_m_s, storm.wind_east_m_s, storm.wind_north_m_s])
    assert np.abs(whole.air - truth).max() < 0.7


def test_a_record_of_another_day_is_not_used(storm):
    sound, network = heard(storm)
    weather = weather_of(storm)
    late = weather._replace(t_s=weather.t_s + 86_400, temperature_c=weather.temperature_c + 60)
    blind = associate_tiles(sound, network, AcousticConfig(), WHOLE)
    with_late = associate_tiles(sound, network, AcousticConfig(), WHOLE, late)
    assert np.array_equal(blind.t_s, with_late.t_s)


def test_no_trigger_gives_no_event(storm):
    none = Sound(np.empty(0), np.empty(0, np.int64), np.empty(0))
    assert len(associate_tiles(none, heard(storm)[1], AcousticConfig(), TileConfig()).p) == 0
