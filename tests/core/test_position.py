"""Positions in words, degrees and grid references, there and back."""

import math

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from trucewatch.core.gazetteer import lookup
from trucewatch.core.place import mass_in
from trucewatch.core.position import Config, Position, Unresolved, describe, parse_position, seen_from, to_mgrs
from trucewatch.core.sector import Sector
from trucewatch.physics.geodesy import azimuth_deg, distance_m
from trucewatch.physics.polygons import PolygonIndex

LON, LAT = st.floats(23, 40), st.floats(44.6, 52.3)
UTM37 = Transformer.from_crs(4326, 32637, always_xy=True)


def position(text: str) -> Position:
    """A position that must be understood."""
    found = parse_position(text)
    assert isinstance(found, Position), found
    return found


def reason(text: str) -> str:
    """Why a position was not understood."""
    found = parse_position(text)
    assert isinstance(found, Unresolved), found
    return str(found)


def test_17_km_north_of_donetsk_is_a_sector_around_its_centre() -> None:
    found, town = position("17km north of Donetsk"), lookup("Donetsk")[0]
    assert (found.kind, found.bearing_deg, found.width_deg) == ("sector", 0.0, 45.0)
    assert (found.lon_deg, found.lat_deg) == (town.lon_deg, town.lat_deg)
    assert found.size1_m < 16_150
    assert found.size2_m > 17_850
    assert found.settlement == "Donetsk (Donetsk)"


@pytest.mark.parametrize(
    "text", ["2.5 km NNE of Zolote", "about 2.5km north-north-east of Zolote", "2500 m to the NNE from Золоте"]
)
def test_one_position_in_three_spellings(text: str) -> None:
    found = position(text)
    assert (found.kind, found.bearing_deg, found.width_deg) == ("sector", 22.5, 22.5)
    assert found.size1_m < 2500 < found.size2_m


def test_a_range_from_a_town_keeps_both_ends() -> None:
    found = position("2–6km south-east of Zolote")
    assert found.size1_m < 2000
    assert found.size2_m > 6000


@pytest.mark.parametrize("text", ["in Avdiivka", "Avdiivka", "in the town of Avdiivka", "Авдіївка"])
def test_a_town_is_the_disc_of_its_built_up_area(text: str) -> None:
    found = position(text)
    assert (found.kind, found.settlement) == ("settlement", "Avdiyivka (Donetsk)")
    assert found.size1_m == pytest.approx(2136, abs=1)


@pytest.mark.parametrize("text", ["3 km west of Donetsk (Rostov)", "3 km west of Donetsk, Rostov oblast"])
def test_a_region_beside_the_name_says_which_town_is_meant(text: str) -> None:
    assert position(text).settlement == "Donetsk (Rostov)"


def test_of_two_towns_the_one_ten_times_larger_is_meant_and_the_factor_is_a_setting() -> None:
    assert position("Donetsk").settlement == "Donetsk (Donetsk)"
    assert isinstance(parse_position("Donetsk", Config(larger_factor=100.0)), Unresolved)


def test_a_name_of_several_like_villages_lists_them_instead_of_choosing() -> None:
    found = parse_position("3 km west of Zaitseve")
    assert isinstance(found, Unresolved)
    assert "found 3 places named 'Zaitseve'" in str(found)
    assert found.candidates[0] == "Zaitseve (Donetsk)"


def test_a_former_name_of_a_city_does_not_outweigh_villages_of_that_name() -> None:
    assert "places named" in reason("5 km south of Oleksandrivka")


def test_a_village_of_a_citys_name_does_not_hide_the_city() -> None:
    assert position("in Zaporizhzhia").settlement == "Zaporizhzhya (Zaporizhzhia)"


@pytest.mark.parametrize(
    "text",
    ["47.95, 37.80", "47.95 37.80", "N47.95 E37.80", "47.95N, 37.80E", "37.80E 47.95N", "47,95; 37,80", "47,95 37,80",
     "+47.95 +37.80", "47.95° N, 37.80° E"],
)  # fmt: skip
def test_degrees_in_nine_spellings_are_one_point_as_wide_as_their_last_digit(text: str) -> None:
    found = position(text)
    assert (found.kind, found.lat_deg, found.lon_deg) == ("pixel", 47.95, 37.80)
    assert (found.size1_m, found.size2_m) == pytest.approx((1112, 747), abs=1)


@pytest.mark.parametrize(
    "text", ["47°57'00\"N 37°48'00\"E", "N47 57 00 E37 48 00", "47°57′0″, 37°48′0″", "47°57.00' N 37°48.00' E"]
)
def test_minutes_and_seconds_are_the_same_point(text: str) -> None:
    assert (position(text).lat_deg, position(text).lon_deg) == pytest.approx((47.95, 37.80), abs=1e-12)


def test_south_and_west_are_negative() -> None:
    found = position("33.92S 18.42W")
    assert (found.lat_deg, found.lon_deg) == (-33.92, -18.42)


@pytest.mark.parametrize(
    "text", ["147.95, 37.8", "47.95", "47,45,37,30", "47.95, 37.8, 12", "47°75' N 37°10' E", "N47.95 N37.80"]
)
def test_impossible_or_unclear_degrees_are_refused(text: str) -> None:
    assert "needed" in reason(text)


@pytest.mark.parametrize(
    "text", ["37U DQ 12345 67890", "37UDQ1234567890", "37udq 1234567890", "MGRS 37U DQ 12345 67890"]
)
def test_a_grid_reference_in_any_spacing_is_the_middle_of_its_cell(text: str) -> None:
    east, north = UTM37.transform(position(text).lon_deg, position(text).lat_deg)
    assert (east, north) == pytest.approx((412345.5, 5467890.5), abs=0.01)


@pytest.mark.parametrize(
    ("text", "size", "east"),
    [("37U DQ 1234 6789", 10, 412345), ("37U DQ 123 678", 100, 412350), ("37U DQ 12 67", 1000, 412500),
     ("37U DQ 1 6", 10000, 415000)],
)  # fmt: skip
def test_fewer_digits_are_a_wider_cell(text: str, size: float, east: float) -> None:
    found = position(text)
    assert (found.kind, found.size1_m, found.size2_m) == ("pixel", size, size)
    assert UTM37.transform(found.lon_deg, found.lat_deg)[0] == pytest.approx(east, abs=0.6)


def test_a_cell_leans_with_grid_north() -> None:
    """At 37.8° E in zone 37 (centre 39° E) and 49.4° N grid north lies 0.91° west of true north."""
    found = position("37U DQ 12 67")
    lon, lat = UTM37.transform(412500.5, 5468500.5, direction="INVERSE")
    north = azimuth_deg(np.array([found.lon_deg]), np.array([found.lat_deg]), np.array([lon]), np.array([lat]))[0]
    assert found.bearing_deg == pytest.approx(north, abs=0.01)


@pytest.mark.parametrize("text", ["37U DQ 123 4567", "37U DQ 12 3456", "37UDQ 123456789012"])
def test_a_grid_reference_of_unequal_digits_is_refused(text: str) -> None:
    assert "needed two equal groups of at most five digits" in reason(text)


def test_a_cell_that_its_latitude_band_cuts_is_read_all_the_same() -> None:
    assert position("34T FU 49 18").lat_deg == pytest.approx(48.0, abs=0.01)


def test_a_grid_square_that_does_not_exist_is_refused() -> None:
    assert "needed a square that exists" in reason("99X AA 1 1")


@pytest.mark.parametrize(
    "text",
    ["", "   ", "N/K", "unknown", "5 km east of Nowhereville", "17 km up from Donetsk", "1,500 m N of Zolote",
     "6-2 km N of Zolote", "at the crossroads 3"],
)  # fmt: skip
def test_what_cannot_be_placed_says_why_and_is_false(text: str) -> None:
    found = parse_position(text)
    assert isinstance(found, Unresolved)
    assert not found
    assert str(found).startswith("found ")


def test_what_an_observer_saw_2_to_6_km_south_east_lies_there() -> None:
    seen = seen_from(position("47.9500, 37.8000"), Sector(2000.0, 6000.0, 135.0, 45.0))
    assert isinstance(seen, Position)
    assert seen.kind == "sector"
    assert (seen.size1_m, seen.size2_m) == pytest.approx((2000, 6000), abs=10)
    assert seen.width_deg == pytest.approx(45, abs=0.3)


def test_an_observer_who_knows_only_the_town_sees_a_wider_sector() -> None:
    seen = seen_from(position("in Zolote"), Sector(2000.0, 6000.0, 135.0, 45.0))
    assert isinstance(seen, Position)
    assert seen.size1_m < 900
    assert seen.size2_m > 7000
    assert seen.width_deg > 70


def test_a_distance_without_direction_is_a_ring_and_a_direction_without_distance_is_no_place() -> None:
    here = position("47.9500, 37.8000")
    ring = seen_from(here, Sector(2000.0, 6000.0, math.nan, math.nan))
    assert isinstance(ring, Position)
    assert ring.width_deg == 360.0
    assert not seen_from(here, Sector(math.nan, math.nan, 135.0, 45.0))


def test_descriptions_name_distance_direction_and_town() -> None:
    lon, lat = np.array([37.80224, 37.80224, np.nan]), np.array([48.023, 47.80, 48.0])
    words = describe(lon, lat, Config(town_population=500_000))
    assert words.tolist() == ["in Donetsk", "25 km south of Donetsk", None]


def test_a_description_counts_only_towns_of_the_population_asked_for() -> None:
    lon, lat = np.array([37.9]), np.array([48.4])
    assert describe(lon, lat, Config(town_population=800_000))[0] == "43 km north of Donetsk"
    assert "Donetsk" not in describe(lon, lat)[0]


def test_a_name_that_several_towns_bear_is_described_with_its_region() -> None:
    lon, lat = np.array([39.95]), np.array([48.34])
    assert describe(lon, lat)[0] == "in Donetsk (Rostov)"


@settings(max_examples=50, deadline=None)
@given(LON, LAT)
def test_a_description_read_back_is_a_place_that_holds_the_point(lon: float, lat: float) -> None:
    words = describe(np.array([lon]), np.array([lat]))[0]
    found = position(words)
    away = distance_m(found.lon_deg, found.lat_deg, lon, lat)
    if found.kind == "settlement":
        assert away < found.size1_m
    else:
        turn = azimuth_deg(found.lon_deg, found.lat_deg, lon, lat) - found.bearing_deg
        assert found.size1_m <= away <= found.size2_m
        assert abs((turn + 180) % 360 - 180) <= found.width_deg / 2 + 1e-6


@settings(max_examples=50, deadline=None)
@given(LON, LAT, st.integers(1, 5))
def test_a_grid_reference_read_back_is_the_cell_of_the_point(lon: float, lat: float, digits: int) -> None:
    text = to_mgrs(np.array([lon]), np.array([lat]), digits)[0]
    found = position(text)
    here = shapely.Point(lon, lat).buffer(1e-9)
    assert found.size1_m == max(10.0 ** (5 - digits), 10.0)
    away = distance_m(found.lon_deg, found.lat_deg, lon, lat)
    assert away <= found.size1_m * math.sqrt(0.5) * 1.001
    assert mass_in(found.places, PolygonIndex([here.buffer(2.0)]))[0, 0] == 1.0


@settings(max_examples=50, deadline=None)
@given(st.floats(-89, 89), st.floats(-179, 179), st.integers(1, 6))
def test_degrees_read_back_are_within_half_their_last_digit(lat: float, lon: float, digits: int) -> None:
    found = position(f"{lat:.{digits}f}, {lon:.{digits}f}")
    assert abs(found.lat_deg - lat) <= 0.5 * 10.0**-digits + 1e-12
    assert abs(found.lon_deg - lon) <= 0.5 * 10.0**-digits + 1e-12


def test_grid_references_come_in_groups_and_unknown_points_have_none() -> None:
    lon, lat = UTM37.transform(412345.9, 5467890.9, direction="INVERSE")
    words = to_mgrs(np.array([lon, np.nan]), np.array([lat, 48.0]), 5)
    assert words.tolist() == ["37U DQ 12345 67890", None]


def test_a_grid_reference_of_six_digits_each_way_is_refused() -> None:
    with pytest.raises(ValueError, match="found 6 digits"):
        to_mgrs(np.array([37.8]), np.array([48.0]), 6)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=40))
def test_no_text_whatever_is_an_error(text: str) -> None:
    assert isinstance(parse_position(text), (Position, Unresolved))
