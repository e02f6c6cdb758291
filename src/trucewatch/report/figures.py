"""Count a period: the same sums for this one and the one before."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from trucewatch.core.records import Incident, Status
from trucewatch.core.sight import CoverageReport, CoverageShare
from trucewatch.report.records import Figures, Range

__all__ = ["figures", "live", "persons", "seen_fraction"]

_GONE = frozenset({Status.MERGED, Status.RETIRED})


def live(incidents: Iterable[Incident]) -> tuple[Incident, ...]:
    """Return the incidents that count: merged and retired ones live on in others or not at all."""
    return tuple(i for i in incidents if i.status not in _GONE)


def figures(
    incidents: Sequence[Incident], area_of: Mapping[str, str], impediments: int | None = None, seen: float | None = None
) -> Figures:
    """Return the counts of a period from its incidents."""
    counted = live(incidents)
    p = np.array([i.p_real for i in counted], dtype=np.float64)
    areas = Counter(area_of.get(i.incident_id, "") for i in counted)
    killed = persons((i.casualties.killed_low, i.casualties.killed_high) for i in counted)
    injured = persons((i.casualties.injured_low, i.casualties.injured_high) for i in counted)
    spread = float(np.sqrt((p * (1 - p)).sum()))
    return Figures(len(counted), float(p.sum()), spread, dict(areas), killed, injured, impediments, seen)


def persons(bounds: Iterable[tuple[int | None, int | None]]) -> Range:
    """Return the sum of ranges of persons; who says nothing adds nothing and is not counted as zero."""
    stated = [b for b in bounds if b != (None, None)]
    highs = [high for _, high in stated]
    low = sum(low or 0 for low, _ in stated)
    return Range(low, None if None in highs else sum(h or 0 for h in highs), len(stated))


def seen_fraction(coverage: CoverageReport | None, area: str | None = None, side: str | None = None) -> float | None:
    """Return the fraction of area × time that any asset could see, weighted by area; None where it is not known.

    Without an area the whole report is meant; an area or side that the report does not name is not known.
    """
    shares = [s for s in _union(coverage) if area in (None, s.area) and side in (None, s.side)]
    whole = [s for s in shares if s.side is None] or shares
    weights = np.array([s.area_km2 for s in whole])
    if not len(whole) or weights.sum() <= 0:
        return None
    return float(np.average([s.fraction or 0.0 for s in whole], weights=weights))


def _union(coverage: CoverageReport | None) -> list[CoverageShare]:
    shares = coverage.shares if coverage is not None else ()
    return [s for s in shares if s.asset_kind == "all" and s.fraction is not None]
