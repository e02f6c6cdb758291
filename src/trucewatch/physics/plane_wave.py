"""Plane waves across an array: slowness, bearing, delays, and how well a layout can tell them.

A slowness (east, north) in s/m points where the wave goes; its back azimuth points where it came from.
"""

from typing import NamedTuple

import numpy as np

__all__ = [
    "Bearing",
    "bearing_of",
    "bearing_sigma_deg",
    "delays_s",
    "flatness",
    "spread_m2",
]


class Bearing(NamedTuple):
    """Where a plane wave came from (deg from north) and how fast it crossed the array (m/s)."""

    back_azimuth_deg: np.ndarray
    trace_velocity_m_s: np.ndarray


def bearing_of(slowness: np.ndarray) -> Bearing:
    """Return back azimuth (…) and trace velocity (…) of slownesses (…, 2) s/m; infinite speed from straight above."""
    east, north = slowness[..., 0], slowness[..., 1]
    size = np.hypot(east, north)
    speed = np.divide(1.0, size, out=np.full(size.shape, np.inf), where=size > 0)
    return Bearing(np.degrees(np.arctan2(-east, -north)) % 360.0, speed)


def delays_s(east_m: np.ndarray, north_m: np.ndarray, slowness: np.ndarray) -> np.ndarray:
    """Return arrival times (…, channels) s, against the middle, of plane waves of slowness (…, 2) s/m."""
    return np.asarray(slowness[..., :1] * east_m + slowness[..., 1:] * north_m)


def spread_m2(east_m: np.ndarray, north_m: np.ndarray) -> np.ndarray:
    """Return the second moments (2, 2) m² of a layout about its middle."""
    place = np.stack([east_m - np.mean(east_m), north_m - np.mean(north_m)])
    return np.asarray(place @ place.T / place.shape[1])


def flatness(east_m: np.ndarray, north_m: np.ndarray) -> float:
    """Return the lesser over the greater extent of a layout: 0 where all elements stand on one line or point."""
    least, most = np.linalg.eigvalsh(spread_m2(east_m, north_m))
    return float(np.sqrt(max(least, 0.0) / most)) if most > 0 else 0.0


def bearing_sigma_deg(slowness: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the standard deviation (…) of the back azimuth, from slowness (…, 2) s/m and covariance (…, 2, 2) s²/m².

    First order in the error; never more than 104°, the standard deviation of a bearing drawn blindly.
    """
    size2 = np.sum(np.square(slowness), axis=-1)
    across = np.stack([-slowness[..., 1], slowness[..., 0]], axis=-1)
    variance = np.einsum("...i,...ij,...j->...", across, covariance, across)
    safe = np.where(size2 > 0, size2, np.nan)
    return np.asarray(np.fmin(np.degrees(np.sqrt(variance) / safe), 360 / np.sqrt(12)))
