"""Agreements as data, and what incidents and quiet periods mean under their clauses."""

from trucewatch.core.problem import Problem
from trucewatch.terms.cases import CaseResult, check, run_cases
from trucewatch.terms.config import Config
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.judge import judge_all
from trucewatch.terms.load import parse_agreement
from trucewatch.terms.notices import read_notices
from trucewatch.terms.rules import RULES
from trucewatch.terms.situation import Judgement, Situation, Tally
from trucewatch.terms.weapons import WEAPONS, weapon_classes

__all__ = [
    "RULES",
    "WEAPONS",
    "CaseResult",
    "Config",
    "Judgement",
    "Problem",
    "Situation",
    "Tally",
    "check",
    "judge_all",
    "parse_agreement",
    "read_notices",
    "run_cases",
    "weapon_classes",
    "with_corridors",
]
