"""The report's desk: the day's records with what every section asks of them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa

from trucewatch.core.columns import strings
from trucewatch.core.records import Incident, Verdict, VerdictWord
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.config import Config
from trucewatch.report.figures import figures, live, seen_fraction
from trucewatch.report.phrases import change, clean, probability, radius
from trucewatch.report.records import DailyReport, Figures
from trucewatch.report.view import Cell

__all__ = ["Desk", "means_of_sources"]

# What an observer of a kind uses, so that an impediment to the one is known to touch counts by the other.
_MEANS_OF = {
    "patrol": {"heard", "saw"},
    "post": {"heard", "saw"},
    "camera": {"recorded"},
    "acoustic": {"detected"},
    "uav": {"imaged", "recorded"},
    "satellite": {"imaged", "detected"},
}


@dataclass(frozen=True)
class Desk:
    """A day, a language and the settings."""

    day: DailyReport
    catalogue: Catalogue
    config: Config

    @property
    def zone(self) -> str:
        """Time zone of the agreement."""
        return self.day.agreement.time_zone

    @cached_property
    def incidents(self) -> tuple[Incident, ...]:
        """Incidents that count, in order of time whatever the order in which they were given."""
        return tuple(sorted(live(self.day.incidents), key=_by_time))

    @cached_property
    def figures(self) -> Figures:
        """Counts of this period."""
        return figures(self.incidents, self.day.area_of, self.day.impediments.num_rows, self.seen)

    @cached_property
    def seen(self) -> float | None:
        """Fraction of area × time that could be seen over all."""
        return seen_fraction(self.day.coverage)

    @cached_property
    def means_of(self) -> Mapping[str, tuple[str, ...]]:
        """Means of observation by source."""
        return means_of_sources(self.day.observations)

    @cached_property
    def impeded(self) -> frozenset[str] | None:
        """Means that an impediment of the period concerns; None where one says not which."""
        words = set(strings(self.day.impediments, "means")) if self.day.impediments.num_rows else set()
        if any(w not in _MEANS_OF for w in words):
            return None
        return frozenset().union(*(_MEANS_OF[w] for w in words))

    @cached_property
    def verdicts_of(self) -> Mapping[str, tuple[Verdict, ...]]:
        """Verdicts by the incident that they are about."""
        found: dict[str, list[Verdict]] = {}
        for verdict in self.day.verdicts:
            if verdict.subject_kind == "incident":
                found.setdefault(verdict.subject, []).append(verdict)
        return {k: tuple(v) for k, v in found.items()}

    @cached_property
    def ranked(self) -> tuple[Incident, ...]:
        """Incidents, most casualties first, then the most probable proposals of a breach, then the most probable."""
        return tuple(sorted(self.incidents, key=self._rank))

    @cached_property
    def listed(self) -> frozenset[str]:
        """Ids of the incidents that the annex lists."""
        return frozenset(i.incident_id for i in self.annexed)

    @cached_property
    def annexed(self) -> tuple[Incident, ...]:
        """Incidents of the annex in order of time; where they are too many, the foremost ones."""
        chosen = self.ranked[: self.config.annex_incidents]
        return tuple(sorted(chosen, key=_by_time))

    def _rank(self, incident: Incident) -> tuple[float, ...]:
        c = incident.casualties
        killed, injured = (max(low or 0, high or 0) for low, high in
                           ((c.killed_low, c.killed_high), (c.injured_low, c.injured_high)))  # fmt: skip
        breach = max((v.p or 0.0 for v in self.breaches(incident)), default=0.0)
        return (-killed, -injured, -breach, -incident.p_real, incident.t_start_ns)

    def breaches(self, incident: Incident) -> list[Verdict]:
        """Return the proposals that the incident would engage a clause."""
        return [v for v in self.verdicts_of.get(incident.incident_id, ()) if v.verdict is VerdictWord.BREACH]

    def means(self, incidents: Iterable[Incident]) -> tuple[str, ...]:
        """Return the means of observation behind incidents."""
        sources = {s.source for i in incidents for s in i.sources}
        return tuple(sorted({m for s in sources for m in self.means_of.get(s, ())}))

    @cached_property
    def all_means(self) -> tuple[str, ...]:
        """Means of observation behind all incidents of the period."""
        return self.means(self.incidents)

    def star(self, means: Sequence[str]) -> str:
        """Return the mark for a count that an impediment concerns."""
        if not self.day.impediments.num_rows:
            return ""
        touched = self.impeded is None or not means or bool(self.impeded & set(means))
        return self.catalogue.text("star") if touched else ""

    def basis(self, unit: str, means: Sequence[str] | None = None) -> str:
        """Return the line that every count needs: its unit, its means and the coverage."""
        c = self.catalogue
        if f"basis.{unit}" in c.messages:  # counts of the monitor itself, not of what it observed
            return c.text(f"basis.{unit}")
        told = self.means_text(self.all_means if means is None else means)
        return c.text("basis", unit=c.text(f"basis.unit.{unit}"), means=told, coverage=self.coverage_text(self.seen))

    def means_text(self, means: Sequence[str]) -> str:
        """Return means of observation in words, marked where an impediment concerns them."""
        c = self.catalogue
        words = c.join(c.word("means", m) for m in means) or c.text("unknown")
        return words + self.star(means)

    def coverage_text(self, seen: float | None) -> str:
        """Return what could be seen in words."""
        if seen is None:
            return self.catalogue.text("basis.coverage.unknown")
        return self.catalogue.text("basis.coverage", percent=self.catalogue.percent(seen))

    def where(self, incident: Incident) -> str:
        """Return an incident's place in words with its radius, and its area."""
        described = self.day.describe.get(incident.incident_id)
        parts = [described, radius(incident.place, self.catalogue), self.day.area_of.get(incident.incident_id)]
        known = [clean(p) for p in parts if p]
        return self.catalogue.text("list.semicolon").join(known) or self.catalogue.text("unknown")

    def clauses(self, incident: Incident) -> str:
        """Return the clauses that an incident would engage if confirmed, and those under which it is undecided."""
        c = self.catalogue
        engaged = [
            v.clause if v.p is None else c.text("p", percent=v.clause, word=c.percent(v.p))
            for v in self.breaches(incident)
        ]
        open_ = [v.clause for v in self.verdicts_of.get(incident.incident_id, ()) if v.verdict is VerdictWord.UNDECIDED]
        undecided = [c.text("incidents.undecided", clauses=c.join(open_))] if open_ else []
        return c.text("list.semicolon").join([c.join(engaged), *undecided] if engaged else undecided) or c.text("dash")

    def sources(self, incident: Incident) -> str:
        """Return how many rows and independent groups stand behind an incident, and of which sources."""
        names = self.catalogue.join(dict.fromkeys(s.source for s in incident.sources))
        n, groups = len(incident.sources), incident.independent_groups
        return self.catalogue.text("incidents.sources.text", n=n, groups=groups, names=clean(names))

    def real(self, incident: Incident) -> str:
        """Return the probability that an incident is real."""
        return probability(incident.p_real, self.catalogue)

    def link(self, incident_id: str) -> Cell:
        """Return the incident's id, leading to its line in the annex where there is one."""
        return Cell(incident_id, f"#i-{incident_id}" if incident_id in self.listed else None, mono=True)

    def change(self, now: float, before: float | None) -> str:
        """Return the difference to the period before."""
        return change(now, before, self.catalogue)


def _by_time(incident: Incident) -> tuple[int, int, str]:
    return incident.t_start_ns, incident.t_end_ns, incident.incident_id


def means_of_sources(observations: pa.Table) -> Mapping[str, tuple[str, ...]]:
    """Return the means of observation of each source in an observations table."""
    pairs = observations.group_by(["source", "means"]).aggregate([]).to_pylist()
    found: dict[str, set[str]] = {}
    for pair in pairs:
        found.setdefault(pair["source"], set()).update({pair["means"]} - {None})
    return {source: tuple(sorted(means)) for source, means in found.items()}
