"""The same agreement and the same facts with the parties swapped, on the map as it is or on the mirrored one.

Who a party is must not matter: then whatever was said of one is said of the other in the same words. A map mirrored in
a meridian keeps every length, and what lay left of a line lies right of it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Notice, Provision, Zone
from trucewatch.core.parts import read_parts
from trucewatch.core.records import PlaceRecord
from trucewatch.core.sight import Sight
from trucewatch.terms.situation import Situation

__all__ = ["Mirror", "mirror", "mirror_situation", "relisted"]

_TURNED = {"left": "right", "right": "left"}
_BY_PARTY = ("baselines", "sides")  # parameters whose keys are parties
_TEXTS = ("proposer", "in_force_when_proposer")  # parameters whose words may name parties


@dataclass(frozen=True)
class Mirror:
    """Swaps the parties, and mirrors the map in a meridian.

    names     name by party id, in the agreement's order; the first becomes the last, and so on
    axis_deg  longitude of the meridian; None leaves the map as it is
    swaps     whether the parties are swapped; else each stays who it is
    """

    names: Mapping[str, str]
    axis_deg: float | None = None
    swaps: bool = True

    @classmethod
    def of(cls, agreement: Agreement, *, turn: bool) -> "Mirror":
        """Return the mirror of an agreement: with `turn`, in the middle of what it draws."""
        names = {p.id: p.name for p in agreement.parties}
        if not turn:
            return cls(names)
        west, _, east, _ = shapely.total_bounds([z.geometry for z in agreement.zones])
        return cls(names, round(float(west + east) / 2, 6) if np.isfinite(west + east) else 0.0)

    @cached_property
    def other(self) -> dict[str, str]:
        """The party that each becomes."""
        order = tuple(self.names)
        return dict(zip(order, reversed(order) if self.swaps else order, strict=True))

    @cached_property
    def _words(self) -> dict[str, str]:
        by_name = {self.names[p]: self.names[q] for p, q in self.other.items()}
        return {**self.other, **by_name}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = sorted(self._words, key=len, reverse=True)
        return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, words))})(?!\w)")

    def text(self, words: str) -> str:
        """Return words in which each party's name and id has become the other's."""
        return self._pattern.sub(lambda found: self._words[found.group()], words)

    def party(self, party: str) -> str:
        """Return the other party; a word that is no party stays."""
        return self.other.get(party, party)

    def shape(self, geometry: BaseGeometry) -> BaseGeometry:
        """Return a mirrored shape, its vertices in the same order."""
        if self.axis_deg is None or geometry.is_empty:
            return geometry
        twice = 2 * self.axis_deg
        return shapely.transform(geometry, lambda c: np.column_stack([twice - c[:, 0], c[:, 1]]))

    def longitude(self, lon_deg: float | None) -> float | None:
        """Return a mirrored longitude."""
        return lon_deg if lon_deg is None or self.axis_deg is None else 2 * self.axis_deg - lon_deg

    def place(self, place: PlaceRecord) -> PlaceRecord:
        """Return a mirrored place: what pointed east points west."""
        if self.axis_deg is None:
            return place
        return replace(
            place, lon_deg=self.longitude(place.lon_deg), summary_lon_deg=self.longitude(place.summary_lon_deg),
            bearing_deg=None if place.bearing_deg is None else -place.bearing_deg % 360.0,
            parts=None if place.parts is None else self._parts(place.parts),
        )  # fmt: skip

    def _parts(self, text: str) -> str:
        parts = [part.split(",") for part in text.split(";")]
        mirrored = -read_parts(text).lon_deg + 2 * (self.axis_deg or 0.0)
        return ";".join(",".join([f"{lon:.9f}", *rest[1:]]) for lon, rest in zip(mirrored, parts, strict=True))

    def notice(self, notice: Notice) -> Notice:
        """Return the other party's notice."""
        area, source = self.shape(notice.geometry), self.text(notice.source)
        return replace(notice, party=self.party(notice.party), geometry=area, source=source)


@dataclass(frozen=True)
class _MirroredSight:
    """What could have been seen on the mirrored map."""

    sight: Sight
    mirror: Mirror

    def fraction(self, geometry: BaseGeometry, t_start_ns: int, t_end_ns: int) -> float:
        """Return what could have been seen where the shape came from."""
        return self.sight.fraction(self.mirror.shape(geometry), t_start_ns, t_end_ns)


def mirror(agreement: Agreement, by: Mirror) -> Agreement:
    """Return the agreement in which each party has the clauses, baselines, sides, zones and notices of the other."""
    pattern = agreement.corridor_clause
    return replace(
        agreement,
        zones=tuple(_zone(by, z) for z in agreement.zones),
        provisions=tuple(_clause(by, c) for c in agreement.provisions),
        notices=tuple(by.notice(n) for n in agreement.notices),
        corridor_clause=None if pattern is None else _clause(by, pattern),
    )


def _zone(by: Mirror, zone: Zone) -> Zone:
    name = None if zone.name is None else by.text(zone.name)
    disputed = tuple(by.party(p) for p in zone.disputed_by)
    return replace(zone, name=name, geometry=by.shape(zone.geometry), disputed_by=disputed)


def _clause(by: Mirror, clause: Provision) -> Provision:
    parameters = {key: _parameter(by, key, value) for key, value in clause.parameters.items()}
    why = None if clause.not_in_force is None else by.text(clause.not_in_force)
    return replace(clause, binds=tuple(by.party(p) for p in clause.binds), parameters=parameters, not_in_force=why)


def _parameter(by: Mirror, key: str, value: Any) -> Any:
    if key in _BY_PARTY:
        swapped = {by.party(p): v for p, v in value.items()}
        turned = key == "sides" and by.axis_deg is not None
        return {p: _TURNED[v] for p, v in swapped.items()} if turned else swapped
    if key in _TEXTS and isinstance(value, str):
        return by.text(value)
    return tuple(by.text(v) for v in value) if key in _TEXTS and value is not None else value


def relisted(agreement: Agreement) -> Agreement:
    """Return the same agreement with its parties listed the other way round, wherever they are listed."""
    return replace(
        agreement,
        parties=agreement.parties[::-1],
        zones=tuple(replace(z, disputed_by=z.disputed_by[::-1]) for z in agreement.zones),
        provisions=tuple(_relisted(c) for c in agreement.provisions),
    )


def _relisted(clause: Provision) -> Provision:
    p = clause.parameters
    listed = {key: dict(reversed(value.items())) if key in _BY_PARTY else value for key, value in p.items()}
    return replace(clause, binds=clause.binds[::-1], parameters=listed)


def mirror_situation(situation: Situation, by: Mirror) -> Situation:
    """Return the facts in which each party did, said and was told what the other was, on the same or mirrored map."""
    said = (
        replace(a, party=by.party(a.party), against=None if a.against is None else by.party(a.against),
                place=by.place(a.place))
        for a in situation.allegations
    )  # fmt: skip
    return replace(
        situation,
        incidents=tuple(replace(i, place=by.place(i.place)) for i in situation.incidents),
        sight=situation.sight if by.axis_deg is None else _MirroredSight(situation.sight, by),
        notices=tuple(by.notice(n) for n in situation.notices),
        country=None if situation.country is None else by.shape(situation.country),
        allegations=tuple(said),
        calls=tuple(replace(c, party=by.party(c.party), source=by.text(c.source)) for c in situation.calls),
        inspections=tuple(replace(i, source=by.text(i.source)) for i in situation.inspections),
    )
