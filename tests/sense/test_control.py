"""Control maps: colours, rings, collections, the box, and unit positions that are left alone."""

import json

import numpy as np
import pytest
import shapely
from pyproj import Geod
from shapely.geometry import box, mapping

from trucewatch.core.columns import integers, strings
from trucewatch.core.country import country_outline
from trucewatch.core.issue import IssueKind
from trucewatch.core.times import parse_instant
from trucewatch.sense import raw_row, read_path

GEOD = Geod(ellps="WGS84")


def feature(geometry: dict, fill: str | None = "#a52714", name: str = "Area") -> dict:
    return {"type": "Feature", "properties": {"fill": fill, "name": name}, "geometry": geometry}


def square(west: float = 37.0, south: float = 47.0) -> dict:
    ring = [[west, south, 0], [west + 1, south, 0], [west + 1, south + 1, 0], [west, south + 1, 0], [west, south, 0]]
    return {"type": "Polygon", "coordinates": [ring]}


def chart(*features: dict, **members: object) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": list(features), **members}).encode()


def area_km2(shapes: list) -> float:
    whole = shapely.union_all(shapes)
    parts = [shapely.geometry.polygon.orient(p) for p in shapely.get_parts(whole)]
    return sum(GEOD.geometry_area_perimeter(p)[0] for p in parts) / 1e6


def test_the_colour_is_the_class(read_one):
    fills = ["#a52714", "#880e4f", "#0f9d58", "#0288d1", "#bcaaa4", "#BDBDBD", "#ff5252"]
    reading = read_one("2023-01-01.geojson", chart(*(feature(square(30 + i), f) for i, f in enumerate(fills))))
    assert strings(reading.table, "status").tolist() == [
        "occupied", "occupied_before_2022", "liberated", "liberated", "unknown", "unknown", "elsewhere",
    ]  # fmt: skip


def test_on_maps_that_use_black_purple_is_a_far_away_area(read_one):
    reading = read_one("2022-04-15.geojson", chart(feature(square(), "#000000"), feature(square(28), "#880e4f")))
    assert strings(reading.table, "status").tolist() == ["occupied_before_2022", "elsewhere"]


def test_a_colour_outside_the_legend_stays_unknown_and_is_named(read_one, rows_of):
    reading = read_one("2023-01-01.geojson", chart(feature(square()), feature(square(30), "#123456")))
    assert strings(reading.table, "status").tolist() == ["occupied", "unknown"]
    assert rows_of(reading, IssueKind.DOUBTFUL) == [2]


def test_points_are_left_out_on_purpose_and_counted(read_one):
    point = feature({"type": "Point", "coordinates": [37.5, 47.5, 0]}, None, "A unit")
    reading = read_one("2023-01-01.geojson", chart(feature(square()), point, point))
    assert reading.table.num_rows == 1
    (issue,) = reading.issues
    assert "2 point features" in issue.found
    assert "A unit" not in str(reading)


def test_the_map_holds_for_the_day_in_kyiv_that_its_name_gives(read_one):
    table = read_one("maps/2023-07-15.geojson", chart(feature(square()))).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2023-07-15T00:00:00+03:00")


def test_a_map_without_a_date_is_not_used(read_one):
    reading = read_one("map.geojson", chart(feature(square())))
    assert reading.table.num_rows == 0
    assert reading.issues[0].kind is IssueKind.UNREADABLE
    assert read_one("map.geojson", chart(feature(square()), date="2023-07-15")).table.num_rows == 1


def test_a_ring_that_crosses_itself_is_made_valid_and_named(read_one, rows_of):
    bow = {"type": "Polygon", "coordinates": [[[36, 47], [37, 48], [37, 47], [36, 48], [36, 47]]]}
    reading = read_one("2023-01-01.geojson", chart(feature(bow)))
    assert shapely.from_wkb(reading.table["geometry"][0].as_py()).is_valid
    assert rows_of(reading, IssueKind.DOUBTFUL) == [1]


def test_collections_give_their_polygons_flat_and_clipped(read_one):
    collection = {"type": "GeometryCollection", "geometries": [square(39.8), square(36.0),
                  {"type": "Point", "coordinates": [36, 47]}]}  # fmt: skip
    reading = read_one("2023-01-01.geojson", chart(feature(collection)))
    shape = shapely.from_wkb(reading.table["geometry"][0].as_py())
    assert not shapely.has_z(shape)
    assert shape.bounds[2] == 40.3
    assert len(shape.geoms) == 2


@pytest.mark.parametrize("geometry", [
    None, {}, {"type": "Polygon"}, {"type": "Polygon", "coordinates": [[[1, 2], [3]]]}, {"type": "Torus"},
    {"type": "LineString", "coordinates": [[36, 47], [37, 48]]}, {"type": "Polygon", "coordinates": "x"}, 7,
    mapping(box(0, 0, 1, 1)),
])  # fmt: skip
def test_a_geometry_that_is_no_area_in_the_box_is_an_issue(read_one, rows_of, geometry):
    reading = read_one("2023-01-01.geojson", chart(feature(square()), feature(geometry)))
    assert reading.table.num_rows == 1
    assert rows_of(reading, IssueKind.REJECTED) == [2]


def test_a_map_that_breaks_off_says_so(read_one):
    reading = read_one("2023-01-01.geojson", chart(feature(square()), feature(square(36)))[:-60])
    assert reading.issues[0].kind is IssueKind.UNREADABLE
    assert reading.table.num_rows == 1


def test_the_raw_feature_comes_back(read_one):
    data = chart(feature(square()), feature(square(30), "#0f9d58"))
    assert json.loads(raw_row(data, "control_geojson", 2)) == feature(square(30), "#0f9d58")


@pytest.fixture(scope="module")
def real(shared_data) -> dict:
    return {r.file_name: r for r in read_path(shared_data / "control_map")}


def test_the_real_maps_read_whole_and_valid(real):
    assert len(real) == 8
    for reading in real.values():
        shapes = shapely.from_wkb(reading.table["geometry"].to_pylist())
        assert np.all(shapely.is_valid(shapes))
        assert all(i.kind is not IssueKind.UNREADABLE for i in reading.issues)


def test_the_occupied_area_of_15_april_2022_is_the_known_one(real):
    """108,000 km² inside the country; as drawn, the areas reach 4 % beyond it over the border and into the sea."""
    table = real["2022-04-15.geojson"].table
    held = np.char.startswith(strings(table, "status").astype(str), "occupied")
    shapes = list(shapely.from_wkb(np.array(table["geometry"].to_pylist(), dtype=object)[held]))
    assert area_km2(shapes) == pytest.approx(108_000, rel=0.04)
    inside = [shapely.intersection(s, country_outline("UKR")) for s in shapes]
    assert area_km2(inside) == pytest.approx(108_000, rel=0.02)
