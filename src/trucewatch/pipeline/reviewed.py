"""What people decided, brought back to the incidents that they decided about."""

from collections.abc import Mapping, Sequence

from trucewatch import review
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.records import Decision, Incident, Status

__all__ = ["case_of", "reviewed"]


def case_of(
    incident: Incident, decisions: Sequence[Decision], config: review.Config
) -> tuple[review.Case, tuple[Issue, ...]]:
    """Return the case of an incident with all decisions about it, and why some of them do not count."""
    case, issues = review.open_case(incident), []
    for decision in decisions:
        case, issue = review.decide(case, decision, review.verify_ed25519, config)
        issues += [issue] if issue is not None else []
    return case, tuple(issues)


def reviewed(
    incidents: Sequence[Incident], decisions: Mapping[str, Sequence[Decision]], config: review.Config
) -> tuple[tuple[Incident, ...], tuple[Issue, ...]]:
    """Return the incidents with the status at which they stand, and an Issue where a new version reopened one."""
    standing, issues = [], []
    for incident in incidents:
        if incident.incident_id not in decisions:
            standing.append(incident)
            continue
        case, odd = case_of(incident, decisions[incident.incident_id], config)
        standing.append(review.current(case))
        if standing[-1].status is Status.RECORDED:
            issues += [i for i in odd if i.kind is IssueKind.LATE]
    return tuple(standing), tuple(issues)
