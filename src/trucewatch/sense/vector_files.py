"""Vector files as rows of words with shapes: GeoJSON, GeoParquet, GeoPackage, FlatGeobuf and KML."""

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import shapely
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.sense.elements import listing, raw_element
from trucewatch.sense.encoding import decode
from trucewatch.sense.mapping import FileEntry
from trucewatch.sense.own_table_rows import Geometries, Rows
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section

__all__ = ["raw_feature", "raw_geojson", "read_geojson", "read_geoparquet", "read_kml", "read_layer"]

_WGS84 = ("CRS84", "EPSG::4326", "EPSG:4326")
_BAD_SHAPE = (ValueError, TypeError, LookupError, AttributeError, RecursionError, ShapelyError)
_NOWHERE = "its place is unknown"
_ENDINGS = {b"SQLi": "gpkg", b"fgb\x03": "fgb"}
_CLOSED = "-"  # a name that no proxy has: what GDAL opens must come out of the file itself


def read_geojson(source: Source, _: FileEntry) -> Rows:
    """Return the features of a FeatureCollection (RFC 7946)."""
    elements, broken, beside = listing(decode(source.data).utf8.decode(), "features")
    issues = [source.unreadable(f"a file that breaks off: {broken}", "a whole GeoJSON file")] if broken else []
    crs, unknown = _stated_crs(beside.get("crs"))
    if unknown:
        return Rows(None, [*issues, source.unreadable(f"the coordinate system {unknown}", "WGS84 or an EPSG code")])
    features = [e.value if isinstance(e.value, dict) else {} for e in elements]
    properties = [f["properties"] if isinstance(f.get("properties"), dict) else {} for f in features]
    shapes = np.full(len(features), None, dtype=object)
    for i, feature in enumerate(features):
        try:
            shapes[i] = _shape(feature.get("geometry"))
        except _BAD_SHAPE as error:
            needed = "a GeoJSON geometry"
            issues.append(
                source.issue(IssueKind.DOUBTFUL, f"a geometry that cannot be read ({error})", needed, _NOWHERE, i + 1)
            )
    names = list(dict.fromkeys(str(n) for p in properties for n in p))
    columns = {n: pa.array([_word(p.get(n)) for p in properties], pa.string()) for n in names}
    identity = [_word(f.get("id")) for f in features]
    if "id" not in columns and any(identity):
        columns["id"] = pa.array(identity, pa.string())
    twins = [json.dumps([f.get("properties"), f.get("geometry")], sort_keys=True) for f in features]
    section = _section(columns, len(features), twins)
    return Rows(section, issues, beside.get("synthetic") is True, Geometries(shapes, crs))


def _shape(geometry: Any) -> BaseGeometry | None:
    with np.errstate(invalid="ignore"):  # coordinates that are no numbers are found later
        return None if geometry is None else shape(geometry)


def raw_geojson(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one feature."""
    return raw_element(data, "features", row)


def _stated_crs(member: Any) -> tuple[str | None, str | None]:
    """Return the coordinate system of a `crs` member (None for WGS84) and what was found where it is none we know.

    Source: GeoJSON 2008, 3.1; RFC 7946, 4 leaves WGS84 only.
    """
    if member is None:
        return None, None
    properties = member.get("properties") if isinstance(member, dict) else None
    name = properties.get("name") if isinstance(properties, dict) else None
    if not isinstance(name, str):
        return None, "of another kind than a name"
    if name.endswith(_WGS84):
        return None, None
    return name, None


def _word(value: Any) -> str | None:
    """Return a JSON value as it would stand in a CSV file."""
    if value is None or isinstance(value, str):
        return None if value is None else value.encode(errors="replace").decode().strip() or None
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return json.dumps(value, ensure_ascii=False)


def _section(columns: dict[str, pa.Array], rows: int, twins: list[str]) -> Section:
    first: dict[str, int] = {}
    twin = np.array([first.setdefault(t, n) for n, t in enumerate(twins, start=1)], dtype=np.int64)
    row = np.arange(1, rows + 1)
    words = pa.table(columns) if columns else pa.table({"": pa.nulls(rows, pa.string())})
    return Section(tuple(columns), words, row, np.where(twin == row, 0, twin))


def read_geoparquet(source: Source, _: FileEntry) -> Rows:
    """Return the rows of a Parquet file; its `geo` metadata say where the shapes are (GeoParquet 1.1)."""
    try:
        file = pq.ParquetFile(pa.BufferReader(source.data))
        metadata = file.metadata
        size = sum(metadata.row_group(i).total_byte_size for i in range(metadata.num_row_groups))
        if size > source.config.max_archive_bytes:
            return Rows(None, [source.unreadable(f"a file that unpacks to {size:,} bytes", "a smaller one")])
        table = file.read(use_threads=False)
        geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"null"))
    except (pa.ArrowException, OSError, ValueError) as error:
        return Rows(None, [source.unreadable(f"a Parquet file that does not open ({error})", "one that opens")])
    if geo is None:
        return _from_arrow(source, table, None, None)
    try:
        primary = geo["primary_column"]
        about = geo["columns"][primary]
        encoding, crs = about["encoding"], about.get("crs", "OGC:CRS84")
    except (KeyError, TypeError) as error:
        return Rows(None, [source.unreadable(f"`geo` metadata without {error}", "GeoParquet 1.0 or 1.1")])
    if encoding != "WKB" or crs is None:
        found = f"shapes encoded as {encoding}" if encoding != "WKB" else "no coordinate system (crs: null)"
        return Rows(None, [source.unreadable(found, "WKB and a coordinate system", "write the file anew with both")])
    return _from_arrow(source, table, primary, crs if isinstance(crs, str) else json.dumps(crs))


def _from_arrow(
    source: Source, table: pa.Table, geometry: str | None, crs: str | None, issues: list[Issue] | None = None
) -> Rows:
    """Return an Arrow table as rows of words, its binary column `geometry` (WKB) as shapes."""
    columns = {n: words_of(table.column(n)) for n in table.schema.names if n != geometry and _plain(table, n)}
    issues = issues or []
    if geometry is None:
        twins = _twins(columns, table.num_rows, None)
        return Rows(_section(columns, table.num_rows, twins), issues)
    wkb = table.column(geometry).to_pylist()
    shapes = shapely.from_wkb(np.array(wkb, dtype=object), on_invalid="ignore")
    broken = np.array([w is not None and s is None for w, s in zip(wkb, shapes, strict=True)], dtype=bool)
    at = np.flatnonzero(broken) + 1
    found = ["a geometry that cannot be read"] * len(at)
    issues += source.issues(IssueKind.DOUBTFUL, at, found, "WKB", _NOWHERE)
    section = _section(columns, table.num_rows, _twins(columns, table.num_rows, wkb))
    return Rows(section, issues, False, Geometries(np.asarray(shapes, dtype=object), _beyond_wgs84(crs)))


def _plain(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    return not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind))


def _twins(columns: dict[str, pa.Array], rows: int, wkb: list[bytes | None] | None) -> list[str]:
    words = [c.to_pylist() for c in columns.values()] + ([] if wkb is None else [wkb])
    return [repr(w) for w in zip(*words, strict=True)] if words else [str(i) for i in range(rows)]


def _beyond_wgs84(crs: str | None) -> str | None:
    """Return a coordinate system that shapes must be brought out of; None where it is WGS84."""
    if crs is None or crs.endswith(_WGS84):
        return None
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        known = CRS.from_user_input(crs)
        return None if known.is_geographic and known.to_epsg(min_confidence=25) == 4326 else crs
    except CRSError:
        return crs


def words_of(column: pa.ChunkedArray) -> pa.Array:
    """Return a column of any kind as words; moments as ISO 8601, with their offset where they have one."""
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # no chunk at all
        values = pa.array([], values.type)
    kind = values.type
    if pa.types.is_dictionary(kind):
        values, kind = values.dictionary_decode(), kind.value_type
    if pa.types.is_timestamp(kind):
        fine = values.cast(pa.timestamp("us", tz="UTC"), safe=False)
        whole = fine.cast(pa.timestamp("s", tz="UTC"), safe=False)
        moments = whole if pc.all(pc.equal(fine, whole)).as_py() else fine
        return pc.strftime(moments, format="%Y-%m-%dT%H:%M:%SZ" if kind.tz else "%Y-%m-%dT%H:%M:%S")
    if pa.types.is_floating(kind):
        values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, kind))
    if pa.types.is_nested(kind):
        return pa.array([_word(v) for v in values.to_pylist()], pa.string())
    return values.cast(pa.string())


def read_layer(source: Source, layout: FileEntry) -> Rows:
    """Return the features of one layer of a GeoPackage or FlatGeobuf file, or of all layers of KML, by GDAL."""
    from pyogrio.errors import DataLayerError, DataSourceError

    ending = _ENDINGS.get(source.data[:4], "kml")
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / f"table.{ending}"  # GDAL looks at the ending too
            path.write_bytes(source.data)
            return _layers(source, path, layout)
    except (DataSourceError, DataLayerError, pa.ArrowException, OSError, ValueError) as error:
        return Rows(None, [source.unreadable(f"a vector file that does not open ({error})", "one that opens")])


def _layers(source: Source, path: Path, layout: FileEntry) -> Rows:
    import pyogrio

    pyogrio.set_gdal_config_options({
        "GDAL_HTTP_PROXY": f"http://{_CLOSED}:1", "GDAL_HTTP_MAX_RETRY": "0", "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    })  # fmt: skip
    layers = [str(name) for name, _ in pyogrio.list_layers(path)]
    if not layers or (layout.layer is not None and layout.layer not in layers):
        wanted = "a layer" if layout.layer is None else f"the layer {layout.layer!r}"
        return Rows(None, [source.unreadable(f"the layers {', '.join(layers) or 'none'}", wanted)])
    together = path.suffix == ".kml"  # whose folders are layers
    names = [layout.layer] if layout.layer is not None else layers if together else layers[:1]
    read = [pyogrio.read_arrow(path, layer=name, datetime_as_string=True) for name in names]
    table = pa.concat_tables([t for _, t in read], promote_options="permissive")
    meta = read[0][0]
    geometry = meta.get("geometry_name") or "wkb_geometry"
    issues = _other_layers(source, layers) if layout.layer is None and not together else []
    return _from_arrow(source, table, geometry if geometry in table.schema.names else None, meta.get("crs"), issues)


def _other_layers(source: Source, layers: list[str]) -> list[Issue]:
    if len(layers) < 2:
        return []
    needed, action = "one, or `layer:` in the mapping", f"only {layers[0]!r} is read"
    return [source.issue(IssueKind.DOUBTFUL, f"the layers {', '.join(layers)}", needed, action)]


def read_kml(source: Source, layout: FileEntry) -> Rows:
    """Return the placemarks of a KML file; entities are refused, and nothing that it links to is fetched."""
    try:
        root = ElementTree.fromstring(source.data)
    except (DefusedXmlException, ElementTree.ParseError, ValueError) as error:
        what = "entities" if isinstance(error, DefusedXmlException) else str(error)
        return Rows(None, [source.unreadable(f"a KML file that cannot be read ({what})", "plain KML without entities")])
    rows = read_layer(source, layout)
    links = [e for e in root.iter() if e.tag.rpartition("}")[2] == "NetworkLink"]
    named = [next((e.text for e in link.iter() if e.tag.rpartition("}")[2] == "href"), None) for link in links]
    action = "not followed; save what it leads to as a file of its own"
    issues = [
        source.issue(
            IssueKind.DOUBTFUL, f"a NetworkLink to {(n or 'nowhere').strip()}", "placemarks in the file", action
        )
        for n in named[: source.config.issues_per_kind]
    ]
    return rows._replace(issues=[*rows.issues, *issues])


def raw_feature(rows: Rows, row: int) -> bytes:
    """Return one feature of a binary file as a line of JSON: its properties as words, its shape as WKT."""
    section = rows.section
    if section is None or not 1 <= row <= len(section.row):
        raise CommandError(
            f"found no row {row}; needed 1 to {len(section.row) if section else 0}; ask for one of these"
        )
    properties = {n: section.words.column(n)[row - 1].as_py() for n in section.names}
    drawn = rows.geometries.shape(row - 1) if rows.geometries else None
    feature = {"properties": properties, "geometry": None if drawn is None else shapely.to_wkt(drawn, 7)}
    return json.dumps(feature, ensure_ascii=False).encode()
