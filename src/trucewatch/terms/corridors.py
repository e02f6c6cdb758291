"""Clauses made from a list of corridors: one window of silence a corridor, its hours and its route as far as known."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pyarrow as pa
from shapely import GeometryCollection
from shapely.geometry import LineString, Point
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Provision, Zone
from trucewatch.core.errors import AgreementError
from trucewatch.core.tables import CORRIDORS

__all__ = ["with_corridors"]

Row = Mapping[str, Any]


def with_corridors(agreement: Agreement, corridors: pa.Table) -> Agreement:
    """Return the agreement with a clause and a zone for every row of a table of schema CORRIDORS."""
    pattern = agreement.corridor_clause
    if pattern is None:
        raise AgreementError(
            f"found a list of corridors for agreement {agreement.name}; needed one that has a `corridors` pattern; "
            "choose another agreement or leave the list out"
        )
    CORRIDORS.check(corridors)
    zones, clauses = list(agreement.zones), list(agreement.provisions)
    taken = {c.id for c in clauses}
    for row in corridors.to_pylist():
        clause_id = _clause_id(pattern, row, taken)
        taken.add(clause_id)
        zones.append(_zone(clause_id, row))
        clauses.append(_clause(pattern, clause_id, row))
    starts, ends = [c.effective_from_ns for c in clauses], [c.effective_to_ns for c in clauses]
    last = None if agreement.effective_to_ns is None else max([agreement.effective_to_ns, *(e for e in ends if e)])
    first = min([agreement.effective_from_ns, *starts])
    return replace(
        agreement, zones=tuple(zones), provisions=tuple(clauses), effective_from_ns=first, effective_to_ns=last
    )


def _clause_id(pattern: Provision, row: Row, taken: set[str]) -> str:
    """The list's own key where it has one; the row number where it has none or repeats it."""
    by_row = f"{pattern.id}row-{row['row']}"
    own = f"{pattern.id}{row['native_key']}" if row["native_key"] else by_row
    return own if own not in taken else by_row


def _ends(row: Row) -> list[tuple[str, float, float]]:
    ends = [(row[f"{end}_name"], row[f"{end}_lon_deg"], row[f"{end}_lat_deg"]) for end in ("from", "to")]
    return [(name or "an unnamed place", lon, lat) for name, lon, lat in ends if lon is not None and lat is not None]


def _zone(clause_id: str, row: Row) -> Zone:
    ends = _ends(row)
    geometry: BaseGeometry = GeometryCollection()
    if len(ends) == 2 and ends[0][1:] != ends[1][1:]:
        geometry = LineString([(lon, lat) for _, lon, lat in ends])
    elif ends:
        geometry = Point(ends[0][1:])
        ends = ends[:1]
    said_by = tuple(f"{row['source']}, record {row['row']}: {name}" for name, _, _ in ends)
    name = f"corridor {row['from_name'] or 'unknown'} to {row['to_name'] or 'unknown'}"
    return Zone(clause_id, "corridor", geometry, said_by, name=name)


def _clause(pattern: Provision, clause_id: str, row: Row) -> Provision:
    parameters = dict(pattern.parameters)
    agreed = parameters.pop("in_force_when_proposer")
    said = {key: row[key] for key in ("outcome", "proposer", "hours_stated", "link")}
    return replace(
        pattern,
        id=clause_id,
        text_reference=f"{pattern.text_reference}, {clause_id}",
        zones=(clause_id,),
        effective_from_ns=row["t_start_ns"],
        effective_to_ns=row["t_end_ns"],
        parameters={**parameters, **said, "route_known": False, "ends_known": len(_ends(row))},
        not_in_force=_not_in_force(row["proposer"], agreed),
    )


def _not_in_force(proposer: str | None, agreed: tuple[str, ...]) -> str | None:
    if proposer in agreed:
        return None
    return "the list names no proposer" if proposer is None else f"it was proposed by {proposer} alone"
