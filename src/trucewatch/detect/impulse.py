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
        config.rise, np.exp(-2 * np.pi * config.high_pass_hz / rate_hz) if config.high_pass_hz > 0 else -1.0,
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
def _scan(  # noqa: PLR0912  one pass over the samples, its state in registers
    x: np.ndarray, numbers: np.ndarray, counters: np.ndarray, settings: np.ndarray, spans: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Run through x (n,), carry the state on in place, and return onset, crossing, last and peak, ratio of triggers."""
    short, long, on, off, rise, pole = settings
    warm, quiet, longest, hold = spans
    sta, lta, before, out, peak, ratio = numbers
    seen, low, onset, crossed, quiet_until, is_open, resume = counters
    room = x.shape[0] // (quiet + 1) + 2
    counts = np.empty((room, 3), dtype=np.int64)
    values = np.empty((room, 2))
    found = 0
    keep_short, keep_long = 1 - short, 1 - long
    for value in x:
        if np.isnan(value):
            ends, resume = is_open == 1, 1
            sta = min(sta, lta)  # what was loud before a gap says nothing of what comes after it
        else:
            if pole < 0:
                out = value
            elif resume == 1:
                out = 0.0
            else:
                out = pole * out + (value - before)
            before, resume = value, 0
            energy = out * out
            sta = keep_short * sta + short * energy
            if is_open == 0 or hold == 0:
                lta = keep_long * lta + long * energy
            if is_open == 0:
                ends = False
                if sta <= rise * lta or seen < warm:
                    low, peak = seen, 0.0
                else:
                    peak = max(peak, abs(out))
                    if sta > on * lta and seen >= quiet_until:
                        is_open, onset, crossed, ratio = 1, max(low + 1, quiet_until), seen, sta / lta
            else:
                peak = max(peak, abs(out))
                ratio = max(ratio, sta / lta)
                ends = sta <= off * lta or seen - onset >= longest
        if ends:
            counts[found, 0], counts[found, 1], counts[found, 2] = onset, crossed, seen - 1
            values[found, 0], values[found, 1] = peak, ratio
            found += 1
            if seen - onset >= longest:
                lta = sta
            is_open, quiet_until, peak = 0, seen + quiet, 0.0
        seen += 1
    numbers[:] = (sta, lta, before, out, peak, ratio)
    counters[:] = (seen, low, onset, crossed, quiet_until, is_open, resume)
    return counts[:found], values[:found]
