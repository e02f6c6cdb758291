"""What a run is asked for, and the run itself from files to a signed report."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch import locate, terms
from trucewatch.config import Config
from trucewatch.core.agreement import Agreement, Force
from trucewatch.core.country import country_outline
from trucewatch.core.errors import CommandError
from trucewatch.core.marking import Marking
from trucewatch.core.records import Incident, Verdict, VerdictWord
from trucewatch.core.tables import CORRIDORS
from trucewatch.core.times import day_interval_ns
from trucewatch.evidence import Layout, Log, Record, View, to_body
from trucewatch.pipeline.intake import Intake, take_in
from trucewatch.pipeline.memory import Memory, remember
from trucewatch.pipeline.network import Associate, Heard, hear
from trucewatch.pipeline.order import Analysis, Inputs, analyse
from trucewatch.pipeline.publish import Edition, publish

__all__ = ["BOOKS", "Job", "Outcome", "run_job"]

Progress = Callable[[str], None]
_MOST_PARENTS = 500
BOOKS = ("notices", "allegations", "calls", "inspections")


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

    def checked(self) -> tuple[Agreement, tuple[int, int]]:
        """Return the agreement and the period; CommandError where the job cannot be done as given.

        It writes nothing, so that a wrong command leaves nothing behind.
        """
        agreement = terms.parse_agreement(self.agreement_files, self.agreement_name)
        for path in self.inputs:
            self._check_input(path)
        if self.out.exists() and not self.out.is_dir():
            raise CommandError(f"found that --out {self.out} is a file; needed a folder, old or new; name another")
        return agreement, self.period_ns(agreement.time_zone)

    def _check_input(self, path: Path) -> None:
        if not path.exists():
            raise CommandError(f"found no file or folder {path}; needed one that exists; check --input")
        if path.is_dir() and self.out.resolve().is_relative_to(path.resolve()):
            raise CommandError(
                f"found --out {self.out} inside the input folder {path}; needed it elsewhere, or the run would read "
                "its own files; name another --out"
            )

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
    job: Job, signer: Ed25519PrivateKey, now_ns: Callable[[], int], entropy: Callable[[int], bytes], progress: Progress,
    associate: Associate = locate.associate,
) -> Outcome:  # fmt: skip
    """Take the inputs in, analyse them, log what was found, and publish it.

    The log comes first at every step: a crash loses nothing that was acknowledged, and running again goes on.
    """
    timings: dict[str, float] = {}
    agreement, period = job.checked()
    job.out.mkdir(parents=True, exist_ok=True)
    with Log.open(job.out, signer, now_ns, entropy) as log:
        with _timed(timings, "intake"):
            memory = remember(log.reader() if log.size else None)
            intake = take_in(log, job.inputs, progress, job.config.sense)
        agreement = _with_corridors(agreement, intake)
        if job.as_if_in_force:
            agreement = _supposed(agreement, period)
        with _timed(timings, "network"):
            progress("network")
            heard = hear(log, intake, period, job.config, associate)
        with _timed(timings, "analysis"):
            analysis = analyse(_inputs(intake, agreement, period, memory, heard), job.config, progress)
        with _timed(timings, "log"):
            progress("log")
            _log_findings(log, job, agreement, intake, analysis, memory)
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
    clauses = tuple(
        replace(p, effective_from_ns=start, effective_to_ns=end, windows_ns=()) for p in agreement.provisions
    )
    zones = tuple(replace(z, valid_from_ns=None, valid_to_ns=None) for z in agreement.zones)
    force = Force.INVENTED if agreement.force is Force.INVENTED else Force.HYPOTHETICAL
    return replace(agreement, provisions=clauses, zones=zones, force=force, force_reason="", effective_from_ns=start,
                   effective_to_ns=end)  # fmt: skip


def _inputs(intake: Intake, agreement: Agreement, period: tuple[int, int], memory: Memory, heard: Heard) -> Inputs:
    observations, origin = intake.observations()
    return Inputs(
        observations=observations, origin=origin, control=intake.tables("control"),
        coverage=intake.tables("coverage"), books={kind: intake.joined(kind) for kind in BOOKS}, agreement=agreement,
        known=tuple(memory.incidents.values()), country=country_outline(), period_ns=period,
        decisions=memory.decisions, heard=heard,
    )  # fmt: skip


def _log_findings(log: Log, job: Job, agreement: Agreement, intake: Intake, analysis: Analysis, memory: Memory) -> None:
    """Log the agreement, every changed incident, every verdict that is not yet the log's last word, and the issues."""
    (text,) = log.append_many([Record("agreement", {"name": agreement.name, "digest": agreement.digest,
                                                    "files": dict(job.agreement_files)})])  # fmt: skip
    changed = analysis.fused.changed
    segment_leaf = {entry.segment: entry.leaf for entry in intake.logged}
    records = [Record("incident", to_body(i), _segments(i, segment_leaf), Marking.INTERNAL) for i in changed]
    leaves = log.append_many(records)
    leaf_of = {**memory.leaf_of, **{i.incident_id: ref.leaf for i, ref in zip(changed, leaves, strict=True)}}
    new = [v for v in (*analysis.judgement.verdicts, *_withdrawn(agreement, analysis, memory)) if memory.is_new(v)]
    asked = {v.clause for v in new if v.subject not in leaf_of}
    by_clause = _leaves_by_clause(analysis.judgement.verdicts, leaf_of)
    under = {clause: _gathered(log, clause, by_clause[clause]) for clause in by_clause if clause in asked}
    books = {kind: tuple(e.leaf for e in intake.logged if e.kind == kind) for kind in (CORRIDORS.name, *BOOKS)}
    grounds = ((text.leaf, *_grounds(v, leaf_of, under, books), *memory.superseded(v)) for v in new)
    log.append_many(
        [Record("verdict", to_body(v), rests, Marking.INTERNAL) for v, rests in zip(new, grounds, strict=True)]
    )
    if analysis.issues:
        log.append_many([Record("issue", {"issues": [i.as_dict() for i in analysis.issues]}, (), Marking.INTERNAL)])


def _withdrawn(agreement: Agreement, analysis: Analysis, memory: Memory) -> list[Verdict]:
    """Return words that take back earlier proposals which the agreement, as amended, no longer supports."""
    judged = {i.incident_id for i in analysis.fused.current} | {a.allegation_id for a in analysis.allegations}
    now = analysis.judgement.verdicts
    said = {(v.clause, v.subject_kind, v.subject) for v in now}
    found = terms.superseded(memory.verdicts(agreement.name), now, agreement, judged)
    return [s.after for s in found if (s.after.clause, s.after.subject_kind, s.after.subject) not in said]


def _leaves_by_clause(verdicts: Sequence[Verdict], leaf_of: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the leaves of the incidents that each clause may concern."""
    found: dict[str, dict[str, None]] = {}
    for v in verdicts:
        if v.subject in leaf_of and v.verdict is not VerdictWord.NO_BREACH:
            found.setdefault(v.clause, {})[leaf_of[v.subject]] = None
    return {clause: tuple(leaves) for clause, leaves in found.items()}


def _gathered(log: Log, clause: str, leaves: tuple[str, ...]) -> tuple[str, ...]:
    """Return few leaves that lead to all of these, since one leaf has room for no more than some 900 parents."""
    while len(leaves) > _MOST_PARENTS:
        batches = [leaves[i : i + _MOST_PARENTS] for i in range(0, len(leaves), _MOST_PARENTS)]
        records = [Record("grounds", {"clause": clause}, batch, Marking.INTERNAL) for batch in batches]
        leaves = tuple(ref.leaf for ref in log.append_many(records))
    return leaves


def _grounds(
    verdict: Verdict, leaf_of: Mapping[str, str], under: Mapping[str, tuple[str, ...]],
    books: Mapping[str, tuple[str, ...]],
) -> tuple[str, ...]:  # fmt: skip
    """Return what a verdict rests on beside the agreement.

    Its incident; all incidents of its period and clause, with the books that speak of periods; or the lists of
    allegations, with the incident that matched.
    """
    if verdict.subject_kind == "allegation":
        matched = leaf_of.get(str(verdict.numbers.get("incident", "")))
        return (*books["allegations"], *((matched,) if matched else ()))
    if verdict.subject in leaf_of:
        return (leaf_of[verdict.subject],)
    told = (leaf for kind, leaves in books.items() if kind != "allegations" for leaf in leaves)
    return (*under.get(verdict.clause, ()), *told)


def _segments(incident: Incident, leaf_of: Mapping[str, str]) -> tuple[str, ...]:
    """Return the leaves of the segments that hold the incident's sources, as far as they can still be opened."""
    roots = dict.fromkeys(s.segment for s in incident.sources if s.segment is not None)
    return tuple(leaf_of[root] for root in roots if root in leaf_of)
