"""Events out of detections: where and when each happened, with its uncertainty."""

from trucewatch.locate.single_source import Config, locate

__all__ = ["Config", "locate"]
