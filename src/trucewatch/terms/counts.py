"""How many acts an incident stands for."""

import numpy as np

from trucewatch.terms.evidence import Evidence

__all__ = ["ACT_UNITS", "act_counts"]

ACT_UNITS = ("explosion", "burst", "shot", "projectile")  # counts of acts; a pixel or a report is none


def act_counts(evidence: Evidence) -> np.ndarray:
    """Return the number (n,) of acts that the sources of each incident counted; NaN where nobody counted acts."""
    counted = (i.count if i.count_unit in ACT_UNITS else None for i in evidence.incidents)
    return np.array([np.nan if c is None else c for c in counted], dtype=np.float64)
