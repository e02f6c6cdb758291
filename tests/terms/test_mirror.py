"""Swapping parties and mirroring maps: what moves, what stays, and that twice is as before."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.place import Places, sample_points
from trucewatch.terms import parse_agreement
from trucewatch.terms.chance_facts import draw_situation
from trucewatch.terms.mirror import Mirror, mirror, mirror_situation

SWAP = Mirror({"left": "Party Left", "right": "Party Right"})


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


@pytest.mark.parametrize(
    ("said", "becomes"),
    [
        ("the baseline of Party Left", "the baseline of Party Right"),
        ("if it was done by or for Party Left and Party Right", "if it was done by or for Party Right and Party Left"),
        ("behind_baseline_m:left", "behind_baseline_m:right"),
        ("site_left and leftover", "site_left and leftover"),
    ],
    ids=["a name", "both names", "an id", "words that only hold an id"],
)
def test_names_and_ids_of_parties_are_exchanged_in_words(said, becomes):
    assert SWAP.text(said) == becomes


def test_on_the_mirrored_map_what_lay_left_of_a_line_lies_right_of_it(agreement):
    by = Mirror.of(agreement, turn=True)
    weapons = next(c for c in mirror(agreement, by).provisions if c.id == "weapons")
    assert weapons.binds == ("right", "left")
    assert weapons.parameters["sides"] == {"right": "right", "left": "left"}


def test_with_the_parties_swapped_on_the_same_map_each_has_the_side_of_the_other(agreement):
    weapons = next(c for c in mirror(agreement, SWAP).provisions if c.id == "weapons")
    assert weapons.parameters["sides"] == {"right": "left", "left": "right"}


def test_a_map_mirrored_twice_is_as_before(agreement):
    by = Mirror.of(agreement, turn=True)
    again = mirror(mirror(agreement, by), by)
    assert again.parties == agreement.parties
    assert again.provisions == agreement.provisions
    assert all(
        shapely.equals_exact(a.geometry, b.geometry, 1e-9) for a, b in zip(again.zones, agreement.zones, strict=True)
    )


def test_facts_mirrored_twice_are_as_before(agreement):
    facts, by = draw_situation(agreement, np.random.default_rng(3), 40), Mirror.of(agreement, turn=True)
    again = mirror_situation(mirror_situation(facts, by), by)
    assert [c.party for c in again.calls] == [c.party for c in facts.calls]
    assert [a.against for a in again.allegations] == [a.against for a in facts.allegations]
    assert [i.place.kind for i in again.incidents] == [i.place.kind for i in facts.incidents]
    for a, b in zip(again.incidents, facts.incidents, strict=True):
        assert a.place.lon_deg == pytest.approx(b.place.lon_deg)
        assert (a.place.bearing_deg or 0.0) == pytest.approx(b.place.bearing_deg or 0.0)


@settings(max_examples=30, deadline=None)
@given(bearing_deg=st.integers(0, 359), width_deg=st.integers(10, 170))
def test_what_pointed_east_points_west(bearing_deg, width_deg):
    by = Mirror(SWAP.names, 37.0)
    here = Places.of("sector", 37.2, 48.0, 1000.0, 5000.0, bearing_deg, width_deg)
    there = Places.of("sector", by.longitude(37.2), 48.0, 1000.0, 5000.0, -bearing_deg % 360.0, width_deg)
    (lon_here, lat_here), (lon_there, lat_there) = sample_points(here, 4096), sample_points(there, 4096)
    assert np.mean(lon_here) == pytest.approx(2 * 37.0 - np.mean(lon_there), abs=2e-4)
    assert np.mean(lat_here) == pytest.approx(np.mean(lat_there), abs=2e-4)


def test_what_was_seen_on_the_map_is_seen_on_its_mirror_image(agreement):
    facts, by = draw_situation(agreement, np.random.default_rng(3), 5), Mirror.of(agreement, turn=True)
    square = shapely.box(37.5, 48.0, 37.8, 48.2)
    seen = facts.sight.fraction(square, *facts.period_ns)
    assert mirror_situation(facts, by).sight.fraction(by.shape(square), *facts.period_ns) == pytest.approx(seen)
    assert mirror_situation(facts, by).sight.fraction(square, *facts.period_ns) != pytest.approx(seen)


def test_facts_drawn_with_one_seed_are_the_same_facts(agreement):
    one, two = (draw_situation(agreement, np.random.default_rng(5), 20) for _ in range(2))
    assert one.incidents == two.incidents
    assert one.allegations == two.allegations
    assert one.calls == two.calls
