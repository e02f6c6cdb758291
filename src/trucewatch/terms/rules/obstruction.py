"""Monitors are not obstructed in a zone; some obstructions, or short delays, may be tolerated."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from pydantic import Field

from trucewatch.core.agreement import Provision
from trucewatch.core.classes import CLASSES, is_a
from trucewatch.core.entries import Entry
from trucewatch.core.times import SECOND_NS
from trucewatch.terms.areas import Area
from trucewatch.terms.chances import Bounds, Chances, classes_of, in_areas, weigh
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Complaint, Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]


class Parameters(Entry):
    """What is tolerated.

    tolerated          classes that engage nothing although they lie below an act
    delay_tolerated_s  seconds; a delay engages the clause if it lasted as long, or longer
    """

    tolerated: list[str] = Field(default_factory=list)
    delay_tolerated_s: float | None = Field(default=None, gt=0)


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    yield from no_fire_area.RULE.check(clause, zones)
    p = _parameters(clause)
    for i, word in enumerate(p.tolerated):
        if word not in CLASSES:
            needed, fix = "a class of the class tree", "see docs/core.md"
            yield ("tolerated", i), f"the unknown class {word!r}", needed, fix
        elif any(is_a(act, word) for act in clause.acts):
            yield ("tolerated", i), f"{word!r}, which takes in an act", "a class below an act", "remove it or the act"
    if p.delay_tolerated_s is not None and "delay" in p.tolerated:
        yield ("delay_tolerated_s",), "a limit of tolerated delays, which all are", "one of both", "remove one"


def _chances(clause: Provision, _zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    p, cls = _parameters(clause), classes_of(clause, evidence)
    kept, long = _not_tolerated(p, evidence), _long_enough(p, evidence)
    acts = Bounds(cls.low * kept.low * long.low, cls.high * kept.high * long.high)
    found = weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence), cls=acts)
    rows = np.flatnonzero((evidence.t_start_ns == evidence.t_end_ns) & (acts.low < cls.low * kept.low))
    return replace(found, doubts=dict.fromkeys(rows.tolist(), "how long it lasted is not known"))


def _not_tolerated(p: Parameters, evidence: Evidence) -> Bounds:
    """Bounds (n,) of the probability that an obstruction is of no tolerated class; a coarse class may be of one."""
    answers = [[is_a(c, word) for word in p.tolerated] for c in evidence.classes]
    table = np.array([(all(a is False for a in row), True not in row) for row in answers], np.float64).reshape(-1, 2)
    return Bounds(table[evidence.cls, 0], table[evidence.cls, 1])


def _long_enough(p: Parameters, evidence: Evidence) -> Bounds:
    """Bounds (n,) of the probability that it is no delay, or one that is not tolerated; an instant says no length."""
    n = len(evidence)
    if p.delay_tolerated_s is None:
        return Bounds(np.ones(n), np.ones(n))
    delay = [is_a(c, "delay") for c in evidence.classes]
    surely, never = (np.array([d is word for d in delay], dtype=bool)[evidence.cls] for word in (True, False))
    length_s = (evidence.t_end_ns - evidence.t_start_ns) / SECOND_NS
    long = length_s >= p.delay_tolerated_s
    low = never | long
    high = low | ~surely | (length_s == 0)
    return Bounds(low.astype(np.float64), high.astype(np.float64))


RULE = replace(
    no_fire_area.RULE, kind="obstruction", parameters=Parameters, check=_check, chances=_chances, acts=("obstruction",)
)
