"""Where a candidate may have happened: places, times and levels, drawn while its triggers are decided.

Where it happened they are drawn from the triggers that it holds; where it did not, from what its fit left open, so
that both cases have the same unknowns (the product space of Carlin and Chib 1995, J. R. Statist. Soc. B 57(3), p. 473).
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.draws import normals
from trucewatch.locate.acoustic.edges import WIDE, Edges
from trucewatch.locate.acoustic.fit import (
    CEE,
    CEN,
    CET,
    CNN,
    CNT,
    CTT,
    EAST,
    EXPECTED,
    LEVEL,
    LOG_2PI,
    NORTH,
    T0,
    Loudness,
)
from trucewatch.locate.acoustic.model import UNKNOWN_DB, Air, Nodes

__all__ = ["Places", "anywhere", "fitted", "places_of", "put"]

FARTHEST = 4.0  # standard deviations of those places, that an event moves from where its candidate was found


class Places(NamedTuple):
    """Where the candidates are tried, and what follows from it.

    now       (k, 4) east m, north m, origin time s, level dB
    middle    (k, 4) the same of its fit; root (k, 8): lower triangle of the root of the covariance of what is drawn
              around it, log of its determinant, and standard deviation of the level
    log_rate  (k,) log of the rate of events, 1/(m² s)
    base      (k, 3) log likelihood of being heard nowhere, by loudness class
    lean      (k,) log of the rate over the density with which `now` is drawn
    by_class  (k, 3) `base` and what the level says of the class
    gain      (edges,) density of a trigger's time and level over that of what is not explained, at `now`
    """

    now: np.ndarray
    middle: np.ndarray
    root: np.ndarray
    log_rate: np.ndarray
    base: np.ndarray
    lean: np.ndarray
    by_class: np.ndarray
    gain: np.ndarray


@njit(cache=True, nogil=True, fastmath=True)
def places_of(table: np.ndarray, log_rate: np.ndarray, edges: Edges, loudness: Loudness) -> Places:
    """Return the candidates (k, 12) where they were fitted; nothing is reckoned there yet."""
    k = len(table)
    middle, root = np.zeros((k, 4)), np.zeros((k, 8))
    for i in range(k):
        middle[i, 0], middle[i, 1], middle[i, 2] = table[i, EAST], table[i, NORTH], table[i, T0]
        middle[i, 3] = table[i, LEVEL]
        r = root[i]
        r[0] = np.sqrt(max(WIDE * table[i, CEE], 1e-2))
        r[1] = WIDE * table[i, CEN] / r[0]
        r[2] = np.sqrt(max(WIDE * table[i, CNN] - r[1] * r[1], 1e-2))
        r[3] = WIDE * table[i, CET] / r[0]
        r[4] = (WIDE * table[i, CNT] - r[1] * r[3]) / r[2]
        r[5] = np.sqrt(max(WIDE * table[i, CTT] - r[3] * r[3] - r[4] * r[4], 1e-6))
        r[6] = np.log(r[0] * r[2] * r[5])
        if loudness.used:
            told = max(table[i, EXPECTED], 1.0) / loudness.path_db**2 + 1 / loudness.source_db**2
            r[7] = np.sqrt(WIDE / told)
            r[6] += np.log(r[7])
    return Places(
        middle.copy(), middle, root, log_rate, edges.base, np.zeros(k), np.zeros((k, 3)), np.zeros(len(edges.trig))
    )


@njit(cache=True, nogil=True, fastmath=True)
def _off2(east: float, north: float, t0: float, middle: np.ndarray, root: np.ndarray) -> float:
    """Return how far from its middle that is, in standard deviations of what is drawn around it, squared."""
    a = (east - middle[0]) / root[0]
    b = (north - middle[1] - root[1] * a) / root[2]
    c = (t0 - middle[2] - root[3] * a - root[4] * b) / root[5]
    return float(a * a + b * b + c * c)


@njit(cache=True, nogil=True, fastmath=True)
def put(
    i: Any, places: Places, edges: Edges, times: np.ndarray, nodes: Nodes, air: Air, loudness: Loudness
) -> None:  # fmt: skip
    """Reckon what candidate i may hold where it is now, and what is said for it before any trigger."""
    east, north, t0, level = places.now[i, 0], places.now[i, 1], places.now[i, 2], places.now[i, 3]
    for n in range(edges.entry[i], edges.entry[i + 1]):
        de, dn = nodes.east[edges.node[n]] - east, nodes.north[edges.node[n]] - north
        r = np.sqrt(de * de + dn * dn) + 1e-3
        due = t0 + r * r / (air.speed * r + air.wind_east * de + air.wind_north * dn)
        for m in range(edges.ptr[n], edges.ptr[n + 1]):
            dt = times[edges.trig[m]] - due
            off = dt * dt * edges.tight[n]
            if loudness.used and edges.said[m] > UNKNOWN_DB:
                dl = (edges.said[m] - level) / loudness.path_db
                off += dl * dl
            places.gain[m] = edges.most[m] * np.exp(-0.5 * off)
    r, middle = places.root[i], places.middle[i]
    places.lean[i] = places.log_rate[i] + r[6] + 1.5 * LOG_2PI + 0.5 * _off2(east, north, t0, middle, r)
    places.by_class[i] = places.base[i]
    if loudness.used:
        d = (level - middle[3]) / r[7]
        places.lean[i] += 0.5 * LOG_2PI + 0.5 * d * d
        for k in range(3):
            dl = (level - loudness.class_db[k]) / loudness.source_db
            places.by_class[i, k] -= 0.5 * dl * dl + np.log(loudness.source_db) + 0.5 * LOG_2PI


@njit(cache=True, nogil=True, fastmath=True)
def anywhere(i: Any, places: Places, die: np.ndarray, four: np.ndarray) -> None:
    """Draw a place, time and level of candidate i from what its fit left open; four (4,) is overwritten."""
    r, middle = places.root[i], places.middle[i]
    normals(die, four)
    a, b, c = four[0], four[1], four[2]
    places.now[i, 0] = middle[0] + r[0] * a
    places.now[i, 1] = middle[1] + r[1] * a + r[2] * b
    places.now[i, 2] = middle[2] + r[3] * a + r[4] * b + r[5] * c
    places.now[i, 3] = middle[3] + r[7] * four[3]


@njit(cache=True, nogil=True, fastmath=True)
def fitted(
    i: Any, class_: Any, places: Places, edges: Edges, pick: np.ndarray, times: np.ndarray, nodes: Nodes, air: Air,
    loudness: Loudness, told: np.ndarray, die: np.ndarray, four: np.ndarray,
) -> bool:  # fmt: skip
    """Draw place, time and level of an event that happened from the triggers it holds; False where they do not tell.

    pick  (entries,) edge that is held at each
    told  (9,) receives mean and covariance ee, en, nn, et, nt, tt of the draw; four (4,) is overwritten
    """
    now, middle = places.now[i], places.middle[i]
    a00, a01, a02, a11, a12, a22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    b0, b1, b2 = 0.0, 0.0, 0.0
    level, levels = 0.0, 0.0
    for n in range(edges.entry[i], edges.entry[i + 1]):
        m = pick[n]
        if m < 0:
            continue
        de, dn = nodes.east[edges.node[n]] - now[0], nodes.north[edges.node[n]] - now[1]
        r = np.sqrt(de * de + dn * dn) + 1e-3
        speed = air.speed + (air.wind_east * de + air.wind_north * dn) / r
        left = times[edges.trig[m]] - now[2] - r / speed
        e, f, w = -de / r / speed, -dn / r / speed, edges.tight[n]
        a00 += w * e * e
        a01 += w * e * f
        a02 += w * e
        a11 += w * f * f
        a12 += w * f
        a22 += w
        b0 += w * e * left
        b1 += w * f * left
        b2 += w * left
        if edges.said[m] > UNKNOWN_DB:
            level += edges.said[m]
            levels += 1.0
    c00, c01, c02 = a11 * a22 - a12 * a12, a02 * a12 - a01 * a22, a01 * a12 - a02 * a11
    c11, c12, c22 = a00 * a22 - a02 * a02, a01 * a02 - a00 * a12, a00 * a11 - a01 * a01
    det = a00 * c00 + a01 * c01 + a02 * c02
    if not det > 1e-6 * a00 * a11 * a22:
        return False
    east = now[0] + (c00 * b0 + c01 * b1 + c02 * b2) / det
    north = now[1] + (c01 * b0 + c11 * b1 + c12 * b2) / det
    t0 = now[2] + (c02 * b0 + c12 * b1 + c22 * b2) / det
    if _off2(east, north, t0, middle, places.root[i]) > FARTHEST * FARTHEST:  # that would be another candidate's event
        return False
    told[0], told[1], told[2] = east, north, t0
    told[3], told[4], told[5] = c00 / det, c01 / det, c11 / det
    told[6], told[7], told[8] = c02 / det, c12 / det, c22 / det
    r0 = np.sqrt(told[3])
    r1 = told[4] / r0
    r2 = np.sqrt(max(told[5] - r1 * r1, 0.0))
    r3 = told[6] / r0
    r4 = (told[7] - r1 * r3) / max(r2, 1e-9)
    r5 = np.sqrt(max(told[8] - r3 * r3 - r4 * r4, 0.0))
    normals(die, four)
    a, b, c = four[0], four[1], four[2]
    now[0], now[1], now[2] = east + r0 * a, north + r1 * a + r2 * b, t0 + r3 * a + r4 * b + r5 * c
    if loudness.used:
        sure = levels / loudness.path_db**2 + 1 / loudness.source_db**2
        mean = (level / loudness.path_db**2 + loudness.class_db[class_] / loudness.source_db**2) / sure
        now[3] = mean + four[3] / np.sqrt(sure)
    return True
