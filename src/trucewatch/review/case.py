"""A case: one incident, everything that people decided about it, and where it therefore stands."""

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.records import OWN_WITNESSES, Decision, Incident, SourceRef, Status
from trucewatch.review.signing import decision_bytes

__all__ = ["Case", "Config", "Reason", "current", "decide", "open_case", "revise", "standing"]

Verify = Callable[[str, bytes, str], bool]
FINAL = (Status.VERIFIED, Status.NOT_A_VIOLATION, Status.INCONCLUSIVE)


class Reason(StrEnum):
    """Why a case stays inconclusive; the decision's reason begins with one of these, then `: ` and free words."""

    NO_ACCESS = "no_access"
    JAMMED = "jammed"
    NO_COVERAGE = "no_coverage"
    CONFLICTING = "conflicting"
    TOO_LATE = "too_late"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Config:
    """What it takes to decide.

    allow_single_source   whether one independent source is enough to verify
    own_witnesses         projects whose groups saw with their own eyes and are therefore independent of one another
                          (the mission's patrols); rows of any other one project count once
    reviewers             (name, public key) of those who may decide; None admits every valid signature
    """

    allow_single_source: bool = False
    own_witnesses: tuple[str, ...] = OWN_WITNESSES
    reviewers: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """An incident and the decisions about any of its versions, in the order in which they came.

    authors   names of those who made the observations behind it, where known; they may not verify it
    """

    incident: Incident
    decisions: tuple[Decision, ...] = ()
    authors: frozenset[str] = frozenset()


def open_case(incident: Incident, authors: Iterable[str] = ()) -> Case:
    """Return a case without decisions."""
    return Case(incident, (), frozenset(authors))


def decide(case: Case, decision: Decision, verify: Verify, config: Config | None = None) -> tuple[Case, Issue | None]:
    """Return the case with the decision in it, or the same case and why the decision was not taken up.

    verify(public_key, message, signature) -> bool. A decision about an older version is kept and counts for that
    version only.
    """
    config = config or Config()
    if decision in case.decisions:
        return case, _issue(case, IssueKind.DUPLICATE, "the same decision again", "a new one", "it counts once")
    fault = _fault(case, decision, verify, config)
    if fault is not None:
        return case, _issue(case, IssueKind.REJECTED, *fault)
    kept = replace(case, decisions=(*case.decisions, decision))
    if decision.incident_version == case.incident.version:
        return kept, None
    found = f"a decision about version {decision.incident_version}"
    return kept, _issue(case, IssueKind.LATE, found, f"one about version {case.incident.version}", "decide again")


def revise(case: Case, incident: Incident) -> Case:
    """Return the case with a later version of its incident; earlier decisions stay on record and no longer count."""
    same, later = incident.incident_id == case.incident.incident_id, incident.version > case.incident.version
    if not (same and later):
        raise ValueError(
            f"found incident {incident.incident_id} version {incident.version}; needed a version of "
            f"{case.incident.incident_id} after {case.incident.version}; revise that case"
        )
    return replace(case, incident=incident)


def standing(case: Case) -> Status:
    """Return where the incident stands: final where two different people agree and no other two disagree with them."""
    if case.incident.status in (Status.MERGED, Status.RETIRED):
        return case.incident.status
    person, last = _persons(case.decisions), _last_words(case)
    agreed = [w for w in FINAL if len({person[_name(d.signer)] for d in last if d.status == w}) > 1]
    return agreed[0] if len(agreed) == 1 else Status.RECORDED


def current(case: Case) -> Incident:
    """Return the incident with the status at which it stands."""
    return replace(case.incident, status=standing(case))


def _last_words(case: Case) -> list[Decision]:
    """Return the decision of each name about the present version that was signed last, whenever it came in."""
    present = [d for d in case.decisions if d.incident_version == case.incident.version]
    return list({_name(d.signer): d for d in sorted(present, key=lambda d: d.t_ns)}.values())


def _persons(decisions: Iterable[Decision]) -> dict[str, str]:
    """Return for each name the first name of its person: names that ever shared a key are one person."""
    owner: dict[str, str] = {}
    person: dict[str, str] = {}
    for d in decisions:
        name = _name(d.signer)
        one, other = person.setdefault(name, name), owner.setdefault(d.public_key, person[name])
        if one != other:
            person = {n: other if p == one else p for n, p in person.items()}
            owner = {k: other if p == one else p for k, p in owner.items()}
    return person


def _name(signer: str) -> str:
    """Return a name such that the same name written otherwise is the same."""
    return " ".join(unicodedata.normalize("NFKC", signer).casefold().split())


def _fault(case: Case, decision: Decision, verify: Verify, config: Config) -> tuple[str, str, str] | None:
    """Return what was found, needed and should be done where the decision cannot be taken up."""
    incident = case.incident
    if decision.incident_id != incident.incident_id:
        return f"a decision about {decision.incident_id}", f"one about {incident.incident_id}", "sign it for this case"
    if not 1 <= decision.incident_version <= incident.version:
        return f"version {decision.incident_version}", f"one of 1 to {incident.version}", "sign it for this version"
    if incident.status in (Status.MERGED, Status.RETIRED):
        return f"a decision about a {incident.status} incident", "one that still stands", "decide on its successor"
    return (
        _fault_of_words(decision)
        or _fault_of_signer(case, decision, verify, config)
        or _fault_of_proof(case, decision, config)
    )


def _fault_of_words(decision: Decision) -> tuple[str, str, str] | None:
    if decision.status not in FINAL:
        return f"the status {decision.status}", f"one of {', '.join(FINAL)}", "choose one of them"
    if not decision.reason.strip():
        return "no reason", "a sentence that says why", "add it and sign again"
    code = decision.reason.split(":")[0].strip()
    if decision.status == Status.INCONCLUSIVE and code not in list(Reason):
        return f"the reason {code!r}", f"one of {', '.join(Reason)}", "begin the reason with one of them"
    return None


def _fault_of_signer(case: Case, decision: Decision, verify: Verify, config: Config) -> tuple[str, str, str] | None:
    name = _name(decision.signer)
    if not name:
        return "no name", "the name of the person who decides", "add it and sign again"
    if not verify(decision.public_key, decision_bytes(decision), decision.signature):
        return f"a signature of {decision.signer} that does not verify", "a valid Ed25519 signature", "sign it again"
    admitted = config.reviewers
    if admitted is not None and (name, decision.public_key) not in {(_name(n), k) for n, k in admitted}:
        return f"{decision.signer} with this key", "a reviewer on the list with the key listed", "ask for admission"
    if decision.status == Status.VERIFIED and name in {_name(a) for a in case.authors}:
        return f"{decision.signer}, who made an observation behind it", "somebody else", "let another person verify"
    return None


def _fault_of_proof(case: Case, decision: Decision, config: Config) -> tuple[str, str, str] | None:
    if decision.status != Status.VERIFIED or config.allow_single_source:
        return None
    independent = _independent(case.incident.sources, config.own_witnesses)
    if independent >= 2:
        return None
    found = f"{independent} independent source{'s' * (independent != 1)}"
    return found, "at least two to verify", "find another source or decide that it is inconclusive"


def _independent(sources: tuple[SourceRef, ...], own_witnesses: tuple[str, ...]) -> int:
    """Return the number of independent sources: rows that share a project or a group count once."""
    sets: list[set[str]] = []
    for s in sources:
        marks = {f"group {s.group}"} | (set() if s.project in own_witnesses else {f"project {s.project}"})
        joined = [m for m in sets if m & marks]
        sets = [m for m in sets if not m & marks] + [marks.union(*joined)]
    return len(sets)


def _issue(case: Case, kind: IssueKind, found: str, needed: str, action: str) -> Issue:
    return Issue("review", kind, found, needed, action, native_key=case.incident.incident_id)
