"""Which candidates happened: a sampler over what explains which trigger, and its marginal probabilities."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.fit import EAST, LEVEL, NORTH, T0, Loudness
from trucewatch.locate.acoustic.model import RANGE_STEP_M, UNKNOWN_DB, Air, Curves, Nodes, Triggers, first_at

__all__ = ["Edges", "Sampled", "edges_of", "sample"]


class Edges(NamedTuple):
    """What each candidate may explain.

    base   (k, 3) log likelihood of being heard nowhere, by loudness class
    entry  (k+1,) first node entry of each candidate
    odds   (entries, 3) odds of being heard there, by class
    ptr    (entries+1,) first edge of each entry
    trig   (edges,) trigger
    gain   (edges,) density of its time (and level) over that of what is not explained
    owner  (edges,) candidate; `of` (edges,) entry
    """

    base: np.ndarray
    entry: np.ndarray
    odds: np.ndarray
    ptr: np.ndarray
    trig: np.ndarray
    gain: np.ndarray
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
    room_n, room_e = 32 * k + 64, 40 * k + 64
    odds, entry_ptr = np.zeros((room_n, 3)), np.zeros(room_n + 1, np.int64)
    edge_t, gain = np.zeros(room_e, np.int64), np.zeros(room_e)
    owner, of = np.zeros(room_e, np.int64), np.zeros(room_e, np.int64)
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
            travel = r / (air.speed + along)
            spread = curve.scatter * travel
            var = curve.onset2 + nodes.var_s2[j] + spread * spread
            due = table[i, T0] + travel
            reach2 = 16.0 * var
            end = ptr[j + 1]
            row_t = first_at(
                times,
                guide,
                guide_ptr[j],
                ptr[j],
                ptr[j + 1],
                guide_t0[j],
                per_s[j],
                due - max(np.sqrt(reach2), curve.dead_s),
            )
            mask = 0.0
            first = m
            while row_t < end:
                dt = times[row_t] - due
                if dt > 0 and dt * dt > reach2:
                    break
                if -curve.dead_s < dt < 0:
                    mask = 1.0
                if dt * dt <= reach2:
                    w = weight[row_t] * np.exp(-0.5 * dt * dt / var) * 0.3989 / np.sqrt(var)
                    if loudness.used and trig.level_db[row_t] > UNKNOWN_DB:
                        dl = trig.level_db[row_t] + loudness.decay_db * np.log10(max(r, 50.0) * 1e-3) - table[i, LEVEL]
                        w *= np.exp(-0.5 * (dl / loudness.path_db) ** 2) * 0.3989 / loudness.path_db
                        w /= level_rate[row_t]
                    if w > least_gain:
                        if m >= len(edge_t):
                            grow = len(edge_t)
                            edge_t = np.concatenate((edge_t, np.zeros(grow, np.int64)))
                            gain = np.concatenate((gain, np.zeros(grow)))
                            owner = np.concatenate((owner, np.zeros(grow, np.int64)))
                            of = np.concatenate((of, np.zeros(grow, np.int64)))
                        edge_t[m], gain[m], owner[m], of[m] = row_t, w, i, n
                        m += 1
                row_t += 1
            for c in range(3):
                base[i, c] += np.log(1 - curve.heard[bin_, c] * (1 - mask))
            if m > first:
                if n + 1 >= len(odds):
                    odds = np.concatenate((odds, np.zeros((len(odds), 3))))
                    entry_ptr = np.concatenate((entry_ptr, np.zeros(len(entry_ptr), np.int64)))
                for c in range(3):
                    odds[n, c] = curve.heard[bin_, c] / (1 - curve.heard[bin_, c] * (1 - mask))
                entry_ptr[n] = first
                n += 1
                entry_ptr[n] = m
        entry[i + 1] = n
        if loudness.used:
            for c in range(3):
                base[i, c] -= 0.5 * ((table[i, LEVEL] - loudness.class_db[c]) / loudness.source_db) ** 2 + np.log(
                    loudness.source_db * 2.5066
                )
    return Edges(base, entry, odds[:n].copy(), entry_ptr[: n + 1].copy(), edge_t[:m].copy(), gain[:m].copy(),
                 owner[:m].copy(), of[:m].copy())  # fmt: skip


class Sampled(NamedTuple):
    """Marginals: probability of each candidate (k,), of each edge (edges,), that a trigger is explained (n,), of the
    loudness classes (k, 3) where it happened, and the last state (k,)."""

    p: np.ndarray
    edge: np.ndarray
    explained: np.ndarray
    loud: np.ndarray
    on: np.ndarray


@njit(cache=True, nogil=True, fastmath=True)
def _log_odds(i: Any, prior: np.ndarray, edges: Edges, holder: np.ndarray, log_class: np.ndarray) -> float:
    """Return the log odds that candidate i happened, given who holds which trigger; log_class is filled."""
    p0, p1, p2 = 1.0, 1.0, 1.0
    log_class[:] = edges.base[i]
    for n in range(edges.entry[i], edges.entry[i + 1]):
        total = 0.0
        for m in range(edges.ptr[n], edges.ptr[n + 1]):
            if holder[edges.trig[m]] < 0:
                total += edges.gain[m]
        if total > 0:
            p0 *= 1 + edges.odds[n, 0] * total
            p1 *= 1 + edges.odds[n, 1] * total
            p2 *= 1 + edges.odds[n, 2] * total
            if p0 > 1e100 or p1 > 1e100 or p2 > 1e100:
                log_class[0] += np.log(p0)
                log_class[1] += np.log(p1)
                log_class[2] += np.log(p2)
                p0, p1, p2 = 1.0, 1.0, 1.0
    log_class[0] += np.log(p0)
    log_class[1] += np.log(p1)
    log_class[2] += np.log(p2)
    top = max(log_class[0], log_class[1], log_class[2])
    total = np.exp(log_class[0] - top) + np.exp(log_class[1] - top) + np.exp(log_class[2] - top)
    return float(prior[i] + top + np.log(total / 3))


@njit(cache=True, nogil=True, fastmath=True)
def _take(i: Any, edges: Edges, holder: np.ndarray, pick: np.ndarray, log_class: np.ndarray) -> int:
    """Draw the loudness class and the triggers of candidate i, and let it hold them; return the class."""
    top = max(log_class[0], log_class[1], log_class[2])
    w0, w1, w2 = np.exp(log_class[0] - top), np.exp(log_class[1] - top), np.exp(log_class[2] - top)
    u = np.random.random() * (w0 + w1 + w2)
    c = 0 if u < w0 else (1 if u < w0 + w1 else 2)
    for n in range(edges.entry[i], edges.entry[i + 1]):
        total = 1.0
        for m in range(edges.ptr[n], edges.ptr[n + 1]):
            if holder[edges.trig[m]] < 0:
                total += edges.odds[n, c] * edges.gain[m]
        pick[n] = -1
        if total == 1.0:
            continue
        u = np.random.random() * total - 1.0
        if u < 0:
            continue
        for m in range(edges.ptr[n], edges.ptr[n + 1]):
            if holder[edges.trig[m]] < 0:
                u -= edges.odds[n, c] * edges.gain[m]
                if u <= 0:
                    pick[n] = m
                    holder[edges.trig[m]] = i
                    break
    return c


@njit(cache=True, nogil=True, fastmath=True)
def _release(i: Any, edges: Edges, holder: np.ndarray, pick: np.ndarray) -> None:
    for n in range(edges.entry[i], edges.entry[i + 1]):
        if pick[n] >= 0:
            holder[edges.trig[pick[n]]] = -1
            pick[n] = -1


@njit(cache=True, nogil=True, fastmath=True)
def _pass_on(
    trig: int, rows: np.ndarray, edges: Edges, on: np.ndarray, cls: np.ndarray, holder: np.ndarray, pick: np.ndarray
) -> None:  # fmt: skip
    """Draw anew which of the events that happened, if any, holds a trigger."""
    total, now = 1.0, -1
    for m in rows:
        i, n = edges.owner[m], edges.of[m]
        if on[i] and (pick[n] < 0 or pick[n] == m):
            total += edges.odds[n, cls[i]] * edges.gain[m]
            if pick[n] == m:
                now = m
    u = np.random.random() * total - 1.0
    chosen = -1
    if u > 0:
        for m in rows:
            i, n = edges.owner[m], edges.of[m]
            if on[i] and (pick[n] < 0 or pick[n] == m):
                u -= edges.odds[n, cls[i]] * edges.gain[m]
                if u <= 0:
                    chosen = m
                    break
    if chosen == now:
        return
    if now >= 0:
        pick[edges.of[now]] = -1
        holder[trig] = -1
    if chosen >= 0:
        pick[edges.of[chosen]] = chosen
        holder[trig] = edges.owner[chosen]


@njit(cache=True, nogil=True)
def _by_trigger(edges: Edges, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of each trigger: (n+1,) pointers and (edges,) edge numbers."""
    ptr = np.zeros(n + 1, np.int64)
    for k in edges.trig:
        ptr[k + 1] += 1
    for k in range(n):
        ptr[k + 1] += ptr[k]
    fill = ptr[:-1].copy()
    rows = np.empty(len(edges.trig), np.int64)
    for m in range(len(edges.trig)):
        rows[fill[edges.trig[m]]] = m
        fill[edges.trig[m]] += 1
    return ptr, rows


@njit(cache=True, nogil=True, fastmath=True)
def sample(  # noqa: PLR0912, PLR0915 - one compiled loop
    prior: np.ndarray, start: np.ndarray, edges: Edges, triggers: int, sweeps: int, burn: int, swaps: int, seed: int
) -> Sampled:
    """Return marginals of a Gibbs sampler over candidates (k,), their loudness and the triggers that they hold.

    prior   (k,) log of the rate of events times the volume of the candidate's place and time
    start   (k,) order in which candidates are tried first, best first
    sweeps, burn, swaps   sweeps in all, those not counted, and exchanges tried for each event in each of them

    Given what the others hold, a candidate's own triggers are summed out exactly: its nodes are independent.
    """
    np.random.seed(seed)
    k = len(prior)
    holder = np.full(triggers, -1, np.int64)
    pick = np.full(len(edges.ptr) - 1, -1, np.int64)
    on, cls = np.zeros(k, np.bool_), np.zeros(k, np.int64)
    log_class = np.zeros(3)
    by_ptr, by_rows = _by_trigger(edges, triggers)
    for i in start:
        if _log_odds(i, prior, edges, holder, log_class) > 0:
            cls[i] = _take(i, edges, holder, pick, log_class)
            on[i] = True
    p, explained = np.zeros(k), np.zeros(triggers)
    edge_p = np.zeros(len(edges.trig))
    loud = np.zeros((k, 3))
    order = np.arange(k)
    other = np.zeros(3)
    for sweep in range(sweeps):
        np.random.shuffle(order)
        for i in order:
            if on[i]:
                _release(i, edges, holder, pick)
            odds = _log_odds(i, prior, edges, holder, log_class)
            on[i] = np.random.random() < 1 / (1 + np.exp(-odds))
            if on[i]:
                cls[i] = _take(i, edges, holder, pick, log_class)
        # an event gives way to another that wants one of its triggers
        for i in order:
            for _ in range(swaps):
                if not on[i]:
                    break
                n = edges.entry[i] + np.random.randint(edges.entry[i + 1] - edges.entry[i])
                if pick[n] < 0:
                    continue
                trig = edges.trig[pick[n]]
                f = edges.owner[by_rows[by_ptr[trig] + np.random.randint(by_ptr[trig + 1] - by_ptr[trig])]]
                if on[f]:
                    continue
                _release(i, edges, holder, pick)
                mine = _log_odds(i, prior, edges, holder, log_class)
                theirs = _log_odds(f, prior, edges, holder, other)
                if np.random.random() < 1 / (1 + np.exp(mine - theirs)):
                    on[i], on[f] = False, True
                    cls[f] = _take(f, edges, holder, pick, other)
                else:
                    cls[i] = _take(i, edges, holder, pick, log_class)
        for t in range(triggers):
            if by_ptr[t + 1] - by_ptr[t] > 1:
                _pass_on(t, by_rows[by_ptr[t] : by_ptr[t + 1]], edges, on, cls, holder, pick)
        if sweep >= burn:
            for i in range(k):
                if on[i]:
                    p[i] += 1
                    loud[i, cls[i]] += 1
                    for n in range(edges.entry[i], edges.entry[i + 1]):
                        if pick[n] >= 0:
                            edge_p[pick[n]] += 1
                            explained[edges.trig[pick[n]]] += 1
    counted = max(sweeps - burn, 1)
    for i in range(k):
        if p[i] > 0:
            loud[i] /= p[i]
    return Sampled(p / counted, edge_p / counted, explained / counted, loud, on)
