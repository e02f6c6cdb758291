"""One event against the picks about it: which belong to it, where and when it was, and the evidence that it was."""

from typing import NamedTuple

import numpy as np
from numba import njit

from trucewatch.locate.seismic.config import SeismicConfig
from trucewatch.locate.seismic.grid import Grid, Stations
from trucewatch.locate.seismic.picks import Picks, Rates, first_at
from trucewatch.physics.seismic import TravelTimes

__all__ = ["Scene", "Settings", "arrivals", "fit", "scene", "settings"]

ROUNDS = 8  # at most: choose picks and move, alternately
WIDE_ROUNDS = 2  # of a fresh hypothesis with the search's own tolerance, then with the picks' standard deviations
STILL_M = 10.0  # it stands still
WILD, WILDER = 0.1, 3.0  # share of arrivals that scatter this many times more


class Scene(NamedTuple):
    """Everything that a fit reads, as plain arrays for compiled code."""

    time_s: np.ndarray
    sigma_s: np.ndarray
    begin: np.ndarray
    log_clutter: np.ndarray
    p_heard: np.ndarray
    east_m: np.ndarray
    north_m: np.ndarray
    level: np.ndarray
    near: np.ndarray
    table: np.ndarray
    axes: np.ndarray  # depth of the first row, depth step, distance step


class Settings(NamedTuple):
    """The part of the configuration that a fit reads, as numbers."""

    tolerance_s: tuple[float, float]
    scatter_s: tuple[float, float]
    share: float
    sigmas: float
    p_beyond: float
    depth_m: tuple[float, float]
    prior_m: tuple[float, float]
    log_density: float
    min_picks: int
    min_both: int


def scene(picks: Picks, rates: Rates, where: Stations, cells: Grid, model: TravelTimes) -> Scene:
    """Return the arrays of one pass."""
    axes = np.array([model.depth0_m, model.depth_step_m, model.distance_step_m])
    return Scene(picks.time_s, picks.sigma_s, picks.begin, np.log(rates.clutter_hz), rates.p_heard, where.east_m,
                 where.north_m, where.level, cells.station, model.time_s, axes)  # fmt: skip


def settings(config: SeismicConfig, cells: Grid) -> Settings:
    """Return the numbers of one pass; the density of events is one over the searched volume and a day."""
    volume_m3 = len(cells.east_m) * config.cell_m**2 * config.depth_step_m
    depth, prior = config.depth_m, config.depth_prior_m
    if config.surface:
        depth, prior = (config.surface_depth_m,) * 2, (config.surface_depth_m, 1.0)
    return Settings((float(cells.tolerance_s[0]), float(cells.tolerance_s[1])), (config.p_sigma_s, config.s_sigma_s),
                    config.sigma_share, config.window_sigmas, config.p_beyond, depth, prior,
                    float(np.log(config.events_per_day / 86400 / volume_m3)), config.min_picks,
                    config.min_both)  # fmt: skip


@njit(cache=True, nogil=True)
def fit(
    view: Scene,
    rule: Settings,
    held: np.ndarray,
    wide: int,
    cell: int,
    state: np.ndarray,
    chosen: np.ndarray,
    gains: np.ndarray,
    covariance: np.ndarray,
) -> float:
    """Move `state` (east, north, depth m, origin s) to its best and write what belongs to it; return the evidence.

    view, rule   `Scene` and `Settings`
    held         (picks,)   what each pick is worth to the event that has it; minus infinity where it is free
    wide         how many rounds use the search's own tolerance
    cell         the grid cell whose stations are looked at
    chosen       (near, 2)  out: pick of each station and phase, or -1
    gains        (near, 2)  out: what it adds to the evidence
    covariance   (4, 4)     out: of the state

    The evidence is the log likelihood ratio against chance, plus the volume that the covariance leaves of the prior
    (Occam's term, Laplace's approximation; MacKay 2003, Information Theory, ch. 28); minus infinity where the event
    is too small.
    """
    near = view.near[cell]
    predicted = np.empty((len(near), 2))
    slope = np.empty((len(near), 2, 3))
    for turn in range(ROUNDS):
        arrivals(view, near, state, predicted, slope)
        _choose(view, rule, near, predicted, state, held, turn < wide, chosen, gains)
        moved_m = _move(view, rule, predicted, slope, chosen, state, covariance)
        if moved_m < 0.0:
            return -np.inf
        if turn >= wide and (moved_m < STILL_M or not _enough(rule, chosen)):
            break
    arrivals(view, near, state, predicted, slope)
    _choose(view, rule, near, predicted, state, held, False, chosen, gains)
    evidence = _evidence(view, rule, near, chosen, gains)
    if not _enough(rule, chosen) or _move(view, rule, predicted, slope, chosen, state.copy(), covariance) < 0.0:
        return -np.inf
    sign, log_det = np.linalg.slogdet(covariance)
    return evidence + rule.log_density + 2.0 * np.log(2 * np.pi) + 0.5 * log_det if sign > 0 else -np.inf


@njit(cache=True, nogil=True)
def arrivals(view: Scene, near: np.ndarray, state: np.ndarray, predicted: np.ndarray, slope: np.ndarray) -> None:
    """Write arrival times and their slopes along east, north and depth."""
    z = (state[2] - view.axes[0]) / view.axes[1]
    i = min(max(int(z), 0), view.table.shape[2] - 2)
    fz = z - i
    for r in range(len(near)):
        east, north = state[0] - view.east_m[near[r]], state[1] - view.north_m[near[r]]
        distance = max(np.sqrt(east * east + north * north), 1.0)
        x = distance / view.axes[2]
        j = min(int(x), view.table.shape[3] - 2)
        fx = x - j
        for phase in range(2):
            t = view.table[phase, view.level[near[r]]]
            upper, lower = t[i, j] + (t[i, j + 1] - t[i, j]) * fx, t[i + 1, j] + (t[i + 1, j + 1] - t[i + 1, j]) * fx
            along = ((t[i, j + 1] - t[i, j]) * (1 - fz) + (t[i + 1, j + 1] - t[i + 1, j]) * fz) / view.axes[2]
            predicted[r, phase] = state[3] + upper + (lower - upper) * fz
            slope[r, phase, 0], slope[r, phase, 1] = along * east / distance, along * north / distance
            slope[r, phase, 2] = (lower - upper) / view.axes[1]


@njit(cache=True, nogil=True)
def _spread(view: Scene, rule: Settings, pick: int, phase: int, travel_s: float) -> float:
    """Return the variance (s²) of one arrival: its pick, the velocity model near by, and along the way."""
    along = rule.share * travel_s
    return float(view.sigma_s[pick] ** 2 + rule.scatter_s[phase] ** 2 + along * along)


@njit(cache=True, nogil=True)
def _log_density(off: float, variance: float) -> float:
    """Return the log density of an arrival at `off` squared standard deviations: a normal with a share of wild ones."""
    core = (1.0 - WILD) * np.exp(-0.5 * off) + WILD / WILDER * np.exp(-0.5 * off / (WILDER * WILDER))
    return float(np.log(core) - 0.5 * np.log(2 * np.pi * variance))


@njit(cache=True, nogil=True)
def _weight(off: float) -> float:
    """Return what an arrival at `off` squared standard deviations weighs, by its chance to be no wild one."""
    core = (1.0 - WILD) * np.exp(-0.5 * off)
    wild = WILD / WILDER * np.exp(-0.5 * off / (WILDER * WILDER))
    return float((core + wild / (WILDER * WILDER)) / (core + wild + 1e-300))


@njit(cache=True, nogil=True)
def _choose(
    view: Scene,
    rule: Settings,
    near: np.ndarray,
    predicted: np.ndarray,
    state: np.ndarray,
    held: np.ndarray,
    wide: bool,
    chosen: np.ndarray,
    gains: np.ndarray,
) -> None:
    """Write the nearest pick that may be had within the window at each station and phase, and what it is worth."""
    for r in range(len(near)):
        for phase in range(2):
            key = 2 * near[r] + phase
            t = predicted[r, phase]
            along = rule.share * (t - state[3])
            width = rule.sigmas * np.sqrt(rule.scatter_s[phase] ** 2 + along * along)
            if wide:
                width = rule.tolerance_s[phase] + 0.5 * width
            first, last = view.begin[key], view.begin[key + 1]
            i = first_at(view.time_s, first, last, t - width)
            chosen[r, phase], best = -1, np.inf
            while i < last and view.time_s[i] <= t + width:
                variance = _spread(view, rule, i, phase, t - state[3])
                off = (view.time_s[i] - t) ** 2 / variance
                if off < best:
                    worth = np.log(view.p_heard[key]) + _log_density(off, variance) - view.log_clutter[key]
                    if worth > held[i] and (wide or worth > np.log(1.0 - view.p_heard[key])):
                        chosen[r, phase], gains[r, phase], best = i, worth, off
                i += 1


@njit(cache=True, nogil=True)
def _move(
    view: Scene,
    rule: Settings,
    predicted: np.ndarray,
    slope: np.ndarray,
    chosen: np.ndarray,
    state: np.ndarray,
    covariance: np.ndarray,
) -> float:
    """Take one Gauss-Newton step with robust weights, write the covariance, and return the length (m); -1 where it
    could not."""
    normal, pull = np.zeros((4, 4)), np.zeros(4)
    normal[2, 2] = rule.prior_m[1] ** -2.0
    pull[2] = (rule.prior_m[0] - state[2]) * normal[2, 2]
    row, count = np.ones(4), 0
    for r in range(chosen.shape[0]):
        for phase in range(2):
            pick = chosen[r, phase]
            if pick >= 0:
                variance = _spread(view, rule, pick, phase, predicted[r, phase] - state[3])
                residual = view.time_s[pick] - predicted[r, phase]
                weight = _weight(residual * residual / variance) / variance
                row[:3] = slope[r, phase]
                count += 1
                for a in range(4):
                    pull[a] += weight * row[a] * residual
                    for b in range(4):
                        normal[a, b] += weight * row[a] * row[b]
    if count < 4:
        return -1.0
    for a in range(2):
        normal[a, a] += 1e-10  # a place is known to 100 km before anything is heard
    covariance[:] = np.linalg.inv(normal)
    step = covariance @ pull
    length = np.sqrt(step[0] ** 2 + step[1] ** 2 + step[2] ** 2)
    state += step * min(1.0, 10_000.0 / (1.0 + length))
    state[2] = min(max(state[2], rule.depth_m[0]), rule.depth_m[1])
    return float(length)


@njit(cache=True, nogil=True)
def _evidence(view: Scene, rule: Settings, near: np.ndarray, chosen: np.ndarray, gains: np.ndarray) -> float:
    """Return the evidence for the best range of hearing, and let go of picks beyond it that speak against."""
    tail = np.zeros(len(near) + 1)
    fade = np.log(rule.p_beyond)
    for r in range(len(near) - 1, -1, -1):
        tail[r] = tail[r + 1]
        for phase in range(2):
            if chosen[r, phase] >= 0:
                tail[r] += max(0.0, gains[r, phase] + fade)
            else:
                tail[r] += np.log(1.0 - rule.p_beyond * view.p_heard[2 * near[r] + phase])
    total, best, cut = 0.0, tail[0], 0
    for r in range(len(near)):
        for phase in range(2):
            heard = chosen[r, phase] >= 0
            total += gains[r, phase] if heard else np.log(1.0 - view.p_heard[2 * near[r] + phase])
        if total + tail[r + 1] > best:
            best, cut = total + tail[r + 1], r + 1
    for r in range(cut, len(near)):
        for phase in range(2):
            if chosen[r, phase] >= 0:
                gains[r, phase] += fade
                if gains[r, phase] <= 0.0:
                    chosen[r, phase] = -1
    return float(best)


@njit(cache=True, nogil=True)
def _enough(rule: Settings, chosen: np.ndarray) -> bool:
    count, both = 0, 0
    for r in range(chosen.shape[0]):
        count += (chosen[r, 0] >= 0) + (chosen[r, 1] >= 0)
        both += chosen[r, 0] >= 0 and chosen[r, 1] >= 0
    return count >= rule.min_picks and both >= rule.min_both
