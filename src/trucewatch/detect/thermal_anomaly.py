"""Score thermal observations against the seasonal peacetime baseline of their place."""

from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import DETECTIONS, OBSERVATIONS
from trucewatch.detect.baseline import Baseline, expected_per_day, rate, surroundings
from trucewatch.detect.chance import log_ratio_days, log_ratio_same_day, mean_of
from trucewatch.detect.config import Config
from trucewatch.detect.neighbours import Companions, Points, companions
from trucewatch.detect.persistent import Sites
from trucewatch.detect.rows import Thermal, accepted_rows, thermal_rows

__all__ = ["NAME", "detect"]

NAME = "thermal_anomaly"
_UNSCORED = "Place or day too uncertain to compare with the background."
_STEPS = np.array([0, 1, 2, 3, 5, 10, 20, 30, 50, 100])  # numbers of companions that a reason tells apart
_MOST_LOG = 50.0


class _Score(NamedTuple):
    """Scores of the comparable rows (n,)."""

    p: np.ndarray
    rate: np.ndarray
    site: np.ndarray
    around: Companions
    usual_days: np.ndarray


def detect(
    observations: pa.Table, baseline: Baseline | None = None, config: Config | None = None
) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return one detection for each accepted thermal observation, and the issues met.

    p_anomaly is the probability that the observation is not peacetime background. Without a baseline the wide
    surroundings of the observations stand in, and an issue says so.
    """
    config = config or Config()
    OBSERVATIONS.check(observations)
    every = accepted_rows(observations, thermal=True)
    if len(every) == 0:
        return DETECTIONS.empty(), ()
    rows = thermal_rows(observations, config)
    known = baseline or surroundings(observations, config)
    if known is None:
        return _unscored(every), _issues(observations, every, rows, None)
    score = _score(rows, known, config)
    return _table(every, rows, score, known, config), _issues(observations, every, rows, known)


def _score(rows: Thermal, baseline: Baseline, config: Config) -> _Score:
    """Return p from the odds: prior rate of anomalies over the peacetime rate, times what the companions say."""
    here, window = rows.points(), 2 * config.window_days
    site = baseline.sites.find(rows.lon_deg, rows.lat_deg)
    loose = site < 0
    around = companions(here, here.take(loose), loose, config.window_m, config.window_days)
    by_chance = expected_per_day(baseline, here, config.window_m)
    days, watched = window * -np.expm1(-by_chance), _watched(here, config.window_days)
    background = rate(baseline, rows.lon_deg, rows.lat_deg, rows.t_ns)
    log_odds = (
        np.log(config.anomaly_per_km2_day)
        - np.log(background)
        + log_ratio_days(around.other_days, days, watched, window, baseline.other_days)
        + log_ratio_same_day(around.same_day, by_chance, baseline.same_day)
    )
    p = 1 / (1 + np.exp(-np.clip(log_odds, -_MOST_LOG, _MOST_LOG)))
    return _Score(p, background, site, around, mean_of(baseline.other_days, days) * watched / window)


def _watched(points: Points, days: int) -> np.ndarray:
    """Return how many other days of the window (n,) lie between the first and the last day of the data."""
    if len(points.day) == 0:
        return np.empty(0, np.int64)
    before = np.minimum(points.day - points.day.min(), days)
    return np.asarray(before + np.minimum(points.day.max() - points.day, days))


def _table(every: np.ndarray, rows: Thermal, score: _Score, baseline: Baseline, config: Config) -> pa.Table:
    place = np.searchsorted(every, rows.row)
    persistent = score.site >= 0
    p, per_day = np.full(len(every), np.nan), np.full(len(every), np.nan)
    p[place], per_day[place] = score.p, score.rate
    cls, reason = np.full(len(every), "thermal", object), np.full(len(every), _UNSCORED, object)
    cls[place] = np.where(persistent & (score.p < 0.5), "industrial_heat", "fire")
    reason[place] = _reasons(score, baseline, config)
    on_site = np.full(len(every), None, object)
    on_site[place] = persistent if baseline.sites.known else None
    return DETECTIONS.table({
        "observation": every, "detector": NAME, "p_anomaly": p, "background_per_km2_day": per_day,
        "persistent": on_site, "class": cls, "reason": reason,
    })  # fmt: skip


def _unscored(every: np.ndarray) -> pa.Table:
    return DETECTIONS.table({"observation": every, "detector": NAME, "class": "thermal", "reason": _UNSCORED})


def _reasons(score: _Score, baseline: Baseline, config: Config) -> np.ndarray:
    """Return a sentence for each row (n,); rows with the same rounded numbers share one."""
    if len(score.p) == 0:
        return np.empty(0, object)
    usual = _one_digit(score.usual_days)
    same = np.searchsorted(_STEPS, score.around.same_day, side="right") - 1
    rarity = np.rint(np.log10(score.rate)).astype(np.int64)
    key = np.stack([score.around.other_days, np.rint(usual * 1000).astype(np.int64), same, rarity], axis=1)
    kinds, of_row = _distinct_rows(key)
    where = f"within {config.window_m / 1000:g} km and {config.window_days} days"
    usual_in = "usual in these surroundings" if baseline.own else "usual in peacetime"
    words = [
        f"Other days with detections {where}: {d} ({usual_in} {u / 1000:g}); others on the same day: {_more(s)}; "
        f"usual rate about 1e{r} per km² and day."
        for d, u, s, r in kinds.tolist()
    ]
    reasons = np.array(words, dtype=object)[of_row]
    on_site = score.site >= 0
    names = np.array(_site_sentences(baseline.sites), dtype=object)
    if on_site.any():
        reasons[on_site] = names[baseline.sites.source[score.site[on_site]]]
    return np.asarray(reasons)


def _distinct_rows(key: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct rows of whole numbers (n, columns) and which one each row is."""
    low, span = key.min(axis=0), key.max(axis=0) - key.min(axis=0) + 1
    flat = np.ravel_multi_index(tuple((key - low).T), tuple(span))
    distinct, of_row = np.unique(flat, return_inverse=True)
    return np.stack(np.unravel_index(distinct, tuple(span)), axis=1) + low, of_row


def _one_digit(values: np.ndarray) -> np.ndarray:
    """Return positive values rounded to one digit, and to no less than 0.001."""
    step = 10.0 ** np.floor(np.log10(np.maximum(values, 1e-3)))
    return np.asarray(np.rint(values / step) * step)


def _more(step: int) -> str:
    low = int(_STEPS[step])
    exact = step + 1 < len(_STEPS) and _STEPS[step + 1] == low + 1
    return f"{low}" if exact else f"{low} or more"


def _site_sentences(sites: Sites) -> list[str]:
    return [
        f"Lies on a persistent heat source: its place burnt on {d:,} of {sites.covered_days:,} days in {y} of "
        f"{sites.covered_years} years and in {m} months of the year."
        for d, y, m in zip(sites.days.tolist(), sites.years.tolist(), sites.months.tolist(), strict=True)
    ]


def _issues(observations: pa.Table, every: np.ndarray, rows: Thermal, baseline: Baseline | None) -> tuple[Issue, ...]:
    found = []
    source = observations.column("source")[int(every[0])].as_py()
    if baseline is None or baseline.own:
        found.append(Issue(
            source, IssueKind.DOUBTFUL, "no peacetime history for the thermal observations",
            "years of the same source from before the conflict",
            "the wide surroundings of the observations stand in for it; give a history as input",
        ))  # fmt: skip
    if left := len(every) - len(rows.row):
        found.append(Issue(
            source, IssueKind.DOUBTFUL, f"{left:,} thermal observations whose place or day is too uncertain",
            "a place within a few kilometres and an interval of at most two days", "kept without a probability",
        ))  # fmt: skip
    if baseline is not None and not baseline.own and (far := _outside(baseline, rows)):
        found.append(Issue(
            source, IssueKind.DOUBTFUL, f"{far:,} thermal observations outside the region of the history",
            "a history that covers them", "scored against the mean rate of that region",
        ))  # fmt: skip
    return tuple(found)


def _outside(baseline: Baseline, rows: Thermal) -> int:
    grid = baseline.grid
    x, y = (rows.lon_deg - grid.lon0_deg) / grid.dlon_deg, (rows.lat_deg - grid.lat0_deg) / grid.dlat_deg
    return int(np.count_nonzero((x < 0) | (y < 0) | (x >= grid.nx) | (y >= grid.ny)))
