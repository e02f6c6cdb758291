"""Allegations and inspections as the report prints them, for one audience."""

from collections.abc import Sequence

import numpy as np

from trucewatch import release, report
from trucewatch.core.agreement import Agreement
from trucewatch.core.marking import Marking
from trucewatch.core.position import describe
from trucewatch.core.records import Allegation, Verdict, VerdictWord
from trucewatch.pipeline.order import Analysis

__all__ = ["allegation_rows", "inspection_rows"]

_NEAREST = (VerdictWord.BREACH, VerdictWord.UNDECIDED, VerdictWord.UNOBSERVED, VerdictWord.NO_BREACH)


def allegation_rows(
    analysis: Analysis, agreement: Agreement, audience: Marking, config: release.Config
) -> tuple[report.AllegationRow, ...]:
    """Return every allegation with the proposal that comes nearest to a breach, as this audience may see it."""
    told = release.redact_allegations(analysis.allegations, audience, config)
    about: dict[str, list[Verdict]] = {}
    for verdict in analysis.judgement.verdicts:
        if verdict.subject_kind == "allegation":
            about.setdefault(verdict.subject, []).append(verdict)
    names = {p.id: p.name for p in agreement.parties}
    where = _words(told)
    rows = (
        _row(a, min(about[a.allegation_id], key=_distance), names, words)
        for a, words in zip(told, where, strict=True)
        if a.allegation_id in about
    )
    return tuple(sorted(rows, key=lambda r: (r.t_start_ns is None, r.t_start_ns or 0, r.allegation_id)))


def _distance(verdict: Verdict) -> tuple[int, float, str]:
    return _NEAREST.index(verdict.verdict), -(verdict.p or 0.0), verdict.clause


def _words(told: Sequence[Allegation]) -> list[str | None]:
    places = np.array([(a.place.summary_lon_deg, a.place.summary_lat_deg) for a in told], dtype=np.float64)
    return list(describe(*places.reshape(-1, 2).T).tolist())


def _row(a: Allegation, verdict: Verdict, names: dict[str, str], where: str | None) -> report.AllegationRow:
    against = None if a.against is None else names.get(a.against, a.against)
    return report.AllegationRow(
        a.allegation_id, a.reference, names.get(a.party, a.party), against, a.t_start_ns, a.t_end_ns, where, a.cls,
        a.copies, verdict.clause, str(verdict.verdict), str(verdict.numbers.get("status", "")), verdict.p,
    )  # fmt: skip


def inspection_rows(analysis: Analysis, agreement: Agreement) -> tuple[report.InspectionRow, ...]:
    """Return what inspections found, with the names of the sites as the agreement gives them."""
    names = {z.id: z.name or z.id for z in agreement.zones}
    return tuple(
        report.InspectionRow(names.get(i.site, i.site), i.t_start_ns, i.t_end_ns, i.weapon, i.declared, i.present,
                             i.missing, i.not_verified, i.access)
        for i in analysis.inspections
    )  # fmt: skip
