"""Sound near the ground: how fast it goes with and against the wind, and how likely it is heard from afar."""

import numpy as np

__all__ = ["heard_share", "sound_speed_m_s", "travel_time_s"]

_C0_M_S = 331.3  # dry air at 0 °C; ISO 9613-1:1993 gives 331.29 at its reference
_ZERO_C_K = 273.15


def sound_speed_m_s(temperature_c: np.ndarray | float) -> np.ndarray:
    """Return the speed of sound (…) m/s in still, dry air of a temperature (…) °C (ideal gas)."""
    return np.asarray(_C0_M_S * np.sqrt(1 + np.asarray(temperature_c) / _ZERO_C_K))


def travel_time_s(
    east_m: np.ndarray, north_m: np.ndarray, speed_m_s: float, wind_east_m_s: float = 0.0, wind_north_m_s: float = 0.0
) -> np.ndarray:
    """Return how long sound takes along (east, north) m (…): range over the speed plus the wind along the path.

    The effective-speed approximation; right to second order in Mach number where the wind is uniform
    (Ostashev and Wilson 2016, Acoustics in Moving Inhomogeneous Media, section 2.2).
    """
    range_m = np.hypot(east_m, north_m)
    along = (east_m * wind_east_m_s + north_m * wind_north_m_s) / np.maximum(range_m, 1e-9)
    return np.asarray(range_m / (speed_m_s + along))


def heard_share(
    range_m: np.ndarray, half_range_m: np.ndarray | float, width_m: float, at_most: float = 1.0
) -> np.ndarray:
    """Return the share of arrivals (…) that a node picks up at a range (…) m.

    half_range_m  where half of what can be heard at all is heard
    width_m       scale of the logistic fall
    at_most       share heard from nearby
    """
    return np.asarray(at_most / (1 + np.exp((np.asarray(range_m) - half_range_m) / width_m)))
