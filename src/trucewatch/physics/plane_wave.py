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
    "element_pairs",
    "fit_slowness",
    "flatness",
    "slowness_of",
    "spread_m2",
]


class Bearing(NamedTuple):
    """Where a plane wave came from (deg from north) and how fast it crossed the array (m/s)."""

    back_azimuth_deg: np.ndarray
    trace_velocity_m_s: np.ndarray


def slowness_of(back_azimuth_deg: np.ndarray | float, trace_velocity_m_s: np.ndarray | float) -> np.ndarray:
    """Return the slowness (…, 2) s/m of plane waves from a back azimuth (…) at a trace velocity (…)."""
    towards = np.radians(np.asarray(back_azimuth_deg, dtype=float) + 180.0)
    size = 1 / np.asarray(trace_velocity_m_s, dtype=float)
    return np.stack(np.broadcast_arrays(size * np.sin(towards), size * np.cos(towards)), axis=-1)


def bearing_of(slowness: np.ndarray) -> Bearing:
    """Return back azimuth (…) and trace velocity (…) of slownesses (…, 2) s/m; infinite speed from straight above."""
    east, north = slowness[..., 0], slowness[..., 1]
    size = np.hypot(east, north)
    speed = np.divide(1.0, size, out=np.full(size.shape, np.inf), where=size > 0)
    return Bearing(np.degrees(np.arctan2(-east, -north)) % 360.0, speed)


def delays_s(east_m: np.ndarray, north_m: np.ndarray, slowness: np.ndarray) -> np.ndarray:
    """Return arrival times (…, channels) s, against the middle, of plane waves of slowness (…, 2) s/m."""
    return np.asarray(slowness[..., :1] * east_m + slowness[..., 1:] * north_m)


def element_pairs(channels: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and second element (pairs,) of every pair."""
    return np.triu_indices(channels, 1)


def spread_m2(east_m: np.ndarray, north_m: np.ndarray) -> np.ndarray:
    """Return the second moments (2, 2) m² of a layout about its middle."""
    place = np.stack([east_m - np.mean(east_m), north_m - np.mean(north_m)])
    return np.asarray(place @ place.T / place.shape[1])


def flatness(east_m: np.ndarray, north_m: np.ndarray) -> float:
    """Return the lesser over the greater extent of a layout: 0 where all elements stand on one line or point."""
    least, most = np.linalg.eigvalsh(spread_m2(east_m, north_m))
    return float(np.sqrt(max(least, 0.0) / most)) if most > 0 else 0.0


def fit_slowness(
    delay_s: np.ndarray, east_m: np.ndarray, north_m: np.ndarray, weight: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return the slowness (…, 2) s/m that fits pairwise delays best, and the residuals (…, pairs) s.

    delay_s   (…, pairs) s; arrival at the second element of a pair less that at the first (`element_pairs`)
    weight    (…, pairs) weights of the squares; None: all alike

    Source: Olson and Szuberla 2005, Handbook of Signal Processing in Acoustics, section 107.2 (least squares).
    """
    first, second = element_pairs(len(east_m))
    design = np.stack([east_m[second] - east_m[first], north_m[second] - north_m[first]], axis=-1)
    w = np.ones(delay_s.shape) if weight is None else np.broadcast_to(weight, delay_s.shape)
    normal = np.einsum("...p,pi,pj->...ij", w, design, design)
    right = np.einsum("...p,pi,...p->...i", w, design, delay_s)
    slowness = np.linalg.solve(normal, right[..., None])[..., 0]
    return slowness, delay_s - slowness @ design.T


def bearing_sigma_deg(slowness: np.ndarray, covariance: np.ndarray) -> np.ndarray:
    """Return the standard deviation (…) of the back azimuth, from slowness (…, 2) s/m and covariance (…, 2, 2) s²/m².

    First order in the error; never more than 104°, the standard deviation of a bearing drawn blindly.
    """
    size2 = np.sum(np.square(slowness), axis=-1)
    across = np.stack([-slowness[..., 1], slowness[..., 0]], axis=-1)
    variance = np.einsum("...i,...ij,...j->...", across, covariance, across)
    safe = np.where(size2 > 0, size2, np.nan)
    return np.asarray(np.fmin(np.degrees(np.sqrt(variance) / safe), 360 / np.sqrt(12)))
