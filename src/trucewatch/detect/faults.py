"""Find elements of an array that are dead, swapped, of reversed polarity, or whose clock is off, from a whole record.

Each fault is a hypothesis; it is weighed by how well the strongest windows of the record fit a plane wave under it. One
window cannot tell one fault from another; many windows from several directions can.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np

from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.beam import EXHAUSTIVE, Repair, as_wired, chosen
from trucewatch.detect.steer import Grid, correlations, gain_of, refined, searched
from trucewatch.physics.plane_wave import spread_m2

__all__ = ["Fault", "found_faults", "repaired"]

_DEAF_SHARE = 0.25  # of the others' correlation; less is nothing in common
_MOST_FAULTS = 3
_TELLING = 6  # elements from which on a bad one stands out in single windows
_OFTEN = 0.3  # share of windows that leave out an element under suspicion
_CLOSE_LOG = 5.0  # natural log units; a rival fault this close is named beside the best
_SHIFT_ODDS = 4.5  # log of how many shifts can be told apart, where each order of size is as likely
_AGREEMENT = 0.97  # correlation that plane waves reach at best in real air; more counts as this
_LEAST_AGREEMENT, _ALLOWED_SIGMAS = 0.5, 2.0
_USUAL_SHARE = 0.85  # of arrivals that come at about the speed of sound along the ground
_FASTER_TAIL = 3.0  # spread of faster arrivals over that of slower ones
_MOST_RIVALS = 3
_SLOWER = 1e-3  # of the density of sound from above: what is slower than sound
_ONE_SOURCE = 0.05  # of the usual slowness
_ROUNDS = 4  # of Newton
_STEPS = 8.0  # of the grid that a slowness may move from where it was first seen
_FIRST_STEP_S, _LAST_STEP_S = 0.03, 0.001  # when closing in on a clock shift


class Fault(NamedTuple):
    """One fault of one element, or of two that were exchanged.

    kind      dead, reversed, swapped, shifted; misfit: its clock or its place, too little to tell which
    elements  their numbers
    shift_s   how late its clock makes everything; NaN for the other kinds
    evidence  natural log units by which it explains the record better than no fault
    rivals    other faults that explain it nearly as well
    """

    kind: str
    elements: tuple[int, ...]
    shift_s: float
    evidence: float
    rivals: tuple["Fault", ...] = ()


class _Heard(NamedTuple):
    """Strong windows: spectra by place, their correlations, geometry, and the weight of each window."""

    values: np.ndarray
    corr: np.ndarray
    hz: np.ndarray
    grid: Grid
    east_m: np.ndarray
    north_m: np.ndarray
    active: np.ndarray
    freedom: float


def repaired(repair: Repair, fault: Fault) -> Repair:
    """Return the repair with one more fault seen to: turned over, exchanged back, or left out."""
    sign, place, out = (a.copy() for a in repair)
    if fault.kind == "swapped":
        a, b = fault.elements
        place[a], place[b] = repair.place[b], repair.place[a]
    elif fault.kind == "reversed":
        sign[fault.elements[0]] *= -1
    elif fault.kind != "misfit":
        out[fault.elements[0]] = True
    return Repair(sign, place, out)


def found_faults(
    values: np.ndarray, hz: np.ndarray, freedom: float, east_m: np.ndarray, north_m: np.ndarray, grid: Grid,
    config: ArrayConfig, repair: Repair,
) -> tuple[tuple[Fault, ...], Repair]:  # fmt: skip
    """Return the faults that strong windows (windows, channels, bins) show, worst first, and the repair of them."""
    faults: list[Fault] = []
    while len(faults) < _MOST_FAULTS and len(values):
        fault = _worst(_heard(values, hz, freedom, east_m, north_m, grid, repair), config)
        if fault is None:
            break
        home = np.argsort(repair.place)  # hypotheses speak of places, faults of the channels that stand there
        fault = _at_home(fault, home)._replace(rivals=tuple(_at_home(r, home) for r in fault.rivals))
        if (fault.kind, fault.elements) in [(f.kind, f.elements) for f in faults]:
            break
        faults.append(fault)
        if fault.kind == "misfit":
            break
        repair = repaired(repair, fault)
    return tuple(faults), repair


def _at_home(fault: Fault, home: np.ndarray) -> Fault:
    return fault._replace(elements=tuple(int(home[e]) for e in fault.elements))


def _heard(
    values: np.ndarray, hz: np.ndarray, freedom: float, east_m: np.ndarray, north_m: np.ndarray, grid: Grid,
    repair: Repair,
) -> _Heard:  # fmt: skip
    wired = as_wired(values, repair)
    active = np.zeros(len(east_m), dtype=bool)
    active[repair.place[~repair.out]] = True
    return _Heard(wired, correlations(wired, hz, grid.lag_s), hz, grid, east_m, north_m, active, freedom)


def _worst(heard: _Heard, config: ArrayConfig) -> Fault | None:
    """Return the fault that explains the windows best, or None where no fault explains them as well."""
    if heard.active.sum() < 4:
        return None
    _, where = searched(heard.corr, heard.grid.lag_index, len(heard.east_m), _all_but_one(heard))
    none = _score(heard, heard.values, heard.active, heard.grid.slowness[where[:, 0]], config)
    suspects = _suspects(heard, config)
    found = [*_reversals(heard, suspects, config), *_swaps(heard, suspects, config)]
    for i in suspects:
        start = heard.grid.slowness[where[:, 1 + i]]
        found += [*_dead(heard, int(i), start, config), *_shifted(heard, int(i), start, config)]
    ranked = sorted(found, key=lambda f: f.evidence, reverse=True)
    if not ranked or ranked[0].evidence - none - config.fault_log_odds < config.fault_margin:
        return None
    top, close = ranked[0], _CLOSE_LOG
    if top.kind == "small":
        close += config.fault_log_odds
        if all(f.kind == "small" or top.evidence - f.evidence > close for f in ranked[1:]):
            return None
        top = top._replace(kind="misfit")
    rivals = [f for f in ranked[1:] if top.evidence - f.evidence < close][:_MOST_RIVALS]
    if top.kind == "misfit":
        rivals.insert(0, top)
    as_shifts = tuple(_as_rival(f, none) for f in rivals)
    return top._replace(evidence=top.evidence - none, rivals=as_shifts)


def _as_rival(fault: Fault, none: float) -> Fault:
    kind = "shifted" if fault.kind in ("misfit", "small") else fault.kind
    return fault._replace(kind=kind, evidence=fault.evidence - none)


def _suspects(heard: _Heard, config: ArrayConfig) -> np.ndarray:
    """Return the elements that may be bad: in small arrays all, in larger ones those that windows often leave out."""
    if heard.active.sum() < _TELLING:
        return np.flatnonzero(heard.active)
    there = np.broadcast_to(heard.active, heard.values.shape[:2])
    deep = np.full(len(heard.values), 2 if len(heard.active) <= EXHAUSTIVE else 1)
    member, _ = chosen(heard.corr, there, deep, heard.grid, heard.freedom, config)
    return np.flatnonzero(heard.active & (1 - member.mean(axis=0) >= _OFTEN))


def _score(
    heard: _Heard, values: np.ndarray, member: np.ndarray, start: np.ndarray, config: ArrayConfig,
    places: tuple[np.ndarray, np.ndarray] | None = None,
) -> float:  # fmt: skip
    """Return the log-likelihood of windows (windows, channels, bins), their slownesses sought from `start` on."""
    east_m, north_m = places or (heard.east_m, heard.north_m)
    weight = np.broadcast_to(member.astype(np.float64), (len(values), len(member))).copy()
    step = _STEPS * float(heard.grid.slowness[1, 0] - heard.grid.slowness[0, 0])
    slowness, power, _ = refined(values, heard.hz, east_m, north_m, weight, start, step, _ROUNDS)
    k = int(member.sum())
    r = np.minimum(power / (k * (k - 1) / 2), _agreement(heard.hz, config))
    fit = heard.freedom / 2 * np.sum(gain_of(k, r))
    return float(fit + np.sum(_of_speed(heard, slowness, config) / _crowd(slowness, config)))


def _agreement(hz: np.ndarray, config: ArrayConfig) -> float:
    """Return the mean correlation that a healthy array may fall short of where its elements' places are uncertain.

    Delays off by s lower the correlation of a pair by about (2πf·s)²; twice their standard deviation is allowed for.
    """
    delay_s = config.position_sigma_m / config.usual_speed_m_s[0]
    lost = _ALLOWED_SIGMAS**2 * float(np.mean(np.square(2 * np.pi * hz))) * delay_s**2
    return float(np.clip(1 - lost, _LEAST_AGREEMENT, _AGREEMENT))


def _of_speed(heard: _Heard, slowness: np.ndarray, config: ArrayConfig) -> np.ndarray:
    """Return the log density (windows,) of slownesses: most sound comes along the ground, some from above, none slower.

    The usual speed spreads by the weather, and as the uncertain places of the elements make it.
    """
    size = np.maximum(np.hypot(slowness[:, 0], slowness[:, 1]), 1e-5)
    speed, spread = config.usual_speed_m_s
    least = np.linalg.eigvalsh(spread_m2(heard.east_m[heard.active], heard.north_m[heard.active]))[0]
    of_places = config.position_sigma_m / np.sqrt(max(float(least), 1e-6) * heard.active.sum())
    usual, sigma = 1 / speed, float(np.hypot(spread / speed, of_places)) / speed
    width = np.where(size < usual, _FASTER_TAIL * sigma, sigma)
    peak = 2 / (np.sqrt(2 * np.pi) * (1 + _FASTER_TAIL) * sigma)
    most = 1 / config.trace_velocity_m_s[0]
    along = _USUAL_SHARE * peak * np.exp(-0.5 * np.square((size - usual) / width)) / (2 * np.pi * size)
    above = (1 - _USUAL_SHARE) / (np.pi * most**2) * np.where(size <= most, 1.0, _SLOWER)
    return np.asarray(np.log(along + above))


def _crowd(slowness: np.ndarray, config: ArrayConfig) -> np.ndarray:
    """Return how many windows (windows,) share a slowness: windows of one source say one thing of speed.

    The reach is the same everywhere, as a clock that is off moves all slownesses alike.
    """
    apart = np.hypot(*(slowness[:, None] - slowness[None]).transpose(2, 0, 1))
    return np.asarray((apart <= _ONE_SOURCE / config.usual_speed_m_s[0]).sum(axis=1))


def _whole(heard: _Heard) -> np.ndarray:
    return np.zeros(len(heard.values), dtype=np.int64)


def _all_but_one(heard: _Heard) -> np.ndarray:
    return np.ones(len(heard.values), dtype=np.int64)


def _reversals(heard: _Heard, suspects: np.ndarray, config: ArrayConfig) -> list[Fault]:
    first, second = np.triu_indices(len(heard.east_m), 1)
    out = []
    for i in suspects:
        sign = np.where((first == i) ^ (second == i), -1, 1).astype(np.float32)
        _, where = searched(heard.corr * sign[:, None], heard.grid.lag_index, len(heard.east_m), _whole(heard))
        turned = heard.values.copy()
        turned[:, i] *= -1
        score = _score(heard, turned, heard.active, heard.grid.slowness[where[:, 0]], config)
        out.append(Fault("reversed", (int(i),), np.nan, score))
    return out


def _swaps(heard: _Heard, suspects: np.ndarray, config: ArrayConfig) -> list[Fault]:
    out = []
    for a, b in combinations(suspects.tolist(), 2):
        index = _exchanged(heard.grid, len(heard.east_m), a, b)
        _, where = searched(heard.corr, index, len(heard.east_m), _whole(heard))
        place = np.arange(len(heard.east_m))
        place[a], place[b] = b, a
        places = heard.east_m[place], heard.north_m[place]
        score = _score(heard, heard.values, heard.active, heard.grid.slowness[where[:, 0]], config, places)
        out.append(Fault("swapped", (a, b), np.nan, score))
    return out


def _exchanged(grid: Grid, channels: int, a: int, b: int) -> np.ndarray:
    """Return the lag index (pairs, nodes) of a grid with the places of two elements exchanged."""
    first, second = np.triu_indices(channels, 1)
    number = np.zeros((channels, channels), dtype=np.int64)
    number[first, second] = number[second, first] = np.arange(len(first))
    place = np.arange(channels)
    place[a], place[b] = b, a
    index = grid.lag_index[number[place[first], place[second]]]
    turned = place[first] > place[second]
    return np.ascontiguousarray(np.where(turned[:, None], len(grid.lag_s) - 1 - index, index).astype(np.int32))


def _dead(heard: _Heard, i: int, start: np.ndarray, config: ArrayConfig) -> list[Fault]:
    """Return that an element has nothing in common with the beam of the others, at any lag; nothing where it has."""
    others = heard.active & (np.arange(len(heard.east_m)) != i)
    _, like = _likeness(heard, i, others, start, config)
    beam = _likeness_of_others(heard, others, start)
    if np.sum(like.max(axis=1)) > (_DEAF_SHARE + _chance_likeness(heard, config)) * beam:
        return []
    return [Fault("dead", (i,), np.nan, _score(heard, heard.values, others, start, config))]


def _likeness_of_others(heard: _Heard, others: np.ndarray, slowness: np.ndarray) -> float:
    """Return how like one of the others is to the beam of the rest, summed over the windows."""
    delay = slowness @ np.stack([heard.east_m, heard.north_m])
    beam = np.einsum("c,wcb->wb", others, heard.values * np.exp(2j * np.pi * heard.hz * delay[:, :, None]))
    power = np.sum(np.square(beam.real) + np.square(beam.imag), axis=1)
    k = int(others.sum())
    return float(np.sum((power - k) / (k - 1))) if k > 1 else 0.0


def _shifted(heard: _Heard, i: int, start: np.ndarray, config: ArrayConfig) -> list[Fault]:
    """Return by how much one element's clock would have to be off, the same in all windows.

    First against the beam of the others; then shift and slownesses together, closing in on the most likely shift.
    """
    others = heard.active & (np.arange(len(heard.east_m)) != i)
    lag_s, like = _likeness(heard, i, others, start, config)
    shift = float(lag_s[np.argmax(np.sum(np.maximum(like, 0) ** 2, axis=0))])
    step, score = _FIRST_STEP_S, _score_shifted(heard, i, shift, start, config)
    while step > _LAST_STEP_S:
        tried = [(shift + side, _score_shifted(heard, i, shift + side, start, config)) for side in (-step, step)]
        better, best = max(tried, key=lambda t: t[1])
        if best > score:
            shift, score = better, best
        else:
            step /= 2
    kind, bonus = _kind_of_shift(heard, i, abs(shift), config)
    return [Fault(kind, (i,), shift, score - _SHIFT_ODDS + bonus)]


def _score_shifted(heard: _Heard, i: int, shift_s: float, start: np.ndarray, config: ArrayConfig) -> float:
    values = heard.values.copy()
    values[:, i] *= np.exp(2j * np.pi * heard.hz * shift_s).astype(np.complex64)
    return _score(heard, values, heard.active, start, config)


def _kind_of_shift(heard: _Heard, i: int, shift_s: float, config: ArrayConfig) -> tuple[str, float]:
    """Return what a shift is called by its size against that which uncertain places explain, and its log odds.

    The others' plane, carried to the element's place, is uncertain by its leverage. What places explain is no rare
    fault, and does not pay a fault's odds.
    """
    others = heard.active & (np.arange(len(heard.east_m)) != i)
    plane = np.stack([np.ones(len(others)), heard.east_m, heard.north_m], axis=1)
    leverage = float(plane[i] @ np.linalg.pinv(plane[others].T @ plane[others]) @ plane[i])
    sigma_s = config.position_sigma_m / config.usual_speed_m_s[0] * np.sqrt(1 + leverage)
    if shift_s >= max(config.fault_least_shift_s, config.fault_shift_sigmas * sigma_s):
        return "shifted", 0.0
    if shift_s >= max(config.fault_least_shift_s, config.fault_shift_sigmas / 2 * sigma_s):
        return "misfit", config.fault_log_odds / 2
    return "small", config.fault_log_odds


def _likeness(
    heard: _Heard, i: int, others: np.ndarray, slowness: np.ndarray, config: ArrayConfig
) -> tuple[np.ndarray, np.ndarray]:
    """Return lags (lags,) s, and the sum of an element's correlations with the others (windows, lags), steered."""
    step = heard.grid.lag_s[1] - heard.grid.lag_s[0]
    reach = int(config.fault_shift_s / step)
    lag_s = np.arange(-reach, reach + 1) * step
    delay = slowness @ np.stack([heard.east_m, heard.north_m])
    turn = np.exp(2j * np.pi * heard.hz * delay[:, :, None])
    steered = heard.values * turn
    cross = np.conj(np.einsum("c,wcb->wb", others, steered)) * steered[:, i]
    phase = 2 * np.pi * np.outer(heard.hz, lag_s)
    return lag_s, cross.real @ np.cos(phase) - cross.imag @ np.sin(phase)


def _chance_likeness(heard: _Heard, config: ArrayConfig) -> float:
    """Return the share of likeness that noise reaches at its best lag: the greatest of many independent lags."""
    lags = 2 * config.fault_shift_s * 2 * float(heard.hz[-1] - heard.hz[0])
    return float(np.sqrt(2 * np.log(max(lags, 2.0)) / heard.freedom))
