"""The SQL view of the log: made for questions, deleted at will, rebuilt from the log to equality."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from trucewatch.core.errors import CommandError, SealedError
from trucewatch.core.times import DAY_NS
from trucewatch.evidence.config import Config
from trucewatch.evidence.envelope import DESTROYED, ROWS, Envelope
from trucewatch.evidence.files import Files
from trucewatch.evidence.layout import Layout
from trucewatch.evidence.merkle import EMPTY_ROOT
from trucewatch.evidence.place_index import Box, PlaceIndex, bounds, places_of
from trucewatch.evidence.reader import LogReader
from trucewatch.evidence.view_rows import BOUNDS, TABLES, Row, leaf_row, rows_of

__all__ = ["Hits", "View"]

_INDEXES = (
    ("leaves", "leaf"),
    ("leaves", "hash"),
    ("incidents", "leaf"),
    ("incidents", "incident_id"),
    ("sources", "leaf"),
    ("verdicts", "subject"),
    ("decisions", "incident_id"),
    ("files", "file_sha256"),
    ("segments", "root"),
)
_EPOCH_DAY = 18262  # 2020-01-01; days since then keep half a minute in the index's 32-bit floats
_INDEXED = """leaf, incident_id, version, latest, t_start_ns, t_end_ns, place_kind, lon_deg, lat_deg, size1_m, size2_m,
              bearing_deg, width_deg, parts, lon_min_deg, lon_max_deg, lat_min_deg, lat_max_deg"""
_CANDIDATES = """SELECT leaf FROM place_time WHERE lon1 >= ? AND lon0 <= ? AND lat1 >= ? AND lat0 <= ?
                 AND day1 >= ? AND day0 <= ?"""
_FIELDS_OF_PLACE = ("place_kind", "lon_deg", "lat_deg", "size1_m", "size2_m", "bearing_deg", "width_deg", "parts")
_CACHE_KIB = 65536  # holds the index of some 500,000 incidents


@dataclass(frozen=True)
class Hits:
    """Incidents found, by time.

    leaf      (n,) number of the leaf that holds each
    mass      (n,) probability mass of its place inside the area asked about
    unplaced  incidents of that time whose place is unknown, which may or may not lie there
    """

    incident_id: list[str]
    version: list[int]
    leaf: np.ndarray
    mass: np.ndarray
    unplaced: int


class View:
    """An open view; close it, or use it in a `with`."""

    def __init__(self, path: Path, config: Config | None = None) -> None:
        """Open the view in a file, made where there is none."""
        self.path, self.config = path, config or Config()
        self._sql = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        try:
            self._create()
        except sqlite3.DatabaseError as error:
            self._sql.close()
            raise CommandError(f"found {path} that is no view ({error}); needed one; delete it and rebuild") from error
        self._index: PlaceIndex | None = None

    @classmethod
    def rebuild(
        cls, folder: Path, path: Path | None = None, files: Files | None = None, config: Config | None = None
    ) -> Self:
        """Return a view made afresh from the log below a folder."""
        path = Layout(folder).view if path is None else path
        for name in (path, path.with_name(path.name + "-journal")):
            name.unlink(missing_ok=True)
        view = cls(path, config)
        view.update(LogReader(folder, files))
        return view

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._sql.close()

    @property
    def size(self) -> int:
        """Number of leaves that the view has taken in."""
        return int(self._meta("size", "0"))

    def update(self, reader: LogReader) -> int:
        """Take in the leaves that are new, and return how many.

        A view of another log begins anew, and so does one that may hold a body whose key was destroyed since.
        """
        if self._root_at(reader) != self._meta("root", EMPTY_ROOT.hex()) or self._outlives_a_key(reader):
            self._clear()
        first = self.size
        if len(reader) > first:
            self._take_in(reader, first)
        self._index = None
        return len(reader) - first

    def dump(self) -> dict[str, list[Row]]:
        """Return every row of every table, sorted: two views are equal where their dumps are."""
        tables = [*TABLES, "place_time", "meta"]
        return {t: sorted(self._sql.execute(f"SELECT * FROM {t}").fetchall(), key=repr) for t in tables}

    def rows(self, table: str, where: str = "", values: Iterable[Any] = ()) -> list[dict[str, Any]]:
        """Return rows of a table as mappings, by leaf; `where` is SQL with ? for each value."""
        names = TABLES[table]
        clause = f"WHERE {where}" if where else ""
        found = self._sql.execute(f"SELECT {_quoted(names)} FROM {table} {clause} ORDER BY leaf", tuple(values))
        return [dict(zip(names, row, strict=True)) for row in found]

    def incidents_in(
        self,
        lon_min_deg: float,
        lat_min_deg: float,
        lon_max_deg: float,
        lat_max_deg: float,
        t0_ns: int,
        t1_ns: int,
        geometry: BaseGeometry | None = None,
        latest: bool = True,
    ) -> Hits:
        """Return incidents of [t0, t1) whose place lies in a box, and in a geometry, with at least `min_mass`.

        geometry  WGS84 lon lat, inside the box; None asks about the box
        latest    whether to look at the newest version of each incident only
        """
        box, index = Box(lon_min_deg, lat_min_deg, lon_max_deg, lat_max_deg), self._places()
        if lon_min_deg > lon_max_deg or lat_min_deg > lat_max_deg or t0_ns > t1_ns:
            raise CommandError(f"found the box {tuple(box)} or its times upside down; needed min <= max; swap them")
        rows = index.during(np.searchsorted(index.leaf, self._candidates(box, t0_ns, t1_ns)), t0_ns, t1_ns)
        if latest:
            rows = rows[index.latest[rows]]
        if geometry is not None:
            shapely.prepare(geometry)
        mass = index.mass(rows, box, geometry, self.config.samples)
        kept = np.flatnonzero(mass >= self.config.min_mass)
        kept = kept[np.lexsort((index.leaf[rows[kept]], index.t_start_ns[rows[kept]]))]
        found = [index.ids[row] for row in rows[kept].tolist()]
        unplaced = len(index.during(index.unplaced, t0_ns, t1_ns))
        return Hits([i for i, _ in found], [v for _, v in found], index.leaf[rows[kept]], mass[kept], unplaced)

    def _candidates(self, box: Box, t0_ns: int, t1_ns: int) -> np.ndarray:
        """Return the leaves whose place and time may meet the question."""
        edges = (box[0], box[2], box[1], box[3], _day(t0_ns), _day(t1_ns))
        return np.array(self._sql.execute(_CANDIDATES, edges).fetchall(), dtype=np.int64).reshape(-1)

    def _places(self) -> PlaceIndex:
        if self._index is None:
            self._index = PlaceIndex.of(self._sql.execute(f"SELECT {_INDEXED} FROM incidents ORDER BY leaf").fetchall())
        return self._index

    def _create(self) -> None:
        self._sql.execute("PRAGMA synchronous = NORMAL")
        self._sql.execute("PRAGMA secure_delete = ON")  # so that what was sealed for ever does not stay in free pages
        self._sql.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        for table, names in TABLES.items():
            self._sql.execute(f"CREATE TABLE IF NOT EXISTS {table} ({_quoted(names)})")
        for table, name in _INDEXES:
            self._sql.execute(f"CREATE INDEX IF NOT EXISTS {table}_{name} ON {table} ({name})")
        axes = "leaf, lon0, lon1, lat0, lat1, day0, day1"
        self._sql.execute(f"CREATE VIRTUAL TABLE IF NOT EXISTS place_time USING rtree({axes})")
        self._sql.execute("CREATE TABLE IF NOT EXISTS meta (name PRIMARY KEY, value)")

    def _clear(self) -> None:
        self._sql.execute("BEGIN")
        for table in (*TABLES, "place_time", "meta"):
            self._sql.execute(f"DELETE FROM {table}")
        self._sql.execute("COMMIT")

    def _meta(self, name: str, otherwise: str) -> str:
        row = self._sql.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else otherwise

    def _root_at(self, reader: LogReader) -> str | None:
        """Return the root that the log had at the view's size; None where it never was so long."""
        if self.size > len(reader):
            return None
        return reader.range_root(0, self.size).hex() if self.size else EMPTY_ROOT.hex()

    def _outlives_a_key(self, reader: LogReader) -> bool:
        """Return whether a key was destroyed after the view took in what it sealed."""
        first = self.size
        return first > 0 and any(reader.envelope(i).kind == DESTROYED for i in range(first, len(reader)))

    def _take_in(self, reader: LogReader, first: int) -> None:
        """Insert the leaves from `first` on, all of them or none."""
        waiting: dict[str, list[Row]] = defaultdict(list)
        for index in range(first, len(reader)):
            envelope = reader.envelope(index)
            body, readable = _body(reader, envelope)
            waiting["leaves"].append(leaf_row(index, reader.leaf(index), envelope, readable))
            for table, row in rows_of(index, envelope, body):
                waiting[table].append(row)
        with self._sql:
            self._sql.execute("BEGIN")
            waiting["incidents"] = self._with_bounds(waiting["incidents"])
            for table, rows in waiting.items():
                self._insert(table, rows)
            self._mark_latest(first)
            self._insert("meta", [("size", str(len(reader))), ("root", reader.checkpoint.root.hex())])

    def _insert(self, table: str, rows: list[Row]) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            self._sql.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", rows)

    def _with_bounds(self, incidents: list[Row]) -> list[Row]:
        """Fill in the bounds of each place, and put places and times into the index."""
        if not incidents:
            return []
        at = {name: n for n, name in enumerate(TABLES["incidents"])}
        places = places_of([[row[at[name]] for row in incidents] for name in _FIELDS_OF_PLACE])
        edges = bounds(places, self.config.samples).tolist()
        whole = [(*row[: -len(BOUNDS)], *edge) for row, edge in zip(incidents, edges, strict=True)]
        self._insert("place_time", [_indexed(row, at) for row in whole if row[-1] == row[-1]])
        return whole

    def _mark_latest(self, first: int) -> None:
        """Flag the highest version of every incident that has a leaf from `first` on."""
        touched = "incident_id IN (SELECT incident_id FROM incidents WHERE leaf >= ?)"
        newest = "SELECT leaf FROM incidents AS other WHERE other.incident_id = incidents.incident_id"
        order = "ORDER BY version DESC, leaf DESC LIMIT 1"
        self._sql.execute(f"UPDATE incidents SET latest = (leaf = ({newest} {order})) WHERE {touched}", (first,))


def _body(reader: LogReader, envelope: Envelope) -> tuple[dict[str, Any] | None, bool]:
    """Return a record's body, if it is a single record, and whether its key is here."""
    if envelope.body.form == ROWS:
        return None, True
    try:
        return reader.body(envelope), True
    except SealedError:
        return None, False


def _indexed(row: Row, at: dict[str, int]) -> Row:
    return row[0], *row[-len(BOUNDS) :], _day(row[at["t_start_ns"]]), _day(row[at["t_end_ns"]])


def _day(t_ns: int) -> float:
    return t_ns / DAY_NS - _EPOCH_DAY


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
