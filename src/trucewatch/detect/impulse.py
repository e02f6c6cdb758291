"""Find short loud arrivals (shots, detonations) at single nodes, sample by sample, in streams that come in pieces."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit

from trucewatch.core.errors import ConfigError
from trucewatch.core.tables import TRIGGERS
from trucewatch.core.times import SECOND_NS

__all__ = ["ImpulseConfig", "ImpulseState", "Impulses", "detect_impulses", "finish", "first_state", "impulse_triggers"]

_STA, _LTA, _BEFORE, _OUT, _PEAK, _RATIO = range(6)  # numbers of a channel's state
_BLOCK = 256  # samples
_SEEN, _LOW, _ONSET, _CROSSED, _QUIET, _OPEN, _RESUME = range(7)  # counters and flags of it


@dataclass(frozen=True, slots=True)
class ImpulseConfig:
    """When a short window is loud against a long one.

    short_s, long_s  time constants of the two recursive means of energy
    on, off          ratio at which a trigger begins, and at which it ends
    rise             the onset is the last sample at which the ratio was no more than this
    quiet_s          no new trigger so soon after the end of one
    longest_s        a trigger that lasts longer ends: the noise has grown
    high_pass_hz     corner of a one-pole high-pass; 0: none
    hold             the long mean stands still during a trigger
    """

    short_s: float = 0.05
    long_s: float = 10.0
    on: float = 6.0
    off: float = 2.0
    rise: float = 2.0
    quiet_s: float = 0.25
    longest_s: float = 5.0
    high_pass_hz: float = 1.0
    hold: bool = True

    def __post_init__(self) -> None:
        """Refuse values with which nothing can be found."""
        if not 0 < self.short_s < self.long_s:
            raise ConfigError(
                f"found means over {self.short_s:g} and {self.long_s:g} s; needed 0 < short < long; correct them"
            )
        if not 0 < self.off <= self.on:
            raise ConfigError(f"found on at {self.on:g} and off at {self.off:g}; needed 0 < off <= on; correct them")


class ImpulseState(NamedTuple):
    """Everything that the next piece needs to know of those before: numbers (channels, 6), counters (channels, 7)."""

    numbers: np.ndarray
    counters: np.ndarray


class Impulses(NamedTuple):
    """Triggers (n,) in order of channel and time; samples are counted from the first of the stream.

    channel  number of the channel
    onset    sample of the onset
    crossed  sample at which the ratio went over `on`
    last     last sample
    peak     greatest absolute value from the onset on, in the unit of the samples
    ratio    greatest short over long energy
    """

    channel: np.ndarray
    onset: np.ndarray
    crossed: np.ndarray
    last: np.ndarray
    peak: np.ndarray
    ratio: np.ndarray


def first_state(channels: int) -> ImpulseState:
    """Return the state before the first sample."""
    counters = np.zeros((channels, 7), dtype=np.int64)
    counters[:, _LOW] = -1
    counters[:, _RESUME] = 1
    return ImpulseState(np.zeros((channels, 6)), counters)


def detect_impulses(
    samples: np.ndarray, rate_hz: float, state: ImpulseState | None = None, config: ImpulseConfig | None = None
) -> tuple[Impulses, ImpulseState]:
    """Return the triggers that end in this piece (channels, n) of a stream, and the state for the next piece.

    NaN samples are a gap: they end a trigger, and nothing is learned from them. The triggers do not depend on where
    the stream was cut. Short over long recursive means of energy: Withers et al. 1998, BSSA 88(1), p. 97.
    """
    config = config or ImpulseConfig()
    samples = np.atleast_2d(samples)
    state = state or first_state(len(samples))
    if len(state.numbers) != len(samples):
        raise ValueError(f"found {len(samples)} channels; needed {len(state.numbers)}, as in the piece before")
    numbers, counters = state.numbers.copy(), state.counters.copy()
    settings = np.array([
        1 / max(1.0, config.short_s * rate_hz), 1 / max(1.0, config.long_s * rate_hz), config.on, config.off,
        config.rise, np.exp(-2 * np.pi * config.high_pass_hz / rate_hz) if config.high_pass_hz > 0 else 0.0,
        float(config.high_pass_hz > 0),
    ])  # fmt: skip
    spans = np.array([
        round(config.long_s * rate_hz), round(config.quiet_s * rate_hz), round(config.longest_s * rate_hz),
        int(config.hold),
    ])  # fmt: skip
    parts = []
    for i, row in enumerate(samples):
        counts, values = _scan(np.ascontiguousarray(row), numbers[i], counters[i], settings, spans)
        parts.append(_impulses(i, counts, values))
    return _together(parts), ImpulseState(numbers, counters)


def finish(state: ImpulseState) -> Impulses:
    """Return the triggers that are still open at the end of a stream."""
    parts = []
    for i, (numbers, counters) in enumerate(zip(*state, strict=True)):
        there = 1 if counters[_OPEN] else 0
        counts = np.array([[counters[_ONSET], counters[_CROSSED], counters[_SEEN] - 1]])[:there]
        parts.append(_impulses(i, counts, np.array([[numbers[_PEAK], numbers[_RATIO]]])[:there]))
    return _together(parts)


def _impulses(channel: int, counts: np.ndarray, values: np.ndarray) -> Impulses:
    return Impulses(np.full(len(counts), channel), *counts.T, *values.T)


def _together(parts: list[Impulses]) -> Impulses:
    return Impulses(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def impulse_triggers(
    impulses: Impulses, nodes: list[str], t_start_ns: int, rate_hz: float, source: str, file_sha256: str
) -> pa.Table:
    """Return impulses as rows of TRIGGERS, in order of time, ready for `locate.associate`.

    nodes       name of each channel
    t_start_ns  time of the first sample of the stream
    """
    order = np.lexsort((impulses.channel, impulses.onset))
    onset, last = impulses.onset[order], impulses.last[order]
    return TRIGGERS.table({
        "source": source, "file_sha256": file_sha256, "row": np.arange(1, len(order) + 1), "phase": "acoustic",
        "t_ns": t_start_ns + np.rint(onset * (SECOND_NS / rate_hz)).astype(np.int64),
        "node": np.array(nodes, dtype=object)[impulses.channel[order]],
        "amplitude_pa": impulses.peak[order], "duration_s": (last - onset + 1) / rate_hz,
    }, len(order))  # fmt: skip


@njit(cache=True, nogil=True, fastmath={"contract"})
def _scan(
    x: np.ndarray, numbers: np.ndarray, counters: np.ndarray, settings: np.ndarray, spans: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Run through x (n,), carry the state on in place, and return onset, crossing, last and peak, ratio of triggers."""
    room = x.shape[0] // (spans[1] + 1) + 2
    counts = np.empty((room, 3), dtype=np.int64)
    values = np.empty((room, 2))
    block = np.empty(_BLOCK)
    found, i = 0, 0
    while i < x.shape[0]:
        if counters[_OPEN] == 0 and counters[_RESUME] == 0 and counters[_SEEN] >= spans[0]:
            stop = _quiet(x, i, numbers, settings, block)
            if stop > i:
                counters[_SEEN] += stop - i
                counters[_LOW], numbers[_PEAK], i = counters[_SEEN] - 1, 0.0, stop
                continue
        if _step(x[i], numbers, counters, settings, spans):
            counts[found] = counters[_ONSET], counters[_CROSSED], counters[_SEEN] - 1
            values[found] = numbers[_PEAK], numbers[_RATIO]
            found += 1
            _close(numbers, counters, spans)
        counters[_SEEN] += 1
        i += 1
    return counts[:found], values[:found]


@njit(cache=True, nogil=True, fastmath={"contract"})
def _quiet(x: np.ndarray, start: int, numbers: np.ndarray, settings: np.ndarray, block: np.ndarray) -> int:
    """Run from x[start] on for as long as nothing rises; return where that ends, NaN included, the state before it.

    The common case by far, kept free of all that only a trigger needs; differences are taken block by block.
    """
    short, long, _, _, rise, pole, keep = settings
    sta, lta, before, out = numbers[_STA], numbers[_LTA], numbers[_BEFORE], numbers[_OUT]
    keep_short, keep_long = 1 - short, 1 - long
    i = start
    rises = False
    while i < x.shape[0] and not rises:
        size = min(_BLOCK, x.shape[0] - i)
        block[0] = x[i] - keep * before
        for k in range(1, size):
            block[k] = x[i + k] - keep * x[i + k - 1]
        done = size
        for k in range(size):
            new_out = pole * out + block[k]
            energy = new_out * new_out
            new_sta = keep_short * sta + short * energy
            new_lta = keep_long * lta + long * energy
            if not new_sta <= rise * new_lta:
                done, rises = k, True
                break
            out, sta, lta = new_out, new_sta, new_lta
        i += done
        if done > 0:
            before = x[i - 1]
    numbers[_STA], numbers[_LTA], numbers[_BEFORE], numbers[_OUT] = sta, lta, before, out
    return i


@njit(cache=True, nogil=True, fastmath={"contract"})
def _step(value: float, numbers: np.ndarray, counters: np.ndarray, settings: np.ndarray, spans: np.ndarray) -> bool:
    """Take in one sample, whatever it is, and return whether an open trigger ends with the sample before it."""
    short, long, on, off, rise, pole, keep = settings
    seen = counters[_SEEN]
    if np.isnan(value):
        counters[_RESUME] = 1
        numbers[_STA] = min(numbers[_STA], numbers[_LTA])  # what was loud before a gap says nothing of what comes after
        return bool(counters[_OPEN] == 1)
    if counters[_RESUME] == 1:
        numbers[_OUT], counters[_RESUME] = (1 - keep) * value, 0
    else:
        numbers[_OUT] = pole * numbers[_OUT] + (value - keep * numbers[_BEFORE])
    numbers[_BEFORE] = value
    size = abs(numbers[_OUT])
    numbers[_STA] = (1 - short) * numbers[_STA] + short * size * size
    if counters[_OPEN] == 0 or spans[3] == 0:
        numbers[_LTA] = (1 - long) * numbers[_LTA] + long * size * size
    sta, lta = numbers[_STA], numbers[_LTA]
    if counters[_OPEN] == 1:
        numbers[_PEAK], numbers[_RATIO] = max(numbers[_PEAK], size), max(numbers[_RATIO], sta / lta)
        return bool(sta <= off * lta or seen - counters[_ONSET] >= spans[2])
    if sta <= rise * lta or seen < spans[0]:
        counters[_LOW], numbers[_PEAK] = seen, 0.0
        return False
    numbers[_PEAK] = max(numbers[_PEAK], size)
    if sta > on * lta and seen >= counters[_QUIET]:
        counters[_OPEN], counters[_CROSSED], numbers[_RATIO] = 1, seen, sta / lta
        counters[_ONSET] = max(counters[_LOW] + 1, counters[_QUIET])
    return False


@njit(cache=True, nogil=True)
def _close(numbers: np.ndarray, counters: np.ndarray, spans: np.ndarray) -> None:
    """End the open trigger; one that grew too long was a change of the noise, which is then learned at once."""
    if counters[_SEEN] - counters[_ONSET] >= spans[2]:
        numbers[_LTA] = numbers[_STA]
    counters[_OPEN], numbers[_PEAK] = 0, 0.0
    counters[_QUIET] = counters[_SEEN] + spans[1]
