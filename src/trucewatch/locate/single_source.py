"""Events of one source each: they carry the place and the time that their source gave."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.errors import ConfigError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.tables import DETECTIONS, EVENTS, OBSERVATIONS

__all__ = ["Config", "locate"]

_COPIED = (
    "source", "file_sha256", "row", "native_key", "project", "group", "t_start_ns", "t_end_ns", "t_sigma_s",
    "place_kind", "lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "width_deg", "parts",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Config:
    """Threshold of what becomes an event.

    least_p   detections below this probability make no event; 0 keeps all, as the record should
    """

    least_p: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is no probability."""
        if not 0 <= self.least_p < 1:
            raise ConfigError(f"found locate.least_p = {self.least_p}; needed 0 <= least_p < 1; correct it")


def locate(
    observations: pa.Table, detections: pa.Table, config: Config | None = None
) -> tuple[pa.Table, tuple[Issue, ...]]:
    """Return one event for each detected observation, in the order of the observations, and the issues met.

    A duplicate makes no event; an unknown place stays unknown; where several detectors took up one observation the
    most probable detection counts. The columns of the network association stay null.
    """
    config = config or Config()
    OBSERVATIONS.check(observations)
    DETECTIONS.check(detections)
    chosen = _one_each(detections, observations.num_rows, config.least_p)
    accepted = pc.equal(observations.column("state"), "accepted").combine_chunks().to_numpy(zero_copy_only=False)
    chosen = chosen.filter(pa.array(accepted[integers(chosen, "observation")]))
    return _events(observations, chosen), _issues(observations, integers(detections, "observation"), accepted)


def _one_each(detections: pa.Table, rows: int, least_p: float) -> pa.Table:
    """Return the most probable detection of each observation, by ascending observation."""
    observation, p = integers(detections, "observation"), numbers(detections, "p_anomaly")
    if len(observation) and not (observation.min() >= 0 and observation.max() < rows):
        raise ValueError(f"found a detection of observation {observation.max()}; needed rows below {rows}")
    known = np.nan_to_num(p, nan=-1.0)
    order = np.lexsort((strings(detections, "detector"), -known, observation))
    first = np.diff(observation[order], prepend=-1) != 0
    enough = ~(p[order] < least_p)  # an unknown probability is kept
    return detections.take(pa.array(order[first & enough]))


def _events(observations: pa.Table, chosen: pa.Table) -> pa.Table:
    origin = observations.select([*_COPIED, "class"]).take(chosen.column("observation"))
    copied = {name: origin.column(name) for name in _COPIED}
    found = {
        "event": np.arange(chosen.num_rows),
        "observation": chosen.column("observation"),
        "class": pc.coalesce(chosen.column("class"), origin.column("class")),
        "p_real": chosen.column("p_anomaly"),
        "background_per_km2_day": chosen.column("background_per_km2_day"),
    }
    return EVENTS.table(copied | found, chosen.num_rows)


def _issues(observations: pa.Table, detected: np.ndarray, accepted: np.ndarray) -> tuple[Issue, ...]:
    missed = accepted.copy()
    missed[detected] = False
    if not missed.any():
        return ()
    first = int(np.flatnonzero(missed)[0])
    return (Issue(
        observations.column("source")[first].as_py(), IssueKind.DOUBTFUL,
        f"{np.count_nonzero(missed):,} accepted observations that no detector took up", "a detection of each",
        "they make no event; run every detector", observations.column("row")[first].as_py(),
    ),)  # fmt: skip
