"""One judge for the event lists of two associators: the same relocation, the same criterion."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.seismic.grid import Stations
from trucewatch.physics.seismic import TravelTimes

__all__ = ["Judged", "confirmed", "doubles", "known_to"]

ROUNDS = 30
SCATTER_S = (0.15, 0.25)  # weights of P and S; wild picks weigh less (Cauchy)
LEAST_PICKS, LEAST_BOTH = 10, 4  # as PyOcto's own examples ask
DEEPEST_M = 24_000.0


class Judged(NamedTuple):
    """Which events (events,) are confirmed by P and S, their picks, and the root mean square of the residuals (s)."""

    which: np.ndarray
    picks: int
    rms_s: float


def confirmed(
    time_s: np.ndarray,
    station: np.ndarray,
    phase: np.ndarray,
    where: Stations,
    model: TravelTimes,
    starts: np.ndarray,
    members: np.ndarray,
    limit_s: float,
    once: bool,
) -> Judged:
    """Relocate every event from its own picks, leave out picks further than `limit_s` from the model, and count.

    time_s, station, phase   (picks,)  s, row of the network, 0 for P and 1 for S
    starts                   (events, 4)  east, north, depth m and origin time s
    members                  (n, 2)  event and pick
    once                     leave out picks nearer to the other wave of their event than to their own too: else one
                             wave that was picked as P and as S confirms an event by both

    An event is confirmed by at least ten picks and four stations that have both P and S.
    """
    members = members[np.argsort(members[:, 0], kind="stable")]
    event, pick = members[:, 0], members[:, 1]
    begin = np.concatenate([[0], np.cumsum(np.bincount(event, minlength=len(starts)))])
    place = (where.east_m, where.north_m, where.level)
    axes = np.array([model.depth0_m, model.depth_step_m, model.distance_step_m])
    residual, other = _relocated(time_s, station, phase, *place, model.time_s, axes, begin, pick, starts.copy())
    good = (np.abs(residual) <= limit_s) & (np.abs(residual) <= np.abs(other) if once else True)
    heard = np.zeros((len(starts), len(where.east_m), 2), bool)
    heard[event[good], station[pick[good]], phase[pick[good]]] = True
    enough = (heard.sum(axis=(1, 2)) >= LEAST_PICKS) & (heard.all(axis=2).sum(axis=1) >= LEAST_BOTH)
    used = good & enough[event]
    rms = float(np.sqrt(np.mean(residual[used] ** 2))) if used.any() else float("nan")
    return Judged(enough, int(used.sum()), rms)


def known_to(members: np.ndarray, other: np.ndarray, picks: int, least: int = 5) -> np.ndarray:
    """Return for each event of `members` (events,) whether one event of `other` has at least `least` of its picks."""
    owner = np.full(picks, -1)
    owner[other[:, 1]] = other[:, 0]
    pairs = np.column_stack([members[:, 0], owner[members[:, 1]]])
    shared, count = np.unique(pairs[pairs[:, 1] >= 0], axis=0, return_counts=True)
    known = np.zeros(members[:, 0].max() + 1, bool)
    known[shared[count >= least, 0]] = True
    return known


def doubles(time_s: np.ndarray, station: np.ndarray, phase: np.ndarray, within_s: float, later_s: float = 0.0) -> int:
    """Return how many S picks have a P pick of their station within `within_s`, all P picks moved by `later_s`."""
    count = 0
    for k in np.unique(station):
        p, s = (np.sort(time_s[(station == k) & (phase == wave)]) for wave in (0, 1))
        first, last = (np.searchsorted(p + later_s, s + side * within_s) for side in (-1, 1))
        count += int(np.count_nonzero(last > first))
    return count


@njit(cache=True, nogil=True)
def _relocated(
    time_s: np.ndarray,
    station: np.ndarray,
    phase: np.ndarray,
    east_m: np.ndarray,
    north_m: np.ndarray,
    level: np.ndarray,
    table: np.ndarray,
    axes: np.ndarray,
    begin: np.ndarray,
    pick: np.ndarray,
    state: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the residual (members,) s of each pick at the place that fits its event's picks best, and what it would be
    if the pick were of the event's other wave."""
    residual, other = np.empty(len(pick)), np.empty(len(pick))
    for e in range(len(state)):
        x = state[e]
        for turn in range(ROUNDS):
            normal, pull, row = np.eye(4) * 1e-10, np.zeros(4), np.ones(4)
            for m in range(begin[e], begin[e + 1]):
                k = pick[m]
                s = station[k]
                t = _slopes(table[phase[k], level[s]], axes, x, east_m[s], north_m[s], row)
                residual[m] = time_s[k] - x[3] - t
                weight = 1.0 / (SCATTER_S[phase[k]] ** 2 + residual[m] ** 2 / 2)
                for a in range(4):
                    pull[a] += weight * row[a] * residual[m]
                    for b in range(4):
                        normal[a, b] += weight * row[a] * row[b]
            if turn < ROUNDS - 1:
                x += np.linalg.solve(normal, pull)
                x[2] = min(max(x[2], 0.0), DEEPEST_M)
        for m in range(begin[e], begin[e + 1]):
            k = pick[m]
            s = station[k]
            t = _slopes(table[1 - phase[k], level[s]], axes, x, east_m[s], north_m[s], row)
            other[m] = time_s[k] - x[3] - t
    return residual, other


@njit(cache=True, nogil=True)
def _slopes(t: np.ndarray, axes: np.ndarray, x: np.ndarray, east_m: float, north_m: float, row: np.ndarray) -> float:
    """Return the travel time and write its slopes along east, north and depth."""
    east, north = x[0] - east_m, x[1] - north_m
    distance = max(np.sqrt(east * east + north * north), 1.0)
    z, r = (x[2] - axes[0]) / axes[1], distance / axes[2]
    i, j = min(int(z), t.shape[0] - 2), min(int(r), t.shape[1] - 2)
    fz, fr = z - i, r - j
    upper, lower = t[i, j] + (t[i, j + 1] - t[i, j]) * fr, t[i + 1, j] + (t[i + 1, j + 1] - t[i + 1, j]) * fr
    along = ((t[i, j + 1] - t[i, j]) * (1 - fz) + (t[i + 1, j + 1] - t[i + 1, j]) * fz) / axes[2]
    row[0], row[1], row[2] = along * east / distance, along * north / distance, (lower - upper) / axes[1]
    return float(upper + (lower - upper) * fz)
