"""Array waveforms to detections: where sound came from, how fast it crossed the array, and how sure that is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.array_record import ArrayRecord
from trucewatch.core.issue import Issue
from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.arrivals import ARRIVALS, Arrival, onset_of, table_of
from trucewatch.detect.beam import Repair, Windows, no_repair, solve
from trucewatch.detect.elements import fault_issues, fit_elements
from trucewatch.detect.faults import Fault, found_faults, repaired
from trucewatch.detect.fstat import background_scale, beams_in_disc, chance_of
from trucewatch.detect.join import joined
from trucewatch.detect.spectra import Spectra, spectra_of, thinning
from trucewatch.detect.steer import Grid, grid_of
from trucewatch.physics.plane_wave import bearing_of, spread_m2

__all__ = ["Solved", "detect_arrays", "solve_record"]

_SAME_WAY_DEG = 5.0  # strong windows from one direction by no more than this
_MOST_OF_ONE_WAY = 4  # of them are looked at for faults
_STRONG = 4.0  # robust standard deviations over the median coherence


class Solved(NamedTuple):
    """Everything about the windows of a record.

    windows  the plane wave of each
    chance   (windows,) probability that the background gives as great an F in one window
    swing    (windows,) deg; how far rival faults would move the bearing, root mean square
    faults   what is wrong with elements
    repair   what was done about it
    """

    windows: Windows
    chance: np.ndarray
    swing: np.ndarray
    faults: tuple[Fault, ...]
    repair: Repair


def detect_arrays(record: ArrayRecord, config: ArrayConfig | None = None) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return the arrivals (`ARRIVALS`) at an array, and what is wrong with the record or its elements."""
    config = config or ArrayConfig()
    if record.position_sigma_m is not None:
        config = replace(config, position_sigma_m=record.position_sigma_m)
    fit, issues = fit_elements(record, config)
    if not fit.ok:
        return ARRIVALS.empty(), issues
    used = _only(record, fit.use)
    solved = solve_record(used, config)
    if len(solved.windows.f) == 0:
        return ARRIVALS.empty(), issues
    groups = joined(solved.windows, solved.chance, solved.swing, used.rate_hz, config)
    sound = _set_right(used, solved.repair)
    arrivals = [Arrival(g, *onset_of(sound, g, config)) for g in groups]
    lost = [name for name, there in zip(record.elements, fit.use, strict=True) if not there]
    return table_of(used, arrivals, lost), issues + fault_issues(used, solved.faults)


def _only(record: ArrayRecord, use: np.ndarray) -> ArrayRecord:
    if use.all():
        return record
    rows = np.flatnonzero(use)
    return replace(
        record, elements=tuple(record.elements[i] for i in rows), east_m=record.east_m[rows],
        north_m=record.north_m[rows], samples=record.samples[rows],
        lag_s=None if record.lag_s is None else record.lag_s[rows],
    )  # fmt: skip


def _set_right(record: ArrayRecord, repair: Repair) -> ArrayRecord:
    """Return the record with reversed elements turned over and swapped ones at their own places."""
    samples = record.samples
    if np.any(repair.sign < 0):
        samples = samples * repair.sign.astype(samples.dtype)[:, None]
    east_m, north_m = record.east_m[repair.place], record.north_m[repair.place]
    return replace(record, east_m=east_m, north_m=north_m, samples=samples)


def solve_record(record: ArrayRecord, config: ArrayConfig) -> Solved:
    """Return the plane waves of all windows, solved again where elements prove bad."""
    grid = grid_of(record.east_m, record.north_m, config.band_hz[1], config.trace_velocity_m_s[0], config.grid_step)
    parts = list(_parts(record, config))
    repair = no_repair(len(record.elements))
    solved = [solve(p, record.east_m, record.north_m, grid, config, repair) for p in parts]
    faults, better = _faults(record, parts, solved, grid, config)
    swing = np.zeros(sum(len(p.start_s) for p in parts))
    if faults:
        solved = [solve(p, record.east_m, record.north_m, grid, config, better) for p in parts]
        swing = _swing(record, parts, solved, grid, config, faults)
    chance = [_chance(record, p, s, config) for p, s in zip(parts, solved, strict=True)]
    windows = Windows(*(np.concatenate(column) for column in zip(*solved, strict=True)))
    return Solved(windows, np.concatenate(chance), swing, faults, better)


def _parts(record: ArrayRecord, config: ArrayConfig) -> Iterator[Spectra]:
    """Yield the spectra of one stretch of background after the other; windows go on across the seams."""
    thin = thinning(record.rate_hz, config.band_hz[1])
    step = max(1, round(config.window_s * (1 - config.overlap) * record.rate_hz / thin)) * thin
    stretch = max(1, round(config.background_s * record.rate_hz / step)) * step
    total = record.samples.shape[1]
    firsts = list(range(0, total, stretch))
    if len(firsts) > 1 and total - firsts[-1] < stretch // 2:
        firsts.pop()  # a short rest has too few windows to tell its background
    for first, last in zip(firsts, [*firsts[1:], total], strict=True):
        yield spectra_of(record, first, last, config)


def _faults(
    record: ArrayRecord, parts: list[Spectra], solved: list[Windows], grid: Grid, config: ArrayConfig
) -> tuple[tuple[Fault, ...], Repair]:
    values = [p.values[_telling(s, config)] for p, s in zip(parts, solved, strict=True)]
    strong = np.concatenate(values)
    return found_faults(strong, parts[0].hz, parts[0].freedom, record.east_m, record.north_m, grid, config,
                        no_repair(len(record.elements)))  # fmt: skip


def _telling(windows: Windows, config: ArrayConfig) -> np.ndarray:
    """Return the numbers of the strongest windows, not too many of them from one direction."""
    strength = windows.coherence
    if len(strength) == 0:
        return np.zeros(0, dtype=np.int64)
    middle = np.median(strength)
    spread = 1.4826 * np.median(np.abs(strength - middle))
    order = np.argsort(-strength)
    order = order[strength[order] > middle + _STRONG * spread]
    way = np.floor(bearing_of(windows.slowness)[0] / _SAME_WAY_DEG).astype(np.int64)
    kept: list[int] = []
    count: dict[int, int] = {}
    for w in order:
        if count.get(int(way[w]), 0) < _MOST_OF_ONE_WAY:
            kept.append(int(w))
            count[int(way[w])] = count.get(int(way[w]), 0) + 1
        if len(kept) == config.fault_windows:
            break
    return np.array(kept, dtype=np.int64)


def _swing(
    record: ArrayRecord, parts: list[Spectra], solved: list[Windows], grid: Grid, config: ArrayConfig,
    faults: tuple[Fault, ...],
) -> np.ndarray:  # fmt: skip
    """Return how far (windows,) deg the bearings would move, had rival elements been left out instead."""
    ours = np.concatenate([bearing_of(s.slowness)[0] for s in solved])
    square = np.zeros(len(ours))
    for number, fault in enumerate(faults):
        for rival, weight in zip(fault.rivals, _weights(fault), strict=True):
            other = no_repair(len(record.elements))
            for done in (*faults[:number], rival, *faults[number + 1 :]):
                other = repaired(other, done)
            again = [solve(p, record.east_m, record.north_m, grid, config, other) for p in parts]
            theirs = np.concatenate([bearing_of(s.slowness)[0] for s in again])
            square += weight * np.square((theirs - ours + 180) % 360 - 180)
    return np.sqrt(square)


def _weights(fault: Fault) -> np.ndarray:
    """Return the probability (rivals,) of each rival; a misfit tells none of them from another."""
    if fault.kind == "misfit":
        return np.full(len(fault.rivals), 1 / (1 + len(fault.rivals)))
    ratio = np.exp([r.evidence - fault.evidence for r in fault.rivals])
    return np.asarray(ratio / (1 + ratio.sum()))


def _chance(record: ArrayRecord, spectra: Spectra, windows: Windows, config: ArrayConfig) -> np.ndarray:
    """Return the probability (windows,) that this stretch's own background gives as great an F."""
    k = windows.members.sum(axis=1)
    if len(k) == 0:
        return np.zeros(0)
    usual = int(np.bincount(k).argmax())
    if usual < 3:
        return np.ones(len(k))
    mean_square = float(np.mean(np.square(spectra.hz)))
    slowest = config.trace_velocity_m_s[0]
    beams = beams_in_disc(mean_square, spread_m2(record.east_m, record.north_m), usual, slowest)
    background = windows.f[k == usual]
    scale = background_scale(
        background, usual, spectra.freedom, beams, config.background_quantiles, config.background_most
    )
    chance = chance_of(np.nan_to_num(windows.f, nan=0.0), scale, k, spectra.freedom, beams)
    return np.where(k >= 3, chance, 1.0)
