"""Propose a mapping for a user's own table from the names and values of its columns."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely

from trucewatch.core.errors import CommandError
from trucewatch.sense.limits import Config
from trucewatch.sense.local_times import zone_of
from trucewatch.sense.mapping import FileEntry
from trucewatch.sense.observer_form import amounts
from trucewatch.sense.own_table import open_rows
from trucewatch.sense.own_table_rows import Rows
from trucewatch.sense.own_table_values import known, quantity
from trucewatch.sense.source import Source
from trucewatch.sense.stamps import read_stamps
from trucewatch.sense.suggest_words import CLASS_STEMS, names_role
from trucewatch.sense.tabular import Section, column

__all__ = ["suggest", "suggest_text"]

_SAMPLE = 5000  # rows that are looked at
_MOST = 0.9  # share of a column's values that must fit
_WORDS = 60  # different words that a column of classes has at most
_SPLITS = "|;"
_CLOCK = r"^\d{1,2}:\d{2}(:\d{2})?$"
_GRID = r"^(MGRS:?\s*)?\d{1,2}\s*[C-HJ-NP-X]\s*[A-HJ-NP-Z]{2}[\d\s]*$"
_WKT = r"(?i)^(MULTI)?(POINT|LINESTRING|POLYGON)\s*Z?\s*\("
_DATES = (None, "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%d-%m-%Y", "%d.%m.%y",
          "%d/%m/%y", "%m/%d/%y")  # fmt: skip
_CLOCKS = (" %H:%M:%S", " %I:%M:%S %p", " %I:%M %p")
_PLAIN = re.compile(r"[^\W\d_][\w ./()№-]*[\w)]|[^\W\d_]")
_YAML_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off"})


@dataclass(frozen=True)
class _Table:
    """The first rows of a file, by column."""

    section: Section
    drawn: np.ndarray | None
    decimal: str

    def words(self, name: str) -> pa.Array:
        return known(column(self.section, name))

    def share(self, name: str, fits: np.ndarray) -> float:
        """Return which share of a column's values fit."""
        given = np.asarray(self.words(name).is_valid())
        return float((fits & given).sum() / given.sum()) if given.any() else 0.0

    def numbers(self, name: str) -> np.ndarray:
        return quantity(self.words(name), self.decimal)

    def like(self, name: str, pattern: str) -> float:
        found = pc.fill_null(pc.match_substring_regex(self.words(name), pattern), False)
        return self.share(name, np.asarray(found))

    def named(self, role: str) -> list[str]:
        """Return the columns whose names speak of a role, the nearest first."""
        ranks = [(names_role(_parts(name), role), i, name) for i, name in enumerate(self.section.names)]
        return [name for rank, _, name in sorted((r, i, n) for r, i, n in ranks if r is not None)]


class _Line(NamedTuple):
    """One line of the proposal: its text and why; `?` where a person must decide."""

    text: str
    why: str
    ask: bool = False

    def __str__(self) -> str:
        return f"{self.text}  # {'? ' if self.ask else ''}{self.why}"


def suggest_text(path: Path, config: Config | None = None) -> str:
    """Return a proposed mapping for the table in a file."""
    if not path.is_file():
        raise CommandError(f"found no file {path.name!r}; needed a table; check the path")
    return suggest(Source(path.name, path.read_bytes(), config or Config()))


def suggest(source: Source) -> str:
    """Return a proposed mapping as YAML with a reason behind each line; `# ?` marks what a person must decide."""
    layout = FileEntry()
    rows = open_rows(source, layout)
    if rows.section is not None and _two_rows(rows.section):
        layout = FileEntry(header_rows=2)
        rows = open_rows(source, layout)
    if rows.section is None:
        why = "; ".join(str(i) for i in rows.issues)
        raise CommandError(f"found no table in {source.file_name}; needed one that can be read; {why}")
    table = _sampled(rows, rows.section)
    used: set[str] = set()
    lines = [*_head(source, rows), *_layout_lines(layout, table), *_time_lines(table, used), *_place_lines(table, used),
             *_column_lines(table, used)]  # fmt: skip
    left = [_quoted(n) for n in table.section.names if n not in used]
    ending = [f"# not used: {', '.join(left)}"] if left else []
    return "\n".join([*(str(line) for line in lines), *ending]) + "\n"


def _two_rows(section: Section) -> bool:
    """Return whether the first row is a second line of names: many names are missing and it holds no number."""
    if not len(section.row):
        return False
    unnamed = sum(bool(re.fullmatch(r"column \d+|.+ \(\d+\)", n)) for n in section.names)
    first = [column(section, n)[0].as_py() for n in section.names]
    return unnamed * 3 >= len(section.names) and not any(re.search(r"\d", w or "") for w in first)


def _sampled(rows: Rows, section: Section) -> _Table:
    few = Section(section.names, section.words.slice(0, _SAMPLE), section.row[:_SAMPLE], section.twin[:_SAMPLE])
    drawn = None if rows.geometries is None else rows.geometries.shapes[:_SAMPLE]
    table = _Table(few, drawn, ".")
    commas = [n for r in ("lat", "lon") for n in table.named(r) if table.like(n, r"^[+-]?\d+,\d+$") > _MOST]
    return _Table(few, drawn, "," if commas else ".")


def _head(source: Source, rows: Rows) -> Iterator[_Line]:
    yield _Line("format: 1", f"proposed for {_printable(source.file_name)}")
    yield _Line("reads: observations", "or notices, impediments, alerts, allegations, calls, inspections, ...", True)
    stem = re.sub(r"[^a-z0-9]+", "_", PurePosixPath(source.file_name).stem.lower()).strip("_")
    yield _Line(f"source: {stem if re.match('[a-z]', stem) else 'own_table'}", "from the file's name")
    if rows.synthetic:
        yield _Line("synthetic: true", "the file says so")


def _layout_lines(layout: FileEntry, table: _Table) -> Iterator[_Line]:
    if layout.header_rows == 2 or table.decimal == ",":
        yield _Line("file:", "how it is laid out")
    if layout.header_rows == 2:
        yield _Line("  header_rows: 2", "the second row holds names too")
    if table.decimal == ",":
        yield _Line('  decimal: ","', "coordinates have a decimal comma")


class _Start(NamedTuple):
    """The column of the start, the pattern of its stamps, and whether day and month could change places."""

    name: str
    pattern: str | None
    either: bool


def _time_lines(table: _Table, used: set[str]) -> Iterator[_Line]:
    start = _start(table, used)
    if start is None:
        yield _Line("# time: {start: ...}", "no column looks like a time; without one nothing can be read", True)
        return
    used.add(start.name)
    stamps = read_stamps(table.words(start.name), start.pattern)
    clocks = table.named("clock") if (stamps.step_ns <= 0).all() else []
    clock = next((n for n in clocks if n not in used and table.like(n, _CLOCK) > _MOST), None)
    pattern, shown = start.pattern, _quoted(start.name)
    if clock is not None:
        used.add(clock)
        pattern, shown = pattern and f"{pattern} %H:%M:%S", f"[{shown}, {_quoted(clock)}]"
    yield _Line("time:", "when it happened")
    yield _Line(f"  start: {shown}", "by its name and values" if clock is None else "a day, and the clock beside it")
    yield from _end_line(table, pattern, used)
    if pattern is not None:
        both = "day first and month first both fit; the first is written here"
        yield _Line(f'  format: "{pattern}"', both if start.either else "by its values", start.either)
    if stamps.naive.any():
        yield _zone_line(table, used)


def _start(table: _Table, used: set[str]) -> _Start | None:
    for name in table.named("start"):
        patterns = [] if name in used else _patterns(table, name)
        if patterns:
            return _Start(name, patterns[0], _either(patterns))
    return None


def _either(patterns: list[str | None]) -> bool:
    """Return whether day and month could change places."""
    return any(p and p[:2] == "%d" and f"%m{p[2]}%d{p[5:]}" in patterns for p in patterns)


def _patterns(table: _Table, name: str) -> list[str | None]:
    """Return the patterns that the values follow, ISO 8601 (None) first."""
    words = table.words(name)
    fitting: list[str | None] = []
    for date in _DATES:
        for pattern in [None] if date is None else [date, *(date + clock for clock in _CLOCKS)]:
            if table.share(name, read_stamps(words, pattern).known) > _MOST:
                fitting.append(pattern)
                break
    return fitting


def _end_line(table: _Table, pattern: str | None, used: set[str]) -> Iterator[_Line]:
    for name in table.named("end"):
        if name not in used and table.share(name, read_stamps(table.words(name), pattern).known) > _MOST:
            used.add(name)
            yield _Line(f"  end: {_quoted(name)}", "by its name and values")
            return
    for name in table.named("duration"):
        if name not in used and table.share(name, np.isfinite(table.numbers(name))) > _MOST:
            used.add(name)
            unit = "min" if "min" in name.lower() else "s"
            yield _Line(f"  duration: {{column: {_quoted(name)}, unit: {unit}}}", "s, min, h or d", unit == "s")
            return


def _zone_line(table: _Table, used: set[str]) -> _Line:
    for name in table.named("zone"):
        zones = np.array([zone_of(w) is not None for w in table.words(name).to_pylist()], dtype=bool)
        if table.share(name, zones) > _MOST:
            used.add(name)
            return _Line(f"  zone: {{column: {_quoted(name)}}}", "its values are zones")
    return _Line("  zone: UTC", "the file does not say; write the zone of its clocks, such as Europe/Kyiv", True)


def _place_lines(table: _Table, used: set[str]) -> Iterator[_Line]:
    lat, lon = (_degrees(table, role, limit) for role, limit in (("lat", 90.0), ("lon", 180.0)))
    if lat is not None and lon is not None and lat != lon:
        used.update((lat, lon))
        yield _Line("place:", "where it happened")
        yield _Line(f"  lon: {_quoted(lon)}", "by its name and values")
        yield _Line(f"  lat: {_quoted(lat)}", "by its name and values")
        yield _radius_line(table, used)
        return
    shape = next((n for n in table.section.names if table.like(n, _WKT) > _MOST), None)
    if table.drawn is not None or shape is not None:
        used.update([] if shape is None else [shape])
        yield _Line("place:", "where it happened")
        what = "the shapes of the file" if table.drawn is not None else "its values are WKT"
        yield _Line(f"  geometry: {'geometry' if table.drawn is not None else _quoted(str(shape))}", what)
        if table.drawn is None or (shapely.get_type_id(table.drawn) < 3).any():
            yield _radius_line(table, used)
        return
    yield from _told_lines(table, used)


def _told_lines(table: _Table, used: set[str]) -> Iterator[_Line]:
    grid = next((n for n in table.section.names if table.like(n, _GRID) > _MOST), None)
    text = next((n for n in table.named("text_place") if n not in used), None)
    name = grid or text
    if name is None:
        yield _Line("# place: {lon: ..., lat: ...}", "no column looks like a place; all places will be unknown", True)
        return
    used.add(name)
    yield _Line("place:", "where it happened")
    yield _Line(f"  {'mgrs' if grid else 'text'}: {_quoted(name)}", "its values are grid references" if grid else
                "by its name; no column of degrees was found")  # fmt: skip


def _degrees(table: _Table, role: str, limit: float) -> str | None:
    for name in table.named(role):
        if table.share(name, np.abs(table.numbers(name)) <= limit) > _MOST:
            return name
    return None


def _radius_line(table: _Table, used: set[str]) -> _Line:
    for name in table.named("radius"):
        if table.share(name, table.numbers(name) > 0) > _MOST:
            used.add(name)
            unit = "km" if re.search(r"km|км", name.lower()) else "m"
            return _Line(f"  radius: {{column: {_quoted(name)}, unit: {unit}}}", "m or km; it must hold 90 %", True)
    return _Line("  radius: {value: 1000, unit: m}", "how well the positions are known: the disc that holds 90 %", True)


def _column_lines(table: _Table, used: set[str]) -> Iterator[_Line]:
    found = [*_class_lines(table, used)]
    for role in ("native_key", "killed", "injured", "count", "weapon", "damage", "power_mw", "reliability",
                 "credibility", "asset", "link", "text"):  # fmt: skip
        for name in table.named(role):
            if name not in used and _fits(table, role, name):
                used.add(name)
                found.append(_Line(f"  {role}: {_quoted(name)}", "by its name and values"))
                break
    if found:
        yield _Line("columns:", "what happened")
        yield from found


def _fits(table: _Table, role: str, name: str) -> bool:
    words = table.words(name)
    if words.null_count == len(words):
        return False
    if role in ("count", "power_mw"):
        return table.share(name, np.isfinite(table.numbers(name))) > _MOST
    if role in ("killed", "injured"):
        said = {w: amounts(w) is not None for w in words.unique().to_pylist() if w is not None}
        return table.share(name, np.array([bool(w and said[w]) for w in words.to_pylist()], dtype=bool)) > _MOST
    if role == "link":
        return table.like(name, r"(?i)^https?://") > _MOST
    if role == "native_key":
        return len(words.unique()) > _MOST * len(words)
    patterns = {"reliability": r"^[A-F]$", "credibility": r"^[1-6]$"}
    return role not in patterns or table.like(name, patterns[role]) > _MOST


def _class_lines(table: _Table, used: set[str]) -> Iterator[_Line]:
    for name in table.named("class"):
        words = [w for w in table.words(name).unique().to_pylist() if w is not None]
        split = next((c for c in _SPLITS if any(c in w for w in words)), None)
        single = sorted({p.strip() for w in words for p in (w.split(split) if split else [w]) if p.strip()})
        if name in used or not single or len(single) > _WORDS or table.like(name, r"^[\d.,:\s-]+$") > _MOST:
            continue
        used.add(name)
        yield _Line("  class:", f"{len(single)} different words")
        yield _Line(f"    column: {_quoted(name)}", "by its name and values")
        if split:
            yield _Line(f'    split: "{split}"', "several words in one field; their common class is taken")
        yield _Line("    map:", "their word: class of ours; null leaves it unknown")
        for word in single:
            cls = next((c for stem, c in CLASS_STEMS if stem in word.lower()), None)
            yield _Line(
                f"      {_quoted(word)}: {cls or 'null'}", "by its stem" if cls else "choose a class", cls is None
            )
        return


def _parts(name: str) -> list[str]:
    """Return the words of a column's name: `startDate_UTC` is start, date, utc."""
    apart = re.sub(r"(?<=[a-zа-яіїєґё])(?=[A-ZА-ЯІЇЄҐЁ])", " ", unicodedata.normalize("NFC", name))
    words = [w for w in re.split(r"[\W_]+", apart.casefold()) if w]
    return [*words, name.strip().casefold()]


def _quoted(word: str) -> str:
    """Return a word as YAML reads it back; plain where it may be."""
    if _PLAIN.fullmatch(word) and word.isprintable() and word.lower() not in _YAML_WORDS and "  " not in word:
        return word
    return f'"{_printable(word)}"'


def _printable(word: str) -> str:
    shown = (c if c.isprintable() and c not in '"\\' else f"\\{c}" if c in '"\\' else f"\\U{ord(c):08x}" for c in word)
    return "".join(shown)
