"""Synthetic records of an array: plane waves in noise, and elements that are broken on purpose."""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from trucewatch.core.array_record import ArrayRecord

__all__ = ["RING4", "Wave", "broken", "synthetic_record"]

# A centre and three arms of about 100 m, not alike, so that no two layouts of exchanged elements mirror each other.
RING4 = (np.array([4.0, 88.0, -61.0, -31.0]), np.array([-7.0, 41.0, 63.0, -97.0]))
_COLOUR_HZ = 1.0  # wind noise falls as 1/f above this
_ORDER = 4


@dataclass(frozen=True, slots=True)
class Wave:
    """One plane wave: a burst of band-limited noise with a smooth beginning and end.

    start_s             onset at the middle of the array, s from the start
    seconds             how long it lasts
    back_azimuth_deg    where it comes from
    trace_velocity_m_s  how fast it crosses the array
    snr                 its power over that of the noise in the band, while it lasts
    """

    start_s: float
    seconds: float
    back_azimuth_deg: float
    trace_velocity_m_s: float = 345.0
    snr: float = 4.0


def synthetic_record(
    rng: np.random.Generator, waves: tuple[Wave, ...], seconds: float = 600.0, rate_hz: float = 100.0,
    places: tuple[np.ndarray, np.ndarray] = RING4, band_hz: tuple[float, float] = (0.5, 5.0), t_start_ns: int = 0,
) -> ArrayRecord:  # fmt: skip
    """Return a record of plane waves in wind-like noise, independent at each element, of variance 1 in the band."""
    east_m, north_m = places
    n = round(seconds * rate_hz)
    hz = fft.rfftfreq(n, 1 / rate_hz)
    colour = 1 / np.sqrt(1 + np.square(hz / _COLOUR_HZ))
    samples = fft.irfft(fft.rfft(rng.normal(size=(len(east_m), n)), axis=1) * colour, n, axis=1)
    samples /= np.sqrt(np.mean(np.square(_band(samples, hz, band_hz))))
    for wave in waves:
        source = _burst(rng, wave, n, rate_hz, hz, band_hz)
        towards = np.radians(wave.back_azimuth_deg + 180)
        delay_s = (east_m * np.sin(towards) + north_m * np.cos(towards)) / wave.trace_velocity_m_s
        samples += fft.irfft(fft.rfft(source) * np.exp(-2j * np.pi * hz * delay_s[:, None]), n, axis=1)
    names = tuple(f"XX.SYN{i + 1}..HDF" for i in range(len(east_m)))
    return ArrayRecord("SYN", "synthetic", t_start_ns, rate_hz, names, east_m, north_m, samples)


def _band(x: np.ndarray, hz: np.ndarray, band_hz: tuple[float, float]) -> np.ndarray:
    inside = (hz >= band_hz[0]) & (hz <= band_hz[1])
    return np.asarray(fft.irfft(fft.rfft(x, axis=-1) * inside, x.shape[-1], axis=-1))


def _burst(
    rng: np.random.Generator, wave: Wave, n: int, rate_hz: float, hz: np.ndarray, band_hz: tuple[float, float]
) -> np.ndarray:
    """Return the source signal (n,), with the power asked for while it lasts."""
    low, high = band_hz
    gain = np.zeros(len(hz))
    gain[1:] = 1 / np.sqrt((1 + (low / hz[1:]) ** (2 * _ORDER)) * (1 + (hz[1:] / high) ** (2 * _ORDER)))
    noise = fft.irfft(fft.rfft(rng.normal(size=n)) * gain, n)
    t = np.arange(n) / rate_hz - wave.start_s
    edge = min(0.5, wave.seconds / 4)
    shape = np.clip(np.minimum(t, wave.seconds - t) / edge, 0, 1)
    shaped = noise / np.std(noise) * np.square(np.sin(np.pi / 2 * shape))
    return np.asarray(np.sqrt(wave.snr) * shaped)


def broken(record: ArrayRecord, rng: np.random.Generator, kind: str, element: int, other: int = 0, shift_s: float = 0.0
           ) -> ArrayRecord:  # fmt: skip
    """Return the record with one element dead, deaf, reversed, swapped with another, or its clock late by shift_s."""
    samples = record.samples.copy()
    if kind == "dead":
        samples[element] = 0.0
    elif kind == "deaf":
        samples[element] = rng.normal(size=samples.shape[1])
    elif kind == "reversed":
        samples[element] *= -1
    elif kind == "swapped":
        samples[[element, other]] = samples[[other, element]]
    elif kind == "shifted":
        n = samples.shape[1]
        turn = np.exp(-2j * np.pi * fft.rfftfreq(n, 1 / record.rate_hz) * shift_s)
        samples[element] = fft.irfft(fft.rfft(samples[element]) * turn, n)
    else:
        raise ValueError(f"found the fault {kind!r}; needed dead, deaf, reversed, swapped or shifted")
    return ArrayRecord(record.array, record.source, record.t_start_ns, record.rate_hz, record.elements, record.east_m,
                       record.north_m, samples)  # fmt: skip
