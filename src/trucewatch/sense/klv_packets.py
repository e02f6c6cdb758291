"""Where the packets of a stream of drone metadata begin and end; MPEG transport streams are unwrapped first."""

import re
from typing import NamedTuple

import numpy as np
from tstrans.exceptions import DemuxError
from tstrans.klv import ST_0601_UL
from tstrans.mpegts import Demuxer, DemuxEvent

__all__ = ["Frames", "frames", "is_transport", "metadata"]

KEY = ST_0601_UL  # universal label of the UAS datalink local set, MISB ST 0601
_KEYS = re.compile(re.escape(KEY))
_TRANSPORT_BYTES = 188  # of one packet of ISO/IEC 13818-1
_SYNC = 0x47
_SYNCS = 5  # packets in a row that must begin with the sync byte
_CHUNK = 1 << 20
_LONGEST_LENGTH = 4  # bytes of a BER length; 4 GiB


class Frames(NamedTuple):
    """Packets (n,) of a stream in order, each from a key on.

    start, end  offsets of the packet's bytes
    fault       why the packet has no end; None where it has one
    stray       (offset, bytes) of what lies between packets and belongs to none
    """

    start: np.ndarray
    end: np.ndarray
    fault: list[str | None]
    stray: list[tuple[int, int]]


def is_transport(data: bytes) -> bool:
    """Return whether these bytes begin like an MPEG transport stream."""
    syncs = data[: _SYNCS * _TRANSPORT_BYTES : _TRANSPORT_BYTES]
    return len(syncs) >= 3 and set(syncs) == {_SYNC}


def metadata(data: bytes) -> tuple[bytes, str | None]:
    """Return the metadata of a transport stream, or the bytes as they are; and why a stream could not be followed."""
    if not is_transport(data):
        return data, None
    demuxer, view, payloads = Demuxer(), memoryview(data), []
    try:
        for at in range(0, len(data), _CHUNK):
            demuxer.feed(view[at : at + _CHUNK])
            payloads += _payloads(demuxer)
        demuxer.flush()
        payloads += _payloads(demuxer)
    except DemuxError as error:
        return b"".join(payloads), f"a transport stream that breaks off ({error})"
    return b"".join(payloads), None


def _payloads(demuxer: Demuxer) -> list[bytes]:
    return [event.payload for event in demuxer if isinstance(event, DemuxEvent.Metadata)]


def frames(stream: bytes) -> Frames:
    """Return the packets of a stream; a key inside a packet means that its length is damaged, and begins the next one.

    Source: SMPTE ST 336 (16-byte key, BER length, value).
    """
    starts = [m.start() for m in _KEYS.finditer(stream)]
    stops = [*starts[1:], len(stream)][: len(starts)]
    extents = [_extent(stream, start, stop) for start, stop in zip(starts, stops, strict=True)]
    ends = [end for end, _ in extents]
    stray = [(end, stop - end) for end, stop in zip(ends, stops, strict=True) if end < stop]
    if starts and starts[0] > 0:
        stray.insert(0, (0, starts[0]))
    fault = [why for _, why in extents]
    return Frames(np.array(starts, np.int64), np.array(ends, np.int64), fault, stray)


def _extent(stream: bytes, start: int, stop: int) -> tuple[int, str | None]:
    """Return where a packet ends, and why it does so too early."""
    at = start + len(KEY)
    first = stream[at] if at < stop else 0
    at += 1
    if first < 0x80:
        length = first
    else:
        size = first & 0x7F
        if not 0 < size <= _LONGEST_LENGTH:
            return stop, f"a length of {size} bytes"
        length = int.from_bytes(stream[at : at + size], "big")
        at += size
    if at + length <= stop:
        return at + length, None
    return stop, f"a packet of {at + length - start:,} bytes of which {stop - start:,} are there"
