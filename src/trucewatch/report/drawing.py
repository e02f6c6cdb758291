"""Draw geometries as SVG text: a local projection, paths, marks and hatches that survive black-and-white print.

SVG is written directly: the same records give the same bytes, no font or setting of the machine takes part, and the
page's own style sheet styles it. Pages take drawings as they are, so every word in them is escaped here; all else are
numbers and names of our own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from markupsafe import escape
from shapely.geometry.base import BaseGeometry

from trucewatch.physics.geodesy import metres_per_degree

__all__ = ["Frame", "geometry_path", "hatches", "mark", "scale_bar", "small", "svg", "text"]

Bounds = tuple[float, float, float, float]
_TALLEST, _FLATTEST = 0.9, 0.42  # height over width of a drawing


@dataclass(frozen=True, slots=True)
class Frame:
    """A window on the map, equidistant along its middle parallel; sizes in px of the drawing."""

    west: float
    south: float
    east: float
    north: float
    width: float
    height: float

    @classmethod
    def around(cls, bounds: Bounds, width_px: float, least_km: float) -> "Frame":
        """Return a frame that holds the bounds (west, south, east, north, deg) with a margin, never absurdly narrow."""
        west, south, east, north = bounds
        middle_lon, middle_lat = (west + east) / 2, (south + north) / 2
        per_lon, per_lat = (float(v) / 1000 for v in metres_per_degree(np.array(middle_lat)))
        wide_km = max((east - west) * per_lon * 1.08, least_km)
        tall_km = max((north - south) * per_lat * 1.08, wide_km * _FLATTEST)
        wide_km = max(wide_km, tall_km / _TALLEST)
        half_lon, half_lat = wide_km / per_lon / 2, tall_km / per_lat / 2
        height = round(width_px * tall_km / wide_km)
        return cls(middle_lon - half_lon, middle_lat - half_lat, middle_lon + half_lon, middle_lat + half_lat,
                   width_px, height)  # fmt: skip

    @property
    def bounds(self) -> Bounds:
        """West, south, east, north in degrees."""
        return self.west, self.south, self.east, self.north

    @property
    def km_per_px(self) -> float:
        """Kilometres per px along the middle parallel."""
        per_lon, _ = metres_per_degree(np.array((self.south + self.north) / 2))
        return (self.east - self.west) * float(per_lon) / 1000 / self.width

    def px(self, lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return x, y (n,) px of positions (n,) deg."""
        x = (np.asarray(lon_deg) - self.west) / (self.east - self.west) * self.width
        y = (self.north - np.asarray(lat_deg)) / (self.north - self.south) * self.height
        return x, y


def geometry_path(geometry: BaseGeometry | None, frame: Frame, tolerance_px: float = 0.7) -> str:
    """Return the path data of a geometry inside the frame, thinned to what the eye can tell apart."""
    if geometry is None or geometry.is_empty:
        return ""
    seen = shapely.clip_by_rect(geometry, *frame.bounds)
    seen = shapely.simplify(seen, tolerance_px * (frame.east - frame.west) / frame.width)
    parts = [_ring(ring, frame) for ring in _rings(seen)]
    return "".join(parts)


def _rings(geometry: BaseGeometry) -> list[BaseGeometry]:
    parts = shapely.get_parts(geometry)
    polygons = parts[shapely.get_type_id(parts) == 3]
    lines = parts[np.isin(shapely.get_type_id(parts), (1, 2))]
    return [*shapely.get_rings(polygons), *lines]


def _ring(ring: BaseGeometry, frame: Frame) -> str:
    lonlat = shapely.get_coordinates(ring)
    x, y = frame.px(lonlat[:, 0], lonlat[:, 1])
    points = [f"{a:.1f} {b:.1f}" for a, b in zip(x.tolist(), y.tolist(), strict=True)]
    close = "Z" if shapely.get_type_id(ring) == 2 else ""
    return f"M{'L'.join(points)}{close}" if len(points) > 1 else ""


_SHAPES = {
    "triangle": "M0 {up}L{side} {down}L-{side} {down}Z",
    "square": "M-{r} -{r}H{r}V{r}H-{r}Z",
    "diamond": "M0 -{w}L{w} 0L0 {w}L-{w} 0Z",
}


def mark(shape: str, x: float, y: float, radius: float, title: str = "", css: str = "") -> str:
    """Return a mark of a shape (triangle, square, circle, diamond) around x, y; equal radii look equally large."""
    css = f"mark {shape} {css}".strip()
    told = f"<title>{escape(title)}</title>" if title else ""
    if shape == "circle":
        return f'<circle class="{css}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">{told}</circle>'
    numbers = {"r": f"{0.89 * radius:.1f}", "w": f"{1.25 * radius:.1f}", "side": f"{1.17 * radius:.1f}",
               "up": f"{-1.3 * radius:.1f}", "down": f"{0.72 * radius:.1f}"}  # fmt: skip
    path = _SHAPES[shape].format(**numbers)
    return f'<path class="{css}" transform="translate({x:.1f} {y:.1f})" d="{path}">{told}</path>'


def text(words: str, x: float, y: float, css: str = "", anchor: str = "start") -> str:
    """Return a line of text."""
    return f'<text class="{css}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def scale_bar(frame: Frame, label: str, km: float) -> str:
    """Return a scale bar at the lower left, half black, half white."""
    length = km / frame.km_per_px
    x, y = 14.0, frame.height - 16.0
    return (
        f'<g class="scale"><rect class="plate" x="{x - 8:.1f}" y="{y - 20:.1f}" width="{length + 16:.1f}" height="30"/>'
        f'<rect class="bar" x="{x:.1f}" y="{y:.1f}" width="{length:.1f}" height="5"/>'
        f'<rect class="half" x="{x:.1f}" y="{y:.1f}" width="{length / 2:.1f}" height="5"/>'
        f"{text(label, x, y - 5)}</g>"
    )


_HATCHES = {
    "area": '<path d="M0 8L8 0M-2 2L2 -2M6 10L10 6"/>',
    "corridor": '<path d="M0 0L8 8M-2 6L2 10M6 -2L10 2"/>',
    "disputed": '<circle cx="2" cy="2" r=".9"/><circle cx="6" cy="6" r=".9"/>',
}


def hatches(prefix: str) -> str:
    """Return the hatch patterns under ids that begin with the drawing's own prefix."""
    return "".join(
        f'<pattern id="{prefix}-{name}" class="hatch {name}" width="8" height="8" patternUnits="userSpaceOnUse">'
        f"{lines}</pattern>"
        for name, lines in _HATCHES.items()
    )


def svg(prefix: str, size: tuple[float, float], title: str, description: str, parts: Sequence[str], css: str) -> str:
    """Return a drawing with its text alternative."""
    width, height = size
    return (
        f'<svg class="{css}" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'role="img" aria-labelledby="{prefix}-title {prefix}-desc">'
        f'<title id="{prefix}-title">{escape(title)}</title><desc id="{prefix}-desc">{escape(description)}</desc>'
        f"{''.join(parts)}</svg>"
    )


def small(drawn: str, css: str = "") -> str:
    """Return a drawing of 22 × 22 px for a legend."""
    css = f"key {css}".strip()
    return f'<svg class="{css}" viewBox="0 0 22 22" width="22" height="22" aria-hidden="true">{drawn}</svg>'
