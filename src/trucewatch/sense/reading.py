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
    allegations_csv,
    allegations_text,
    allegations_xlsx,
    bellingcat_json,
    calls_csv,
    cir_csv,
    control_geojson,
    corridors_csv,
    duty_log,
    fires_csv,
    firms_csv,
    health_csv,
    impediments_csv,
    inspections,
    klv,
    missile_days_csv,
    nodes_csv,
    notices_csv,
    observer_form,
    own_table,
    pass_list,
    patrols_csv,
    sirens_csv,
    triggers_csv,
    viina_csv,
    weather_csv,
    workbook,
    works,
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
    notices_csv, allegations_csv, allegations_xlsx, allegations_text, calls_csv, inspections, works, impediments_csv,
    health_csv, patrols_csv, viina_csv, sirens_csv, missile_days_csv,
    triggers_csv, nodes_csv, weather_csv, klv,
)  # fmt: skip


def recognise(head: bytes, size: int | None = None) -> Adapter | None:
    """Return the adapter for a file that begins with `head` (at least its first 64 KiB, all of a zip or workbook)."""
    if size == 0 or not head:
        return None
    begun = head if is_zip(head) else head[:HEAD_BYTES]  # what a zip holds stands at its end
    return next((adapter for adapter in ADAPTERS if adapter.detect(begun)), None)


def raw_row(data: bytes, file_format: str, row: int) -> bytes:
    """Return the exact bytes of data record `row` (from 1) of a file in one of the formats."""
    if file_format.partition("?")[0] in own_table.FORMATS:
        return own_table.raw_row(data, file_format, row)
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
    mappings = _mappings(root, config)
    for name, file in _files(root):
        if name in mappings:  # it is read with its table
            put_blob(mappings[name])
            continue
        data, refused = _bytes(name, file, root, config)
        if refused is not None:
            yield _unread(name, refused)
        else:
            source = Source(name, data, config)
            through = own_table.mapped(source, mappings)
            if through is None:
                yield from _open(source, put_blob, seen)
            else:
                put_blob(data)
                put_blob(mappings[own_table.mapping_of(name, mappings) or ""])
                yield from through


def _mappings(root: Path, config: Config) -> dict[str, bytes]:
    """Return the bytes of the mappings in a folder, or beside a single file, by their names."""
    beside = root if root.is_dir() else root.parent
    lone = ((p.name, p) for p in sorted(beside.glob("*" + own_table.MAPPING_ENDING)))
    found = _files(root) if root.is_dir() else lone
    mappings = {name: _bytes(name, file, beside, config) for name, file in found if own_table.is_mapping(name)}
    return {name: data for name, (data, refused) in mappings.items() if refused is None}


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
    adapter = recognise(source.data, len(source.data))
    if adapter is not None:
        yield from adapter.read(source)
    elif workbook.is_workbook(source.data):
        yield source.empty("observations", _UNKNOWN, workbook.unknown(source))
    elif is_zip(source.data) and depth == 0:
        yield from _unpacked(source, put_blob, seen)
    else:
        found = "an empty file" if not source.data else "a content that no adapter knows"
        needed = f"one of {', '.join(a.FORMAT for a in ADAPTERS)}, or a table with its mapping beside it"
        action = "its bytes are kept; for a table of your own, see `trucewatch sense suggest`"
        yield source.empty("observations", _UNKNOWN, source.unreadable(found, needed, action))


def _unpacked(
    source: Source, put_blob: Callable[[bytes], object], seen: dict[tuple[str, object], str]
) -> Iterator[Reading]:
    for name, data, issue in entries(source):
        if issue is not None:
            yield source.empty("observations", _UNKNOWN, issue)
        else:
            yield from _open(Source(f"{source.file_name}/{name}", data, source.config), put_blob, seen, depth=1)
