"""A mapping: the small YAML file that says what the columns of a user's own table mean."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from trucewatch.core.digest import sha256_hex
from trucewatch.core.entries import Entry, fit
from trucewatch.core.errors import CommandError
from trucewatch.core.problem import Problem, refusal
from trucewatch.core.tables import SCHEMAS
from trucewatch.core.yaml_files import Path, Source, read_yaml
from trucewatch.sense.local_times import zone_of
from trucewatch.sense.mapping_words import PAIRS, READABLE, UNITS, columns_of, controlled, needed_of, units_of
from trucewatch.sense.stamps import UNIX_STEPS, stamp_codes

__all__ = ["ColumnEntry", "FileEntry", "Mapping", "PlaceEntry", "TimeEntry", "read_mapping"]

_WAYS = ("lon", "geometry", "mgrs", "text")
_WORD = re.compile(r"[a-z][a-z0-9_]*")
_DATE_TOKENS, _PARTS = "YmdHMSyzfIp", "%Y %m %d %y %H %I %p %M %S %f %z"


class ColumnEntry(Entry):
    """Where one of our columns comes from: a column of theirs, or one value for every row."""

    column: str | None = None
    value: str | int | float | bool | None = None
    unit: str | None = None
    format: str | None = None
    map: dict[str, str | None] = Field(default_factory=dict)
    split: str | None = None


class FileEntry(Entry):
    """How the file is laid out."""

    sheet: str | None = None
    layer: str | None = None
    header_rows: int = 1
    skip: int = 0
    delimiter: str | None = None
    decimal: str = "."


class TimeEntry(Entry):
    """When it happened: a start, and its end or duration."""

    start: tuple[str, ...]
    end: tuple[str, ...] = ()
    duration: ColumnEntry | None = None
    zone: ColumnEntry | None = None
    format: str | None = None
    sigma: ColumnEntry | None = None


class PlaceEntry(Entry):
    """Where it happened, said in one of four ways."""

    lon: str | None = None
    lat: str | None = None
    geometry: str | None = None
    mgrs: str | None = None
    text: str | None = None
    radius: ColumnEntry | None = None


class MappingEntry(Entry):
    """The whole file."""

    format: int
    reads: str
    source: str
    project: str | None = None
    synthetic: bool = False
    file: FileEntry = Field(default_factory=FileEntry)
    time: TimeEntry | None = None
    place: PlaceEntry | None = None
    columns: dict[str, ColumnEntry] = Field(default_factory=dict)


@dataclass(frozen=True)
class Mapping:
    """A mapping that was checked, and where in its file everything stands."""

    entry: MappingEntry
    source: Source
    sha256: str

    @property
    def kind(self) -> str:
        """Name of the table that it fills."""
        return self.entry.reads

    @property
    def name(self) -> str:
        """Name of the mapping's own file."""
        return self.source.file

    def used(self) -> Iterator[tuple[Path, str]]:
        """Yield every column of theirs that the mapping names, and where."""
        time, place = self.entry.time, self.entry.place
        for key in ("start", "end") if time else ():
            yield from ((("time", key), name) for name in getattr(time, key))
        for key in ("lon", "lat", "geometry", "mgrs", "text") if place else ():
            if getattr(place, key) is not None:
                yield ("place", key), getattr(place, key)
        for path, column in self._entries():
            if column.column is not None:
                yield path, column.column

    def _entries(self) -> Iterator[tuple[Path, ColumnEntry]]:
        for block, keys in (("time", ("duration", "zone", "sigma")), ("place", ("radius",))):
            for key in keys:
                entry = getattr(getattr(self.entry, block), key, None)
                if entry is not None:
                    yield (block, key), entry
        for name, entry in self.entry.columns.items():
            yield ("columns", name), entry


def read_mapping(name: str, text: str) -> Mapping:
    """Return a checked mapping; CommandError lists everything that is wrong with it, by line."""
    source, problems = read_yaml(name, text)
    if source is not None:
        entry, wrong = fit(MappingEntry, _plain(source.value), source)
        problems += wrong
        if entry is not None:
            mapping = Mapping(entry, source, sha256_hex(text.encode()))
            problems += _checked(mapping)
            if not problems:
                return mapping
    raise refusal(name, problems, CommandError, "mapping")


def _plain(value: Any) -> Any:
    """Return the file's value with its short forms written out: a bare word names a column, a bare number is one."""
    if not isinstance(value, dict):
        return value
    plain = dict(value)
    if isinstance(plain.get("columns"), dict):
        plain["columns"] = {k: _column(v) for k, v in plain["columns"].items()}
    for block, keys in (("time", ("duration", "sigma")), ("place", ("radius",))):
        if isinstance(plain.get(block), dict):
            plain[block] = {k: _column(v) if k in keys else v for k, v in plain[block].items()}
    if isinstance(plain.get("time"), dict):
        plain["time"] = _times(plain["time"])
    return plain


def _column(value: Any) -> Any:
    if isinstance(value, str):
        return {"column": value}
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return {"value": value}
    if isinstance(value, dict) and isinstance(value.get("map"), dict):
        words = {k: str(v) if isinstance(v, int) and not isinstance(v, bool) else v for k, v in value["map"].items()}
        return {**value, "map": words}
    return value


def _times(time: dict[str, Any]) -> dict[str, Any]:
    plain = dict(time)
    for key in ("start", "end"):
        if key in plain:
            plain[key] = tuple(plain[key]) if isinstance(plain[key], list) else (plain[key],)
    if isinstance(plain.get("zone"), str):
        plain["zone"] = {"value": plain["zone"]}
    return plain


def _checked(mapping: Mapping) -> list[Problem]:
    entry, source = mapping.entry, mapping.source
    if entry.reads not in READABLE:
        needed = f"one of {', '.join(READABLE)}"
        return [source.problem(("reads",), f"the table {entry.reads!r}", needed, "name the table that it fills")]
    problems = [*_head(entry, source), *_layout(entry.file, source), *_time(entry, source), *_place(entry, source)]
    for path, column in mapping._entries():
        problems += _one(source, path, column)
    for name, column in entry.columns.items():
        problems += _ours(entry.reads, name, column, source)
    for name in needed_of(entry.reads):
        if name not in entry.columns:
            fix = f"add `{name}: THEIR COLUMN` or `{name}: {{value: ...}}` under `columns`"
            problems.append(source.problem(("columns",), f"no {name}", f"it, for a table of {entry.reads}", fix))
    return problems


def _head(entry: MappingEntry, source: Source) -> Iterator[Problem]:
    if entry.format != 1:
        yield source.problem(("format",), f"format {entry.format}", "format 1", "write `format: 1`")
    for key, word in (("source", entry.source), ("project", entry.project)):
        if word is not None and not _WORD.fullmatch(word):
            needed = "a lower-case word such as `town_list`"
            yield source.problem((key,), f"{word!r} as {key}", needed, "use letters a-z, digits and _")


def _layout(file: FileEntry, source: Source) -> Iterator[Problem]:
    allowed = {"header_rows": (1, 2), "decimal": (".", ",")}
    for key, values in allowed.items():
        if getattr(file, key) not in values:
            needed = f"{values[0]} or {values[1]}"
            yield source.problem(("file", key), f"{getattr(file, key)!r} as {key}", needed, "choose one")
    if file.skip < 0:
        yield source.problem(("file", "skip"), f"skip {file.skip}", "0 or more lines", "count the lines above")
    if file.delimiter is not None and (len(file.delimiter) != 1 or file.delimiter in '"\r\n'):
        needed = 'one character, such as ";" or "\\t"'
        yield source.problem(("file", "delimiter"), f"{file.delimiter!r} as delimiter", needed, "write it in quotes")


def _time(entry: MappingEntry, source: Source) -> Iterator[Problem]:
    time, path = entry.time, ("time",)
    if time is None:
        if not SCHEMAS[entry.reads].by_name["t_start_ns"].nullable:
            yield source.problem(path, "no time", f"it, for a table of {entry.reads}", "add `time:` with `start:`")
        return
    if time.end and time.duration:
        yield source.problem(path, "an end and a duration", "one of them", "remove one")
    if time.zone and time.zone.value is not None and zone_of(str(time.zone.value)) is None:
        needed = "a zone such as Europe/Kyiv, UTC or +03:00"
        yield source.problem((*path, "zone"), f"the zone {time.zone.value!r}", needed, "correct it")
    yield from _format(source, (*path, "format"), time.format)
    yield from _units(source, (*path, "duration"), time.duration, UNITS["s"])
    yield from _units(source, (*path, "sigma"), time.sigma, UNITS["s"])


def _format(source: Source, path: Path, text: str | None) -> Iterator[Problem]:
    if text is not None and text not in UNIX_STEPS and stamp_codes(text) is None:
        needed = f"a pattern of {_PARTS} with a year, month and day, or {', '.join(UNIX_STEPS)}"
        yield source.problem(path, f"the format {text!r}", needed, "write it as in `%d.%m.%Y %H:%M`")


def _place(entry: MappingEntry, source: Source) -> Iterator[Problem]:
    place, path = entry.place, ("place",)
    names = SCHEMAS[entry.reads].by_name
    if place is None:
        if "geometry" in names:
            yield source.problem(path, "no place", f"it, for a table of {entry.reads}", "add `geometry:`")
        return
    if "lon_deg" not in names and "geometry" not in names:
        needed = "it only in tables that have a place"
        yield source.problem(path, f"a place in a table of {entry.reads}", needed, "remove it")
    ways = [w for w in _WAYS if getattr(place, w) is not None]
    if len(ways) != 1 or (place.lon is None) != (place.lat is None):
        found = " and ".join(k for k in ("lon", "lat", *_WAYS[1:]) if getattr(place, k) is not None) or "nothing"
        needed = "lon and lat, or geometry, or mgrs, or text"
        yield source.problem(path, f"a place by {found}", needed, "keep one way of saying where")
    if "geometry" in names and ways != ["geometry"]:
        yield source.problem(path, "a place without geometry", f"polygons, for {entry.reads}", "use `geometry:`")
    if place.lon is not None and place.radius is None:
        needed = "how well the position is known"
        fix = "add `radius: {value: 500, unit: m}`: the disc that holds 90 %"
        yield source.problem(path, "lon and lat without a radius", needed, fix)
    yield from _units(source, (*path, "radius"), place.radius, UNITS["m"])


def _units(source: Source, path: Path, entry: ColumnEntry | None, known: dict[str, float]) -> Iterator[Problem]:
    if entry is not None and entry.unit is not None and entry.unit not in known:
        needed = f"one of {', '.join(known)}" if known else "no unit here"
        yield source.problem((*path, "unit"), f"the unit {entry.unit!r}", needed, "correct it or convert the numbers")


def _one(source: Source, path: Path, entry: ColumnEntry) -> Iterator[Problem]:
    if (entry.column is None) == (entry.value is None):
        found = "both a column and a value" if entry.column is not None else "neither a column nor a value"
        yield source.problem(path, found, "one of them", "write `column: THEIR COLUMN` or `value: WORD`")


def _ours(table: str, name: str, entry: ColumnEntry, source: Source) -> Iterator[Problem]:
    path, known = ("columns", name), columns_of(table)
    if name not in known:
        needed = f"one of {', '.join(known)}"
        yield source.problem(path, f"the column {name!r} of {table}", needed, "correct or remove it")
        return
    yield from _units(source, path, entry, units_of(table, name))
    yield from _format(source, (*path, "format"), entry.format)
    words = controlled(table, name)
    for word in [entry.value, *entry.map.values()] if words else ():
        if word is not None and str(word) not in words:
            needed = f"one of {', '.join(words)}"
            yield source.problem(path, f"the word {word!r} for {name}", needed, "choose one of ours")
    if entry.map and (name in PAIRS or SCHEMAS[table].by_name[name].dtype not in ("string", "bool")):
        yield source.problem((*path, "map"), f"a map for the numbers of {name}", "it for words only", "remove it")
