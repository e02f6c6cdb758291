"""Which picks can be used, and what the stations' delays say about the stations."""

from collections.abc import Sequence

import numpy as np

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.locate.seismic.config import SeismicConfig

__all__ = ["checked", "odd_delays"]

SOURCE = "seismic picks"
LEAST_STATIONS = 3
ODD_SIGMAS = 4.0


def checked(
    t_ns: np.ndarray, station_index: np.ndarray, phase: np.ndarray, lon_deg: np.ndarray, lat_deg: np.ndarray
) -> tuple[np.ndarray, tuple[Issue, ...]]:
    """Return the rows of the picks that can be used, in order, and an Issue for each kind of those that cannot."""
    station, names = np.asarray(station_index), np.asarray(phase)
    if not len(names) == len(station) == len(t_ns):
        raise ValueError(f"found {len(t_ns)} times, {len(station)} stations, {len(names)} phases; needed equally many")
    placed = np.append(np.isfinite(np.asarray(lon_deg) + np.asarray(lat_deg)), False)  # the last is no station
    known = placed[np.where((station >= 0) & (station < len(lon_deg)), station, -1)]
    seismic = (names == "P") | (names == "S")
    rows = np.flatnonzero(known & seismic)
    _, first = np.unique(np.stack([np.asarray(t_ns)[rows], 2 * station[rows] + (names[rows] == "S")]), axis=1,
                         return_index=True)  # fmt: skip
    issues = [
        _issue(
            IssueKind.REJECTED, int(np.sum(~known)), "of unknown stations", "a station of the network with its place"
        ),
        _issue(IssueKind.REJECTED, int(np.sum(known & ~seismic)), "of another phase", "P or S"),
        _issue(IssueKind.DUPLICATE, len(rows) - len(first), "given twice", "each pick once"),
    ]
    working = len(np.unique(station[rows]))
    if 0 < working < LEAST_STATIONS:
        found = f"picks at {working} stations"
        few = Issue(SOURCE, IssueKind.REJECTED, found, f"at least {LEAST_STATIONS}", "no events are sought")
        return rows[:0], (*(i for i in issues if i), few)
    return rows[np.sort(first)], tuple(i for i in issues if i)


def odd_delays(delay_s: np.ndarray, names: Sequence[str], config: SeismicConfig) -> tuple[Issue, ...]:
    """Return an Issue for each station whose delay (keys,) s says that its clock, place or height is wrong:
    greater than `odd_delay_s` and more than `ODD_SIGMAS` robust standard deviations off the others, in P or S."""
    pairs = delay_s.reshape(-1, 2)
    off = np.abs(pairs - np.median(pairs, axis=0))
    scatter = 1.4826 * np.median(off, axis=0)
    odd = ((off > ODD_SIGMAS * scatter) & (off > config.odd_delay_s)).any(axis=1)
    return tuple(
        Issue(SOURCE, IssueKind.DOUBTFUL, f"station {names[int(k)]} late by {pairs[k, 0]:+.2f} s in P and "
              f"{pairs[k, 1]:+.2f} s in S", "a delay like that of the others",
              "taken off; check its clock, place and height")
        for k in np.flatnonzero(odd)
    )  # fmt: skip


def _issue(kind: IssueKind, count: int, what: str, needed: str) -> Issue | None:
    return Issue(SOURCE, kind, f"{count} picks {what}", needed, "left out") if count else None
