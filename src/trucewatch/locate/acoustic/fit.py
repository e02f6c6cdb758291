"""Candidates drawn to the nearest likely place, time and loudness, and scored as a whole."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.model import RANGE_STEP_M, UNKNOWN_DB, Air, Curves, Nodes, Triggers, deaf, first_at

__all__ = ["EAST", "EXPECTED", "LEVEL", "NORTH", "SCORE", "T0", "Loudness", "distinct", "refine"]

# Columns of a table of candidates; between T0 and SCORE stands the covariance ee, en, nn, et, nt, tt.
EAST, NORTH, T0, CEE, CEN, CNN, CET, CNT, CTT, SCORE, EXPECTED, LEVEL = range(12)
COLUMNS = 12
LOG_2PI = float(np.log(2 * np.pi))
FIRST_NODES = 36  # that the first steps look at


class Loudness(NamedTuple):
    """The model of levels: used or not, loss for ten times the range, scatter of paths and sources, class levels dB."""

    used: bool
    decay_db: float
    path_db: float
    source_db: float
    class_db: np.ndarray


@njit(cache=True, nogil=True, fastmath=True)
def _nearest(nodes: Nodes, east: float, north: float, start: int) -> int:
    """Walk from a node to the one nearest to a place."""
    at = start
    best = (nodes.east[at] - east) ** 2 + (nodes.north[at] - north) ** 2
    while True:
        moved = False
        for row in range(nodes.near_ptr[at] + 1, min(nodes.near_ptr[at] + 13, nodes.near_ptr[at + 1])):
            j = nodes.near[row]
            d = (nodes.east[j] - east) ** 2 + (nodes.north[j] - north) ** 2
            if d < best:
                best, nxt, moved = d, j, True
        if not moved:
            return at
        at = nxt


@njit(cache=True, nogil=True, fastmath=True)
def refine(  # noqa: PLR0912, PLR0915 - one compiled loop
    start: np.ndarray, node: np.ndarray, rounds: int, extra_s: float, reach_m: float, nodes: Nodes, trig: Triggers,
    weight: np.ndarray, level_rate: np.ndarray, loudness: Loudness, air: Air, curve: Curves, least: np.ndarray,
) -> np.ndarray:  # fmt: skip
    """Return the candidates (k, 12) after `rounds` weighted least-squares steps from start (k, 3+).

    node        (k,) a node near each
    extra_s     error of the first prediction; shrinks to nothing in the last round
    reach_m     nodes farther away are not looked at
    weight      (n,) probability that a trigger is free, over the rate of what is not explained, s
    level_rate  (n,) density of the trigger's level among what is not explained, 1/dB
    least       (k,) score below which a candidate is given up half-way
    """
    times, ptr, guide, guide_ptr = trig.t, trig.ptr, trig.guide, trig.guide_ptr
    guide_t0, per_s = trig.guide_t0, trig.guide_per_s
    out = np.zeros((len(start), COLUMNS))
    near_ptr, near, near_m, node_e, node_n = nodes.near_ptr, nodes.near, nodes.near_m, nodes.east, nodes.north
    heard, var_s2 = curve.heard, nodes.var_s2
    most = 0
    for a in range(len(nodes.east)):
        most = max(most, nodes.near_ptr[a + 1] - nodes.near_ptr[a])
    g = np.zeros(most)
    off = np.zeros(most)
    row_e, row_n, inv = np.zeros(most), np.zeros(most), np.zeros(most)
    bins = np.zeros(most, np.int64)
    masked = np.zeros(most)
    heard_db, has_db = np.zeros(most), np.zeros(most)
    share = np.full(3, 1.0 / 3)
    for i in range(len(start)):
        east, north, t0 = start[i, 0], start[i, 1], start[i, 2]
        at = _nearest(nodes, east, north, node[i])
        share[:] = 1.0 / 3
        level, know_level, level_var = 0.0, False, 0.0
        good = True
        for step in range(rounds):
            left = (rounds - 1 - step) / max(rounds - 1, 1)
            extra2 = (extra_s * left) ** 2
            used = 0
            path2 = loudness.path_db**2 + level_var
            peak = 0.3989 / np.sqrt(path2)
            log_class = np.zeros(3)
            p0, p1, p2 = 1.0, 1.0, 1.0
            for row in range(near_ptr[at], near_ptr[at + 1]):
                j = near[row]
                if near_m[row] > reach_m or (left > 0.3 and row - near_ptr[at] > FIRST_NODES):
                    break
                de, dn = node_e[j] - east, node_n[j] - north
                square, drift = de * de + dn * dn + 1e-3, air.wind_east * de + air.wind_north * dn
                r = np.sqrt(square)
                bin_ = int((r - curve.range_per_wind * drift) * (1 / RANGE_STEP_M))
                if bin_ >= len(heard):
                    continue
                slow = 1 / (air.speed * r + drift)  # of the way, s/m²
                travel = square * slow
                spread = curve.scatter * travel
                var = curve.onset2 + var_s2[j] + spread * spread + extra2
                sigma = np.sqrt(var)
                due = t0 + travel
                reach = 3.464 * sigma
                end = ptr[j + 1]
                k = first_at(
                    times,
                    guide,
                    guide_ptr[j],
                    ptr[j],
                    ptr[j + 1],
                    guide_t0[j],
                    per_s[j],
                    due - max(reach, curve.dead_s + 2 * sigma),
                )
                ratio, residual, loud, told = 0.0, 0.0, 0.0, 0.0
                mask = 0.0
                while k < end:
                    dt = times[k] - due
                    if dt > reach:
                        break
                    mask += deaf(dt, curve.dead_s, sigma)
                    if dt >= -reach:
                        w = weight[k] * np.exp(-0.5 * dt * dt / var)
                        if loudness.used and trig.level_db[k] > UNKNOWN_DB:
                            said = trig.level_db[k] + loudness.decay_db * np.log10(max(r, 50.0) * 1e-3)
                            if know_level:
                                w *= np.exp(-0.5 * (said - level) ** 2 / path2) * peak / level_rate[k]
                            loud += w * said
                            told += w
                        ratio += w
                        residual += w * dt
                    k += 1
                ratio_n = ratio * 0.3989 / sigma
                mask = min(mask, 1.0)
                g[used] = ratio_n
                off[used] = residual / ratio if ratio > 0 else 0.0
                heard_db[used] = loud / told if told > 0 else 0.0
                has_db[used] = told / ratio if ratio > 0 else 0.0
                row_e[used], row_n[used] = -de * slow, -dn * slow
                inv[used] = 1 / var
                bins[used] = bin_
                masked[used] = mask
                used += 1
                p0 *= 1 + heard[bin_, 0] * (ratio_n - 1 + mask)
                p1 *= 1 + heard[bin_, 1] * (ratio_n - 1 + mask)
                p2 *= 1 + heard[bin_, 2] * (ratio_n - 1 + mask)
                if max(p0, p1, p2) > 1e80 or min(p0, p1, p2) < 1e-80:
                    log_class[0] += np.log(p0)
                    log_class[1] += np.log(p1)
                    log_class[2] += np.log(p2)
                    p0, p1, p2 = 1.0, 1.0, 1.0
            log_class[0] += np.log(p0)
            log_class[1] += np.log(p1)
            log_class[2] += np.log(p2)
            if loudness.used and know_level:
                for c in range(3):
                    dl = level - loudness.class_db[c]
                    log_class[c] -= 0.5 * dl * dl / loudness.source_db**2 + np.log(loudness.source_db * 2.5066)
            top = max(log_class[0], log_class[1], log_class[2])
            total = 0.0
            for c in range(3):
                share[c] = np.exp(log_class[c] - top)
                total += share[c]
            for c in range(3):
                share[c] /= total
            # normal equations of east, north and origin time
            a00, a01, a02, a11, a12, a22 = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
            b0, b1, b2, expected = 0.0, 0.0, 0.0, 0.0
            sum_level, sum_share = 0.0, 0.0
            for u in range(used):
                p = (share[0] * heard[bins[u], 0] + share[1] * heard[bins[u], 1]
                     + share[2] * heard[bins[u], 2])  # fmt: skip
                resp = p * g[u] / (1 - p * (1 - masked[u]) + p * g[u])
                w = resp * inv[u]
                e, n = row_e[u], row_n[u]
                a00 += w * e * e
                a01 += w * e * n
                a02 += w * e
                a11 += w * n * n
                a12 += w * n
                a22 += w
                b0 += w * e * off[u]
                b1 += w * n * off[u]
                b2 += w * off[u]
                expected += resp
                sum_level += resp * has_db[u] * heard_db[u]
                sum_share += resp * has_db[u]
            # explicit inverse of the symmetric 3 x 3
            c00, c01, c02 = a11 * a22 - a12 * a12, a02 * a12 - a01 * a22, a01 * a12 - a02 * a11
            det = a00 * c00 + a01 * c01 + a02 * c02
            if not det > 1e-12 * a00 * a11 * a22 or expected < 2.5:
                good = False
                break
            if step == rounds // 2 and top + np.log(total / 3) - 0.5 * np.log(det) + 1.5 * LOG_2PI < least[i]:
                good = False
                break
            c11, c12, c22 = a00 * a22 - a02 * a02, a01 * a02 - a00 * a12, a00 * a11 - a01 * a01
            if step < rounds - 1:
                se = (c00 * b0 + c01 * b1 + c02 * b2) / det
                sn = (c01 * b0 + c11 * b1 + c12 * b2) / det
                st = (c02 * b0 + c12 * b1 + c22 * b2) / det
                far = np.sqrt(se * se + sn * sn)
                scale = 1.0 if far < 400.0 else 400.0 / far
                east += scale * se
                north += scale * sn
                t0 += scale * st
            if loudness.used and sum_share > 0:
                prior = 0.0
                for c in range(3):
                    prior += share[c] * loudness.class_db[c]
                tight = sum_share / loudness.path_db**2
                level = (sum_level / loudness.path_db**2 + prior / (loudness.source_db**2)) / (
                    tight + 1 / loudness.source_db**2
                )
                level_var = 1 / (tight + 1 / loudness.source_db**2)
                know_level = True
            out[i, EXPECTED] = expected
        if not good:
            out[i, SCORE] = -np.inf
            continue
        out[i, EAST], out[i, NORTH], out[i, T0] = east, north, t0
        out[i, CEE], out[i, CEN], out[i, CNN] = c00 / det, c01 / det, c11 / det
        out[i, CET], out[i, CNT], out[i, CTT] = c02 / det, c12 / det, c22 / det
        out[i, LEVEL] = level
        score = top + np.log(total / 3) - 0.5 * np.log(det) + 1.5 * LOG_2PI
        if loudness.used:
            score += 0.5 * (LOG_2PI + np.log(level_var))
        out[i, SCORE] = score
    return out


@njit(cache=True, nogil=True)
def distinct(table: np.ndarray, near_m: float, near_s: float) -> np.ndarray:
    """Return which candidates (k,), sorted by origin time, have no better one within both distances."""
    keep = np.ones(len(table), np.bool_)
    for i in range(len(table)):
        for sign in (-1, 1):
            k = i + sign
            while 0 <= k < len(table) and abs(table[k, T0] - table[i, T0]) < near_s:
                better = table[k, SCORE] > table[i, SCORE] or (table[k, SCORE] == table[i, SCORE] and k < i)
                if better and np.hypot(table[k, EAST] - table[i, EAST], table[k, NORTH] - table[i, NORTH]) < near_m:
                    keep[i] = False
                    break
                k += sign
            if not keep[i]:
                break
    return keep
