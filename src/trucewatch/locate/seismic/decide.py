"""Which of the hypotheses are events: each pick in at most one of them, the whole set decided together."""

import heapq
from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.seismic.fit import WIDE_ROUNDS, Scene, Settings, fit
from trucewatch.locate.seismic.grid import Grid
from trucewatch.locate.seismic.seeds import Seeds

__all__ = ["Found", "decide", "distinct", "joined", "no_events", "settle", "whole"]

SAME_S, SAME_M = 1.5, 7_000.0  # seeds closer than this are tried once, the best first


class Found(NamedTuple):
    """Events: state (n, 4) east, north, depth m and origin s; covariance (n, 4, 4); cell (n,); evidence (n,);
    chosen (n, near, 2) picks, -1 where none."""

    state: np.ndarray
    covariance: np.ndarray
    cell: np.ndarray
    evidence: np.ndarray
    chosen: np.ndarray


def no_events(cells: Grid) -> Found:
    """Return the empty set of events."""
    return Found(np.zeros((0, 4)), np.zeros((0, 4, 4)), np.zeros(0, np.int64), np.zeros(0),
                 np.zeros((0, cells.station.shape[1], 2), np.int64))  # fmt: skip


def joined(one: Found, other: Found) -> Found:
    """Return the events of both."""
    return Found(*(np.concatenate(pair) for pair in zip(one, other, strict=True)))


def whole(found: Found, within_s: float, within_m: float, least: float) -> Found:
    """Return the events without the splinters of others: so near a greater one in time and place that two picks of one
    arrival explain them better than two events do, unless their evidence reaches `least`."""
    order = np.argsort(found.state[:, 3])
    east, north, _, origin = found.state[order].T
    evidence = found.evidence[order]
    keep, step = np.ones(len(order), bool), 1
    while step < len(order) and np.any(origin[step:] - origin[:-step] < within_s):
        close = (origin[step:] - origin[:-step] < within_s) & (
            np.hypot(east[step:] - east[:-step], north[step:] - north[:-step]) < within_m
        )
        lesser = np.minimum(evidence[step:], evidence[:-step]) < least
        later = evidence[step:] < evidence[:-step]
        keep[step:] &= ~(close & lesser & later)
        keep[:-step] &= ~(close & lesser & ~later)
        step += 1
    return Found(*(a[order[keep]] for a in found))


@njit(cache=True, nogil=True)
def distinct(origin_s: np.ndarray, east_m: np.ndarray, north_m: np.ndarray, score: np.ndarray) -> np.ndarray:
    """Return the seeds (n,) that are the best of their surroundings, in order of time."""
    order = np.argsort(origin_s)
    keep = np.ones(len(order), np.bool_)
    for a in range(len(order)):
        i = order[a]
        b = a + 1
        while b < len(order) and origin_s[order[b]] - origin_s[i] < SAME_S:
            j = order[b]
            if (east_m[i] - east_m[j]) ** 2 + (north_m[i] - north_m[j]) ** 2 < SAME_M**2:
                if score[i] >= score[j]:
                    keep[j] = False
                else:
                    keep[i] = False
            b += 1
    return order[keep[order]]


def decide(view: Scene, rule: Settings, held: np.ndarray, starts: Seeds, states: np.ndarray) -> Found:
    """Return the events among the hypotheses; they take only what `held` leaves them.

    held     (picks,)   minus infinity where a pick is free, else what it is worth to the event that has it
    states   (n, 4)     where each hypothesis starts
    """
    pool = Found(states.copy(), np.zeros((len(states), 4, 4)), starts.cell.copy(), np.full(len(states), -np.inf),
                 np.full((len(states), view.near.shape[1], 2), -1, np.int64))  # fmt: skip
    accepted = _greedy(view, rule, np.where(held > -np.inf, np.inf, -np.inf), *pool)
    return Found(*(np.ascontiguousarray(a[accepted]) for a in pool))


def settle(view: Scene, rule: Settings, found: Found, rounds: int) -> tuple[Found, np.ndarray]:
    """Let every event in turn take the picks that are worth more to it than to their holder, and give up the others.

    Returns the events that remain, and what each pick is worth to its holder (picks,), minus infinity where it is free.
    """
    events = Found(*(a.copy() for a in found))
    held = np.full(len(view.time_s), -np.inf)
    owner = np.full(len(view.time_s), -1)
    if rounds == 0:  # nothing changes hands
        mine = events.chosen[events.chosen >= 0]
        held[mine], owner[mine] = np.inf, np.repeat(np.arange(len(events.cell)), (events.chosen >= 0).sum(axis=(1, 2)))
    barred = np.empty_like(held)
    for turn in range(rounds + 1):
        _settle(view, rule, held, owner, barred, turn == rounds, *events)
    remain = events.evidence > 0
    return Found(*(a[remain] for a in events)), held


@njit(cache=True, nogil=True)
def _greedy(
    view: Scene,
    rule: Settings,
    barred: np.ndarray,
    state: np.ndarray,
    covariance: np.ndarray,
    cell: np.ndarray,
    evidence: np.ndarray,
    chosen: np.ndarray,
) -> np.ndarray:
    """Accept the best hypothesis, fit those that lose picks to it anew, and so on; return the accepted."""
    gains = np.zeros(chosen.shape[1:])
    queue = [(0.0, 0) for _ in range(0)]
    for e in range(len(state)):
        evidence[e] = fit(view, rule, barred, WIDE_ROUNDS, cell[e], state[e], chosen[e], gains, covariance[e])
        if evidence[e] > 0.0:
            queue.append((-evidence[e], e))
    heapq.heapify(queue)
    accepted = [0 for _ in range(0)]
    while len(queue) > 0:
        _, e = heapq.heappop(queue)
        if _lost(barred, chosen[e]):
            evidence[e] = fit(view, rule, barred, 0, cell[e], state[e], chosen[e], gains, covariance[e])
            if evidence[e] > 0.0:
                heapq.heappush(queue, (-evidence[e], e))
        else:
            accepted.append(e)
            for pick in chosen[e].ravel():
                if pick >= 0:
                    barred[pick] = np.inf
    return np.array(accepted, np.int64)


@njit(cache=True, nogil=True)
def _lost(barred: np.ndarray, chosen: np.ndarray) -> bool:
    lost = False
    for pick in chosen.ravel():
        lost |= pick >= 0 and barred[pick] == np.inf
    return lost


@njit(cache=True, nogil=True)
def _settle(
    view: Scene,
    rule: Settings,
    held: np.ndarray,
    owner: np.ndarray,
    barred: np.ndarray,
    last: bool,
    state: np.ndarray,
    covariance: np.ndarray,
    cell: np.ndarray,
    evidence: np.ndarray,
    chosen: np.ndarray,
) -> None:
    """Fit every event once more; in the last round nothing is taken from another."""
    gains = np.zeros(chosen.shape[1:])
    barred[:] = np.where(held > -np.inf, np.inf, -np.inf) if last else held
    for e in range(len(state)):
        if evidence[e] == -np.inf:
            continue
        for pick in chosen[e].ravel():
            if pick >= 0 and owner[pick] == e:
                held[pick], barred[pick], owner[pick] = -np.inf, -np.inf, -1
        evidence[e] = fit(view, rule, barred, 0, cell[e], state[e], chosen[e], gains, covariance[e])
        if evidence[e] <= 0.0:
            evidence[e], chosen[e] = -np.inf, -1
        for r in range(chosen.shape[1]):
            for phase in range(2):
                pick = chosen[e, r, phase]
                if pick >= 0:
                    held[pick], owner[pick] = gains[r, phase], e
                    barred[pick] = np.inf if last else gains[r, phase]
