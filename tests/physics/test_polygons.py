"""Points in polygons: the same answers as shapely, on edges and vertices too.

GEOS rounds to 106 bits when it asks on which side of an edge a point lies, so of points exactly on an edge it misplaces
a few. Wherever the two differ, rational arithmetic is the judge.
"""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from trucewatch.physics.polygons import PolygonIndex

SQUARE = shapely.box(37.0, 47.0, 38.0, 48.0)
HOLE = shapely.Polygon(SQUARE.exterior, [shapely.box(37.4, 47.4, 37.6, 47.6).exterior])


def shapely_pairs(shapes: list[BaseGeometry], lon: np.ndarray, lat: np.ndarray) -> list[tuple[int, int]]:
    """Every (point, polygon) that shapely calls intersecting."""
    inside = np.column_stack([shapely.intersects_xy(s, lon, lat) for s in shapes])
    return list(zip(*(i.tolist() for i in np.nonzero(inside)), strict=True))


def our_pairs(shapes: list[BaseGeometry], lon: np.ndarray, lat: np.ndarray) -> list[tuple[int, int]]:
    """The same by the index."""
    return list(zip(*(i.tolist() for i in PolygonIndex(shapes).pairs(lon, lat)), strict=True))


def exactly_inside(shape: BaseGeometry, lon: float, lat: float) -> bool:
    """Whether a point lies in or on a polygon by the even-odd rule in rational arithmetic."""
    px, py, odd = Fraction(lon), Fraction(lat), False
    for ring in shapely.get_rings(shapely.get_parts(shape)):
        corners = [(Fraction(x), Fraction(y)) for x, y in shapely.get_coordinates(ring).tolist()]
        for (ax, ay), (bx, by) in pairwise(corners):
            side = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
            if side == 0 and min(ax, bx) <= px <= max(ax, bx) and min(ay, by) <= py <= max(ay, by):
                return True
            odd ^= (ay > py) != (by > py) and (side > 0) == (by > ay)
    return odd


def assert_right(shapes: list[BaseGeometry], lon: np.ndarray, lat: np.ndarray) -> None:
    """Check the index against shapely, and against rational arithmetic where they differ."""
    ours = set(our_pairs(shapes, lon, lat))
    for point, polygon in ours ^ set(shapely_pairs(shapes, lon, lat)):
        truth = exactly_inside(shapes[polygon], float(lon[point]), float(lat[point]))
        assert ((point, polygon) in ours) == truth, (shapes[polygon].wkt, lon[point], lat[point])


def inside(shape: BaseGeometry, lon: float, lat: float) -> bool:
    """Whether one point is in one polygon."""
    return bool(PolygonIndex([shape]).contains(np.array([lon]), np.array([lat]))[0, 0])


def test_a_point_inside_a_square_is_in_it() -> None:
    assert inside(SQUARE, 37.3, 47.2)


@pytest.mark.parametrize("at", [(37.0, 47.0), (38.0, 48.0), (37.5, 47.0), (38.0, 47.25)])
def test_vertices_and_edges_belong_to_the_square(at: tuple[float, float]) -> None:
    assert inside(SQUARE, *at)


def test_the_next_number_beyond_an_edge_is_outside() -> None:
    assert not inside(SQUARE, float(np.nextafter(38.0, 39.0)), 47.5)


def test_a_point_exactly_on_a_slanting_edge_belongs_to_both_sides_of_it() -> None:
    """Rational arithmetic puts this point on this edge; GEOS 3.14 does not."""
    start, end, at = (0.0, 1.5), (0.7777777777777778, 0.3333333333333333), (0.375, 0.9375)
    assert inside(shapely.Polygon([start, end, (0.75, 0.0)]), *at)
    assert inside(shapely.Polygon([start, end, (1.0, 2.0)]), *at)


def test_a_hole_is_outside_and_its_rim_is_inside() -> None:
    assert not inside(HOLE, 37.5, 47.5)
    assert inside(HOLE, 37.4, 47.5)


def test_a_point_that_is_not_known_is_in_nothing() -> None:
    lon, lat = np.array([np.nan, 37.5, np.nan, np.inf]), np.array([47.5, np.nan, np.nan, 47.5])
    assert our_pairs([SQUARE], lon, lat) == []


def test_pairs_come_by_point_and_then_by_polygon() -> None:
    shapes = [shapely.box(0, 0, 3, 3), shapely.Polygon(), shapely.box(1, 1, 2, 2), shapely.box(0, 0, 9, 9)]
    assert our_pairs(shapes, np.array([5.0, 1.5]), np.array([5.0, 1.5])) == [(0, 3), (1, 0), (1, 2), (1, 3)]


def test_empty_polygons_keep_their_number_and_hold_nothing() -> None:
    index = PolygonIndex([shapely.Polygon(), SQUARE, shapely.MultiPolygon()])
    assert len(index) == 3
    assert index.contains(np.array([37.5]), np.array([47.5])).tolist() == [[False, True, False]]


def test_an_index_of_nothing_finds_nothing() -> None:
    for shapes in ([], [shapely.Polygon()]):
        assert our_pairs(shapes, np.array([37.5]), np.array([47.5])) == []


def test_no_points_give_no_pairs() -> None:
    assert our_pairs([SQUARE], np.empty(0), np.empty(0)) == []


def test_a_polygon_with_heights_is_taken_by_its_plan() -> None:
    assert inside(shapely.Polygon([(0, 0, 5), (2, 0, 5), (2, 2, 9), (0, 2, 9)]), 1.0, 1.0)


def test_a_line_is_refused_with_what_was_needed() -> None:
    with pytest.raises(ValueError, match="found LineString at 1; needed Polygon or MultiPolygon"):
        PolygonIndex([SQUARE, shapely.LineString([(0, 0), (1, 1)])])


def test_arrays_of_unequal_length_are_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        PolygonIndex([SQUARE]).pairs(np.zeros(2), np.zeros(3))


def test_both_sides_of_a_line_share_its_vertices_and_nothing_else() -> None:
    line = np.column_stack([np.linspace(30, 40, 400), 48 + np.sin(np.arange(400.0))])
    left, right = (shapely.Polygon([*line, (40.0, far), (30.0, far)]) for far in (55.0, 40.0))
    index = PolygonIndex([left, right])
    assert index.contains(line[:, 0], line[:, 1]).all()
    beside = index.contains(line[1:-1, 0], line[1:-1, 1] + 1e-9)
    assert (beside.sum(axis=1) == 1).all()


def test_a_zone_the_size_of_a_table_is_exact_far_from_the_origin() -> None:
    tiny = shapely.Polygon([(37.8, 48.0), (37.80001, 48.0), (37.80001, 48.00001), (37.800005, 48.000004)])
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(37.799999, 37.800011, 4000), rng.uniform(47.999999, 48.000011, 4000)
    assert_right([tiny], lon, lat)


@st.composite
def zones(draw: st.DrawFn) -> BaseGeometry:
    """Unions and differences of triangles and boxes on a coarse lattice: holes, parts, shared and collinear edges."""
    corner = st.tuples(st.integers(0, 8), st.integers(0, 8))
    triangles = [shapely.Polygon(draw(st.tuples(corner, corner, corner))) for _ in range(draw(st.integers(1, 4)))]
    whole = shapely.unary_union([t for t in triangles if t.is_valid and t.area > 0] or [shapely.box(1, 1, 2, 2)])
    x, y = draw(corner)
    left = whole.difference(shapely.box(x, y, x + 2, y + 1))
    return left if left.geom_type in ("Polygon", "MultiPolygon") else shapely.Polygon()


@settings(max_examples=50, deadline=None)
@given(st.lists(zones(), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_random_zones_hold_the_points_that_shapely_says(shapes: list[BaseGeometry], seed: int) -> None:
    rng = np.random.default_rng(seed)
    lattice = np.stack(np.meshgrid(np.arange(-0.5, 9, 0.25), np.arange(-0.5, 9, 0.25)), axis=-1).reshape(-1, 2)
    xy = np.vstack([lattice, rng.uniform(-1, 10, (500, 2)), *(shapely.get_coordinates(s) for s in shapes)])
    lon, lat = xy[:, 0].copy(), xy[:, 1].copy()
    assert_right(shapes, lon, lat)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_points_rounded_onto_the_edges_of_a_ragged_zone_fall_as_shapely_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 200))
    radius = rng.uniform(0.3, 1.0, 200)
    ragged = shapely.Polygon(np.column_stack([37 + radius * np.cos(angle), 48 + radius * np.sin(angle)]))
    on = shapely.line_interpolate_point(ragged.exterior, rng.uniform(0, ragged.length, 1000))
    lon, lat = shapely.get_x(on), shapely.get_y(on)
    assert_right([ragged], lon, lat)


def test_a_vertex_on_every_reference_point_of_the_grid_changes_nothing() -> None:
    corners = [(x + 0.5, y + 0.5) for x in range(4) for y in range(4)]
    shapes = [shapely.box(0, 0, 4, 4), *(shapely.box(x, y, x + 0.5, y + 0.5) for x, y in corners)]
    step = np.stack(np.meshgrid(np.arange(0, 4.01, 0.125), np.arange(0, 4.01, 0.125)), axis=-1).reshape(-1, 2)
    lon, lat = step[:, 0].copy(), step[:, 1].copy()
    assert_right(shapes, lon, lat)
