"""Score what people report: a claim has no background rate, only the standing of its source and of the item."""

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import strings
from trucewatch.core.issue import Issue
from trucewatch.core.tables import DETECTIONS, OBSERVATIONS
from trucewatch.detect.config import Config
from trucewatch.detect.rows import accepted_rows

__all__ = ["NAME", "detect_reports", "probability_of"]

NAME = "report"
_RELIABILITY, _CREDIBILITY = "ABCDEF", "123456"
_CANNOT_BE_JUDGED = 5  # F, and 6; also what a source without a mark gets


def detect_reports(observations: pa.Table, config: Config | None = None) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return one detection for each accepted observation that is not thermal; its p comes from the source's marks."""
    config = config or Config()
    OBSERVATIONS.check(observations)
    rows = accepted_rows(observations, thermal=False)
    if len(rows) == 0:
        return DETECTIONS.empty(), ()
    chosen = observations.select(["reliability", "credibility", "class"]).take(pa.array(rows))
    reliability = _codes(strings(chosen, "reliability"), _RELIABILITY)
    credibility = _codes(strings(chosen, "credibility"), _CREDIBILITY)
    p = probability_of(reliability, credibility, config)
    values = {"observation": rows, "detector": NAME, "p_anomaly": p, "class": chosen.column("class")}
    return DETECTIONS.table({**values, "reason": _reasons(reliability, credibility)}), ()


def probability_of(reliability: np.ndarray, credibility: np.ndarray, config: Config) -> np.ndarray:
    """Return the probability (n,) that a report is true, by codes 0..5 for A..F and for 1..6."""
    given_trust = np.array(config.p_of_credibility)[credibility]
    trust = np.array(config.weight_of_reliability)[reliability]
    return np.asarray(0.5 + trust * (given_trust - 0.5))


def _codes(marks: np.ndarray, alphabet: str) -> np.ndarray:
    code = {mark: i for i, mark in enumerate(alphabet)}
    return np.array([code.get(m, _CANNOT_BE_JUDGED) for m in marks], dtype=np.int64)


def _reasons(reliability: np.ndarray, credibility: np.ndarray) -> np.ndarray:
    words = np.array([
        f"A report of source reliability {r} and item credibility {c}; it has no background rate."
        for r in _RELIABILITY for c in _CREDIBILITY
    ], dtype=object)  # fmt: skip
    return np.asarray(words[reliability * len(_CREDIBILITY) + credibility])
