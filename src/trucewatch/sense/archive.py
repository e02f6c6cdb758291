"""Zip archives and workbooks opened with care: limits on size, ratio and entries, no path that leaves its folder."""

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import NamedTuple

from trucewatch.core.issue import Issue
from trucewatch.sense.limits import Config
from trucewatch.sense.source import Source

__all__ = ["ZIP_ERRORS", "Entry", "entries", "is_zip", "unsafe"]

ZIP_ERRORS = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, NotImplementedError, EOFError, OSError, RuntimeError,
    ValueError, KeyError, IndexError,
)  # fmt: skip
_SMALL = 1 << 20  # bytes; a small entry may pack as well as it likes


class Entry(NamedTuple):
    """A file out of an archive, or why it was left inside."""

    name: str
    data: bytes
    issue: Issue | None


def is_zip(data: bytes) -> bool:
    """Return whether these bytes begin like a zip archive."""
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def unsafe(data: bytes, config: Config) -> str | None:
    """Return why a zip must not be opened; None where it may."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except ZIP_ERRORS as error:
        return f"a zip that does not open ({error})"
    if len(infos) > config.max_archive_entries:
        return f"a zip of {len(infos):,} entries"
    if sum(i.file_size for i in infos) > config.max_archive_bytes:
        return f"a zip that unpacks to {sum(i.file_size for i in infos):,} bytes"
    ratio = max((i.file_size / max(i.compress_size, 1) for i in infos if i.file_size > _SMALL), default=0.0)
    return f"a zip entry that unpacks to {ratio:,.0f} times its size" if ratio > config.max_archive_ratio else None


def entries(source: Source) -> Iterator[Entry]:
    """Yield the files of a zip in the order of their names; one that cannot be taken out safely gives an Issue."""
    config = source.config
    refused = unsafe(source.data, config)
    if refused:
        needed = (
            f"a zip of at most {config.max_archive_entries:,} entries and {config.max_archive_bytes:,} bytes, "
            f"none of them more than {config.max_archive_ratio:.0f} times its packed size"
        )
        yield Entry("", b"", source.unreadable(refused, needed, "it was not opened; unpack it by hand and look"))
        return
    with zipfile.ZipFile(io.BytesIO(source.data)) as archive:
        for info in sorted(archive.infolist(), key=lambda i: i.filename):
            if not info.is_dir():
                yield _entry(source, archive, info)


def _entry(source: Source, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Entry:
    name = info.filename.encode(errors="replace").decode()
    refused = _refused(info)
    if refused is None:
        try:
            with archive.open(info) as stream:
                data = stream.read(info.file_size + 1)
        except ZIP_ERRORS as error:
            refused = f"the entry {name!r} that does not unpack ({error})"
        else:
            return Entry(name, data, None)
    return Entry(name, b"", source.unreadable(refused, "plain files inside the archive's own folder", "left out"))


def _refused(info: zipfile.ZipInfo) -> str | None:
    path = PurePosixPath(info.filename.replace("\\", "/"))
    name = info.filename.encode(errors="replace").decode()
    if path.is_absolute() or ".." in path.parts or ":" in info.filename:
        return f"the entry {name!r}, a path that leaves its folder"
    if stat.S_ISLNK(info.external_attr >> 16):
        return f"the entry {name!r}, a link"
    return f"the entry {name!r}, which is encrypted" if info.flag_bits & 1 else None
