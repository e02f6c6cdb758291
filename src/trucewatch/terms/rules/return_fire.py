"""Fire only in return: after an attack, after a call to the coordination mechanism that did not help, in proportion.

Who fired is not known. For each party the verdict says what holds if the fire was its own: its own calls are known, and
any earlier act may have been the other side's attack or its own. Without a call of its own that failed in between, its
fire is not permitted, whatever came before.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from pydantic import Field

from trucewatch.core.agreement import Call, Provision
from trucewatch.core.entries import Entry
from trucewatch.terms.areas import Area, plain_shape
from trucewatch.terms.chances import Bounds, Chances, classes_of
from trucewatch.terms.counts import act_counts
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.replies import Volleys, reply_chance
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]

FAILED = ("unsuccessful", "unanswered")  # outcomes of a call after which fire may be returned


class Parameters(Entry):
    """What a clause on returned fire says.

    within_s    how soon after the attack fire may be returned
    proportion  how many times the attack's count the returned fire may count; without it, proportion is not judged
    """

    within_s: float = Field(gt=0)
    proportion: float | None = Field(default=None, gt=0)


def _parameters(clause: Provision) -> Parameters:
    return Parameters.model_validate(dict(clause.parameters))


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    yield from no_fire_area.RULE.check(clause, zones)


def _chances(clause: Provision, zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    """Any act in the zones, less by party what its calls and earlier acts may permit."""
    act = no_fire_area.RULE.chances(clause, zones, areas, facts, evidence)
    permitted = {party: _permitted(clause, party, zones, act, facts, evidence) for party in clause.binds}
    by_party = {party: Bounds(act.by_party[party].low * (1 - p), act.by_party[party].high)
                for party, p in permitted.items()}  # fmt: skip
    low = np.min([b.low for b in by_party.values()], axis=0)
    return replace(act, p=Bounds(low, act.p.high), by_party=by_party, doubts=_doubts(permitted))


def _permitted(
    clause: Provision, party: str, zones: Zones, act: Chances, facts: Facts, evidence: Evidence
) -> np.ndarray:
    """The greatest probability (n,) that an act was permitted, if it was this party's."""
    p = _parameters(clause)
    failed = [call for call in facts.calls if call.party == party and _may_have_failed(call)]
    return reply_chance(_volleys(clause, zones, evidence), act.p.high > 0, failed, p.within_s, p.proportion)


def _may_have_failed(call: Call) -> bool:
    return call.outcome is None or call.outcome in FAILED


def _doubts(permitted: Mapping[str, np.ndarray]) -> dict[int, str]:
    most = np.max(list(permitted.values()), axis=0)
    said = (
        "as a reply to an earlier act, after a call that failed, it may have been permitted with a probability of up to"
    )
    return {row: f"{said} {most[row]:.2f}" for row in np.flatnonzero(most > 0).tolist()}


def _volleys(clause: Provision, zones: Zones, evidence: Evidence) -> Volleys:
    """Each incident as the attack that it may have been: an act that may lie in any zone of the clause."""
    inside = np.zeros(len(evidence))
    for zone_id in clause.zones:
        shape = plain_shape(zones[zone_id])
        if shape.bars_clear:
            inside += 1.0
        elif shape.possible.wkb in evidence.mass:  # not where the zone has no validity in the time that is judged
            mass = evidence.mass_of(shape.possible)
            inside += np.where(np.isnan(mass), 1.0, mass)
    real = np.where(np.isnan(evidence.p_real), 1.0, evidence.p_real)
    p_attack = real * classes_of(clause, evidence).high * np.minimum(inside, 1.0)
    counts = act_counts(evidence)
    fewest, most = (np.where(np.isnan(counts), otherwise, counts) for otherwise in (1.0, np.inf))
    return Volleys(evidence.t_start_ns, evidence.t_end_ns, p_attack, fewest, most)


_AREA = no_fire_area.RULE
RULE = Rule("return_fire", Parameters, _check, _AREA.areas, _AREA.subjects, _chances, alone=False)
