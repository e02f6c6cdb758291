"""What the events of one pass teach about the stations: their constant delays, and how often they hear."""

import numpy as np
from numba import njit

from trucewatch.locate.seismic.decide import Found
from trucewatch.locate.seismic.fit import Scene, arrivals

__all__ = ["delays", "hearing", "residuals"]

DELAY_PRIOR = 8.0  # arrivals that a delay of zero is worth
HEARING_PRIOR = 20.0  # near events that the configured chance is worth
RANGE_SHARE = 0.8  # an event was heard as far as this share of its stations


def residuals(view: Scene, found: Found) -> np.ndarray:
    """Return observed minus predicted time (events, near, 2) s; NaN where the event has no pick."""
    out = np.full(found.chosen.shape, np.nan)
    _residuals(view, found.state, found.cell, found.chosen, out)
    return out


def delays(view: Scene, found: Found, residual_s: np.ndarray) -> np.ndarray:
    """Return each key's median residual (keys,) s, drawn towards zero where it rests on few arrivals."""
    keys = 2 * view.near[found.cell][:, :, None] + np.arange(2)
    have = np.isfinite(residual_s)
    key, value = keys[have], residual_s[have]
    order = np.lexsort((value, key))
    count = np.bincount(key, minlength=len(view.begin) - 1)
    middle = np.concatenate([[0], np.cumsum(count)[:-1]]) + count // 2
    median = np.append(value[order], 0.0)[np.minimum(middle, len(value))]
    return np.where(count > 0, median * count / (count + DELAY_PRIOR), 0.0)


def hearing(view: Scene, found: Found, prior: np.ndarray) -> np.ndarray:
    """Return how often each key (keys,) has a pick of the events in whose range it lies, drawn towards `prior`."""
    heard = found.chosen >= 0
    any_phase = heard.any(axis=2)
    so_far = np.cumsum(any_phase, axis=1)
    within = so_far <= RANGE_SHARE * so_far[:, -1:]
    keys = 2 * view.near[found.cell][:, :, None] + np.arange(2)
    inside = np.broadcast_to(within[:, :, None], keys.shape)
    trials = np.bincount(keys[inside], minlength=len(prior))
    hits = np.bincount(keys[inside & heard], minlength=len(prior))
    return np.asarray((hits + HEARING_PRIOR * prior) / (trials + HEARING_PRIOR))


@njit(cache=True, nogil=True)
def _residuals(view: Scene, state: np.ndarray, cell: np.ndarray, chosen: np.ndarray, out: np.ndarray) -> None:
    predicted, slope = np.empty(chosen.shape[1:]), np.empty((*chosen.shape[1:], 3))
    for e in range(len(state)):
        arrivals(view, view.near[cell[e]], state[e], predicted, slope)
        for r in range(chosen.shape[1]):
            for phase in range(2):
                if chosen[e, r, phase] >= 0:
                    out[e, r, phase] = view.time_s[chosen[e, r, phase]] - predicted[r, phase]
