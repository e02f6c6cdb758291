"""Candidates: each trigger tried as the nearest node of a shot, with two neighbours that fix place and time."""

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.model import RANGE_STEP_M, Air, Curves, Nodes, Triggers, first_at

__all__ = ["seeds", "sheet"]

PER_S = 20.0  # bins of a second
BEST = 4  # candidates kept of one trigger
DISTINCT_M = 200.0


@njit(cache=True, nogil=True, fastmath=True)
def solve_three(
    be: float, bn: float, bt: float, ce: float, cn: float, ct: float, air: Air, out: np.ndarray
) -> int:
    """Write up to two sources (east, north, lead s) into out (2, 3); return how many.

    Places and times of nodes b and c are relative to node a. In the frame that drifts with the wind the sound is a
    circle around its source, so that two linear equations and one square remain (Bancroft 1985, IEEE AES 21(1), p. 56).
    """
    c2 = air.speed * air.speed
    xb, yb = be - air.wind_east * bt, bn - air.wind_north * bt
    xc, yc = ce - air.wind_east * ct, cn - air.wind_north * ct
    det = xb * yc - yb * xc
    if abs(det) < 1e4:
        return 0
    hb = 0.5 * (xb * xb + yb * yb - c2 * bt * bt)
    hc = 0.5 * (xc * xc + yc * yc - c2 * ct * ct)
    p_e, p_n = (hb * yc - hc * yb) / det, (xb * hc - xc * hb) / det
    q_e, q_n = -c2 * (bt * yc - ct * yb) / det, -c2 * (xb * ct - xc * bt) / det
    qa = q_e * q_e + q_n * q_n - c2
    qb = p_e * q_e + p_n * q_n
    qc = p_e * p_e + p_n * p_n
    root = qb * qb - qa * qc
    if root < 0:
        if root < -0.02 * qb * qb:
            return 0
        root = 0.0
    root = np.sqrt(root)
    found = 0
    for sign in (-1.0, 1.0):
        if abs(qa) > 1e-6 * c2:
            lead = (-qb + sign * root) / qa
        else:
            lead = -qc / (2 * qb) if sign > 0 and qb != 0 else -1.0
        if lead >= 0:
            # back from the drifting frame, in which the source stood at the moment of the shot
            out[found, 0] = p_e + q_e * lead - air.wind_east * lead
            out[found, 1] = p_n + q_n * lead - air.wind_north * lead
            out[found, 2] = lead
            found += 1
    return found


@njit(cache=True, nogil=True, fastmath=True)
def sheet(
    trig: Triggers, weight: np.ndarray, nodes: int, begin: float, end: float, sigma_s: float
) -> np.ndarray:  # fmt: skip
    """Return for every node and bin of time (nodes, bins) how much likelier an arrival due there is than chance."""
    bins = int((end - begin) * PER_S) + 2
    out = np.zeros((nodes, bins), np.float32)
    wide = int(3 * sigma_s * PER_S) + 1
    for k in range(len(trig.t)):
        middle = int((trig.t[k] - begin) * PER_S)
        for b in range(max(middle - wide, 0), min(middle + wide + 1, bins)):
            dt = ((b + 0.5) / PER_S + begin - trig.t[k]) / sigma_s
            value = np.float32(weight[k] * np.exp(-0.5 * dt * dt) * 0.3989 / sigma_s)
            out[trig.node[k], b] = max(out[trig.node[k], b], value)
    return out


@njit(cache=True, nogil=True, fastmath=True)
def quick_score(
    east: float, north: float, t0: float, a: int, b: int, c: int, look: int, giving_up: float,
    nodes: Nodes, page: np.ndarray, begin: float, air: Air, curve: Curves,
) -> float:  # fmt: skip
    """Return how much likelier a source is than chance over the nodes around a, by the best loudness class; 0 where it
    gives up early. Nodes a, b and c are not counted: they were used up for the place and the time."""
    quiet, middle, loud = 1.0, 1.0, 1.0
    start = nodes.near_ptr[a]
    for row in range(start + 1, min(start + 1 + look, nodes.near_ptr[a + 1])):
        j = nodes.near[row]
        if j == b or j == c:  # noqa: PLR1714 - compiled
            continue
        de, dn = nodes.east[j] - east, nodes.north[j] - north
        r = np.sqrt(de * de + dn * dn) + 1e-3
        along = (air.wind_east * de + air.wind_north * dn) / r
        bin_ = int(r * (1 - curve.range_per_wind * along) * (1 / RANGE_STEP_M))
        if bin_ >= len(curve.heard):
            continue
        due = int((t0 + r / (air.speed + along) - begin) * PER_S)
        ratio = page[j, due] - 1.0 if 0 <= due < page.shape[1] else -1.0
        quiet *= 1 + curve.heard[bin_, 0] * ratio
        middle *= 1 + curve.heard[bin_, 1] * ratio
        loud *= 1 + curve.heard[bin_, 2] * ratio
        if quiet < giving_up and middle < giving_up and loud < giving_up:
            return 0.0
    return max(quiet, middle, loud)


@njit(cache=True, nogil=True, fastmath=True)
def seeds(
    rows: np.ndarray, others: int, look: int, least: float, nodes: Nodes, trig: Triggers,
    free: np.ndarray, least_free: float, page: np.ndarray, begin: float, giving_up: float, air: Air, curve: Curves, most: int,
) -> np.ndarray:  # fmt: skip
    """Return candidates (k, 4): east m, north m, origin time s, quick score.

    rows        triggers to be tried as the nearest one
    others      number of neighbours from which the second and third arrival may come
    look        number of neighbours on which a candidate is tested
    least       least score
    free        (n,) probability that a trigger is explained by nothing else; below least_free it founds nothing
    page, begin what `sheet` returned, and the time s of its first bin
    giving_up   ratio below which a candidate is not pursued
    most        triples tried for one trigger
    """
    found = np.empty((len(rows) * BEST, 4))
    n = 0
    roots = np.empty((2, 3))
    best = np.empty((BEST, 4))
    for i in rows:
        if free[i] < least_free:
            continue
        a, ta = trig.node[i], trig.t[i]
        start, end = nodes.near_ptr[a], nodes.near_ptr[a + 1]
        ring = min(others, end - start - 1)
        if ring < 2:
            continue
        limit = 1.5 * nodes.near_m[start + min(4, end - start - 1)]
        best[:, 3] = 0.0
        tried = 0
        for rb in range(start + 1, start + 1 + ring):
            b = nodes.near[rb]
            be, bn = nodes.east[b] - nodes.east[a], nodes.north[b] - nodes.north[a]
            span_b = nodes.near_m[rb] / (air.speed - 8.0) + 0.1
            kb = first_at(trig, b, ta - 0.05)
            while kb < trig.ptr[b + 1] and trig.t[kb] - ta < span_b and tried < most:
                if free[kb] < least_free:
                    kb += 1
                    continue
                for rc in range(rb + 1, start + 1 + ring):
                    c = nodes.near[rc]
                    ce, cn = nodes.east[c] - nodes.east[a], nodes.north[c] - nodes.north[a]
                    span_c = nodes.near_m[rc] / (air.speed - 8.0) + 0.1
                    apart = np.hypot(ce - be, cn - bn) / (air.speed - 8.0) + 0.1
                    kc = first_at(trig, c, max(ta - 0.05, trig.t[kb] - apart))
                    while kc < trig.ptr[c + 1] and trig.t[kc] - ta < span_c and trig.t[kc] - trig.t[kb] < apart:
                        if free[kc] < least_free:
                            kc += 1
                            continue
                        tried += 1
                        for root in range(solve_three(be, bn, trig.t[kb] - ta, ce, cn, trig.t[kc] - ta, air, roots)):
                            if roots[root, 2] * air.speed > limit:
                                continue
                            east, north = nodes.east[a] + roots[root, 0], nodes.north[a] + roots[root, 1]
                            score = quick_score(
                                east, north, ta - roots[root, 2], a, b, c, look, giving_up, nodes, page, begin, air,
                                curve,
                            )  # fmt: skip
                            if score > least:
                                _keep(best, east, north, ta - roots[root, 2], score)
                        kc += 1
                kb += 1
        for s in range(BEST):
            if best[s, 3] > 0:
                found[n] = best[s]
                n += 1
    return found[:n].copy()


@njit(cache=True, nogil=True)
def _keep(best: np.ndarray, east: float, north: float, t0: float, score: float) -> None:
    """Put a candidate into the list of the best, or in place of a worse one nearby."""
    slot = -1
    for s in range(len(best)):
        if best[s, 3] > 0 and np.hypot(best[s, 0] - east, best[s, 1] - north) < DISTINCT_M:
            slot = s
            break
    if slot < 0:
        slot = np.argmin(best[:, 3])
    if score > best[slot, 3]:
        best[slot, 0], best[slot, 1], best[slot, 2], best[slot, 3] = east, north, t0, score
