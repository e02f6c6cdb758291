"""Arrivals at arrays as a table, when each began, and as triggers for the association."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.array_record import ArrayRecord
from trucewatch.core.columns import Column, Schema
from trucewatch.core.marking import Marking
from trucewatch.core.tables import TRIGGERS
from trucewatch.core.times import SECOND_NS
from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.fstat import threshold
from trucewatch.detect.join import Group
from trucewatch.detect.spectra import band_passed, thinning
from trucewatch.physics.plane_wave import bearing_of, delays_s

__all__ = ["ARRIVALS", "Arrival", "onset_of", "table_of", "triggers_of"]

_INTERNAL = Marking.INTERNAL
ARRIVALS = Schema("arrivals", 1, (
    Column("t_ns", "int64", "ns UTC", "onset at the middle of the array", marking=_INTERNAL, nullable=False),
    Column("t_sigma_s", "float64", "s", "standard deviation of the onset", 1e-3),
    Column("duration_s", "float64", "s", "how long it stayed coherent", 0.01),
    Column("array", "string", "", "name of the array", marking=_INTERNAL, nullable=False),
    Column("back_azimuth_deg", "float64", "deg", "direction it came from, from north", 0.01, _INTERNAL),
    Column("back_azimuth_sigma_deg", "float64", "deg", "its standard deviation", 0.01),
    Column("trace_velocity_m_s", "float64", "m/s", "apparent speed across the array", 0.1),
    Column("f_statistic", "float64", "1", "coherent over incoherent power of the best window", 0.01),
    Column("correlation", "float64", "1", "mean correlation of the pairs in that window", 1e-3),
    Column("amplitude", "float64", "unit of the samples", "peak of the beam in the band", 1e-9, _INTERNAL),
    Column("rejected_elements", "string", "", "elements left out of most windows, joined by ;", marking=_INTERNAL),
))  # fmt: skip

_SHORT_PERIODS = 1.0  # of the lower edge: length of the short windows in which the onset is sought
_CHANCE = 1e-4  # of a short window's being taken for the wave
_OFTEN = 0.5  # an element in fewer of the windows than this is named as left out


class Arrival(NamedTuple):
    """A group of windows, when its wave began (s from the start), for how long (s), how sure (s), how strong."""

    group: Group
    onset_s: float
    duration_s: float
    sigma_s: float
    amplitude: float


def onset_of(record: ArrayRecord, group: Group, config: ArrayConfig) -> tuple[float, float, float, float]:
    """Return onset s, duration s, standard deviation of the onset s, and peak amplitude of a group's wave.

    The beam is formed along the group's slowness; in short windows its F is set against that of noise, and the stretch
    about the greatest F that stays above is the wave.
    """
    thin = thinning(record.rate_hz, config.band_hz[1])
    rate = record.rate_hz / thin
    first = max(0, int((group.begin_s - config.window_s / 4) * record.rate_hz))
    last = min(record.samples.shape[1], int((group.end_s + config.window_s / 4) * record.rate_hz))
    x, _ = band_passed(record, first, last, config)
    use = group.members >= _OFTEN
    x = x[use] if use.sum() >= 2 else x
    place = (record.east_m[use], record.north_m[use]) if use.sum() >= 2 else (record.east_m, record.north_m)
    aligned = _aligned(x, delays_s(*place, group.slowness), rate)
    length = max(4, int(_SHORT_PERIODS / config.band_hz[0] * rate))
    f = _running_f(aligned, length)
    beam = np.abs(aligned.mean(axis=0))
    freedom = 2 * (config.band_hz[1] - config.band_hz[0]) * length / rate
    least = threshold(_CHANCE, 1.0, len(aligned), freedom, 0.0)
    if len(f) == 0 or f.max() < least:  # heard over the whole window, not in any short part of it
        return group.begin_s, group.end_s - group.begin_s, config.window_s / np.sqrt(12), float(beam.max(initial=0.0))
    begin, end = _stretch(f, least, round(config.window_s / 4 * rate))
    if end - begin < length // 2:  # too brief for the wave itself to have been found
        return group.begin_s, group.end_s - group.begin_s, config.window_s / np.sqrt(12), float(beam.max())
    # a short window rises over the threshold when its leading edge has met the wave
    onset = begin + 3 * length // 4
    stop = max(onset + 1, end + length // 4)
    start_s = first / record.rate_hz
    sigma_s = length / rate / 2 * float(np.hypot(1, 2 * least / f.max()))
    return start_s + onset / rate, (stop - onset) / rate, sigma_s, float(beam[onset:stop].max(initial=0.0))


def _aligned(x: np.ndarray, delay_s: np.ndarray, rate_hz: float) -> np.ndarray:
    """Return x (channels, n) with each channel moved back by its delay; straight lines between samples."""
    at = np.arange(x.shape[1])
    return np.stack([np.interp(at + d * rate_hz, at, row) for row, d in zip(x, delay_s, strict=True)])


def _running_f(x: np.ndarray, length: int) -> np.ndarray:
    """Return the F (n − length + 1,) of windows of `length` samples of aligned channels (channels, n)."""
    k, n = x.shape
    if n < length:
        return np.zeros(0)
    size = np.sqrt(np.mean(np.square(x), axis=1, keepdims=True))
    x = x / np.where(size > 0, size, 1)
    beam = k * np.square(x.mean(axis=0))
    rest = np.square(x).sum(axis=0) - beam
    total = np.concatenate([np.zeros((2, 1)), np.cumsum(np.stack([beam, rest]), axis=1)], axis=1)
    part = total[:, length:] - total[:, :-length]
    return np.asarray(part[0] * (k - 1) / np.maximum(part[1], 1e-12))


def _stretch(f: np.ndarray, least: float, bridge: int) -> tuple[int, int]:
    """Return first and last index about the greatest f with f over `least`, gaps of up to `bridge` bridged."""
    top = int(np.argmax(f))
    over = np.flatnonzero(f >= least)
    gaps = np.flatnonzero(np.diff(over) > bridge)
    here = int(np.searchsorted(over, top))
    left = gaps[gaps < here]
    right = gaps[gaps >= here]
    return int(over[left[-1] + 1] if len(left) else over[0]), int(over[right[0]] if len(right) else over[-1])


def table_of(record: ArrayRecord, arrivals: list[Arrival], lost: list[str]) -> pa.Table:
    """Return arrivals as a table in order of time; `lost` are elements that could not be used at all."""
    arrivals = sorted(arrivals, key=lambda a: a.onset_s)
    if not arrivals:
        return ARRIVALS.empty()
    bearing, speed = bearing_of(np.stack([a.group.slowness for a in arrivals]))
    return ARRIVALS.table({
        "t_ns": [record.t_start_ns + round(a.onset_s * SECOND_NS) for a in arrivals],
        "t_sigma_s": [a.sigma_s for a in arrivals], "duration_s": [a.duration_s for a in arrivals],
        "array": record.array, "back_azimuth_deg": bearing,
        "back_azimuth_sigma_deg": [a.group.sigma_deg for a in arrivals], "trace_velocity_m_s": speed,
        "f_statistic": [a.group.f for a in arrivals], "correlation": [a.group.correlation for a in arrivals],
        "amplitude": [a.amplitude for a in arrivals],
        "rejected_elements": [_rejected(record, a.group, lost) for a in arrivals],
    }, len(arrivals))  # fmt: skip


def _rejected(record: ArrayRecord, group: Group, lost: list[str]) -> str:
    often = (name for name, share in zip(record.elements, group.members, strict=True) if share < _OFTEN)
    return ";".join([*often, *lost])


def triggers_of(arrivals: pa.Table, source: str, file_sha256: str) -> pa.Table:
    """Return arrivals as rows of TRIGGERS, phase infrasound, ready for `locate.associate`.

    source, file_sha256   where the waveforms or the list of detections came from
    """
    shared = ("t_ns", "t_sigma_s", "duration_s", "back_azimuth_deg", "back_azimuth_sigma_deg", "trace_velocity_m_s",
              "f_statistic")  # fmt: skip
    values = {name: arrivals.column(name) for name in shared}
    return TRIGGERS.table({
        "source": source, "file_sha256": file_sha256, "row": np.arange(1, arrivals.num_rows + 1), "phase": "infrasound",
        "node": arrivals.column("array"), "amplitude_pa": arrivals.column("amplitude"), **values,
    }, arrivals.num_rows)  # fmt: skip
