"""What each candidate may explain: the triggers that arrive about when its sound is due, node by node."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.fit import CEE, CEN, CET, CNN, CNT, CTT, EAST, LEVEL, NORTH, T0, Loudness
from trucewatch.locate.acoustic.model import RANGE_STEP_M, UNKNOWN_DB, Air, Curves, Nodes, Triggers, deaf, first_at

__all__ = ["WIDE", "Edges", "edges_of"]

WIDE = 1.3  # variance of the places at which a candidate is tried, over that of its fit
MOST_MOVED_S2 = 0.09  # variance of arrivals that comes from them, at most


class Edges(NamedTuple):
    """What each candidate may explain.

    base   (k, 3) log likelihood of being heard nowhere, by loudness class
    entry  (k+1,) first node entry of each candidate
    node   (entries,) node; tight (entries,) 1/s², one over the variance of an arrival there
    odds   (entries, 3) odds of being heard there, by class
    ptr    (entries+1,) first edge of each entry
    trig   (edges,) trigger
    gain   (edges,) density of its time (and level) over that of what is not explained, at the candidate's own place
    most   (edges,) the same where time and level fit exactly
    said   (edges,) dB at 1 km that the trigger's level stands for; UNKNOWN_DB
    owner  (edges,) candidate; `of` (edges,) entry
    """

    base: np.ndarray
    entry: np.ndarray
    node: np.ndarray
    tight: np.ndarray
    odds: np.ndarray
    ptr: np.ndarray
    trig: np.ndarray
    gain: np.ndarray
    most: np.ndarray
    said: np.ndarray
    owner: np.ndarray
    of: np.ndarray


@njit(cache=True, nogil=True, fastmath=True)
def edges_of(  # noqa: PLR0912, PLR0915 - one compiled loop
    table: np.ndarray, node: np.ndarray, reach_m: float, nodes: Nodes, trig: Triggers, weight: np.ndarray,
    level_rate: np.ndarray, loudness: Loudness, air: Air, curve: Curves, least_gain: float,
) -> Edges:  # fmt: skip
    """Return the edges of the candidates (k, 12) in the order of the candidates."""
    times, ptr, guide, guide_ptr = trig.t, trig.ptr, trig.guide, trig.guide_ptr
    guide_t0, per_s = trig.guide_t0, trig.guide_per_s
    k = len(table)
    base = np.zeros((k, 3))
    entry = np.zeros(k + 1, np.int64)
    room_n, room_e = 32 * k + 64, 60 * k + 64
    odds, entry_ptr = np.zeros((room_n, 3), np.float32), np.zeros(room_n + 1, np.int32)
    at_node, tight = np.zeros(room_n, np.int32), np.zeros(room_n, np.float32)
    edge_t, owner, of = np.zeros(room_e, np.int32), np.zeros(room_e, np.int32), np.zeros(room_e, np.int32)
    value = np.zeros((room_e, 3), np.float32)
    n, m = 0, 0
    for i in range(k):
        at = node[i]
        near_m = np.sqrt((nodes.east[at] - table[i, EAST]) ** 2 + (nodes.north[at] - table[i, NORTH]) ** 2)
        for row in range(nodes.near_ptr[at], nodes.near_ptr[at + 1]):
            j = nodes.near[row]
            if nodes.near_m[row] > reach_m + near_m:
                break
            de, dn = nodes.east[j] - table[i, EAST], nodes.north[j] - table[i, NORTH]
            r = np.sqrt(de * de + dn * dn) + 1e-3
            along = (air.wind_east * de + air.wind_north * dn) / r
            bin_ = int(r * (1 - curve.range_per_wind * along) * (1 / RANGE_STEP_M))
            if bin_ >= len(curve.heard):
                continue
            speed = air.speed + along
            travel = r / speed
            spread = curve.scatter * travel
            var = curve.onset2 + nodes.var_s2[j] + spread * spread
            due = table[i, T0] + travel
            e_, n_ = -de / r / speed, -dn / r / speed
            moved = (e_ * e_ * table[i, CEE] + 2 * e_ * n_ * table[i, CEN] + n_ * n_ * table[i, CNN]
                     + 2 * e_ * table[i, CET] + 2 * n_ * table[i, CNT] + table[i, CTT])  # fmt: skip
            wide = var + min(WIDE * moved, MOST_MOVED_S2)
            reach2 = 16.0 * wide
            end = ptr[j + 1]
            row_t = first_at(
                times,
                guide,
                guide_ptr[j],
                ptr[j],
                ptr[j + 1],
                guide_t0[j],
                per_s[j],
                due - max(np.sqrt(reach2), curve.dead_s + 2 * np.sqrt(wide)),
            )
            mask = 0.0
            first = m
            while row_t < end:
                dt = times[row_t] - due
                if dt > 0 and dt * dt > reach2:
                    break
                mask += deaf(dt, curve.dead_s, np.sqrt(wide))
                if dt * dt <= reach2:
                    w = weight[row_t] * 0.3989 / np.sqrt(var)
                    said, fits = UNKNOWN_DB, 1.0
                    if loudness.used and trig.level_db[row_t] > UNKNOWN_DB:
                        said = trig.level_db[row_t] + loudness.decay_db * np.log10(max(r, 50.0) * 1e-3)
                        w *= 0.3989 / loudness.path_db / level_rate[row_t]
                        fits = np.exp(-0.5 * ((said - table[i, LEVEL]) / loudness.path_db) ** 2)
                    if w * fits * np.exp(-0.5 * dt * dt / wide) > least_gain:
                        if m >= len(edge_t):
                            grow = len(edge_t)
                            edge_t = np.concatenate((edge_t, np.zeros(grow, np.int32)))
                            owner = np.concatenate((owner, np.zeros(grow, np.int32)))
                            of = np.concatenate((of, np.zeros(grow, np.int32)))
                            value = np.concatenate((value, np.zeros((grow, 3), np.float32)))
                        edge_t[m], owner[m], of[m] = row_t, i, n
                        value[m, 0], value[m, 1], value[m, 2] = w * fits * np.exp(-0.5 * dt * dt / var), w, said
                        m += 1
                row_t += 1
            mask = min(mask, 1.0)
            for c in range(3):
                base[i, c] += np.log(1 - curve.heard[bin_, c] * (1 - mask))
            if m > first:
                if n + 1 >= len(odds):
                    odds = np.concatenate((odds, np.zeros((len(odds), 3), np.float32)))
                    entry_ptr = np.concatenate((entry_ptr, np.zeros(len(entry_ptr), np.int32)))
                    at_node = np.concatenate((at_node, np.zeros(len(at_node), np.int32)))
                    tight = np.concatenate((tight, np.zeros(len(tight), np.float32)))
                for c in range(3):
                    odds[n, c] = curve.heard[bin_, c] / (1 - curve.heard[bin_, c] * (1 - mask))
                at_node[n], tight[n] = j, 1 / var
                entry_ptr[n] = first
                n += 1
                entry_ptr[n] = m
        entry[i + 1] = n
    return Edges(base, entry, at_node[:n].copy(), tight[:n].copy(), odds[:n].copy(), entry_ptr[: n + 1].copy(),
                 edge_t[:m].copy(), value[:m, 0].copy(), value[:m, 1].copy(), value[:m, 2].copy(), owner[:m].copy(),
                 of[:m].copy())  # fmt: skip
