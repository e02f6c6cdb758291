"""Synthetic days with their truth, in the formats of real records, and the grading of what was made of them."""

from trucewatch.scenario.allegations import ALLEGED
from trucewatch.scenario.config import Config, ScoreConfig
from trucewatch.scenario.kinds import KINDS, Kind
from trucewatch.scenario.met import Met, meet, met_table
from trucewatch.scenario.score import Score, score
from trucewatch.scenario.truth import TRUTH, Truth, answers, emit, truth

__all__ = ["ALLEGED", "KINDS", "TRUTH", "Config", "Kind", "Met", "Score", "ScoreConfig", "Truth", "answers", "emit",
           "meet", "met_table", "score", "truth"]  # fmt: skip
