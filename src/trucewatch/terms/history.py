"""Two versions of an agreement on the same facts: which verdicts change and why, and which earlier ones give way."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Provision, Zone
from trucewatch.core.records import Verdict, VerdictWord
from trucewatch.core.times import format_ns
from trucewatch.terms.config import Config
from trucewatch.terms.judge import judge_all
from trucewatch.terms.situation import Situation

__all__ = ["Change", "Diff", "Succession", "changed_clauses", "diff", "superseded"]

HEADS = ("clause", "about", "subject", "before", "after", "why")
_NONE = "no verdict"  # the clause surely does not concern the subject, or there is no such clause


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A subject whose verdict, or whose verdict for a party, is another one under the second version.

    before, after  words with the probability, as printed; `no verdict` where there is none
    why            what differs in the clause, its zones or the agreement
    """

    clause: str
    kind: str
    subject: str
    before: str
    after: str
    why: str


@dataclass(frozen=True)
class Diff:
    """What changes between two versions of an agreement.

    clauses  by clause what differs in it, whether or not that changes a verdict
    changes  verdicts that change, by clause and subject
    judged   verdicts under the first and under the second version
    """

    clauses: Mapping[str, tuple[str, ...]]
    changes: tuple[Change, ...]
    judged: tuple[int, int]

    def rows(self) -> list[tuple[str, ...]]:
        """Return the changes as rows of text under the heads clause, about, subject, before, after, why."""
        return [(c.clause, c.kind, c.subject, c.before, c.after, c.why) for c in self.changes]

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as plain values for JSON."""
        return {
            "clauses": {clause: list(what) for clause, what in self.clauses.items()},
            "changes": [asdict(c) for c in self.changes],
            "judged": {"before": self.judged[0], "after": self.judged[1]},
        }


class Succession(NamedTuple):
    """An earlier verdict and the one that takes its place."""

    before: Verdict
    after: Verdict


_Key = tuple[str, str, str]  # clause, kind of subject, subject


def diff(a: Agreement, b: Agreement, situation: Situation, config: Config) -> Diff:
    """Return which verdicts on the same facts change from one version of an agreement to the other, and why."""
    before, after = (_by_subject(judge_all(x, situation, config).verdicts) for x in (a, b))
    clauses = changed_clauses(a, b)
    whole = "; ".join(_of_agreement(a, b)) or "nothing that the clause says"
    changes = [
        Change(*key, old, new, "; ".join(clauses.get(key[0], ())) or whole)
        for key in before.keys() | after.keys()
        if _said(before.get(key)) != _said(after.get(key))
        for old, new in [(_printed(before.get(key)), _printed(after.get(key)))]
    ]
    return Diff(clauses, tuple(sorted(changes)), (len(before), len(after)))


def _by_subject(verdicts: Iterable[Verdict]) -> dict[_Key, Verdict]:
    return {(v.clause, v.subject_kind, v.subject): v for v in verdicts}


def _said(verdict: Verdict | None) -> tuple[str, dict[str, str]] | None:
    return None if verdict is None else (str(verdict.verdict), dict(verdict.conditional))


def _printed(verdict: Verdict | None) -> str:
    if verdict is None:
        return _NONE
    p = "" if verdict.p is None else f" {verdict.p:.2f}"
    differ = len(set(verdict.conditional.values())) > 1
    by_party = ", ".join(f"{party} {word}" for party, word in verdict.conditional.items())
    return f"{verdict.verdict}{p} ({by_party})" if differ else f"{verdict.verdict}{p}"


def changed_clauses(a: Agreement, b: Agreement) -> dict[str, tuple[str, ...]]:
    """Return by clause, in the order of the agreements, what differs between them; clauses that are the same are left
    out."""
    old, new = ({c.id: c for c in x.provisions} for x in (a, b))
    found: dict[str, tuple[str, ...]] = {}
    for clause in dict.fromkeys((*old, *new)):
        if clause not in new:
            found[clause] = ("the clause is removed",)
        elif clause not in old:
            found[clause] = ("the clause is added",)
        elif what := (*_of_clause(old[clause], new[clause], b.time_zone), *_of_zones(a, b, new[clause])):
            found[clause] = what
    return found


def _of_agreement(a: Agreement, b: Agreement) -> Iterator[str]:
    if a.time_zone != b.time_zone:
        yield f"time_zone: {a.time_zone} becomes {b.time_zone}"
    if a.notices != b.notices:
        yield "the agreement's notices differ"


def _of_clause(old: Provision, new: Provision, time_zone: str) -> Iterator[str]:
    for name in (f.name for f in fields(Provision)):
        was, now = getattr(old, name), getattr(new, name)
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _of_parameters(was, now)
        elif was != now:
            moments = name.startswith("effective")
            texts = (format_ns(t, time_zone) if moments and t is not None else _text(t) for t in (was, now))
            yield f"{name.removesuffix('_ns')}: {' becomes '.join(texts)}"


def _of_parameters(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    flat_was, flat_now = dict(_flat(was)), dict(_flat(now))
    for name in dict.fromkeys((*flat_was, *flat_now)):
        if flat_was.get(name) != flat_now.get(name):
            yield f"{name}: {_text(flat_was.get(name))} becomes {_text(flat_now.get(name))}"


def _flat(parameters: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in parameters.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def _text(value: Any) -> str:
    if value is None or value == ():
        return "none"
    return ", ".join(map(_text, value)) if isinstance(value, Sequence) and not isinstance(value, str) else str(value)


def _of_zones(a: Agreement, b: Agreement, clause: Provision) -> Iterator[str]:
    """What differs in the zones that both versions of the clause use, its baselines included."""
    old, new = ({z.id: z for z in x.zones} for x in (a, b))
    named = [v for _, v in _flat(clause.parameters) if isinstance(v, str)]
    for zone_id in dict.fromkeys((*clause.zones, *named)):
        if zone_id in old and zone_id in new:
            yield from _of_zone(old[zone_id], new[zone_id])


def _of_zone(was: Zone, now: Zone) -> Iterator[str]:
    for name in (f.name for f in fields(Zone)):
        old, new = getattr(was, name), getattr(now, name)
        if isinstance(old, BaseGeometry):
            if not old.equals_exact(new, 0.0):
                yield f"zone {now.id}: drawn anew"
        elif old != new:
            what = "sources of its vertices" if name == "vertex_sources" else name.removesuffix("_ns")
            yield f"zone {now.id}: {what} differ" if name == "vertex_sources" else f"zone {now.id}: another {what}"


def superseded(
    old: Iterable[Verdict], new: Sequence[Verdict], agreement: Agreement, judged: Collection[str]
) -> list[Succession]:
    """Return every earlier verdict that no longer stands, with the one that takes its place.

    old     the last word on each subject so far, under earlier versions of the agreement
    new     the verdicts under the present one
    judged  ids of the incidents and allegations that were judged now; what was not judged keeps its verdict
    A subject that the clause no longer concerns, or whose clause is gone, gets a verdict that says so: an old proposal
    is never left standing in silence.
    """
    now, clauses = _by_subject(new), {c.id for c in agreement.provisions}
    found: list[Succession] = []
    for key, before in sorted(_by_subject(v for v in old if v.agreement == agreement.name).items()):
        after = now.get(key)
        if after is None and key[0] not in clauses:
            after = _withdrawn(before, f"clause {key[0]} is no longer part of the agreement")
        elif after is None and key[1] != "period" and key[2] in judged:
            after = _withdrawn(before, f"under clause {key[0]} as it now is, its places, times and acts lie elsewhere")
        if after is not None and after != before:
            found.append(Succession(before, after))
    return found


def _withdrawn(before: Verdict, why: str) -> Verdict:
    reason = f"Would not engage clause {before.clause}: {why}."
    parties = dict.fromkeys(before.conditional, str(VerdictWord.NO_BREACH))
    return replace(before, verdict=VerdictWord.NO_BREACH, p=0.0, reason=reason, numbers={"p": 0.0}, conditional=parties)
