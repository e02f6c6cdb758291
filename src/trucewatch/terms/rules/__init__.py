"""Kinds of rules: one module each, listed here."""

from trucewatch.terms.rule import Rule
from trucewatch.terms.rules import (
    aerial_vehicle,
    new_works,
    no_fire_area,
    obstruction,
    protected_object,
    rate_window,
    return_fire,
    silence_window,
    storage_inventory,
    weapons_zone,
    withdrawal_line,
)

__all__ = ["RULES", "rule_of"]

RULES: tuple[Rule, ...] = (
    no_fire_area.RULE,
    withdrawal_line.RULE,
    silence_window.RULE,
    rate_window.RULE,
    return_fire.RULE,
    storage_inventory.RULE,
    protected_object.RULE,
    aerial_vehicle.RULE,
    new_works.RULE,
    weapons_zone.RULE,
    obstruction.RULE,
)


def rule_of(kind: str) -> Rule | None:
    """Return the rule of this kind; None where there is none."""
    return next((rule for rule in RULES if rule.kind == kind), None)
