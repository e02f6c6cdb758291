"""The ground of the synthetic world: line, sides, villages, works."""

from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import LineString
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge, split

from trucewatch.core.agreement import Agreement
from trucewatch.physics.geodesy import destination, metres_per_degree
from trucewatch.scenario.config import Config, stream

__all__ = ["LEFT", "RIGHT", "Ground", "beside_line", "make_ground", "side_of", "sides_of"]

LEFT, RIGHT = 0, 1
_CHORD_M = 3_000.0  # the line's direction is taken over this length, so that small bends do not turn it
_SYLLABLES = tuple(
    tuple(row.split())
    for row in ("Ber Dub Kal Lip Mor Olk Ros Sol Tar Vel", "a e i o", "div hor lin mar nik pil rud sel", "ka ne sk ets")
)


@dataclass(frozen=True)
class Ground:
    """Line, the polygon and name of each side of it (left first), villages, works and storage sites with their side.

    villages, works   (n, 2) lon lat deg; village_radius_m (n,); *_side (n,) LEFT or RIGHT
    sites             name of each site where weapons are stored, with the side whose weapons these are
    """

    line: LineString
    sides: tuple[BaseGeometry, BaseGeometry]
    side_names: tuple[str, str]
    villages: np.ndarray
    village_names: tuple[str, ...]
    village_radius_m: np.ndarray
    village_side: np.ndarray
    works: np.ndarray
    works_side: np.ndarray
    sites: tuple[tuple[str, int], ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Return west, south, east, north of the world in deg."""
        west, south, east, north = shapely.union_all(self.sides).bounds
        return float(west), float(south), float(east), float(north)


def make_ground(config: Config, agreement: Agreement | None) -> Ground:
    """Return the ground around the agreement's first zone of kind `line`, or around the line of the config."""
    line = _line(config, agreement)
    sides = sides_of(line, config.depth_m)
    rng = stream(config, "ground")
    names = tuple(p.id for p in agreement.parties) if agreement and len(agreement.parties) == 2 else ("left", "right")
    count, radius = config.settlements_per_side, rng.uniform(300, 1_200, 2 * config.settlements_per_side)
    villages, village_side = _scattered(rng, line, count, (1_500.0, 18_000.0), sides)
    works, works_side = _scattered(rng, line, config.industry_per_side, (6_000.0, 25_000.0), sides)
    return Ground(line, sides, (names[0], names[1]), villages, _names(rng, len(villages)), radius, village_side, works,
                  works_side, _sites(agreement, names))  # fmt: skip


def _sites(agreement: Agreement | None, names: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """Return the storage sites that the agreement has inspected, else an invented one on each side."""
    clauses = [p for p in agreement.provisions if p.rule == "storage_inventory"] if agreement else []
    found = {zone: names.index(party) for p in clauses for zone in p.zones for party in p.binds if party in names}
    return tuple(sorted(found.items())) or tuple((f"site_{name}", side) for side, name in enumerate(names))


def _line(config: Config, agreement: Agreement | None) -> LineString:
    zones = [z.geometry for z in agreement.zones if z.kind == "line"] if agreement else []
    if not zones:
        return LineString(config.line)
    merged = linemerge(zones[0]) if zones[0].geom_type == "MultiLineString" else zones[0]
    parts = shapely.get_parts(shapely.force_2d(merged))
    return LineString(max(parts, key=shapely.length))


def sides_of(line: LineString, depth_m: float) -> tuple[BaseGeometry, BaseGeometry]:
    """Cut the box around the line along the line, its ends carried straight on; return what lies left and right."""
    scale = np.concatenate(metres_per_degree(np.array([line.centroid.y])))
    flat = shapely.transform(line, lambda xy: xy * scale)
    box = shapely.box(*flat.bounds).buffer(depth_m, join_style="mitre")
    xy = shapely.get_coordinates(flat)
    reach = box.length
    first, last = xy[0] + _unit(xy[0] - xy[1]) * reach, xy[-1] + _unit(xy[-1] - xy[-2]) * reach
    pieces = list(split(box, LineString([first, *xy, last])).geoms)
    if len(pieces) < 2:
        raise ValueError("found a line that does not cut its surroundings in two; needed a line without loops")
    on_left = [_left_of(flat, p.representative_point()) for p in pieces]
    halves = [shapely.union_all([p for p, is_left in zip(pieces, on_left, strict=True) if is_left == want])
              for want in (True, False)]  # fmt: skip
    left, right = (shapely.transform(h, lambda c: c / scale) for h in halves)
    return left, right


def _unit(vector: np.ndarray) -> np.ndarray:
    return np.asarray(vector / np.hypot(*vector))


def _left_of(line: LineString, point: BaseGeometry) -> bool:
    at = line.project(point)
    a, b = line.interpolate(max(0.0, at - _CHORD_M)), line.interpolate(min(line.length, at + _CHORD_M))
    return bool((b.x - a.x) * (point.y - a.y) - (b.y - a.y) * (point.x - a.x) > 0)


def side_of(sides: tuple[BaseGeometry, BaseGeometry], lon: np.ndarray, lat: np.ndarray) -> np.ndarray:
    """Return LEFT or RIGHT (n,) for points of the world."""
    return np.where(shapely.contains_xy(sides[LEFT], lon, lat), LEFT, RIGHT)


def beside_line(
    line: LineString, share: np.ndarray, away_m: np.ndarray, side: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lon, lat and the azimuth to the other side (n,) of points beside the line.

    share    (n,) 0..1 of the line's length
    away_m   (n,) distance from the line, on `side`
    """
    scale = np.concatenate(metres_per_degree(np.array([line.centroid.y])))
    flat = shapely.transform(line, lambda xy: xy * scale)
    at = np.clip(share, 0.0, 1.0) * flat.length
    foot = shapely.get_coordinates(shapely.line_interpolate_point(flat, at))
    ahead = shapely.get_coordinates(shapely.line_interpolate_point(flat, np.minimum(at + _CHORD_M, flat.length)))
    behind = shapely.get_coordinates(shapely.line_interpolate_point(flat, np.maximum(at - _CHORD_M, 0.0)))
    along = np.degrees(np.arctan2(*(ahead - behind).T))
    outward = (along + np.where(side == LEFT, -90.0, 90.0)) % 360
    lon, lat = destination(foot[:, 0] / scale[0], foot[:, 1] / scale[1], outward, away_m)
    return lon, lat, (outward + 180) % 360


def _scattered(
    rng: np.random.Generator,
    line: LineString,
    per_side: int,
    away_m: tuple[float, float],
    sides: tuple[BaseGeometry, BaseGeometry],
) -> tuple[np.ndarray, np.ndarray]:
    wanted = np.repeat([LEFT, RIGHT], per_side)
    lon, lat, _ = beside_line(line, rng.uniform(0.03, 0.97, len(wanted)), rng.uniform(*away_m, len(wanted)), wanted)
    return np.column_stack([lon, lat]), side_of(sides, lon, lat)


def _names(rng: np.random.Generator, count: int) -> tuple[str, ...]:
    """Return invented names, all different."""
    sizes = [len(s) for s in _SYLLABLES]
    chosen = rng.choice(int(np.prod(sizes)), count, replace=False)
    return tuple("".join(s[i] for s, i in zip(_SYLLABLES, np.unravel_index(c, sizes), strict=True)) for c in chosen)
