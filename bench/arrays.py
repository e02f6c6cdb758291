"""Array waveforms: hours a second, bearing errors, broken elements, a real record; impulses sample by sample.

Synthetic records hold plane waves of 8 s in wind-like noise (`scenario/array_waves.py`), four elements of about 180 m
across, 100 Hz, windows of 30 s half overlapping, 0.5 to 5 Hz. One thread; CPU seconds; what is compiled was compiled
before. The peer for bearings is ObsPy's frequency-wavenumber analysis with the same step of slowness.
"""

import os

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # before NumPy is imported

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench.data import FOLDER
from trucewatch.core.array_record import ArrayRecord
from trucewatch.detect import ArrayConfig, detect_arrays
from trucewatch.detect.impulse import detect_impulses, first_state
from trucewatch.detect.steer import grid_of
from trucewatch.scenario.array_waves import Wave, broken, synthetic_record
from trucewatch.sense.waveforms import read_waveforms

Row = tuple[str, str, str, str, str]
CONFIG = ArrayConfig(position_sigma_m=0.5)
HOURS = 6.0
PEER = "ObsPy array_processing"
NEAR_S = 20.0
RECORDS = 24
STRONG_F = 10.0
FAULTS: tuple[tuple[str, str, dict[str, float]], ...] = (
    ("dead (zeros)", "dead", {}), ("dead (own noise)", "deaf", {}), ("reversed", "reversed", {}),
    ("swapped", "swapped", {}), ("clock off by 0.1 s", "shifted", {"shift_s": 0.1}),
    ("clock off by 0.25 s", "shifted", {"shift_s": 0.25}), ("clock off by 1 s", "shifted", {"shift_s": 1.0}),
    ("clock off by 3 s", "shifted", {"shift_s": -3.0}),
)  # fmt: skip
WORD = {"dead": "dead", "deaf": "dead", "reversed": "reversed", "swapped": "swapped", "shifted": "clock"}
ARRIVALS = (("18:07:05", 318.2, 371.0), ("18:11:25", 250.0, 334.0), ("18:13:40", 320.0, 365.0))


def measure() -> list[Row]:
    """Return rows (workload, figure, peer, peer's figure, ratio)."""
    detect_arrays(record(0, 4.0)[0], CONFIG)
    return [*speed(), *bearings(), *faults(6, FAULTS), *faults(1, FAULTS[2:6]), *healthy(), *real(), *impulses()]


def waves(rng: np.random.Generator, count: int, snr: float) -> tuple[Wave, ...]:
    """Return waves from anywhere, 90 s apart."""
    return tuple(
        Wave(60.0 + 90 * i, 8.0, float(rng.uniform(0, 360)), float(rng.normal(345, 8)), snr) for i in range(count)
    )


def record(seed: int, snr: float, count: int = 6) -> tuple[ArrayRecord, tuple[Wave, ...]]:
    """Return a synthetic record and the waves in it."""
    rng = np.random.default_rng(seed)
    truth = waves(rng, count, snr)
    return synthetic_record(rng, truth, 60.0 + 90 * count), truth


def timed(work: Callable[[], Any], rounds: int) -> float:
    """Return the least CPU seconds of a few rounds."""
    best = np.inf
    for _ in range(rounds):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return float(best)


def speed() -> list[Row]:
    """Measure array-hours a CPU second, with a wave every 400 s in wind noise."""
    rng = np.random.default_rng(1)
    every = tuple(replace(w, start_s=100 + 400 * i) for i, w in enumerate(waves(rng, int(HOURS * 9), 4.0)))
    long = synthetic_record(rng, every, HOURS * 3600)
    long = replace(long, samples=long.samples.astype(np.float32))
    ours = HOURS / timed(lambda: detect_arrays(long, CONFIG), 3)
    short = replace(long, samples=long.samples[:, :60000])
    theirs = obspy_bearings(short)
    if theirs is None:
        return [("arrays, 4 channels, 100 Hz: array-hours a second", f"{ours:.1f}", PEER, "not installed", "-")]
    peer = 600 / 3600 / timed(lambda: obspy_bearings(short), 1)
    return [("arrays, 4 channels, 100 Hz: array-hours a second, faults looked for", f"{ours:.1f}", PEER,
             f"{peer:.3f}", f"{ours / peer:.0f}"),
            ("  the same", f"{ours:.1f}", "lts_array", "not in the package registry", "-")]  # fmt: skip


def obspy_bearings(of: ArrayRecord) -> np.ndarray | None:
    """Return rows (windows, 5) of ObsPy: time, semblance, absolute power, back azimuth, slowness in s/km."""
    try:
        import obspy
        from obspy.signal.array_analysis import array_processing
    except ImportError:
        return None
    stream = obspy.Stream()
    for name, east, north, samples in zip(of.elements, of.east_m, of.north_m, of.samples, strict=True):
        network, station, location, channel = name.split(".")
        header = {"network": network, "station": station, "location": location, "channel": channel,
                  "sampling_rate": of.rate_hz,
                  "coordinates": obspy.core.AttribDict(x=east / 1000, y=north / 1000, elevation=0.0)}  # fmt: skip
        stream.append(obspy.Trace(np.array(samples, dtype=np.float64), header))
    step = obspy_step(of)
    first = stream[0].stats
    return np.asarray(array_processing(
        stream, win_len=CONFIG.window_s, win_frac=1 - CONFIG.overlap, sll_x=-3.8, slm_x=3.8, sll_y=-3.8, slm_y=3.8,
        sl_s=step, semb_thres=-1e9, vel_thres=-1e9, frqlow=CONFIG.band_hz[0], frqhigh=CONFIG.band_hz[1],
        stime=first.starttime, etime=first.endtime - 0.1, prewhiten=0, coordsys="xy", timestamp="julsec", method=0,
    ))  # fmt: skip


def obspy_step(of: ArrayRecord) -> float:
    """Return our own grid's step, s/km."""
    grid = grid_of(of.east_m, of.north_m, CONFIG.band_hz[1], CONFIG.trace_velocity_m_s[0], CONFIG.grid_step)
    return float(np.min(np.diff(np.unique(grid.slowness[:, 0].round(9))))) * 1000


def errors(table: pa.Table, truth: tuple[Wave, ...]) -> np.ndarray:
    """Return error and sigma (waves, 2) deg of the detection nearest to each wave; NaN where none is near."""
    t = table.column("t_ns").to_numpy() / 1e9
    bearing, sigma = (table.column(f"back_azimuth{x}_deg").to_numpy() for x in ("", "_sigma"))
    out = np.full((len(truth), 2), np.nan)
    for i, wave in enumerate(truth):
        near = np.flatnonzero(np.abs(t - wave.start_s) < NEAR_S)
        if len(near):
            best = near[np.argmin(np.abs(t[near] - wave.start_s))]
            out[i] = turn(bearing[best] - wave.back_azimuth_deg), sigma[best]
    return out


def turn(degrees: float) -> float:
    """Return an angle as −180 to 180."""
    return (degrees + 180) % 360 - 180


def obspy_errors(of: ArrayRecord, truth: tuple[Wave, ...]) -> np.ndarray | None:
    """Return ObsPy's bearing errors (waves,) deg in the most coherent window near each wave."""
    rows = obspy_bearings(of)
    if rows is None:
        return None
    start = rows[:, 0]
    out = []
    for wave in truth:
        near = rows[(start <= wave.start_s + wave.seconds / 2) & (start + CONFIG.window_s > wave.start_s)]
        out.append(turn(near[np.argmax(near[:, 1]), 3] - wave.back_azimuth_deg))
    return np.array(out)


def bearings() -> list[Row]:
    """Measure bearing errors of healthy arrays at three ratios of signal to noise."""
    rows = []
    for snr in (16.0, 4.0, 1.0):
        made = [record(s, snr) for s in range(100, 110)]
        ours = np.concatenate([errors(detect_arrays(r, CONFIG)[0], w) for r, w in made])
        there = np.isfinite(ours[:, 0])
        rms = float(np.sqrt(np.mean(np.square(ours[there, 0]))))
        peer = [obspy_errors(r, w) for r, w in made[:3]]
        theirs = [p for p in peer if p is not None]
        said = float(np.sqrt(np.mean(np.square(np.concatenate(theirs))))) if theirs else None
        rows.append(
            (
                f"bearing error, signal over noise {snr:g} (synthetic): root mean square",
                f"{rms:.2f}°",
                PEER,
                "not installed" if said is None else f"{said:.2f}°",
                "-" if said is None else f"{rms / said:.2f}",
            )
        )
        z = np.std(ours[there, 0] / ours[there, 1])
        rows.append((f"  found; errors over stated sigma, {there.sum()} waves", f"{there.mean():.0%}; {z:.2f}", "-",
                     "-", "-"))  # fmt: skip
    return rows  # fmt: skip


def faults(count: int, chosen: tuple[tuple[str, str, dict[str, float]], ...]) -> list[Row]:
    """Measure how often a broken element is named, and what it does to bearings, in records of `count` waves each."""
    rows: list[Row] = []
    for label, kind, how in chosen:
        named, error, theirs = 0, [], []
        for s in range(RECORDS):
            whole, truth = record(100 + s, 9.0, count)
            element, other = s % 4, (s % 4 + 1 + s // 4 % 3) % 4
            bad = broken(whole, np.random.default_rng(s), kind, element, other=other, **how)
            table, issues = detect_arrays(bad, CONFIG)
            named += any(WORD[kind] in i.found and whole.elements[element] in i.found for i in issues)
            error.append(errors(table, truth))
            if s < 2:
                theirs.append(obspy_errors(bad, truth))
        both = np.abs(np.concatenate(error))
        both = both[np.isfinite(both[:, 0])]
        peer = [t for t in theirs if t is not None]
        said = f"{np.max(np.abs(np.concatenate(peer))):.1f}°" if peer else "not installed"
        median, most, greatest = (float(np.quantile(both[:, 0], q)) for q in (0.5, 0.95, 1.0))
        sure = float(np.mean(both[:, 0] < 3 * both[:, 1]))
        title = f"element {label}, {count} wave{'s' * (count > 1)}"
        rows.append((f"{title}: named; error median, 95 %, greatest; within 3 sigma",
                     f"{named}/{RECORDS}; {median:.2f}, {most:.2f}, {greatest:.2f}°; {sure:.0%}",
                     f"{PEER}, greatest of {2 * count}", said, "-"))  # fmt: skip
    return rows


def healthy() -> list[Row]:
    """Count what is found where there is nothing: accused elements and false detections."""
    accused = sum(len(detect_arrays(record(s, snr)[0], CONFIG)[1]) for s in range(300, 320) for snr in (1.0, 16.0))
    quiet = [synthetic_record(np.random.default_rng(s), (), 4 * 3600.0, rate_hz=20.0) for s in range(12)]
    found = [detect_arrays(q, CONFIG) for q in quiet]
    false = sum(t.num_rows for t, _ in found) / 48
    accused += sum(len(i) for _, i in found)
    return [("healthy arrays, 40 records with waves and 48 h without: elements accused", str(accused), "-", "-", "-"),
            (f"wind noise alone: false detections an hour ({CONFIG.false_per_hour:g} asked for)", f"{false:.2f}", "-",
             "-", "-")]  # fmt: skip


def real() -> list[Row]:
    """Find the known arrivals of the real record."""
    if not FOLDER.is_dir():
        return [("infrasound_brp: the real record is not here", "-", "-", "-", "-")]
    (brp,), _ = read_waveforms(sorted((Path(FOLDER) / "infrasound_brp").glob("*.SAC")))
    table, issues = detect_arrays(brp)
    rows: list[Row] = []
    for clock, bearing, speed_m_s in ARRIVALS:
        at = np.datetime64(f"2012-04-09T{clock}", "ns").astype(np.int64)
        hit = [r for r in table.to_pylist() if r["t_ns"] <= at <= r["t_ns"] + r["duration_s"] * 1e9]
        figure = "; ".join(f"{r['back_azimuth_deg']:.1f}°, {r['trace_velocity_m_s']:.0f} m/s" for r in hit) or "missed"
        rows.append((f"infrasound_brp, arrival at {clock}", figure, "known answer", f"{bearing}°, {speed_m_s:.0f} m/s",
                     "-"))  # fmt: skip
    rows.append(("  detections in all; issues", f"{table.num_rows}; {len(issues)}", "-", "-", "-"))
    for element, name in enumerate(brp.elements):
        dead = replace(broken(brp, np.random.default_rng(1), "dead", element), position_sigma_m=brp.position_sigma_m)
        strong = [r for r in detect_arrays(dead)[0].to_pylist() if r["f_statistic"] > STRONG_F]
        off = [min((turn(r["back_azimuth_deg"] - b) for r in strong), key=abs) for _, b, _ in ARRIVALS]
        sigma = max(r["back_azimuth_sigma_deg"] for r in strong)
        rows.append((f"  with {name} dead: bearings against the known answers; greatest sigma stated",
                     f"{', '.join(f'{o:+.1f}' for o in off)}°; {sigma:.1f}°", "-", "-", "-"))  # fmt: skip
    return rows


def impulses() -> list[Row]:
    """Measure nanoseconds a sample of the impulse detector, an hour at 1,000 Hz with 300 shots."""
    rng = np.random.default_rng(1)
    rate, n = 1000.0, 3_600_000
    x = rng.normal(size=(1, n))
    for at in (rng.uniform(20, 3590, 300) * rate).astype(int):
        x[0, at : at + 60] += 30 * rng.normal(size=60) * np.exp(-np.arange(60) / 20)
    detect_impulses(x[:, :1000], rate)
    ours = timed(lambda: detect_impulses(x, rate), 5)
    state, pieces = first_state(1), 0
    for piece in np.split(x, 3600, axis=1):
        found, state = detect_impulses(piece, rate, state)
        pieces += len(found.onset)
    whole = len(detect_impulses(x, rate)[0].onset)
    row = f"{ours / n * 1e9:.2f} ns"
    rows: list[Row] = [("  the hour in 3,600 pieces: triggers", f"{pieces}", "in one piece", f"{whole}", "-")]
    try:
        from obspy.signal.trigger import recursive_sta_lta, trigger_onset
    except ImportError:
        return [("impulses, 1,000 Hz: time a sample", row, "ObsPy", "not installed", "-"), *rows]
    theirs = timed(lambda: trigger_onset(recursive_sta_lta(x[0], 50, 10000), 6, 2), 5)
    return [("impulses, 1,000 Hz: time a sample", row, "ObsPy recursive_sta_lta + trigger_onset",
             f"{theirs / n * 1e9:.2f} ns", f"{ours / theirs:.2f}"), *rows]  # fmt: skip


if __name__ == "__main__":
    for line in measure():
        print(" | ".join(line))
