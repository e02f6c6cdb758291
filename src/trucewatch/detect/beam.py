"""Solve every window of an array for one plane wave, leaving out elements that do not fit."""

from typing import NamedTuple

import numpy as np

from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.fstat import f_statistic
from trucewatch.detect.spectra import Spectra
from trucewatch.detect.steer import Grid, correlations, gain_of, refined, searched

__all__ = ["EXHAUSTIVE", "Repair", "Windows", "as_wired", "chosen", "least_members", "no_repair", "solve"]

_ROUNDS = 4  # of Newton; the grid leaves less than a fifth of a period
_MOST_STEPS = 4.0  # of the grid that refinement may move
_MOST_CORRELATION = 1 - 1e-6
EXHAUSTIVE = 8  # elements up to which all pairs of bad ones are tried
_SMALL = 4  # elements up to which every window is searched for bad ones
_ALIKE = 1.3  # times what noise gives; less is not searched for bad elements
_MOST_CORRELATIONS = 20_000_000  # numbers of the table of correlations that is in memory at once
_UNKNOWN = 1e6  # s²/m²: variance of a slowness of which nothing is known


class Repair(NamedTuple):
    """What is done about bad elements before windows are solved.

    sign   (channels,) −1 for an element of reversed polarity
    place  (channels,) which element's place this one's samples really belong to
    out    (channels,) True for an element that is left out
    """

    sign: np.ndarray
    place: np.ndarray
    out: np.ndarray


class Windows(NamedTuple):
    """The best plane wave of each window.

    start_s      (windows,) s from the start of the record
    slowness     (windows, 2) s/m
    covariance   (windows, 2, 2) s²/m², of noise
    of_places    (windows, 2, 2) s²/m², of the elements' uncertain places; the same error in every window
    correlation  (windows,) mean correlation of the pairs in the beam
    f            (windows,) F-statistic
    members      (windows, channels) elements in the beam
    coherence    (windows,) how alike the most alike pairs are, wherever the wave comes from
    """

    start_s: np.ndarray
    slowness: np.ndarray
    covariance: np.ndarray
    of_places: np.ndarray
    correlation: np.ndarray
    f: np.ndarray
    members: np.ndarray
    coherence: np.ndarray


def no_repair(channels: int) -> Repair:
    """Return the repair that changes nothing."""
    return Repair(np.ones(channels), np.arange(channels), np.zeros(channels, dtype=bool))


def least_members(present: np.ndarray) -> np.ndarray:
    """Return how many of the elements that are there must stay in a beam: more than half, and three."""
    return np.asarray(np.maximum(3, present // 2 + 1))


def as_wired(values: np.ndarray, repair: Repair) -> np.ndarray:
    """Return spectra (windows, channels, bins) by place, turned over and left out as a repair says."""
    weight = np.where(repair.out, 0.0, repair.sign).astype(np.float32)
    out: np.ndarray = np.zeros(values.shape, dtype=values.dtype)
    out[:, repair.place] = values * weight[:, None]
    return np.asarray(out)


def solve(
    spectra: Spectra, east_m: np.ndarray, north_m: np.ndarray, grid: Grid, config: ArrayConfig, repair: Repair
) -> Windows:
    """Return the best plane wave of each window and the elements that agree with it."""
    each = grid.lag_index.shape[0] * len(grid.lag_s)
    count = max(1, _MOST_CORRELATIONS // each)
    parts = [_solved(_rows(spectra, slice(i, i + count)), east_m, north_m, grid, config, repair)
             for i in range(0, max(1, len(spectra.values)), count)]  # fmt: skip
    return parts[0] if len(parts) == 1 else Windows(*(np.concatenate(c) for c in zip(*parts, strict=True)))


def _rows(spectra: Spectra, rows: slice) -> Spectra:
    return spectra._replace(values=spectra.values[rows], energy=spectra.energy[rows], start_s=spectra.start_s[rows])


def _solved(
    spectra: Spectra, east_m: np.ndarray, north_m: np.ndarray, grid: Grid, config: ArrayConfig, repair: Repair
) -> Windows:
    values = as_wired(spectra.values, repair)
    there = np.any(values.real != 0, axis=-1) if len(values) else np.zeros(values.shape[:2], dtype=bool)
    corr = correlations(values, spectra.hz, grid.lag_s)
    strength = -np.log1p(-np.square(np.minimum(np.abs(corr).max(axis=-1), 0.999))).sum(axis=1)
    depth = _depth(strength, there, spectra, grid)
    member, start = chosen(corr, there, depth, grid, spectra.freedom, config)
    most_step = _MOST_STEPS * _grid_step(grid)
    weight = member.astype(np.float64)
    slowness, power, curve = refined(values, spectra.hz, east_m, north_m, weight, start, most_step, _ROUNDS)
    k = member.sum(axis=1)
    correlation = power / np.maximum(k * (k - 1) / 2, 1)
    covariance = _covariance(curve, k, correlation, spectra.freedom)
    of_places = _of_places(member, east_m, north_m, slowness, config.position_sigma_m)
    f = np.where(k >= 3, f_statistic(k, correlation), np.nan)
    return Windows(spectra.start_s, slowness, covariance, of_places, correlation, f, member[:, repair.place], strength)


def _grid_step(grid: Grid) -> float:
    return float(np.min(np.diff(np.unique(np.round(grid.slowness[:, 0], 12)))))


def _depth(strength: np.ndarray, there: np.ndarray, spectra: Spectra, grid: Grid) -> np.ndarray:
    """Return how deep (windows,) to search for bad elements: everywhere in small arrays, else where pairs are alike.

    Noise reaches a squared correlation of about 2·log(lags)/freedom at its best lag.
    """
    channels = there.shape[1]
    deepest = 2 if EXHAUSTIVE >= channels > _SMALL else 1
    lags = (grid.lag_s[-1] - grid.lag_s[0]) * 2 * (spectra.hz[-1] - spectra.hz[0])
    noise = channels * (channels - 1) / 2 * 2 * np.log(max(float(lags), 3.0)) / spectra.freedom
    return np.where((channels <= _SMALL) | (strength > _ALIKE * noise), deepest, 0)


def chosen(
    corr: np.ndarray, there: np.ndarray, depth: np.ndarray, grid: Grid, freedom: float, config: ArrayConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Return the elements (windows, channels) that give the most likely beam, and its grid slowness (windows, 2).

    All subsets without one, in arrays of up to eight also without two elements, are compared; where any was dropped
    and more may be, the rest is tried again.
    """
    member, start = there.copy(), np.zeros((len(there), 2))
    least = least_members(there.sum(axis=1))
    todo = np.arange(len(there))
    first, second = np.triu_indices(there.shape[1], 1)
    while len(todo):
        both = member[todo][:, first] & member[todo][:, second]
        part = corr[todo] if both.all() else corr[todo] * both[:, :, None]
        best, where = searched(part, grid.lag_index, there.shape[1], depth[todo])
        choice = _choice(best, member[todo], least[todo], freedom, config.reject_log_odds)
        start[todo] = grid.slowness[where[np.arange(len(todo)), choice]]
        dropped = _dropped(choice, there.shape[1])
        member[todo] &= ~dropped
        todo = todo[dropped.any(axis=1) & (member[todo].sum(axis=1) > least[todo])]
    return member, start


def _dropped(choice: np.ndarray, channels: int) -> np.ndarray:
    """Return the elements (windows, channels) that a choice of `searched` leaves out."""
    first, second = np.triu_indices(channels, 1)
    table = np.zeros((1 + channels + len(first), channels), dtype=bool)
    table[1 + np.arange(channels), np.arange(channels)] = True
    rows = 1 + channels + np.arange(len(first))
    table[rows, first] = table[rows, second] = True
    return np.asarray(table[choice])


def _choice(best: np.ndarray, member: np.ndarray, least: np.ndarray, freedom: float, log_odds: float) -> np.ndarray:
    """Return which choice (windows,) of `searched` explains the window best, each dropped element at its price."""
    dropped = _dropped(np.arange(best.shape[1]), member.shape[1])
    count = member.sum(axis=1, keepdims=True)
    k = count - dropped.sum(axis=1)
    gain = freedom / 2 * gain_of(k, best / np.maximum(k * (k - 1) / 2, 1)) - log_odds * dropped.sum(axis=1)
    allowed = (k >= least[:, None]) & np.isfinite(best) & ~np.any(dropped[None] & ~member[:, None, :], axis=-1)
    allowed[:, 0] = True
    return np.asarray(np.argmax(np.where(allowed, gain, -np.inf), axis=1))


def _covariance(curve: np.ndarray, members: np.ndarray, correlation: np.ndarray, freedom: float) -> np.ndarray:
    """Return the Cramér–Rao bound (windows, 2, 2) of the slowness from the curvature of the sum of correlations.

    Source: van Trees 2002, Optimum Array Processing, section 8.4 (one signal in noise alike at all elements).
    """
    r = np.clip(correlation, 1e-3, _MOST_CORRELATION)
    scale = freedom * r / ((1 - r) * (1 + (np.maximum(members, 2) - 1) * r))
    information = -curve * scale[:, None, None]
    good = (information[:, 0, 0] > 0) & (np.linalg.det(information) > 0)
    safe = np.where(good[:, None, None], information, np.eye(2))
    return np.where(good[:, None, None], np.linalg.inv(safe), np.eye(2) * _UNKNOWN)


def _of_places(
    member: np.ndarray, east_m: np.ndarray, north_m: np.ndarray, slowness: np.ndarray, sigma_m: float
) -> np.ndarray:
    """Return the covariance (windows, 2, 2) that uncertain places of elements bring: delays off by sigma · slowness."""
    w = member / np.maximum(member.sum(axis=1, keepdims=True), 1)
    middle = np.stack([w @ east_m, w @ north_m], axis=1)
    place = np.stack([east_m - middle[:, :1], north_m - middle[:, 1:]], axis=-1)
    spread = np.einsum("wc,wci,wcj->wij", member.astype(float), place, place)
    good = np.linalg.det(spread) > 0
    inverse = np.linalg.inv(np.where(good[:, None, None], spread, np.eye(2)))
    delay2 = sigma_m**2 * np.sum(np.square(slowness), axis=1)
    return np.asarray(np.where(good, delay2, _UNKNOWN)[:, None, None] * inverse)
