"""The map of incidents: zones hatched, contact lines, shapes by class, sizes by probability."""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Zone
from trucewatch.core.classes import ancestors
from trucewatch.core.records import Incident
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.config import Config
from trucewatch.report.drawing import Frame, geometry_path, hatches, mark, scale_bar, small, svg, text
from trucewatch.report.phrases import at, clean, probability, what
from trucewatch.report.records import MapLayers
from trucewatch.report.view import Figure

__all__ = ["background", "incident_map", "shape_of"]

_SHAPES = (("triangle", ("fire_event",)), ("square", ("damage", "casualty")), ("circle", ("thermal",)))
_LEGEND = (("triangle", "fire"), ("square", "harm"), ("circle", "heat"), ("diamond", "other"))
_NICE_KM = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)


def shape_of(cls: str | None) -> str:
    """Return the shape that stands for a class."""
    above = ancestors(cls) if cls is not None else ()
    return next((shape for shape, heads in _SHAPES if set(heads) & set(above)), "diamond")


def incident_map(
    incidents: Sequence[Incident], agreement: Agreement, layers: MapLayers, basis: str | None, zone: str,
    catalogue: Catalogue, config: Config, *, near: bool = False,
) -> Figure | None:  # fmt: skip
    """Return the map of incidents with a known place; None where there is nothing to draw.

    near   show the surroundings of the incidents alone, not the whole of the zones
    """
    c, prefix = catalogue, "map"
    drawn = [i for i in incidents if i.place.summary_lon_deg is not None]
    bounds = _bounds(drawn, () if near else agreement.zones, layers)
    if bounds is None:
        return None
    frame = Frame.around(bounds, config.map_width_px, config.map_least_km)
    zones = [z for z in agreement.zones if z.kind != "country"]
    title, n_lines = c.text("map.caption"), len(layers.contact_lines)
    told = c.text("map.describe", n=len(drawn), zones=len(zones), lines=n_lines)
    parts = [
        f"<defs>{hatches(prefix)}</defs>", *background(layers, frame, prefix), *_zones(agreement, frame, prefix),
        *_contact(layers, frame, prefix), *_symbols(drawn, frame, c, config), *_labels(layers, frame),
        *_furniture(frame, c),
    ]  # fmt: skip
    drawing = svg(prefix, (frame.width, frame.height), title, told, parts, "map")
    coarse = any(i.place.kind == "pixel" and (i.place.size1_m or 0) >= 10_000 for i in drawn)
    notes = (_sources(layers, zone, c), *((c.text("map.cells"),) if coarse else ()))
    return Figure(title, drawing, _legend(agreement, layers, drawn, c), basis, notes)


def _bounds(
    incidents: Sequence[Incident], zones: Sequence[Zone], layers: MapLayers
) -> tuple[float, float, float, float] | None:
    """Bounds of zones and of all but the outermost incidents; the contact line and the country when there are none."""
    boxes = [z.geometry.bounds for z in zones if z.kind != "country" and not z.geometry.is_empty]
    if incidents:
        lonlat = np.array([(i.place.summary_lon_deg, i.place.summary_lat_deg) for i in incidents], dtype=np.float64)
        west_south, east_north = np.quantile(lonlat, (0.01, 0.99), axis=0)
        boxes.append((*west_south, *east_north))
    if not boxes:
        shapes = [*(line.line for line in layers.contact_lines), *([layers.outline] if layers.outline else [])]
        boxes = [s.bounds for s in shapes if not s.is_empty][:1]
    if not boxes:
        return None
    corners = np.array(boxes, dtype=np.float64)
    west, south = corners[:, :2].min(axis=0).tolist()
    east, north = corners[:, 2:].max(axis=0).tolist()
    return west, south, east, north


def background(layers: MapLayers, frame: Frame, prefix: str) -> list[str]:
    """Return the ground: neighbours and the country as light areas."""
    ground = [f'<rect class="sea" width="{frame.width:.0f}" height="{frame.height:.0f}"/>']
    ground += [_path(n, frame, "neighbour") for n in layers.neighbours]
    if layers.outline is not None:
        ground.append(_path(layers.outline, frame, "country"))
    return [f'<g id="{prefix}-ground">', *ground, "</g>"]


def _path(geometry: BaseGeometry | None, frame: Frame, css: str, fill: str = "") -> str:
    data = geometry_path(geometry, frame)
    filled = f' fill="url(#{fill})"' if fill else ""
    return f'<path class="{css}"{filled} d="{data}"/>' if data else ""


def _zones(agreement: Agreement, frame: Frame, prefix: str) -> list[str]:
    areal = [z for z in agreement.zones if z.kind in ("area", "corridor") and z.geometry.area > 0]
    linear = [z for z in agreement.zones if z.kind != "country" and z.geometry.area == 0]
    return [
        *(_path(z.geometry, frame, f"zone {z.kind}", f"{prefix}-{z.kind}") for z in areal if z.sourced),
        *(_path(z.geometry, frame, "sketch") for z in areal if not z.sourced),
        *(_path(z.geometry, frame, f"zone-line {z.kind}") for z in linear if z.kind in ("line", "corridor")),
        _objects([z.geometry for z in agreement.zones if z.kind == "point"], frame),
    ]


def _objects(points: Sequence[BaseGeometry], frame: Frame) -> str:
    """One path of small crosses for all protected objects: there may be thousands."""
    lonlat = np.array([(p.x, p.y) for p in points if not p.is_empty], dtype=np.float64).reshape(-1, 2)
    if not len(lonlat):
        return ""
    crosses = "".join(f"M{x - 3:.1f} {y:.1f}h6m-3 -3v6" for x, y in zip(*frame.px(*lonlat.T), strict=True))
    return f'<path class="object" d="{crosses}"/>'


def _contact(layers: MapLayers, frame: Frame, prefix: str) -> list[str]:
    lines = []
    for contact in layers.contact_lines:
        lines.append(_path(contact.disputed, frame, "disputed", f"{prefix}-disputed"))
        lines.append(_path(contact.line, frame, "contact-edge"))
        lines.append(_path(contact.line, frame, "contact"))
    return lines


def _symbols(incidents: Sequence[Incident], frame: Frame, c: Catalogue, config: Config) -> list[str]:
    """Marks for single probable incidents; whatever lies too close or is less probable is summed up with a number."""
    if not incidents:
        return []
    lonlat = np.array([(i.place.summary_lon_deg, i.place.summary_lat_deg) for i in incidents], dtype=np.float64)
    p = np.array([i.p_real for i in incidents])
    x, y = frame.px(lonlat[:, 0], lonlat[:, 1])
    inside = (x >= 0) & (x <= frame.width) & (y >= 0) & (y <= frame.height)
    shapes = np.array([shape_of(i.cls) for i in incidents])
    cell = np.floor(np.column_stack([x, y]) / config.map_cell_px).astype(np.int64)
    keys = np.column_stack([cell, np.unique(shapes, return_inverse=True)[1]])
    _, member, size = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    _, square, near = np.unique(cell // 2, axis=0, return_inverse=True, return_counts=True)
    alone = inside & (size[member] == 1) & (near[square] <= config.map_crowd) & (p >= config.map_least_p)
    single = np.flatnonzero(alone)[np.argsort(-p[alone], kind="stable")][: config.map_symbols]
    crowd = np.setdiff1d(np.flatnonzero(inside), single)
    marks = [_single(incidents[k], float(x[k]), float(y[k]), c) for k in single[::-1]]
    return [*_sums(cell[crowd], x[crowd], y[crowd], p[crowd], c), *marks]


def _single(incident: Incident, x: float, y: float, c: Catalogue) -> str:
    title = c.text("map.symbol", what=what(incident, c), p=probability(incident.p_real, c))
    return mark(shape_of(incident.cls), x, y, 4.0 + 4.0 * incident.p_real, title)


def _sums(cell: np.ndarray, x: np.ndarray, y: np.ndarray, p: np.ndarray, c: Catalogue) -> list[str]:
    if not len(cell):
        return []
    _, member, counts = np.unique(cell // 2, axis=0, return_inverse=True, return_counts=True)
    middle_x, middle_y = np.bincount(member, x) / counts, np.bincount(member, y) / counts
    most = np.zeros(len(counts))
    np.maximum.at(most, member, p)
    return [
        _sum(float(a), float(b), int(n), c.text("map.symbols", n=int(n), p=probability(float(q), c)), c)
        for a, b, n, q in zip(middle_x, middle_y, counts, most, strict=True)
    ]


def _sum(x: float, y: float, n: int, title: str, c: Catalogue) -> str:
    radius = min(4.0 + 1.6 * np.sqrt(n), 15.0)
    number = text(c.number(n), x, y + 3.6, "sum-number", "middle") if n > 1 else ""
    return mark("circle", x, y, max(radius, 7.5) if n > 1 else 3.0, title, "sum") + number


def _labels(layers: MapLayers, frame: Frame) -> list[str]:
    """Names of settlements, the first ones first, none over another or over the edge."""
    taken: list[BaseGeometry] = [shapely.box(0, frame.height - 44, 190, frame.height)]
    drawn = []
    for label in layers.labels:
        x, y = (float(v) for v in frame.px(np.array(label.lon_deg), np.array(label.lat_deg)))
        box = shapely.box(x - 4, y - 9, x + 10 + 7.0 * len(label.name), y + 7)
        inside = x > 4 and y > 12 and box.bounds[2] < frame.width and y < frame.height - 8
        if inside and not any(box.intersects(other) for other in taken):
            taken.append(box)
            drawn.append(f'<circle class="town" cx="{x:.1f}" cy="{y:.1f}" r="2"/>')
            drawn.append(text(clean(label.name), x + 5, y + 4, "town-name"))
    return drawn


def _furniture(frame: Frame, c: Catalogue) -> list[str]:
    """Scale bar, north arrow and frame."""
    km = max((k for k in _NICE_KM if k / frame.km_per_px < 0.24 * frame.width), default=_NICE_KM[0])
    x = frame.width - 24
    arrow = f'<path class="north" d="M{x:.0f} 14L{x + 8:.0f} 36L{x:.0f} 31L{x - 8:.0f} 36Z"/>'
    edge = f'<rect class="edge" x=".5" y=".5" width="{frame.width - 1:.0f}" height="{frame.height - 1:.0f}"/>'
    bar = scale_bar(frame, c.text("map.km", n=c.number(km)), km)
    return [bar, arrow, text(c.text("map.north"), x, 50, "north-letter", "middle"), edge]


def _legend(
    agreement: Agreement, layers: MapLayers, incidents: Sequence[Incident], c: Catalogue
) -> tuple[tuple[str, str], ...]:
    """Each mark with its meaning, as a small drawing that uses the map's own patterns."""
    marks = [*_symbol_legend(incidents), *_line_legend(agreement, layers)]
    return tuple((small(drawn), c.text(f"map.legend.{key}")) for drawn, key in marks)


def _symbol_legend(incidents: Sequence[Incident]) -> list[tuple[str, str]]:
    shapes = {shape_of(i.cls) for i in incidents}
    marks = [(mark(shape, 11, 11, 7), key) for shape, key in _LEGEND if shape in shapes]
    if len(incidents) > 1:
        marks.append((mark("circle", 11, 11, 9, css="sum") + text("7", 11, 14.6, "sum-number", "middle"), "sum"))
        marks.append((mark("circle", 5, 11, 3) + mark("circle", 15, 11, 6), "size"))
    return marks


def _line_legend(agreement: Agreement, layers: MapLayers) -> list[tuple[str, str]]:
    marks = [('<path class="contact" d="M0 11H22"/>', "contact")] if layers.contact_lines else []
    if any(line.disputed is not None and not line.disputed.is_empty for line in layers.contact_lines):
        marks.append((_swatch("map-disputed", "disputed"), "disputed"))
    kinds = {(z.kind, z.geometry.area > 0) for z in agreement.zones if z.sourced}
    if any(z.kind in ("area", "corridor") and z.geometry.area > 0 and not z.sourced for z in agreement.zones):
        marks.append(('<path class="sketch" d="M1 2H21V20H1Z"/>', "sketch"))
    marks += [(_swatch(f"map-{k}", f"zone {k}"), k) for k in ("area", "corridor") if (k, True) in kinds]
    if ("point", False) in kinds:
        marks.append(('<path class="object" d="M8 11h6m-3 -3v6"/>', "point"))
    lines = ((f'<path class="zone-line {k}" d="M0 11H22"/>', k) for k in ("line", "corridor"))
    return marks + [drawn for drawn in lines if (drawn[1], False) in kinds]


def _swatch(pattern: str, css: str) -> str:
    return f'<path class="{css}" fill="url(#{pattern})" d="M1 2H21V20H1Z"/>'


def _sources(layers: MapLayers, zone: str, c: Catalogue) -> str:
    lines = c.text("list.semicolon").join(
        c.text("map.contact", source=clean(line.source), when=at(line.as_of_ns, zone, c))
        for line in layers.contact_lines
    )
    return c.text("map.sources", lines=lines or c.text("none"), background=clean(layers.source) or c.text("none"))
