"""How probably more acts than a limit fall into one window of time, wherever that window begins.

Each act happens, if it does, at a moment that is uniform in its interval, independently of the others. The number of
acts in one window then has a Poisson-binomial distribution, which is followed up to the limit only. Windows overlap, so
the probability that any of them holds too many has bounds:

    low   the most probable single window of each run of acts, runs being too far apart for one window
    high  for each run of acts the least of: all of them together are too many; the sum over acts of "this act, and
          too many within one width after it"; the same as a product, with every act in each window that it may lie in

The product is a bound because more acts never make less of such an event (Harris 1960, Proc. Camb. Phil. Soc. 56,
p. 13). For acts that are certain and instants both bounds are exact, and so they are where one window holds all.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.terms.windows import share_inside, window

__all__ = ["Acts", "Crowd", "crowd"]

_SURE = 1e-12  # probabilities closer than this to 0 or 1 are not followed further
_PIECES, _MOST_PIECES = 8, 64  # into which an act's interval is cut: so many a width, so many at most
_WORK = 400_000_000  # steps spent on each bound; what is left keeps its coarser, still honest bound


class Acts(NamedTuple):
    """Acts (n,): probability, number it counts for, start and end in ns UTC (equal: an instant)."""

    p: np.ndarray
    number: np.ndarray
    start_ns: np.ndarray
    end_ns: np.ndarray


class Crowd(NamedTuple):
    """Bounds of the probability of too many, and the window in which most are expected.

    fullest_ns  its start, going by the greatest probabilities and numbers; None without any act
    expected    number of acts expected in it, going by the least
    """

    low: float
    high: float
    fullest_ns: int | None
    expected: float


class _Sorted(NamedTuple):
    """Acts in order of their start, the latest end so far, and when each is over (an instant: 1 ns after)."""

    acts: Acts
    latest_ns: np.ndarray
    over_ns: np.ndarray


class _Windows(NamedTuple):
    """Windows (m,) [a, b), which acts [first, last) may lie in them, their expected number and their greatest."""

    a_ns: np.ndarray
    b_ns: np.ndarray
    first: np.ndarray
    last: np.ndarray
    mean: np.ndarray
    most: np.ndarray


def crowd(least: Acts, greatest: Acts, width_ns: int, most: int) -> Crowd:
    """Return bounds of the probability that some window of this width holds more than `most` acts.

    least, greatest  the acts with the least and the greatest probabilities and numbers that the record allows
    """
    low, high = _sorted(least, most + 1), _sorted(greatest, most + 1)
    if not len(high.acts.p):
        return Crowd(0.0, 0.0, None, 0.0)
    p_low = _at_least(low, width_ns, most)
    p_high = 1.0 if p_low >= 1 - _SURE else max(p_low, _at_most(high, width_ns, most))
    windows = _windows(high, _starts(high, width_ns), width_ns)
    fullest = int(windows.a_ns[np.argmax(windows.mean)])
    inside = share_inside(least.start_ns, least.end_ns, window(fullest, fullest + width_ns))
    return Crowd(p_low, p_high, fullest, float(np.sum(least.p * least.number * inside)))


def _sorted(acts: Acts, ceiling: int) -> _Sorted:
    """Keep the acts that may happen and count, in order of their start; numbers go no further than the ceiling."""
    kept = np.flatnonzero((acts.p > 0) & (acts.number > 0))
    order = kept[np.argsort(acts.start_ns[kept], kind="stable")]
    p, number, start, end = (column[order] for column in acts)
    over = np.where(end > start, end, end + 1)
    return _Sorted(Acts(p, np.minimum(number, ceiling).astype(np.int64), start, end), np.maximum.accumulate(end), over)


def _starts(known: _Sorted, width_ns: int) -> np.ndarray:
    """Windows that begin with an act, or end with an interval; no other holds more acts that are instants."""
    _, _, start, end = known.acts
    return np.unique(np.concatenate([start, end[end > start] - width_ns]))


def _windows(known: _Sorted, a_ns: np.ndarray, width_ns: int | np.ndarray) -> _Windows:
    p, number, start, _ = known.acts
    b_ns = a_ns + width_ns
    first, last = np.searchsorted(known.latest_ns, a_ns, side="left"), np.searchsorted(start, b_ns, side="left")
    order = np.argsort(known.over_ns, kind="stable")
    gone = np.searchsorted(known.over_ns[order], a_ns, side="right")

    def inside(weight: np.ndarray) -> np.ndarray:
        begun, over = (np.concatenate([[0], np.cumsum(w)]) for w in (weight, weight[order]))
        return np.asarray(begun[last] - over[gone])

    return _Windows(a_ns, b_ns, first, last, inside(p * number), inside(number))


def _tail_bound(known: _Sorted, mean: np.ndarray, greatest: np.ndarray, most: np.ndarray) -> np.ndarray:
    """Return an upper bound (m,) of the probability of more than `most` (m,): Hoeffding 1963, JASA 58, p. 15."""
    unit = known.acts.number.max()
    m, t = np.maximum(mean, 0) * (1 + 1e-9) / unit + 1e-12, np.maximum(most + 1, 1e-9) / unit
    bound = np.where(t > m, np.exp(t - m + t * np.log(m / t)), 1.0)
    return np.where(most < 0, 1.0, np.where(greatest <= most, 0.0, bound))


def _at_least(known: _Sorted, width_ns: int, most: int) -> float:
    """Return the probability that in any run of acts the worst single window has too many."""
    if not len(known.acts.p):
        return 0.0
    w = _windows(known, _starts(known, width_ns), width_ns)
    bound = _tail_bound(known, w.mean, w.most, np.full(len(w.mean), most))
    order, run = np.argsort(-w.mean, kind="stable"), np.cumsum(_begins_run(known, width_ns))[w.first] - 1
    worst = _greatest(*known.acts, order, w.a_ns, w.b_ns, w.first, w.last, bound, most, run, _WORK)
    return float(_any(worst, np.array([0]))[0])


def _begins_run(known: _Sorted, width_ns: int) -> np.ndarray:
    """Tell which acts (n,) begin a run: acts of different runs are a width or more apart, so no window holds both."""
    return np.asarray(np.r_[True, known.acts.start_ns[1:] - known.latest_ns[:-1] >= width_ns])


def _at_most(known: _Sorted, width_ns: int, most: int) -> float:
    """Return the least upper bound of each run of acts, and the probability that any run has too many."""
    start, end = known.acts.start_ns, known.acts.end_ns
    runs = np.flatnonzero(_begins_run(known, width_ns))
    total = _of_runs(known, runs, most)
    shared = _after_each(known, width_ns, most, False)
    touched = _after_each(known, width_ns, most, True) if (end > start).any() else shared
    bound = np.minimum(np.add.reduceat(shared, runs), np.minimum(total, _any(touched, runs)))
    return float(_any(np.minimum(bound, 1.0), np.array([0]))[0])


def _any(p: np.ndarray, runs: np.ndarray) -> np.ndarray:
    """Return the probability of at least one of independent p (n,) from each start in `runs` to the next."""
    with np.errstate(divide="ignore"):
        return np.asarray(-np.expm1(np.add.reduceat(np.log1p(-np.minimum(p, 1.0)), runs)))


def _of_runs(known: _Sorted, runs: np.ndarray, most: int) -> np.ndarray:
    """Return the probability of each run that all its acts together are too many."""
    last = np.r_[runs[1:], len(known.acts.p)]
    span = (known.acts.start_ns[runs], known.latest_ns[last - 1] + 1)
    bound = np.where(np.add.reduceat(known.acts.number, runs) > most, 1.0, 0.0)
    nobody, limit = np.full(len(runs), -1), np.full(len(runs), most)
    order = np.arange(len(runs))
    return np.asarray(_each(*known.acts, order, *span, runs, last, bound, limit, nobody, _WORK, True))


def _after_each(known: _Sorted, width_ns: int, most: int, whole: bool) -> np.ndarray:
    """Return for each act (n,) the probability that it happens and too many lie within one width after it.

    whole  count every act that may lie there in full; else with its share, and cut the act's own interval into pieces
    """
    p, number, start, end = known.acts
    length = end - start
    pieces = np.where(whole, 1, np.clip(_PIECES * length // width_ns, 1, _MOST_PIECES))
    act = np.repeat(np.arange(len(p)), pieces)
    k = np.arange(len(act)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    step = length[act] // pieces[act]
    a_ns = start[act] + k * step
    b_ns = np.where(k == pieces[act] - 1, end[act], a_ns + step) + width_ns
    w = _windows(known, a_ns, b_ns - a_ns)
    rest = most - number[act]
    bound = _tail_bound(known, w.mean - (p * number)[act], w.most - number[act], rest)
    order = np.argsort(-w.mean, kind="stable")
    tails = _each(*known.acts, order, w.a_ns, w.b_ns, w.first, w.last, bound, rest, act, _WORK, whole)
    return p * np.bincount(act, tails / pieces[act], len(p))


@njit(cache=True, nogil=True)
def _share(start_ns: Any, end_ns: Any, a_ns: Any, b_ns: Any, whole: Any) -> Any:
    """Return the share of an act's interval in [a, b); with `whole` all of it as soon as they touch."""
    if end_ns <= start_ns:
        return 1.0 if a_ns <= start_ns < b_ns else 0.0
    common = min(end_ns, b_ns) - max(start_ns, a_ns)
    if common <= 0:
        return 0.0
    return 1.0 if whole else common / (end_ns - start_ns)


@njit(cache=True, nogil=True)
def _tail(
    p: Any, number: Any, start: Any, end: Any, first: Any, last: Any, a: Any, b: Any, most: Any, left_out: Any,
    whole: Any,
) -> Any:  # fmt: skip
    """Return the probability that acts [first, last) without one of them number more than `most`, and the steps."""
    if most < 0:
        return 1.0, 1
    held = np.zeros(most + 1)  # probability of each number up to the limit
    held[0] = 1.0
    over, top, steps = 0.0, 0, 0
    for j in range(first, last):
        steps += 1
        chance = p[j] * _share(start[j], end[j], a, b, whole)
        if chance <= 0 or j == left_out:
            continue
        for k in range(max(0, most - number[j] + 1), top + 1):
            over += held[k] * chance
        top = min(most, top + number[j])
        for k in range(top, -1, -1):
            held[k] = held[k] * (1 - chance) + (held[k - number[j]] * chance if k >= number[j] else 0.0)
        steps += top
        if over >= 1 - _SURE:
            return 1.0, steps
    return over, steps


@njit(cache=True, nogil=True)
def _greatest(
    p: Any, number: Any, start: Any, end: Any, order: Any, a: Any, b: Any, first: Any, last: Any, bound: Any, most: Any,
    run: Any, work: Any,
) -> Any:  # fmt: skip
    """Return the greatest tail (runs,) of any window of each run; the fullest come first, hopeless ones are skipped."""
    best = np.zeros(run.max() + 1)
    for i in order:
        if work > 0 and bound[i] > best[run[i]]:
            tail, steps = _tail(p, number, start, end, first[i], last[i], a[i], b[i], most, -1, False)
            best[run[i]] = max(best[run[i]], tail)
            work -= steps
            if tail >= 1 - _SURE:
                break
    return best


@njit(cache=True, nogil=True)
def _each(
    p: Any, number: Any, start: Any, end: Any, order: Any, a: Any, b: Any, first: Any, last: Any, bound: Any, most: Any,
    left_out: Any, work: Any, whole: Any,
) -> Any:  # fmt: skip
    """Return the tail (m,) of each window without one act; its bound where that is small, or the work is spent."""
    tails = bound.copy()
    for i in order:
        if work > 0 and bound[i] > _SURE:
            tail, steps = _tail(p, number, start, end, first[i], last[i], a[i], b[i], most[i], left_out[i], whole)
            tails[i] = min(bound[i], tail)
            work -= steps
    return tails
