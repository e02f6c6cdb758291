"""Which uncertain inputs drive a result: squared rank correlation, and the swing between an input's two halves."""

from dataclasses import dataclass
from typing import Any

import numpy as np

__all__ = ["Driver", "Inputs", "rank_drivers"]


@dataclass(frozen=True, slots=True)
class Driver:
    """One uncertain input: its share of the explained rank variance, and what it swings the result by.

    share  squared rank correlation over the sum of all inputs' (0 to 1)
    swing  mean result in the upper half of the input minus mean in the lower; in the need's unit
    """

    name: str
    share: float
    swing: float

    def as_dict(self) -> dict[str, Any]:
        """Return the fields in order."""
        return {"name": self.name, "share": self.share, "swing": self.swing}


@dataclass(frozen=True)
class Inputs:
    """Names (inputs,) and drawn values (inputs, draws), larger meaning better for the result."""

    names: tuple[str, ...]
    values: np.ndarray


def rank_drivers(inputs: Inputs, result: np.ndarray, most: int) -> tuple[Driver, ...]:
    """Return the inputs that move the result (draws,), the strongest first, at most `most`; others are left out.

    The result is ranked; an input needs no ranking, for it is uniform (a straight line in its rank) or yes/no (which
    no ranking changes). Chance alone gives a squared correlation of about 1/draws: below four times that is noise.
    """
    moving = inputs.values.std(axis=1) > 0
    if not moving.any() or not result.std() > 0:
        return ()
    names = [n for n, moves in zip(inputs.names, moving, strict=True) if moves]
    values = inputs.values[moving]
    squared = _correlation(values, _ranks(result)) ** 2
    heard = squared > 4 / result.size
    total = squared[heard].sum()
    order = [i for i in np.argsort(-squared, kind="stable") if heard[i]][:most]
    return tuple(Driver(names[i], round(float(squared[i] / total), 4), _swing(values[i], result)) for i in order)


def _ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks, ties at their middle: many draws give the same result where approvals fail."""
    _, where, count = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(count) - (count - 1) / 2)[where])


def _correlation(values: np.ndarray, ranks: np.ndarray) -> np.ndarray:
    centred = values - values.mean(axis=1, keepdims=True)
    other = ranks - ranks.mean()
    return np.asarray(centred @ other / np.sqrt((centred**2).sum(axis=1) * (other**2).sum()))


def _swing(value: np.ndarray, result: np.ndarray) -> float:
    upper = value > value.mean()
    return round(float(result[upper].mean() - result[~upper].mean()), 1)
