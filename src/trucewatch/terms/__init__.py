"""Agreements as data, and what incidents and quiet periods mean under their clauses."""

from trucewatch.core.problem import Problem
from trucewatch.terms.allegations import read_allegations
from trucewatch.terms.audit import SymmetryReport, audit_symmetry
from trucewatch.terms.cases import CaseResult, check, run_cases
from trucewatch.terms.config import Config
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.facts import read_calls, read_inspections, unknown_callers, unknown_sites
from trucewatch.terms.history import Change, Diff, Succession, changed_clauses, diff, superseded
from trucewatch.terms.judge import judge_all
from trucewatch.terms.load import parse_agreement
from trucewatch.terms.logic import Remark, Severity, remarks
from trucewatch.terms.notices import read_notices
from trucewatch.terms.rules import RULES
from trucewatch.terms.situation import Judgement, Situation, Tally
from trucewatch.terms.weapons import WEAPONS, weapon_classes

__all__ = [
    "RULES",
    "WEAPONS",
    "CaseResult",
    "Change",
    "Config",
    "Diff",
    "Judgement",
    "Problem",
    "Remark",
    "Severity",
    "Situation",
    "Succession",
    "SymmetryReport",
    "Tally",
    "audit_symmetry",
    "changed_clauses",
    "check",
    "diff",
    "judge_all",
    "parse_agreement",
    "read_allegations",
    "read_calls",
    "read_inspections",
    "read_notices",
    "remarks",
    "run_cases",
    "superseded",
    "unknown_callers",
    "unknown_sites",
    "weapon_classes",
    "with_corridors",
]
