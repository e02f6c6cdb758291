"""The mission's own papers: duty log, notices from the parties, and a control map of the day."""

import json
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.times import HOUR_NS, format_ns, to_datetime
from trucewatch.scenario.assets import Duty
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import LEFT, RIGHT, Ground, sides_of
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.mission import in_duty_log, rows_of_impediments
from trucewatch.scenario.sheets import Record, Sheet, in_order, label

__all__ = ["control_map", "duty_sheet", "notice_sheet"]

_DUTY_LOG = ("asset", "kind", "side", "time_from", "time_to", "lon", "lat", "range_km", "bearing_deg", "width_deg",
             "status", "p_detect", "reason", "agent", "remarks")  # fmt: skip
_NOTICES = ("party", "activity", "time_from", "time_to", "place", "lon", "lat", "radius_km", "reference", "remarks")
_HELD, _UNKNOWN = "#a52714", "#bcaaa4"  # the colours are the dialect's only statement of status
_MAP_DEPTH_M = 800_000.0
_BAND_DEG = 0.02


def duty_sheet(config: Config, ground: Ground, duties: tuple[Duty, ...], happenings: Happenings, zone: str) -> Sheet:
    """Return the duty log; intervals in which an asset was kept from its work are impediments."""
    told = rows_of_impediments(happenings)
    records = [
        Record(_duty_row(config, ground, d, zone), told.get((d.t_start_ns, d.lon_deg)) if not d.working else None,
               "duty" if d.working else "impediment", d.t_start_ns)
        for d in duties if in_duty_log(config, d)
    ]  # fmt: skip
    return Sheet("duty_log.csv", _DUTY_LOG, in_order(records))


def _duty_row(config: Config, ground: Ground, d: Duty, zone: str) -> tuple[str, ...]:
    round_view = ("", "") if d.bearing_deg is None else (f"{d.bearing_deg:.0f}", f"{d.width_deg:.0f}")
    return (
        d.asset, d.kind, ground.side_names[d.side], format_ns(d.t_start_ns, zone), format_ns(d.t_end_ns, zone),
        str(d.lon_deg), str(d.lat_deg), f"{d.range_m / 1000:g}", *round_view, d.status, f"{config.p_detect[d.kind]:g}",
        d.reason, d.agent, "",
    )  # fmt: skip


def notice_sheet(config: Config, ground: Ground, happenings: Happenings, zone: str) -> Sheet:
    """Return the notices that announced controlled detonations, and one for work that was never done."""
    rng = stream(config, "notices")
    records = [
        _notice(ground, int(i), int(happenings.side[i]), (int(happenings.t_start_ns[i]), int(happenings.t_end_ns[i])),
                (float(happenings.lon_deg[i]), float(happenings.lat_deg[i])), rng, zone)
        for i in np.flatnonzero(happenings.notified)
    ]  # fmt: skip
    if len(happenings) and len(ground.villages):
        side, at = int(rng.integers(LEFT, RIGHT + 1)), int(happenings.t_start_ns[len(happenings) // 2])
        spot = ground.villages[int(rng.integers(0, len(ground.villages)))]
        records.append(_notice(ground, None, side, (at, at), (float(spot[0]), float(spot[1])), rng, zone))
    return Sheet("notices.csv", _NOTICES, in_order(records))


def _notice(
    ground: Ground,
    row: int | None,
    side: int,
    times: tuple[int, int],
    spot: tuple[float, float],
    rng: np.random.Generator,
    zone: str,
) -> Record:
    start = (times[0] - HOUR_NS) // (HOUR_NS // 2) * (HOUR_NS // 2)
    end = -(-(times[1] + HOUR_NS) // (HOUR_NS // 2)) * (HOUR_NS // 2)
    lon, lat = (round(x + float(rng.normal(0, 0.003)), 4) for x in spot)
    values = (
        ground.side_names[side], "controlled_detonation", format_ns(start, zone), format_ns(end, zone),
        f"{lat:.4f}, {lon:.4f}", str(lon), str(lat), "2", f"N-{int(rng.integers(1000, 9999))}", "",
    )  # fmt: skip
    return Record(values, row, "notice", start)


def control_map(config: Config, ground: Ground, period_ns: tuple[int, int], zone: str) -> tuple[str, bytes]:
    """Return name and bytes of a control map: one side of the line as held, a stretch of it as unknown."""
    rng = stream(config, "notices")
    share = float(rng.uniform(0.2, 0.7))
    stretch = shapely.ops.substring(ground.line, share, share + 0.1, normalized=True)
    unknown = stretch.buffer(_BAND_DEG)
    # The map reaches far beyond the day's sector, so that its own edge is nowhere taken for a line of contact.
    halves = sides_of(ground.line, _MAP_DEPTH_M)
    held = shapely.difference(halves[LEFT if config.held_left else RIGHT], unknown)
    features = [_feature("held (synthetic)", _HELD, held), _feature("unknown status (synthetic)", _UNKNOWN, unknown)]
    body = {"type": "FeatureCollection", "synthetic": True, "name": label(config.seed), "features": features}
    day = to_datetime(period_ns[0], zone).date().isoformat()
    return f"control_map_{day}.geojson", json.dumps(body, separators=(",", ":")).encode()


def _feature(name: str, fill: str, shape: BaseGeometry) -> dict[str, Any]:
    flat = shapely.set_precision(shape, 1e-6)
    solid = shapely.force_3d(flat, 0.0)  # the dialect writes a height of 0
    style = {"fill": fill, "fill-opacity": 0.3, "stroke": fill, "stroke-width": 1.2}
    return {"type": "Feature", "geometry": shapely.geometry.mapping(solid), "properties": {"name": name, **style}}
