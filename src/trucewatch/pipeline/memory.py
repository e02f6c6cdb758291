"""What the log already says of earlier runs: incidents, what was proposed about them, and what people decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from trucewatch.core.errors import SealedError
from trucewatch.core.records import Decision, Incident, Verdict
from trucewatch.evidence import Log, LogReader, body_bytes, from_body, to_body

__all__ = ["Memory", "remember"]

_Subject = tuple[str, str, str, str]


@dataclass
class Memory:
    """The newest of everything, in the order in which it was logged.

    incidents  latest version by id
    leaf_of    leaf hash of that version by id
    decisions  all decisions by incident
    proposed   canonical bytes of the latest verdict by (agreement, clause, kind of subject, subject)
    """

    incidents: dict[str, Incident] = field(default_factory=dict)
    leaf_of: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, list[Decision]] = field(default_factory=dict)
    proposed: dict[_Subject, bytes] = field(default_factory=dict)

    def is_new(self, verdict: Verdict) -> bool:
        """Return whether the log's latest word on this subject under this clause is another one, or none."""
        return self.proposed.get(_subject(to_body(verdict))) != body_bytes(verdict)


def remember(log: Log) -> Memory:
    """Return what earlier runs logged; a body whose key was destroyed is forgotten."""
    memory = Memory()
    if log.size == 0:
        return memory
    reader = log.reader()
    for index in range(len(reader)):
        _take_up(memory, reader, index)
    return memory


def _take_up(memory: Memory, reader: LogReader, index: int) -> None:
    envelope = reader.envelope(index)
    if envelope.kind not in ("incident", "verdict", "decision"):
        return
    try:
        body = reader.body(envelope)
    except SealedError:
        return
    if envelope.kind == "incident":
        incident = from_body(Incident, body)
        memory.incidents[incident.incident_id] = incident
        memory.leaf_of[incident.incident_id] = reader.leaf(index)
    elif envelope.kind == "verdict":
        memory.proposed[_subject(body)] = body_bytes(body)
    else:
        decision = from_body(Decision, body)
        memory.decisions.setdefault(decision.incident_id, []).append(decision)


def _subject(body: Mapping[str, object]) -> _Subject:
    agreement, clause, kind, subject = (str(body[n]) for n in ("agreement", "clause", "subject_kind", "subject"))
    return agreement, clause, kind, subject
