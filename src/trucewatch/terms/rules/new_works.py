"""No new works and no new mines in a zone: what was begun after a date.

When works began is mostly known between two looks: last seen without them, first seen with them. What surely began
before the date engages nothing; what may have, does so by the share of that interval that lies after it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from trucewatch.core.agreement import Provision
from trucewatch.core.classes import is_a
from trucewatch.core.entries import Entry
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import Chances, in_areas, weigh
from trucewatch.terms.dates import Calendar
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Complaint, Rule, Zones
from trucewatch.terms.rules import no_fire_area
from trucewatch.terms.situation import Facts

__all__ = ["RULE"]


class Parameters(Entry):
    """From when on works are new.

    since  a day or an instant, which may lie before the clause takes effect; without it, when that happens
    """

    since: str | None = None


def _since(clause: Provision) -> str | None:
    return Parameters.model_validate(dict(clause.parameters)).since


def _check(clause: Provision, zones: Zones) -> Iterator[Complaint]:
    yield from no_fire_area.RULE.check(clause, zones)
    since = _since(clause)
    wrong = None if since is None else Calendar("UTC").wrong(since)
    if wrong is not None:
        yield ("since",), wrong[0], "a day such as 2026-01-01, or an instant with its offset", wrong[2]
    for act in clause.acts:
        if is_a(act, "new_works") is False:
            needed = "new_works, fortification or mines"
            yield (), f"the act {act!r}, which is not begun", needed, "correct it, or choose another rule"


def _dated(clause: Provision, span: Span) -> Provision:
    """The clause as it is effective from its date on."""
    text = _since(clause)
    if text is None:
        return clause
    since_ns = Calendar(span.time_zone).instant_ns(text)
    early = ((since_ns, clause.effective_from_ns),) if since_ns < clause.effective_from_ns else ()
    windows = (*early, *clause.windows_ns) if clause.windows_ns else ()
    return replace(clause, effective_from_ns=since_ns, windows_ns=windows)


def _areas(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    return no_fire_area.RULE.areas(_dated(clause, span), zones, span)


def _subjects(clause: Provision, zones: Zones, span: Span) -> list[Area]:
    """Each zone over the whole period: what was begun in it."""
    return no_fire_area.RULE.subjects(_dated(clause, span), zones, span)


def _chances(clause: Provision, _zones: Zones, areas: Sequence[Area], facts: Facts, evidence: Evidence) -> Chances:
    found = weigh(clause, areas, facts.notices, evidence, in_areas(areas, evidence))
    time = found.placed.time
    others = np.min([found.placed.place.low, found.cls.low, found.p_real.low, 1 - found.excepted.high], axis=0)
    rows = np.flatnonzero((found.placed.drawn > 0) & (time > 0) & (time < others))
    said = "{:.0%} of the time in which it may have begun falls under the clause"
    return replace(found, doubts={row: said.format(time[row]) for row in rows.tolist()})


RULE = Rule("new_works", Parameters, _check, _areas, _subjects, _chances, acts=("new_works",))
