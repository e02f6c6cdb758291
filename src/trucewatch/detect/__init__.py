"""Detections out of observations: what is not the ordinary background of its place, with probability and reason."""

from collections.abc import Callable

import pyarrow as pa

from trucewatch.core.issue import Issue
from trucewatch.core.tables import DETECTIONS
from trucewatch.detect.array_config import ArrayConfig
from trucewatch.detect.arrays import detect_arrays
from trucewatch.detect.arrivals import ARRIVALS, triggers_of
from trucewatch.detect.baseline import Baseline, learn, rate, surroundings
from trucewatch.detect.config import Chance, Config, Smoothing
from trucewatch.detect.persistent import Sites
from trucewatch.detect.report import detect_reports
from trucewatch.detect.thermal_anomaly import detect

__all__ = ["ARRIVALS", "DETECTORS", "ArrayConfig", "Baseline", "Chance", "Config", "Sites", "Smoothing", "detect",
           "detect_all", "detect_arrays", "detect_reports", "learn", "rate", "surroundings", "triggers_of"]  # fmt: skip

Detector = Callable[[pa.Table, Baseline | None, Config], tuple[pa.Table, tuple[Issue, ...]]]


def _reports(observations: pa.Table, _baseline: Baseline | None, config: Config) -> tuple[pa.Table, tuple[Issue, ...]]:
    return detect_reports(observations, config)


DETECTORS: tuple[Detector, ...] = (detect, _reports)


def detect_all(
    observations: pa.Table, history: pa.Table | Baseline | None = None, config: Config | None = None
) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return the detections of every detector, in the order of the observations, and the issues met.

    history  observations of peacetime, or the baseline learned from them, or None where there is no history
    """
    config = config or Config()
    baseline = learn(history, config) if isinstance(history, pa.Table) else history
    parts = [detector(observations, baseline, config) for detector in DETECTORS]
    found = pa.concat_tables([table for table, _ in parts]).sort_by("observation")
    return found.cast(DETECTIONS.arrow), tuple(issue for _, issues in parts for issue in issues)
