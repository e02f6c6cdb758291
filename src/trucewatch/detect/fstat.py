"""The F-statistic of a beam: how coherent an array is, against the background that it has just now."""

import numpy as np
from scipy import special

__all__ = ["background_scale", "beams_in_disc", "chance_of", "f_statistic", "threshold"]

_MOST_F = 1e6
_LEAST_CHANCE = 1e-290


def f_statistic(members: np.ndarray | float, mean_correlation: np.ndarray) -> np.ndarray:
    """Return coherent over incoherent power of a beam of k elements of like energy whose pairs correlate by r.

    F = (1 + (k−1)·r) / (1 − r); 1 for noise. Source: Blandford 1974, Geophysics 39(5), p. 633, with each element's
    energy set to 1, so that gains do not matter.
    """
    r = np.minimum(mean_correlation, 1 - 1e-9)
    return np.asarray(np.clip((1 + (np.asarray(members) - 1) * r) / (1 - r), 0.0, _MOST_F))


def beams_in_disc(mean_square_hz2: float, spread_m2: np.ndarray, members: int, slowest_m_s: float) -> float:
    """Return how many independent beams fit into the disc of slownesses that is searched.

    mean_square_hz2  mean square frequency of the band
    spread_m2        (2, 2) second moments of the layout

    Area of the disc times the root of the determinant of the curvature of the field of pair sums, over 2π
    (Adler 1981, The Geometry of Random Fields, theorem 6.9.1; the power of the height is in `chance_of`).
    """
    pair_spread = 2 * members / max(members - 1, 1)
    curvature = (2 * np.pi) ** 2 * mean_square_hz2 * pair_spread * np.sqrt(max(np.linalg.det(spread_m2), 0.0))
    return float(np.pi / slowest_m_s**2 * curvature / (2 * np.pi))


def chance_of(f: np.ndarray, scale: float, members: np.ndarray | int, freedom: float, beams: float) -> np.ndarray:
    """Return the probability (windows,) that noise gives a greatest F of at least this in one window.

    scale    of the background (`background_scale`)
    members  (windows,) elements in the beam
    freedom  degrees of freedom of one element
    beams    independent beams in the disc (`beams_in_disc`)
    """
    single = special.fdtrc(freedom, freedom * (np.maximum(members, 2) - 1), np.asarray(f) / scale)
    return _of_greatest(np.asarray(single), beams)


def _of_greatest(single: np.ndarray, beams: float) -> np.ndarray:
    """Return the chance that the greatest over the disc exceeds what one beam exceeds with chance `single`.

    The expected number of peaks of a smooth field in the plane above a height u grows with u² times the tail of one
    beam; below √2 that law would fall again, so that the number there is kept.
    """
    height = np.maximum(-special.ndtri(np.maximum(single, _LEAST_CHANCE)), np.sqrt(2))
    count = 1 + beams * np.square(height)
    return np.asarray(-np.expm1(count * np.log1p(-np.minimum(single, 1 - 1e-16))))


def _single(chance: np.ndarray, beams: float) -> np.ndarray:
    """Return the chance of one beam (…) for that of the greatest (…): `_of_greatest` turned round, by a table."""
    table = np.concatenate([np.geomspace(1e-30, 0.05, 400), np.linspace(0.0505, 1 - 1e-9, 400)])
    of_greatest = np.maximum.accumulate(_of_greatest(table, beams))
    return np.asarray(np.exp(np.interp(np.log(chance), np.log(of_greatest), np.log(table))))


def threshold(chance: float, scale: float, members: int, freedom: float, beams: float) -> float:
    """Return the F that noise exceeds with probability `chance` in one window."""
    single = _single(np.array(chance), beams)
    return float(scale * special.fdtri(freedom, freedom * (max(members, 2) - 1), 1 - single))


def background_scale(
    f: np.ndarray, members: int, freedom: float, beams: float, quantiles: tuple[float, float], most: float
) -> float:
    """Return by how much the F (windows,) of a stretch exceed those of independent noise: at most `most`.

    The lower windows, between two quantiles, are taken for background; their logarithms are set against the same
    quantiles of the greatest F of noise over the disc (after Arrowsmith et al. 2009, GJI 177(3), p. 1194, who fit the
    peak of the histogram of F).
    """
    known = np.sort(f[np.isfinite(f) & (f > 0)])
    at = (np.arange(len(known)) + 0.5) / max(len(known), 1)
    low = (at >= quantiles[0]) & (at <= quantiles[1])
    if np.count_nonzero(low) < 3:
        return 1.0
    expected = special.fdtri(freedom, freedom * (max(members, 2) - 1), 1 - _single(1 - at[low], beams))
    return float(np.clip(np.exp(np.mean(np.log(known[low] / expected))), 1 / most, most))
