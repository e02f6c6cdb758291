"""Drone metadata (MISB ST 0601): what ground the camera of a drone saw, and when."""

from collections.abc import Iterator

import numpy as np

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.sense.archive import is_zip
from trucewatch.sense.checks import PLACE_NEEDED, bad_places
from trucewatch.sense.klv_decode import Telemetry, named, telemetry
from trucewatch.sense.klv_flights import Flight, coverage, flights_of
from trucewatch.sense.klv_footprint import Footprints, footprints
from trucewatch.sense.klv_limits import KlvConfig
from trucewatch.sense.klv_packets import KEY, frames, is_transport, metadata
from trucewatch.sense.source import Source

__all__ = ["FORMAT", "detect", "flights", "raw_row", "read"]

FORMAT = "misb_st0601"
_HEAD = 1 << 16  # bytes in which the first packet must begin; a recording may start inside one


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format, bare or in an MPEG transport stream."""
    return is_transport(head) or (KEY in head[:_HEAD] and not is_zip(head))


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one packet; out of a transport stream they come joined."""
    stream, _ = metadata(data)
    found = frames(stream)
    if not 1 <= row <= len(found.start):
        raise CommandError(f"found no packet {row}; needed 1 to {len(found.start)}; ask for one of these")
    return stream[found.start[row - 1] : found.end[row - 1]]


def read(source: Source) -> Iterator[Reading]:
    """Read a flight as coverage; rows are numbered by packets, and an interval carries the number of its first."""
    table, issues = telemetry(source)
    config = source.config.klv
    seen = footprints(table.values, config.max_range_m)
    rows = coverage(source, table, seen, config)
    yield source.reading("coverage", FORMAT, rows, [*issues, *_doubts(source, table, seen, config)])


def flights(source: Source) -> list[Flight]:
    """Return the flights that a file records."""
    return flights_of(telemetry(source)[0], source.config.klv)


def _doubts(source: Source, table: Telemetry, seen: Footprints, config: KlvConfig) -> list[Issue]:
    centre, marked = _bad_position(table, "frame_center", table.invalid_centre)
    sensor, marked_sensor = _bad_position(table, "sensor", table.invalid_sensor)
    none = seen.how < 0
    silent = np.flatnonzero(none & ~centre & ~sensor & ~seen.far & ~seen.above)
    unseen = "no footprint is taken from it"
    return [
        *_positions(source, table, centre, marked, "frame centre (items 23, 24)", none),
        *_positions(source, table, sensor, marked_sensor, "sensor position (items 13, 14)", none),
        *_far(source, table, seen, config, unseen),
        *named(source, IssueKind.DOUBTFUL, table.row[seen.above], lambda _: "a camera that looks above the horizon",
               "one that looks at the ground", unseen),
        *_silent(source, table, silent),
    ]  # fmt: skip


def _bad_position(table: Telemetry, name: str, invalid: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where (n,) a position is stated and impossible, or marked as invalid, or half missing; and the marks."""
    lon, lat = table.values[f"{name}_lon_deg"], table.values[f"{name}_lat_deg"]
    return invalid | (bad_places(lon, lat) & ~(np.isnan(lon) & np.isnan(lat))), invalid


def _positions(
    source: Source, table: Telemetry, bad: np.ndarray, marked: np.ndarray, what: str, none: np.ndarray
) -> list[Issue]:
    """Return an Issue for each packet with an invalid position; apart where there is a footprint all the same."""
    issues = []
    for at, action in (
        (np.flatnonzero(bad & none), "no footprint is taken from it; check the camera's pointing"),
        (np.flatnonzero(bad & ~none), "the footprint is taken from other items"),
    ):
        words = [
            f"an invalid {what}, {'marked so by the aircraft' if marked[i] else 'missing in part or 0, 0'}" for i in at
        ]
        issues += named(source, IssueKind.DOUBTFUL, table.row[at], words.__getitem__, PLACE_NEEDED, action)
    return issues


def _far(source: Source, table: Telemetry, seen: Footprints, config: KlvConfig, action: str) -> list[Issue]:
    at = np.flatnonzero(seen.far)
    km = seen.range_m[at] / 1000

    def say(i: int) -> str:
        return (
            f"a frame centre {km[i]:.1f} km from the aircraft"
            if km[i] * 1000 > config.max_range_m
            else "corners too far"
        )

    needed = f"ground within {config.max_range_m / 1000:g} km"
    return named(source, IssueKind.DOUBTFUL, table.row[at], say, needed, action)


def _silent(source: Source, table: Telemetry, silent: np.ndarray) -> list[Issue]:
    if len(silent) == 0:
        return []
    found = f"{len(silent):,} of {len(table.row):,} packets that do not say what the camera saw"
    needed = "corners, or frame centre and width, or position, angles and height"
    return [
        source.issue(IssueKind.DOUBTFUL, found, needed, "no footprint is taken from them", int(table.row[silent[0]]))
    ]
