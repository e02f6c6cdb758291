"""Clauses made ready for judging: their rule, where and when they apply, and the shapes that must be weighed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Notice, Provision, Zone
from trucewatch.core.errors import AgreementError
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import shapes_of
from trucewatch.terms.rule import Rule
from trucewatch.terms.rules import RULES, rule_of
from trucewatch.terms.wording import Clause

__all__ = ["Case", "hull", "make_ready", "outlined", "shapes_of"]


@dataclass(frozen=True)
class Case:
    """A clause with the names of its sentences, its rule, where and when it applies, and what periods it judges."""

    about: Clause
    rule: Rule
    areas: Sequence[Area]
    subjects: Sequence[Area]

    @property
    def clause(self) -> Provision:
        """The clause itself."""
        return self.about.clause


def make_ready(
    agreement: Agreement, zones: Mapping[str, Zone], notices: Sequence[Notice], whole: Span, period: Span
) -> list[Case]:
    """Return all clauses; AgreementError where a rule is not known.

    whole   the time in which incidents are weighed
    period  the time about which a verdict is given
    """
    return [
        Case(
            Clause.of(agreement, c, zones, notices), rule, rule.areas(c, zones, whole), rule.subjects(c, zones, period)
        )
        for c, rule in ((c, _rule(c)) for c in agreement.provisions)
    ]


def _rule(clause: Provision) -> Rule:
    rule = rule_of(clause.rule)
    if rule is None:
        known = ", ".join(r.kind for r in RULES)
        raise AgreementError(f"found the rule {clause.rule!r} in clause {clause.id}; needed one of {known}; correct it")
    return rule


def outlined(zones: Iterable[Zone], country: BaseGeometry | None) -> dict[str, Zone]:
    """Return zones by id; those of kind `country` with its outline, where that is known."""
    drawn = country is not None
    return {z.id: replace(z, geometry=country) if z.kind == "country" and drawn else z for z in zones}


def hull(period: Span, starts_ns: Sequence[int], ends_ns: Sequence[int]) -> Span:
    """Return the period and all intervals: what began before it is weighed over its whole interval."""
    start_ns, end_ns = min([period.start_ns, *starts_ns]), max([period.end_ns, *(e + 1 for e in ends_ns)])
    return Span(start_ns, end_ns, period.time_zone)
