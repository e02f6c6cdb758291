"""From runs of samples to records of arrays: which elements belong together, on one grid of times, gaps as NaN."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from trucewatch.core.array_record import ArrayRecord
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.times import SECOND_NS
from trucewatch.sense.array_elements import ElementPlace, local_metres

__all__ = ["Piece", "array_name", "records_of"]

_BREAK_NS = 600 * SECOND_NS  # nothing at any element for longer than this: a new record
_ALONE = 3  # channels at one station are an array of its own


class Piece(NamedTuple):
    """One unbroken run of samples of one element."""

    element: str
    network: str
    station: str
    file_name: str
    start_ns: int
    rate_hz: float
    samples: np.ndarray
    place: ElementPlace | None

    @property
    def end_ns(self) -> int:
        """Time just after the last sample."""
        return self.start_ns + round(len(self.samples) / self.rate_hz * SECOND_NS)


def records_of(pieces: Sequence[Piece], array: str | None) -> tuple[tuple[ArrayRecord, ...], tuple[Issue, ...]]:
    """Return one record for each array and unbroken time, and what is wrong with its pieces."""
    issues: list[Issue] = []
    groups: dict[str, list[Piece]] = {}
    channels = Counter((p.network, p.station) for p in {p.element: p for p in pieces}.values())
    for piece in pieces:
        if len(piece.samples) == 0 or not piece.rate_hz > 0:
            issues.append(_issue(piece.file_name, f"{piece.element} without samples", "samples", "it is left out"))
            continue
        alone = channels[piece.network, piece.station] >= _ALONE
        name = array or (piece.station if alone else array_name(piece.network, piece.station))
        groups.setdefault(name, []).append(piece)
    records = []
    for name, members in sorted(groups.items()):
        alike = _of_one_rate(name, members, issues)
        records += [_record(name, part, issues) for part in _unbroken(alike)]
    return tuple(records), tuple(issues)


def array_name(network: str, station: str) -> str:
    """Return the array to which a station belongs: its name without the number at its end (BRP1, BRP2: BRP)."""
    return station.rstrip("0123456789").rstrip("_-. ") or network or station


def _issue(source: str, found: str, needed: str, action: str, kind: IssueKind = IssueKind.REJECTED) -> Issue:
    return Issue(source, kind, found, needed, action)


def _of_one_rate(name: str, pieces: list[Piece], issues: list[Issue]) -> list[Piece]:
    """Return the pieces of the sampling rate that most elements have."""
    rates = Counter(rate for _, rate in {(p.element, round(p.rate_hz, 4)) for p in pieces})
    usual = max(rates, key=lambda r: (rates[r], r))
    kept = [p for p in pieces if round(p.rate_hz, 4) == usual]
    odd = {(p.element, p.file_name): p for p in pieces if round(p.rate_hz, 4) != usual}
    for (element, file_name), piece in odd.items():
        issues.append(_issue(file_name, f"{element} with {piece.rate_hz:g} samples a second",
                             f"{usual:g}, as most elements of array {name}", "it is left out"))  # fmt: skip
    return kept


def _unbroken(pieces: list[Piece]) -> list[list[Piece]]:
    """Return the pieces in runs; between two runs no element has anything for a while."""
    runs: list[list[Piece]] = []
    end = 0
    for piece in sorted(pieces, key=lambda p: p.start_ns):
        if not runs or piece.start_ns > end + _BREAK_NS:
            runs.append([])
        runs[-1].append(piece)
        end = max(end, piece.end_ns)
    return runs


def _record(name: str, pieces: list[Piece], issues: list[Issue]) -> ArrayRecord:
    rate = pieces[0].rate_hz
    start_ns = min(p.start_ns for p in pieces)
    elements = sorted({p.element for p in pieces})
    count = max(_at(p, start_ns, rate) + len(p.samples) for p in pieces)
    kind = np.result_type(*(p.samples.dtype for p in pieces))
    samples = np.full((len(elements), count), np.nan, dtype=kind)
    lag_s = np.zeros(len(elements))
    for piece in pieces:
        row, first = elements.index(piece.element), _at(piece, start_ns, rate)
        _lay(samples[row], piece, first, issues)
        lag_s[row] = (piece.start_ns - start_ns) / SECOND_NS - first / rate
    by_element = {p.element: p.place for p in reversed(pieces)}
    places = [by_element[e] for e in elements]
    east_m, north_m, lon, lat = local_metres(places)
    # trailing zeros are not written: the element with the most decimals tells how all were rounded
    sigma = [p.sigma_m for p in places if p is not None]
    files = sorted({p.file_name for p in pieces})
    source = files[0] if len(files) == 1 else f"{files[0]} and {len(files) - 1} more"
    return ArrayRecord(name, source, start_ns, rate, tuple(elements), east_m, north_m, samples, lag_s,
                       min(sigma) if sigma else None, lon, lat)  # fmt: skip


def _at(piece: Piece, start_ns: int, rate_hz: float) -> int:
    return round((piece.start_ns - start_ns) / SECOND_NS * rate_hz)


def _lay(row: np.ndarray, piece: Piece, first: int, issues: list[Issue]) -> None:
    """Write a piece into its element's row; where samples were already there and differ, an Issue says so."""
    part = row[first : first + len(piece.samples)]
    both = np.isfinite(part) & np.isfinite(piece.samples)
    differ = int(np.count_nonzero(part[both] != piece.samples[both]))
    if differ:
        issues.append(_issue(piece.file_name, f"{piece.element} with {differ:,} samples that differ from those of "
                             "another file at the same times", "one value for each time", "the later file is used",
                             IssueKind.DOUBTFUL))  # fmt: skip
    known = np.isfinite(piece.samples)
    part[known] = piece.samples[known]
