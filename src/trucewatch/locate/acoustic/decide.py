"""Which candidates happened: a sampler over what explains which trigger, and its marginal probabilities."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.fit import EAST, LEVEL, NORTH, T0, Loudness
from trucewatch.locate.acoustic.model import RANGE_STEP_M, UNKNOWN_DB, Air, Curves, Nodes, Triggers, first_at

__all__ = ["Edges", "Sampled", "edges_of", "sample"]

LITTLE = 0.01  # chance that a candidate must have had once before it is counted, to be tried in every sweep
SELDOM = 4  # sweeps in which the others are tried once


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
    """Marginals of the sampler.

    p          (k,) probability of each candidate: mean of its chances given all others
    on_share   (k,) share of the counted sweeps in which it happened
    edge       (edges,) share of them in which it held this trigger
    explained  (n,) share of them in which somebody held the trigger
    loud       (k, 3) shares of the loudness classes where it happened
    """

    p: np.ndarray
    on_share: np.ndarray
    edge: np.ndarray
    explained: np.ndarray
    loud: np.ndarray


@njit(cache=True, nogil=True, fastmath=True)
def _log_odds(
    i: Any, prior: np.ndarray, base: np.ndarray, entry: np.ndarray, odds: np.ndarray, ptr: np.ndarray, trig: np.ndarray,
    gain: np.ndarray, holder: np.ndarray, log_class: np.ndarray,
) -> float:  # fmt: skip
    """Return the log odds that candidate i happened, given who holds which trigger; log_class is filled."""
    p0, p1, p2 = 1.0, 1.0, 1.0
    log_class[:] = base[i]
    for n in range(entry[i], entry[i + 1]):
        total = 0.0
        for m in range(ptr[n], ptr[n + 1]):
            if holder[trig[m]] < 0:
                total += gain[m]
        if total > 0:
            p0 *= 1 + odds[n, 0] * total
            p1 *= 1 + odds[n, 1] * total
            p2 *= 1 + odds[n, 2] * total
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
def _take(
    i: Any, entry: np.ndarray, odds: np.ndarray, ptr: np.ndarray, trig: np.ndarray, gain: np.ndarray,
    holder: np.ndarray, pick: np.ndarray, log_class: np.ndarray,
) -> int:  # fmt: skip
    """Draw the loudness class and the triggers of candidate i, and let it hold them; return the class."""
    top = max(log_class[0], log_class[1], log_class[2])
    w0, w1, w2 = np.exp(log_class[0] - top), np.exp(log_class[1] - top), np.exp(log_class[2] - top)
    u = np.random.random() * (w0 + w1 + w2)
    c = 0 if u < w0 else (1 if u < w0 + w1 else 2)
    for n in range(entry[i], entry[i + 1]):
        total = 1.0
        for m in range(ptr[n], ptr[n + 1]):
            if holder[trig[m]] < 0:
                total += odds[n, c] * gain[m]
        pick[n] = -1
        if total == 1.0:
            continue
        u = np.random.random() * total - 1.0
        if u < 0:
            continue
        for m in range(ptr[n], ptr[n + 1]):
            if holder[trig[m]] < 0:
                u -= odds[n, c] * gain[m]
                if u <= 0:
                    pick[n] = m
                    holder[trig[m]] = i
                    break
    return c


@njit(cache=True, nogil=True, fastmath=True)
def _release(i: Any, entry: np.ndarray, trig: np.ndarray, holder: np.ndarray, pick: np.ndarray) -> None:
    for n in range(entry[i], entry[i + 1]):
        if pick[n] >= 0:
            holder[trig[pick[n]]] = -1
            pick[n] = -1


@njit(cache=True, nogil=True, fastmath=True)
def _pass_on(  # arrays one by one: a tuple of arrays costs more than the draw
    trig: Any, rows: np.ndarray, first: int, end: int, owner: np.ndarray, of: np.ndarray, odds: np.ndarray,
    gain: np.ndarray, on: np.ndarray, cls: np.ndarray, holder: np.ndarray, pick: np.ndarray,
) -> None:  # fmt: skip
    """Draw anew which of the events that happened, if any, holds a trigger that several could hold."""
    total, now, rivals = 1.0, -1, 0
    for row in range(first, end):
        m = rows[row]
        i, n = owner[m], of[m]
        if on[i] and (pick[n] < 0 or pick[n] == m):
            total += odds[n, cls[i]] * gain[m]
            rivals += 1
            if pick[n] == m:
                now = m
    if rivals < 2:  # each event draws its own triggers anew already
        return
    u = np.random.random() * total - 1.0
    chosen = -1
    if u > 0:
        for row in range(first, end):
            m = rows[row]
            i, n = owner[m], of[m]
            if on[i] and (pick[n] < 0 or pick[n] == m):
                u -= odds[n, cls[i]] * gain[m]
                if u <= 0:
                    chosen = m
                    break
    if chosen == now:
        return
    if now >= 0:
        pick[of[now]] = -1
        holder[trig] = -1
    if chosen >= 0:
        pick[of[chosen]] = chosen
        holder[trig] = owner[chosen]


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
    prior: np.ndarray, start: np.ndarray, edges: Edges, triggers: int, sweeps: int, burn: int, seed: int
) -> Sampled:
    """Return marginals of a Gibbs sampler over candidates (k,), their loudness and the triggers that they hold.

    prior   (k,) log of the rate of events times the volume of the candidate's place and time
    start   (k,) order in which candidates are tried first, best first
    sweeps, burn   sweeps in all, and those not counted

    Given what the others hold, a candidate's own triggers are summed out exactly: its nodes are independent.
    """
    np.random.seed(seed)
    k = len(prior)
    holder = np.full(triggers, -1, np.int64)
    pick = np.full(len(edges.ptr) - 1, -1, np.int64)
    on, cls = np.zeros(k, np.bool_), np.zeros(k, np.int64)
    log_class = np.zeros(3)
    by_ptr, by_rows = _by_trigger(edges, triggers)
    contested = np.flatnonzero(np.diff(by_ptr) > 1)
    base, entry, odds, ptr = edges.base, edges.entry, edges.odds, edges.ptr
    trig, gain, owner, of = edges.trig, edges.gain, edges.owner, edges.of
    for i in start:
        if _log_odds(i, prior, base, entry, odds, ptr, trig, gain, holder, log_class) > 0:
            cls[i] = _take(i, entry, odds, ptr, trig, gain, holder, pick, log_class)
            on[i] = True
    p, visits, times_on, explained = np.zeros(k), np.zeros(k), np.zeros(k), np.zeros(triggers)
    edge_p = np.zeros(len(trig))
    loud = np.zeros((k, 3))
    order = np.arange(k)
    other = np.zeros(3)
    hopeful = np.zeros(k)
    for sweep in range(sweeps):
        np.random.shuffle(order)
        # which candidates are tried seldom is fixed before counting begins, so that the marginals stay right
        seldom = sweep >= burn and sweep % SELDOM != 0
        for i in order:
            if seldom and hopeful[i] < LITTLE:
                continue
            if on[i]:
                _release(i, entry, trig, holder, pick)
            favour = _log_odds(i, prior, base, entry, odds, ptr, trig, gain, holder, log_class)
            chance = 1 / (1 + np.exp(-favour))
            on[i] = np.random.random() < chance
            if sweep < burn:
                hopeful[i] = max(hopeful[i], chance)
            else:
                p[i] += chance
                visits[i] += 1
            if on[i]:
                cls[i] = _take(i, entry, odds, ptr, trig, gain, holder, pick, log_class)
        # an event gives way to another that wants one of its triggers
        for i in order:
            if not on[i]:
                continue
            n = entry[i] + np.random.randint(entry[i + 1] - entry[i])
            if pick[n] < 0:
                continue
            wanted = trig[pick[n]]
            f = owner[by_rows[by_ptr[wanted] + np.random.randint(by_ptr[wanted + 1] - by_ptr[wanted])]]
            if on[f]:
                continue
            _release(i, entry, trig, holder, pick)
            mine = _log_odds(i, prior, base, entry, odds, ptr, trig, gain, holder, log_class)
            theirs = _log_odds(f, prior, base, entry, odds, ptr, trig, gain, holder, other)
            if np.random.random() < 1 / (1 + np.exp(mine - theirs)):
                on[i], on[f] = False, True
                cls[f] = _take(f, entry, odds, ptr, trig, gain, holder, pick, other)
            else:
                cls[i] = _take(i, entry, odds, ptr, trig, gain, holder, pick, log_class)
        for t in contested:
            _pass_on(t, by_rows, by_ptr[t], by_ptr[t + 1], owner, of, odds, gain, on, cls, holder, pick)
        if sweep >= burn:
            for i in range(k):
                if on[i]:
                    times_on[i] += 1
                    loud[i, cls[i]] += 1
                    for n in range(entry[i], entry[i + 1]):
                        if pick[n] >= 0:
                            edge_p[pick[n]] += 1
                            explained[trig[pick[n]]] += 1
    counted = max(sweeps - burn, 1)
    for i in range(k):
        if times_on[i] > 0:
            loud[i] /= times_on[i]
    return Sampled(p / np.maximum(visits, 1), times_on / counted, edge_p / counted, explained / counted, loud)
