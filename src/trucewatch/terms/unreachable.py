"""Clauses, or parts of them, that nothing can ever engage, or that say nothing which another does not say already."""

from collections.abc import Iterator
from dataclasses import replace

import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Notice, Provision
from trucewatch.core.classes import ancestors
from trucewatch.terms.areas import Span, clause_windows
from trucewatch.terms.book import Book, forbids_all, listed, permits
from trucewatch.terms.chances import notified_in_time
from trucewatch.terms.remark import Remark, Severity
from trucewatch.terms.scope import Ground, Scope, covers
from trucewatch.terms.windows import OPEN_NS, clip

__all__ = ["unreachable"]


def unreachable(book: Book, country: BaseGeometry | None) -> Iterator[Remark]:
    """Yield what can never engage; `country` is the outline outside which no zone is expected, None: not known."""
    for clause in book.clauses:
        scope = book.scopes[clause.id]
        if not scope.grounds or all(g.nothing for g in scope.grounds):
            yield _nowhere(book, clause, scope)
            continue
        yield from _idle_zones(book, clause)
        yield from _double_acts(book, clause)
        yield from _all_notified(book, clause, scope)
    yield from _redundant(book)
    if country is not None:
        yield from _outside(book, country)


def _nowhere(book: Book, clause: Provision, scope: Scope) -> Remark:
    if scope.grounds:
        found = f"clause {clause.id} applies nowhere: nothing of its zones is left"
        return book.remark(clause, "zones", Severity.UNREACHABLE, found, "draw its zones larger, or remove it")
    found = f"clause {clause.id} never applies: its dates and those of its zones have no moment in common"
    return book.remark(clause, "zones", Severity.UNREACHABLE, found, "correct the dates, or remove the clause")


def _idle_zones(book: Book, clause: Provision) -> Iterator[Remark]:
    """Zones of a clause that are valid at no moment at which it applies."""
    windows = clause_windows(clause, Span(-OPEN_NS, OPEN_NS, book.agreement.time_zone))
    for zone_id in clause.zones:
        zone = book.zones[zone_id]
        if not len(clip(windows, zone.valid_from_ns, zone.valid_to_ns)):
            found = f"zone {book.name(zone_id)} of clause {clause.id} is never valid while the clause applies"
            yield book.remark(clause, "zones", Severity.UNREACHABLE, found, "correct the dates of one of them")


def _double_acts(book: Book, clause: Provision) -> Iterator[Remark]:
    """Acts that lie below other acts of the clause."""
    for act in clause.acts:
        above = [a for a in clause.acts if a != act and a in ancestors(act)]
        if above:
            found = f"clause {clause.id} names {listed([act])}, which is already one of {listed([above[0]])}"
            yield book.remark(clause, "acts", Severity.UNREACHABLE, found, "remove the narrower act, or the wider one")


def _all_notified(book: Book, clause: Provision, scope: Scope) -> Iterator[Remark]:
    """A notice that takes everything out of a clause, everywhere and always."""
    for notice in book.agreement.notices:
        usable = notice.activity in clause.exceptions and notified_in_time(clause, notice)
        if usable and covers(_noticed(notice, scope), scope, book.config.least_overlap_m2):
            found = (
                f"the notified {notice.activity.replace('_', ' ')} ({notice.source}) covers clause {clause.id} wholly"
            )
            fix = "narrow the notice in place or time, or remove the exception"
            yield book.remark(clause, "exceptions", Severity.UNREACHABLE, found, fix)


def _noticed(notice: Notice, scope: Scope) -> Scope:
    ground = Ground(notice.t_start_ns, notice.t_end_ns, notice.geometry, notice.geometry)
    return replace(scope, grounds=(ground,))


def _redundant(book: Book) -> Iterator[Remark]:
    """Clauses that add nothing: whatever engages them engages another too. Of two equal ones the later adds nothing."""
    order = {c.id: i for i, c in enumerate(book.clauses)}
    told: set[str] = set()
    for inner, outer in book.pairs():
        if inner.id in told or not _implies(book, inner, outer):
            continue
        if _implies(book, outer, inner) and order[inner.id] < order[outer.id]:
            continue
        told.add(inner.id)
        found = f"clause {inner.id} adds nothing: whatever engages it engages clause {outer.id} too"
        fix = f"remove it, or say in clause {outer.id} what is different there"
        yield book.remark(inner, "acts", Severity.UNREACHABLE, found, fix)


def _implies(book: Book, inner: Provision, outer: Provision) -> bool:
    """Return whether what engages `inner` engages `outer`; permissions and duties of their own are no doubles."""
    if permits(inner) is not None and not _laxer(inner, outer):
        return False
    if inner.rule == "storage_inventory" or not (forbids_all(outer) or _laxer(inner, outer)):
        return False
    if not set(inner.binds) <= set(outer.binds) or not _excepts_no_more(outer, inner):
        return False
    return covers(book.scopes[outer.id], book.scopes[inner.id], book.config.least_overlap_m2)


def _laxer(inner: Provision, outer: Provision) -> bool:
    """Return whether a limit allows all that a stricter limit allows: more acts in a window that is no longer."""
    if inner.rule != "rate_over_window" or outer.rule != "rate_over_window":
        return False
    a, b = inner.parameters, outer.parameters
    same = a.get("unit", "incidents") == b.get("unit", "incidents") and set(inner.zones) <= set(outer.zones)
    return same and bool(a["most"] >= b["most"] and a["window_h"] <= b["window_h"])


def _excepts_no_more(outer: Provision, inner: Provision) -> bool:
    """Return whether whatever is excepted from `outer` is excepted from `inner`."""
    lead_ns = inner.notice_lead_ns or 0
    return set(outer.exceptions) <= set(inner.exceptions) and (
        not outer.exceptions or lead_ns <= (outer.notice_lead_ns or 0)
    )


def _outside(book: Book, country: BaseGeometry) -> Iterator[Remark]:
    """Zones on land that lie outside the country."""
    used = dict.fromkeys(z for c in book.clauses if c.domain != "sea" for z in c.zones)
    for zone_id in used:
        zone = book.zones[zone_id]
        if zone.kind == "country" or zone.geometry.is_empty or shapely.intersects(zone.geometry, country):
            continue
        found, fix = (
            f"zone {book.name(zone_id)} lies outside the country",
            "check the order of lon and lat, and the sign",
        )
        yield Remark(*book.lines.zone(zone_id), Severity.UNREACHABLE, found, fix)
