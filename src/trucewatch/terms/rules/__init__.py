"""Kinds of rules: one module each, listed here."""

from trucewatch.terms.rule import Rule
from trucewatch.terms.rules import no_fire_area, silence_window, withdrawal_line

__all__ = ["RULES", "rule_of"]

RULES: tuple[Rule, ...] = (no_fire_area.RULE, withdrawal_line.RULE, silence_window.RULE)


def rule_of(kind: str) -> Rule | None:
    """Return the rule of this kind; None where there is none."""
    return next((rule for rule in RULES if rule.kind == kind), None)
