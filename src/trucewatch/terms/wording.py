"""Verdicts in words: one sentence each, conditional until people have confirmed it, the same for every party."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from trucewatch.core.agreement import Agreement, Notice, Provision, Zone
from trucewatch.core.place import UNKNOWN
from trucewatch.core.records import Verdict, VerdictWord
from trucewatch.core.times import format_ns
from trucewatch.terms.areas import Area
from trucewatch.terms.chances import Bounds, Chances
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Finding

__all__ = ["Clause", "incident_verdict", "period_verdict"]

Numbers = dict[str, float | int | str]
_SAME = 0.005  # bounds closer than this are one number in print


@dataclass(frozen=True)
class Clause:
    """A clause with the names that its sentences need."""

    agreement: str
    clause: Provision
    hypothetical: bool
    because: str
    only: str
    names: Mapping[str, str]
    zones: Mapping[str, Zone]
    notices: Sequence[Notice]
    time_zone: str

    @classmethod
    def of(
        cls, agreement: Agreement, clause: Provision, zones: Mapping[str, Zone], notices: Sequence[Notice]
    ) -> "Clause":
        """Return the clause of an agreement."""
        names = {p.id: p.name for p in agreement.parties}
        hypothetical = agreement.hypothetical or clause.not_in_force is not None
        because = "; hypothetical" if hypothetical else ""
        if clause.not_in_force is not None:
            because += f", since {clause.not_in_force}"
        used = (*clause.zones, *clause.parameters.get("baselines", {}).values())
        because += _disputes([zones[z] for z in used], names)
        bound = " and ".join(names[p] for p in clause.binds)
        only = "" if len(clause.binds) == len(names) else f", if it was done by or for {bound}"
        return cls(agreement.name, clause, hypothetical, because, only, names, zones, notices, agreement.time_zone)


def _disputes(zones: Sequence[Zone], names: Mapping[str, str]) -> str:
    said = (f"; {z.name or z.id} is disputed by {names.get(p, p)}" for z in zones for p in z.disputed_by)
    return "".join(dict.fromkeys(said))


def incident_verdict(
    about: Clause, areas: Sequence[Area], chances: Chances, evidence: Evidence, row: int, word: VerdictWord,
    conditional: Mapping[str, str],
) -> Verdict:  # fmt: skip
    """Return the verdict about one incident."""
    incident = evidence.incidents[row]
    low, high = float(chances.p.low[row]), float(chances.p.high[row])
    sentence = {
        VerdictWord.BREACH: _breach,
        VerdictWord.UNDECIDED: _undecided,
        VerdictWord.NO_BREACH: _no_breach,
    }[word]
    reason = sentence(about, areas, chances, evidence, row)
    return Verdict(
        about.agreement, about.clause.id, "incident", incident.incident_id, word, _one_p(low, high, word),
        f"{reason}{about.because}.", _numbers(chances, row), conditional, about.hypothetical, incident.version,
    )  # fmt: skip


def _one_p(low: float, high: float, word: VerdictWord) -> float | None:
    """The probability; where the record leaves it open, the least for a breach, the greatest for none, else nothing."""
    if high - low < _SAME:
        return round(high, 4)
    return {VerdictWord.BREACH: round(low, 4), VerdictWord.NO_BREACH: round(high, 4)}.get(word)


def _numbers(chances: Chances, row: int) -> Numbers:
    factors = {
        "p_real": chances.p_real,
        "p_place": chances.placed.place,
        "p_time": Bounds(chances.placed.time, chances.placed.time),
        "p_class": chances.cls,
        "p": chances.p,
    }
    numbers: Numbers = {}
    for name, bounds in factors.items():
        low, high = round(float(bounds.low[row]), 4), round(float(bounds.high[row]), 4)
        numbers |= {name: high} if high - low < _SAME else {f"{name}_low": low, f"{name}_high": high}
    if chances.excepted[row] > 0:
        numbers["p_excepted"] = round(float(chances.excepted[row]), 4)
    for party, metres in chances.distance_m.items():
        if np.isfinite(metres[row]):
            numbers[f"behind_baseline_m:{party}"] = round(float(metres[row]), -2)
    return numbers


def _where(areas: Sequence[Area]) -> str:
    names = dict.fromkeys(a.name for a in areas)
    return " or ".join(names) if names else "its zone"


def _what(evidence: Evidence, row: int) -> str:
    incident = evidence.incidents[row]
    kind = (incident.cls or "an incident of unknown class").replace("_", " ")
    return f"{kind} ({incident.weapon})" if incident.weapon else kind


def _product(chances: Chances, row: int) -> str:
    factors = [
        ("real", chances.p_real.low), ("place", chances.placed.place.low), ("time", chances.placed.time),
        ("class", chances.cls.low), ("not notified", 1 - chances.excepted),
    ]  # fmt: skip
    if chances.excepted[row] == 0:
        factors.pop()
    return " × ".join(f"{name} {values[row]:.2f}" for name, values in factors)


def _breach(about: Clause, areas: Sequence[Area], chances: Chances, evidence: Evidence, row: int) -> str:
    at_least = "at least " if chances.p.high[row] - chances.p.low[row] >= _SAME else ""
    return (
        f"If confirmed, would engage clause {about.clause.id}: {_what(evidence, row)} in {_where(areas)} with "
        f"probability {at_least}{chances.p.low[row]:.2f} ({_product(chances, row)}){_distances(about, chances, row)}"
        f"{about.only}"
    )


def _distances(about: Clause, chances: Chances, row: int) -> str:
    """Where it stood for each party whose baseline counts."""
    known = {p: m[row] for p, m in chances.distance_m.items() if np.isfinite(m[row])}
    if not known:
        return ""
    parts = (
        f"{abs(m) / 1000:.1f} km {'behind' if m >= 0 else 'beyond'} the baseline of {about.names[p]}"
        for p, m in known.items()
    )
    return f", {' and '.join(parts)}"


def _undecided(about: Clause, areas: Sequence[Area], chances: Chances, evidence: Evidence, row: int) -> str:
    low, high = chances.p.low[row], chances.p.high[row]
    p = f"is {high:.2f}" if high - low < _SAME else f"lies between {low:.2f} and {high:.2f}"
    return (
        f"Undecided under clause {about.clause.id}: {_why(areas, chances, evidence, row)}; the probability {p}"
        f"{_distances(about, chances, row)}{about.only}"
    )


def _why(areas: Sequence[Area], chances: Chances, evidence: Evidence, row: int) -> str:
    """The first thing that keeps the answer open."""
    place, cls = chances.placed.place, chances.cls
    reasons = (a.shape.bars_breach or a.shape.bars_clear for a in areas)
    barred = next((r for r in reasons if r), None)
    if barred is not None:
        return barred
    if evidence.places.kind[row] == UNKNOWN:
        return "its place is not known"
    if cls.low[row] < cls.high[row]:
        return f"{_what(evidence, row)} may or may not be an act that the clause names"
    if _differ(list(chances.by_party.values()), row):
        return "the answer depends on whose weapon it was"
    if place.low[row] < place.high[row]:
        return _open_place(chances)
    return _least(chances, row)


def _differ(bounds: Sequence[Bounds], row: int) -> bool:
    return any(abs(b.low[row] - bounds[0].low[row]) + abs(b.high[row] - bounds[0].high[row]) > _SAME for b in bounds)


def _open_place(chances: Chances) -> str:
    if chances.distance_m:
        return "the weapon, and with it the distance that is needed, is not known well enough"
    return "the route is not known and it lies near the straight line between the named ends"


def _least(chances: Chances, row: int) -> str:
    """The factor that is furthest from certain."""
    kept = 1 - chances.excepted[row]
    factors = {
        f"its place straddles the zone ({chances.placed.place.high[row]:.2f} inside)": chances.placed.place.high[row],
        f"its time straddles the clause's hours ({chances.placed.time[row]:.2f} inside)": chances.placed.time[row],
        f"it is real with probability {chances.p_real.high[row]:.2f}": chances.p_real.high[row],
        f"a notice covers it with probability {1 - kept:.2f}": kept,
    }
    return min(factors, key=lambda k: factors[k])


def _no_breach(about: Clause, areas: Sequence[Area], chances: Chances, evidence: Evidence, row: int) -> str:
    start = f"Would not engage clause {about.clause.id}: {_what(evidence, row)}"
    if chances.excepted[row] > 0.5:
        notice = about.notices[int(chances.notice[row])]
        return (
            f"{start} is covered with probability {chances.excepted[row]:.2f} by the notified "
            f"{notice.activity.replace('_', ' ')} of {about.names.get(notice.party, notice.party)} ({notice.source})"
        )
    return f"{start} is such an act in {_where(areas)} with probability {chances.p.high[row]:.2f}"


def period_verdict(
    about: Clause, subject: Area, p: Bounds, evidence: Evidence, seen: float, unplaced: int, word: VerdictWord,
    conditional: Mapping[str, str],
) -> Verdict:  # fmt: skip
    """Return the verdict about an area or corridor in its hours; `unplaced` incidents of its time are left out."""
    low, high = (float(1 - np.prod(1 - b)) for b in p)
    count = int((p.high > 0).sum())
    numbers: Numbers = {
        "p_any_low": round(low, 4), "p_any_high": round(high, 4), "incidents": count,
        "unplaced": unplaced, "seen": round(seen, 4), "windows": len(subject.windows),
    }  # fmt: skip
    name = subject_name(about, subject)
    reason = _period_reason(about, subject, p, evidence, seen, word)
    if unplaced:
        reason += f"; {unplaced} incidents of unknown place are left out"
    given = None if word is VerdictWord.UNOBSERVED else _one_p(low, high, word)
    return Verdict(
        about.agreement, about.clause.id, "period", name, word, given, f"{reason}{about.because}.", numbers,
        conditional, about.hypothetical,
    )  # fmt: skip


def found_verdict(
    about: Clause, subject: Area, found: Finding, seen: float, word: VerdictWord, conditional: Mapping[str, str]
) -> Verdict:
    """Return the verdict about an area in its hours as the rule's own finding words it."""
    low, high = round(found.low, 4), round(found.high, 4)
    numbers: Numbers = {"p_low": low, "p_high": high, **found.numbers, "seen": round(seen, 4)}
    begun = {
        VerdictWord.BREACH: f"If confirmed, would engage clause {about.clause.id}: ",
        VerdictWord.UNDECIDED: f"Undecided under clause {about.clause.id}: ",
        VerdictWord.NO_BREACH: f"Would not engage clause {about.clause.id}: ",
        VerdictWord.UNOBSERVED: f"Nothing can be said of clause {about.clause.id}: ",
    }[word]
    barred = subject.shape.bars_clear or subject.shape.bars_breach
    doubt = f"{barred}; " if barred and word is VerdictWord.UNDECIDED else ""
    given = None if word is VerdictWord.UNOBSERVED else _one_p(low, high, word)
    return Verdict(
        about.agreement, about.clause.id, "period", subject_name(about, subject), word, given,
        f"{begun}{doubt}{found.reason}{about.because}.", numbers, conditional, about.hypothetical,
    )  # fmt: skip


def subject_name(about: Clause, subject: Area) -> str:
    """Return the zones and hours of a subject, as verdicts name it."""
    start, end = subject.bounds_ns
    return f"{'+'.join(subject.zones)} {format_ns(start, about.time_zone)}/{format_ns(end, about.time_zone)}"


def _period_reason(about: Clause, subject: Area, p: Bounds, evidence: Evidence, seen: float, word: VerdictWord) -> str:
    where, clause = subject.name, about.clause.id
    share = f"{seen:.0%} of its area and time could have been seen"
    if word is VerdictWord.UNOBSERVED:
        return f"Nothing can be said of clause {clause} in {where}: no incident is known and only {share}"
    if word is VerdictWord.NO_BREACH:
        return f"No known incident engages clause {clause} in {where}, and {share}"
    barred = subject.shape.bars_clear or subject.shape.bars_breach
    if word is VerdictWord.UNDECIDED and barred:
        return f"Undecided under clause {clause}: {barred}; {share}"
    row = int(np.argmax(p.low if word is VerdictWord.BREACH else p.high))
    strongest = evidence.incidents[row].incident_id
    if word is VerdictWord.BREACH:
        return (
            f"If confirmed, would engage clause {clause}: incident {strongest} in {where} with probability "
            f"{p.low[row]:.2f}{about.only}"
        )
    return (
        f"Undecided under clause {clause}: no single incident in {where} is sure enough, the strongest is {strongest} "
        f"with a probability of {p.low[row]:.2f} to {p.high[row]:.2f}; {share}"
    )
