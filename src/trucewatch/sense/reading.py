"""Find the files of a path, keep their bytes, recognise each by its content and read it."""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.sense import (
    bellingcat_json,
    cir_csv,
    control_geojson,
    corridors_csv,
    duty_log,
    fires_csv,
    firms_csv,
    notices_csv,
    observer_form,
    pass_list,
)
from trucewatch.sense.archive import entries, is_zip
from trucewatch.sense.limits import Config
from trucewatch.sense.source import Source

__all__ = ["ADAPTERS", "Adapter", "raw_row", "read_bytes", "read_path", "recognise"]

HEAD_BYTES = 1 << 18
_UNKNOWN = "unknown"


class Adapter(Protocol):
    """What a module of a format offers."""

    FORMAT: str

    def detect(self, head: bytes) -> bool:
        """Return whether a file that begins with these bytes is of this format."""
        ...

    def read(self, source: Source) -> Iterator[Reading]:
        """Yield what the file holds, one Reading for each kind of table."""
        ...

    def raw_row(self, data: bytes, row: int) -> bytes:
        """Return the exact bytes of one data record, from 1."""
        ...


ADAPTERS: tuple[Adapter, ...] = (
    firms_csv, fires_csv, cir_csv, bellingcat_json, corridors_csv, control_geojson, observer_form, duty_log, pass_list,
    notices_csv,
)  # fmt: skip


def recognise(head: bytes, size: int | None = None) -> Adapter | None:
    """Return the adapter for a file that begins with `head` (at least its first 64 KiB); None where none knows it."""
    if size == 0 or not head:
        return None
    return next((adapter for adapter in ADAPTERS if adapter.detect(head[:HEAD_BYTES])), None)


def raw_row(data: bytes, file_format: str, row: int) -> bytes:
    """Return the exact bytes of data record `row` (from 1) of a file in one of the formats."""
    adapter = next((a for a in ADAPTERS if file_format == a.FORMAT), None)
    if adapter is None:
        known = ", ".join(a.FORMAT for a in ADAPTERS)
        raise CommandError(f"found the format {file_format!r}; needed one of {known}; choose one of them")
    return adapter.raw_row(data, row)


def read_path(
    path: Path | str, *, put_blob: Callable[[bytes], object] | None = None, config: Config | None = None
) -> Iterator[Reading]:
    """Yield the Readings of a file, or of every file below a folder in the order of their names.

    put_blob  is given the bytes of each file before anything reads them
    """
    root = Path(path)
    if not root.exists():
        raise CommandError(f"found no file or folder {str(path)!r}; needed one that exists; check the path")
    return _readings(root, put_blob or _keep_nothing, config or Config())


def read_bytes(
    file_name: str, data: bytes, *, put_blob: Callable[[bytes], object] | None = None, config: Config | None = None
) -> Iterator[Reading]:
    """Yield the Readings of one file that is in memory; a zip gives those of its entries."""
    return _open(Source(file_name, data, config or Config()), put_blob or _keep_nothing, {})


def _keep_nothing(_: bytes) -> None:
    return None


def _readings(root: Path, put_blob: Callable[[bytes], object], config: Config) -> Iterator[Reading]:
    seen: dict[tuple[str, object], str] = {}
    for name, file in _files(root):
        data, refused = _bytes(name, file, root, config)
        if refused is not None:
            yield _unread(name, refused)
        else:
            yield from _open(Source(name, data, config), put_blob, seen)


def _unread(name: str, why: Issue) -> Reading:
    """Return the Reading of a file whose bytes were never seen, so that no digest of them is claimed."""
    return Reading("observations", _UNKNOWN, name, "", OBSERVATIONS.empty(), (replace(why, file_sha256=None),))


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield name and path of the file, or of every file below the folder; folders behind links are not entered."""
    if not root.is_dir():
        yield root.name, root
        return
    for folder, folders, files in os.walk(root):
        links = [f for f in folders if (Path(folder) / f).is_symlink()]
        folders[:] = sorted(set(folders) - set(links))
        for file in sorted([*files, *links]):
            path = Path(folder) / file
            yield path.relative_to(root).as_posix().encode(errors="replace").decode(), path


def _bytes(name: str, file: Path, root: Path, config: Config) -> tuple[bytes, Issue | None]:
    source = Source(name, b"", config)
    try:
        if root.is_dir() and not file.resolve().is_relative_to(root.resolve()):
            return b"", source.unreadable("a link that leaves the folder", "files inside it", "not followed")
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return b"", source.unreadable("something that is no file", "a file", "left out")
        if status.st_size > config.max_file_bytes:
            needed = f"at most {config.max_file_bytes:,} bytes"
            return b"", source.unreadable(f"{status.st_size:,} bytes", needed, "not opened; split the file")
        return file.read_bytes(), None
    except OSError as error:
        found = f"a file that does not open ({error.strerror})"
    except RuntimeError:  # pathlib's word for a loop of links before Python 3.13
        found = "a link that leads to itself"
    return b"", source.unreadable(found, "a file that can be read", "left out; mend it")


def _open(
    source: Source, put_blob: Callable[[bytes], object], seen: dict[tuple[str, object], str], depth: int = 0
) -> Iterator[Reading]:
    put_blob(source.data)
    twin = seen.setdefault((source.sha256, control_geojson.date_in_name(source.file_name)), source.file_name)
    if twin != source.file_name:
        again = source.issue(IssueKind.DUPLICATE, f"the same bytes as {twin}", "each file once", "read once")
        yield source.empty("observations", _UNKNOWN, again)
        return
    adapter = recognise(source.data[:HEAD_BYTES], len(source.data))
    if adapter is not None:
        yield from adapter.read(source)
    elif is_zip(source.data) and depth == 0:
        yield from _unpacked(source, put_blob, seen)
    else:
        found = "an empty file" if not source.data else "a content that no adapter knows"
        needed = f"one of {', '.join(a.FORMAT for a in ADAPTERS)}"
        yield source.empty("observations", _UNKNOWN, source.unreadable(found, needed))


def _unpacked(
    source: Source, put_blob: Callable[[bytes], object], seen: dict[tuple[str, object], str]
) -> Iterator[Reading]:
    for name, data, issue in entries(source):
        if issue is not None:
            yield source.empty("observations", _UNKNOWN, issue)
        else:
            yield from _open(Source(f"{source.file_name}/{name}", data, source.config), put_blob, seen, depth=1)
