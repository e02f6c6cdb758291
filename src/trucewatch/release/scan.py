"""Search bytes for what must not be in them: names of assets, their positions in any spelling, protected texts."""

import html
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from urllib.parse import unquote

import mgrs
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from trucewatch.core.columns import numbers, strings
from trucewatch.core.marking import Marking
from trucewatch.core.tables import SCHEMAS
from trucewatch.release.config import Config

__all__ = ["Secrets", "find_withheld", "gather_secrets"]

_WORD = re.compile(r"[^\W_]+")
# A point, or a comma that cannot be the comma between two numbers of a list.
_DECIMAL = re.compile(r"(?<![\d.])(\d{1,3})(?:\.(\d{2,})|,(\d{3,})(?![\d.]))(?:[eE]([+-]?\d{1,2})(?![\d.]))?")
_SEXAGESIMAL = re.compile(r"(\d{1,3})\s*[°º]\s*(\d{1,2})(?:[.,](\d+))?\s*['′’](?:\s*(\d{1,2})(?:[.,](\d+))?\s*[\"″”])?")
_SCALED = re.compile(r"(?<![\w.])(\d{7,10})(?![\w.])")  # whole millionths or ten-millionths of a degree
_MGRS = re.compile(r"(?<!\w)(\d{1,2})\s?([C-HJ-NP-X])\s?([A-HJ-NP-Z]{2})\s?(\d{2,5})\s?(\d{2,5})(?!\w)", re.I)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_CLOSED = {b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"\x89PNG": "image", b"%PDF": "PDF"}
_MGRS_DIGITS = (2, 3, 4, 5)  # 1 km to 1 m


@dataclass(frozen=True)
class Secrets:
    """What is withheld.

    names      asset and node names
    positions  (n, 2)  deg  lon, lat of the mission's own assets
    texts      source-protected texts and links
    """

    names: tuple[str, ...] = ()
    positions: np.ndarray = field(default_factory=lambda: np.empty((0, 2)))
    texts: tuple[str, ...] = ()
    config: Config = field(default_factory=Config)

    @cached_property
    def phrases(self) -> dict[int, dict[tuple[str, ...], str]]:
        """Word sequences to look for, by their length, each with what it is."""
        found: dict[int, dict[tuple[str, ...], str]] = {}
        for name in self.names:
            words = _words(name)
            if words:
                found.setdefault(len(words), {})[words] = f"name {name!r}"
        for text in self.texts:
            for phrase in _quotations(_words(text), self.config):
                found.setdefault(len(phrase), {}).setdefault(phrase, f"protected text {text[:40]!r}")
        return found

    @cached_property
    def first_words(self) -> frozenset[str]:
        """Words with which a phrase begins."""
        return frozenset(phrase[0] for phrases in self.phrases.values() for phrase in phrases)

    @cached_property
    def grid_references(self) -> dict[str, int]:
        """Military grid references of the positions from 1 km to 1 m, each with its position's number."""
        convert = mgrs.MGRS()
        return {
            convert.toMGRS(float(lat), float(lon), MGRSPrecision=digits): i
            for i, (lon, lat) in enumerate(self.positions)
            for digits in _MGRS_DIGITS
        }

    @cached_property
    def sorted_degrees(self) -> tuple[np.ndarray, np.ndarray]:
        """All coordinates without sign, ascending (2n,), and the number of each one's position."""
        degrees = np.abs(self.positions).ravel()
        order = np.argsort(degrees, kind="stable")
        return degrees[order], order // 2


def _words(text: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(text.lower()))


def _quotations(words: tuple[str, ...], config: Config) -> Iterable[tuple[str, ...]]:
    """Return the phrases that would quote a text: itself where it is short, else every run of `phrase_words` words."""
    if len(words) < config.least_words:
        return ()
    size = config.phrase_words
    return (words[i : i + size] for i in range(max(1, len(words) - size + 1)))


def find_withheld(data: bytes, secrets: Secrets) -> list[str]:
    """Return one line for each withheld thing found in a file's bytes; empty where there is none.

    Text is read plainly and with its HTML, JSON and URL escapes undone; Parquet is decoded. Bytes that cannot be
    looked into (archives, images) are a finding themselves: a search that sees nothing must not pass.
    """
    closed = next((word for magic, word in _CLOSED.items() if data.startswith(magic)), None)
    if closed is not None:
        return [f"bytes that cannot be searched ({closed})"]
    if data.startswith(b"PAR1"):
        return _in_parquet(data, secrets)
    text = _unescaped(data.decode("utf-8", errors="replace"))
    return sorted({*_phrases_in(text, secrets), *_positions_in(text, secrets)})


def _unescaped(text: str) -> str:
    plain = _ESCAPE.sub(lambda m: chr(int(m[1], 16)), text)
    return unquote(html.unescape(plain))


def _in_parquet(data: bytes, secrets: Secrets) -> list[str]:
    table = pq.read_table(pa.BufferReader(data))
    found: set[str] = set()
    for column in table.columns:
        values = column.combine_chunks()
        if pa.types.is_string(values.type):
            values = values.unique()
        elif not pa.types.is_nested(values.type):
            continue
        found.update(find_withheld(json.dumps(values.to_pylist(), ensure_ascii=False).encode(), secrets))
    return sorted(found | _rows_at_positions(table, secrets))


def _rows_at_positions(table: pa.Table, secrets: Secrets) -> set[str]:
    """Find rows of which two number columns, side by side or not, are the coordinates of a position."""
    floats = [np.abs(table.column(f.name).to_numpy()) for f in table.schema if pa.types.is_floating(f.type)]
    least = np.full(table.num_rows, secrets.config.least_decimals)
    met: dict[tuple[int, int], set[int]] = {}
    for column in floats:
        for row, position, coordinate in _matching_positions(column, least, secrets):
            met.setdefault((row, position), set()).add(coordinate)
    return {f"position {position}" for (_, position), coordinates in met.items() if len(coordinates) > 1}


def _phrases_in(text: str, secrets: Secrets) -> set[str]:
    words, first = _words(text), secrets.first_words
    starts = [i for i, word in enumerate(words) if word in first]
    found: set[str] = set()
    for size, known in secrets.phrases.items():
        found.update(known[w] for i in starts if (w := words[i : i + size]) in known)
    return found


def _positions_in(text: str, secrets: Secrets) -> set[str]:
    if not len(secrets.positions):
        return set()
    found = {f"position {i} as a grid reference" for i in _grid_references_in(text, secrets)}
    where, degrees, decimals = _spelt_degrees(text)
    hits = _matching_positions(degrees, decimals, secrets)
    alone = secrets.config.alone_decimals
    found |= {f"position {p}" for k, p, _ in hits if decimals[k] >= alone}
    return found | {f"position {p}" for p in _pairs(where, hits, secrets.config)}


def _grid_references_in(text: str, secrets: Secrets) -> set[int]:
    known = secrets.grid_references
    spelt = ("".join(m.groups()).upper() for m in _MGRS.finditer(text))
    return {known[s] for s in spelt if s in known}


def _spelt_degrees(text: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return offset in the text, value in degrees without sign, and decimals of every number that may be an angle."""
    rows = [(m.start(), *_decimal(m)) for m in _DECIMAL.finditer(text)]
    rows += [(m.start(), *_sexagesimal(m)) for m in _SEXAGESIMAL.finditer(text)]
    rows += [(m.start(), int(m[1]) / 10.0**d, d) for m in _SCALED.finditer(text) for d in (6, 7)]
    table = np.array(sorted(rows), dtype=np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2]


def _decimal(match: re.Match[str]) -> tuple[float, int]:
    digits, exponent = match[2] or match[3], int(match[4] or 0)
    return float(f"{match[1]}.{digits}e{exponent}"), len(digits) - exponent


def _sexagesimal(match: re.Match[str]) -> tuple[float, int]:
    minutes = float(f"{match[2]}.{match[3] or 0}")
    seconds = float(f"{match[4] or 0}.{match[5] or 0}")
    decimals = 4 if match[4] else min(2 + len(match[3] or ""), 5)  # a second is 3e-4°, a minute 2e-2°
    return float(match[1]) + minutes / 60 + seconds / 3600, decimals


def _matching_positions(degrees: np.ndarray, decimals: np.ndarray, secrets: Secrets) -> list[tuple[int, int, int]]:
    """Return (number in the text, position, rank of its coordinate) wherever a number spells a coordinate.

    One unit of the last digit is allowed, so that cut-off digits are found as well as rounded ones.
    """
    known, owner = secrets.sorted_degrees
    enough = np.flatnonzero(decimals >= secrets.config.least_decimals)
    tolerance = 10.0 ** -np.minimum(decimals[enough], 9) * (1 + 1e-6)
    low = np.searchsorted(known, degrees[enough] - tolerance, side="left")
    high = np.searchsorted(known, degrees[enough] + tolerance, side="right")
    return [(int(enough[k]), int(owner[j]), int(j)) for k in np.flatnonzero(high > low) for j in range(low[k], high[k])]


def _pairs(where: np.ndarray, hits: Sequence[tuple[int, int, int]], config: Config) -> set[int]:
    """Return positions both of whose coordinates are spelt near each other."""
    last: dict[int, tuple[float, int]] = {}
    found = set()
    for k, position, coordinate in hits:
        before = last.get(position)
        if before and before[1] != coordinate and where[k] - before[0] <= config.near_characters:
            found.add(position)
        last[position] = (float(where[k]), coordinate)
    return found


def gather_secrets(tables: Mapping[str, Sequence[pa.Table]], config: Config | None = None) -> Secrets:
    """Return what the given tables (schema name → tables) hold that must not be published.

    Positions are those of observers (sector places), of impediments, of nodes, and the middles of footprints;
    satellites are no secret. Texts are the source-protected columns.
    """
    names: set[str] = set()
    texts: set[str] = set()
    points = [np.empty((0, 2))]
    for kind, table in ((k, t) for k, many in tables.items() for t in many):
        protected = [c.name for c in SCHEMAS[kind].columns if c.marking is Marking.SOURCE_PROTECTED]
        texts.update(t for name in protected for t in strings(table, name) if t)
        if "asset" in table.column_names:
            own = _own_assets(table)
            names.update(a for a in strings(table, "asset")[own] if a)
            points.append(_positions(kind, table)[own])
        if "node" in table.column_names:
            names.update(n for n in table.column("node").unique().to_pylist() if n)
        if kind == "nodes":  # triggers name their node, and say nothing of where it stands
            points.append(_positions(kind, table))
    positions = np.unique(np.concatenate(points), axis=0)
    positions = positions[np.isfinite(positions).all(axis=1)]
    return Secrets(tuple(sorted(names)), positions, tuple(sorted(texts)), config or Config())


def _own_assets(table: pa.Table) -> np.ndarray:
    if "asset_kind" in table.column_names:
        return np.asarray(strings(table, "asset_kind") != "satellite")
    return np.array([name is not None for name in strings(table, "asset")], dtype=bool)


def _positions(kind: str, table: pa.Table) -> np.ndarray:
    if kind == "coverage":
        shapes = shapely.from_wkb(table.column("geometry").to_numpy())
        return np.asarray(shapely.get_coordinates(shapely.centroid(shapes)))
    points = np.column_stack([numbers(table, "lon_deg"), numbers(table, "lat_deg")])
    if kind == "observations":  # other kinds of place are those of the event, not of the observer
        points[strings(table, "place_kind") != "sector"] = np.nan
    return points
