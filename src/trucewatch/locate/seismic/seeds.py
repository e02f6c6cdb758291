"""Hypotheses: every P pick tried as the first arrival at one of the nearest stations of a source."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.seismic.grid import Grid
from trucewatch.locate.seismic.picks import Picks, Rates, first_at

__all__ = ["Seeds", "seeds"]

BIN_S = 0.05  # of the map of what was heard when
BLOCK_S = 1800.0  # the map of one block lies in the cache
REACH_S = 60.0  # a block's map goes on by this much


class Seeds(NamedTuple):
    """The best hypothesis of each P pick that has one: its cell, origin time (s) and evidence."""

    cell: np.ndarray
    origin_s: np.ndarray
    score: np.ndarray


def seeds(picks: Picks, free: np.ndarray, rates: Rates, where: Grid, drop: float, least: float) -> Seeds:
    """Return the hypotheses whose evidence reaches `least`.

    free   (picks,) bool   picks that no event explains yet; the others are neither anchors nor evidence

    The evidence is a log likelihood ratio summed station by station, nearest first; the range to which the event was
    heard is unknown, so the best prefix counts, and the sum is abandoned once it has fallen by `drop` below its best.
    """
    gain, loss = _evidence(rates, where.tolerance_s)
    ranks = where.time_s.shape[1]
    key = 2 * where.station[:, :ranks, None] + np.arange(2, dtype=np.int32)
    travel = np.rint(where.time_s / BIN_S).astype(np.int32)
    found = []
    for begin in BLOCK_S * np.unique(np.floor(picks.time_s / BLOCK_S)):
        heard = _heard(picks.time_s, picks.begin, free, where.tolerance_s, begin - REACH_S, BLOCK_S + 2 * REACH_S)
        found.append(
            _search(
                picks.time_s,
                picks.begin,
                free,
                (begin, begin + BLOCK_S),
                heard,
                begin - REACH_S,
                key,
                travel,
                where.anchor_at,
                where.anchor_cell,
                where.anchor_rank,
                gain,
                loss,
                drop,
                least,
            )
        )
    return Seeds(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


def _evidence(rates: Rates, tolerance_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return what a pick within the tolerance and what silence say (keys,): key = 2 × station + phase."""
    chance = 1 - np.exp(-2 * rates.clutter_hz * np.tile(tolerance_s, len(rates.clutter_hz) // 2))
    heard = rates.p_heard + (1 - rates.p_heard) * chance
    return np.log(heard / chance).astype(np.float32), np.log((1 - heard) / (1 - chance)).astype(np.float32)


@njit(cache=True, nogil=True)
def _heard(
    time_s: np.ndarray, begin: np.ndarray, free: np.ndarray, tolerance_s: np.ndarray, start_s: float, length_s: float
) -> np.ndarray:
    """Return a map (keys, words) of bits: whether a pick lies within the tolerance of that instant."""
    bins = int(length_s / BIN_S) + 1
    heard = np.zeros((len(begin) - 1, bins // 32 + 1), np.uint32)
    for key in range(len(begin) - 1):
        earliest = start_s - tolerance_s[key % 2]
        for i in range(first_at(time_s, begin[key], begin[key + 1], earliest), begin[key + 1]):
            if time_s[i] > start_s + length_s + tolerance_s[key % 2]:
                break
            if free[i]:
                first = int(np.ceil((time_s[i] - start_s - tolerance_s[key % 2]) / BIN_S))
                last = int(np.floor((time_s[i] - start_s + tolerance_s[key % 2]) / BIN_S))
                for b in range(max(first, 0), min(last + 1, bins)):
                    heard[key, b >> 5] |= np.uint32(1) << np.uint32(b & 31)
    return heard


@njit(cache=True, nogil=True)
def _search(
    time_s: np.ndarray,
    begin: np.ndarray,
    free: np.ndarray,
    block_s: tuple[float, float],
    heard: np.ndarray,
    start_s: float,
    key: np.ndarray,
    travel: np.ndarray,
    anchor_at: np.ndarray,
    anchor_cell: np.ndarray,
    anchor_rank: np.ndarray,
    gain: np.ndarray,
    loss: np.ndarray,
    drop: float,
    least: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return cell, origin and evidence of the best hypothesis of each free P pick of the block that has one."""
    cells, origins, scores = [0 for _ in range(0)], [0.0 for _ in range(0)], [0.0 for _ in range(0)]
    for a in range(len(anchor_at) - 1):
        for i in range(first_at(time_s, begin[2 * a], begin[2 * a + 1], block_s[0]), begin[2 * a + 1]):
            if time_s[i] >= block_s[1]:
                break
            if free[i]:
                arrival = int((time_s[i] - start_s) / BIN_S + 0.5)
                best, best_m = -1.0, -1
                for m in range(anchor_at[a], anchor_at[a + 1]):
                    cell = anchor_cell[m]
                    origin = arrival - travel[cell, anchor_rank[m], 0]
                    score = _score(heard, origin, key[cell], travel[cell], gain, loss, drop)
                    if score > best:
                        best, best_m = score, m
                if best >= least:
                    cell = anchor_cell[best_m]
                    cells.append(cell)
                    origins.append(time_s[i] - travel[cell, anchor_rank[best_m], 0] * BIN_S)
                    scores.append(best)
    return np.array(cells, np.int64), np.array(origins, np.float64), np.array(scores, np.float64)


@njit(cache=True, nogil=True)
def _score(
    heard: np.ndarray,
    origin: int,
    key: np.ndarray,
    travel: np.ndarray,
    gain: np.ndarray,
    loss: np.ndarray,
    drop: float,
) -> float:
    """Return the best prefix sum of the evidence at stations in order of distance; origin in bins of the map."""
    total, best, rank = 0.0, 0.0, 0
    bins = heard.shape[1] * 32
    while rank < travel.shape[0] and total > best - drop:
        for phase in range(2):
            k, b = key[rank, phase], origin + travel[rank, phase]
            if 0 <= b < bins and (heard[k, b >> 5] >> np.uint32(b & 31)) & np.uint32(1):
                total += gain[k]
            else:
                total += loss[k]
        best = max(best, total)
        rank += 1
    return best
