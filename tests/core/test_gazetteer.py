"""Names of settlements in any spelling, and the settlement nearest to a point."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.gazetteer import (
    NAME,
    OTHER_NAME,
    SPELLING,
    fold,
    gazetteer,
    lookup,
    nearest,
    region_of,
)
from trucewatch.physics.geodesy import distance_m

NAMES = gazetteer()


@pytest.mark.parametrize("name", ["Avdiivka", "AVDIIVKA", "Avdiyivka", "Авдіївка", "Авдеевка", "авдіівка"])
def test_one_town_is_found_under_english_ukrainian_and_russian_spellings(name: str) -> None:
    assert lookup(name)[0].geoname_id == lookup("Avdiivka")[0].geoname_id


@pytest.mark.parametrize("name", ["Слов'янськ", "Слов’янськ", "Словʼянськ", "Slov'yansk", "Slovyansk", "Славянск"])
def test_apostrophes_of_any_kind_are_no_matter(name: str) -> None:
    assert lookup(name)[0].name == "Slovyansk"


@pytest.mark.parametrize("name", ["Ivano-Frankivsk", "ivano frankivsk", "Івано-Франківськ"])
def test_hyphens_and_blanks_are_no_matter(name: str) -> None:
    assert lookup(name)[0].name == "Ivano-Frankivsk"


def test_a_name_that_nobody_bears_gives_nothing() -> None:
    assert lookup("Nowhereville") == []
    assert lookup("") == []


def test_two_towns_of_one_name_are_both_given_the_larger_first() -> None:
    assert [(t.name, t.region) for t in lookup("Donetsk")] == [("Donetsk", "Donetsk"), ("Donetsk", "Rostov")]


def test_a_towns_own_name_comes_before_spellings_and_those_before_former_names() -> None:
    matches = [t.match for t in lookup("Aleksandrovka")]
    assert matches == sorted(matches)
    assert lookup("Bakhmut")[0].match == NAME
    assert lookup("Бахмут")[0].match == SPELLING
    assert lookup("Artemivsk")[0].match == OTHER_NAME


@pytest.mark.parametrize(
    ("lon", "lat", "town"), [(37.81, 48.02, "Donetsk"), (36.6, 50.6, "Belgorod"), (34.1, 44.95, "Simferopol")]
)
def test_the_nearest_settlement_of_a_point_in_a_town_is_in_that_town(lon: float, lat: float, town: str) -> None:
    row = int(nearest(np.array([lon]), np.array([lat]))[0])
    at = lookup(town)[0]
    assert distance_m(at.lon_deg, at.lat_deg, NAMES.lon_deg[row], NAMES.lat_deg[row]) < at.radius_m


@settings(max_examples=30, deadline=None)
@given(st.floats(22, 40), st.floats(44.5, 52.4))
def test_no_settlement_is_nearer_than_the_nearest(lon: float, lat: float) -> None:
    away = distance_m(np.array(lon), np.array(lat), NAMES.lon_deg, NAMES.lat_deg)
    row = int(nearest(np.array([lon]), np.array([lat]))[0])
    assert away[row] <= away.min() * (1 + 1e-5) + 1e-3  # chords and geodesics rank ties to a hundred-thousandth


def test_a_point_that_is_not_known_has_no_nearest_settlement_and_no_region() -> None:
    lon, lat = np.array([np.nan, 37.8]), np.array([48.0, 48.0])
    assert (nearest(lon, lat) >= 0).tolist() == [False, True]
    assert region_of(lon, lat).tolist() == [None, "Donetsk"]


@pytest.mark.parametrize(
    ("town", "region"),
    [("Kharkiv", "Kharkiv"), ("Kyiv", "Kyiv City"), ("Bila Tserkva", "Kyiv"), ("Kropyvnytskyi", "Kirovohrad"),
     ("Lutsk", "Volyn"),
     ("Uzhhorod", "Zakarpattia"), ("Simferopol", "Crimea"), ("Sevastopol", "Sevastopol"), ("Dnipro", "Dnipropetrovsk"),
     ("Zaporizhzhya", "Zaporizhzhia"), ("Belgorod", "Belgorod"), ("Kursk", "Kursk"), ("Taganrog", "Rostov"),
     ("Sochi", "Krasnodar"), ("Homyel", "Homyel")],
)  # fmt: skip
def test_the_region_of_a_town_is_its_first_level_unit(town: str, region: str) -> None:
    at = lookup(town)[0]
    assert region_of(np.array([at.lon_deg]), np.array([at.lat_deg]))[0] == region


def test_every_unit_of_the_packaged_table_has_a_settlement_and_every_one_is_named_on_both_sides_of_the_border() -> None:
    home = NAMES.region[NAMES.country == "UA"]
    assert len(set(home)) == 27
    assert None not in set(home)


def test_far_out_at_sea_there_is_no_region() -> None:
    assert region_of(np.array([31.5]), np.array([43.3]))[0] is None


def test_a_city_of_900_000_has_a_disc_of_360_square_kilometres() -> None:
    assert np.pi * lookup("Donetsk")[0].radius_m ** 2 == pytest.approx(360e6, rel=0.01)


def test_a_settlement_of_unknown_population_is_no_point() -> None:
    assert (NAMES.radius_m >= 500.0).all()


def test_districts_are_parts_and_neighbouring_towns_are_not() -> None:
    parts = {t.name for name in ("Saltivka", "Kalmiuskyi") for t in lookup(name) if NAMES.is_part[t.row]}
    assert parts == {"Saltivka", "Kalmiuskyi"}
    assert not any(NAMES.is_part[lookup(name)[0].row] for name in ("Avdiivka", "Makiivka", "Irpin", "Donetsk"))


@given(st.sampled_from(range(len(NAMES))))
def test_every_settlement_is_found_under_its_own_name(row: int) -> None:
    assert row in [t.row for t in lookup(NAMES.name[row])]


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)
