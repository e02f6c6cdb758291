"""Celerities of infrasound against rays through the standard atmosphere, and the seasons of the wind aloft."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trucewatch.physics.celerity import ANY_SEASON, SEASONAL, wind_aloft_m_s

HEIGHT_KM = np.arange(0, 140, 0.05)
# U.S. Standard Atmosphere 1976, table 4 up to 86 km; its thermosphere (table 1) above.
LEVELS_KM = [0, 11, 20, 32, 47, 51, 71, 84.852, 91, 100, 110, 120, 140]
KELVIN = [288.15, 216.65, 216.65, 228.65, 270.65, 270.65, 214.65, 186.95, 186.87, 195.08, 240.0, 360.0, 560.0]
SOUND_KM_S = np.sqrt(1.4 * 287.05 * np.interp(HEIGHT_KM, LEVELS_KM, KELVIN)) / 1e3


WIND_SHARE = np.interp(HEIGHT_KM, [0, 20, 50, 65, 80, 95, 140], [0, 0, 1, 1.4, 0.5, 0, 0])


def celerities_m_s(wind_m_s, from_km, to_km):
    """Celerities of rays that turn between two heights; the wind along the path is `wind_m_s` at 50 km."""
    return rays(wind_m_s, from_km, to_km)[0]


def rays(wind_m_s, from_km, to_km):
    """Celerities, and the wind met on the mean of the travel time as a share of that at 50 km."""
    speed = SOUND_KM_S + wind_m_s * WIND_SHARE / 1e3
    found, felt = [], []
    for slowness in np.linspace(1 / speed[0], 1 / speed[to_km > HEIGHT_KM].max(), 300)[1:-1]:
        turn = int(np.argmax(slowness * speed >= 1))
        if turn and from_km <= HEIGHT_KM[turn] <= to_km:
            middle = (speed[:turn] + speed[1 : turn + 1]) / 2
            cosine2 = 1 - (slowness * middle) ** 2
            ok = cosine2 > 1e-5
            times = 1 / (middle[ok] * np.sqrt(cosine2[ok]))
            time = np.sum(times)
            felt.append(np.sum(WIND_SHARE[:turn][ok] * times) / time)
            found.append(1e3 * np.sum(slowness * middle[ok] / np.sqrt(cosine2[ok])) / time)
    return np.array(found), np.array(felt)


@pytest.mark.parametrize("wind_m_s", [20.0, 35.0, 50.0])
def test_the_stratospheric_celerity_is_that_of_rays_whatever_the_wind(wind_m_s):
    rays = celerities_m_s(wind_m_s, 30, 62)
    assert np.median(rays) == pytest.approx(SEASONAL.mean_m_s[1], abs=SEASONAL.sigma_m_s[1])


@pytest.mark.parametrize("wind_m_s", [-35.0, 0.0, 35.0])
def test_the_thermospheric_celerity_follows_the_wind_as_rays_do(wind_m_s):
    rays = celerities_m_s(wind_m_s, 80, 135)
    modelled = SEASONAL.mean_m_s[2] + SEASONAL.gain[2] * wind_m_s
    assert np.median(rays) == pytest.approx(modelled, abs=SEASONAL.sigma_m_s[2])


@pytest.mark.parametrize("along_m_s", [20.0, 35.0])
def test_the_share_of_the_wind_that_turns_the_bearing_is_that_of_rays(along_m_s):
    # a quarter of a turn of 3° is well within the error of a bearing
    for kind, heights in ((1, (30, 62)), (2, (80, 135))):
        assert np.median(rays(along_m_s, *heights)[1]) == pytest.approx(SEASONAL.felt[kind], rel=0.25)


def test_rays_return_from_the_stratosphere_only_with_the_wind():
    assert len(celerities_m_s(SEASONAL.duct_m_s - 5, 30, 62)) == 0
    assert len(celerities_m_s(SEASONAL.duct_m_s + 10, 30, 62)) > 0


@pytest.mark.parametrize("kinds", [SEASONAL, ANY_SEASON])
def test_the_shares_of_the_kinds_sum_to_one(kinds):
    assert (kinds.open.sum(), kinds.closed.sum()) == pytest.approx((1.0, 1.0))


def test_the_wind_aloft_blows_from_the_east_in_july_and_from_the_west_in_january():
    assert wind_aloft_m_s(196, 48.0) < -25
    assert wind_aloft_m_s(15, 48.0) > 35


@given(day=st.floats(0, 365), lat=st.floats(-90, 90))
def test_the_wind_aloft_of_the_south_is_that_of_the_north_half_a_year_later(day, lat):
    other = wind_aloft_m_s((day + 182.625) % 365.25, -lat)
    assert wind_aloft_m_s(day, lat) == pytest.approx(other, abs=0.5)
