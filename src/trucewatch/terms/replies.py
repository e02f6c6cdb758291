"""Which acts may have been replies: to an earlier attack, after a call, in time and in proportion."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numba import njit

from trucewatch.core.agreement import Call
from trucewatch.core.times import SECOND_NS

__all__ = ["Volleys", "reply_chance"]

_NONE = 1e-9  # a probability of no attack below this is taken as none
_LONGEST_S = 1e9  # about 30 years: a longer time within which to reply is no limit


class Volleys(NamedTuple):
    """Incidents (n,): interval ns UTC, the greatest probability that each is an attack, least and greatest count."""

    start_ns: np.ndarray
    end_ns: np.ndarray
    p_attack: np.ndarray
    fewest: np.ndarray
    most: np.ndarray


def reply_chance(
    volleys: Volleys, asked: np.ndarray, calls: Sequence[Call], within_s: float, proportion: float | None
) -> np.ndarray:
    """Return the greatest probability (n,) with which each incident in `asked` (n,) bool may be a permitted reply.

    It may be one to another incident where moments of their intervals and of a call can follow each other as attack,
    call, reply within `within_s`, and where its least count is not out of proportion to the attack's greatest. The
    attacks are independent of one another.
    """
    if not calls:
        return np.zeros(len(asked))
    times = np.array(sorted((c.t_start_ns, c.t_end_ns) for c in calls), dtype=np.int64)
    order = np.argsort(volleys.start_ns, kind="stable")
    by_start = Volleys(*(column[order] for column in volleys))
    within_ns = round(min(within_s, _LONGEST_S) * SECOND_NS)
    latest = np.maximum.accumulate(by_start.end_ns)
    first = np.searchsorted(latest, by_start.start_ns - within_ns, side="left")
    last = np.searchsorted(by_start.start_ns, by_start.end_ns, side="right")
    factor = np.inf if proportion is None else proportion
    chance = np.zeros(len(asked))
    called = times[:, 0], times[:, 1], np.maximum.accumulate(times[:, 1])
    chance[order] = _chances(*by_start, asked[order], first, last, *called, within_ns, factor)
    return chance


@njit(cache=True, nogil=True)
def _chances(
    start: Any, end: Any, p: Any, fewest: Any, most: Any, asked: Any, first: Any, last: Any, call_start: Any,
    call_end: Any, call_latest: Any, within: Any, factor: Any,
) -> Any:  # fmt: skip
    chance = np.zeros(len(start))
    for i in np.flatnonzero(asked):
        none = 1.0
        calls = np.searchsorted(call_start, end[i], side="right")
        for j in range(first[i], last[i]):
            apt = j != i and p[j] > 0 and (factor == np.inf or fewest[i] <= factor * most[j])
            if apt and _follow(start[j], end[j], call_start[:calls], call_end, call_latest, start[i], end[i], within):
                none *= 1.0 - p[j]
                if none < _NONE:
                    none = 0.0
                    break
        chance[i] = 1.0 - none
    return chance


@njit(cache=True, nogil=True)
def _follow(
    attack_start: Any, attack_end: Any, call_start: Any, call_end: Any, call_latest: Any, start: Any, end: Any,
    within: Any,
) -> Any:  # fmt: skip
    """Tell whether some moments of attack, a call and reply can follow each other in time and soon enough.

    Given the moment of the call, the latest attack before it and the earliest reply after it are the closest.
    """
    for k in range(len(call_start) - 1, -1, -1):
        if call_latest[k] < attack_start:  # this call and all that began before it were over
            return False
        low, high = max(call_start[k], attack_start), min(call_end[k], end)
        if low <= high:
            call = min(max(min(attack_end, start), low), high)
            if max(start, call) - min(attack_end, call) <= within:
                return True
    return False
