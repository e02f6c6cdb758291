"""Which candidates happened: a sampler over what explains which trigger, and its marginal probabilities."""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.acoustic.draws import cast, mixed, uniform
from trucewatch.locate.acoustic.edges import Edges
from trucewatch.locate.acoustic.fit import CEE, CTT, Loudness
from trucewatch.locate.acoustic.model import Air, Nodes, Triggers
from trucewatch.locate.acoustic.places import anywhere, fitted, places_of, put

__all__ = ["Sampled", "sample"]

LITTLE = 0.01  # chance that a candidate must have had once before it is counted, to be tried in every sweep
SELDOM = 4  # sweeps in which the others are tried once


class Sampled(NamedTuple):
    """Marginals of the sampler.

    p          (k,) probability of each candidate: mean of its chances given all others
    on_share   (k,) share of the counted sweeps in which it happened
    edge       (edges,) share of them in which it held this trigger
    explained  (n,) share of them in which somebody held the trigger
    loud       (k, 3) shares of the loudness classes where it happened
    spread     (k, 6) covariance of its place and time where it happened: ee, en, nn, et, nt, tt
    """

    p: np.ndarray
    on_share: np.ndarray
    edge: np.ndarray
    explained: np.ndarray
    loud: np.ndarray
    spread: np.ndarray


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
    holder: np.ndarray, pick: np.ndarray, log_class: np.ndarray, die: np.ndarray,
) -> int:  # fmt: skip
    """Draw the loudness class and the triggers of candidate i, and let it hold them; return the class."""
    top = max(log_class[0], log_class[1], log_class[2])
    w0, w1, w2 = np.exp(log_class[0] - top), np.exp(log_class[1] - top), np.exp(log_class[2] - top)
    u = uniform(die) * (w0 + w1 + w2)
    c = 0 if u < w0 else (1 if u < w0 + w1 else 2)
    for n in range(entry[i], entry[i + 1]):
        total = 1.0
        for m in range(ptr[n], ptr[n + 1]):
            if holder[trig[m]] < 0:
                total += odds[n, c] * gain[m]
        pick[n] = -1
        if total == 1.0:
            continue
        u = uniform(die) * total - 1.0
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
    trig: Any, head: int, following: np.ndarray, owner: np.ndarray, of: np.ndarray, odds: np.ndarray, gain: np.ndarray,
    cls: np.ndarray, holder: np.ndarray, pick: np.ndarray, die: np.ndarray,
) -> None:  # fmt: skip
    """Draw anew which of the events that happened, if any, holds a trigger that several could hold.

    head, following  first edge of the trigger whose event happened, and for each edge the next of them
    """
    total, now, rivals = 1.0, -1, 0
    m = head
    while m >= 0:
        n = of[m]
        if pick[n] < 0 or pick[n] == m:
            total += odds[n, cls[owner[m]]] * gain[m]
            rivals += 1
            if pick[n] == m:
                now = m
        m = following[m]
    if rivals < 2:  # each event draws its own triggers anew already
        return
    u = uniform(die) * total - 1.0
    chosen, m = -1, head
    while m >= 0 and u > 0:
        n = of[m]
        if pick[n] < 0 or pick[n] == m:
            u -= odds[n, cls[owner[m]]] * gain[m]
            if u <= 0:
                chosen = m
        m = following[m]
    if chosen == now:
        return
    if now >= 0:
        pick[of[now]] = -1
        holder[trig] = -1
    if chosen >= 0:
        pick[of[chosen]] = chosen
        holder[trig] = owner[chosen]


@njit(cache=True, nogil=True, fastmath=True)
def _settle_contests(
    entry: np.ndarray, ptr: np.ndarray, trig: np.ndarray, owner: np.ndarray, of: np.ndarray, odds: np.ndarray,
    gain: np.ndarray, on: np.ndarray, cls: np.ndarray, holder: np.ndarray, pick: np.ndarray, head: np.ndarray,
    following: np.ndarray, wanted: np.ndarray, called: np.ndarray, turn: int, die: np.ndarray,
) -> None:  # fmt: skip
    """Pass on every trigger that several events which happened could hold; head is -1 throughout, and is left so."""
    count = 0
    for i in range(len(on)):
        if not on[i]:
            continue
        for m in range(ptr[entry[i]], ptr[entry[i + 1]]):
            t = trig[m]
            if head[t] < 0:
                wanted[count] = t
                count += 1
            following[m] = head[t]
            head[t] = m
    for t in wanted[:count]:
        if following[head[t]] >= 0:
            cast(die, called[t], turn)
            _pass_on(t, head[t], following, owner, of, odds, gain, cls, holder, pick, die)
        head[t] = -1


@njit(cache=True, nogil=True)
def _by_trigger(edges: Edges, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of each trigger: (n+1,) pointers and (edges,) edge numbers."""
    ptr = np.zeros(n + 1, np.int64)
    for k in edges.trig:
        ptr[k + 1] += 1
    for k in range(n):
        ptr[k + 1] += ptr[k]
    fill = ptr[:-1].copy()
    rows = np.empty(len(edges.trig), np.int32)
    for m in range(len(edges.trig)):
        rows[fill[edges.trig[m]]] = m
        fill[edges.trig[m]] += 1
    return ptr, rows


@njit(cache=True, nogil=True)
def _names(edges: Edges, called: np.ndarray, seed: int) -> np.ndarray:
    """Return what the candidates (k,) draw by: the first trigger that each may explain, and how many before it name the
    same. So no draw depends on what happens elsewhere, or on where the record is cut."""
    names, before = np.zeros(len(edges.entry) - 1, np.uint64), np.zeros(len(called), np.uint64)
    for i in range(len(names)):
        first = edges.entry[i]
        if first < edges.entry[i + 1]:
            t = edges.trig[edges.ptr[first]]
            names[i] = mixed(called[t] ^ mixed(np.uint64(seed) + before[t]))
            before[t] += np.uint64(1)
    return names


@njit(cache=True, nogil=True)
def _note(draw: np.ndarray, middle: np.ndarray, sums: np.ndarray) -> None:
    """Add mean and covariance (9,) of a draw to the sums (9,) of first and second moments around the middle."""
    e, n, t = draw[0] - middle[0], draw[1] - middle[1], draw[2] - middle[2]
    sums[0] += e
    sums[1] += n
    sums[2] += t
    sums[3] += draw[3] + e * e
    sums[4] += draw[4] + e * n
    sums[5] += draw[5] + n * n
    sums[6] += draw[6] + e * t
    sums[7] += draw[7] + n * t
    sums[8] += draw[8] + t * t


@njit(cache=True, nogil=True)
def _spread(sums: np.ndarray, times: np.ndarray, table: np.ndarray) -> np.ndarray:
    """Return covariances (k, 6) from sums (k, 9) over so many times (k,); those of the fit where it never happened."""
    mean = sums / np.maximum(times, 1.0).reshape(-1, 1)
    out = table[:, CEE : CTT + 1].copy()
    for i in np.flatnonzero(times > 0):
        for c, (a, b) in enumerate(((0, 0), (0, 1), (1, 1), (0, 2), (1, 2), (2, 2))):
            out[i, c] = mean[i, 3 + c] - mean[i, a] * mean[i, b]
    return out


@njit(cache=True, nogil=True, fastmath=True)
def sample(  # noqa: PLR0912, PLR0915 - one compiled loop
    table: np.ndarray, log_rate: np.ndarray, start: np.ndarray, edges: Edges, heard: Triggers, nodes: Nodes, air: Air,
    loudness: Loudness, sweeps: int, burn: int, seed: int,
) -> Sampled:  # fmt: skip
    """Return marginals of a sampler over candidates (k, 12), their place, loudness and the triggers that they hold.

    log_rate  (k,) log of the rate of events at the candidate, 1/(m² s)
    start     (k,) order in which candidates are tried first, best first
    sweeps, burn   sweeps in all, and those not counted

    Given what the others hold, a candidate's own triggers are summed out exactly: its nodes are independent.
    """
    k, triggers, times = len(table), len(heard.t), heard.t
    holder = np.full(triggers, -1, np.int32)
    pick = np.full(len(edges.ptr) - 1, -1, np.int32)
    on, cls = np.zeros(k, np.bool_), np.zeros(k, np.int64)
    by_ptr, by_rows = _by_trigger(edges, triggers)
    head, wanted = np.full(triggers, -1, np.int32), np.zeros(triggers, np.int32)
    following = np.zeros(len(edges.trig), np.int32)
    entry, odds, ptr, trig, owner, of = edges.entry, edges.odds, edges.ptr, edges.trig, edges.owner, edges.of
    places = places_of(table, log_rate, edges, loudness)
    lean, by_class, gain = places.lean, places.by_class, places.gain
    for each in range(k):
        put(each, places, edges, times, nodes, air, loudness)
    log_class, other, four, die = np.zeros(3), np.zeros(3), np.zeros(4), np.zeros(1, np.uint64)
    name = _names(edges, heard.name, seed)
    for i in start:
        if _log_odds(i, lean, by_class, entry, odds, ptr, trig, gain, holder, log_class) > 0:
            cast(die, name[i], -1)
            cls[i] = _take(i, entry, odds, ptr, trig, gain, holder, pick, log_class, die)
            on[i] = True
    p, visits, times_on, explained = np.zeros(k), np.zeros(k), np.zeros(k), np.zeros(triggers)
    edge_p, loud, sums, draw = np.zeros(len(trig)), np.zeros((k, 3)), np.zeros((k, 9)), np.zeros(9)
    there, back, hopeful = np.arange(k), np.arange(k)[::-1], np.zeros(k)
    for sweep in range(sweeps):
        order = there if sweep % 2 == 0 else back
        # which candidates are tried seldom is fixed before counting begins, so that the marginals stay right
        seldom = sweep >= burn and sweep % SELDOM != 0
        for i in order:
            if seldom and hopeful[i] < LITTLE:
                continue
            cast(die, name[i], 3 * sweep)
            if on[i]:
                _release(i, entry, trig, holder, pick)
            elif hopeful[i] >= LITTLE:  # the others stay where they were fitted
                anywhere(i, places, die, four)
                put(i, places, edges, times, nodes, air, loudness)
            favour = _log_odds(i, lean, by_class, entry, odds, ptr, trig, gain, holder, log_class)
            chance = 1 / (1 + np.exp(-favour))
            on[i] = uniform(die) < chance
            if sweep < burn:
                hopeful[i] = max(hopeful[i], chance)
            else:
                p[i] += chance
                visits[i] += 1
            if on[i]:
                cls[i] = _take(i, entry, odds, ptr, trig, gain, holder, pick, log_class, die)
        # an event gives way to another that wants one of its triggers
        for i in order:
            if not on[i] or entry[i] == entry[i + 1]:
                continue
            cast(die, name[i], 3 * sweep + 1)
            n = entry[i] + int(uniform(die) * (entry[i + 1] - entry[i]))
            if pick[n] < 0:
                continue
            t = trig[pick[n]]
            f = int(owner[by_rows[by_ptr[t] + int(uniform(die) * (by_ptr[t + 1] - by_ptr[t]))]])
            if on[f]:
                continue
            _release(i, entry, trig, holder, pick)
            mine = _log_odds(i, lean, by_class, entry, odds, ptr, trig, gain, holder, log_class)
            theirs = _log_odds(f, lean, by_class, entry, odds, ptr, trig, gain, holder, other)
            if uniform(die) < 1 / (1 + np.exp(mine - theirs)):
                on[i], on[f] = False, True
                cls[f] = _take(f, entry, odds, ptr, trig, gain, holder, pick, other, die)
            else:
                cls[i] = _take(i, entry, odds, ptr, trig, gain, holder, pick, log_class, die)
        _settle_contests(entry, ptr, trig, owner, of, odds, gain, on, cls, holder, pick, head, following, wanted,
                         heard.name, 3 * sweep + 2, die)  # fmt: skip
        for i in range(k):
            if not on[i]:
                continue
            cast(die, name[i], 3 * sweep + 2)
            if fitted(i, cls[i], places, edges, pick, times, nodes, air, loudness, draw, die, four):
                put(i, places, edges, times, nodes, air, loudness)
            else:
                draw[:3], draw[3:] = places.now[i, :3], table[i, CEE : CTT + 1]
            if sweep < burn:
                continue
            _note(draw, places.middle[i], sums[i])
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
    return Sampled(p / np.maximum(visits, 1), times_on / counted, edge_p / counted, explained / counted, loud,
                   _spread(sums, times_on, table))  # fmt: skip
