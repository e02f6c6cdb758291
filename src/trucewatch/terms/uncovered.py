"""What an agreement leaves open: times, domains, parties, acts, weapons and places that no clause speaks of."""

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Provision
from trucewatch.core.times import format_ns
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.terms.book import Book, forbids_all, listed, permits
from trucewatch.terms.phases import Phase
from trucewatch.terms.remark import Remark, Severity
from trucewatch.terms.schema import DOMAINS
from trucewatch.terms.scope import Ground, below, covers, overlap
from trucewatch.terms.weapons import WEAPONS
from trucewatch.terms.windows import OPEN_NS, first_gap

__all__ = ["uncovered"]

_FIRE = ("explosion", "outgoing", "projectile", "ground_battle", "aerial_attack")  # a flash or a flare is only seen
_OF_PLACES = ("protected_object", "weapons_zone", "aerial_vehicle")  # whose acts are chosen by what they guard against
_GRID = 40  # points each way at which a zone is probed
_CALIBRE = re.compile(r"(.+)_(\d+)")


def uncovered(book: Book) -> Iterator[Remark]:
    """Yield what is left open; nothing for an agreement whose clauses come from a list."""
    if not book.clauses:
        return
    yield from _free_times(book)
    yield from _free_domains(book)
    yield from _free_parties(book)
    for clause in book.clauses:
        yield from _free_acts(book, clause)
    for clause in book.of_kind("withdrawal_line"):
        yield from _free_weapons(book, clause)
        yield from _without_baseline(book, clause)
    yield from _one_sided_exceptions(book)


def _free_times(book: Book) -> Iterator[Remark]:
    """The first stretch of the agreement in which no clause applies."""
    a = book.agreement
    times = [(g.start_ns, g.end_ns) for s in book.scopes.values() for g in s.grounds]
    gap = first_gap(times, a.effective_from_ns, a.effective_to_ns)
    if gap is not None:
        start, end = (format_ns(t, a.time_zone) if t < OPEN_NS else "ever" for t in gap)
        found, fix = f"no clause applies from {start} to {end}", "extend a clause, or say that this is meant"
        yield Remark(*book.lines.entry("effective_from", ""), Severity.UNCOVERED, found, fix)


def _free_domains(book: Book) -> Iterator[Remark]:
    """Domains that no clause is about: in the whole agreement, and in phases that switch them on."""
    used = {c.domain for c in book.clauses}
    if set(DOMAINS) - used:
        found = f"no clause is about {_domains(set(DOMAINS) - used)}"
        fix = "add clauses, or say that they are left out"
        yield Remark(*book.lines.entry("provisions", ""), Severity.UNCOVERED, found, fix)
    for phase in book.phases.values():
        on = used if phase.domains is None else set(phase.domains)
        idle = {d for d in on & used if not any(_in_phase(book, c, phase) for c in book.clauses if c.domain == d)}
        if idle:
            found = f"in phase {phase.id} no clause is about {_domains(idle)}, of which other phases speak"
            fix = "let a clause begin with the phase, or say that this is meant"
            yield Remark(*book.lines.entry("phases", phase.id), Severity.UNCOVERED, found, fix)


def _domains(words: set[str]) -> str:
    return f"the domain{'s' if len(words) > 1 else ''} {listed(words)}"


def _in_phase(book: Book, clause: Provision, phase: Phase) -> bool:
    end_ns = OPEN_NS if phase.end_ns is None else phase.end_ns
    return any(g.start_ns < end_ns and phase.start_ns < g.end_ns for g in book.scopes[clause.id].grounds)


def _free_parties(book: Book) -> Iterator[Remark]:
    bound = {p for c in book.clauses for p in c.binds}
    for party in book.agreement.parties:
        if party.id not in bound:
            found, fix = f"no clause binds {party.name}", "bind it, or do not list it as a party"
            yield Remark(*book.lines.entry("parties", party.id), Severity.UNCOVERED, found, fix)


def _free_acts(book: Book, clause: Provision) -> Iterator[Remark]:
    """Kinds of fire that a clause leaves out of its ban and that no other clause regulates in its zones and time."""
    scope, fire = book.scopes[clause.id], below(_FIRE)
    if not scope.classes & fire or not forbids_all(clause) or clause.rule in _OF_PLACES:
        return
    others = [c for c in book.clauses if c.id != clause.id and (forbids_all(c) or permits(c))]
    left = [k for k in _FIRE if k not in scope.classes]
    free = [k for k in left if not any(_regulates(book, c, clause, k) for c in others)]
    if free:
        what = listed(list(clause.acts))
        found = f"clause {clause.id} forbids {what}, and no clause forbids {listed(free)} in its zones"
        yield book.remark(clause, "acts", Severity.UNCOVERED, found, "name them, or say that they are left out")


def _regulates(book: Book, other: Provision, clause: Provision, act: str) -> bool:
    if not set(clause.binds) <= set(other.binds):
        return False
    wanted = replace(book.scopes[clause.id], classes=below((act,)))
    return covers(book.scopes[other.id], wanted, book.config.least_overlap_m2)


def _free_weapons(book: Book, clause: Provision) -> Iterator[Remark]:
    """Weapon classes without a distance although one of the same family, lighter or heavier, has one."""
    family = [c for c in book.of_kind("withdrawal_line") if c.id == clause.id or _same_ground(book, c, clause)]
    if family[0].id != clause.id:
        return  # the first of them speaks for all
    named = {w for c in family for w in c.parameters["distances_m"]}
    free = {w: _relative(w, named) for w in WEAPONS if w not in named}
    said = [f"{w.replace('_', ' ')} ({kin.replace('_', ' ')} has one)" for w, kin in free.items() if kin is not None]
    if said:
        found = f"clause {clause.id} gives no distance for {', '.join(said)}"
        fix = "add their distances, or say that they may stay"
        yield book.remark(clause, "parameters", Severity.UNCOVERED, found, fix)


def _same_ground(book: Book, a: Provision, b: Provision) -> bool:
    return set(b.binds) <= set(a.binds) and overlap(book.scopes[a.id], book.scopes[b.id], book.config.least_overlap_m2)


def _relative(weapon: str, named: set[str]) -> str | None:
    """Return a named class of the same family and another calibre: the next heavier, else the next lighter."""
    own = _CALIBRE.fullmatch(weapon)
    if own is None:
        return None
    kin = [m for m in map(_CALIBRE.fullmatch, named) if m is not None and m[1] == own[1]]
    heavier = [m for m in kin if int(m[2]) > int(own[2])]
    nearest = min(heavier or kin, key=lambda m: abs(int(m[2]) - int(own[2])), default=None)
    return None if nearest is None else nearest[0]


def _without_baseline(book: Book, clause: Provision) -> Iterator[Remark]:
    """Parts of a security zone, in time or place, in which there is no baseline to count from."""
    for party, line_id in clause.parameters["baselines"].items():
        line, whose = book.zones[line_id], f"the baseline of {book.party(party)}"
        grounds = book.scopes[clause.id].grounds
        gaps = (first_gap([(line.valid_from_ns, line.valid_to_ns)], g.start_ns, g.end_ns) for g in grounds)
        gap = next((g for g in gaps if g is not None), None)
        if gap is not None:
            when = format_ns(gap[0], book.agreement.time_zone)
            found = f"{whose} is not valid from {when} on, while clause {clause.id} applies"
            yield book.remark(clause, "parameters", Severity.UNCOVERED, found, "add the baseline that takes over")
        share = max((_beyond_ends(g, line.geometry) for g in grounds), default=0.0)
        if share > book.config.most_beyond_ends:
            found = f"{share:.0%} of the zone of clause {clause.id} lies beyond the ends of {whose}"
            fix = "draw the line through the whole zone, or cut the zone"
            yield book.remark(clause, "parameters", Severity.UNCOVERED, found, fix)


def _beyond_ends(ground: Ground, line: BaseGeometry) -> float:
    """Return the share of a zone whose nearest point of the line is one of its ends."""
    if ground.certain.is_empty or line.is_empty:
        return 0.0
    west, south, east, north = ground.certain.bounds
    middle = (np.arange(_GRID) + 0.5) / _GRID
    lon, lat = np.meshgrid(west + middle * (east - west), south + middle * (north - south))
    inside = shapely.contains_xy(ground.certain, lon, lat)
    per_lon, per_lat = metres_per_degree(np.array((south + north) / 2))
    flat = shapely.transform(line, lambda c: c * [per_lon, per_lat])
    at_m = shapely.line_locate_point(flat, shapely.points(lon[inside] * per_lon, lat[inside] * per_lat))
    at_end = (at_m <= 1e-6 * flat.length) | (at_m >= (1 - 1e-6) * flat.length)
    return float(at_end.mean()) if inside.any() else 0.0


def _one_sided_exceptions(book: Book) -> Iterator[Remark]:
    """Activities that one clause excepts and another, where both apply, does not."""
    least = book.config.least_overlap_m2
    for clause, ban in book.pairs():
        lost = set(clause.exceptions) - set(ban.exceptions)
        if not lost or not forbids_all(ban):
            continue
        a, b = book.scopes[clause.id], book.scopes[ban.id]
        if overlap(a, b, least) and not covers(b, a, least) and not covers(a, b, least):
            found = (
                f"clause {clause.id} excepts notified {listed(lost)}, and clause {ban.id}, where both apply, does not"
            )
            fix = f"say whether clause {ban.id} excepts it too"
            yield book.remark(clause, "exceptions", Severity.UNCOVERED, found, fix)
