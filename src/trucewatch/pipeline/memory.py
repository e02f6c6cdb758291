"""What the log already says of earlier runs: incidents, what was proposed about them, and what people decided."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from trucewatch.core.errors import SealedError
from trucewatch.core.records import Decision, Incident, Verdict
from trucewatch.evidence import LogReader, body_bytes, from_body, to_body

__all__ = ["Memory", "remember"]

_Subject = tuple[str, str, str, str]


@dataclass
class Memory:
    """The newest of everything, in the order in which it was logged.

    incidents  latest version by id
    leaf_of    leaf hash of that version by id
    decisions  all decisions by incident
    proposed   canonical bytes of the latest verdict by (agreement, clause, kind of subject, subject)
    said_in    leaf hash of that verdict
    said       the verdict as it was logged
    """

    incidents: dict[str, Incident] = field(default_factory=dict)
    leaf_of: dict[str, str] = field(default_factory=dict)
    decisions: dict[str, list[Decision]] = field(default_factory=dict)
    proposed: dict[_Subject, bytes] = field(default_factory=dict)
    said_in: dict[_Subject, str] = field(default_factory=dict)
    said: dict[_Subject, Mapping[str, Any]] = field(default_factory=dict)

    def is_new(self, verdict: Verdict) -> bool:
        """Return whether the log's latest word on this subject under this clause is another one, or none."""
        return self.proposed.get(_subject(to_body(verdict))) != body_bytes(verdict)

    def verdicts(self, agreement: str) -> list[Verdict]:
        """Return the log's latest words under an agreement, whichever version of it they were said under."""
        return [from_body(Verdict, body) for key, body in self.said.items() if key[0] == agreement]

    def superseded(self, verdict: Verdict) -> tuple[str, ...]:
        """Return the leaf of the log's latest word on this subject under this clause; empty where there is none."""
        leaf = self.said_in.get(_subject(to_body(verdict)))
        return () if leaf is None else (leaf,)


def remember(reader: LogReader | None) -> Memory:
    """Return what earlier runs logged; a body whose key was destroyed is forgotten. None is a log yet to be begun."""
    memory = Memory()
    if reader is not None:
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
        memory.said_in[_subject(body)] = reader.leaf(index)
        memory.said[_subject(body)] = body
    else:
        decision = from_body(Decision, body)
        memory.decisions.setdefault(decision.incident_id, []).append(decision)


def _subject(body: Mapping[str, object]) -> _Subject:
    agreement, clause, kind, subject = (str(body[n]) for n in ("agreement", "clause", "subject_kind", "subject"))
    return agreement, clause, kind, subject
