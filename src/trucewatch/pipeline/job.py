"""What a run is asked for, and the run itself from files to a signed report."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch import terms
from trucewatch.config import Config
from trucewatch.core.agreement import Agreement, Force
from trucewatch.core.country import country_outline
from trucewatch.core.errors import CommandError
from trucewatch.core.marking import Marking
from trucewatch.core.records import Incident
from trucewatch.core.tables import CORRIDORS
from trucewatch.core.times import day_interval_ns
from trucewatch.evidence import Layout, Log, LogReader, Record, View, from_body, to_body
from trucewatch.pipeline.intake import Intake, take_in
from trucewatch.pipeline.order import Analysis, Inputs, analyse
from trucewatch.pipeline.publish import Edition, publish

__all__ = ["Job", "Outcome", "run_job"]

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Job:
    """One run: by which agreement, on what, for which days (inclusive, in the agreement's zone), and where to.

    as_if_in_force  judge the period as though the agreement had held throughout; prints HYPOTHETICAL on every page
    """

    agreement_files: Mapping[str, str]
    agreement_name: str
    inputs: tuple[Path, ...]
    first_day: date
    last_day: date
    out: Path
    config: Config = field(default_factory=Config)
    as_if_in_force: bool = False

    def period_ns(self, zone: str) -> tuple[int, int]:
        """Return the period, half-open."""
        if self.last_day < self.first_day:
            raise CommandError(
                f"found --to {self.last_day} before --from {self.first_day}; needed the later day; swap them"
            )
        return day_interval_ns(self.first_day, zone)[0], day_interval_ns(self.last_day, zone)[1]


@dataclass(frozen=True)
class Outcome:
    """Where a run left its files, and its summary."""

    out: Path
    summary: Mapping[str, Any]


def run_job(
    job: Job, signer: Ed25519PrivateKey, now_ns: Callable[[], int], entropy: Callable[[int], bytes], progress: Progress
) -> Outcome:
    """Take the inputs in, analyse them, log what was found, and publish it.

    The log comes first at every step: a crash loses nothing that was acknowledged, and running again goes on.
    """
    timings: dict[str, float] = {}
    # an agreement that cannot be read must stop the run before anything is written
    agreement = terms.parse_agreement(job.agreement_files, job.agreement_name)
    period = job.period_ns(agreement.time_zone)
    job.out.mkdir(parents=True, exist_ok=True)
    with Log.open(job.out, signer, now_ns, entropy) as log:
        with _timed(timings, "intake"):
            known = _known(log)
            intake = take_in(log, job.inputs, progress)
        agreement = _with_corridors(agreement, intake)
        if job.as_if_in_force:
            agreement = _supposed(agreement, period)
        with _timed(timings, "analysis"):
            analysis = analyse(_inputs(intake, agreement, period, known), job.config, progress)
        with _timed(timings, "log"):
            progress("log")
            _log_findings(log, job, agreement, intake, analysis)
        edition = Edition(job.out, agreement, period, now_ns(), intake, analysis, job.config, timings)
        with _timed(timings, "report"):
            progress("report")
            summary = publish(log, edition)
        progress("view")
        with View(Layout(job.out).view) as view:
            view.update(log.reader())
    return Outcome(job.out, summary)


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = round(time.perf_counter() - start, 3)


def _known(log: Log) -> tuple[Incident, ...]:
    """Return the latest version of every incident that earlier runs logged."""
    if log.size == 0:
        return ()
    reader: LogReader = log.reader()
    latest: dict[str, Incident] = {}
    for index in range(len(reader)):
        envelope = reader.envelope(index)
        if envelope.kind == "incident":
            incident = from_body(Incident, reader.body(envelope))
            latest[incident.incident_id] = incident
    return tuple(latest.values())


def _with_corridors(agreement: Agreement, intake: Intake) -> Agreement:
    if agreement.corridor_clause is None:
        return agreement
    table = intake.joined(CORRIDORS.name)
    if table.num_rows == 0:
        raise CommandError(
            f"found no list of corridors among the inputs; needed one, because {agreement.name} takes its clauses from "
            "it; add the file with --input"
        )
    return terms.with_corridors(agreement, table)


def _supposed(agreement: Agreement, period: tuple[int, int]) -> Agreement:
    """Return the agreement as though every clause and zone had held throughout the period."""
    start, end = period
    clauses = tuple(replace(p, effective_from_ns=start, effective_to_ns=end) for p in agreement.provisions)
    zones = tuple(replace(z, valid_from_ns=None, valid_to_ns=None) for z in agreement.zones)
    force = Force.INVENTED if agreement.force is Force.INVENTED else Force.HYPOTHETICAL
    return replace(agreement, provisions=clauses, zones=zones, force=force, force_reason="", effective_from_ns=start,
                   effective_to_ns=end)  # fmt: skip


def _inputs(intake: Intake, agreement: Agreement, period: tuple[int, int], known: tuple[Incident, ...]) -> Inputs:
    observations, origin = intake.observations()
    return Inputs(
        observations=observations, origin=origin, control=intake.tables("control"),
        coverage=intake.tables("coverage"), notices=intake.joined("notices"), known=known, agreement=agreement,
        country=country_outline(), period_ns=period,
    )  # fmt: skip


def _log_findings(log: Log, job: Job, agreement: Agreement, intake: Intake, analysis: Analysis) -> None:
    """Log the agreement, every changed incident with its verdicts, and the run's own issues."""
    (text,) = log.append_many([Record("agreement", {"name": agreement.name, "digest": agreement.digest,
                                                    "files": dict(job.agreement_files)})])  # fmt: skip
    changed = analysis.fused.changed
    segment_leaf = {entry.segment: entry.leaf for entry in intake.logged}
    records = [Record("incident", to_body(i), _segments(i, segment_leaf), Marking.INTERNAL) for i in changed]
    leaves = log.append_many(records)
    leaf_of = {i.incident_id: ref.leaf for i, ref in zip(changed, leaves, strict=True)}
    verdicts = analysis.judgement.verdicts
    log.append_many([
        Record("verdict", to_body(v), tuple(filter(None, (text.leaf, leaf_of.get(v.subject)))), Marking.INTERNAL)
        for v in verdicts if v.subject_kind != "incident" or v.subject in leaf_of
    ])  # fmt: skip
    if analysis.issues:
        log.append_many([Record("issue", {"issues": [i.as_dict() for i in analysis.issues]}, (), Marking.INTERNAL)])


def _segments(incident: Incident, leaf_of: Mapping[str, str]) -> tuple[str, ...]:
    """Return the leaves of the segments that hold the incident's sources."""
    roots = dict.fromkeys(s.segment for s in incident.sources if s.segment is not None)
    return tuple(leaf_of[root] for root in roots)
