"""Candidates: each trigger tried as the nearest node of a shot, with two neighbours that fix place and time."""

from typing import Any, NamedTuple

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
def _solve_triples(
    i: Any, others: int, nodes: Nodes, trig: Triggers, free: np.ndarray, least_free: float, air: Air, most: int,
    tries: np.ndarray,
) -> int:  # fmt: skip
    """Fill tries (2 most, 5) with sources of which trigger i is the first arrival, and return how many there are.

    Each has east m, north m, origin time s, and the two other nodes from which it was solved.
    """
    times, ptr, guide, guide_ptr = trig.t, trig.ptr, trig.guide, trig.guide_ptr
    guide_t0, per_s = trig.guide_t0, trig.guide_per_s
    near, node_e, node_n = nodes.near, nodes.east, nodes.north
    a, ta = trig.node[i], times[i]
    start, end = nodes.near_ptr[a], nodes.near_ptr[a + 1]
    ring = min(others, end - start - 1)
    if ring < 2:
        return 0
    limit = 1.5 * nodes.near_m[start + min(4, end - start - 1)]
    tried, n = 0, 0
    for rb in range(start + 1, start + 1 + ring):
        b = near[rb]
        be, bn = node_e[b] - node_e[a], node_n[b] - node_n[a]
        span_b = nodes.near_m[rb] / (air.speed - 8.0) + 0.1
        kb = first_at(times, guide, guide_ptr[b], ptr[b], ptr[b + 1], guide_t0[b], per_s[b], ta - 0.05)
        while kb < ptr[b + 1] and times[kb] - ta < span_b:
            if free[kb] < least_free:
                kb += 1
                continue
            for rc in range(rb + 1, start + 1 + ring):
                c = near[rc]
                ce, cn = node_e[c] - node_e[a], node_n[c] - node_n[a]
                span_c = nodes.near_m[rc] / (air.speed - 8.0) + 0.1
                apart = np.hypot(ce - be, cn - bn) / (air.speed - 8.0) + 0.1
                from_s = max(ta - 0.05, times[kb] - apart)
                kc = first_at(times, guide, guide_ptr[c], ptr[c], ptr[c + 1], guide_t0[c], per_s[c], from_s)
                while kc < ptr[c + 1] and times[kc] - ta < span_c and times[kc] - times[kb] < apart:
                    if free[kc] < least_free:
                        kc += 1
                        continue
                    if tried == most:
                        return n
                    tried += 1
                    roots, e1, n1, lead1, e2, n2, lead2 = solve_three(
                        be, bn, times[kb] - ta, ce, cn, times[kc] - ta, air.speed, air.wind_east, air.wind_north
                    )
                    if roots > 0 and lead1 * air.speed <= limit:
                        tries[n, 0], tries[n, 1], tries[n, 2] = node_e[a] + e1, node_n[a] + n1, ta - lead1
                        tries[n, 3], tries[n, 4] = b, c
                        n += 1
                    if roots > 1 and lead2 * air.speed <= limit:
                        tries[n, 0], tries[n, 1], tries[n, 2] = node_e[a] + e2, node_n[a] + n2, ta - lead2
                        tries[n, 3], tries[n, 4] = b, c
                        n += 1
                    kc += 1
            kb += 1
    return n


@njit(cache=True, nogil=True, fastmath=True)
def _read(times: np.ndarray, weight: np.ndarray, lo: int, end: int, due: float, sigma_s: float) -> float:
    """Return how much likelier an arrival at `due` is than chance, by the first trigger of a node that fits."""
    hi = end
    while lo < hi:
        middle = (lo + hi) // 2
        if times[middle] < due - 3 * sigma_s:
            lo = middle + 1
        else:
            hi = middle
    if lo == end or times[lo] >= due + 3 * sigma_s:
        return 0.0
    dt = (times[lo] - due) / sigma_s
    return float(weight[lo] * np.exp(-0.5 * dt * dt) * 0.3989 / sigma_s)


@njit(cache=True, nogil=True, fastmath=True)
def _keep_the_best(
    a: Any, tries: np.ndarray, look: int, least: float, giving_up: float, nodes: Nodes, trig: Triggers,
    weight: np.ndarray, sheet_: Sheet, air: Air, curve: Curves, best: np.ndarray,
) -> None:  # fmt: skip
    """Put the likeliest of the tries into `best`: how much likelier than chance, by the best loudness class, over the
    nodes around a. Nodes from which place and time were solved are not counted: they were used up for that."""
    node_e, node_n, near, heard = nodes.east, nodes.north, nodes.near, curve.heard
    page, begin, stretch = sheet_.page, sheet_.begin, curve.range_per_wind
    first = nodes.near_ptr[a] + 1
    last = min(first + look, nodes.near_ptr[a + 1])
    rising = (least / giving_up) ** (1.0 / look)  # what is to be kept has to become likelier from node to node
    for n in range(len(tries)):
        east, north, t0 = tries[n, 0], tries[n, 1], tries[n, 2]
        b, c = int(tries[n, 3]), int(tries[n, 4])
        quiet, middle, loud, bar = 1.0, 1.0, 1.0, giving_up
        for row in range(first, last):
            j = near[row]
            if j == b or j == c:  # noqa: PLR1714, SIM109 - compiled
                continue
            de, dn = node_e[j] - east, node_n[j] - north
            square, drift = de * de + dn * dn + 1e-3, air.wind_east * de + air.wind_north * dn
            r = np.sqrt(square)
            bin_ = int((r - stretch * drift) * (1 / RANGE_STEP_M))
            if bin_ >= len(heard):
                continue
            due = t0 + square / (air.speed * r + drift)
            ratio = -1.0
            if page.shape[1] > 0:
                at = int((due - begin) * PER_S)
                if 0 <= at < page.shape[1]:
                    ratio += page[j, at]
            else:  # few triggers: read off themselves
                ratio += _read(trig.t, weight, trig.ptr[j], trig.ptr[j + 1], due, sheet_.sigma_s)
            quiet *= 1 + heard[bin_, 0] * ratio
            middle *= 1 + heard[bin_, 1] * ratio
            loud *= 1 + heard[bin_, 2] * ratio
            if quiet < bar and middle < bar and loud < bar:
                break
            bar *= rising
        score = max(quiet, middle, loud)
        if score > least:
            _keep(best, east, north, t0, score)


@njit(cache=True, nogil=True, fastmath=True)
def seeds(
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
    giving_up   score after the first neighbour below which a candidate is not pursued; rises to the least score
    most        triples tried for one trigger
    """
    found = np.empty((len(rows) * BEST, 4))
    n = 0
    best, tries = np.empty((BEST, 4)), np.empty((2 * most, 5))
    for i in rows:
        if free[i] < least_free:
            continue
        best[:, 3] = 0.0
        count = _solve_triples(i, others, nodes, trig, free, least_free, air, most, tries)
        _keep_the_best(trig.node[i], tries[:count], look, least, giving_up, nodes, trig, weight, sheet_, air, curve,
                       best)  # fmt: skip
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
