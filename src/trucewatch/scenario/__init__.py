"""Synthetic days with their truth, in the formats of real records, and the grading of what was made of them."""

from trucewatch.scenario.acoustic_score import SoundScore, score_sounds
from trucewatch.scenario.acoustic_sheets import SOUNDS
from trucewatch.scenario.allegations import ALLEGED
from trucewatch.scenario.config import Config, NetworkConfig, ScoreConfig
from trucewatch.scenario.kinds import KINDS, Kind
from trucewatch.scenario.met import Met, meet, met_table
from trucewatch.scenario.score import Score, score
from trucewatch.scenario.truth import TRUTH, Truth, answers, emit, truth

__all__ = ["ALLEGED", "KINDS", "SOUNDS", "TRUTH", "Config", "Kind", "Met", "NetworkConfig", "Score", "ScoreConfig",
           "SoundScore", "Truth", "answers", "emit", "meet", "met_table", "score", "score_sounds", "truth"]  # fmt: skip
