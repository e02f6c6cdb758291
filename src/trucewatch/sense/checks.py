"""Which rows can be used: possible coordinates, possible times, and rows that repeat another."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.times import SECOND_NS
from trucewatch.sense.limits import Config
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section

__all__ = ["DAY_NEEDED", "LEFT_OUT", "PLACE_NEEDED", "TIME_NEEDED", "Fault", "bad_days", "bad_places", "bad_times",
           "states", "usable"]  # fmt: skip

LEFT_OUT = "the row is left out; correct it and send the file again"
PLACE_NEEDED = "a longitude within ±180° and a latitude within ±90°, not both 0"
DAY_NEEDED = "a date of the years {0} to {1} that is not in the future"
TIME_NEEDED = "a date and time of the years {0} to {1} that is not in the future"


class Fault(NamedTuple):
    """Rows (n,) that cannot be used, the words to show from them, and what was needed."""

    bad: np.ndarray
    shown: Mapping[str, pa.Array]
    needed: str


def bad_places(lon_deg: np.ndarray, lat_deg: np.ndarray) -> np.ndarray:
    """Return where (n,) a position is missing, off the Earth, or the 0, 0 of an unset form."""
    possible = (np.abs(lon_deg) <= 180.0) & (np.abs(lat_deg) <= 90.0) & ((lon_deg != 0.0) | (lat_deg != 0.0))
    return np.asarray(~possible)


def bad_days(days: np.ndarray, config: Config) -> np.ndarray:
    """Return where (n,) a datetime64[D] is missing, outside the believable years, or later than the latest moment."""
    first = np.datetime64(f"{config.year_min}-01-01", "D")
    last = np.datetime64(f"{config.year_max}-12-31", "D")
    if config.not_after_ns is not None:
        # A day begins up to 14 h earlier in some zone than in UTC.
        last = min(last, np.datetime64((config.not_after_ns // SECOND_NS) + 14 * 3600, "s").astype("datetime64[D]"))
    return np.asarray(~((days >= first) & (days <= last)))


def bad_times(t_start_ns: np.ndarray, config: Config, planned: bool = False) -> np.ndarray:
    """Return where (n,) a start in ns UTC lies outside the believable years or, unless planned, in the future."""
    if planned:
        config = replace(config, not_after_ns=None)
    days = t_start_ns.astype("datetime64[ns]").astype("datetime64[D]")
    late = np.zeros(len(days), dtype=bool) if config.not_after_ns is None else t_start_ns > config.not_after_ns
    return np.asarray(bad_days(days, config) | late)


def usable(
    source: Source, section: Section, faults: Sequence[Fault], keys: Sequence[str | None] | None = None
) -> tuple[np.ndarray, list[Issue]]:
    """Return the indices of rows without a fault, and an Issue for each of the others; its first fault names it."""
    left = np.ones(len(section.row), dtype=bool)
    issues: list[Issue] = []
    for bad, shown, needed in faults:
        at = np.flatnonzero(bad & left)
        left[at] = False
        if len(at):
            named = at[: source.config.issues_per_kind]
            found = _found(shown, named)
            key = [keys[i] for i in named] if keys is not None else None
            issues += source.issues(IssueKind.REJECTED, section.row[at], found, needed, LEFT_OUT, key)
    return np.flatnonzero(left), issues


def _found(shown: Mapping[str, pa.Array], at: np.ndarray) -> list[str]:
    columns = {name: words.take(pa.array(at)).to_pylist() for name, words in shown.items()}
    return [
        ", ".join(
            f"{name} {values[i]!r}" if values[i] is not None else f"no {name}" for name, values in columns.items()
        )
        for i in range(len(at))
    ]


def states(
    source: Source, section: Section, keep: np.ndarray, twin: np.ndarray | None = None
) -> tuple[pa.Array, list[Issue]]:
    """Return the state of each kept row, accepted or duplicate, and an Issue for each duplicate."""
    first = (section.twin if twin is None else twin)[keep]
    again = np.flatnonzero(first)
    found = [f"the same as row {n}" for n in first[again[: source.config.issues_per_kind]].tolist()]
    issues = source.issues(
        IssueKind.DUPLICATE, section.row[keep[again]], found, "each record once", "kept, and counted once"
    )
    return pa.array(np.where(first > 0, "duplicate", "accepted")), issues
