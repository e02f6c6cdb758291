"""Verdicts in words: one sentence each, conditional until people have confirmed it, the same for every party."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np

from trucewatch.core.agreement import Agreement, Notice, Provision, Zone
from trucewatch.core.place import UNKNOWN
from trucewatch.core.records import Incident, Verdict, VerdictWord
from trucewatch.core.times import format_ns
from trucewatch.terms.areas import Area
from trucewatch.terms.chances import Bounds, Chances
from trucewatch.terms.evidence import Evidence
from trucewatch.terms.rule import Finding

__all__ = [
    "BEGUN",
    "SAME",
    "Clause",
    "Numbers",
    "found_verdict",
    "incident_verdicts",
    "one_p",
    "period_verdict",
    "subject_name",
]

Numbers = dict[str, float | int | str]
BEGUN = {
    VerdictWord.BREACH: "If confirmed, would engage clause {}: ",
    VerdictWord.UNDECIDED: "Undecided under clause {}: ",
    VerdictWord.NO_BREACH: "Would not engage clause {}: ",
    VerdictWord.UNOBSERVED: "Nothing can be said of clause {}: ",
}
SAME = 0.005  # bounds closer than this are one number in print


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


class _Row(NamedTuple):
    """What the sentence about one incident needs, as plain numbers; the factors are those of `Chances`."""

    incident: Incident
    placed: bool
    real: tuple[float, float]
    place: tuple[float, float]
    time: float
    cls: tuple[float, float]
    excepted: tuple[float, float]
    notice: int
    p: tuple[float, float]
    differ: bool
    distance_m: Mapping[str, float]
    where: str | None
    doubt: str | None


def _rows(chances: Chances, evidence: Evidence, rows: np.ndarray) -> Iterator[_Row]:
    def pairs(bounds: Bounds) -> Iterator[tuple[float, float]]:
        return zip(bounds.low[rows].tolist(), bounds.high[rows].tolist(), strict=True)

    distances = ({} for _ in rows) if not chances.distance_m else _distances(chances.distance_m, rows)
    columns = (
        evidence.incidents[rows].tolist(), (evidence.places.kind[rows] != UNKNOWN).tolist(), pairs(chances.p_real),
        pairs(chances.placed.place), chances.placed.time[rows].tolist(), pairs(chances.cls), pairs(chances.excepted),
        chances.notice[rows].tolist(), pairs(chances.p), _differ(list(chances.by_party.values()), rows), distances,
        map(chances.where.get, rows.tolist()), map(chances.doubts.get, rows.tolist()),
    )  # fmt: skip
    return map(_Row._make, zip(*columns, strict=True))


def _distances(distance_m: Mapping[str, np.ndarray], rows: np.ndarray) -> Iterator[dict[str, float]]:
    columns = [metres[rows].tolist() for metres in distance_m.values()]
    for metres in zip(*columns, strict=True):
        yield {p: m for p, m in zip(distance_m, metres, strict=True) if isfinite(m)}


def _differ(bounds: Sequence[Bounds], rows: np.ndarray) -> list[bool]:
    """Whether the answer depends on which party it was."""
    apart = np.zeros(len(rows))
    for b in bounds[1:]:
        away = abs(b.low[rows] - bounds[0].low[rows]) + abs(b.high[rows] - bounds[0].high[rows])
        apart = np.maximum(apart, away)
    return list((apart > SAME).tolist())


@dataclass(frozen=True)
class _Scene:
    """A clause with the words that all its incidents share: where it applies, and why its area is not settled."""

    about: Clause
    where: str
    barred: str | None
    by_distance: bool


def incident_verdicts(
    about: Clause, areas: Sequence[Area], chances: Chances, evidence: Evidence, rows: np.ndarray,
    words: Sequence[VerdictWord], conditionals: Iterable[Mapping[str, str]],
) -> Iterator[Verdict]:  # fmt: skip
    """Return the verdicts about the incidents at these rows; each party's word for each of them in `conditionals`."""
    barred = next((r for r in (a.shape.bars_breach or a.shape.bars_clear for a in areas) if r), None)
    scene = _Scene(about, _where(areas), barred, bool(chances.distance_m))
    sentences = {
        VerdictWord.BREACH: _breach,
        VerdictWord.UNDECIDED: _undecided,
        VerdictWord.NO_BREACH: _no_breach,
    }
    name, clause, because, hypothetical = about.agreement, about.clause.id, about.because, about.hypothetical
    for row, word, conditional in zip(_rows(chances, evidence, rows), words, conditionals, strict=True):
        yield Verdict(
            name, clause, "incident", row.incident.incident_id, word, one_p(*row.p, word),
            f"{sentences[word](scene, row)}{because}.", _numbers(row), conditional, hypothetical, row.incident.version,
        )  # fmt: skip


def one_p(low: float, high: float, word: VerdictWord) -> float | None:
    """The probability; where the record leaves it open, the least for a breach, the greatest for none, else nothing."""
    if high - low < SAME:
        return round(high, 4)
    return {VerdictWord.BREACH: round(low, 4), VerdictWord.NO_BREACH: round(high, 4)}.get(word)


def _numbers(row: _Row) -> Numbers:
    numbers: Numbers = {}
    factors = (("p_real", row.real), ("p_place", row.place), ("p_time", (row.time, row.time)), ("p_class", row.cls),
               ("p", row.p))  # fmt: skip
    for name, bounds in factors:
        low, high = round(bounds[0], 4), round(bounds[1], 4)
        if high - low < SAME:
            numbers[name] = high
        else:
            numbers[f"{name}_low"], numbers[f"{name}_high"] = low, high
    if row.excepted[1] > 0:
        numbers["p_excepted"] = round(row.excepted[1], 4)
    for party, metres in row.distance_m.items():
        numbers[f"behind_baseline_m:{party}"] = round(metres, -2)
    return numbers


def _where(areas: Sequence[Area]) -> str:
    names = dict.fromkeys(a.name for a in areas)
    return " or ".join(names) if names else "its zone"


def _what(incident: Incident) -> str:
    kind = (incident.cls or "an incident of unknown class").replace("_", " ")
    return f"{kind} ({incident.weapon})" if incident.weapon else kind


def _product(row: _Row) -> str:
    kept = f" × not notified {1 - row.excepted[1]:.2f}" if row.excepted[1] > 0 else ""
    return f"real {row.real[0]:.2f} × place {row.place[0]:.2f} × time {row.time:.2f} × class {row.cls[0]:.2f}{kept}"


def _breach(scene: _Scene, row: _Row) -> str:
    low, high = row.p
    at_least = "at least " if high - low >= SAME else ""
    return (
        f"If confirmed, would engage clause {scene.about.clause.id}: {_what(row.incident)} in "
        f"{row.where or scene.where} with probability {at_least}{low:.2f} ({_product(row)})"
        f"{_stands(scene.about, row)}{scene.about.only}"
    )


def _stands(about: Clause, row: _Row) -> str:
    """Where it stood for each party whose baseline counts."""
    if not row.distance_m:
        return ""
    parts = (
        f"{abs(m) / 1000:.1f} km {'behind' if m >= 0 else 'beyond'} the baseline of {about.names[p]}"
        for p, m in row.distance_m.items()
    )
    return f", {' and '.join(parts)}"


def _undecided(scene: _Scene, row: _Row) -> str:
    low, high = row.p
    p = f"is {high:.2f}" if high - low < SAME else f"lies between {low:.2f} and {high:.2f}"
    return (
        f"Undecided under clause {scene.about.clause.id}: {_why(scene, row)}; the probability {p}"
        f"{_stands(scene.about, row)}{scene.about.only}"
    )


def _why(scene: _Scene, row: _Row) -> str:
    """The first thing that keeps the answer open."""
    first = scene.barred or (None if row.placed else "its place is not known") or row.doubt
    if first is not None:
        return first
    if row.cls[0] < row.cls[1]:
        return f"{_what(row.incident)} may or may not be an act that the clause names"
    if row.differ:
        return "the answer depends on whose weapon it was"
    if row.excepted[1] - row.excepted[0] >= SAME:
        return "it is not known whether the notice that covers it was given in time"
    if row.place[0] < row.place[1]:
        return _open_place(scene)
    return _least(row)


def _open_place(scene: _Scene) -> str:
    if scene.by_distance:
        return "the weapon, and with it the distance that is needed, is not known well enough"
    return "the route is not known and it lies near the straight line between the named ends"


def _least(row: _Row) -> str:
    """The factor that is furthest from certain."""
    kept = 1 - row.excepted[1]
    least = min(row.place[1], row.time, row.real[1], kept)
    if least == row.place[1]:
        return f"its place straddles the zone ({least:.2f} inside)"
    if least == row.time:
        return f"its time straddles the clause's hours ({least:.2f} inside)"
    if least == row.real[1]:
        return f"it is real with probability {least:.2f}"
    return f"a notice covers it with probability {1 - kept:.2f}"


def _no_breach(scene: _Scene, row: _Row) -> str:
    about = scene.about
    start = f"Would not engage clause {about.clause.id}: {_what(row.incident)}"
    if row.excepted[0] > 0.5:
        notice = about.notices[row.notice]
        return (
            f"{start} is covered with probability {row.excepted[0]:.2f} by the notified "
            f"{notice.activity.replace('_', ' ')} of {about.names.get(notice.party, notice.party)} ({notice.source})"
        )
    return f"{start} is such an act in {row.where or scene.where} with probability {row.p[1]:.2f}"


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
    given = None if word is VerdictWord.UNOBSERVED else one_p(low, high, word)
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
    barred = subject.shape.bars_clear or subject.shape.bars_breach
    doubt = f"{barred}; " if barred and word is VerdictWord.UNDECIDED else ""
    given = None if word is VerdictWord.UNOBSERVED else one_p(low, high, word)
    return Verdict(
        about.agreement, about.clause.id, "period", subject_name(about, subject), word, given,
        f"{BEGUN[word].format(about.clause.id)}{doubt}{found.reason}{about.because}.", numbers, conditional,
        about.hypothetical,
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
