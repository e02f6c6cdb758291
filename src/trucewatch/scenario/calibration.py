"""Whether probabilities mean what they say: Brier score, log score and expected calibration error."""

from typing import NamedTuple

import numpy as np

__all__ = ["Bin", "Calibration", "calibrate"]

_LEAST = 1e-6  # a certain statement that is wrong would cost infinitely much


class Bin(NamedTuple):
    """Statements with probabilities in low..high: how many, what they said on average, and how often it was so."""

    low: float
    high: float
    statements: int
    mean_p: float
    share_true: float


class Calibration(NamedTuple):
    """Scores of statements; None where there are none. Brier and log score: less is better, 0 is perfect."""

    statements: int
    brier: float | None
    log_score: float | None
    expected_calibration_error: float | None
    bins: tuple[Bin, ...]


def calibrate(p: np.ndarray, so: np.ndarray, bins: int) -> Calibration:
    """Return the calibration of probabilities p (n,) against what was so (n,) bool.

    Source: Brier 1950, Mon. Weather Rev. 78, p. 1; Naeini et al. 2015, AAAI, p. 2902 (expected calibration error).
    """
    if len(p) == 0:
        return Calibration(0, None, None, None, ())
    clipped = np.clip(p, _LEAST, 1 - _LEAST)
    log_score = -np.where(so, np.log(clipped), np.log1p(-clipped)).mean()
    slot = np.minimum((p * bins).astype(np.int64), bins - 1)
    count = np.bincount(slot, minlength=bins)
    filled = np.flatnonzero(count)
    mean_p = np.bincount(slot, weights=p, minlength=bins)[filled] / count[filled]
    share = np.bincount(slot, weights=so.astype(np.float64), minlength=bins)[filled] / count[filled]
    error = (count[filled] * np.abs(mean_p - share)).sum() / len(p)
    rows = (Bin(b / bins, (b + 1) / bins, int(count[b]), float(m), float(s))
            for b, m, s in zip(filled.tolist(), mean_p, share, strict=True))  # fmt: skip
    return Calibration(len(p), float(((p - so) ** 2).mean()), float(log_score), float(error), tuple(rows))
