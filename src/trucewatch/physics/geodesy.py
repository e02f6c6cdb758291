"""Geodesics and local metres on the WGS84 ellipsoid."""

import numpy as np
from numba import njit
from pyproj import Geod

__all__ = [
    "WGS84_A_M",
    "azimuth_deg",
    "destination",
    "distance_m",
    "ecef_m",
    "metres_per_degree",
    "metres_per_degree_at",
    "offset_lonlat",
]

WGS84_A_M = 6378137.0  # NGA.STND.0036_1.0.0_WGS84 (2014), table 3.1
WGS84_F = 1 / 298.257223563  # ibid.
_E2 = WGS84_F * (2 - WGS84_F)
_GEOD = Geod(ellps="WGS84")


def distance_m(lon1_deg: np.ndarray, lat1_deg: np.ndarray, lon2_deg: np.ndarray, lat2_deg: np.ndarray) -> np.ndarray:
    """Return geodesic lengths (n,) m (Karney 2013, J. Geodesy 87, p. 43; exact to nanometres)."""
    lon1, lat1, lon2, lat2 = np.broadcast_arrays(lon1_deg, lat1_deg, lon2_deg, lat2_deg)
    return np.asarray(_GEOD.inv(lon1, lat1, lon2, lat2)[2])


def azimuth_deg(lon1_deg: np.ndarray, lat1_deg: np.ndarray, lon2_deg: np.ndarray, lat2_deg: np.ndarray) -> np.ndarray:
    """Return the azimuth (n,) from north in 0..360° of the geodesic at its first end."""
    lon1, lat1, lon2, lat2 = np.broadcast_arrays(lon1_deg, lat1_deg, lon2_deg, lat2_deg)
    return np.asarray(_GEOD.inv(lon1, lat1, lon2, lat2)[0]) % 360.0


def destination(
    lon_deg: np.ndarray, lat_deg: np.ndarray, azimuth: np.ndarray, range_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (n,) deg after `range_m` along `azimuth` (deg from north)."""
    lon1, lat1, bearing, length = np.broadcast_arrays(lon_deg, lat_deg, azimuth, range_m)
    lon, lat, _ = _GEOD.fwd(lon1, lat1, bearing, length)
    return np.asarray(lon), np.asarray(lat)


def metres_per_degree(lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return metres per degree of longitude and of latitude (n,) at a latitude, from the radii of curvature."""
    lat = np.radians(lat_deg)
    w2 = 1 - _E2 * np.sin(lat) ** 2
    prime_vertical_m = WGS84_A_M / np.sqrt(w2)
    meridian_m = WGS84_A_M * (1 - _E2) / w2**1.5
    return np.radians(1) * prime_vertical_m * np.cos(lat), np.radians(1) * meridian_m


@njit(cache=True, nogil=True)
def metres_per_degree_at(lat_deg: float) -> tuple[float, float]:
    """Return `metres_per_degree` at one latitude, for compiled loops."""
    lat = np.radians(lat_deg)
    w2 = 1 - _E2 * np.sin(lat) ** 2
    return np.radians(1.0) * WGS84_A_M / np.sqrt(w2) * np.cos(lat), np.radians(1.0) * WGS84_A_M * (1 - _E2) / w2**1.5


def offset_lonlat(
    lon_deg: np.ndarray, lat_deg: np.ndarray, east_m: np.ndarray, north_m: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (…) deg of small offsets in the local plane; right to 0.2 % within 30 km below 60° latitude."""
    _, per_lat = metres_per_degree(lat_deg)
    lat = lat_deg + north_m / per_lat
    per_lon, _ = metres_per_degree((lat_deg + lat) / 2)
    return lon_deg + east_m / per_lon, lat


def ecef_m(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return Earth-centred positions (n, 3) m on the ellipsoid; chords there index neighbours without a seam."""
    lon, lat = np.radians(lon_deg), np.radians(lat_deg)
    n = WGS84_A_M / np.sqrt(1 - _E2 * np.sin(lat) ** 2)
    xyz = (n * np.cos(lat) * np.cos(lon), n * np.cos(lat) * np.sin(lon), n * (1 - _E2) * np.sin(lat))
    return np.stack(xyz, axis=-1)
