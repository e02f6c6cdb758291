"""Which detections of arrays could be of one source: pairs by crossing bearings and times, then one more at a time."""

from typing import NamedTuple

import numpy as np
from numba import njit

__all__ = ["Heard", "extensions", "pairs"]

_EARTH_M = 6371008.8
_STEPS = 24  # places tried along a bearing


class Heard(NamedTuple):
    """Detections (n,) by time: s, array, place (radians), bearing and its standard deviation (radians)."""

    t_s: np.ndarray
    site: np.ndarray
    lon: np.ndarray
    lat: np.ndarray
    bearing: np.ndarray
    sigma: np.ndarray


@njit(cache=True, nogil=True)
def _near(lon1: float, lat1: float, lon2: float, lat2: float) -> tuple[float, float]:
    """Return length (m) and bearing at the first end (radians) on a sphere: 0.5 % and 0.2° suffice to search."""
    dlon = lon2 - lon1
    a = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin(dlon / 2) ** 2
    y, x = np.sin(dlon) * np.cos(lat2), np.cos(lat1) * np.sin(lat2) - np.sin(lat1) * np.cos(lat2) * np.cos(dlon)
    return 2 * _EARTH_M * np.arcsin(min(1.0, np.sqrt(a))), np.arctan2(y, x)


@njit(cache=True, nogil=True)
def _along(heard: Heard, i: int, reach_m: float, out: np.ndarray) -> None:
    """Write places (steps, 3) along a bearing: lon, lat (radians), range m; denser nearby."""
    least = 2e3
    for k in range(_STEPS):
        length = least * (reach_m / least) ** (k / (_STEPS - 1))
        angle, az = length / _EARTH_M, heard.bearing[i]
        lat = np.arcsin(np.sin(heard.lat[i]) * np.cos(angle) + np.cos(heard.lat[i]) * np.sin(angle) * np.cos(az))
        turn = np.arctan2(np.sin(az) * np.sin(angle) * np.cos(heard.lat[i]),
                          np.cos(angle) - np.sin(heard.lat[i]) * np.sin(lat))  # fmt: skip
        out[k, 0], out[k, 1], out[k, 2] = heard.lon[i] + turn, lat, length


@njit(cache=True, nogil=True)
def _misfit(heard: Heard, i: int, j: int, place: np.ndarray, slow: np.ndarray, grain: float) -> float:
    """Return χ² of detection j for a source on the bearing of i: bearing, and difference of the times."""
    length, bearing = _near(heard.lon[j], heard.lat[j], place[0], place[1])
    off = (heard.bearing[j] - bearing + np.pi) % (2 * np.pi) - np.pi
    blur = heard.sigma[i] * place[2] / max(length, 1.0)
    coarse = grain * place[2] / max(length, 1.0)
    late = heard.t_s[j] - heard.t_s[i] - slow[0] * (length - place[2])
    spread2 = slow[1] ** 2 * (length**2 + place[2] ** 2) + (slow[0] * grain * place[2]) ** 2 + 100.0
    misfit: float = off * off / (heard.sigma[j] ** 2 + blur * blur + coarse * coarse) + late * late / spread2
    return misfit


@njit(cache=True, nogil=True)
def pairs(heard: Heard, reach_m: float, slow: np.ndarray, most: float) -> np.ndarray:
    """Return pairs (k, 5): first and second detection, lon and lat (deg) and time of a source that both fit.

    slow   (2,)  s/m: usual slowness of infrasound along the ground and its spread
    most   largest χ² of a pair

    Detections lie in order of time, and a pair can be no further apart than the slowest sound over the whole reach:
    the cost grows with the detections times those within such a window.
    """
    window = reach_m * (slow[0] + 3 * slow[1])
    grain = 0.25 * ((reach_m / 2e3) ** (1 / (_STEPS - 1)) - 1)
    places = np.empty((_STEPS, 3))
    found = np.empty((1024, 5))
    count = 0
    for i in range(len(heard.t_s)):
        _along(heard, i, reach_m, places)
        low, high = np.searchsorted(heard.t_s, heard.t_s[i] - window), i
        for j in range(low, high):
            if heard.site[j] == heard.site[i]:
                continue
            best, at = most, -1
            for k in range(_STEPS):
                misfit = _misfit(heard, i, j, places[k], slow, grain)
                if misfit < best:
                    best, at = misfit, k
            if at < 0:
                continue
            if count == len(found):
                found = np.concatenate((found, np.empty_like(found)))
            found[count, 0], found[count, 1] = i, j
            found[count, 2], found[count, 3] = np.degrees(places[at, 0]), np.degrees(places[at, 1])
            found[count, 4] = heard.t_s[i] - slow[0] * places[at, 2]
            count += 1
    return found[:count]


@njit(cache=True, nogil=True)
def extensions(
    heard: Heard, members: np.ndarray, lon_deg: np.ndarray, lat_deg: np.ndarray, t_s: np.ndarray, cov: np.ndarray,
    reach_m: float, slow: np.ndarray, most: float, keep: int,
) -> np.ndarray:  # fmt: skip
    """Return (k, 2): number of a set, and a detection of another array that fits its source; the `keep` best of each.

    members   (sets, size)  detections of each set
    cov       (sets, 4, 4)  of the sources: east m, north m, time s
    """
    window = reach_m * (slow[0] + 3 * slow[1])
    found = np.empty((len(members) * keep, 2), np.int64)
    count = 0
    best, who = np.empty(keep), np.empty(keep, np.int64)
    for s in range(len(members)):
        best[:], who[:] = most, -1
        lon, lat = np.radians(lon_deg[s]), np.radians(lat_deg[s])
        spread2 = 0.5 * (cov[s, 0, 0] + cov[s, 1, 1])
        low = np.searchsorted(heard.t_s, t_s[s] - 3 * np.sqrt(cov[s, 2, 2]))
        high = np.searchsorted(heard.t_s, t_s[s] + window)
        for j in range(low, high):
            used = False
            for m in members[s]:
                used |= heard.site[m] == heard.site[j]
            if used:
                continue
            length, bearing = _near(heard.lon[j], heard.lat[j], lon, lat)
            if length > reach_m:
                continue
            off = (heard.bearing[j] - bearing + np.pi) % (2 * np.pi) - np.pi
            late = heard.t_s[j] - t_s[s] - slow[0] * length
            misfit = off * off / (heard.sigma[j] ** 2 + spread2 / max(length, 1.0) ** 2)
            misfit += late * late / (slow[1] ** 2 * length**2 + cov[s, 2, 2] + slow[0] ** 2 * spread2 + 100.0)
            worst = np.argmax(best)
            if misfit < best[worst]:
                best[worst], who[worst] = misfit, j
        for k in range(keep):
            if who[k] >= 0:
                found[count, 0], found[count, 1] = s, who[k]
                count += 1
    return found[:count]
