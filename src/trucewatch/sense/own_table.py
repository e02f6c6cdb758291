"""Any table, through a mapping that says what its columns mean: CSV, XLSX, GeoJSON, GeoParquet, GeoPackage, KML."""

import difflib
import hashlib
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Names
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pyarrow as pa

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import SCHEMAS
from trucewatch.sense import vector_files
from trucewatch.sense.checks import Fault, states, usable
from trucewatch.sense.encoding import body
from trucewatch.sense.mapping import FileEntry, Mapping, read_mapping
from trucewatch.sense.mapping_words import UNITS, needed_of
from trucewatch.sense.own_table_places import bring_home, where
from trucewatch.sense.own_table_rows import Rows, raw_csv, raw_xlsx, read_csv, read_xlsx
from trucewatch.sense.own_table_times import when
from trucewatch.sense.own_table_values import Values
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section
from trucewatch.sense.workbook import is_workbook

__all__ = ["FORMATS", "MAPPING_ENDING", "file_kind", "is_mapping", "mapped", "mapping_of", "open_rows", "raw_row",
           "read_table"]  # fmt: skip

MAPPING_ENDING = ".mapping.yaml"
_READERS: dict[str, Callable[[Source, FileEntry], Rows]] = {
    "own_csv": read_csv,
    "own_xlsx": read_xlsx,
    "own_geojson": vector_files.read_geojson,
    "own_geoparquet": vector_files.read_geoparquet,
    "own_geopackage": vector_files.read_layer,
    "own_flatgeobuf": vector_files.read_layer,
    "own_kml": vector_files.read_kml,
}
FORMATS = tuple(_READERS)
_HEAD = 1 << 16


def is_mapping(file_name: str) -> bool:
    """Return whether a file is a mapping, by its name: it is read with its table and not by itself."""
    return file_name.lower().endswith(MAPPING_ENDING)


def mapping_of(file_name: str, names: Names[str, Any]) -> str | None:
    """Return the name of the mapping that lies beside a file: `X.csv.mapping.yaml`, else `X.mapping.yaml`."""
    stem = file_name.rpartition(".")[0]
    return next((n for n in (file_name + MAPPING_ENDING, stem + MAPPING_ENDING) if n in names), None)


def mapped(source: Source, mappings: Names[str, bytes]) -> Iterator[Reading] | None:
    """Return the Readings of a file through the mapping beside it; None where there is none.

    mappings  bytes of every mapping in reach, by its name
    """
    name = mapping_of(source.file_name, mappings)
    if name is None:
        return None
    return read_table(source, mappings[name].decode("utf-8-sig", errors="replace"), name)


def file_kind(data: bytes) -> str:
    """Return the format of a user's table, by its content."""
    for mark, kind in (
        (b"PAR1", "own_geoparquet"),
        (b"SQLite format 3\0", "own_geopackage"),
        (b"fgb", "own_flatgeobuf"),
    ):
        if data.startswith(mark):
            return kind
    if is_workbook(data[:_HEAD]):
        return "own_xlsx"
    head = body(data[:_HEAD])[0].lstrip()
    if head.startswith(b"{"):
        return "own_geojson"
    return "own_kml" if head.startswith(b"<") else "own_csv"


def open_rows(source: Source, layout: FileEntry) -> Rows:
    """Return everything that a file holds as rows of words, with its shapes in WGS84."""
    return bring_home(source, _READERS[file_kind(source.data)](source, layout))


def raw_row(data: bytes, file_format: str, row: int) -> bytes:
    """Return one data record of a table that was read as `file_format`.

    CSV and GeoJSON give their exact bytes, a workbook the cells as a line of CSV, others a line of JSON.
    """
    kind, layout = _layout_in(file_format)
    if kind not in _READERS:
        raise CommandError(f"found the format {file_format!r}; needed one of {', '.join(FORMATS)}; choose one of them")
    if kind == "own_csv":
        return raw_csv(data, layout, row)
    if kind == "own_xlsx":
        return raw_xlsx(data, layout, row)
    if kind == "own_geojson":
        return vector_files.raw_geojson(data, row)
    return vector_files.raw_feature(_READERS[kind](Source("table", data), layout), row)


def _format_name(kind: str, mapping: Mapping) -> str:
    """Return `own_csv?mapping=…`: with which mapping, and how its file is laid out where that is not the usual way."""
    usual = FileEntry()
    told = {k: v for k, v in mapping.entry.file.model_dump().items() if v != getattr(usual, k)}
    return f"{kind}?{urlencode([('mapping', mapping.sha256), *told.items()])}"


def _layout_in(file_format: str) -> tuple[str, FileEntry]:
    kind, _, query = file_format.partition("?")
    told: dict[str, Any] = {k: v for k, v in parse_qsl(query) if k != "mapping"}
    told.update({k: int(told[k]) for k in ("header_rows", "skip") if k in told})
    return kind, FileEntry(**told)


def read_table(source: Source, mapping_text: str, mapping_name: str) -> Iterator[Reading]:
    """Return the Readings of a user's table through a mapping; CommandError where the mapping itself is wrong."""
    return _readings(source, read_mapping(mapping_name, mapping_text))


def _readings(source: Source, mapping: Mapping) -> Iterator[Reading]:
    name = _format_name(file_kind(source.data), mapping)
    rows = open_rows(source, mapping.entry.file)
    issues = [*rows.issues] if rows.section is None else [*rows.issues, *_missing(source, rows, mapping)]
    synthetic = rows.synthetic or mapping.entry.synthetic
    if rows.section is None or len(issues) > len(rows.issues):
        yield source.empty(mapping.kind, name, *issues, synthetic=synthetic)
        return
    table, found = _table(source, rows, rows.section, mapping)
    yield source.reading(mapping.kind, name, table, [*issues, *found], synthetic)


def _missing(source: Source, rows: Rows, mapping: Mapping) -> Iterator[Issue]:
    """Yield an Issue for each column that the mapping names and the file does not have."""
    there = rows.section.names if rows.section else ()
    for path, name in mapping.used():
        if name in there or (path == ("place", "geometry") and rows.geometries is not None):
            continue
        line = mapping.source.line(path)
        near = difflib.get_close_matches(name, there, n=1, cutoff=0.5)
        fix = f"nearest is {near[0]!r}; correct the mapping" if near else "name one of these in the mapping"
        found = f"no column {name!r} ({mapping.name}:{line} names it)"
        yield source.unreadable(found, f"one of the file's own: {', '.join(there[:40])}", fix)


class _Kept(NamedTuple):
    """Columns of the rows that can be used."""

    at: np.ndarray
    whole: bool

    def take(self, values: Any) -> Any:
        """Return these rows of a column; a single value stays one."""
        if self.whole or not isinstance(values, (np.ndarray, pa.Array)):
            return values
        return values.take(pa.array(self.at)) if isinstance(values, pa.Array) else values[self.at]


def _table(source: Source, rows: Rows, s: Section, mapping: Mapping) -> tuple[pa.Table, list[Issue]]:
    values = Values(source, s, mapping)
    ours = values.ours()
    time = when(values)
    radius_m = values.measure(mapping.entry.place.radius if mapping.entry.place else None, UNITS["m"])
    place = where(source, rows, s, mapping, radius_m, values.number)
    faults = [*time.faults, *place.faults, *_unsaid(s, mapping, ours)]
    keep, rejected = usable(source, s, faults, _keys(ours))
    kept = _Kept(keep, len(keep) == len(s.row))
    repeats, state = _repeats(source, s, keep, mapping.kind)
    columns = {**_identity(mapping, ours), **ours, **_group(mapping, ours), **time.columns, **place.columns}
    taken: dict[str, Any] = {n: kept.take(v) for n, v in columns.items()}
    taken.update(state)
    table = source.table(mapping.kind, s.row[keep], taken)
    return table, [*values.issues, *time.issues, *place.issues, *rejected, *repeats]


def _keys(ours: dict[str, Any]) -> list[str | None] | None:
    keys = ours.get("native_key")
    return None if keys is None else list(keys.to_pylist())


def _identity(mapping: Mapping, ours: dict[str, Any]) -> dict[str, Any]:
    project = mapping.entry.project or mapping.entry.source
    known = SCHEMAS[mapping.kind].by_name
    given = {"source": mapping.entry.source, "project": project, "group": project}
    return {n: v for n, v in given.items() if n in known and n not in ours}


def _group(mapping: Mapping, ours: dict[str, Any]) -> dict[str, pa.Array]:
    """Return independence groups inside the project; what they are may be protected, so that digests stand for them."""
    if "group" not in ours:
        return {}
    project = mapping.entry.project or mapping.entry.source
    coded = pa.array(ours["group"], pa.string()).dictionary_encode()
    names = [f"{project}:{hashlib.sha256(w.encode()).hexdigest()[:16]}" for w in coded.dictionary.to_pylist()]
    return {"group": pa.array(names, pa.string()).take(coded.indices).fill_null(project)}


def _unsaid(s: Section, mapping: Mapping, ours: dict[str, Any]) -> list[Fault]:
    """Return faults of rows that leave a column empty without which a table has no row."""
    faults = []
    for name in needed_of(mapping.kind):
        theirs = mapping.entry.columns[name].column or name
        shown = s.words.column(theirs).combine_chunks() if theirs in s.names else pa.nulls(len(s.row), pa.string())
        faults.append(Fault(np.asarray(pa.array(ours[name]).is_null()), {theirs: shown}, f"a value for {name}"))
    return faults


def _repeats(source: Source, s: Section, keep: np.ndarray, kind: str) -> tuple[list[Issue], dict[str, pa.Array]]:
    state, issues = states(source, s, keep)
    if "state" in SCHEMAS[kind].by_name:
        return issues, {"state": state}
    action = f"kept; a table of {kind} has no mark for it, remove one of them"
    return [Issue(i.source, IssueKind.DOUBTFUL, i.found, i.needed, action, i.row, i.native_key, i.file_sha256)
            for i in issues], {}  # fmt: skip
