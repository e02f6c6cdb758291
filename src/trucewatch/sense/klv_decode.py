"""Packets of drone metadata to columns: times, platforms and the items that a footprint rests on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from tstrans.exceptions import KlvError
from tstrans.klv import SecurityClassification, UasDatalinkLs, decode_security, decode_uas_datalink

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.times import SECOND_NS, format_ns
from trucewatch.sense.checks import bad_times
from trucewatch.sense.klv_footprint import NEEDED
from trucewatch.sense.klv_packets import Frames, frames, metadata
from trucewatch.sense.source import Source
from trucewatch.sense.words import NO_INSTANT

__all__ = ["Telemetry", "named", "telemetry"]

_PLATFORM = ("platform_designation", "platform_tail_number")
_NUMBERS = attrgetter(*NEEDED)
_NAMES = attrgetter(*_PLATFORM)
_TAGS = frozenset((2, 4, 10, *range(5, 8), *range(13, 34), 75, 78, *range(82, 92), 96))  # of the items that are used
_CENTRE_TAGS, _SENSOR_TAGS = frozenset((23, 24)), frozenset((13, 14))
_CHECKSUM = b"\x01\x02"  # tag and length of the last item
_OUT = "the packet is left out; its bytes are kept"
_END_US = 1 << 52  # µs; the year 2112


@dataclass(frozen=True)
class Telemetry:
    """Packets (n,) that can be used, in the order of the file.

    row              number of the packet, from 1
    t_ns             ns UTC
    back             whether its clock stands before the packet's before it
    platform         designation and tail number, as last stated
    values           items of klv_footprint.NEEDED, NaN where a packet does not say
    invalid_centre, invalid_sensor   whether the aircraft itself marks the position as invalid
    left_out         rows (m,) of packets that cannot be used
    """

    row: np.ndarray
    t_ns: np.ndarray
    back: np.ndarray
    platform: np.ndarray
    values: dict[str, np.ndarray]
    invalid_centre: np.ndarray
    invalid_sensor: np.ndarray
    left_out: np.ndarray


class _Decoded(NamedTuple):
    """What the packets (n,) of a file say, and why the others say nothing.

    row       number of the packet
    t_ns      ns UTC or NO_INSTANT
    values    (n, items) the items NEEDED
    invalid   (n, 2) frame centre and sensor position marked as invalid
    names     designation and tail number
    faults    (row, message) of items that cannot be read
    security  first row of each security set
    refused   (row, reason)
    """

    row: np.ndarray
    t_ns: np.ndarray
    values: np.ndarray
    invalid: np.ndarray
    names: list[tuple[str | None, str | None]]
    faults: list[tuple[int, str]]
    security: dict[bytes, int]
    refused: list[tuple[int, str]]


def telemetry(source: Source) -> tuple[Telemetry, list[Issue]]:
    """Return the packets of a file that can be used, and an Issue for each that cannot or only in part."""
    stream, broken = metadata(source.data)
    found = frames(stream)
    if len(found.start) == 0:
        why = broken or ("a transport stream" if stream is not source.data else f"{len(stream):,} bytes")
        needed = "packets of the UAS datalink local set (MISB ST 0601)"
        return _columns(source, _decoded(stream, found))[0], [source.unreadable(f"{why} without a packet", needed)]
    decoded = _decoded(stream, found)
    table, issues = _columns(source, decoded)
    first = (
        [] if broken is None else [source.issue(IssueKind.DOUBTFUL, broken, "a whole stream", "read as far as it goes")]
    )
    return table, [*first, *_stray(source, found), *_refused(source, decoded), *issues, *_contents(source, decoded)]


def named(
    source: Source, kind: IssueKind, rows: np.ndarray, say: Callable[[int], str], needed: str, action: str
) -> list[Issue]:
    """Return an Issue for each row (n,), in the words of `say` about its index."""
    found = [say(i) for i in range(min(len(rows), source.config.issues_per_kind))]
    return source.issues(kind, rows, found, needed, action)


def _decoded(stream: bytes, found: Frames) -> _Decoded:
    n = len(found.start)
    d = _Decoded(
        np.zeros(n, np.int64), np.zeros(n, np.int64), np.full((n, len(NEEDED)), np.nan), np.zeros((n, 2), bool),
        [], [], {}, [],
    )  # fmt: skip
    pieces = zip(found.start.tolist(), found.end.tolist(), found.fault, strict=True)
    for row, (start, end, fault) in enumerate(pieces, 1):
        packet, k = stream[start:end], len(d.names)
        if fault is not None or packet[-4:-2] != _CHECKSUM:
            d.refused.append((row, fault or "a packet that does not end with its checksum"))
            continue
        try:
            s = decode_uas_datalink(packet)
        except KlvError as error:
            d.refused.append((row, str(error)))
            continue
        d.row[k], d.t_ns[k], d.values[k] = row, _t_ns(s), _NUMBERS(s)
        _add_rare(d, row, s)
    k = len(d.names)
    return d._replace(row=d.row[:k], t_ns=d.t_ns[:k], values=d.values[:k], invalid=d.invalid[:k])


def _add_rare(d: _Decoded, row: int, s: UasDatalinkLs) -> None:
    """Add to the lists what is no number of every packet."""
    if s.sentinel_tags:
        d.invalid[len(d.names)] = [not tags.isdisjoint(s.sentinel_tags) for tags in (_CENTRE_TAGS, _SENSOR_TAGS)]
    d.names.append(_NAMES(s))
    faults = [e.message for e in s.field_errors if e.tag in _TAGS]
    if faults:
        d.faults.append((row, "; ".join(faults)))
    if s.security_local_set is not None:
        d.security.setdefault(s.security_local_set, row)


def _stray(source: Source, found: Frames) -> list[Issue]:
    """Return Issues about bytes before the first packet and between packets."""
    at, size = (np.array([piece[k] for piece in found.stray], dtype=np.int64) for k in (0, 1))
    needed, action = "packet after packet", "skipped; their bytes are kept"
    ahead = at < found.start[0]
    rows, after = np.searchsorted(found.start, at[~ahead], side="right"), size[~ahead]
    return [
        *(
            source.issue(IssueKind.DOUBTFUL, f"{n:,} bytes before the first packet", needed, action)
            for n in size[ahead]
        ),
        *named(source, IssueKind.DOUBTFUL, rows, lambda i: f"{after[i]:,} bytes after this packet", needed, action),
    ]


def _refused(source: Source, decoded: _Decoded) -> list[Issue]:
    rows = np.array([row for row, _ in decoded.refused], dtype=np.int64)
    needed = "a whole packet of MISB ST 0601 with its checksum"
    return named(source, IssueKind.REJECTED, rows, lambda i: decoded.refused[i][1], needed, _OUT)


def _columns(source: Source, d: _Decoded) -> tuple[Telemetry, list[Issue]]:
    """Return the columns of the packets whose time can be believed."""
    bad = bad_times(d.t_ns, source.config)
    keep = np.flatnonzero(~bad)
    t_ns, values = d.t_ns[keep], d.values[keep]
    platform, unnamed = _platforms(source, [d.names[i] for i in keep])
    table = Telemetry(
        d.row[keep], t_ns, np.diff(t_ns, prepend=t_ns[:1]) < 0, platform,
        {name: np.ascontiguousarray(values[:, k]) for k, name in enumerate(NEEDED)},
        d.invalid[keep, 0], d.invalid[keep, 1],
        np.sort(np.concatenate([d.row[bad], np.array([row for row, _ in d.refused], dtype=np.int64)])),
    )  # fmt: skip
    return table, [*_bad_clocks(source, d.row[bad], d.t_ns[bad]), *_jumps(source, table), *unnamed]


def _t_ns(s: UasDatalinkLs) -> int:
    """Return ns UTC of a packet; its time stamp counts leap seconds only where it says how many (item 136).

    Source: MISB ST 0601, items 2, 136, 137. All leap seconds so far were inserted, so UTC lies behind the count.
    """
    if s.timestamp_us is None:
        return NO_INSTANT
    t_us = s.timestamp_us + (s.correction_offset_us or 0) - abs(s.leap_seconds or 0) * 1_000_000
    return t_us * 1000 if abs(t_us) < _END_US else NO_INSTANT


def _bad_clocks(source: Source, rows: np.ndarray, t_ns: np.ndarray) -> list[Issue]:
    first, last = source.config.year_min, source.config.year_max
    needed = f"a time stamp (item 2) of the years {first} to {last} that is not in the future"
    return named(source, IssueKind.REJECTED, rows, lambda i: _said(int(t_ns[i])), needed, _OUT)


def _said(t_ns: int) -> str:
    return "no time stamp, or one that no clock shows" if t_ns == NO_INSTANT else f"the time {format_ns(t_ns)}"


def _jumps(source: Source, table: Telemetry) -> list[Issue]:
    at = np.flatnonzero(table.back)
    back_s = (table.t_ns[at - 1] - table.t_ns[at]) / SECOND_NS
    return named(
        source, IssueKind.DOUBTFUL, table.row[at],
        lambda i: f"a clock that goes back by {back_s[i]:.3f} s to {format_ns(int(table.t_ns[at[i]]))}",
        "time stamps that go on", "both stretches are kept; compare the aircraft's clock",
    )  # fmt: skip


def _platforms(source: Source, names: Sequence[tuple[str | None, str | None]]) -> tuple[np.ndarray, list[Issue]]:
    """Return names (n,); what a packet leaves out was said before it, or at the start is said after it."""
    parts = [_filled([pair[k] for pair in names]) for k in (0, 1)]
    said = [" ".join(filter(None, pair)) for pair in zip(*parts, strict=True)]
    known = np.array([name or f"unnamed aircraft of {source.file_name}" for name in said], dtype=object)
    if not said or any(said):
        return known, []
    needed = "a platform designation (item 10) or tail number (item 4)"
    return known, [source.issue(IssueKind.DOUBTFUL, "no name of the aircraft", needed, "the file's name stands for it")]


def _filled(words: Sequence[str | None]) -> list[str | None]:
    result: list[str | None] = []
    last = next(filter(None, words), None)
    for word in words:
        last = word or last
        result.append(last)
    return result


def _contents(source: Source, d: _Decoded) -> list[Issue]:
    """Return Issues about items that cannot be read, and one for each classification above UNCLASSIFIED."""
    rows = np.array([row for row, _ in d.faults], dtype=np.int64)
    needed, action = "items as MISB ST 0601 lays them out", "they stay unknown"
    items = named(source, IssueKind.DOUBTFUL, rows, lambda i: d.faults[i][1], needed, action)
    said: dict[str, int] = {}
    for security, row in d.security.items():
        word = _classification(security)
        if word is not None:
            said.setdefault(word, row)
    needed, action = "UNCLASSIFIED, or the owner's release", "read all the same; ask the owner who may see it"
    return [*items, *(source.issue(IssueKind.DOUBTFUL, word, needed, action, row) for word, row in said.items())]


def _classification(security: bytes) -> str | None:
    """Return what a security set (MISB ST 0102) says about secrecy; None where nothing speaks against reading on."""
    try:
        level = decode_security(security).security_classification
    except KlvError as error:
        return f"a security set that cannot be read ({error})"
    if level is SecurityClassification.UNCLASSIFIED:
        return None
    word = level.name.replace("_", " ") if isinstance(level, SecurityClassification) else f"{level}"
    return f"the classification {word}" if level is not None else "a security set without a classification"
