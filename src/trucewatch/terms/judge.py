"""Judge every incident and every (area, period) under every clause: proposals with their numbers, never findings."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Notice, Zone
from trucewatch.core.errors import AgreementError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.place import UNKNOWN
from trucewatch.core.records import Status, Verdict, VerdictWord
from trucewatch.terms.alleged import judge_allegations
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import Bounds, Chances
from trucewatch.terms.config import Config
from trucewatch.terms.evidence import Evidence, gather
from trucewatch.terms.facts import unknown_callers, unknown_sites
from trucewatch.terms.ready import Case, hull, make_ready, outlined, shapes_of
from trucewatch.terms.rule import Finding, Rule
from trucewatch.terms.situation import Facts, Judgement, Situation, Tally
from trucewatch.terms.wording import Clause, found_verdict, incident_verdicts, period_verdict

__all__ = ["judge_all"]

_BREACH, _NO_BREACH, _UNDECIDED = 0, 1, 2
WORDS = (VerdictWord.BREACH, VerdictWord.NO_BREACH, VerdictWord.UNDECIDED)
_TEXTS = tuple(str(word) for word in WORDS)


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
    zones = outlined(agreement.zones, situation.country)
    facts = Facts((*agreement.notices, *situation.notices), situation.calls, situation.inspections)
    live = [i for i in situation.incidents if i.status not in (Status.MERGED, Status.RETIRED)]
    period = Span(*situation.period_ns, agreement.time_zone)
    whole = hull(period, [i.t_start_ns for i in live], [i.t_end_ns for i in live])
    cases = make_ready(agreement, zones, facts.notices, whole, period)
    evidence = gather(live, _shapes(cases, facts.notices), config.place_points)
    verdicts: list[Verdict] = []
    tallies: dict[str, Tally] = {}
    for case in cases:
        if case.rule.about_incidents:
            near = evidence if config.keep_unconcerned else _near(case.rule, evidence, case.areas)
            chances = case.rule.chances(case.clause, zones, case.areas, facts, near)
            rows, tallies[case.clause.id] = _rows(case, chances, len(evidence), config)
            verdicts += _incident_verdicts(case, chances, near, rows, config)
        verdicts += _period_verdicts(case, zones, facts, evidence, situation, config)
    answers, counts = judge_allegations(situation, cases, zones, facts, evidence, config)
    strangers = unknown_sites(agreement, situation.inspections) + unknown_callers(agreement, situation.calls)
    return Judgement(verdicts + answers, [*_issues(agreement, cases), *strangers], tallies, counts)


def _shapes(cases: Sequence[Case], notices: Sequence[Notice]) -> Iterator[BaseGeometry]:
    for case in cases:
        yield from shapes_of(case.clause, (*case.areas, *case.subjects), notices)


def _near(rule: Rule, evidence: Evidence, areas: Sequence[Area]) -> Evidence:
    """Return the incidents that can matter in some areas; all where the rule weighs them against one another."""
    return evidence.near(areas) if rule.alone else evidence


def _rows(case: Case, chances: Chances, count: int, config: Config) -> tuple[np.ndarray, Tally]:
    """Incidents that get a row, and the tally of all `count` that were judged."""
    concerned = (chances.placed.drawn > 0) & (chances.cls.high > 0) & (chances.p_real.high > 0)
    rows = np.flatnonzero(concerned | config.keep_unconcerned)
    words = np.bincount(_words(chances.p, config)[rows], minlength=3)
    return rows, Tally(case.clause.id, count, int(words[0]), int(words[2]), int(words[1]), count - len(rows))


def _words(p: Bounds, config: Config) -> np.ndarray:
    """Return the code (n,) of the word that both bounds allow."""
    return np.select([p.low >= config.p_breach, p.high <= config.p_clear], [_BREACH, _NO_BREACH], _UNDECIDED)


def _incident_verdicts(
    case: Case, chances: Chances, evidence: Evidence, rows: np.ndarray, config: Config
) -> Iterator[Verdict]:
    words = [WORDS[k] for k in _words(chances.p, config)[rows].tolist()]
    by_party = [[_TEXTS[k] for k in _words(p, config)[rows].tolist()] for p in chances.by_party.values()]
    said = list(zip(*by_party, strict=True)) if by_party else [()] * len(words)
    known = {one: dict(zip(chances.by_party, one, strict=True)) for one in set(said)}
    conditionals = [known[one] for one in said]
    return incident_verdicts(case.about, case.areas, chances, evidence, rows, words, conditionals)


def _period_verdicts(
    case: Case, zones: Mapping[str, Zone], facts: Facts, evidence: Evidence,
    situation: Situation, config: Config,
) -> Iterator[Verdict]:  # fmt: skip
    around = _near(case.rule, evidence, case.subjects)
    for subject in case.subjects:
        near = _near(case.rule, around, [subject])
        if case.rule.find is not None:
            found = case.rule.find(case.clause, zones, subject, facts, near)
            yield _found(case.about, subject, found, situation, config)
            continue
        chances = case.rule.chances(case.clause, zones, [subject], facts, near)
        placed = near.places.kind != UNKNOWN  # an incident without a place says nothing about this one
        everyone = {party: p.where(placed) for party, p in chances.by_party.items()}
        seen, p = _seen(subject, situation), chances.p.where(placed)
        word = _period_word(subject, p, seen, config)
        conditional = {party: str(_period_word(subject, p, seen, config)) for party, p in everyone.items()}
        unplaced = int((~placed & (chances.p.high > 0)).sum())
        yield period_verdict(case.about, subject, p, near, seen, unplaced, word, conditional)


def _found(about: Clause, subject: Area, found: Finding, situation: Situation, config: Config) -> Verdict:
    """Return the verdict that a rule's own finding about a subject gives."""
    seen = _seen(subject, situation)
    looked = seen >= config.min_seen if found.looked is None else found.looked
    parties = {p: found.by_party.get(p, (found.low, found.high)) for p in about.clause.binds}

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
