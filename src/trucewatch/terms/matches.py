"""Which incidents may be what an allegation is about: the same hours, the same place, a class that fits."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import shapely
from numba import njit

from trucewatch.core.classes import compatible
from trucewatch.core.place import Summary, sample_points, summarise
from trucewatch.core.records import Allegation, Incident
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.terms.config import Config
from trucewatch.terms.evidence import Evidence

__all__ = ["Matches", "find_matches"]

_AT_ONCE = 1000  # allegations that meet the incidents of their days together


class Matches(NamedTuple):
    """Pairs (m,) of an allegation and an incident, ordered by allegation.

    p_same  probability that the incident, if it is real, happened where and when it was alleged
    p       the same times the probability that it is real
    """

    allegation: np.ndarray
    incident: np.ndarray
    p_same: np.ndarray
    p: np.ndarray
    distance_m: np.ndarray


def find_matches(
    allegations: Sequence[Allegation], claims: Evidence, timed: np.ndarray, evidence: Evidence, config: Config
) -> Matches:
    """Return the pairs that can be of one happening with more than the probability that clears a clause.

    claims  the allegations as if they had happened; timed (n,) whether they name a time
    An incident counts as far as its place lies in the alleged one (the disc that holds 90 % of it, widened by the
    reach), and as far as one of the two intervals, with the lag, lies in the other. Its sources must be independent.
    """
    found = list(_candidates(claims, timed, evidence, config))
    a, i, in_time = (np.concatenate(c) for c in zip(*found, strict=True)) if found else (np.empty(0, np.int64),) * 3
    in_place, away_m = _share_in_place(claims, evidence, a, i, config)
    p_same = in_place * in_time
    p = p_same * np.where(np.isnan(evidence.p_real[i]), 0.0, evidence.p_real[i])
    likely = np.flatnonzero(p > min(config.p_clear, config.min_match / 2))
    pairs = zip(a[likely].tolist(), evidence.incidents[i[likely]].tolist(), strict=True)
    likely = likely[np.array([_independent(allegations[k], incident) for k, incident in pairs], dtype=bool)]
    order = likely[np.lexsort((i[likely], a[likely]))]
    return Matches(a[order], i[order], p_same[order], p[order], away_m[order])


def _candidates(
    claims: Evidence, timed: np.ndarray, evidence: Evidence, config: Config
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Return pairs whose boxes touch, whose times overlap and whose classes fit, with the share in time.

    Allegations are taken in the order of time, some at once, so that each meets the incidents of its days only.
    """
    lag_ns = round(config.allegation_lag_s * SECOND_NS)
    said, happened = summarise(claims.places), summarise(evidence.places)
    usable = np.flatnonzero(timed & np.isfinite(said.radius90_m))
    asked = _boxes(said, said.radius90_m + config.allegation_reach_m)
    held = _boxes(happened, 2 * happened.radius90_m)
    for rows in np.array_split(usable[np.argsort(claims.t_start_ns[usable])], len(usable) // _AT_ONCE + 1):
        if len(rows) == 0:
            continue
        first, last = claims.t_start_ns[rows].min() - lag_ns, claims.t_end_ns[rows].max() + lag_ns
        timely = (evidence.t_end_ns >= first) & (evidence.t_start_ns <= last) & np.isfinite(happened.radius90_m)
        near = np.flatnonzero(timely)
        which, at = shapely.STRtree(held[near]).query(asked[rows])
        a, i = rows[which], near[at]
        in_time = _share_in_time(claims, evidence, a, i, lag_ns)
        kept = (in_time > 0) & _classes_fit(claims, evidence, a, i)
        yield a[kept], i[kept], in_time[kept]


def _boxes(of: Summary, half_m: np.ndarray) -> np.ndarray:
    per_lon, per_lat = metres_per_degree(of.lat_deg)
    wide, high = half_m / per_lon, half_m / per_lat
    return np.asarray(shapely.box(of.lon_deg - wide, of.lat_deg - high, of.lon_deg + wide, of.lat_deg + high))


def _share_in_time(claims: Evidence, evidence: Evidence, a: np.ndarray, i: np.ndarray, lag_ns: int) -> np.ndarray:
    """Return the share (m,) of the shorter interval, as the lag widens them, that lies in the other one.

    Widened by the lag, an instant alleged at noon lies wholly in a day, and a day partly in a morning.
    """
    start, end = claims.t_start_ns[a] - lag_ns, np.maximum(claims.t_end_ns[a], claims.t_start_ns[a]) + lag_ns
    begun, over = evidence.t_start_ns[i], np.maximum(evidence.t_end_ns[i], evidence.t_start_ns[i])
    common = (np.minimum(end, over) - np.maximum(start, begun)).astype(np.float64)
    shorter = np.minimum(end - start, over - begun).astype(np.float64)
    share = np.clip(common / np.where(shorter > 0, shorter, 1.0), 0.0, 1.0)
    return np.asarray(np.where(shorter > 0, share, common >= 0))


def _classes_fit(claims: Evidence, evidence: Evidence, a: np.ndarray, i: np.ndarray) -> np.ndarray:
    fits = np.array([[compatible(c, k) for k in evidence.classes] for c in claims.classes], dtype=bool)
    return np.asarray(fits.reshape(len(claims.classes), -1)[claims.cls[a], evidence.cls[i]])


def _share_in_place(
    claims: Evidence, evidence: Evidence, a: np.ndarray, i: np.ndarray, config: Config
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mass (m,) of each incident's place in the alleged disc, and the metres between the two centres."""
    said = summarise(claims.places)
    rows, at = np.unique(i, return_inverse=True)
    lon, lat = sample_points(evidence.places.take(rows), config.place_points)
    happened = summarise(evidence.places.take(rows))
    per_lon, per_lat = metres_per_degree(said.lat_deg)
    scale = np.column_stack([said.lon_deg, said.lat_deg, per_lon, per_lat, said.radius90_m + config.allegation_reach_m])
    share = np.asarray(_inside(scale, lon, lat, a, at))
    east = (happened.lon_deg[at] - said.lon_deg[a]) * per_lon[a]
    return share, np.hypot(east, (happened.lat_deg[at] - said.lat_deg[a]) * per_lat[a])


@njit(cache=True, nogil=True)
def _inside(disc: np.ndarray, lon: np.ndarray, lat: np.ndarray, a: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Return the share (m,) of the points of place `at` that lie in disc `a` (lon, lat, m per degree each way, m)."""
    out = np.empty(len(a))
    for k in range(len(a)):
        x, y, per_lon, per_lat, radius = disc[a[k]]
        inside = 0
        for j in range(lon.shape[1]):
            east, north = (lon[at[k], j] - x) * per_lon, (lat[at[k], j] - y) * per_lat
            inside += east * east + north * north <= radius * radius
        out[k] = inside / lon.shape[1]
    return out


def _independent(allegation: Allegation, incident: Incident) -> bool:
    """Return whether somebody else than whoever alleges it stands behind the incident, and not this very record."""
    own = allegation.source
    if any((s.file_sha256, s.row) == (own.file_sha256, own.row) for s in incident.sources):
        return False
    return not incident.sources or any(s.source != own.source and s.project != own.project for s in incident.sources)
