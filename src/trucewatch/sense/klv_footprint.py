"""The ground in the picture of a drone's camera: from stated corners, from the way it points, or from its width."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import shapely

from trucewatch.physics.geodesy import destination, distance_m
from trucewatch.sense.checks import bad_places
from trucewatch.sense.footprints import sectors

__all__ = ["HOW", "NEEDED", "Footprints", "boresight_elevation_deg", "corners_by_pointing", "footprints"]

LEAST_WIDTH_M = 0.01  # no camera sees less; a smaller number is no width and makes no area
HOW = ("full corners", "offset corners", "pointing", "width")
_FULL = tuple((f"corner_lon_p{k}_deg", f"corner_lat_p{k}_deg") for k in (1, 2, 3, 4))
_OFFSET = tuple((f"corner_lon_offset_p{k}_deg", f"corner_lat_offset_p{k}_deg") for k in (1, 2, 3, 4))
NEEDED = (
    "platform_heading_deg", "platform_pitch_deg", "platform_roll_deg", "platform_pitch_full_deg",
    "platform_roll_full_deg", "sensor_lat_deg", "sensor_lon_deg", "sensor_alt_m", "sensor_ellipsoid_height_m",
    "sensor_hfov_deg", "sensor_vfov_deg", "sensor_rel_az_deg", "sensor_rel_el_deg", "sensor_rel_roll_deg",
    "slant_range_m", "target_width_m", "target_width_extended_m", "frame_center_lat_deg", "frame_center_lon_deg",
    "frame_center_elev_m", "frame_center_ellipsoid_height_m", *(name for pair in (*_FULL, *_OFFSET) for name in pair),
)  # fmt: skip
"""Items of a packet that the footprint rests on, by name with unit."""

Values = Mapping[str, np.ndarray]
_GRAZING = 1e-6  # part of a ray's length that it must fall, so that no quotient overflows


class Footprints(NamedTuple):
    """Footprints of packets (n,), WGS84 lon lat.

    shape    polygon, or None where there is none
    how      index into HOW; −1 where there is none
    range_m  aircraft to frame centre; NaN where one is unknown
    far      whether frame centre or corners lie beyond the range that is believed
    above    whether the camera looks above the horizon
    """

    shape: np.ndarray
    how: np.ndarray
    range_m: np.ndarray
    far: np.ndarray
    above: np.ndarray


def footprints(values: Values, max_range_m: float) -> Footprints:
    """Return the ground in each picture (n,), by the first of HOW that a packet gives.

    values  arrays (n,) of the items NEEDED, NaN where a packet does not say
    """
    centre_lon, centre_lat = _known(values["frame_center_lon_deg"], values["frame_center_lat_deg"])
    sensor_lon, sensor_lat = _known(values["sensor_lon_deg"], values["sensor_lat_deg"])
    range_m = _distance_m(sensor_lon, sensor_lat, centre_lon, centre_lat)
    above = _above(values)
    far = range_m > max_range_m
    lon, lat = _corners(values, centre_lon, centre_lat, sensor_lon, sensor_lat, max_range_m)
    from_lon, from_lat = _first(centre_lon, sensor_lon), _first(centre_lat, sensor_lat)
    reach_m = _distance_m(from_lon[:, None], from_lat[:, None], lon, lat)
    wide = np.ptp(lat, axis=-1) * 111_000.0 > max_range_m  # m per degree; corners that nothing else can check
    far |= ((reach_m > max_range_m).any(axis=-1) | wide).any(axis=0)
    width_m = _first(values["target_width_m"], values["target_width_extended_m"])
    told = (width_m >= LEAST_WIDTH_M) & (width_m <= max_range_m)
    disc = _discs(centre_lon, centre_lat, np.where(told, width_m / 2, np.nan))
    shape, how = _choose([*(_polygons(*pair) for pair in zip(lon, lat, strict=True)), disc])
    lost = far | above
    shape[lost] = None
    return Footprints(shape, np.where(lost, -1, how), range_m, far, above)


def _known(lon_deg: np.ndarray, lat_deg: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return positions, NaN where they are impossible."""
    bad = bad_places(lon_deg, lat_deg)
    return np.where(bad, np.nan, lon_deg), np.where(bad, np.nan, lat_deg)


def _first(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.where(np.isnan(a), b, a)


def _distance_m(lon1: np.ndarray, lat1: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> np.ndarray:
    """Return distances in m of the shape of the positions; NaN where one is unknown."""
    lon1, lat1, lon2, lat2 = np.broadcast_arrays(lon1, lat1, lon2, lat2)
    known = np.isfinite(lon1 + lat1 + lon2 + lat2) & (np.abs(lat2) <= 90.0)
    result = np.full(known.shape, np.nan)
    result[known] = distance_m(lon1[known], lat1[known], lon2[known], lat2[known])
    return result


def _corners(
    values: Values, centre_lon: np.ndarray, centre_lat: np.ndarray, sensor_lon: np.ndarray, sensor_lat: np.ndarray,
    max_range_m: float,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Return corners (3, n, 4) deg of the first three of HOW."""
    full_lon, full_lat = (np.stack([values[pair[i]] for pair in _FULL], axis=-1) for i in (0, 1))
    add_lon, add_lat = (np.stack([values[pair[i]] for pair in _OFFSET], axis=-1) for i in (0, 1))
    stated = np.isfinite(full_lon + full_lat).all(axis=-1) | np.isfinite(
        centre_lon + centre_lat + (add_lon + add_lat).sum(axis=-1)
    )
    unstated = {"sensor_lon_deg": np.where(stated, np.nan, sensor_lon), "sensor_lat_deg": sensor_lat}
    point_lon, point_lat = corners_by_pointing({**values, **unstated}, max_range_m)
    lon = np.stack([full_lon, centre_lon[:, None] + add_lon, point_lon])
    return lon, np.stack([full_lat, centre_lat[:, None] + add_lat, point_lat])


def corners_by_pointing(values: Values, max_range_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Return lon, lat (n, 4) deg where the picture's corners, upper left first and clockwise, meet flat ground.

    The ground is a plane at the height of the frame centre, else as far below as the slant range says. NaN where the
    packet says too little, or where a corner looks above the horizon or beyond `max_range_m`.
    """
    rays = _turned(values, _corner_rays(values["sensor_hfov_deg"], values["sensor_vfov_deg"]))
    north, east, down = rays[..., 0], rays[..., 1], rays[..., 2]
    height_m = _height_m(values)[:, None]
    meets = (down > _GRAZING) & (height_m > 0)
    scale = np.divide(height_m, down, out=np.full(down.shape, np.nan), where=meets)
    range_m = np.hypot(north, east) * scale
    seen = (range_m <= max_range_m) & np.isfinite(values["sensor_lon_deg"] + values["sensor_lat_deg"])[:, None]
    lon, lat = np.full(seen.shape, np.nan), np.full(seen.shape, np.nan)
    at = np.nonzero(seen)[0]
    lon[seen], lat[seen] = destination(
        values["sensor_lon_deg"][at], values["sensor_lat_deg"][at],
        np.degrees(np.arctan2(east[seen], north[seen])), range_m[seen],
    )  # fmt: skip
    return lon, lat


def _height_m(values: Values) -> np.ndarray:
    """Return heights (n,) m of the camera above the ground that it looks at, never mixing sea level and ellipsoid."""
    above_sea = values["sensor_alt_m"] - values["frame_center_elev_m"]
    above_ellipsoid = values["sensor_ellipsoid_height_m"] - values["frame_center_ellipsoid_height_m"]
    slant_m = np.where(values["slant_range_m"] > 0, values["slant_range_m"], np.nan)
    along = -slant_m * np.sin(np.radians(boresight_elevation_deg(values)))
    return _first(_first(above_sea, above_ellipsoid), along)


def boresight_elevation_deg(values: Values) -> np.ndarray:
    """Return how far (n,) deg above the horizon the middle of the picture points; NaN where a packet does not say."""
    ahead = np.zeros((len(values["sensor_rel_az_deg"]), 1, 3))
    ahead[..., 0] = 1.0
    return np.asarray(-np.degrees(np.arcsin(np.clip(_turned(values, ahead)[:, 0, 2], -1.0, 1.0))))


def _above(values: Values) -> np.ndarray:
    """Return whether (n,) the camera looks above the horizon: by its angles, else by the heights of both ends."""
    elevation = boresight_elevation_deg(values)
    climb_m = _first(values["frame_center_elev_m"] - values["sensor_alt_m"],
                     values["frame_center_ellipsoid_height_m"] - values["sensor_ellipsoid_height_m"])  # fmt: skip
    return np.asarray(np.where(np.isnan(elevation), climb_m, elevation) > 0)


def _corner_rays(hfov_deg: np.ndarray, vfov_deg: np.ndarray) -> np.ndarray:
    """Return rays (n, 4, 3) ahead, right, down of a camera to its corners, upper left first and clockwise."""
    right, down = (np.tan(np.radians(np.where(f < 180.0, f, np.nan)) / 2) for f in (hfov_deg, vfov_deg))
    ahead = np.ones_like(right)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return np.stack([np.stack([ahead, h * right, v * down], axis=-1) for h, v in signs], axis=1)


def _turned(values: Values, rays: np.ndarray) -> np.ndarray:
    """Return rays (n, k, 3) of a camera as north, east, down: turned by mount, then by aircraft.

    Source: MISB ST 0601, items 5 to 7, 18 to 20, 90, 91: each time yaw, pitch and roll about axes that turn along.
    """
    pitch = _first(values["platform_pitch_full_deg"], values["platform_pitch_deg"])
    roll = _first(values["platform_roll_full_deg"], values["platform_roll_deg"])
    mount = _rotation(values["sensor_rel_az_deg"], values["sensor_rel_el_deg"], values["sensor_rel_roll_deg"])
    turn = _rotation(values["platform_heading_deg"], pitch, roll) @ mount
    return np.asarray(rays @ np.swapaxes(turn, 1, 2))


def _rotation(yaw_deg: np.ndarray, pitch_deg: np.ndarray, roll_deg: np.ndarray) -> np.ndarray:
    """Return rotations (n, 3, 3) of ahead, right, down: roll first, then pitch (nose up), then yaw (clockwise)."""
    (cy, cp, cr), (sy, sp, sr) = (f(np.radians([yaw_deg, pitch_deg, roll_deg])) for f in (np.cos, np.sin))
    rows = [
        [cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr],
        [sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr],
        [-sp, cp * sr, cp * cr],
    ]
    return np.moveaxis(np.array(rows), -1, 0)


def _polygons(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return valid polygons (n,) of corners (n, 4); None where a corner is unknown or beyond the 180th meridian."""
    shape = np.full(len(lon_deg), None, dtype=object)
    whole = np.isfinite(lon_deg + lat_deg).all(axis=1) & (np.abs(lon_deg) <= 180).all(axis=1)
    whole &= (np.abs(lat_deg) <= 90).all(axis=1) & (np.ptp(lon_deg, axis=1) < 180)
    shape[whole] = shapely.polygons(np.stack([lon_deg[whole], lat_deg[whole]], axis=-1))
    crossed = whole & ~shapely.is_valid(shape)
    shape[crossed] = shapely.convex_hull(shape[crossed])  # corners in another order than the standard's
    shape[whole & ~(shapely.area(shape) > 0)] = None
    return shape


def _discs(lon_deg: np.ndarray, lat_deg: np.ndarray, radius_m: np.ndarray) -> np.ndarray:
    shape = np.full(len(lon_deg), None, dtype=object)
    at = np.flatnonzero(np.isfinite(lon_deg + lat_deg) & (radius_m > 0))
    around = sectors(lon_deg[at], lat_deg[at], radius_m[at], np.zeros(len(at)), np.full(len(at), 360.0))
    west, _, east, _ = shapely.bounds(around).T if len(at) else np.empty((4, 0))
    around[east - west >= 180] = None
    shape[at] = around
    return shape


def _choose(kinds: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the first shape (n,) that there is, and of which kind it is; −1 where there is none."""
    there = ~shapely.is_missing(np.stack(kinds))
    how = np.where(there.any(axis=0), there.argmax(axis=0), -1)
    shape = np.stack(kinds)[np.maximum(how, 0), np.arange(len(how))]
    return shape, how
