"""Judge every incident and every (area, period) under every clause: proposals with their numbers, never findings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Notice, Provision, Zone
from trucewatch.core.errors import AgreementError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import UNKNOWN
from trucewatch.core.records import Status, Verdict, VerdictWord
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import Bounds, Chances, covered
from trucewatch.terms.config import Config
from trucewatch.terms.evidence import Evidence, gather
from trucewatch.terms.rule import Finding, Rule
from trucewatch.terms.rules import RULES, rule_of
from trucewatch.terms.situation import Facts, Judgement, Situation, Tally
from trucewatch.terms.wording import Clause, found_verdict, incident_verdict, period_verdict

__all__ = ["judge_all"]

_BREACH, _NO_BREACH, _UNDECIDED = 0, 1, 2
WORDS = (VerdictWord.BREACH, VerdictWord.NO_BREACH, VerdictWord.UNDECIDED)


@dataclass(frozen=True)
class Case:
    """A clause made ready: its rule, and where and when it applies."""

    clause: Provision
    rule: Rule
    areas: Sequence[Area]
    subjects: Sequence[Area]


def judge_all(agreement: Agreement, situation: Situation, config: Config) -> Judgement:
    """Return the proposed verdicts about all incidents and periods, the issues met, and the counts by clause.

    An incident has no row under a clause whose zone, windows or acts it surely lies outside of: the clause's tally
    counts it. Merged and retired incidents are not judged.
    """
    if not agreement.provisions:
        what = "no list of corridors was given" if agreement.corridor_clause else "the file has none"
        raise AgreementError(
            f"found no clause in agreement {agreement.name} ({what}); needed at least one; "
            + ("add the corridor list to the input" if agreement.corridor_clause else "add provisions")
        )
    zones = {z.id: _outlined(z, situation.country) for z in agreement.zones}
    notices = (*agreement.notices, *situation.notices)
    facts = Facts(notices, situation.calls, situation.inspections)
    live = [i for i in situation.incidents if i.status not in (Status.MERGED, Status.RETIRED)]
    period = Span(*situation.period_ns, agreement.time_zone)
    whole = _hull(period, [i.t_start_ns for i in live], [i.t_end_ns for i in live])
    cases = [_case(c, zones, whole, period) for c in agreement.provisions]
    evidence = gather(live, _shapes(cases, notices), config.place_points)
    verdicts: list[Verdict] = []
    tallies: dict[str, Tally] = {}
    for case in cases:
        about = Clause.of(agreement, case.clause, zones, notices)
        if case.rule.about_incidents:
            chances = case.rule.chances(case.clause, zones, case.areas, facts, evidence)
            rows, tally = _rows(case, chances, config)
            verdicts += _incident_verdicts(about, case, chances, evidence, rows, config)
            tallies[case.clause.id] = tally
        verdicts += _period_verdicts(about, case, zones, facts, evidence, situation, config)
    return Judgement(verdicts, list(_issues(agreement, cases)), tallies)


def _outlined(zone: Zone, country: BaseGeometry | None) -> Zone:
    return replace(zone, geometry=country) if zone.kind == "country" and country is not None else zone


def _hull(period: Span, starts: Sequence[int], ends: Sequence[int]) -> Span:
    """The period and all incidents: an incident that began before it is weighed over its whole interval."""
    return Span(min([period.start_ns, *starts]), max([period.end_ns, *(e + 1 for e in ends)]), period.time_zone)


def _case(clause: Provision, zones: Mapping[str, Zone], whole: Span, period: Span) -> Case:
    rule = rule_of(clause.rule)
    if rule is None:
        known = ", ".join(r.kind for r in RULES)
        raise AgreementError(f"found the rule {clause.rule!r} in clause {clause.id}; needed one of {known}; correct it")
    return Case(clause, rule, rule.areas(clause, zones, whole), rule.subjects(clause, zones, period))


def _shapes(cases: Sequence[Case], notices: Sequence[Notice]) -> Iterator[BaseGeometry]:
    for case in cases:
        for area in (*case.areas, *case.subjects):
            yield area.shape.certain
            yield area.shape.possible
            for notice in notices:
                yield covered(case.clause, area, notice)


def _rows(case: Case, chances: Chances, config: Config) -> tuple[np.ndarray, Tally]:
    """Incidents that get a row, and the count of all."""
    concerned = (chances.placed.drawn > 0) & (chances.cls.high > 0) & (chances.p_real.high > 0)
    rows = np.flatnonzero(concerned | config.keep_unconcerned)
    words = np.bincount(_words(chances.p, config)[rows], minlength=3)
    n = len(concerned)
    return rows, Tally(case.clause.id, n, int(words[0]), int(words[2]), int(words[1]), n - len(rows))


def _words(p: Bounds, config: Config) -> np.ndarray:
    """Return the code (n,) of the word that both bounds allow."""
    return np.select([p.low >= config.p_breach, p.high <= config.p_clear], [_BREACH, _NO_BREACH], _UNDECIDED)


def _incident_verdicts(
    about: Clause, case: Case, chances: Chances, evidence: Evidence, rows: np.ndarray, config: Config
) -> Iterator[Verdict]:
    words = _words(chances.p, config)
    by_party = {party: _words(p, config) for party, p in chances.by_party.items()}
    for row in rows.tolist():
        conditional = {party: str(WORDS[codes[row]]) for party, codes in by_party.items()}
        yield incident_verdict(about, case.areas, chances, evidence, row, WORDS[words[row]], conditional)


def _period_verdicts(
    about: Clause, case: Case, zones: Mapping[str, Zone], facts: Facts, evidence: Evidence,
    situation: Situation, config: Config,
) -> Iterator[Verdict]:  # fmt: skip
    for subject in case.subjects:
        if case.rule.find is not None:
            found = case.rule.find(case.clause, zones, subject, facts, evidence)
            yield _found(about, case.clause, subject, found, situation, config)
            continue
        chances = case.rule.chances(case.clause, zones, [subject], facts, evidence)
        placed = evidence.places.kind != UNKNOWN  # an incident without a place says nothing about this one
        everyone = {party: p.where(placed) for party, p in chances.by_party.items()}
        seen, p = _seen(subject, situation), chances.p.where(placed)
        word = _period_word(subject, p, seen, config)
        conditional = {party: str(_period_word(subject, p, seen, config)) for party, p in everyone.items()}
        unplaced = int((~placed & (chances.p.high > 0)).sum())
        yield period_verdict(about, subject, p, evidence, seen, unplaced, word, conditional)


def _found(
    about: Clause, clause: Provision, subject: Area, found: Finding, situation: Situation, config: Config
) -> Verdict:
    """Return the verdict that a rule's own finding about a subject gives."""
    seen = _seen(subject, situation)
    looked = seen >= config.min_seen if found.looked is None else found.looked
    parties = {p: found.by_party.get(p, (found.low, found.high)) for p in clause.binds}

    def word(low: float, high: float) -> VerdictWord:
        if low >= config.p_breach:
            return VerdictWord.BREACH
        if subject.shape.bars_clear is not None or high > config.p_clear:
            return VerdictWord.UNDECIDED
        return VerdictWord.NO_BREACH if looked else VerdictWord.UNOBSERVED

    conditional = {p: str(word(*bounds)) for p, bounds in parties.items()}
    return found_verdict(about, subject, found, seen, word(found.low, found.high), conditional)


def _seen(subject: Area, situation: Situation) -> float:
    """Fraction of area × time that could have been seen, over all windows of the subject."""
    if subject.shape.possible.is_empty:
        return 0.0
    lengths = np.diff(subject.windows, axis=1)[:, 0].astype(np.float64)
    parts = [situation.sight.fraction(subject.shape.possible, int(a), int(b)) for a, b in subject.windows]
    return float(np.average(parts, weights=lengths))


def _period_word(subject: Area, p: Bounds, seen: float, config: Config) -> VerdictWord:
    """Silence is not compliance: quiet counts only where enough could have been seen."""
    if len(p.low) and p.low.max() >= config.p_breach:
        return VerdictWord.BREACH
    if subject.shape.bars_clear is not None or 1 - np.prod(1 - p.high) > config.p_clear:
        return VerdictWord.UNDECIDED
    return VerdictWord.NO_BREACH if seen >= config.min_seen else VerdictWord.UNOBSERVED


def _issues(agreement: Agreement, cases: Sequence[Case]) -> Iterator[Issue]:
    """One issue for every zone that cannot settle a clause."""
    told: set[str] = set()
    for case in cases:
        for area in (*case.areas, *case.subjects):
            reason = area.shape.bars_clear
            if reason is not None and reason not in told:
                told.add(reason)
                action = f"clause {case.clause.id} stays undecided there"
                yield Issue(agreement.name, IssueKind.DOUBTFUL, reason, "a zone with a source for every vertex", action)
