"""What could have been seen, where and when: from the intervals and footprints of assets to shares of area × time."""

from trucewatch.coverage.build import Coverage, build
from trucewatch.coverage.config import Config
from trucewatch.coverage.looks import Downtime
from trucewatch.coverage.passes import passes_from_detections

__all__ = ["Config", "Coverage", "Downtime", "build", "passes_from_detections"]
