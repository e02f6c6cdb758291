"""Places as distributions: masses and overlaps against answers that can be worked out on paper."""

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from trucewatch.core.parts import mixture
from trucewatch.core.place import (
    KINDS,
    R90_OF_SIGMA,
    Places,
    gaussians,
    mass_in,
    overlap_per_m2,
    sample_points,
    summarise,
)
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.physics.geodesy import metres_per_degree, offset_lonlat
from trucewatch.physics.polygons import PolygonIndex

LON, LAT = 37.8, 48.0
POINTS = 4096  # fine enough that the step of a mass is no matter here
EXACT = Places.of("exact", LON, LAT, 1000.0)
ELLIPSE = Places.of("ellipse", LON, LAT, 2000.0, 500.0, 30.0)
PIXEL = Places.of("pixel", LON, LAT, 4000.0, 1000.0, 90.0)
SECTOR = Places.of("sector", LON, LAT, 2000.0, 6000.0, 135.0, 45.0)
DISC = Places.of("settlement", LON, LAT, 2000.0)


def in_parts(kind: str) -> Places:
    """Three discs around the anchor; mean position and radius as the place columns hold them."""
    lon, lat = offset_lonlat(np.full(3, LON), np.full(3, LAT), np.array([0, 3e3, -2e3]), np.array([1e3, 0, -4e3]))
    whole = mixture(lon, lat, np.array([800.0, 1500, 500]), np.array([1.0, 2, 1]))
    place = Places.of(kind, whole.lon_deg, whole.lat_deg, whole.radius90_m)
    return replace(place, parts=np.array([whole.text], dtype=object))


EVERY = {"exact": EXACT, "ellipse": ELLIPSE, "pixel": PIXEL, "sector": SECTOR, "settlement": DISC,
         "candidates": in_parts("candidates"), "path": in_parts("path")}  # fmt: skip


def zone(east_m: list[float], north_m: list[float]) -> PolygonIndex:
    """A polygon whose corners are given in metres from the common anchor."""
    lon, lat = offset_lonlat(np.full(len(east_m), LON), np.full(len(east_m), LAT), np.array(east_m), np.array(north_m))
    return PolygonIndex([shapely.Polygon(np.column_stack([lon, lat]))])


def half_plane(east_of_m: float) -> PolygonIndex:
    """Everything east of a meridian, as far as 100 km."""
    return zone([east_of_m, 1e5, 1e5, east_of_m], [-1e5, -1e5, 1e5, 1e5])


def circle(radius_m: float) -> PolygonIndex:
    """A disc around the common anchor."""
    angle = np.linspace(0, 2 * np.pi, 721)[:-1]
    return zone((radius_m * np.sin(angle)).tolist(), (radius_m * np.cos(angle)).tolist())


def mass(place: Places, where: PolygonIndex, k: int = POINTS) -> float:
    """Mass of one place in one zone."""
    return float(mass_in(place, where, k)[0, 0])


def local_m(place: Places, k: int = POINTS) -> tuple[np.ndarray, np.ndarray]:
    """Points of one place as metres east and north of the common anchor."""
    lon, lat = sample_points(place, k)
    per_lon, per_lat = metres_per_degree((lat[0] + LAT) / 2)
    return (lon[0] - LON) * per_lon, (lat[0] - LAT) * per_lat


@pytest.mark.parametrize("east_of_m", [-500.0, 0.0, 300.0, 1000.0])
def test_a_gaussian_beyond_a_meridian_is_the_tail_of_the_normal_distribution(east_of_m: float) -> None:
    sigma_m = 1000.0 / R90_OF_SIGMA
    assert mass(EXACT, half_plane(east_of_m)) == pytest.approx(norm.sf(east_of_m / sigma_m), abs=0.005)


def test_a_round_gaussian_holds_nine_tenths_within_its_radius() -> None:
    assert mass(EXACT, circle(1000.0)) == pytest.approx(0.9, abs=0.005)


def test_an_ellipse_beyond_a_meridian_is_the_tail_of_its_eastward_spread() -> None:
    """Axis of 2 km towards 30°: eastward variance (2000 sin 30°)² + (500 cos 30°)²."""
    sigma_m = np.hypot(2000 * np.sin(np.radians(30)), 500 * np.cos(np.radians(30)))
    assert mass(ELLIPSE, half_plane(800.0)) == pytest.approx(norm.sf(800 / sigma_m), abs=0.005)


def test_a_pixel_of_4_km_by_1_km_is_a_quarter_beyond_its_easternmost_kilometre() -> None:
    assert mass(PIXEL, half_plane(1000.0)) == pytest.approx(0.25, abs=0.005)
    assert mass(PIXEL, zone([-1000, 1000, 1000, -1000], [0, 0, 250, 250])) == pytest.approx(0.125, abs=0.005)


def test_a_sector_is_in_the_disc_around_the_observer_by_the_ratio_of_areas() -> None:
    assert mass(SECTOR, circle(4000.0)) == pytest.approx((4**2 - 2**2) / (6**2 - 2**2), abs=0.005)


def test_a_sector_is_parted_equally_by_its_central_bearing() -> None:
    assert mass(SECTOR, zone([0, 9000, 9000], [0, 0, -9000])) == pytest.approx(0.5, abs=0.005)


def test_a_sector_lies_where_the_observer_pointed() -> None:
    assert mass(SECTOR, zone([0, 9000, 9000, 0], [0, 0, -9000, -9000])) == 1.0


def test_a_settlement_disc_is_in_a_smaller_one_by_the_ratio_of_areas() -> None:
    assert mass(DISC, circle(1000.0)) == pytest.approx(0.25, abs=0.005)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_wholly_within_a_wide_zone_and_not_at_all_far_away(kind: str) -> None:
    wide, far = circle(50_000.0), zone([80_000, 90_000, 90_000], [0, 0, 9000])
    assert mass(EVERY[kind], wide, 64) == 1.0
    assert mass(EVERY[kind], far, 64) == 0.0


def test_masses_come_as_one_row_for_each_place_and_one_column_for_each_zone() -> None:
    zones = PolygonIndex([shapely.box(37, 47, 39, 49), shapely.Polygon(), shapely.box(30, 47, 31, 49)])
    places = Places.of("exact", [37.8, 30.5], [48.0, 48.0], 100.0)
    assert mass_in(places, zones).tolist() == [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]


def unknown() -> Places:
    """A row of observations whose place is not known, read from a table."""
    values = {"row": [1, 2], "place_kind": [None, "exact"], "lon_deg": [37.8, np.nan], "lat_deg": [48.0, np.nan]}
    needed = {c.name: "x" for c in OBSERVATIONS.columns if not c.nullable and c.dtype == "string"}
    times = {"t_start_ns": 0, "t_end_ns": 1}
    return Places.from_table(OBSERVATIONS.table({**needed, **times, **values, "size1_m": [100.0, 100.0]}))


def test_an_unknown_place_has_unknown_masses_overlaps_and_summary() -> None:
    places = unknown()
    both = Places.of("exact", [37.8, 37.8], [48.0, 48.0], 100.0)
    assert np.isnan(mass_in(places, circle(1000.0))).all()
    assert np.isnan(overlap_per_m2(places, both)).all()
    assert all(np.isnan(x[0]) for x in summarise(places))


def test_an_unknown_place_leaves_its_neighbours_known() -> None:
    places = Places.of("exact", [np.nan, 37.8], [48.0, 48.0], 100.0)
    assert np.isnan(mass_in(places, circle(1000.0))[:, 0]).tolist() == [True, False]


def test_two_gaussians_overlap_as_the_normal_density_of_their_distance() -> None:
    other = Places.of("exact", *offset_lonlat(LON, LAT, 600.0, 800.0), 2000.0)
    variance = (1000.0**2 + 2000.0**2) / R90_OF_SIGMA**2
    expected = np.exp(-(1000.0**2) / 2 / variance) / (2 * np.pi * variance)
    assert overlap_per_m2(EXACT, other)[0] == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("kind", ["pixel", "settlement", "sector"])
def test_an_overlap_with_a_wider_gaussian_agrees_with_quadrature(kind: str) -> None:
    """∫ p_a p_b dA is the mean of p_b over points of a."""
    lon, lat = offset_lonlat(LON, LAT, 2500.0, -1500.0)
    sigma_m = 4000.0 / R90_OF_SIGMA
    east, north = local_m(EVERY[kind])
    density = np.exp(-((east - 2500) ** 2 + (north + 1500) ** 2) / 2 / sigma_m**2) / (2 * np.pi * sigma_m**2)
    found = overlap_per_m2(EVERY[kind], Places.of("exact", lon, lat, 4000.0))[0]
    assert found == pytest.approx(density.mean(), rel=0.03)


def test_a_disc_overlaps_with_itself_as_the_gaussian_of_its_moments() -> None:
    """Variance r²/4 on each axis, twice: 1/(2π·r²/2), which is the true 1/(π r²)."""
    assert overlap_per_m2(DISC, DISC)[0] == pytest.approx(1 / (np.pi * 2000.0**2), rel=1e-6)


@pytest.mark.parametrize("a", KINDS)
@pytest.mark.parametrize("b", KINDS)
def test_overlap_does_not_depend_on_order(a: str, b: str) -> None:
    assert overlap_per_m2(EVERY[a], EVERY[b])[0] == pytest.approx(overlap_per_m2(EVERY[b], EVERY[a])[0], rel=1e-9)


def test_overlap_falls_with_distance() -> None:
    lon, lat = offset_lonlat(np.full(4, LON), np.full(4, LAT), np.array([0.0, 2e3, 8e3, 3e4]), np.zeros(4))
    found = overlap_per_m2(DISC.take(np.zeros(4, int)), Places.of("exact", lon, lat, 500.0))
    assert (np.diff(found) < 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_gaussians_of_a_place_have_its_mean_and_covariance(kind: str) -> None:
    east, north = local_m(EVERY[kind])
    g = gaussians(EVERY[kind])
    per_lon, per_lat = metres_per_degree(g.lat_deg[0])
    e, n, w = (g.lon_deg[0] - LON) * per_lon, (g.lat_deg[0] - LAT) * per_lat, g.weight[0]
    assert w.sum() == pytest.approx(1)
    assert (w @ e, w @ n) == pytest.approx((east.mean(), north.mean()), abs=20)
    spread = w @ (np.broadcast_to(g.var_e[0], w.shape) + (e - w @ e) ** 2)
    assert spread == pytest.approx(east.var(), rel=0.02)
    cross = w @ (np.broadcast_to(g.cov_en[0], w.shape) + (e - w @ e) * (n - w @ n))
    assert cross == pytest.approx(np.cov(east, north)[0, 1], abs=0.02 * np.sqrt(east.var() * north.var()))


def random_points(kind: str, count: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Independent random points of the places above, metres east and north."""
    u, v = rng.random(count), rng.random(count)
    if kind == "sector":
        r, a = np.sqrt(2000**2 + u * (6000**2 - 2000**2)), np.radians(135 + 45 * (v - 0.5))
        return r * np.sin(a), r * np.cos(a)
    if kind == "settlement":
        return 2000 * np.sqrt(u) * np.sin(2 * np.pi * v), 2000 * np.sqrt(u) * np.cos(2 * np.pi * v)
    if kind == "pixel":
        return 4000 * (u - 0.5), 1000 * (v - 0.5)
    if kind in ("candidates", "path"):
        disc = rng.choice(3, count, p=[0.25, 0.5, 0.25])
        radius, angle = np.array([800.0, 1500, 500])[disc] * np.sqrt(u), 2 * np.pi * v
        middle = np.array([0, 3e3, -2e3])[disc], np.array([1e3, 0, -4e3])[disc]
        return middle[0] + radius * np.sin(angle), middle[1] + radius * np.cos(angle)
    along, across = (2000, 500) if kind == "ellipse" else (1000 / R90_OF_SIGMA, 1000 / R90_OF_SIGMA)
    return along * rng.standard_normal(count), across * rng.standard_normal(count)


@pytest.mark.parametrize("kind", KINDS)
def test_the_radius_of_the_summary_holds_nine_tenths_of_random_points(kind: str) -> None:
    east, north = random_points(kind, 100_000, np.random.default_rng(5))
    found = summarise(EVERY[kind])
    per_lon, per_lat = metres_per_degree(np.array(LAT))
    middle_e, middle_n = (found.lon_deg[0] - LON) * per_lon, (found.lat_deg[0] - LAT) * per_lat
    away = np.hypot(east - middle_e, north - middle_n)
    assert (away <= found.radius90_m[0]).mean() == pytest.approx(0.9, abs=0.02)


SIZE = st.floats(10, 20_000)


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(KINDS[:5]), SIZE, SIZE, st.floats(0, 360), st.floats(1, 360), st.floats(-60, 60))
def test_no_mass_is_lost_between_two_halves_of_the_world(
    kind: str, size1: float, size2: float, bearing: float, width: float, lat: float
) -> None:
    low, high = sorted((size1, size2))
    place = Places.of(kind, LON, lat, low, high, bearing, width)
    halves = PolygonIndex([shapely.box(-170, -89, LON, 89), shapely.box(LON, -89, 170, 89)])
    assert mass_in(place, halves)[0].sum() >= 1.0
    assert mass_in(place, halves)[0].sum() <= 1.0 + 4 / 64  # points on the common edge belong to both


@settings(max_examples=50, deadline=None)
@given(st.sampled_from(KINDS[:5]), SIZE, st.floats(0, 360))
def test_turning_the_frame_does_not_change_the_radius_of_a_place(kind: str, size: float, bearing: float) -> None:
    straight, turned = (Places.of(kind, LON, LAT, size, 2 * size, b, 60.0) for b in (0.0, bearing))
    assert summarise(turned).radius90_m[0] == pytest.approx(summarise(straight).radius90_m[0], rel=0.01)
