"""Places of several parts: candidates and paths."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.core.parts import mixture, part_points, read_parts
from trucewatch.core.place import Places, mass_in, overlap_per_m2, summarise
from trucewatch.physics.polygons import PolygonIndex


def places(kind, *parts):
    """One place of several discs (lon, lat, radius, weight)."""
    m = mixture(*np.array(parts, dtype=float).T)
    one = Places.of(kind, m.lon_deg, m.lat_deg, m.radius90_m)
    return replace(one, parts=np.array([m.text], dtype=object))


TWO_TOWNS = ((37.0, 48.0, 2000.0, 3.0), (35.0, 49.0, 2000.0, 1.0))


def test_the_mass_of_two_candidates_falls_three_to_one():
    box = shapely.box(36.9, 47.9, 37.1, 48.1)
    assert mass_in(places("candidates", *TWO_TOWNS), PolygonIndex([box]))[0, 0] == pytest.approx(0.75, abs=1 / 64)


def test_one_candidate_is_the_settlement_itself():
    one, town = places("candidates", TWO_TOWNS[0]), Places.of("settlement", 37.0, 48.0, 2000.0)
    other = Places.of("exact", 37.01, 48.0, 300.0)
    assert overlap_per_m2(one, other)[0] == pytest.approx(overlap_per_m2(town, other)[0], rel=1e-6)
    assert summarise(one).radius90_m[0] == pytest.approx(summarise(town).radius90_m[0], rel=0.03)


def test_overlap_counts_each_candidate_by_its_weight():
    near = Places.of("exact", 37.0, 48.0, 300.0)
    certain = overlap_per_m2(places("candidates", TWO_TOWNS[0]), near)[0]
    assert overlap_per_m2(places("candidates", *TWO_TOWNS), near)[0] == pytest.approx(0.75 * certain, rel=1e-6)


@given(st.lists(st.tuples(st.floats(30, 40), st.floats(45, 52), st.floats(100, 9e3), st.floats(0.1, 9)), min_size=1,
                max_size=30))  # fmt: skip
def test_the_order_of_parts_changes_neither_mass_nor_moments(parts):
    box = shapely.box(34.0, 47.0, 36.0, 50.0)
    forth, back = places("candidates", *parts), places("candidates", *parts[::-1])
    step = 2 / 64 + 1e-9  # a part may begin at either side of a point
    masses = [mass_in(p, PolygonIndex([box]))[0, 0] for p in (forth, back)]
    assert abs(masses[0] - masses[1]) <= step * len(parts)


def test_a_path_keeps_its_times():
    m = mixture([37.0, 37.1], [48.0, 48.0], [100.0, 100.0], [1.0, 1.0], [0.0, 60.0])
    assert read_parts(m.text).t_s.tolist() == [0.0, 60.0]
    lon, _ = part_points(m.text, 64)
    assert (lon < 37.05).sum() == 32


@pytest.mark.parametrize("radius", [0.0, -5.0, np.nan])
def test_a_part_without_extent_is_refused(radius):
    with pytest.raises(ValueError, match="needed"):
        mixture([37.0], [48.0], [radius], [1.0])
