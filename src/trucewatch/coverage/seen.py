"""Fraction of time in which each cell was seen, exact in time."""

from typing import Any

import numpy as np
from numba import njit

from trucewatch.coverage.raster import Shares

__all__ = ["seen_fraction"]

_MOST = 1 - 1e-15  # a certain look would make the running product 0, from which no look could be taken back


def seen_fraction(
    start_ns: np.ndarray,
    end_ns: np.ndarray,
    p_detect: np.ndarray,
    footprint: np.ndarray,
    shares: Shares,
    cells: int,
    period_ns: tuple[int, int],
) -> np.ndarray:
    """Return the mean over the period of 1 − Π(1 − p) of the looks that are open, (cells,).

    start_ns, end_ns, p_detect, footprint   (looks,) intervals, probabilities and rows into `shares`
    A look that covers a part of a cell enters with p × share, as if the parts of several looks fell independently.
    """
    if period_ns[1] <= period_ns[0]:
        raise ValueError(f"found a period of {period_ns[1] - period_ns[0]} ns; needed a positive one")
    start, end = np.clip(start_ns, *period_ns), np.clip(end_ns, *period_ns)
    open_ = np.flatnonzero(end > start)
    moments = np.concatenate([start[open_], end[open_]]) - period_ns[0]
    look = np.concatenate([open_, open_])
    opens = np.arange(len(look)) < len(open_)
    order = np.argsort(moments, kind="stable")
    seen = _sweep(
        moments[order], look[order], opens[order], p_detect.astype(np.float64), footprint, *shares, cells,
        float(period_ns[1] - period_ns[0]),
    )  # fmt: skip
    return np.asarray(np.clip(seen, 0.0, 1.0))


@njit(cache=True, nogil=True)
def _sweep(
    moments: Any, look: Any, opens: Any, p_detect: Any, footprint: Any, start: Any, cell: Any, share: Any,
    cells: Any, length: Any,
) -> Any:  # fmt: skip
    missed = np.ones(cells)  # Π(1 − p) of the looks that are open now
    since, seen = np.zeros(cells), np.zeros(cells)
    for e in range(len(moments)):
        moment, i = float(moments[e]), footprint[look[e]]
        for k in range(start[i], start[i + 1]):
            c = cell[k]
            seen[c] += (1 - missed[c]) * (moment - since[c])
            since[c] = moment
            miss = 1 - min(p_detect[look[e]] * share[k], _MOST)
            missed[c] = missed[c] * miss if opens[e] else missed[c] / miss
    return (seen + (1 - missed) * (length - since)) / length
