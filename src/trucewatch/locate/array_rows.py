"""Rows of detections into arrays of numbers, with what is wrong with them, and events back into rows."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import ORIGINS
from trucewatch.core.times import DAY_NS, SECOND_NS
from trucewatch.locate.solve import Solutions
from trucewatch.physics.celerity import wind_aloft_m_s

__all__ = ["Arrays", "origins_of", "usable", "usual_wind_m_s"]

_TWIN_S, _TWIN_DEG = 1.0, 1.0  # nearer than this one array has reported one arrival twice


class Arrays(NamedTuple):
    """Usable detections (n,) by time, and the arrays (sites,) that made them.

    row          (n,)  row in the table of detections
    t_s          (n,)  s after t0_ns
    """

    row: np.ndarray
    t_s: np.ndarray
    sigma_s: np.ndarray
    site: np.ndarray
    bearing_deg: np.ndarray
    bearing_sigma_deg: np.ndarray
    site_lon_deg: np.ndarray
    site_lat_deg: np.ndarray
    site_elevation_m: np.ndarray
    t0_ns: int

    @property
    def duration_s(self) -> float:
        """Return the time that the detections span, an hour at least."""
        return max(float(self.t_s[-1] - self.t_s[0]), 3600.0) if len(self.t_s) else 3600.0

    def rate_hz(self, explained: tuple[int, ...]) -> np.ndarray:
        """Return for each detection (n,) the rate of chance detections of its array, should it be one itself.

        explained   detections that events explain; they count for no array, unless for themselves
        Poisson counts under a flat prior of their rate: taking one of n away costs a factor n over the time.
        """
        known = np.zeros(len(self.t_s), dtype=bool)
        known[list(explained)] = True
        free = np.bincount(self.site[~known], minlength=len(self.site_lon_deg))
        return np.asarray((free[self.site] + known) / self.duration_s)


def usual_wind_m_s(t_ns: int, lat_deg: float) -> tuple[float, float]:
    """Return the usual wind (east, north) at 50 km on a day; the length of the year makes the day right to one."""
    return float(wind_aloft_m_s(t_ns / DAY_NS % 365.2425, lat_deg)), 0.0


def usable(
    detections: pa.Table, network: pa.Table, bearing_sigma_deg: float, t_sigma_s: float
) -> tuple[Arrays, tuple[Issue, ...]]:
    """Return the infrasound detections that can be used, and an issue for each that cannot.

    bearing_sigma_deg, t_sigma_s   of those that do not tell their own
    """
    rows = np.flatnonzero(strings(detections, "phase") == "infrasound")
    site_of = {name: k for k, name in reversed(list(enumerate(strings(network, "node").tolist())))}
    node = strings(detections, "node")[rows]
    place = np.array([site_of.get(name, -1) for name in node], dtype=np.int64)
    lon, lat = numbers(network, "lon_deg"), numbers(network, "lat_deg")
    bearing = numbers(detections, "back_azimuth_deg")[rows]
    placed = (place >= 0) & np.isfinite(np.append(lon, np.nan)[place]) & np.isfinite(np.append(lat, np.nan)[place])
    told = np.isfinite(bearing)
    order = np.lexsort((rows, integers(detections, "t_ns")[rows]))
    order = order[(placed & told)[order]]
    twin = _twins(integers(detections, "t_ns")[rows][order], place[order], bearing[order])
    source = strings(detections, "source")[rows] if len(rows) else np.empty(0, dtype=object)
    native = integers(detections, "row")[rows]
    issues = tuple(
        _issue(str(source[k]), int(native[k]), kind, str(node[k]))
        for k, kind in sorted([(int(k), "place") for k in np.flatnonzero(~placed)]
                              + [(int(k), "bearing") for k in np.flatnonzero(placed & ~told)]
                              + [(int(k), "twin") for k in order[twin]])
    )  # fmt: skip
    return _arrays(detections, network, rows, order[~twin], place, (bearing_sigma_deg, t_sigma_s)), issues


def _twins(t_ns: np.ndarray, place: np.ndarray, bearing: np.ndarray) -> np.ndarray:
    """Return whether a detection (n,) repeats the one before it at its array."""
    by_site = np.lexsort((t_ns, place))
    off = np.abs((np.diff(bearing[by_site]) + 180) % 360 - 180)
    close = (np.diff(place[by_site]) == 0) & (np.diff(t_ns[by_site]) < _TWIN_S * SECOND_NS) & (off < _TWIN_DEG)
    twin = np.zeros(len(t_ns), dtype=bool)
    twin[by_site[1:][close]] = True
    return twin


def _arrays(
    detections: pa.Table,
    network: pa.Table,
    rows: np.ndarray,
    order: np.ndarray,
    place: np.ndarray,
    usual: tuple[float, float],
) -> Arrays:
    row = rows[order]
    used, site = np.unique(place[order], return_inverse=True)
    t_ns = integers(detections, "t_ns")[row]
    t0 = int(t_ns[0]) if len(t_ns) else 0
    bearing_sigma, sigma = numbers(detections, "back_azimuth_sigma_deg")[row], numbers(detections, "t_sigma_s")[row]
    return Arrays(
        row, (t_ns - t0) / SECOND_NS, np.where(sigma > 0, sigma, usual[1]), site,
        numbers(detections, "back_azimuth_deg")[row] % 360.0, np.where(bearing_sigma > 0, bearing_sigma, usual[0]),
        numbers(network, "lon_deg")[used], numbers(network, "lat_deg")[used],
        np.nan_to_num(numbers(network, "elevation_m")[used]), t0,
    )  # fmt: skip


def _issue(source: str, row: int, what: str, node: str) -> Issue:
    found, needed, action, kind = {
        "place": (f"a detection of {node}, which has no place", "an array of the list of nodes",
                  "it is left out; add the array to the nodes", IssueKind.REJECTED),
        "bearing": (f"an infrasound detection of {node} without back azimuth", "a direction in degrees from north",
                    "it joins no event by bearing", IssueKind.REJECTED),
        "twin": (f"a second detection of {node} within a second and a degree", "each arrival once",
                 "it is counted once", IssueKind.DUPLICATE),
    }[what]  # fmt: skip
    return Issue(source, kind, found, needed, action, row)


def origins_of(arrays: Arrays, sets: list[tuple[int, ...]], log_odds: np.ndarray, solved: Solutions) -> pa.Table:
    """Return the events as rows (ORIGINS), in the order of the sets; nothing is known of their class."""
    n = len(sets)
    count = np.array([len(s) for s in sets])
    return ORIGINS.table({
        "event": np.arange(n), "t_ns": arrays.t0_ns + np.rint(solved.t_s * SECOND_NS).astype(np.int64),
        "t_sigma_s": np.sqrt(solved.cov[:, 2, 2]), "lon_deg": solved.lon_deg, "lat_deg": solved.lat_deg,
        "cov_ee_m2": solved.cov[:, 0, 0], "cov_en_m2": solved.cov[:, 0, 1], "cov_nn_m2": solved.cov[:, 1, 1],
        "p": 1 / (1 + np.exp(-np.clip(log_odds, -50, 50))), "p_unknown": 1.0,
        "reason": [f"infrasound of {k} arrays agrees in time and bearing; no class is told" for k in count],
        "arrivals": count, "residual_s": solved.rms_s, "gap_deg": solved.gap_deg,
        "triggers": [arrays.row[list(s)].tolist() for s in sets],
    }, n)  # fmt: skip
