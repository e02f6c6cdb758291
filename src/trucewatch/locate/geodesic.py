"""Geodesics for compiled loops: how far, in which direction, and where one arrives (WGS84)."""

import numpy as np
from numba import njit

__all__ = ["arrive", "between"]

_A_M = 6378137.0  # NGA.STND.0036_1.0.0_WGS84 (2014), table 3.1
_F = 1 / 298.257223563  # ibid.
_B_M = _A_M * (1 - _F)
_ROUNDS = 40
_CLOSE = 1e-12


@njit(cache=True, nogil=True)
def between(lon1_deg: float, lat1_deg: float, lon2_deg: float, lat2_deg: float) -> tuple[float, float, float]:
    """Return length m, azimuth at the first end and azimuth from the second end back to the first, both in radians.

    Vincenty 1975 (Survey Review 23, p. 88); right to a millimetre up to 19,900 km; beyond, where the series does not
    settle, the last round stands and may be wrong by some kilometres.
    """
    if abs(lon1_deg - lon2_deg) < 1e-12 and abs(lat1_deg - lat2_deg) < 1e-12:
        return 0.0, 0.0, np.pi
    span = np.radians((lon2_deg - lon1_deg + 180.0) % 360.0 - 180.0)
    u1, u2 = np.arctan((1 - _F) * np.tan(np.radians(lat1_deg))), np.arctan((1 - _F) * np.tan(np.radians(lat2_deg)))
    s1, c1, s2, c2 = np.sin(u1), np.cos(u1), np.sin(u2), np.cos(u2)
    lam, sig, sin_sig, cos_sig, cos2_alpha, cos_mid = span, 0.0, 0.0, 1.0, 1.0, 0.0
    for _ in range(_ROUNDS):
        sin_lam, cos_lam = np.sin(lam), np.cos(lam)
        sin_sig = np.hypot(c2 * sin_lam, c1 * s2 - s1 * c2 * cos_lam)
        cos_sig = s1 * s2 + c1 * c2 * cos_lam
        sig = np.arctan2(sin_sig, cos_sig)
        sin_alpha = c1 * c2 * sin_lam / max(sin_sig, 1e-300)
        cos2_alpha = 1 - sin_alpha * sin_alpha
        cos_mid = cos_sig - 2 * s1 * s2 / cos2_alpha if cos2_alpha > 1e-12 else 0.0
        c = _F / 16 * cos2_alpha * (4 + _F * (4 - 3 * cos2_alpha))
        old = lam
        lam = span + (1 - c) * _F * sin_alpha * (
            sig + c * sin_sig * (cos_mid + c * cos_sig * (2 * cos_mid * cos_mid - 1))
        )
        if abs(lam - old) < _CLOSE:
            break
    a, delta = _series(cos2_alpha, sin_sig, cos_sig, cos_mid)
    forth = np.arctan2(c2 * np.sin(lam), c1 * s2 - s1 * c2 * np.cos(lam))
    on = np.arctan2(c1 * np.sin(lam), -s1 * c2 + c1 * s2 * np.cos(lam))
    return _B_M * a * (sig - delta), forth, on + np.pi


@njit(cache=True, nogil=True)
def arrive(lon_deg: float, lat_deg: float, azimuth_rad: float, length_m: float) -> tuple[float, float]:
    """Return lon, lat (deg) after a length (m) in a direction (radians from north); Vincenty 1975, p. 89."""
    if length_m < 1e-9:
        return lon_deg, lat_deg
    u1 = np.arctan((1 - _F) * np.tan(np.radians(lat_deg)))
    s1, c1, sin_az, cos_az = np.sin(u1), np.cos(u1), np.sin(azimuth_rad), np.cos(azimuth_rad)
    sig1 = np.arctan2(s1, c1 * cos_az)
    sin_alpha = c1 * sin_az
    cos2_alpha = 1 - sin_alpha * sin_alpha
    a, _ = _series(cos2_alpha, 0.0, 1.0, 1.0)
    straight = length_m / (_B_M * a)
    sig, sin_sig, cos_sig, cos_mid = straight, 0.0, 1.0, 1.0
    for _ in range(_ROUNDS):
        cos_mid, sin_sig, cos_sig = np.cos(2 * sig1 + sig), np.sin(sig), np.cos(sig)
        old = sig
        sig = straight + _series(cos2_alpha, sin_sig, cos_sig, cos_mid)[1]
        if abs(sig - old) < _CLOSE:
            break
    sin_sig, cos_sig = np.sin(sig), np.cos(sig)
    x = s1 * sin_sig - c1 * cos_sig * cos_az
    lat = np.arctan2(s1 * cos_sig + c1 * sin_sig * cos_az, (1 - _F) * np.hypot(sin_alpha, x))
    lam = np.arctan2(sin_sig * sin_az, c1 * cos_sig - s1 * sin_sig * cos_az)
    c = _F / 16 * cos2_alpha * (4 + _F * (4 - 3 * cos2_alpha))
    turn = lam - (1 - c) * _F * sin_alpha * (sig + c * sin_sig * (cos_mid + c * cos_sig * (2 * cos_mid * cos_mid - 1)))
    return (lon_deg + np.degrees(turn) + 180.0) % 360.0 - 180.0, np.degrees(lat)


@njit(cache=True, nogil=True)
def _series(cos2_alpha: float, sin_sig: float, cos_sig: float, cos_mid: float) -> tuple[float, float]:
    """Return Vincenty's A and Δσ."""
    u2 = cos2_alpha * (_A_M * _A_M - _B_M * _B_M) / (_B_M * _B_M)
    a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    inner = b / 6 * cos_mid * (-3 + 4 * sin_sig * sin_sig) * (-3 + 4 * cos_mid * cos_mid)
    delta = b * sin_sig * (cos_mid + b / 4 * (cos_sig * (-1 + 2 * cos_mid * cos_mid) - inner))
    return a, delta
