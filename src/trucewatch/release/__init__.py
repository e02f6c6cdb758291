"""Decide what an audience may see: markings, coarse places and times, and a search for what must not be there."""

from trucewatch.release.coarse import Cells, coarsen_places, coarsen_times
from trucewatch.release.config import Config
from trucewatch.release.markings import may_see, needs_coarse_places
from trucewatch.release.redact import (
    redact_allegations,
    redact_coverage,
    redact_incident,
    redact_incidents,
    redact_issues,
    redact_table,
    redact_verdict,
)
from trucewatch.release.scan import Secrets, find_withheld, gather_secrets

__all__ = [
    "Cells",
    "Config",
    "Secrets",
    "coarsen_places",
    "coarsen_times",
    "find_withheld",
    "gather_secrets",
    "may_see",
    "needs_coarse_places",
    "redact_allegations",
    "redact_coverage",
    "redact_incident",
    "redact_incidents",
    "redact_issues",
    "redact_table",
    "redact_verdict",
]
