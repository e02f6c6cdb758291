"""Footprints of assets: the sector of a circle in which each can observe."""

import numpy as np
import shapely

from trucewatch.physics.geodesy import destination

__all__ = ["sectors"]

_ARC_POINTS = 49  # on a full circle the polygon's area is 0.3 % below the circle's


def sectors(
    lon_deg: np.ndarray, lat_deg: np.ndarray, range_m: np.ndarray, bearing_deg: np.ndarray, width_deg: np.ndarray
) -> np.ndarray:
    """Return polygons (n,) with geodesic radii; 360° wide is a whole circle.

    lon_deg, lat_deg         (n,) deg, the asset
    range_m                  (n,) m
    bearing_deg, width_deg   (n,) deg, centre and full angle
    """
    whole = width_deg >= 360.0
    share = np.linspace(-0.5, 0.5, _ARC_POINTS)
    azimuth = bearing_deg[:, None] + share * np.minimum(width_deg, 360.0)[:, None]
    lon, lat = destination(lon_deg[:, None], lat_deg[:, None], azimuth, range_m[:, None])
    lon, lat = lon.reshape(azimuth.shape), lat.reshape(azimuth.shape)
    lon = np.column_stack([np.where(whole, lon[:, 0], lon_deg), lon])
    lat = np.column_stack([np.where(whole, lat[:, 0], lat_deg), lat])
    return np.asarray(shapely.polygons(np.stack([lon, lat], axis=2)), dtype=object)
