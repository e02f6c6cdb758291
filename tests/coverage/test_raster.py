"""Shares of cells are exact."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.coverage.raster import Grid, fitted, graticule, rasterise

FOUR = Grid(west_deg=0.0, south_deg=0.0, dlon_deg=1.0, dlat_deg=1.0, columns=2, rows=2)


def shares(shape: shapely.Geometry, grid: Grid) -> np.ndarray:
    found = rasterise(np.array([shape], dtype=object), grid)
    cells = np.zeros(grid.cells)
    cells[found.cell] = found.share
    return cells


def test_a_whole_grid_is_covered_wholly() -> None:
    assert shares(shapely.box(-5, -5, 5, 5), FOUR).tolist() == [1, 1, 1, 1]


def test_a_triangle_covers_half_of_the_cells_on_its_edge() -> None:
    triangle = shapely.Polygon([(0, 0), (2, 0), (0, 2)])
    assert shares(triangle, FOUR) == pytest.approx([1, 0.5, 0.5, 0])


def test_a_hole_is_not_covered() -> None:
    ring = shapely.box(0, 0, 2, 2).difference(shapely.box(0.5, 0.5, 1, 1))
    assert shares(ring, FOUR) == pytest.approx([0.75, 1, 1, 1])


def test_two_parts_in_one_cell_add_up() -> None:
    two = shapely.union_all([shapely.box(0, 0, 0.25, 1), shapely.box(0.5, 0, 0.75, 1)])
    assert shares(two, FOUR) == pytest.approx([0.5, 0, 0, 0])


def test_a_polygon_outside_covers_nothing() -> None:
    assert shares(shapely.box(7, 7, 8, 8), FOUR).tolist() == [0, 0, 0, 0]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.floats(-1, 6), st.floats(-1, 5)), min_size=3, max_size=12))
def test_shares_agree_with_the_areas_that_shapely_cuts(points: list[tuple[float, float]]) -> None:
    grid = Grid(0.0, 0.0, 0.7, 0.5, 6, 7)
    shape = shapely.convex_hull(shapely.multipoints(points))
    if shape.geom_type != "Polygon":
        return
    lon, lat = grid.centres()
    cells = shapely.box(lon - 0.35, lat - 0.25, lon + 0.35, lat + 0.25)
    assert shares(shape, grid) == pytest.approx(shapely.area(shapely.intersection(cells, shape)) / 0.35, abs=1e-6)


def test_a_fitted_grid_fills_its_bounds_with_no_more_cells_than_asked() -> None:
    grid = fitted((36.0, 48.0, 38.0, 49.0), max_cells=100, least_cell_m=50)
    assert grid.bounds() == pytest.approx((36.0, 48.0, 38.0, 49.0))
    assert 50 < grid.cells <= 100


def test_no_side_of_a_graticule_cell_is_under_ten_kilometres() -> None:
    grid = graticule((22.0, 44.0, 40.0, 52.5), 10.0)
    assert grid.areas_km2().min() >= 99.9
    assert grid.west_deg <= 22.0
    assert grid.bounds()[3] >= 52.5
