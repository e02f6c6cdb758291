"""Synthetic days with their truth, in the formats of real records, and the grading of what was made of them."""

from trucewatch.scenario.config import Config, ScoreConfig
from trucewatch.scenario.kinds import KINDS, Kind
from trucewatch.scenario.score import Score, score
from trucewatch.scenario.truth import TRUTH, Truth, answers, emit, truth

__all__ = ["KINDS", "TRUTH", "Config", "Kind", "Score", "ScoreConfig", "Truth", "answers", "emit", "score", "truth"]
