"""An agreement's files as an Agreement; everything that is wrong in them is said at once."""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pyarrow as pa
from shapely import GeometryCollection
from shapely.geometry import Point
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Force, Notice, Party, Provision, Zone
from trucewatch.core.classes import CLASSES
from trucewatch.core.entries import fit
from trucewatch.core.problem import Problem, refusal
from trucewatch.core.times import format_ns
from trucewatch.core.yaml_files import Path, Source, read_json, read_yaml
from trucewatch.terms.corridors import with_corridors
from trucewatch.terms.dates import Calendar, known_zone
from trucewatch.terms.drawing import read_zones
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
    phases, gaps = _phases(entry, source, calendar, agreement)
    provisions, wrong = _provisions(entry, source, calendar, agreement, phases)
    notices, unread = _notices(entry, source, calendar, agreement)
    pattern, unfit = _pattern(entry.corridors, source, agreement)
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


def _phases(
    entry: TermsEntry, source: Source, calendar: Calendar, agreement: Agreement
) -> tuple[dict[str, tuple[int, int | None]], list[Problem]]:
    phases: dict[str, tuple[int, int | None]] = {}
    problems: list[Problem] = []
    for i, phase in enumerate(entry.phases):
        start, end, wrong = calendar.interval(source, ("phases", i), phase.start, phase.end, ("from", "to"))
        problems += wrong
        if start is not None:
            phases[phase.id] = (start, end)
    if phases and not problems:
        problems += _between_phases(entry, source, calendar, agreement, list(phases.values()))
    return phases, problems


def _between_phases(
    entry: TermsEntry, source: Source, calendar: Calendar, agreement: Agreement,
    spans: list[tuple[int, int | None]],
) -> Iterator[Problem]:  # fmt: skip
    gap = first_gap(spans, agreement.effective_from_ns, agreement.effective_to_ns)
    if gap is not None:
        a, b = (format_ns(t, calendar.zone) if t < 2**62 else "ever" for t in gap)
        after = max((i for i, s in enumerate(spans) if s[0] < gap[1]), default=0)
        fix = "let each phase begin where the one before ends"
        yield source.problem(("phases", after), f"a gap from {a} to {b}", "phases without a gap", fix)
    for i, (before, here) in enumerate(pairwise(spans), start=1):
        if before[1] is None or here[0] < before[1]:
            found = f"phase {entry.phases[i].id!r} beginning before {entry.phases[i - 1].id!r} ends"
            yield source.problem(("phases", i, "from"), found, "one phase at a time", "correct the dates")


def _provisions(
    entry: TermsEntry, source: Source, calendar: Calendar, agreement: Agreement,
    phases: Mapping[str, tuple[int, int | None]],
) -> tuple[tuple[Provision, ...], list[Problem]]:  # fmt: skip
    provisions: list[Provision] = []
    problems: list[Problem] = []
    zones = {z.id: z for z in agreement.zones}
    for i, p in enumerate(entry.provisions):
        path: Path = ("provisions", i)
        start, end, wrong = _effective(p, source, path, calendar, agreement, phases)
        clause = Provision(
            p.id, p.text_reference, p.rule, p.domain, p.phase, tuple(p.binds), tuple(p.acts), tuple(p.zones),
            start, end, tuple(p.exceptions), p.parameters,
        )  # fmt: skip
        provisions.append(clause)
        problems += wrong
        problems += _words(source, path, clause, agreement, phases)
        problems += _uses(source, path, clause, zones)
        problems += _rule_problems(source, path, clause, zones)
    return tuple(provisions), problems


def _effective(
    p: ProvisionEntry, source: Source, path: Path, calendar: Calendar, agreement: Agreement,
    phases: Mapping[str, tuple[int, int | None]],
) -> tuple[int, int | None, list[Problem]]:  # fmt: skip
    """The clause's own dates, else those of its phase, else those of the agreement."""
    whole = (agreement.effective_from_ns, agreement.effective_to_ns)
    outer = phases.get(p.phase or "", whole)
    names = ("effective_from", "effective_to")
    own_start, own_end, problems = calendar.interval(source, path, p.effective_from, p.effective_to, names)
    start = outer[0] if own_start is None else own_start
    end = outer[1] if own_end is None else own_end
    too_late = outer[1] is not None and (end is None or end > outer[1])
    if not problems and (start < outer[0] or too_late):
        fix = "keep its dates inside those of its phase and of the agreement"
        found = f"clause {p.id!r} effective outside its {'phase' if p.phase in phases else 'agreement'}"
        problems = [source.problem((*path, names[0]), found, "dates inside it", fix)]
    return start, end, problems


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
    gap = first_gap(spans, clause.effective_from_ns, clause.effective_to_ns) if spans else None
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
        geometry, unplaced = _notice_place(n, source, path, {z.id: z for z in agreement.zones})
        problems += wrong + unplaced
        if n.party not in parties:
            problems.append(_unknown(source, (*path, "party"), "party", n.party, parties))
        if start is not None and end is not None and geometry is not None:
            notices.append(Notice(n.party, n.activity, start, end, geometry, n.source))
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
    return geometry, []


def _pattern(
    entry: CorridorsEntry | None, source: Source, agreement: Agreement
) -> tuple[Provision | None, list[Problem]]:
    """The corridor clause as a pattern; the list's own zones are made with it."""
    if entry is None:
        return None, []
    path: Path = ("corridors",)
    pattern = Provision(
        entry.id_prefix, entry.text_reference, entry.rule, entry.domain, None, tuple(entry.binds), tuple(entry.acts),
        (), agreement.effective_from_ns, agreement.effective_to_ns, (), entry.parameters, None,
    )  # fmt: skip
    problems = [*_words(source, path, pattern, agreement, {}), *_rule_problems(source, path, pattern, {})]
    agreed = {"in_force_when_proposer": tuple(entry.in_force_when_proposer)}
    return replace(pattern, parameters={**entry.parameters, **agreed}), problems
