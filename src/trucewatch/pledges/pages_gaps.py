"""The gap chart: what each band covers of each need, as bars with an open or hatched end where nobody knows."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from markupsafe import escape

from trucewatch.pledges.export import interval
from trucewatch.pledges.gaps import GapTable

__all__ = ["gap_svgs"]

_WIDTH, _LEFT, _RIGHT, _BAR, _TOP = 900.0, 150.0, 560.0, 22.0, 26.0


def gap_svgs(table: GapTable) -> list[tuple[str, str]]:
    """Return a title and a drawing for every need of every force, in the order of the table."""
    rows = [r.as_dict() for r in table.rows]
    titles = {(f["force"], f["phase"]): f for f in table.phases}
    found = []
    for (force, phase, need), group in groupby(rows, key=lambda r: (r["force"], r["phase"], r["need"])):
        words = titles.get((force, phase), {})
        title = f"{words.get('force_title', force)}, {words.get('phase_title', phase)}: {need}"
        found.append((title, _drawing(title, list(group))))
    return found


def _drawing(title: str, rows: Sequence[Mapping[str, Any]]) -> str:
    ends = [x for r in rows for x in (*r["required"], *r["covered"]) if x is not None]
    scale = (_RIGHT - _LEFT) / (max(ends, default=0) * 1.05 or 1)
    height = _TOP + _BAR * len(rows) + 10
    parts = [_required(rows[0], scale, height), *(_bar(r, i, scale) for i, r in enumerate(rows))]
    return (
        f'<svg class="gap" viewBox="0 0 {_WIDTH:.0f} {height:.0f}" width="{_WIDTH:.0f}" height="{height:.0f}" '
        f'role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )


def _required(row: Mapping[str, Any], scale: float, height: float) -> str:
    low, high = row["required"]
    ends = [x for x in (low, high) if x is not None]
    words = f"required: {interval(row['required'], row['unit'])}" if ends else "required: nobody has said how much"
    label = f'<text class="tick" x="{_LEFT:.0f}" y="14">{escape(words)}</text>'
    if not ends:
        return label
    x, width = _LEFT + ends[0] * scale, (ends[-1] - ends[0]) * scale
    foot = height - _TOP - 8
    return (
        f'{label}<rect class="required" x="{x:.1f}" y="{_TOP:.0f}" width="{max(width, 1.5):.1f}" height="{foot:.0f}"/>'
    )


def _bar(row: Mapping[str, Any], number: int, scale: float) -> str:
    low, high = row["covered"]
    y, sure = _TOP + _BAR * number, (low or 0) * scale
    possible = _RIGHT - _LEFT if high is None else high * scale
    open_end = "" if high is not None else f'<path class="open" d="M{_RIGHT:.0f} {y + 3:.1f}l7 7l-7 7"/>'
    unknown = f"; {len(row['unknown'])} of unknown size" if row["unknown"] else ""
    words = f"{row['verdict']} ({interval(row['covered'])}{unknown})"
    drawn = f'<rect class="possible" x="{_LEFT + sure:.1f}" y="{y + 4:.1f}" width="{possible - sure:.1f}" height="13"/>'
    at_least = f'<rect class="sure" x="{_LEFT:.0f}" y="{y + 4:.1f}" width="{sure:.1f}" height="13"/>'
    return (
        f'<text x="0" y="{y + 15:.1f}">{escape(row["band"])}</text>'
        f"{drawn if possible > sure else ''}{at_least}"
        f'{open_end}<text class="tick" x="{_RIGHT + 12:.0f}" y="{y + 15:.1f}">{escape(words)}</text>'
    )
