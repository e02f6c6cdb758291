"""Kinds of evidence for the class of a sound: each gives log likelihoods by class, or says nothing."""

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numba import njit
from scipy.spatial import cKDTree
from scipy.stats import norm

from trucewatch.core.classes import ancestors
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.times import SECOND_NS
from trucewatch.locate.classify_config import NAMES, ClassConfig
from trucewatch.locate.network_checks import node_rows
from trucewatch.physics.geodesy import distance_m, ecef_m, metres_per_degree_at

__all__ = [
    "Arrivals",
    "Evidence",
    "arrivals_of",
    "company",
    "duration",
    "hearing",
    "loudness",
    "spectrum",
    "votes",
    "waves",
]

_HALF_KM = np.geomspace(1.0, 80.0, 48)  # ranges of half hearing that are tried
_REACH_M = 25_000.0  # nodes farther away say nothing of a sound that they did not hear
_STEP_M = 250.0
_HEARD = {"acoustic": 0, "infrasound": 1, "P": 2, "S": 2}
_SOUND, _INFRA, _GROUND = range(3)
_ABOVE = {"shot": 0, "outgoing": 0, "large_blast": 2, "explosion": 1, "overflight": 3, "thunder": 4, "quarry_blast": 5}
_FIRE, _NO_VOTE = len(NAMES) - 1, -1  # a node that says only that weapons were used


class Evidence(NamedTuple):
    """One kind of evidence: log likelihoods (n, 7), where (n,) there was any, and what it was in words (n,)."""

    log: np.ndarray
    there: np.ndarray
    words: list[str]


class Arrivals(NamedTuple):
    """The arrivals of n origins in a row, those of origin i from ptr[i] to ptr[i + 1].

    row, node, range_m, wave   (k,) row of the triggers, row of the nodes (−1: unknown), range, kind of wave
    heard                      (m,) nodes that sent anything at all
    """

    ptr: np.ndarray
    row: np.ndarray
    node: np.ndarray
    range_m: np.ndarray
    wave: np.ndarray
    heard: np.ndarray

    @property
    def origin(self) -> np.ndarray:
        """The origin (k,) of each arrival."""
        return np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))

    @property
    def is_sound(self) -> np.ndarray:
        """Whether (k,) an arrival came through the air as sound."""
        return np.asarray(self.wave == _SOUND)

    def taken(self, values: np.ndarray, wave: int = _SOUND) -> np.ndarray:
        """Return values (rows of triggers) of each arrival (k,); NaN for those of other waves."""
        return np.asarray(np.where(self.wave == wave, values[self.row], np.nan))


def arrivals_of(origins: pa.Table, triggers: pa.Table, network: pa.Table) -> Arrivals:
    """Return the arrivals that the origins (ORIGINS) explain."""
    lists = origins.column("triggers").combine_chunks()
    ptr = np.concatenate([[0], np.cumsum(lists.value_lengths().to_numpy())]).astype(np.int64)
    row = lists.flatten().to_numpy().astype(np.int64)
    node_of = node_rows(triggers, network)
    node = node_of[row]
    origin = np.repeat(np.arange(origins.num_rows), np.diff(ptr))
    own = [numbers(origins, n)[origin] for n in ("lon_deg", "lat_deg")]
    theirs = [numbers(network, n)[np.maximum(node, 0)] if network.num_rows else np.full(len(row), np.nan)
              for n in ("lon_deg", "lat_deg")]  # fmt: skip
    range_m = np.where(node >= 0, distance_m(*own, *theirs), np.nan) if len(row) else np.zeros(0)
    phases = strings(triggers, "phase")
    words, place = np.unique(np.where(phases == None, "acoustic", phases).astype(str), return_inverse=True)  # noqa: E711
    wave = np.array([_HEARD.get(w, _SOUND) for w in words.tolist()], dtype=np.int64)[place][row] if len(row) else row
    heard = np.bincount(node_of[node_of >= 0], minlength=network.num_rows) > 0
    return Arrivals(ptr, row, node, range_m, wave, heard)


def loudness(triggers: pa.Table, a: Arrivals, config: ClassConfig) -> Evidence:
    """Return what the amplitudes say: at which range a sound of this level is half heard."""
    with np.errstate(divide="ignore", invalid="ignore"):
        level_db = 20 * np.log10(numbers(triggers, "amplitude_pa"))
    sound = pc.fill_null(pc.equal(triggers.column("phase"), "acoustic"), fill_value=True).to_numpy()
    level_db = np.where(np.isfinite(level_db) & sound, level_db, np.nan)
    if np.isnan(level_db).all():
        return _nothing(len(a.ptr) - 1)
    just_heard = float(np.nanquantile(level_db, config.just_heard_share))
    excess = a.taken(level_db) - just_heard
    level, count = _means(excess + config.decay_db * np.log10(np.maximum(a.range_m, 100.0) / 1000), a.ptr)
    sigma = np.hypot(config.path_db / np.sqrt(np.maximum(count, 1)), config.event_db)
    off = (np.nan_to_num(level)[:, None] - config.decay_db * np.log10(_HALF_KM)) / sigma[:, None]
    return _carried(-0.5 * off**2, count > 0, "by its loudness", config)


def hearing(origins: pa.Table, network: pa.Table, a: Arrivals, known: np.ndarray, config: ClassConfig) -> Evidence:
    """Return what it says who heard a sound and who did not; nothing where its loudness is known (n,) already."""
    sound = np.bincount(a.origin[a.wave == _SOUND], minlength=origins.num_rows) > 0
    rows = np.flatnonzero(sound & ~known)
    if not len(rows):
        return _nothing(origins.num_rows)
    log_half = np.zeros((origins.num_rows, len(_HALF_KM)))
    log_half[rows] = config.pattern_weight * _pattern(origins, network, a, rows, config)
    return _carried(log_half, sound & ~known, "by who heard it", config)


def half_range_m(
    origins: pa.Table, network: pa.Table, a: Arrivals, rows: np.ndarray, config: ClassConfig
) -> np.ndarray:  # fmt: skip
    """Return the range (k,) m at which half of what can be heard of origins at `rows` is heard, by who heard it."""
    log_half = _pattern(origins, network, a, rows, config)
    return np.asarray(1000 * _HALF_KM[np.argmax(log_half, axis=1)])


def _carried(log_half: np.ndarray, there: np.ndarray, how: str, config: ClassConfig) -> Evidence:
    """Return evidence from log likelihoods (n, grid) of the range of half hearing."""
    log = np.log(np.exp(log_half - log_half.max(axis=1, keepdims=True)) @ _half_by_class(config).T)
    words = [f"carries about {km:.0f} km {how}" for km in _HALF_KM[np.argmax(log_half, axis=1)].tolist()]
    return _only(log, there, words)


def _half_by_class(config: ClassConfig) -> np.ndarray:
    """Return the probability (7, grid) of each range of half hearing, by class."""
    spread = config.spread(config.carries_spread, config.unknown_spread)[:, None]
    density = norm.pdf((np.log(_HALF_KM) - np.log(np.array(config.carries_km))[:, None]) / spread)
    return np.asarray(density / density.sum(axis=1, keepdims=True))


def _pattern(
    origins: pa.Table, network: pa.Table, a: Arrivals, rows: np.ndarray, config: ClassConfig
) -> np.ndarray:  # fmt: skip
    """Return log likelihoods (rows, grid) of which nodes around heard a sound and which did not."""
    live = np.flatnonzero(a.heard)
    places = [numbers(network, n)[live] for n in ("lon_deg", "lat_deg")]
    at = [numbers(origins, n)[rows] for n in ("lon_deg", "lat_deg")]
    axis = 0 if len(live) and np.ptp(places[0]) * np.cos(np.radians(places[1][0])) > np.ptp(places[1]) else 1
    order = np.argsort(places[axis], kind="stable")
    around = _around(at[0], at[1], places[0][order], places[1][order], axis, _REACH_M, _STEP_M)
    heard = np.zeros((origins.num_rows, around.shape[1]))
    use = np.flatnonzero(a.is_sound & (a.range_m < _REACH_M))
    np.add.at(heard, (a.origin[use], (a.range_m[use] / _STEP_M).astype(np.int64)), 1.0)
    heard = heard[rows]
    middle = (np.arange(around.shape[1]) + 0.5) * _STEP_M
    fall = np.clip((middle[:, None] - 1000 * _HALF_KM) / config.width_m, -30, 30)
    p = np.clip(config.heard_at_most / (1 + np.exp(fall)), 1e-3, None)
    return np.asarray(heard @ np.log(p) + np.maximum(around - heard, 0.0) @ np.log1p(-p))


def duration(triggers: pa.Table, a: Arrivals, config: ClassConfig) -> Evidence:
    """Return what the duration says: the mean of its logarithm over the nodes."""
    with np.errstate(divide="ignore", invalid="ignore"):
        lasts = np.log(numbers(triggers, "duration_s"))
    mean, count = _means(a.taken(np.where(np.isfinite(lasts), lasts, np.nan)), a.ptr)
    spread = config.spread(config.lasts_spread, config.lasts_unknown)
    log = _normal(mean, count, np.log(config.lasts_s), spread, config.node_scatter)
    words = [f"lasts {s:.2g} s at {n} nodes" for s, n in zip(np.exp(mean).tolist(), count.tolist(), strict=True)]
    return _only(log, count > 0, words)


def spectrum(triggers: pa.Table, a: Arrivals, config: ClassConfig) -> Evidence:
    """Return what the spectrum says: high over low energy at the source, the loss on the way given back."""
    tilt = numbers(triggers, "energy_high_db") - numbers(triggers, "energy_low_db")
    mean, count = _means(a.taken(tilt) + config.tilt_loss_db_km * a.range_m / 1000, a.ptr)
    spread = config.spread(config.tilt_spread_db, config.tilt_unknown_db)
    log = _normal(mean, count, np.array(config.tilt_db), spread, config.node_tilt_db)
    words = [f"{abs(db):.0f} dB more energy {'above 200 Hz' if db > 0 else 'below 20 Hz'} at the source"
             for db in np.nan_to_num(mean).tolist()]  # fmt: skip
    return _only(log, count > 0, words)


def company(origins: pa.Table, config: ClassConfig) -> Evidence:
    """Return what it says that others came from the same place within minutes, or that none did."""
    n = origins.num_rows
    t_s = (integers(origins, "t_ns") - integers(origins, "t_ns").min(initial=0)) / SECOND_NS
    xyz = ecef_m(numbers(origins, "lon_deg"), numbers(origins, "lat_deg"))
    points = np.column_stack([xyz / config.series_m, t_s / config.series_s])
    share = np.nan_to_num(numbers(origins, "p"), nan=1.0)
    pairs = cKDTree(points).query_pairs(1.0, output_type="ndarray") if n else np.zeros((0, 2), np.int64)
    beside = np.bincount(pairs[:, 0], share[pairs[:, 1]], n) + np.bincount(pairs[:, 1], share[pairs[:, 0]], n)
    series = beside >= config.series_least
    p = np.array(config.p_series)
    log = np.where(series[:, None], np.log(p), np.log1p(-p))
    minutes = config.series_s / 60
    words = [f"one of about {1 + b:.0f} at this place within {minutes:g} min" if s else "no series at its place"
             for b, s in zip(beside.tolist(), series.tolist(), strict=True)]  # fmt: skip
    return Evidence(log, np.ones(n, dtype=bool), words)


def votes(origins: pa.Table, triggers: pa.Table, a: Arrivals, config: ClassConfig) -> Evidence:
    """Return what the nodes took it for; their errors are correlated, so that ten words count like fewer."""
    classes = strings(triggers, "class")
    words, place = np.unique(np.where(classes == None, "", classes).astype(str), return_inverse=True)  # noqa: E711
    code = np.array([_vote(w) for w in words.tolist()], dtype=np.int64)
    said = code[place][a.row] if len(a.row) else np.zeros(0, np.int64)
    cast = said != _NO_VOTE
    count = np.bincount(a.origin[cast], minlength=origins.num_rows)
    tally = np.zeros((origins.num_rows, len(NAMES)))
    np.add.at(tally, (a.origin[cast], said[cast]), 1.0)
    weight = 1 / (1 + (np.maximum(count, 1) - 1) * config.shared_error)
    log = weight[:, None] * (tally @ np.log(_right(config)))
    top = np.argmax(tally, axis=1)
    named = np.array([*NAMES[:_FIRE], "use of weapons"])[top]
    text = [f"{t[k]:.0f} of {n} nodes took it for {w.replace('_', ' ')}"
            for t, k, n, w in zip(tally, top.tolist(), count.tolist(), named.tolist(), strict=True)]  # fmt: skip
    return _only(log, count > 0, text)


def _vote(word: str) -> int:
    if not word:
        return _NO_VOTE
    try:
        above = ancestors(word)
    except KeyError:
        return _NO_VOTE
    return next((_ABOVE[c] for c in above if c in _ABOVE), _FIRE if "fire_event" in above else _NO_VOTE)


def _right(config: ClassConfig) -> np.ndarray:
    """Return the probability (7 words, 7 classes) of a node's word, by class."""
    known = len(NAMES) - 1
    table = np.full((known, known), (1 - config.p_right) / (known - 1))
    np.fill_diagonal(table, config.p_right)
    fire = table[:3].sum(axis=0)  # weapons were used: any of the first three
    unknown = np.append(np.full(known, 1 / known), 0.5)
    return np.column_stack([np.vstack([table, fire]), unknown])


def waves(origins: pa.Table, a: Arrivals, config: ClassConfig) -> Evidence:
    """Return what P, S and infrasound say beside sound; that there were none says nothing."""
    sound, infra, ground = (np.bincount(a.origin[a.wave == w], minlength=origins.num_rows) for w in range(3))
    only = (ground > 0) & (sound + infra == 0)
    there = (infra > 0) | (ground > 0)
    log = np.where(only[:, None], np.log(config.p_ground_only), np.log(config.p_other_waves))
    text = [f"{i} infrasound and {g} seismic arrivals" + (", and no sound" if o else "")
            for i, g, o in zip(infra.tolist(), ground.tolist(), only.tolist(), strict=True)]  # fmt: skip
    return _only(log, there, text)


def _normal(mean: np.ndarray, count: np.ndarray, middle: Any, spread: np.ndarray, scatter: float) -> np.ndarray:
    """Return normal log densities (n, 7) of means (n,) of so many nodes, by class."""
    sigma = np.sqrt(spread**2 + (scatter**2 / np.maximum(count, 1))[:, None])
    return np.asarray(norm.logpdf(np.nan_to_num(mean)[:, None], np.asarray(middle), sigma))


def _only(log: np.ndarray, there: np.ndarray, words: list[str]) -> Evidence:
    """Return evidence that counts nothing where there is none."""
    return Evidence(np.where(there[:, None], log, 0.0), there, words)


def _nothing(count: int) -> Evidence:
    return Evidence(np.zeros((count, len(NAMES))), np.zeros(count, dtype=bool), [""] * count)


def _means(values: np.ndarray, ptr: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean (n,) and the number (n,) of the known values of each origin; NaN where there are none."""
    origin = np.repeat(np.arange(len(ptr) - 1), np.diff(ptr))
    known = np.isfinite(values)
    count = np.bincount(origin[known], minlength=len(ptr) - 1)
    total = np.bincount(origin[known], values[known], len(ptr) - 1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count


@njit(cache=True, nogil=True)
def _around(lon: Any, lat: Any, node_lon: Any, node_lat: Any, axis: int, reach_m: float, step_m: float) -> Any:
    """Count (n, bins) the nodes around each origin by range; nodes are sorted along the axis (0: lon, 1: lat)."""
    count = np.zeros((len(lon), int(reach_m / step_m) + 1))
    along, per_step = node_lon if axis == 0 else node_lat, 1 / step_m
    for i in range(len(lon)):
        per_lon, per_lat = metres_per_degree_at(lat[i])
        here, per = (lon[i], per_lon) if axis == 0 else (lat[i], per_lat)
        k = np.searchsorted(along, here - reach_m / per)
        while k < len(along) and along[k] <= here + reach_m / per:
            east, north = (node_lon[k] - lon[i]) * per_lon, (node_lat[k] - lat[i]) * per_lat
            away2 = east * east + north * north
            if away2 < reach_m * reach_m:
                count[i, int(np.sqrt(away2) * per_step)] += 1
            k += 1
    return count
