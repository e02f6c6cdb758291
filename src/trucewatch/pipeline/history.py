"""What a run's log knows, judged anew under other terms: nothing is written."""

from pathlib import Path

from trucewatch import coverage, terms
from trucewatch.config import Config
from trucewatch.core.agreement import Agreement
from trucewatch.core.country import country_outline
from trucewatch.core.errors import CommandError
from trucewatch.core.records import Status
from trucewatch.core.tables import CORRIDORS
from trucewatch.evidence import LogReader
from trucewatch.pipeline.intake import Intake, logged
from trucewatch.pipeline.job import BOOKS
from trucewatch.pipeline.memory import Memory, remember
from trucewatch.pipeline.order import situation
from trucewatch.pipeline.reviewed import reviewed

__all__ = ["compare"]


def compare(folder: Path, before: Agreement, after: Agreement, config: Config) -> terms.Diff:
    """Return which verdicts about all that a log knows change from one agreement to the other."""
    reader = LogReader(folder)
    memory, intake = remember(reader), logged(reader)
    a, b = (_with_corridors(x, intake) for x in (before, after))
    return terms.diff(a, b, _situation(memory, intake, a, config), config.terms)


def _with_corridors(agreement: Agreement, intake: Intake) -> Agreement:
    if agreement.corridor_clause is None:
        return agreement
    return terms.with_corridors(agreement, intake.joined(CORRIDORS.name))


def _situation(memory: Memory, intake: Intake, agreement: Agreement, config: Config) -> terms.Situation:
    """Return the incidents, allegations, books and coverage of a log, over all the time that its incidents span."""
    standing = [i for i in memory.incidents.values() if i.status not in (Status.MERGED, Status.RETIRED)]
    if not standing:
        raise CommandError("found no incident in the log; needed at least one; name the folder of another run")
    incidents, _ = reviewed(standing, memory.decisions, config.review)
    period = min(i.t_start_ns for i in standing), max(i.t_end_ns for i in standing) + 1
    looks = [t for t in intake.tables("coverage") if t.num_rows]
    sight, _, _ = coverage.build(looks, {}, {}, period, config.coverage)
    books = {kind: intake.joined(kind) for kind in BOOKS}
    found, _ = situation(books, agreement, incidents, sight, period, country_outline())
    return found
