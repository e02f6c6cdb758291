"""One solver for sound, infrasound, P and S: known places, honest ellipses, told outliers."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from trucewatch.core.errors import ConfigError
from trucewatch.locate.geodesic import arrive, between
from trucewatch.locate.likelihood import ACOUSTIC, INFRASOUND, Media, P, Rows, S, arrival, log_likelihood
from trucewatch.locate.solve import Arrivals, SolveConfig, media_of, solve
from trucewatch.physics.celerity import SEASONAL
from trucewatch.physics.geodesy import azimuth_deg, destination, distance_m
from trucewatch.physics.seismic import CENTRAL_ITALY, tabulate

GEOD = Geod(ellps="WGS84")
TABLES = tabulate(CENTRAL_ITALY, 200e3)
WIND_M_S = -30.0
AIR = (337.5, 3.0, 0.0)
CONFIG = SolveConfig(wild=1e-3)
MEDIA = media_of(CONFIG, AIR, SEASONAL, (WIND_M_S, 0.0), TABLES)
HERE = (37.4, 48.2)


def geometry(lon, lat, nodes):
    here = (np.full(len(nodes), lon), np.full(len(nodes), lat))
    return distance_m(*here, *nodes.T), np.radians(azimuth_deg(*here, *nodes.T)), azimuth_deg(*nodes.T, *here)


def travel_s(phase, length_m, azimuth, depth_m, rng):
    """Travel times drawn from the model, or its middle where `rng` is None."""
    scatter = np.zeros(len(length_m)) if rng is None else rng.normal(size=len(length_m))
    if phase == ACOUSTIC:
        time = length_m / (AIR[0] + AIR[1] * np.sin(azimuth))
        return time + scatter * np.hypot(0.03, 0.004 * time)
    time = TABLES.at("P" if phase == P else "S", length_m, np.full(len(length_m), depth_m), np.zeros(len(length_m)))
    return time + scatter * np.sqrt(0.1**2 + (0.15 if phase == P else 0.25) ** 2 + (0.015 * time) ** 2)


def infrasound(length_m, azimuth, rng):
    """Travel times and turns of the bearing (deg) of infrasound that draws its path and the wind."""
    along, across = WIND_M_S * np.sin(azimuth), WIND_M_S * np.cos(azimuth)
    near = rng.random(len(along)) < 1 / (1 + np.exp((length_m - SEASONAL.near_m) / SEASONAL.near_width_m))
    led = rng.normal(along, SEASONAL.sigma_duct_m_s) > SEASONAL.duct_m_s
    kind = [
        0 if n else rng.choice(3, p=SEASONAL.open if d else SEASONAL.closed) for n, d in zip(near, led, strict=True)
    ]
    celerity = SEASONAL.mean_m_s[kind] + SEASONAL.gain[kind] * along
    spread = rng.normal(size=len(along)) * SEASONAL.sigma_m_s[kind] / celerity**2
    time = length_m * (1 / celerity + spread) + rng.normal(0, 5, len(along))
    return time, np.degrees(-SEASONAL.felt[kind] * across / celerity)


def around(rng, lon, lat, count, nearest_m, farthest_m):
    """Nodes at random around a place."""
    ends = (rng.uniform(0, 360, count), rng.uniform(nearest_m, farthest_m, count))
    return np.stack(destination(np.full(count, lon), np.full(count, lat), *ends), axis=1)


def heard(rng, lon, lat, depth_m, nodes, phases, exact=False):
    """Rows (n, 8) of arrivals: lon, lat, elevation, t, sigma, phase, bearing, its sigma."""
    rows = []
    length, azimuth, back = geometry(lon, lat, nodes)
    for phase in phases:
        time = travel_s(phase, length, azimuth, depth_m, None if exact else rng) if phase != INFRASOUND else None
        bearing, sigma = np.full(len(nodes), np.nan), np.full(len(nodes), np.nan)
        if phase == INFRASOUND:
            time, turn = infrasound(length, azimuth, rng)
            bearing = (back + turn + rng.normal(0, np.hypot(1.5, 3.0), len(nodes))) % 360
            sigma = np.full(len(nodes), 1.5)
        own = np.full(len(nodes), {ACOUSTIC: 0.03, INFRASOUND: 5.0}.get(phase, 0.1))
        rows.append(
            np.column_stack([nodes, np.zeros(len(nodes)), time, own, np.full(len(nodes), phase), bearing, sigma])
        )
    return np.concatenate(rows)


def arrivals_of(events):
    begin = np.concatenate([[0], np.cumsum([len(e) for e in events])])
    c = np.concatenate(events).T
    return Arrivals(begin, c[0], c[1], c[2], c[3], c[4], c[5].astype(int), c[6], c[7])


def chi2(solved, lon, lat):
    """Squared Mahalanobis distance of the truth (events,)."""
    length = distance_m(solved.lon_deg, solved.lat_deg, lon, lat)
    azimuth = np.radians(azimuth_deg(solved.lon_deg, solved.lat_deg, lon, lat))
    off = np.stack([length * np.sin(azimuth), length * np.cos(azimuth)], axis=1)
    return np.einsum("ni,nij,nj->n", off, np.linalg.inv(solved.cov[:, :2, :2]), off)


def area_km2(solved):
    return np.sqrt(np.linalg.det(solved.cov[:, :2, :2])) / 1e6


def random_events(seed, count, shots=0, arrays=0, stations=0, depth=None):
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(37.0, 37.8, count), rng.uniform(48.0, 48.5, count)
    depths = np.zeros(count) if depth is None else np.clip(rng.normal(*depth, count), 100, 20e3)
    events = []
    for x, y, z in zip(lon, lat, depths, strict=True):
        parts = []
        if shots:
            parts.append(heard(rng, x, y, z, around(rng, x, y, shots, 1e3, 9e3), (ACOUSTIC,)))
        if arrays:
            parts.append(heard(rng, x, y, z, around(rng, x, y, arrays, 2e5, 9e5), (INFRASOUND,)))
        if stations:
            parts.append(heard(rng, x, y, z, around(rng, x, y, stations, 1e4, 1e5), (P, S)))
        events.append(np.concatenate(parts))
    return lon, lat, depths, events


coordinates = st.tuples(st.floats(-179, 179), st.floats(-80, 80))


@given(first=coordinates, azimuth=st.floats(0, 360), length=st.floats(1, 15e6))
def test_geodesics_agree_with_karney(first, azimuth, length):
    lon, lat, _ = GEOD.fwd(*first, azimuth, length)
    forth, back, metres = GEOD.inv(*first, lon, lat)
    ours = between(*first, lon, lat)
    assert ours[0] == pytest.approx(metres, abs=1e-3)
    if length > 1e3:
        for mine, theirs in ((ours[1], forth), (ours[2], back)):
            assert (np.degrees(mine) - theirs + 180) % 360 - 180 == pytest.approx(0, abs=1e-5)
    assert GEOD.inv(lon, lat, *arrive(*first, np.radians(azimuth), length))[2] == pytest.approx(0, abs=1e-3)


@settings(max_examples=25)
@given(phase=st.sampled_from([ACOUSTIC, INFRASOUND, P, S]), east=st.floats(-4e4, 4e4), north=st.floats(-4e4, 4e4))
def test_the_gradient_is_that_of_the_likelihood(phase, east, north):
    # in variances that grow with the distance the gradient leaves out their own growth: here they do not
    kinds = SEASONAL._replace(sigma_m_s=np.full(3, 1e-6), open=SEASONAL.closed)
    fixed: Media = media_of(SolveConfig(share=(0, 0, 0, 0)), AIR, kinds, (WIND_M_S, 0.0), TABLES)
    length = max(np.hypot(east, north), 2e3)
    node = arrive(*HERE, np.arctan2(east, north), length)
    bearing = np.radians(20.0) + between(*HERE, *node)[2] if phase == INFRASOUND else np.nan
    one = [np.array([v]) for v in (*node, 0.0, length / (300.0 if phase < P else 6000.0), 20.0, phase, bearing, 0.3)]
    rows = Rows(*one[:5], one[5].astype(np.int64), *one[6:])
    out, slopes, spare = np.empty((3, 7)), np.empty(12), np.empty(12)
    arrival(fixed, 0, rows, 0, *HERE, 0.5, 4321.0, 0.0, out, slopes)

    def told(move_m, azimuth, t=0.5):
        return log_likelihood(fixed, 0, rows, 0, 1, *arrive(*HERE, azimuth, move_m), t, 4321.0, 0.0, out, spare)

    numeric = [(told(5, a) - told(5, a + np.pi)) / 10 for a in (np.pi / 2, 0.0)]
    numeric.append((told(0, 0, 0.501) - told(0, 0, 0.499)) / 0.002)
    assert slopes[:3] == pytest.approx(numeric, rel=0.05, abs=2e-6)


def test_exact_times_give_the_place_and_the_time():
    rng = np.random.default_rng(1)
    events = [heard(rng, *HERE, 0.0, around(rng, *HERE, 7, 1e3, 9e3), (ACOUSTIC,), exact=True)]
    found = solve(arrivals_of(events), MEDIA, CONFIG)
    assert distance_m(found.lon_deg, found.lat_deg, *np.array(HERE)[:, None]) == pytest.approx(0, abs=1.0)
    assert found.t_s == pytest.approx(0, abs=2e-3)


def test_a_wild_arrival_is_told_and_not_followed():
    rng = np.random.default_rng(2)
    rows = heard(rng, *HERE, 0.0, around(rng, *HERE, 8, 1e3, 9e3), (ACOUSTIC,))
    rows[3, 3] += 4.0
    found = solve(arrivals_of([rows]), MEDIA, CONFIG)
    assert found.weight[3] < 0.01
    assert np.delete(found.weight, 3).min() > 0.9
    assert found.residual_s[3] == pytest.approx(4.0, abs=0.3)
    assert chi2(found, *np.array(HERE)[:, None])[0] < 9.2  # 99 %


@settings(max_examples=5)
@given(seed=st.integers(0, 99), late=st.floats(-1e4, 1e4))
def test_the_order_of_arrivals_does_not_matter_and_a_later_clock_moves_only_the_time(seed, late):
    rng = np.random.default_rng(seed)
    rows = heard(rng, *HERE, 0.0, around(rng, *HERE, 7, 1e3, 9e3), (ACOUSTIC,))
    moved = rows[rng.permutation(len(rows))]
    moved[:, 3] += late
    found = solve(arrivals_of([rows, moved]), MEDIA, CONFIG)
    gap = distance_m(found.lon_deg[:1], found.lat_deg[:1], found.lon_deg[1:], found.lat_deg[1:])
    assert gap == pytest.approx(0, abs=0.1 * np.sqrt(found.cov[0, 0, 0] + found.cov[0, 1, 1]))
    assert found.t_s[1] - found.t_s[0] == pytest.approx(late, abs=0.1 * np.sqrt(found.cov[0, 2, 2]))


# Binomial tolerance: three standard deviations of 300 events at 90 % are 5 %.
@pytest.mark.parametrize(
    ("shots", "arrays", "stations"),
    [(8, 0, 0), (0, 3, 0), (0, 0, 5), (5, 0, 4), (4, 2, 3)],
    ids=["sound", "infrasound", "P and S", "sound with P and S", "all waves"],
)
def test_nine_of_ten_ellipses_hold_the_truth(shots, arrays, stations):
    count = 300 if not arrays else 120
    lon, lat, _, events = random_events(shots + 10 * arrays + 100 * stations, count, shots, arrays, stations)
    found = solve(arrivals_of(events), MEDIA, CONFIG)
    share = np.mean(chi2(found, lon, lat) < 4.605)
    assert share == pytest.approx(0.9, abs=3 * np.sqrt(0.09 / count))


@pytest.mark.parametrize(("wind_m_s", "side"), [(-30.0, 1), (30.0, -1), (0.0, 0)])
def test_a_wind_across_the_path_turns_the_bearing_to_where_it_blows(wind_m_s, side):
    # sound from the south under a wind from the east seems to come from the south-west
    media = media_of(CONFIG, AIR, SEASONAL, (wind_m_s, 0.0), TABLES)
    node = np.array(arrive(*HERE, 0.0, 600e3))
    back = between(*HERE, *node)[2]
    likely = []
    for turn_deg in np.arange(-6, 6.1, 0.25):
        one = [np.array([v]) for v in (*node, 0.0, 600e3 / 293.0, 5.0, INFRASOUND, back + np.radians(turn_deg), 0.02)]
        rows = Rows(*one[:5], one[5].astype(np.int64), *one[6:])
        likely.append(log_likelihood(media, 0, rows, 0, 1, *HERE, 0.0, 0.0, 0.0, np.empty((3, 7)), np.empty(12)))
    turned = np.arange(-6, 6.1, 0.25)[np.argmax(likely)]
    assert np.sign(turned) == side
    assert abs(turned) < 3.0


def test_each_wave_that_is_added_shrinks_the_ellipse():
    _, _, _, events = random_events(7, 30, shots=4, arrays=2, stations=3)
    areas = []
    for phases in ((INFRASOUND,), (INFRASOUND, P, S), (INFRASOUND, P, S, ACOUSTIC)):
        part = [e[np.isin(e[:, 5], phases)] for e in events]
        areas.append(np.median(area_km2(solve(arrivals_of(part), MEDIA, CONFIG))))
    assert areas[0] > 10 * areas[1] > 100 * areas[2]


def test_the_depth_of_an_earthquake_is_found_with_its_error():
    config = SolveConfig(free_depth=True, depth_prior_m=(8e3, 3e3), wild=1e-3)
    _, _, depth, events = random_events(8, 60, stations=8, depth=(8e3, 3e3))
    found = solve(arrivals_of(events), media_of(config, seismic=TABLES), config)
    off = (found.depth_m - depth) / np.sqrt(found.cov[:, 3, 3])
    assert np.std(off) == pytest.approx(1.0, abs=0.3)  # three standard deviations of 60 values
    assert np.median(np.abs(found.depth_m - depth)) < 2000


def test_a_start_that_is_given_is_used():
    rng = np.random.default_rng(5)
    events = [heard(rng, *HERE, 0.0, around(rng, *HERE, 8, 1e3, 9e3), (ACOUSTIC,))]
    free = solve(arrivals_of(events), MEDIA, CONFIG)
    led = solve(arrivals_of(events), MEDIA, CONFIG, np.array([[*HERE, 0.0, 0.0]]))
    assert (led.lon_deg[0], led.lat_deg[0]) == pytest.approx((free.lon_deg[0], free.lat_deg[0]), abs=1e-6)


def test_an_event_without_arrivals_is_unknown():
    rng = np.random.default_rng(6)
    rows = heard(rng, *HERE, 0.0, around(rng, *HERE, 8, 1e3, 9e3), (ACOUSTIC,))
    found = solve(arrivals_of([rows[:0], rows]), MEDIA, CONFIG)
    assert np.isnan(found.lon_deg[0])
    assert np.isfinite(found.lon_deg[1])


def test_what_cannot_be_computed_is_refused():
    rng = np.random.default_rng(9)
    rows = heard(rng, *HERE, 0.0, around(rng, *HERE, 3, 1e4, 9e4), (P,))
    with pytest.raises(ValueError, match="no travel times"):
        solve(arrivals_of([rows]), media_of())
    with pytest.raises(ValueError, match="needed from 0 to 3"):
        solve(arrivals_of([rows])._replace(begin=np.array([0, 2])), MEDIA)
    with pytest.raises(ValueError, match="leave such arrivals out"):
        solve(arrivals_of([rows])._replace(sigma_s=np.zeros(3)), MEDIA)
    with pytest.raises(ConfigError, match="samples = 1000"):
        SolveConfig(samples=1000)
