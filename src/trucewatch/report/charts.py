"""The chart by day and the map of coverage."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from markupsafe import escape

from trucewatch.core.sight import CoverageReport
from trucewatch.core.times import DAY_NS, to_datetime
from trucewatch.physics.geodesy import metres_per_degree
from trucewatch.report.catalogue import Catalogue
from trucewatch.report.config import Config
from trucewatch.report.drawing import Frame, geometry_path, small, svg, text
from trucewatch.report.map import background
from trucewatch.report.precision import day_edges
from trucewatch.report.records import DailyReport, DayCoverage, MapLayers
from trucewatch.report.view import Figure

__all__ = ["coverage_map", "trend"]

_CLASSES = (0.0, 0.05, 0.2, 0.5)  # upper bounds of the shades, the last one open
_PLOT = (56.0, 900.0, 14.0, 190.0, 222.0, 282.0)  # left, right, top, foot of the bars; top, foot of the coverage bars


def coverage_map(report: CoverageReport, layers: MapLayers, catalogue: Catalogue, config: Config) -> Figure | None:
    """Return the coarse cells shaded by the share of time that could be seen; None where there are none."""
    c, n = catalogue, len(report.cell_fraction)
    if not n:
        return None
    lon, lat = report.cell_lon_deg, report.cell_lat_deg
    per_lon, per_lat = metres_per_degree(lat)
    half_lon, half_lat = report.cell_km * 500 / per_lon, report.cell_km * 500 / per_lat
    bounds = (float((lon - half_lon).min()), float((lat - half_lat).min()),
              float((lon + half_lon).max()), float((lat + half_lat).max()))  # fmt: skip
    frame = Frame.around(bounds, config.map_width_px, config.map_least_km)
    left, top = frame.px(lon - half_lon, lat + half_lat)
    right, foot = frame.px(lon + half_lon, lat - half_lat)
    boxes = np.column_stack([left, top, right - left, foot - top])
    shade = np.searchsorted(_CLASSES, np.nan_to_num(report.cell_fraction), side="left")
    cells = [_cells(boxes[shade == k], k) for k in range(len(_CLASSES) + 1)]
    lines = [f'<path class="contact" d="{geometry_path(x.line, frame)}"/>' for x in layers.contact_lines]
    edges = [f'<path class="country-edge" d="{geometry_path(layers.outline, frame)}"/>'] if layers.outline else []
    km = c.number(report.cell_km)
    title = c.text("coverage.map", km=km)
    drawn = svg("seen", (frame.width, frame.height), title, c.text("coverage.map.describe", n=n, km=km),
                [*background(layers, frame, "seen"), *cells, *edges, *lines], "map coverage")  # fmt: skip
    return Figure(title, drawn, _shades(c))


def _cells(boxes: np.ndarray, shade: int) -> str:
    data = "".join(f"M{x:.1f} {y:.1f}h{w:.1f}v{h:.1f}h-{w:.1f}z" for x, y, w, h in boxes.tolist())
    return f'<path class="cell shade-{shade}" d="{data}"/>' if data else ""


def _shades(c: Catalogue) -> tuple[tuple[str, str], ...]:
    words = [c.text("coverage.class.none"), c.text("coverage.class.below", high=c.number(100 * _CLASSES[1]))]
    words += [c.text("coverage.class.between", low=c.number(100 * a), high=c.number(100 * b))
              for a, b in pairwise(_CLASSES[1:])]  # fmt: skip
    words.append(c.text("coverage.class.above", low=c.number(100 * _CLASSES[-1])))
    boxes = (f'<path class="cell shade-{k}" d="M1 3H21V19H1Z"/>' for k in range(len(words)))
    return tuple(zip((small(b, "coverage") for b in boxes), words, strict=True))


def trend(
    day: DailyReport, starts_ns: np.ndarray, ends_ns: np.ndarray, basis: str, catalogue: Catalogue, config: Config
) -> Figure | None:
    """Return bars of incidents by day over bars of what could be seen; None for a period of at most two days.

    starts_ns, ends_ns  (n,) int64 ns UTC; an incident stands on the first day of its interval

    A long period is summed by seven days.
    """
    c, zone = catalogue, day.agreement.time_zone
    edges = day_edges(day.period_ns, zone)
    if len(edges) <= 3:
        return None
    step = 1 if len(edges) - 1 <= config.trend_bars else 7
    edges = np.append(edges[:-1][::step], edges[-1])
    counts = np.histogram(np.clip(starts_ns, edges[0], edges[-1] - 1), edges)[0]
    beneath, unit = _beneath(day.days, edges)
    names = [f"{to_datetime(int(e), zone):%Y-%m-%d}" for e in edges[:-1]]
    words = c.text("trend.no_coverage") if unit is None else c.text(f"trend.{unit}")
    parts = [*_axis(counts, c.text("trend.incidents")), *_bars(counts, c), *_under(beneath, words, c), *_dates(names)]
    title = c.text("trend.caption" if step == 1 else "trend.caption.week")
    told = c.text("trend.describe", first=names[0], last=names[-1], least=c.number(int(counts.min())),
                  most=c.number(int(counts.max())), peak=names[int(counts.argmax())], beneath=words)  # fmt: skip
    unclear = int((ends_ns - starts_ns > DAY_NS + DAY_NS // 24).sum())
    cross = (c.text("trend.cross"),) if np.isnan(beneath).any() else ()
    notes = (*cross, *((c.text("trend.lost", n=unclear),) if unclear else ()))
    return Figure(title, svg("trend", (920, 320), title, told, parts, "trend"), basis=basis, notes=notes)


def _beneath(days: Sequence[DayCoverage], edges: np.ndarray) -> tuple[np.ndarray, str | None]:
    """Sum (n,) of passes, else of hours seen, by bar; NaN where nothing is known."""
    unit = next((u for u in ("passes", "hours_seen") if any(getattr(d, u) is not None for d in days)), None)
    sums = np.full(len(edges) - 1, np.nan)
    for d in days:
        k = int(np.searchsorted(edges, d.t_start_ns, side="right")) - 1
        value = None if unit is None else getattr(d, unit)
        if value is not None and 0 <= k < len(sums):
            sums[k] = np.nan_to_num(sums[k]) + value
    return sums, "hours" if unit == "hours_seen" else unit


def _columns(n: int) -> tuple[np.ndarray, float]:
    left, right = _PLOT[:2]
    pitch = (right - left) / n
    return left + pitch * np.arange(n) + 0.12 * pitch, 0.76 * pitch


def _bars(counts: np.ndarray, c: Catalogue) -> list[str]:
    x, width = _columns(len(counts))
    _, _, top, foot, *_ = _PLOT
    height = counts / _ceiling(counts) * (foot - top)
    bars = "".join(f"M{a:.1f} {foot:.1f}v-{h:.1f}h{width:.1f}v{h:.1f}z" for a, h in zip(x, height, strict=True))
    drawn = [f'<path class="bar" d="{bars}"/>']
    if len(counts) <= 31:
        drawn += [text(c.number(int(n)), a + width / 2, foot - h - 4, "bar-number", "middle")
                  for a, h, n in zip(x, height, counts, strict=True)]  # fmt: skip
    return drawn


def _ceiling(counts: np.ndarray) -> float:
    """The least round number that no bar exceeds; its half is whole."""
    most = max(float(np.nanmax(counts, initial=0)), 1.0)
    power = 10.0 ** np.floor(np.log10(most))
    steps = (1, 2, 3, 4, 5, 6, 8, 10) if power > 1 else (2, 4, 6, 8, 10)
    return float(next(m * power for m in steps if m * power >= most))


def _axis(counts: np.ndarray, label: str) -> list[str]:
    left, right, top, foot, *_ = _PLOT
    high = _ceiling(counts)
    drawn = []
    for value in (0.0, high / 2, high):
        y = foot - value / high * (foot - top)
        drawn.append(f'<path class="grid" d="M{left:.0f} {y:.1f}H{right:.0f}"/>')
        drawn.append(text(f"{value:g}", left - 6, y + 4, "tick", "end"))
    turned = f'<text class="tick" transform="translate(14 {(top + foot) / 2:.0f}) rotate(-90)" text-anchor="middle">'
    return [*drawn, f"{turned}{escape(label)}</text>"]


def _under(values: np.ndarray, words: str, c: Catalogue) -> list[str]:
    """Bars that hang down; days of which nothing is known are marked by a cross."""
    left, right, _, _, top, foot = _PLOT
    x, width = _columns(len(values))
    height = np.nan_to_num(values) / _ceiling(values) * (foot - top) if np.isfinite(values).any() else values * 0
    bars = "".join(
        f"M{a:.1f} {top:.1f}v{h:.1f}h{width:.1f}v-{h:.1f}z" if np.isfinite(v)
        else f"M{a + width / 2 - 2:.1f} {top + 4:.1f}l4 4m0 -4l-4 4"
        for a, h, v in zip(x, height, values, strict=True)
    )  # fmt: skip
    most = [text(c.number(_ceiling(values)), left - 6, foot, "tick", "end")] if np.isfinite(values).any() else []
    return [f'<path class="grid" d="M{left:.0f} {top:.1f}H{right:.0f}"/>', f'<path class="under" d="{bars}"/>', *most,
            text(words, left, top - 5, "tick")]  # fmt: skip


def _dates(names: Sequence[str]) -> list[str]:
    x, width = _columns(len(names))
    every = max(1, int(np.ceil(len(names) / 10)))
    return [text(names[k], x[k] + width / 2, 306, "tick", "middle") for k in range(0, len(names), every)]
