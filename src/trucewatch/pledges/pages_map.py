"""The map of contributors: a mark at each country's capital, by how far its firmest offer has come."""

from collections.abc import Sequence

import shapely
from markupsafe import escape

from trucewatch.core.country import BOX, country_outline, neighbours
from trucewatch.pledges.book_countries import Country, countries
from trucewatch.pledges.nouns import Claim, State

__all__ = ["contributor_map"]

_WIDTH = 900.0
_WEST, _SOUTH, _EAST, _NORTH = -24.0, 34.0, 47.0, 66.0  # degrees: the part of the world that is drawn
_STRETCH = 1.55  # of latitude over longitude, about 50 degrees north
_SCALE = _WIDTH / (_EAST - _WEST)
_HEIGHT = (_NORTH - _SOUTH) * _SCALE * _STRETCH
_STATES = {state: i for i, state in enumerate(State)}
_FIRM = _STATES[State.PLEDGED]


def contributor_map(offers: Sequence[Claim]) -> str:
    """Return the drawing; empty where no country with a place offers anything."""
    firmest: dict[str, Claim] = {}
    for c in offers:
        code = c.actor.code
        if code in countries() and (code not in firmest or _STATES[c.state] > _STATES[firmest[code].state]):
            firmest[code or ""] = c
    placed = [(countries()[code], c) for code, c in sorted(firmest.items()) if countries()[code].lon_deg is not None]
    if not placed:
        return ""
    near = [(p, c) for p, c in placed if _is_near(p)]
    far = [p.name for p, _ in placed if not _is_near(p)]
    marks = "".join(_mark(p, c) for p, c in near)
    outlines = "".join(_outline(g, "neighbour") for g in neighbours().values())
    return (
        f'<svg class="map" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" '
        'role="img" aria-label="Contributors by how far their firmest offer has come">'
        f'<rect class="undrawn" width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}"/>{_outline(shapely.box(*BOX), "sea")}'
        f"{outlines}{_outline(country_outline(), 'country')}{marks}{_farther(far)}</svg>"
    )


def _is_near(place: Country) -> bool:
    lon, lat = place.lon_deg or 0.0, place.lat_deg or 0.0
    return _WEST <= lon <= _EAST and _SOUTH <= lat <= _NORTH


def _px(lon: float, lat: float) -> tuple[float, float]:
    """Return pixels: plate carrée, stretched for its middle latitude."""
    return (lon - _WEST) * _SCALE, (_NORTH - lat) * _SCALE * _STRETCH


def _farther(names: Sequence[str]) -> str:
    if not names:
        return ""
    return f'<text class="code" x="14" y="{_HEIGHT - 16:.0f}">{escape("Farther away: " + ", ".join(names))}</text>'


def _outline(geometry: shapely.Geometry, css: str) -> str:
    simple = shapely.simplify(geometry, 0.8 / _SCALE)
    data = ""
    for ring in shapely.get_rings(shapely.get_parts(simple)):
        points = [_px(lon, lat) for lon, lat in shapely.get_coordinates(ring)]
        data += "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + "Z"
    return f'<path class="{css}" d="{data}"/>'


def _mark(place: Country, claim: Claim) -> str:
    x, y = _px(place.lon_deg or 0.0, place.lat_deg or 0.0)
    css = "firm" if _STATES[claim.state] >= _FIRM else "loose"
    title = escape(f"{place.name}: {claim.component}, {claim.state}, {claim.status}, as of {claim.on}")
    return (
        f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="6"><title>{title}</title></circle>'
        f'<text class="code" x="{x + 8:.1f}" y="{y + 4:.1f}">{escape(place.code)}</text>'
    )
