"""Clauses that cannot both be meant: what one permits or demands, another forbids.

Each clause is judged by itself, so what any clause forbids is proposed as a breach. That is right where the ban is the
special case of the permission (a hospital inside an area in which fire may be returned), and wrong everywhere else.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations, product

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Provision
from trucewatch.terms.book import Book, forbids_all, listed, permits
from trucewatch.terms.plane import signed_distances_m
from trucewatch.terms.remark import Remark, Severity
from trucewatch.terms.scope import Scope, covers, overlap, scope_of

__all__ = ["contradictions"]

_STEP_DEG = 0.01  # between the vertices at which a shape is measured


def contradictions(book: Book) -> Iterator[Remark]:
    """Yield what cannot both be meant."""
    yield from _forbidden_permissions(book)
    yield from _void_exceptions(book)
    yield from _stored_where_forbidden(book)
    yield from _stored_too_near(book)
    yield from _wrong_sides(book)
    yield from _two_distances(book)


def _forbidden_permissions(book: Book) -> Iterator[Remark]:
    """What one clause permits and another forbids, unless the ban is the special case of the permission."""
    least = book.config.least_overlap_m2
    for permission, ban in book.pairs():
        what = permits(permission)
        if what is None or not forbids_all(ban):
            continue
        a, b = book.scopes[permission.id], book.scopes[ban.id]
        if not overlap(a, b, least) or (covers(a, b, least) and not covers(b, a, least)):
            continue
        whole = "everywhere and always" if covers(b, a, least) else "where both apply"
        found = f"clause {permission.id} permits {what}, and clause {ban.id} forbids the same acts {whole}"
        fix = "let one of them leave out what the other settles"
        yield book.remark(permission, "rule", Severity.CONTRADICTION, found, fix)


def _void_exceptions(book: Book) -> Iterator[Remark]:
    """Exceptions that one clause grants and that another, which covers it wholly, does not."""
    for clause, ban in book.pairs():
        lost = set(clause.exceptions) - set(ban.exceptions)
        wholly = lost and forbids_all(ban)
        if wholly and covers(book.scopes[ban.id], book.scopes[clause.id], book.config.least_overlap_m2):
            found = (
                f"clause {clause.id} excepts notified {listed(lost)}, and clause {ban.id} forbids it everywhere there"
            )
            fix = f"grant the exception in clause {ban.id} too, or remove it"
            yield book.remark(clause, "exceptions", Severity.CONTRADICTION, found, fix)


def _stored_where_forbidden(book: Book) -> Iterator[Remark]:
    """Sites in which weapons must stay and may not be."""
    bans = [b for b in book.clauses if forbids_all(b) and "weapon_presence" in book.scopes[b.id].classes]
    for storage in book.of_kind("storage_inventory"):
        for ban, (site, alone) in product(_sharing(storage, bans), _each_site(book, storage)):
            if covers(book.scopes[ban.id], alone, book.config.least_overlap_m2):
                found = f"clause {storage.id} keeps weapons in {book.name(site)}, where clause {ban.id} forbids any"
                fix = f"leave the site out of clause {ban.id}, or choose another site"
                yield book.remark(storage, "zones", Severity.CONTRADICTION, found, fix)


def _sharing(clause: Provision, others: Iterable[Provision]) -> list[Provision]:
    """Those of other clauses that bind a party which this one binds."""
    return [o for o in others if set(o.binds) & set(clause.binds)]


def _each_site(book: Book, storage: Provision) -> list[tuple[str, Scope]]:
    alone = ((z, replace(storage, zones=(z,))) for z in storage.zones)
    return [(z, scope_of(clause, book.zones, book.agreement.time_zone)) for z, clause in alone]


def _stored_too_near(book: Book) -> Iterator[Remark]:
    """Sites that lie forward of the withdrawal line of every party that may use them, for every weapon."""
    for storage in book.of_kind("storage_inventory"):
        lines = _sharing(storage, book.of_kind("withdrawal_line"))
        for line, (site, alone) in product(lines, _each_site(book, storage)):
            zone = replace(book.scopes[line.id], classes=alone.classes, minutes=alone.minutes)
            parties = [p for p in line.binds if p in storage.binds]
            rear_m = [_rear_m(book, line, p, book.zones[site].geometry) for p in parties]
            least_m = min(line.parameters["distances_m"].values())
            known = [m for m in rear_m if m is not None and m < least_m]
            if len(known) == len(parties) and covers(zone, alone, book.config.least_overlap_m2):
                found = (
                    f"clause {storage.id} keeps weapons in {book.name(site)}, which lies forward of the lines of "
                    f"clause {line.id}: {max(known) / 1000:.1f} km behind a baseline at most, and "
                    f"{least_m / 1000:g} km are the least for any weapon"
                )
                fix = "choose a site further back, or leave it out of the security zone"
                yield book.remark(storage, "zones", Severity.CONTRADICTION, found, fix)


def _rear_m(book: Book, clause: Provision, party: str, shape: BaseGeometry) -> float | None:
    """Return how far behind a party's baseline the rearmost point of a shape lies; None where one is not drawn."""
    behind_m = _behind_m(book, clause, party, shape)
    return None if behind_m is None else float(behind_m.max())


def _behind_m(book: Book, clause: Provision, party: str, shape: BaseGeometry) -> np.ndarray | None:
    """Return metres (n,) of a shape's vertices behind a party's baseline, on its own side."""
    line = book.zones[clause.parameters["baselines"][party]].geometry
    if line.is_empty or shape.is_empty:
        return None
    lon, lat = shapely.get_coordinates(shapely.segmentize(shape, _STEP_DEG)).T
    left_m = signed_distances_m([line], lon, lat)[0]
    return left_m if clause.parameters["sides"][party] == "left" else -left_m


def _wrong_sides(book: Book) -> Iterator[Remark]:
    """Two parties on one side of one line, or each behind the baseline of the other."""
    for clause in book.of_kind("withdrawal_line"):
        baselines, sides = clause.parameters["baselines"], clause.parameters["sides"]
        for a, b in combinations(clause.binds, 2):
            both = f"{book.party(a)} and {book.party(b)}"
            if baselines[a] == baselines[b] and sides[a] == sides[b]:
                found = f"clause {clause.id} puts {both} on the same side of {book.name(baselines[a])}"
            elif baselines[a] != baselines[b] and _exchanged(book, clause, a, b):
                found = f"clause {clause.id} lets {both} each stand beyond the baseline of the other"
            else:
                continue
            fix = "correct `sides`: left or right of the line in the direction in which it is drawn"
            yield book.remark(clause, "parameters", Severity.CONTRADICTION, found, fix)


def _exchanged(book: Book, clause: Provision, a: str, b: str) -> bool:
    """Whether the whole baseline of each party lies on the own side of the other."""
    of = {p: book.zones[clause.parameters["baselines"][p]].geometry for p in (a, b)}
    behind = [_behind_m(book, clause, p, of[q]) for p, q in ((a, b), (b, a))]
    return all(m is not None and bool((m > 0).all()) for m in behind)


def _two_distances(book: Book) -> Iterator[Remark]:
    """Two distances for one weapon class of one party from one baseline."""
    for a, b in combinations(book.of_kind("withdrawal_line"), 2):
        common = [p for p in a.binds if p in b.binds]
        same = [p for p in common if a.parameters["baselines"][p] == b.parameters["baselines"][p]]
        if not same or not overlap(book.scopes[a.id], book.scopes[b.id], book.config.least_overlap_m2):
            continue
        one, two = a.parameters["distances_m"], b.parameters["distances_m"]
        apart = [w for w in one if w in two and one[w] != two[w]]
        if apart:
            said = "; ".join(f"{w.replace('_', ' ')} {one[w] / 1000:g} km and {two[w] / 1000:g} km" for w in apart)
            found = f"clauses {a.id} and {b.id} ask for different distances from one baseline: {said}"
            yield book.remark(b, "parameters", Severity.CONTRADICTION, found, "name each weapon class in one of them")
