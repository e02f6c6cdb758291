"""The countries that a ledger may name: codes of ISO 3166-1 alpha-2, their names and a point on the map."""

import csv
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Country", "codes_by_name", "countries"]

# Spellings in use beside the name in the list; facts, written for this project.
_ALSO = {
    "uk": "GB", "great britain": "GB", "britain": "GB", "usa": "US", "united states of america": "US",
    "türkiye": "TR", "turkiye": "TR", "czech republic": "CZ", "republic of korea": "KR", "viet nam": "VN",
    "holland": "NL", "the netherlands": "NL", "russian federation": "RU", "republic of moldova": "MD",
    "bosnia": "BA", "cabo verde": "CV", "côte d'ivoire": "CI", "united republic of tanzania": "TZ",
}  # fmt: skip


class Country(NamedTuple):
    """One country; lon_deg, lat_deg (WGS84) of the point that stands for it, None where nobody lives."""

    code: str
    name: str
    lon_deg: float | None
    lat_deg: float | None


@cache
def countries() -> Mapping[str, Country]:
    """Return the countries by code."""
    text = (files("trucewatch.pledges") / "data" / "countries.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {r["code"]: Country(r["code"], r["name"], _degrees(r["lon_deg"]), _degrees(r["lat_deg"])) for r in rows}


def _degrees(text: str) -> float | None:
    return float(text) if text else None


@cache
def codes_by_name() -> Mapping[str, str]:
    """Return the codes by the name of the country in lower case, other spellings among them."""
    return {**{c.name.casefold(): c.code for c in countries().values()}, **_ALSO}
