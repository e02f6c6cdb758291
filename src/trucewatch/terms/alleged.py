"""What the record says of what was alleged: an allegation is no evidence of itself, whoever makes it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.place import UNKNOWN, Summary, summarise
from trucewatch.core.records import Allegation, Casualties, Incident, Status, Verdict, VerdictWord
from trucewatch.core.times import SECOND_NS
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.terms.answers import Answer, answer_verdict
from trucewatch.terms.areas import Area, Span
from trucewatch.terms.chances import Bounds, Chances
from trucewatch.terms.config import Config
from trucewatch.terms.evidence import Evidence, gather
from trucewatch.terms.matches import Matches, find_matches
from trucewatch.terms.ready import Case, hull, shapes_of
from trucewatch.terms.rule import Zones
from trucewatch.terms.situation import Facts, Situation

__all__ = ["judge_allegations"]

_SHORTEST_NS = 60 * SECOND_NS  # an alleged instant is a minute: nobody alleges seconds, and a look takes some time
_CORNERS = np.radians(np.arange(0, 360, 15))


@dataclass(frozen=True)
class _Claims:
    """Allegations as if they had happened, in the order of their ids.

    timed     (n,) whether a time is alleged; without one the whole time that is judged stands in for it
    against   (n,) number of the party that is said to have done it, −1 where none is named or it is no party
    parties   ids of the parties
    areas     by clause, where and when it applied in the time that the allegations span
    """

    told: Sequence[Allegation]
    evidence: Evidence
    timed: np.ndarray
    against: np.ndarray
    parties: Sequence[str]
    areas: Mapping[str, Sequence[Area]]


def judge_allegations(
    situation: Situation, cases: Sequence[Case], zones: Zones, facts: Facts, evidence: Evidence, config: Config
) -> tuple[list[Verdict], dict[str, dict[str, int]]]:
    """Return the proposed verdicts about allegations, and by clause how many there are of each status.

    Each allegation gets a verdict under every clause that it would engage if it were true, and if there is none, one
    under the first clause. Incidents are read and never changed.
    """
    single = [case for case in cases if case.rule.about_incidents]
    if not situation.allegations or not single:
        return [], {}
    claims = _claims(situation, single, zones, facts, config)
    engaged = {case.clause.id: _as_alleged(claims, case, zones, facts) for case in single}
    matches = find_matches(claims.told, claims.evidence, claims.timed, evidence, config)
    seen = _seen(claims, _askable(claims, engaged.values(), config), situation)
    nowhere = np.max(list(engaged.values()), axis=0) <= 0
    verdicts: list[Verdict] = []
    counts: dict[str, dict[str, int]] = {}
    for case in single:
        high = engaged[case.clause.id]
        happened = _of_matches(claims, matches, case, zones, facts, evidence)
        wanted = (high > 0) | config.keep_unconcerned | (nowhere & (case is single[0]))
        answers = [
            _answer(k, claims, high, matches, happened, evidence, seen, config) for k in np.flatnonzero(wanted).tolist()
        ]
        verdicts += [answer_verdict(case.about, a, bool(nowhere[a.row])) for a in answers]
        tally = Counter(a.status for a in answers)
        tally["not_engaged"] += int((~wanted).sum())
        counts[case.clause.id] = dict(sorted((+tally).items()))
    return verdicts, counts


def _claims(situation: Situation, cases: Sequence[Case], zones: Zones, facts: Facts, config: Config) -> _Claims:
    told = sorted(situation.allegations, key=lambda a: a.allegation_id)
    timed = np.array([a.t_start_ns is not None for a in told], dtype=bool)
    about = cases[0].about
    starts = [a.t_start_ns for a in told if a.t_start_ns is not None]
    ends = [a.t_end_ns for a in told if a.t_end_ns is not None]
    whole = hull(Span(*situation.period_ns, about.time_zone), starts, ends)
    areas = {c.clause.id: c.rule.areas(c.clause, zones, whole) for c in cases}
    shapes = (s for c in cases for s in shapes_of(c.clause, areas[c.clause.id], facts.notices))
    claimed = [_as_incident(a, whole) for a in told]
    parties = tuple(about.names)
    number = {p: k for k, p in enumerate(parties)}
    against = np.array([number.get(a.against or "", -1) for a in told], dtype=np.int64)
    return _Claims(told, gather(claimed, shapes, config.place_points), timed, against, parties, areas)


def _as_incident(a: Allegation, whole: Span) -> Incident:
    """Return what would have happened if the allegation were true."""
    start = whole.start_ns if a.t_start_ns is None else a.t_start_ns
    end = whole.end_ns if a.t_start_ns is None else (a.t_start_ns if a.t_end_ns is None else a.t_end_ns)
    return Incident(
        a.allegation_id, 1, None, Status.RECORDED, start, end, a.cls, 1.0, a.place, Casualties(), (a.source,),
        weapon=a.weapon, count=a.count, count_unit=a.count_unit,
    )  # fmt: skip


def _as_alleged(claims: _Claims, case: Case, zones: Zones, facts: Facts) -> np.ndarray:
    """Return the greatest probability (n,) that each allegation, if it is true, engages the clause."""
    areas, told = claims.areas[case.clause.id], claims.evidence
    near = told.near(areas)
    rows = np.arange(len(told)) if near.rows is None else near.rows
    chances = case.rule.chances(case.clause, zones, areas, facts, near)
    high = _asked(chances, np.arange(len(near)), claims.against[rows], claims.parties).high
    sometime = chances.placed.time > 0  # of an unknown time only this is known: that it may lie in the windows
    high = np.where(claims.timed[rows] | ~sometime, high, high / np.where(sometime, chances.placed.time, 1.0))
    out = np.zeros(len(told))
    out[rows] = np.where(chances.placed.drawn > 0, np.minimum(high, 1.0), 0.0)
    return out


def _asked(chances: Chances, rows: np.ndarray, against: np.ndarray, parties: Sequence[str]) -> Bounds:
    """Return the bounds (m,) at some rows for the party that is named; a party that is not bound breaches nothing."""
    low, high = chances.p.low[rows], chances.p.high[rows]
    for k in np.unique(against[against >= 0]).tolist():
        own = against == k
        bounds = chances.by_party.get(parties[k])
        low[own] = 0.0 if bounds is None else bounds.low[rows[own]]
        high[own] = 0.0 if bounds is None else bounds.high[rows[own]]
    return Bounds(low, high)


def _of_matches(
    claims: _Claims, matches: Matches, case: Case, zones: Zones, facts: Facts, evidence: Evidence
) -> Bounds:
    """Return how probably the incident of each match (m,) engages the clause, by the party that is named."""
    distinct, at = np.unique(matches.incident, return_inverse=True)
    against = claims.against[matches.allegation]
    if case.rule.alone:
        chances = case.rule.chances(case.clause, zones, case.areas, facts, evidence.take(distinct))
        return _asked(chances, at, against, claims.parties)
    return _asked(
        case.rule.chances(case.clause, zones, case.areas, facts, evidence), matches.incident, against, claims.parties
    )


def _askable(claims: _Claims, engaged: Iterable[np.ndarray], config: Config) -> np.ndarray:
    """Return the rows for which it matters what could have been seen: place and time are known, and some clause."""
    may = np.max([high > config.p_clear for high in engaged], axis=0)
    return np.flatnonzero(may & claims.timed & (claims.evidence.places.kind != UNKNOWN))


def _seen(claims: _Claims, rows: np.ndarray, situation: Situation) -> np.ndarray:
    """Return the fraction (n,) that could have been seen where and when it was alleged; NaN where nobody asks."""
    seen = np.full(len(claims.told), np.nan)
    known: dict[tuple[bytes, int, int], float] = {}
    start, end = claims.evidence.t_start_ns[rows], claims.evidence.t_end_ns[rows]
    end = np.maximum(end, start + _SHORTEST_NS)
    discs = _discs(summarise(claims.evidence.places.take(rows)))
    for row, disc, a, b in zip(rows.tolist(), discs, start.tolist(), end.tolist(), strict=True):
        key = disc.wkb, a, b
        if key not in known:
            known[key] = situation.sight.fraction(disc, a, b)
        seen[row] = known[key]
    return seen


def _discs(said: Summary) -> list[BaseGeometry]:
    """Return the discs that hold 90 % of each place."""
    per_lon, per_lat = metres_per_degree(said.lat_deg)
    radius = np.maximum(said.radius90_m, 1.0)[:, None]  # m; an exact point still needs an area to be looked at
    lon = said.lon_deg[:, None] + radius / per_lon[:, None] * np.sin(_CORNERS)
    lat = said.lat_deg[:, None] + radius / per_lat[:, None] * np.cos(_CORNERS)
    return list(shapely.polygons(np.stack([lon, lat], axis=2)))


def _answer(
    row: int, claims: _Claims, engaged: np.ndarray, matches: Matches, happened: Bounds, evidence: Evidence,
    seen: np.ndarray, config: Config,
) -> Answer:  # fmt: skip
    """Return what the record says of one allegation under one clause."""
    told, claimed = claims.told[row], float(engaged[row])
    if claimed <= config.p_clear:
        return Answer(row, told, "not_engaged", VerdictWord.NO_BREACH, (0.0, claimed))
    lacking = _lacking(bool(claims.evidence.places.kind[row] != UNKNOWN), bool(claims.timed[row]))
    if lacking:
        return Answer(row, told, "insufficient_detail", VerdictWord.UNDECIDED, (0.0, claimed), lacking=lacking)
    share = float(seen[row])
    first, last = np.searchsorted(matches.allegation, [row, row + 1])
    if last == first:
        return _unmatched(row, told, claimed, share, config)
    own = slice(first, last)
    low, high = matches.p_same[own] * happened.low[own], matches.p_same[own] * happened.high[own]
    best = int(np.lexsort((matches.p[own], low))[-1])
    missed = 0.0 if share >= config.min_seen else claimed  # it may have been something else that nobody recorded
    most = min(1.0, float(high.max()) + (1 - float(matches.p[own].max())) * missed)
    bounds = float(low[best]), most
    matched = bool(matches.p[own][best] >= config.min_match)
    return Answer(
        row, told, "matched" if matched else "plausible_unseen", _word(bounds, config), bounds, share,
        evidence.incidents[matches.incident[own][best]].incident_id, float(matches.p[own][best]),
        float(matches.distance_m[own][best]), (float(happened.low[own][best]), float(happened.high[own][best])),
    )  # fmt: skip


def _lacking(placed: bool, timed: bool) -> str:
    return " and ".join(what for what, known in (("a place", placed), ("a time", timed)) if not known)


def _unmatched(row: int, told: Allegation, claimed: float, seen: float, config: Config) -> Answer:
    """Silence is not compliance: only where enough could have been seen does it contradict."""
    if seen >= config.min_seen:
        return Answer(row, told, "contradicted", VerdictWord.NO_BREACH, (0.0, 0.0), seen)
    if seen <= config.least_seen:
        return Answer(row, told, "outside_coverage", VerdictWord.UNOBSERVED, (0.0, claimed), seen)
    return Answer(row, told, "plausible_unseen", VerdictWord.UNDECIDED, (0.0, claimed), seen)


def _word(bounds: tuple[float, float], config: Config) -> VerdictWord:
    if bounds[0] >= config.p_breach:
        return VerdictWord.BREACH
    return VerdictWord.NO_BREACH if bounds[1] <= config.p_clear else VerdictWord.UNDECIDED
