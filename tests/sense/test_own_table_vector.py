"""A user's own shapes through a mapping: GeoJSON, GeoParquet, GeoPackage, FlatGeobuf, KML, and WKT in a CSV."""

import io
import json
import math
import warnings
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pyogrio.errors import DataSourceError

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import IssueKind
from trucewatch.core.parts import read_parts
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.times import parse_instant
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.sense.own_table import raw_row, read_table
from trucewatch.sense.shape_places import MOST_DISCS, place_of
from trucewatch.sense.source import Source

MAPPING = """\
format: 1
reads: observations
source: shapes
time: {start: day, zone: Europe/Kyiv}
place: {geometry: geometry, radius: 300}
columns:
  class: {column: kind, map: {shelling: explosion}}
"""
POINT = {"type": "Point", "coordinates": [37.5, 48.1]}
SQUARE = {"type": "Polygon", "coordinates": [[[37, 48], [37.1, 48], [37.1, 48.1], [37, 48.1], [37, 48]]]}
BOW = {"type": "Polygon", "coordinates": [[[37, 48], [37.1, 48.1], [37.1, 48], [37, 48.1], [37, 48]]]}
ROAD = {"type": "LineString", "coordinates": [[37, 48], [37.1, 48]]}

ReadOwn = Callable[..., Reading]


@pytest.fixture(scope="module")
def own() -> ReadOwn:
    """Read a table through a mapping."""

    def _read(data: str | bytes, mapping: str = MAPPING) -> Reading:
        raw = data.encode() if isinstance(data, str) else data
        (reading,) = read_table(Source("shapes", raw), mapping, "shapes.mapping.yaml")
        SCHEMAS[reading.kind].check(reading.table)
        return reading

    return _read


def _collection(*geometries: object, **more: object) -> str:
    properties = {"day": "2025-04-19", "kind": "shelling"}
    features = [
        {"type": "Feature", "properties": {**properties, "n": i}, "geometry": g} for i, g in enumerate(geometries)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features, **more})


def _said(reading: Reading) -> str:
    return "\n".join(str(i) for i in reading.issues)


def _area_m2(shape: shapely.Polygon) -> float:
    per_lon, per_lat = metres_per_degree(np.array(shape.centroid.y))
    return float(shapely.transform(shape, lambda xy: xy * (per_lon, per_lat)).area)


def test_a_point_is_exact_within_the_stated_radius(own):
    table = own(_collection(POINT)).table
    assert strings(table, "place_kind").tolist() == ["exact"]
    assert (numbers(table, "lon_deg")[0], numbers(table, "lat_deg")[0], numbers(table, "size1_m")[0]) == (
        37.5,
        48.1,
        300,
    )


def test_a_point_without_a_radius_is_rejected_and_the_fix_is_named(own):
    reading = own(_collection(POINT, SQUARE), MAPPING.replace(", radius: 300", ""))
    assert integers(reading.table, "row").tolist() == [2]
    assert "`radius:` under `place`" in _said(reading)


def test_an_area_is_discs_of_one_size_that_are_together_as_large(own):
    table = own(_collection(SQUARE)).table
    assert strings(table, "place_kind").tolist() == ["candidates"]
    parts = read_parts(strings(table, "parts")[0])
    assert 24 <= len(parts.weight) <= MOST_DISCS
    assert len(set(parts.radius_m.tolist())) == 1
    square = shapely.box(37, 48, 37.1, 48.1)
    assert math.pi * float((parts.radius_m**2).sum()) == pytest.approx(_area_m2(square), rel=0.01)
    assert shapely.contains_xy(square, parts.lon_deg, parts.lat_deg).all()


@settings(max_examples=40)
@given(st.floats(0.0002, 0.5), st.floats(0.0002, 0.5), st.floats(0, 90))
def test_every_rectangle_is_tiled_inside_itself_around_its_middle(width, height, turn):
    box = shapely.affinity.rotate(shapely.box(37, 48, 37 + width, 48 + height), turn)
    at = place_of(box, math.nan)
    assert at is not None
    assert at.kind == "candidates"
    assert len(read_parts(str(at.parts)).weight) <= MOST_DISCS
    assert abs(at.lon_deg - box.centroid.x) < 0.2 * math.hypot(width, height)
    assert abs(at.lat_deg - box.centroid.y) < 0.2 * math.hypot(width, height)


def test_an_area_as_thin_as_a_thread_is_said_by_its_edge():
    at = place_of(shapely.box(30, 48, 40, 48.0000001), math.nan)
    assert at is not None
    assert len(read_parts(str(at.parts)).weight) == MOST_DISCS


def test_a_line_is_candidates_along_it(own):
    table = own(_collection(ROAD)).table
    parts = read_parts(strings(table, "parts")[0])
    assert strings(table, "place_kind").tolist() == ["candidates"]
    assert np.allclose(parts.lat_deg, 48.0)
    assert (parts.radius_m >= 300).all()
    assert np.isnan(parts.t_s).all()


def test_several_points_are_candidates(own):
    table = own(_collection({"type": "MultiPoint", "coordinates": [[37, 48], [37.1, 48]]})).table
    assert read_parts(strings(table, "parts")[0]).lon_deg.tolist() == [37.0, 37.1]


def test_a_ring_that_crosses_itself_is_made_valid_and_named(own):
    reading = own(_collection(BOW))
    assert strings(reading.table, "place_kind").tolist() == ["candidates"]
    assert "crosses itself" in _said(reading)


@pytest.mark.parametrize(
    "geometry", [None, {"type": "Point", "coordinates": []}, {"type": "Square"},
                 {"type": "Polygon", "coordinates": [[]]}, {"type": "GeometryCollection", "geometries": []}],
)  # fmt: skip
def test_a_row_without_a_shape_is_kept_with_its_place_unknown(own, geometry):
    reading = own(_collection(geometry, POINT))
    assert strings(reading.table, "place_kind").tolist() == [None, "exact"]
    assert "its place is unknown" in _said(reading)


@pytest.mark.parametrize("at", [[200, 48], [37, 95], [0, 0]])
def test_a_point_off_the_earth_or_at_zero_is_rejected(own, at):
    reading = own(_collection({"type": "Point", "coordinates": at}, POINT))
    assert [i.row for i in reading.issues if i.kind is IssueKind.REJECTED] == [1]


def test_points_in_the_order_latitude_longitude_are_named(own):
    reading = own(_collection({"type": "Point", "coordinates": [48.1, 37.5]}))
    assert "changed places" in _said(reading)
    assert numbers(reading.table, "lon_deg").tolist() == [48.1]


def test_another_coordinate_system_is_reprojected_and_named(own):
    mercator = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    reading = own(_collection({"type": "Point", "coordinates": [4174480.9, 6123526.0]}, crs=mercator))
    assert numbers(reading.table, "lon_deg")[0] == pytest.approx(37.5, abs=1e-5)  # EPSG 3857: 6378137 · λ
    assert "WGS 84 / Pseudo-Mercator" in _said(reading)


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:EPSG::99999", "somewhere", None])
def test_an_unknown_coordinate_system_is_refused(own, name):
    reading = own(_collection(POINT, crs={"type": "name", "properties": {"name": name}}))
    assert reading.table.num_rows == 0
    assert "coordinate system" in _said(reading)


def test_a_raw_feature_is_the_exact_bytes(own):
    text = _collection(POINT, SQUARE)
    piece = raw_row(text.encode(), own(text).format, 2)
    assert piece in text.encode()
    assert json.loads(piece)["geometry"] == SQUARE


def test_a_geojson_file_that_breaks_off_gives_its_whole_features(own):
    text = _collection(POINT, SQUARE, ROAD)
    reading = own(text[: text.index('"LineString"')])
    assert reading.table.num_rows == 2
    assert "breaks off" in _said(reading)


def test_identical_features_are_kept_as_duplicates(own):
    text = _collection(POINT, POINT).replace('"n": 1', '"n": 0')
    assert strings(own(text).table, "state").tolist() == ["accepted", "duplicate"]


def test_a_control_map_keeps_its_polygons_and_refuses_points(own):
    mapping = MAPPING.replace("observations", "control").replace(", radius: 300", "")
    mapping = mapping.replace("class: {column: kind, map: {shelling: explosion}}", "status: {value: occupied}")
    reading = own(_collection(SQUARE, POINT), mapping)
    assert integers(reading.table, "row").tolist() == [1]
    area = shapely.from_wkb(reading.table.column("geometry")[0].as_py())
    assert area.equals(shapely.box(37, 48, 37.1, 48.1))


def test_well_known_text_in_a_csv_file_is_a_shape(own):
    area, broken = '"POLYGON ((37 48, 37.1 48, 37.1 48.1, 37 48))"', "POINT(1"
    text = f"day,kind,shape\n2025-04-19,shelling,{area}\n2025-04-19,shelling,{broken}\n"
    reading = own(text, MAPPING.replace("geometry: geometry", "geometry: shape"))
    assert strings(reading.table, "place_kind").tolist() == ["candidates", None]


def _written(folder: Path, ending: str, driver: str) -> bytes:
    path = folder / f"x.{ending}"
    wkb = np.array([shapely.to_wkb(shapely.Point(37.5, 48.1))], dtype=object)
    fields = [np.array(["2025-04-19"], dtype=object), np.array(["shelling"], dtype=object)]
    pyogrio.raw.write(
        path, wkb, fields, np.array(["day", "kind"]), driver=driver, crs="EPSG:4326", geometry_type="Point"
    )
    return path.read_bytes()


@pytest.mark.parametrize(
    ("ending", "driver", "name"),
    [("gpkg", "GPKG", "own_geopackage"), ("fgb", "FlatGeobuf", "own_flatgeobuf"), ("kml", "KML", "own_kml")],
)
def test_binary_files_and_kml_give_the_same_point(own, tmp_path, ending, driver, name):
    data = _written(tmp_path, ending, driver)
    reading = own(data)
    assert reading.format.startswith(f"{name}?")
    assert strings(reading.table, "class").tolist() == ["explosion"]
    assert numbers(reading.table, "lat_deg").tolist() == [48.1]
    raw = json.loads(raw_row(data, reading.format, 1))
    assert raw["geometry"] == "POINT (37.5 48.1)"
    assert raw["properties"]["day"] == "2025-04-19"


def _parquet(metadata: dict[str, object] | None, **columns: object) -> bytes:
    wkb = [shapely.to_wkb(shapely.Point(37.5, 48.1))]
    moment = pa.array([1745085900], pa.timestamp("s", "UTC"))
    table = pa.table({"day": moment, "kind": ["shelling"], "geometry": wkb, **columns})
    if metadata is not None:
        table = table.replace_schema_metadata({"geo": json.dumps(metadata)})
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _geo(**column: object) -> dict[str, object]:
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", **column}}}


def test_geoparquet_is_read_with_its_own_moments(own):
    reading = own(_parquet(_geo(geometry_types=["Point"])))
    assert integers(reading.table, "t_start_ns").tolist() == [parse_instant("2025-04-19T18:05:00Z")]
    assert numbers(reading.table, "lon_deg").tolist() == [37.5]


@pytest.mark.parametrize(
    ("metadata", "said"),
    [(_geo(encoding="point"), "encoded as point"), (_geo(crs=None), "crs: null"), ({"version": "1"}, "primary_column")],
)
def test_geoparquet_that_does_not_say_how_to_read_its_shapes_is_refused(own, metadata, said):
    reading = own(_parquet(metadata))
    assert reading.table.num_rows == 0
    assert said in _said(reading)


def test_a_parquet_file_without_shapes_is_read_by_its_degrees(own):
    mapping = MAPPING.replace("{geometry: geometry, radius: 300}", "{lon: x, lat: y, radius: 300}")
    reading = own(_parquet(None, x=[37.5], y=[48.1]), mapping)
    assert numbers(reading.table, "lat_deg").tolist() == [48.1]


KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document>
<NetworkLink><Link><href>http://example.org/more.kml</href></Link></NetworkLink>
<Folder><name>one</name><Placemark><ExtendedData><Data name="day"><value>2025-04-19</value></Data>
<Data name="kind"><value>shelling</value></Data></ExtendedData>
<Point><coordinates>37.5,48.1,0</coordinates></Point></Placemark></Folder>
<Folder><name>two</name><Placemark><ExtendedData><Data name="day"><value>2025-04-20</value></Data>
<Data name="kind"><value>shelling</value></Data></ExtendedData>
<Point><coordinates>37.6,48.1,0</coordinates></Point></Placemark></Folder>
</Document></kml>"""


def test_all_folders_of_a_kml_file_are_read_and_what_it_links_to_is_named_only(own):
    reading = own(KML)
    assert numbers(reading.table, "lon_deg").tolist() == [37.5, 37.6]
    assert "a NetworkLink to http://example.org/more.kml" in _said(reading)


def test_entities_in_kml_are_refused(own):
    bomb = '<?xml version="1.0"?><!DOCTYPE k [<!ENTITY a "xxxx"><!ENTITY b "&a;&a;">]><kml>&b;</kml>'
    reading = own(bomb)
    assert reading.table.num_rows == 0
    assert "entities" in _said(reading)


HEADS = (b"", b"PAR1", b"SQLite format 3\x00", b"fgb\x03fgb", b"<kml>", b'{"features": [', b"PK\x03\x04xl/", b"day\n")


@settings(max_examples=50)
@given(st.sampled_from(HEADS), st.binary(max_size=200))
def test_no_bytes_do_anything_but_be_read_or_become_an_issue(own, head, rest):
    reading = own(head + rest)
    assert reading.table.num_rows == 0 or not any(i.kind is IssueKind.UNREADABLE for i in reading.issues)


KEYS = st.sampled_from(["type", "coordinates", "properties", "geometry", "day"])
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=4) | st.integers(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
)


@settings(max_examples=50)
@given(st.lists(JSON, max_size=4))
def test_no_features_do_anything_but_be_read_or_become_issues(own, features):
    reading = own(json.dumps({"type": "FeatureCollection", "features": features}))
    assert reading.table.num_rows <= len(features)


def test_nothing_that_a_file_names_is_fetched(own):
    asked: list[str] = []

    class Server(BaseHTTPRequestHandler):
        def parse_request(self) -> bool:
            asked.append(str(self.requestline))
            return super().parse_request()

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        own(KML.replace("http://example.org", address))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            with pytest.raises(DataSourceError):
                pyogrio.list_layers(f"/vsicurl/{address}/x.geojson")  # what a file could make GDAL open
        server.shutdown()
    assert asked == []
