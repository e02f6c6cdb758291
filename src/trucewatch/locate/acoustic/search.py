"""Candidates: each trigger tried as the nearest node of a shot, with two neighbours that fix place and time."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.model import RANGE_STEP_M, Air, Curves, Nodes, Triggers, first_at

__all__ = ["Sheet", "apart", "seeds", "sheet"]

PER_S = 20.0  # bins of a second
MOST_ON_PAGE = 4_000_000
BEST = 4  # candidates kept of one trigger
DISTINCT_M = 200.0


@njit(cache=True, nogil=True, fastmath=True)
def solve_three(
    be: float, bn: float, bt: float, ce: float, cn: float, ct: float, speed: float, wind_e: float, wind_n: float
) -> tuple[int, float, float, float, float, float, float]:
    """Return how many sources there are, and east, north and lead s of the first and of the second.

    Places and times of nodes b and c are relative to node a. In the frame that drifts with the wind the sound is a
    circle around its source, so that two linear equations and one square remain (Bancroft 1985, IEEE AES 21(1), p. 56).
    """
    c2 = speed * speed
    xb, yb = be - wind_e * bt, bn - wind_n * bt
    xc, yc = ce - wind_e * ct, cn - wind_n * ct
    det = xb * yc - yb * xc
    if abs(det) < 1e4:
        return 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    hb = 0.5 * (xb * xb + yb * yb - c2 * bt * bt)
    hc = 0.5 * (xc * xc + yc * yc - c2 * ct * ct)
    p_e, p_n = (hb * yc - hc * yb) / det, (xb * hc - xc * hb) / det
    q_e, q_n = -c2 * (bt * yc - ct * yb) / det, -c2 * (xb * ct - xc * bt) / det
    qa = q_e * q_e + q_n * q_n - c2
    qb = p_e * q_e + p_n * q_n
    qc = p_e * p_e + p_n * p_n
    square = qb * qb - qa * qc
    if square < -0.02 * qb * qb or abs(qa) < 1e-6 * c2:
        return 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    root = np.sqrt(max(square, 0.0))
    one, two = (-qb - root) / qa, (-qb + root) / qa
    if one < 0:
        one, two = two, one
    if one < 0:
        return 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    # back from the drifting frame, in which the source stood at the moment of the shot
    e1, n1 = p_e + q_e * one - wind_e * one, p_n + q_n * one - wind_n * one
    if two < 0 or root == 0:
        return 1, e1, n1, one, 0.0, 0.0, 0.0
    return 2, e1, n1, one, p_e + q_e * two - wind_e * two, p_n + q_n * two - wind_n * two, two


class Sheet(NamedTuple):
    """How much likelier an arrival is than chance, by node and bin of time; no page where it would be mostly empty.

    page      (nodes, bins); begin s of the first bin; sigma_s of a prediction
    """

    page: np.ndarray
    begin: float
    sigma_s: float


def sheet(trig: Triggers, weight: np.ndarray, nodes: int, span_s: tuple[float, float], sigma_s: float) -> Sheet:
    """Return the sheet of a span of time; weight (n,) s is that of each trigger over the rate of chance."""
    bins = int((span_s[1] - span_s[0]) * PER_S) + 2
    page = np.zeros((nodes, bins if nodes * bins <= MOST_ON_PAGE else 0), np.float32)
    if page.size:
        _fill(page, trig, weight, span_s[0], sigma_s)
    return Sheet(page, span_s[0], sigma_s)


@njit(cache=True, nogil=True, fastmath=True)
def _fill(page: np.ndarray, trig: Triggers, weight: np.ndarray, begin: float, sigma_s: float) -> None:
    bins = page.shape[1]
    wide = int(3 * sigma_s * PER_S) + 1
    for k in range(len(trig.t)):
        middle = int((trig.t[k] - begin) * PER_S)
        for b in range(max(middle - wide, 0), min(middle + wide + 1, bins)):
            dt = ((b + 0.5) / PER_S + begin - trig.t[k]) / sigma_s
            value = np.float32(weight[k] * np.exp(-0.5 * dt * dt) * 0.3989 / sigma_s)
            page[trig.node[k], b] = max(page[trig.node[k], b], value)


@njit(cache=True, nogil=True, fastmath=True)
def quick_score(
    east: float, north: float, t0: float, b: int, c: int, look: int, giving_up: float,
    near: np.ndarray, first: int, last: int, node_e: np.ndarray, node_n: np.ndarray, page: np.ndarray, begin: float,
    sigma_s: float, times: np.ndarray, weight: np.ndarray, ptr: np.ndarray,
    speed: float, wind_e: float, wind_n: float, heard: np.ndarray, range_per_wind: float,
) -> float:  # fmt: skip
    """Return how much likelier a source is than chance over the nodes around a, by the best loudness class; 0 where it
    gives up early. Nodes b and c, and the first, are not counted: they were used up for the place and the time."""
    quiet, middle, loud = 1.0, 1.0, 1.0
    for row in range(first + 1, min(first + 1 + look, last)):
        j = near[row]
        if j == b or j == c:  # noqa: PLR1714, SIM109 - compiled
            continue
        de, dn = node_e[j] - east, node_n[j] - north
        r = np.sqrt(de * de + dn * dn) + 1e-3
        along = (wind_e * de + wind_n * dn) / r
        bin_ = int(r * (1 - range_per_wind * along) * (1 / RANGE_STEP_M))
        if bin_ >= len(heard):
            continue
        due = t0 + r / (speed + along)
        ratio = -1.0
        if page.shape[1] > 0:
            b_ = int((due - begin) * PER_S)
            if 0 <= b_ < page.shape[1]:
                ratio += page[j, b_]
        else:  # few triggers: read off themselves
            lo, hi = ptr[j], ptr[j + 1]
            while lo < hi:
                middle_ = (lo + hi) // 2
                if times[middle_] < due - 3 * sigma_s:
                    lo = middle_ + 1
                else:
                    hi = middle_
            if lo < ptr[j + 1] and times[lo] < due + 3 * sigma_s:
                dt = (times[lo] - due) / sigma_s
                ratio += weight[lo] * np.exp(-0.5 * dt * dt) * 0.3989 / sigma_s
        quiet *= 1 + heard[bin_, 0] * ratio
        middle *= 1 + heard[bin_, 1] * ratio
        loud *= 1 + heard[bin_, 2] * ratio
        if quiet < giving_up and middle < giving_up and loud < giving_up:
            return 0.0
    return max(quiet, middle, loud)


@njit(cache=True, nogil=True, fastmath=True)
def seeds(  # noqa: PLR0912 - one compiled loop
    rows: np.ndarray, others: int, look: int, least: float, nodes: Nodes, trig: Triggers, free: np.ndarray,
    least_free: float, weight: np.ndarray, sheet_: Sheet, giving_up: float, air: Air, curve: Curves, most: int,
) -> np.ndarray:  # fmt: skip
    """Return candidates (k, 4): east m, north m, origin time s, quick score.

    rows        triggers to be tried as the nearest one
    others      number of neighbours from which the second and third arrival may come
    look        number of neighbours on which a candidate is tested
    least       least score
    free        (n,) probability that a trigger is explained by nothing else; below least_free it founds nothing
    weight      (n,) `free` over the rate of what is not explained, s
    sheet_      what `sheet` returned
    giving_up   ratio below which a candidate is not pursued
    most        triples tried for one trigger
    """
    times, ptr, guide, guide_ptr = trig.t, trig.ptr, trig.guide, trig.guide_ptr
    guide_t0, per_s = trig.guide_t0, trig.guide_per_s
    found = np.empty((len(rows) * BEST, 4))
    n = 0
    near, node_e, node_n, heard = nodes.near, nodes.east, nodes.north, curve.heard
    page, begin = sheet_.page, sheet_.begin
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
            kb = first_at(times, guide, guide_ptr[b], ptr[b], ptr[b + 1], guide_t0[b], per_s[b], ta - 0.05)
            while kb < ptr[b + 1] and times[kb] - ta < span_b and tried < most:
                if free[kb] < least_free:
                    kb += 1
                    continue
                for rc in range(rb + 1, start + 1 + ring):
                    c = nodes.near[rc]
                    ce, cn = nodes.east[c] - nodes.east[a], nodes.north[c] - nodes.north[a]
                    span_c = nodes.near_m[rc] / (air.speed - 8.0) + 0.1
                    apart = np.hypot(ce - be, cn - bn) / (air.speed - 8.0) + 0.1
                    kc = first_at(
                        times,
                        guide,
                        guide_ptr[c],
                        ptr[c],
                        ptr[c + 1],
                        guide_t0[c],
                        per_s[c],
                        max(ta - 0.05, times[kb] - apart),
                    )
                    while kc < ptr[c + 1] and times[kc] - ta < span_c and times[kc] - times[kb] < apart:
                        if free[kc] < least_free:
                            kc += 1
                            continue
                        tried += 1
                        n_roots, e1, n1, lead1, e2, n2, lead2 = solve_three(
                            be, bn, times[kb] - ta, ce, cn, times[kc] - ta, air.speed, air.wind_east, air.wind_north
                        )
                        for root in range(n_roots):
                            lead = lead1 if root == 0 else lead2
                            if lead * air.speed > limit:
                                continue
                            east = node_e[a] + (e1 if root == 0 else e2)
                            north = node_n[a] + (n1 if root == 0 else n2)
                            score = quick_score(
                                east, north, ta - lead, b, c, look, giving_up, near, start, end, node_e, node_n, page,
                                begin, sheet_.sigma_s, times, weight, ptr, air.speed, air.wind_east, air.wind_north,
                                heard, curve.range_per_wind,
                            )  # fmt: skip
                            if score > least:
                                _keep(best, east, north, ta - lead, score)
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
        slot = int(np.argmin(best[:, 3]))
    if score > best[slot, 3]:
        best[slot, 0], best[slot, 1], best[slot, 2], best[slot, 3] = east, north, t0, score


@njit(cache=True, nogil=True)
def apart(found: np.ndarray, near_m: float, near_s: float) -> np.ndarray:
    """Return which candidates (k, 4), sorted by origin time, have no better one within both distances."""
    keep = np.ones(len(found), np.bool_)
    for i in range(len(found)):
        k = i + 1
        while k < len(found) and found[k, 2] - found[i, 2] < near_s:
            if np.hypot(found[k, 0] - found[i, 0], found[k, 1] - found[i, 1]) < near_m:
                keep[i if found[k, 3] > found[i, 3] else k] = False
            k += 1
    return keep
