"""Events, observations and open incidents in; incidents with place and time distributions out."""

from trucewatch.fuse.config import Config, Kinship
from trucewatch.fuse.fuse import Fused, Origin, fuse
from trucewatch.fuse.revise import founding_id, revise

__all__ = ["Config", "Fused", "Kinship", "Origin", "founding_id", "fuse", "revise"]
