"""Where and when a clause applies: pieces of time in which its zones stay the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Provision, Zone
from trucewatch.terms.windows import clip, cut, window

__all__ = ["Area", "Shape", "Span", "areas_in_time", "clause_windows", "each_zone", "plain_shape", "unsettled",
           "valid_in", "within", "zones_in_time"]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Span:
    """The time that is judged, ns UTC, half-open, and the agreement's zone of time."""

    start_ns: int
    end_ns: int
    time_zone: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a zone covers: surely, and possibly.

    bars_breach  why an incident there can be no more than undecided
    bars_clear   why quiet there, or lying outside as drawn, cannot clear the clause
    """

    certain: BaseGeometry
    possible: BaseGeometry
    bars_breach: str | None = None
    bars_clear: str | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """A shape in its windows (m, 2) ns UTC, and the zones that it is made of."""

    zones: tuple[str, ...]
    name: str
    shape: Shape
    windows: np.ndarray = field(compare=False)

    @property
    def bounds_ns(self) -> tuple[int, int]:
        """First and last instant."""
        return int(self.windows[0, 0]), int(self.windows[-1, 1])


def plain_shape(zone: Zone) -> Shape:
    """Return a zone as it is drawn; unsettled where it is not drawn or a vertex names no source."""
    reason = unsettled(zone)
    return Shape(zone.geometry, zone.geometry, reason, reason)


def unsettled(zone: Zone) -> str | None:
    """Return why a zone settles nothing: it is not drawn, or a vertex names no source; None where it does."""
    if zone.geometry.is_empty:
        return f"the place of {zone.name or zone.id} is not known"
    if not zone.sourced:
        missing = sum(s is None for s in zone.vertex_sources)
        return f"{missing} of {len(zone.vertex_sources)} vertices of {zone.name or zone.id} name no source"
    return None


def areas_in_time(clause: Provision, zones: Mapping[str, Zone], shapes: Mapping[str, Shape], span: Span) -> list[Area]:
    """Return one area for every piece of time between changes of the clause's zones, inside the span."""
    own = [zones[z] for z in clause.zones]
    changes = [t for z in own for t in (z.valid_from_ns, z.valid_to_ns)]
    times = [piece for start, end in clause_windows(clause, span).tolist() for piece in cut(start, end, changes)]
    pieces = ((a, b, [z for z in own if valid_in(z, a, b)]) for a, b in times)
    return [_area(valid, shapes, window(a, b)) for a, b, valid in pieces if valid]


def clause_windows(clause: Provision, span: Span) -> np.ndarray:
    """Return the windows (m, 2) of the span in which a clause is effective."""
    on = np.concatenate([window(a, b) for a, b in clause.windows_ns or ((None, None),)])
    return clip(clip(on, clause.effective_from_ns, clause.effective_to_ns), span.start_ns, span.end_ns)


def zones_in_time(clause: Provision, zones: Mapping[str, Zone], shapes: Mapping[str, Shape], span: Span) -> list[Area]:
    """Return each zone of a clause by itself in all its time, without the union of all: for many zones."""
    windows = clause_windows(clause, span)
    own = ((zones[z], clip(windows, zones[z].valid_from_ns, zones[z].valid_to_ns)) for z in clause.zones)
    return [Area((z.id,), z.name or z.id, shapes[z.id], times) for z, times in own if len(times)]


def valid_in(zone: Zone, start_ns: int, end_ns: int) -> bool:
    """Return whether a zone is valid in the whole of an interval."""
    begun = zone.valid_from_ns is None or zone.valid_from_ns <= start_ns
    return begun and (zone.valid_to_ns is None or zone.valid_to_ns >= end_ns)


def _area(valid: Sequence[Zone], shapes: Mapping[str, Shape], windows: np.ndarray) -> Area:
    ids = tuple(z.id for z in valid)
    name = " and ".join(z.name or z.id for z in valid)
    parts = [shapes[i] for i in ids]
    if len(parts) == 1:
        return Area(ids, name, parts[0], windows)
    certain = shapely.disjoint_subset_union_all([p.certain for p in parts])
    plain = all(p.certain is p.possible for p in parts)
    whole = Shape(
        certain,
        certain if plain else shapely.disjoint_subset_union_all([p.possible for p in parts]),
        next((p.bars_breach for p in parts if p.bars_breach), None),
        next((p.bars_clear for p in parts if p.bars_clear), None),
    )
    return Area(ids, name, whole, windows)


def each_zone(areas: Sequence[Area], shapes: Mapping[str, Shape], zones: Mapping[str, Zone]) -> list[Area]:
    """Return every zone of these areas by itself, with all windows in which it applies: the subjects of a period."""
    found: dict[str, list[np.ndarray]] = {}
    for area in areas:
        for zone_id in area.zones:
            found.setdefault(zone_id, []).append(area.windows)
    return [Area((z,), zones[z].name or z, shapes[z], np.concatenate(windows)) for z, windows in found.items()]


def within(areas: Sequence[Area], windows: np.ndarray) -> list[Area]:
    """Return the areas in the parts of their time that lie inside windows (m, 2)."""
    cut_down = [
        Area(a.zones, a.name, a.shape, np.concatenate([clip(windows, int(s), int(e)) for s, e in a.windows]))
        for a in areas
    ]
    return [a for a in cut_down if len(a.windows)]
