"""In which country a point lies, by the packaged outlines."""

import numpy as np
import pytest
import shapely
from pyproj import Geod

from trucewatch.core.country import BOX, countries_at, country_at, country_outline, neighbours
from trucewatch.core.errors import ConfigError


@pytest.mark.parametrize(
    ("place", "lon", "lat", "code"),
    [
        ("Simferopol district", 34.1, 45.1, "UKR"),
        ("Sevastopol", 33.53, 44.6, "UKR"),
        ("Donetsk", 37.80, 48.02, "UKR"),
        ("Luhansk", 39.31, 48.57, "UKR"),
        ("Uzhhorod", 22.30, 48.62, "UKR"),
        ("Belgorod", 36.59, 50.60, "RUS"),
        ("Sochi", 39.73, 43.60, "RUS"),
        ("Taganrog", 38.90, 47.24, "RUS"),
        ("Chisinau", 28.86, 47.01, "MDA"),
        ("Gomel", 31.00, 52.44, "BLR"),
        ("Rzeszow", 22.00, 50.04, "POL"),
        ("Suceava", 26.26, 47.65, "ROU"),
    ],
)
def test_a_town_lies_in_its_country(place: str, lon: float, lat: float, code: str) -> None:
    assert country_at(lon, lat) == code


def test_at_sea_there_is_no_country() -> None:
    assert country_at(31.5, 43.5) is None


def test_outside_the_packaged_box_no_country_is_known() -> None:
    assert country_at(2.35, 48.86) is None


def test_an_unknown_point_is_in_no_country() -> None:
    assert countries_at(np.array([np.nan, 37.8]), np.array([48.0, 48.0])).tolist() == [None, "UKR"]


def test_the_outline_is_valid_and_as_large_as_the_country() -> None:
    """603,550 km² within its recognised borders, waters included; the outline leaves some of those out."""
    outline = country_outline()
    assert outline.geom_type == "MultiPolygon"
    assert outline.is_valid
    area_km2 = abs(Geod(ellps="WGS84").geometry_area_perimeter(outline)[0]) / 1e6
    assert area_km2 == pytest.approx(603_550, rel=0.015)


def test_neighbours_are_all_others_and_border_on_it_without_overlap() -> None:
    others = neighbours()
    assert "UKR" not in others
    assert {"RUS", "BLR", "POL", "SVK", "HUN", "ROU", "MDA"} <= set(others)
    assert sum(shapely.intersection(country_outline(), o).area for o in others.values()) < 1e-4


def test_all_outlines_are_valid_and_lie_in_the_box() -> None:
    for outline in (country_outline(), *neighbours().values()):
        assert outline.is_valid
        assert shapely.box(*BOX).covers(outline)


def test_a_country_that_is_not_packaged_is_a_wrong_setting() -> None:
    with pytest.raises(ConfigError, match="found the country code 'ATL'; needed one of ALB"):
        country_outline("ATL")
