"""Directions and distances in words."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.sector import COMPASS, Config, Sector, Unresolved, compass, parse_sector


def sector(text: str) -> Sector:
    """A sector that must be understood."""
    found = parse_sector(text)
    assert isinstance(found, Sector), found
    return found


@pytest.mark.parametrize(
    "text", ["2–6km south-east", "2-6 km SE", "SE 2 to 6 km", "2 - 6 kilometres to the southeast", "2000-6000 m S.E."]
)
def test_one_sector_in_five_spellings(text: str) -> None:
    assert sector(text) == Sector(2000.0, 6000.0, 135.0, 45.0)


@pytest.mark.parametrize(
    ("word", "bearing", "width"),
    [("N", 0, 45), ("north", 0, 45), ("NE", 45, 45), ("ESE", 112.5, 22.5), ("south-south-west", 202.5, 22.5),
     ("South West", 225, 45), ("NNW", 337.5, 22.5), ("northern", 0, 45)],
)  # fmt: skip
def test_a_compass_word_of_eight_is_45_degrees_wide_and_one_of_sixteen_half_that(
    word: str, bearing: float, width: float
) -> None:
    assert compass(word) == (bearing, width)


def test_eight_words_cover_the_whole_circle_once() -> None:
    eight = {bearing for bearing, width in COMPASS.values() if width == 45}
    assert eight == {0, 45, 90, 135, 180, 225, 270, 315}


def test_one_distance_is_as_exact_as_its_last_digit() -> None:
    assert (sector("3 km NE").range_min_m, sector("3 km NE").range_max_m) == (2500.0, 3500.0)
    assert sector("2.5 km NE").range_max_m - sector("2.5 km NE").range_min_m == pytest.approx(250.0)


def test_one_large_distance_is_no_more_exact_than_a_twentieth_of_it() -> None:
    assert (sector("40 km N").range_min_m, sector("40 km N").range_max_m) == (38000.0, 42000.0)


@pytest.mark.parametrize(
    ("text", "bearing", "width"),
    [("120-165°", 142.5, 45), ("350-10°", 0, 20), ("0-360°", 180, 360), ("120 to 165 degrees", 142.5, 45),
     ("045-090", 67.5, 45)],
)  # fmt: skip
def test_two_bearings_are_the_arc_clockwise_between_them(text: str, bearing: float, width: float) -> None:
    assert (sector(text).bearing_deg, sector(text).width_deg) == (bearing, width)


def test_one_bearing_is_as_wide_as_a_hand_compass_reads() -> None:
    found = parse_sector("bearing 135°", Config(bearing_width_deg=6.0))
    assert isinstance(found, Sector)
    assert (found.bearing_deg, found.width_deg) == (135.0, 6.0)


def test_what_was_not_said_is_not_known() -> None:
    assert math.isnan(sector("NNW").range_min_m)
    assert math.isnan(sector("5-7 km").bearing_deg)


@pytest.mark.parametrize(
    "text", ["", "N/K", "behind the school", "400°", "12-34", "6 km over there", "5 miles N", "1,500 m NE", "3 NE"]
)
def test_what_cannot_be_understood_says_what_was_needed(text: str) -> None:
    found = parse_sector(text)
    assert isinstance(found, Unresolved)
    assert not found
    assert "needed a compass word, degrees marked ° or a distance in km" in str(found)


def test_a_range_that_runs_backwards_is_not_turned_round_silently() -> None:
    assert "needed the smaller distance first" in str(parse_sector("7-5 km SE"))


@settings(max_examples=50)
@given(st.integers(1, 400), st.integers(1, 400), st.sampled_from(sorted(COMPASS)))
def test_any_range_and_word_are_read_as_written(a: int, b: int, word: str) -> None:
    low, high = sorted((a, b + a))
    assert sector(f"{low}-{high} km {word}") == Sector(low * 1000.0, high * 1000.0, *COMPASS[word])
