"""Whom, what, where and when a clause concerns, so that clauses can be laid over one another."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Provision, Zone
from trucewatch.core.classes import CLASSES, ancestors
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.terms.areas import Span
from trucewatch.terms.rules import rule_of
from trucewatch.terms.windows import OPEN_NS, first_gap, parse_hours

__all__ = ["Ground", "Scope", "area_m2", "below", "covers", "overlap", "scope_of"]

_DAY = frozenset(range(24 * 60))


@dataclass(frozen=True)
class Ground:
    """What a clause covers in a piece of time, surely and possibly as it is drawn, and its zones that are not drawn."""

    start_ns: int
    end_ns: int
    certain: BaseGeometry
    possible: BaseGeometry
    undrawn: frozenset[str] = frozenset()

    @property
    def nothing(self) -> bool:
        """Whether it covers no place at all."""
        return self.possible.is_empty and not self.undrawn


@dataclass(frozen=True)
class Scope:
    """A clause as a set.

    classes  every class that is one of its acts
    minutes  of the local day in which it applies
    grounds  apart in time, ascending
    """

    binds: frozenset[str]
    classes: frozenset[str]
    minutes: frozenset[int]
    grounds: tuple[Ground, ...]


def scope_of(clause: Provision, zones: Mapping[str, Zone], time_zone: str) -> Scope:
    """Return the scope of a clause whose words and parameters are in order."""
    rule = rule_of(clause.rule)
    plain = replace(clause, parameters={k: v for k, v in clause.parameters.items() if k != "hours"})
    areas = rule.areas(plain, zones, Span(-OPEN_NS, OPEN_NS, time_zone)) if rule is not None else []
    grounds = [
        Ground(start, end, a.shape.certain, a.shape.possible, _undrawn(a.zones, zones))
        for a in areas
        for start, end in a.windows.tolist()
    ]
    classes = below(clause.acts) - below(clause.parameters.get("tolerated", ()))
    ordered = tuple(sorted(grounds, key=lambda g: g.start_ns))
    return Scope(frozenset(clause.binds), classes, _minutes(clause.parameters.get("hours", ())), ordered)


def _undrawn(ids: tuple[str, ...], zones: Mapping[str, Zone]) -> frozenset[str]:
    return frozenset(z for z in ids if zones[z].geometry.is_empty)


def below(acts: tuple[str, ...] | list[str]) -> frozenset[str]:
    """Return these classes and all below them."""
    return frozenset(c for c in CLASSES if any(a in ancestors(c) for a in acts))


def _minutes(hours: tuple[str, ...] | list[str]) -> frozenset[int]:
    """Minutes of the day that lie in these hours; all where there are none."""
    spans = [h for h in map(parse_hours, hours) if h is not None]
    if not spans:
        return _DAY
    edges = [(a.hour * 60 + a.minute, b.hour * 60 + b.minute) for a, b in spans]
    return frozenset(m % 1440 for a, b in edges for m in range(a, b if b > a else b + 1440))


def overlap(a: Scope, b: Scope, least_m2: float) -> bool:
    """Return whether some act, at some place and time, surely lies in both, whoever did it."""
    if not (a.classes & b.classes and a.minutes & b.minutes):
        return False
    return any(_meet(g, h, least_m2) for g, h in _together(a, b))


def _together(a: Scope, b: Scope) -> Iterator[tuple[Ground, Ground]]:
    """Pairs of grounds that share some time."""
    for g in a.grounds:
        yield from ((g, h) for h in b.grounds if g.start_ns < h.end_ns and h.start_ns < g.end_ns)


def _meet(a: Ground, b: Ground, least_m2: float) -> bool:
    if a.undrawn & b.undrawn:
        return True
    if not shapely.intersects(a.certain, b.certain):
        return False
    return area_m2(shapely.intersection(a.certain, b.certain)) >= least_m2


def covers(a: Scope, b: Scope, least_m2: float) -> bool:
    """Return whether every act, place and time that may lie in b surely lies in a, whoever did it."""
    if not (b.grounds and b.classes <= a.classes and b.minutes <= a.minutes):
        return False
    times = [(g.start_ns, g.end_ns) for g in a.grounds]
    if any(first_gap(times, h.start_ns, h.end_ns) is not None for h in b.grounds):
        return False
    return all(_holds(g, h, least_m2) for g, h in _together(a, b))


def _holds(outer: Ground, inner: Ground, least_m2: float) -> bool:
    if not inner.undrawn <= outer.undrawn:
        return False
    if inner.possible.is_empty or inner.possible is outer.certain:
        return True
    return area_m2(shapely.difference(inner.possible, outer.certain)) < least_m2


def area_m2(shape: BaseGeometry) -> float:
    """Return the area of a shape in degrees, right to some percent within a few hundred kilometres."""
    if shape.is_empty:
        return 0.0
    _, south, _, north = shape.bounds
    per_lon, per_lat = metres_per_degree(np.array((south + north) / 2))
    return float(shape.area * per_lon * per_lat)
