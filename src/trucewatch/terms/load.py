"""An agreement's files as an Agreement; everything that is wrong in them is said at once."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from shapely import GeometryCollection
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Force, Notice, Party, Provision, Zone
from trucewatch.core.classes import CLASSES
from trucewatch.core.entries import fit
from trucewatch.core.problem import Problem, refusal
from trucewatch.core.times import HOUR_NS, format_ns
from trucewatch.core.yaml_files import Path, Source, read_json, read_yaml
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.dates import Calendar, known_zone
from trucewatch.terms.drawing import read_zones
from trucewatch.terms.phases import Phase, effective, read_phases, switched_on
from trucewatch.terms.plane import buffer_m
from trucewatch.terms.rules import RULES, rule_of
from trucewatch.terms.schema import CorridorsEntry, NoticeEntry, ProvisionEntry, TermsEntry
from trucewatch.terms.windows import first_gap

__all__ = ["ZONES_FILE", "parse_agreement", "read_agreement"]

TERMS_FILE, ZONES_FILE = "terms.yaml", "zones.geojson"


def parse_agreement(files: Mapping[str, str], name: str, *, corridors: pa.Table | None = None) -> Agreement:
    """Return the agreement in these files (name → text); AgreementError lists every problem with file, line and fix.

    corridors  table of schema CORRIDORS, from which an agreement with a `corridors` pattern makes its clauses
    """
    agreement, problems = read_agreement(files, name)
    if agreement is None or problems:
        raise refusal(name, problems)
    return agreement if corridors is None else with_corridors(agreement, corridors)


def read_agreement(files: Mapping[str, str], name: str) -> tuple[Agreement | None, list[Problem]]:
    """Return the agreement as far as it can be read, and everything that is wrong with its files."""
    if TERMS_FILE not in files:
        found = ", ".join(sorted(files)) or "no file"
        return None, [Problem(TERMS_FILE, 1, found, f"the file {TERMS_FILE}", "add it to the agreement's folder")]
    source, problems = read_yaml(TERMS_FILE, files[TERMS_FILE])
    if source is None:
        return None, problems
    entry, wrong = fit(TermsEntry, source.value, source)
    problems += wrong
    if entry is None:
        return None, problems
    if not known_zone(entry.time_zone):
        fix = "write a name of the IANA list, such as Europe/Kyiv"
        return None, [*problems, source.problem(("time_zone",), f"{entry.time_zone!r}", "a known time zone", fix)]
    agreement, wrong = _assemble(files, name, entry, source)
    return agreement, problems + wrong


def _assemble(
    files: Mapping[str, str], name: str, entry: TermsEntry, source: Source
) -> tuple[Agreement, list[Problem]]:
    calendar = Calendar(entry.time_zone)
    names = ("effective_from", "effective_to")
    start, end, problems = calendar.interval(source, (), entry.effective_from, entry.effective_to, names)
    zones, more = _zones(files, entry, calendar)
    agreement = Agreement(
        name, entry.title, Force(entry.force), tuple(Party(p.id, p.name) for p in entry.parties), entry.time_zone,
        start or 0, end, zones, (), (), tuple(entry.sources), _digest(files), entry.force_reason,
    )  # fmt: skip
    phases, gaps = read_phases(entry.phases, source, calendar, agreement)
    provisions, wrong = _provisions(entry, source, calendar, agreement, phases)
    notices, unread = _notices(entry, source, calendar, agreement)
    pattern, unfit = _pattern(entry.corridors, source, agreement, phases)
    problems += [*more, *gaps, *wrong, *unread, *unfit, *_twice(entry, source), *_disputes(zones, entry, source)]
    if not entry.provisions and entry.corridors is None:
        fix = "write one provision, or the `corridors` pattern"
        problems.append(source.problem(("provisions",), "no provision", "at least one", fix))
    return replace(agreement, provisions=provisions, notices=notices, corridor_clause=pattern), problems


def _digest(files: Mapping[str, str]) -> str:
    whole = hashlib.sha256()
    for file in sorted(files):
        for part in (file.encode(), files[file].encode()):
            whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def _zones(files: Mapping[str, str], entry: TermsEntry, calendar: Calendar) -> tuple[tuple[Zone, ...], list[Problem]]:
    """Drawn zones and those of terms.yaml; the outline of the country stays empty until it is given."""
    zones = [Zone(z.id, z.kind, GeometryCollection(), (z.source,), name=z.name or z.id) for z in entry.zones]
    if ZONES_FILE not in files:
        return tuple(zones), []
    drawn, problems = read_json(ZONES_FILE, files[ZONES_FILE])
    if drawn is None:
        return tuple(zones), problems
    found, wrong = read_zones(drawn, calendar)
    seen = {z.id for z in zones}
    for zone, line in found:
        if zone.id in seen:
            again = Problem(ZONES_FILE, line, f"the zone {zone.id!r} twice", "each id once", "give it another id")
            wrong.append(again)
        seen.add(zone.id)
        zones.append(zone)
    return tuple(zones), problems + wrong


def _twice(entry: TermsEntry, source: Source) -> Iterator[Problem]:
    lists: tuple[tuple[str, Sequence[Any]], ...] = (
        ("parties", entry.parties), ("phases", entry.phases), ("zones", entry.zones), ("provisions", entry.provisions),
    )  # fmt: skip
    for key, items in lists:
        seen: set[str] = set()
        for i, item in enumerate(items):
            if item.id in seen:
                fix = "give it another id; an id that was published never changes its meaning"
                yield source.problem((key, i, "id"), f"the id {item.id!r} twice in {key}", "each id once", fix)
            seen.add(item.id)


def _disputes(zones: Sequence[Zone], entry: TermsEntry, source: Source) -> Iterator[Problem]:
    known = {p.id for p in entry.parties}
    for zone in zones:
        for party in zone.disputed_by:
            if party not in known:
                found = f"zone {zone.id!r} disputed by the unknown party {party!r}"
                yield source.problem(("parties",), found, _one_of(known), f"name the party or mend {ZONES_FILE}")


def _provisions(
    entry: TermsEntry, source: Source, calendar: Calendar, agreement: Agreement, phases: Mapping[str, Phase]
) -> tuple[tuple[Provision, ...], list[Problem]]:
    provisions: list[Provision] = []
    problems: list[Problem] = []
    zones = {z.id: z for z in agreement.zones}
    for i, p in enumerate(entry.provisions):
        path: Path = ("provisions", i)
        times, wrong = effective(p, source, path, calendar, agreement, phases)
        lead_ns = None if p.notice_hours is None else round(p.notice_hours * HOUR_NS)
        clause = Provision(
            p.id, p.text_reference, p.rule, p.domain, p.phase, tuple(p.binds), _acts(p), _concerned(p, zones),
            times.start_ns, times.end_ns, tuple(p.exceptions), p.parameters, windows_ns=times.windows_ns,
            notice_lead_ns=lead_ns,
        )  # fmt: skip
        provisions.append(clause)
        problems += wrong
        problems += _missing(p, source, path, clause, zones)
        problems += _words(source, path, clause, agreement, phases)
        problems += _uses(source, path, clause, zones)
        problems += _rule_problems(source, path, clause, zones)
    return tuple(provisions), problems


def _acts(p: ProvisionEntry) -> tuple[str, ...]:
    """The clause's acts, else those that its kind of rule is about."""
    rule = rule_of(p.rule)
    return tuple(p.acts) if p.acts or rule is None else rule.acts


def _concerned(p: ProvisionEntry, zones: Mapping[str, Zone]) -> tuple[str, ...]:
    """The zones that a clause names, and all that are of its object classes."""
    return tuple(dict.fromkeys([*p.zones, *(z.id for z in zones.values() if z.object_class in p.objects)]))


def _missing(
    p: ProvisionEntry, source: Source, path: Path, clause: Provision, zones: Mapping[str, Zone]
) -> Iterator[Problem]:
    if not clause.acts and rule_of(p.rule) is not None:
        yield source.problem((*path, "acts"), "no acts", "classes of the class tree", "add `acts: [...]`")
    if not p.zones and not p.objects:
        fix = "add `zones: [...]`, or `objects: [...]` with their classes"
        yield source.problem((*path, "zones"), "no zones", "at least one zone", fix)
    classes = {z.object_class for z in zones.values() if z.object_class is not None}
    for i, word in enumerate(p.objects):
        if word not in classes:
            yield _unknown(source, (*path, "objects", i), "object class", word, classes)


def _words(
    source: Source, path: Path, clause: Provision, agreement: Agreement, phases: Mapping[str, Any]
) -> Iterator[Problem]:
    """Words of a clause that must be known: its phase, parties, acts and zones."""
    if clause.phase is not None and clause.phase not in phases:
        yield _unknown(source, (*path, "phase"), "phase", clause.phase, phases)
    zones = {z.id for z in agreement.zones}
    lists = (
        ("binds", "party", clause.binds, {p.id for p in agreement.parties}),
        ("acts", "act class", clause.acts, CLASSES),
        ("zones", "zone", clause.zones, zones),
    )
    for key, what, words, known in lists:
        for i, word in enumerate(words):
            if word not in known:
                yield _unknown(source, (*path, key, i), what, word, known)


def _unknown(source: Source, path: Path, what: str, word: str, known: Any) -> Problem:
    return source.problem(path, f"the unknown {what} {word!r}", _one_of(known), "correct the word or declare it")


def _one_of(known: Any) -> str:
    words = sorted(known)
    return f"one of {', '.join(words)}" if words else "one that is declared (there is none yet)"


def _uses(source: Source, path: Path, clause: Provision, zones: Mapping[str, Zone]) -> Iterator[Problem]:
    """A clause must have a zone at every time at which it is effective."""
    spans = [(zones[z].valid_from_ns, zones[z].valid_to_ns) for z in clause.zones if z in zones]
    times = clause.windows_ns or ((clause.effective_from_ns, clause.effective_to_ns),)
    gaps = (first_gap(spans, start, end) for start, end in times if spans)
    gap = next((g for g in gaps if g is not None), None)
    if gap is not None:
        found = f"no valid zone of clause {clause.id!r} from {format_ns(gap[0])} on"
        fix = "add the zone that takes over, or end the clause"
        yield source.problem((*path, "zones"), found, "a zone for all its time", fix)


def _rule_problems(source: Source, path: Path, clause: Provision, zones: Mapping[str, Zone]) -> list[Problem]:
    rule = rule_of(clause.rule)
    if rule is None:
        known = [r.kind for r in RULES]
        return [_unknown(source, (*path, "rule"), "kind of rule", clause.rule, known)]
    at = (*path, "parameters")
    parameters, problems = fit(rule.parameters, dict(clause.parameters), source, at)
    if parameters is None:
        return problems
    return [source.problem((*at, *where), *text) for where, *text in rule.check(clause, zones)]


def _notices(
    entry: TermsEntry, source: Source, calendar: Calendar, agreement: Agreement
) -> tuple[tuple[Notice, ...], list[Problem]]:
    notices: list[Notice] = []
    problems: list[Problem] = []
    parties = {p.id for p in agreement.parties}
    for i, n in enumerate(entry.notices):
        path: Path = ("notices", i)
        start, end, wrong = calendar.interval(source, path, n.start, n.end, ("from", "to"))
        notified, late = calendar.read(source, (*path, "notified"), n.notified)
        geometry, unplaced = _notice_place(n, source, path, {z.id: z for z in agreement.zones})
        problems += wrong + late + unplaced
        if n.party not in parties:
            problems.append(_unknown(source, (*path, "party"), "party", n.party, parties))
        if start is not None and end is not None and geometry is not None:
            notices.append(Notice(n.party, n.activity, start, end, geometry, n.source, notified))
    return tuple(notices), problems


def _notice_place(
    n: NoticeEntry, source: Source, path: Path, zones: Mapping[str, Zone]
) -> tuple[BaseGeometry | None, list[Problem]]:
    if (n.zone is None) == (n.circle is None):
        found = "both a zone and a circle" if n.zone else "neither a zone nor a circle"
        return None, [source.problem(path, found, "one of them", "say where the notified activity is")]
    if n.circle is not None:
        return buffer_m(Point(n.circle.lon, n.circle.lat), n.circle.radius_m), []
    if n.zone not in zones:
        return None, [_unknown(source, (*path, "zone"), "zone", str(n.zone), zones)]
    geometry = zones[str(n.zone)].geometry
    if geometry.is_empty:
        fix = "draw the place of the activity, or give a circle"
        return None, [source.problem((*path, "zone"), f"the undrawn zone {n.zone!r}", "a drawn zone", fix)]
    if geometry.geom_type not in ("Polygon", "MultiPolygon"):
        found, fix = f"the zone {n.zone!r}, which has no extent", "name an area, or give a circle"
        return None, [source.problem((*path, "zone"), found, "an area", fix)]
    return geometry, []


def _pattern(
    entry: CorridorsEntry | None, source: Source, agreement: Agreement, phases: Mapping[str, Phase]
) -> tuple[Provision | None, list[Problem]]:
    """The corridor clause as a pattern; the list's own zones are made with it, and its hours lie inside the windows."""
    if entry is None:
        return None, []
    on = tuple(switched_on(entry.domain, None, phases, agreement))
    always = on == ((agreement.effective_from_ns, agreement.effective_to_ns),)
    path: Path = ("corridors",)
    pattern = Provision(
        entry.id_prefix, entry.text_reference, entry.rule, entry.domain, None, tuple(entry.binds), tuple(entry.acts),
        (), agreement.effective_from_ns, agreement.effective_to_ns, (), entry.parameters, None,
        windows_ns=() if always else on,
    )  # fmt: skip
    problems = [*_words(source, path, pattern, agreement, {}), *_rule_problems(source, path, pattern, {})]
    if not on:
        needed, fix = "a phase that switches its domain on", "add the domain to a phase"
        problems.append(source.problem((*path, "domain"), f"the unreachable domain {entry.domain!r}", needed, fix))
    agreed = {"in_force_when_proposer": tuple(entry.in_force_when_proposer)}
    return replace(pattern, parameters={**entry.parameters, **agreed}), problems
