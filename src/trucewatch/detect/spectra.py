"""From samples to whitened spectra of windows: band-pass and thinning of the whole, then window by window."""

from typing import NamedTuple

import numpy as np
from scipy import fft

from trucewatch.core.array_record import ArrayRecord
from trucewatch.detect.array_config import ArrayConfig

__all__ = ["Spectra", "band_passed", "spectra_of", "thinning"]

_ORDER = 4  # of the Butterworth edges
_KEPT_OVER_HIGH = 4.0  # samples kept for each period of the band's upper edge
_SETTLE_PERIODS = 10.0  # periods of the lower edge read beyond a stretch, so that the filter has settled
_SMOOTH_HZ = 0.15  # the background spectrum is smoothed over so much
_PARTS_AT_ONCE = 256
_LARGEST = 1e30  # a sample beyond it is no measurement in any unit, and sums of squares could not hold it


class Spectra(NamedTuple):
    """Spectra of overlapping windows in the band, each element's energy set to 1.

    values     (windows, channels, bins) complex64; zero where an element is missing
    energy     (windows, channels) mean square in the band before that, in the unit of the samples squared
    start_s    (windows,) s from the start of the record
    hz         (bins,) Hz
    window_s   length of a window
    freedom    degrees of freedom of one element's energy: 2 · bandwidth · effective length
    """

    values: np.ndarray
    energy: np.ndarray
    start_s: np.ndarray
    hz: np.ndarray
    window_s: float
    freedom: float


def thinning(rate_hz: float, high_hz: float) -> int:
    """Return how many samples are joined to one, so that the band's upper edge stays far below the new Nyquist."""
    return max(1, int(rate_hz / (_KEPT_OVER_HIGH * high_hz)))


def band_passed(record: ArrayRecord, first: int, last: int, config: ArrayConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return the band of samples `first` to `last` without a phase shift, thinned: (channels, n), and what is known.

    The second array (channels, n) is True where the samples were there. Butterworth magnitude of order 4 at both edges.
    """
    low, high = config.band_hz
    thin = thinning(record.rate_hz, high)
    margin = int(np.ceil(_SETTLE_PERIODS / low * record.rate_hz / thin)) * thin
    begin, end = max(0, first - margin), min(record.samples.shape[1], last + margin)
    begin += (first - begin) % thin
    single = record.samples.dtype == np.float32
    x: np.ndarray = np.array(record.samples[:, begin:end], dtype=np.float32 if single else np.float64)
    known = np.abs(x) <= _LARGEST
    x = x - x.mean(axis=1, keepdims=True) if known.all() else _filled(x, known)
    out = _filtered(x, record, thin, low, high)
    inside = slice((first - begin) // thin, (last - begin) // thin)
    whole = known[:, : known.shape[1] // thin * thin].reshape(len(x), -1, thin)
    return out[:, inside], (whole.all(axis=-1) if not known.all() else whole[..., 0])[:, inside]


def _filled(x: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return x (channels, n) about zero, its gaps bridged by straight lines, which add least to the band."""
    out = np.zeros_like(x)
    time = np.arange(x.shape[1])
    for channel, there, row in zip(x, known, out, strict=True):
        if there.any():
            bridged = np.interp(time, time[there], channel[there])
            row[:] = bridged - bridged.mean()
    return out


def _filtered(x: np.ndarray, record: ArrayRecord, thin: int, low: float, high: float) -> np.ndarray:
    """Return x (channels, n) in the band, one sample in `thin`; the ends are laid to rest before they are joined."""
    kept = fft.next_fast_len(-(-x.shape[1] // thin) + int(_SETTLE_PERIODS / low * record.rate_hz / thin), real=True)
    spectrum = fft.rfft(x, kept * thin, axis=1)[:, : kept // 2 + 1]
    hz = np.arange(kept // 2 + 1) * (record.rate_hz / (kept * thin))
    gain = np.zeros(len(hz), dtype=x.dtype)
    gain[1:] = 1 / np.sqrt((1 + (low / hz[1:]) ** (2 * _ORDER)) * (1 + (hz[1:] / high) ** (2 * _ORDER)))
    gain[-1] = 0
    spectrum *= gain / thin
    if record.lag_s is not None and np.any(record.lag_s):
        # an element sampled `lag` late shows everything earlier than it was: hold it back
        spectrum = spectrum * np.exp(-2j * np.pi * hz * record.lag_s[:, None]).astype(spectrum.dtype)
    return np.asarray(fft.irfft(spectrum, kept, axis=1)[:, : x.shape[1] // thin])


def spectra_of(record: ArrayRecord, first: int, last: int, config: ArrayConfig) -> Spectra:
    """Return the whitened spectra of the windows that begin in samples `first` to `last` and end inside the record.

    Whitened by the median spectrum of all windows and elements, so that each frequency weighs by its signal over noise.
    """
    thin = thinning(record.rate_hz, config.band_hz[1])
    rate = record.rate_hz / thin
    length = max(4, round(config.window_s * rate))
    step = max(1, round(config.window_s * (1 - config.overlap) * rate))
    end = min(last + (length - step) * thin, record.samples.shape[1])
    x, known = band_passed(record, first, end, config)
    scale = np.abs(x).max(axis=1, initial=0.0).astype(np.float64)
    scale[scale == 0] = 1.0
    x /= scale[:, None]  # spectra are singles, which could not hold the squares of what a broken element sends
    count = max(0, (x.shape[1] - length) // step + 1)
    padded = fft.next_fast_len(length + length // 4, real=True)
    hz = np.arange(padded // 2 + 1) * (rate / padded)
    band = np.flatnonzero((hz >= config.band_hz[0]) & (hz <= config.band_hz[1]))
    taper = _taper(length, config.taper).astype(x.dtype)
    values = _windowed(x, known, count, length, step, taper, padded, band, config.missing_share)
    values, energy = _whitened(values, hz[band], float(np.sum(np.square(taper))) * padded)
    energy = energy * np.square(scale)
    effective = np.sum(np.square(taper)) ** 2 / np.sum(taper**4) / rate
    start = first / record.rate_hz + np.arange(count) * (step / rate)
    freedom = 2 * (config.band_hz[1] - config.band_hz[0]) * float(effective)
    return Spectra(values, energy, start, hz[band], length / rate, freedom)


def _windowed(
    x: np.ndarray, known: np.ndarray, count: int, length: int, step: int, taper: np.ndarray, padded: int,
    band: np.ndarray, missing_share: float,
) -> np.ndarray:  # fmt: skip
    out = np.zeros((count, len(x), len(band)), dtype=np.complex64)
    for begin in range(0, count, _PARTS_AT_ONCE):
        rows = np.arange(begin, min(begin + _PARTS_AT_ONCE, count))
        cut = np.lib.stride_tricks.sliding_window_view(x, length, axis=1)[:, rows * step].transpose(1, 0, 2)
        out[rows] = fft.rfft(cut * taper, padded, axis=-1)[..., band]
    if not known.all():
        missing = np.concatenate([np.zeros((len(x), 1)), np.cumsum(~known, axis=1)], axis=1)
        starts = np.arange(count) * step
        share = (missing[:, starts + length] - missing[:, starts]) / length
        out[(share > missing_share).T] = 0
    return out


def _taper(length: int, share: float) -> np.ndarray:
    """Return a cosine taper (length,) over half of `share` at each end (Tukey)."""
    edge = max(1, int(share * length / 2))
    window = np.ones(length)
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(edge) + 0.5) / edge)
    window[:edge], window[-edge:] = rise, rise[::-1]
    return window


def _whitened(values: np.ndarray, hz: np.ndarray, per_bin: float) -> tuple[np.ndarray, np.ndarray]:
    power = _power(values)
    total = power.sum(axis=-1, keepdims=True)
    there = total[..., 0] > 0
    if there.any():
        background = _background((power / np.where(total > 0, total, 1))[there], hz)
        values *= (1 / np.sqrt(background)).astype(np.float32)
    size = np.sqrt(_power(values).sum(axis=-1, keepdims=True))
    values /= np.where(size > 0, size, 1)
    return values, 2 * total[..., 0] / per_bin


def _power(values: np.ndarray) -> np.ndarray:
    """Return squared magnitudes in doubles, which hold the squares of all singles."""
    return np.asarray(np.square(values.real, dtype=np.float64) + np.square(values.imag, dtype=np.float64))


def _background(share: np.ndarray, hz: np.ndarray) -> np.ndarray:
    """Return the smoothed median spectrum (bins,) of windows (n, bins), each of energy 1."""
    usual = np.median(share, axis=0)
    width = max(1, round(_SMOOTH_HZ / (hz[1] - hz[0]))) * 2 + 1 if len(hz) > 1 else 1
    padded = np.pad(usual, width // 2, mode="edge")
    smooth = np.convolve(padded, np.ones(width) / width, mode="valid")
    return np.asarray(np.maximum(smooth, smooth.max() * 1e-6))
