"""Waveforms of arrays: miniSEED, SAC and WAV through ObsPy's readers, places from headers, StationXML or a list.

ObsPy is the optional extra `waveforms`; it is imported where it is needed.
"""

import io
import re
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from trucewatch.core.array_record import ArrayRecord
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.times import SECOND_NS, from_datetime
from trucewatch.sense.array_elements import ElementPlace, rounding_m
from trucewatch.sense.array_grid import Piece, records_of

__all__ = ["read_waveforms"]

_NEEDED = "miniSEED, SAC, WAV or StationXML"
_XML_HEAD = b"FDSNStationXML"
_HEAD_BYTES = 4096
_SAC_HEADER = 632  # bytes
_SEED = re.compile(rb"[0-9 \x00]{6}[DRQMVAST][ \x00]")
_STAMP = re.compile(r"(?<!\d)(\d{8})[T_-]?(\d{6})(?!\d)")
_UNSET_SAC = -12345.0  # SAC manual: value of a header field that is not set


class _Read(NamedTuple):
    pieces: list[Piece]
    inventories: list[Any]
    issues: list[Issue]


def read_waveforms(
    paths: Sequence[Path], places: dict[str, ElementPlace] | None = None, array: str | None = None
) -> tuple[tuple[ArrayRecord, ...], tuple[Issue, ...]]:
    """Return the records of arrays in files, and what is wrong with the files.

    places  by NET.STA.LOC.CHA; where given they come before StationXML, and that before the headers
    array   name of the one array to which all elements belong; None: told by network and station
    """
    obspy = _obspy()
    read = _Read([], [], [])
    for path in paths:
        _read_file(obspy, path, read)
    if not read.pieces:
        first = f" ({read.issues[0].found})" if read.issues else ""
        raise CommandError(f"found no waveforms in {_names(paths)}{first}; needed {_NEEDED}; check the files")
    pieces = [_placed(p, places, read.inventories) for p in read.pieces]
    records, issues = records_of(pieces, array)
    return records, (*read.issues, *issues)


def _obspy() -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of ObsPy's own imports; nothing that a user could mend
            import obspy
            import obspy.core.inventory
    except ImportError as error:
        raise CommandError(
            "found no ObsPy; needed it to read waveforms; install it with: pip install 'trucewatch[waveforms]'"
        ) from error
    return obspy


def _names(paths: Sequence[Path]) -> str:
    return str(paths[0]) if len(paths) == 1 else f"{len(paths)} files"


def _read_file(obspy: Any, path: Path, read: _Read) -> None:
    """Add what a file holds; one that cannot be read becomes an Issue."""
    if not path.is_file():
        raise CommandError(f"found no file {path}; needed one that exists; check the name")
    data = path.read_bytes()  # ObsPy would take a name for a pattern or an address
    form = _form_of(data)
    if form is None:
        read.issues.append(_unreadable(path, "an empty file" if not data else "another format"))
        return
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            if form == "STATIONXML":
                read.inventories.append(obspy.read_inventory(io.BytesIO(data), format=form))
            else:
                read.pieces.extend(_pieces(obspy.read(io.BytesIO(data), format=form), path, read.issues))
        except Exception as error:  # noqa: BLE001  ObsPy's readers raise anything, the bare class too
            read.issues.append(_unreadable(path, f"{type(error).__name__}: {error}".split("\n")[0][:200]))
    words = {str(w.message).split("\n")[0][:200] for w in said if not issubclass(w.category, DeprecationWarning)}
    read.issues.extend(_doubtful(path.name, w, "a sound file", "what could be read is used") for w in sorted(words))


def _form_of(data: bytes) -> str | None:
    """Return the format of a file by its first bytes; never left to ObsPy, which would open pickles to look inside."""
    if data[:4] == b"RIFF" and data[8:12] == b"WAVE":
        return "WAV"
    if data[:3] == b"MS\x03" or _SEED.match(data[:8]):  # FDSN miniSEED 3; SEED 2.4 manual, fixed section of header
        return "MSEED"
    if len(data) >= _SAC_HEADER and {int.from_bytes(data[304:308], e) for e in ("little", "big")} & {6, 7}:  # NVHDR
        return "SAC"
    return "STATIONXML" if _XML_HEAD in data[:_HEAD_BYTES] else None


def _pieces(traces: Any, path: Path, issues: list[Issue]) -> list[Piece]:
    return [_piece(trace, path, i, len(traces), issues) for i, trace in enumerate(traces)]


def _unreadable(path: Path, found: str) -> Issue:
    return Issue(path.name, IssueKind.UNREADABLE, found, _NEEDED, "it is left out; send a file that opens")


def _doubtful(source: str, found: str, needed: str, action: str) -> Issue:
    return Issue(source, IssueKind.DOUBTFUL, found, needed, action)


def _piece(trace: Any, path: Path, number: int, count: int, issues: list[Issue]) -> Piece:
    """Return one unbroken run of samples with the name, time and place that its header gives."""
    stats = trace.stats
    name = trace.id if trace.id.strip(".") else path.stem + (f".{number + 1}" if count > 1 else "")
    start_ns = int(stats.starttime.ns)
    if getattr(stats, "_format", "") == "WAV":
        start_ns = _wav_start(path, start_ns, issues if number == 0 else [])
    return Piece(
        name, stats.network, stats.station if stats.station else path.stem, path.name, start_ns,
        float(stats.sampling_rate), _samples(trace.data), _sac_place(stats),
    )  # fmt: skip


def _samples(data: Any) -> np.ndarray:
    """Return samples (n,) as float32 where that keeps them exactly, else float64; masked ones are NaN."""
    plain = np.asarray(np.ma.getdata(data))
    exact = plain.dtype.itemsize <= 2 or plain.dtype == np.float32
    if plain.dtype.kind == "i" and not exact:
        exact = plain.size == 0 or max(abs(int(plain.min())), abs(int(plain.max()))) < 2**24
    out = plain.astype(np.float32 if exact else np.float64)
    masked = np.ma.getmaskarray(data)
    if masked.any():
        out[masked] = np.nan
    return out


def _wav_start(path: Path, start_ns: int, issues: list[Issue]) -> int:
    """Return when a WAV began: it has no clock of its own, so that its name must tell."""
    found = _STAMP.search(path.stem)
    try:
        began = datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S").replace(tzinfo=UTC) if found else None
    except ValueError:
        began = None
    if began is None:
        issues.append(_doubtful(path.name, "a WAV without a time", "its start as YYYYMMDD_HHMMSS (UTC) in the name",
                                "it is taken to begin at 1970-01-01T00:00:00Z; rename it"))  # fmt: skip
        return start_ns
    return from_datetime(began)


def _sac_place(stats: Any) -> ElementPlace | None:
    sac = getattr(stats, "sac", None)
    if sac is None or "stla" not in sac or "stlo" not in sac:
        return None
    lat, lon = float(str(sac.stla)), float(str(sac.stlo))  # as written: 39.4727, not its binary neighbour
    if _UNSET_SAC in (lat, lon) or not (-90 <= lat <= 90 and -180 <= lon <= 360):
        return None
    return ElementPlace(lon=lon, lat=lat, sigma_m=rounding_m(str(sac.stla), str(sac.stlo)))


def _placed(piece: Piece, places: dict[str, ElementPlace] | None, inventories: list[Any]) -> Piece:
    """Return the piece with its place from the list, from StationXML, or as its header gave it."""
    if places is not None and piece.element in places:
        return piece._replace(place=places[piece.element])
    for inventory in inventories:
        found = _in_inventory(inventory, piece)
        if found is not None:
            return piece._replace(place=found)
    return piece


def _in_inventory(inventory: Any, piece: Piece) -> ElementPlace | None:
    from obspy import UTCDateTime

    network, station, location, channel = (piece.element.split(".") + [""] * 3)[:4]
    chosen = inventory.select(network=network, station=station, location=location, channel=channel,
                              time=UTCDateTime(piece.start_ns / SECOND_NS))  # fmt: skip
    for at in (c for n in chosen for s in n for c in s):
        lon, lat = float(at.longitude), float(at.latitude)
        return ElementPlace(lon=lon, lat=lat, sigma_m=rounding_m(f"{lat:.7g}", f"{lon:.7g}"))
    return None
