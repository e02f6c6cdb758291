"""Wind, cloud, visibility and daylight of the synthetic world, hour by hour."""

from dataclasses import dataclass

import numpy as np

from trucewatch.core.times import HOUR_NS
from trucewatch.scenario.config import Config, stream

__all__ = ["Weather", "make_weather"]

_DAY_S = 86_400.0


@dataclass(frozen=True)
class Weather:
    """Hourly columns (hours,) from `start_ns`: wind speed, azimuth to which it blows, cloud share, visibility."""

    start_ns: int
    lon_deg: float
    lat_deg: float
    wind_m_s: np.ndarray
    wind_to_deg: np.ndarray
    cloud: np.ndarray
    visibility_m: np.ndarray

    def hour(self, t_ns: np.ndarray) -> np.ndarray:
        """Return the row (n,) of the hour that holds each time."""
        hours = (np.asarray(t_ns, dtype=np.int64) - self.start_ns) // HOUR_NS
        return np.asarray(np.clip(hours, 0, len(self.cloud) - 1))

    def night(self, t_ns: np.ndarray) -> np.ndarray:
        """Return whether the sun is more than 4° below the horizon (n,)."""
        return np.asarray(self.sun_deg(t_ns) < -4.0)

    def sun_deg(self, t_ns: np.ndarray) -> np.ndarray:
        """Return the sun's elevation (n,) deg, to about one degree (Cooper 1969, Solar Energy 12, p. 335)."""
        seconds = np.asarray(t_ns, dtype=np.float64) / 1e9
        days = seconds / _DAY_S
        of_year = days % 365.2425
        declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + of_year) / 365)
        hour_angle = np.radians(((seconds % _DAY_S) / _DAY_S) * 360 - 180 + self.lon_deg)
        lat = np.radians(self.lat_deg)
        sine = np.sin(lat) * np.sin(declination) + np.cos(lat) * np.cos(declination) * np.cos(hour_angle)
        return np.asarray(np.degrees(np.arcsin(sine)))


def make_weather(config: Config, period_ns: tuple[int, int], lon_deg: float, lat_deg: float) -> Weather:
    """Return the weather of the period and of a day before and after it."""
    rng = stream(config, "weather")
    start = period_ns[0] - 24 * HOUR_NS
    hours = int((period_ns[1] - start) // HOUR_NS) + 25
    wind = np.clip(5 + 2.5 * _wander(rng, hours), 0.3, None)
    azimuth = (rng.uniform(0, 360) + np.cumsum(rng.normal(0, 9, hours))) % 360
    cloud = 1 / (1 + np.exp(-1.6 * _wander(rng, hours)))
    visibility = np.clip(12_000 * np.exp(0.6 * _wander(rng, hours)), 300, 30_000)
    return Weather(start, lon_deg, lat_deg, wind, azimuth, cloud, visibility)


def _wander(rng: np.random.Generator, count: int, memory: float = 0.9) -> np.ndarray:
    """Return an autoregressive series of unit variance (count,)."""
    steps = rng.normal(0, 1, count)
    series = np.empty(count)
    series[0] = steps[0]
    for i in range(1, count):
        series[i] = memory * series[i - 1] + (1 - memory**2) ** 0.5 * steps[i]
    return series
