"""Press reports of the war as the VIINA project collects them: one row for each place in each headline.

Source: Zhukov and Ayers, VIINA: Violent Incident Information from News Articles (columns datetime, lon, lat,
place_name, event_type, headline).

Times are local to Kyiv, with its summer time. Evidence: of the 130 rows of April, July and August 2023 with a time
whose headline speaks of an alarm, the hour before holds 4.7 official alarms a row when the times are read so, against
1.6 to 2.7 at every other offset from -8 to +8 hours; and the fewest rows fall between two and three at night. A time
says when the report was published, the happening came before it; a date alone (about half of the rows, written as
midnight) is a day in Kyiv.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from math import isnan

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.times import DAY_NS, SECOND_NS
from trucewatch.sense import tabular
from trucewatch.sense.checks import PLACE_NEEDED, TIME_NEEDED, Fault, bad_places, bad_times, states, usable
from trucewatch.sense.local_times import LocalInterval, local_interval
from trucewatch.sense.places import place_columns
from trucewatch.sense.press_limits import PressConfig
from trucewatch.sense.press_names import said_of
from trucewatch.sense.press_places import AREA, MENTION, NOWHERE, REGION, Reports, Stand, stands
from trucewatch.sense.press_words import announcements, full_label, meanings
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, clock_s, numbers, texts

__all__ = ["FORMAT", "PROJECT", "ZONE", "detect", "raw_row", "read"]

FORMAT = "viina_csv"
PROJECT = "viina"
ZONE = "Europe/Kyiv"
SHEET = Sheet(frozenset({"datetime", "lon", "lat", "place_name", "event_type", "headline"}))
RELIABILITY = "C"  # many media of both sides, none checked: an assumption of ours
IN_WORDS, DOUBTED = "3", "4"  # the headline itself says what and where; only a label or no usable place does
ASIDE = "aside"  # read and kept, but it says nothing that happened

_MINUTE_NS = 60 * SECOND_NS
_STAMP = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(?::\d{2})?)?")


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def read(source: Source) -> Iterator[Reading]:
    """Read the headlines as reports: what their words and labels say, where they can be trusted to say it."""
    config = source.config.press
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("observations", FORMAT, *issues)
        return
    lon, lat = numbers(column(section, "lon")), numbers(column(section, "lat"))
    start_ns, end_ns = _times(column(section, "datetime"), config)
    keep, rejected = usable(source, section, _faults(source, section, (lon, lat), start_ns))
    s = Section(section.names, section.words.take(keep), section.row[keep], section.twin[keep])
    folded = _folded(column(s, "headline"))
    state, doubles = states(source, s, np.arange(len(keep)), _twins(s, folded))
    names, headlines = texts(column(s, "place_name")), texts(column(s, "headline"))
    said = _said(headlines, names)
    alarms = announcements(column(s, "headline"))
    meaning = meanings(pa.array(said, pa.string()), column(s, "event_type"), alarms)
    silent = np.array([cls is None for cls in meaning.cls], dtype=bool)
    first = np.asarray(pc.equal(state, "accepted").to_numpy(zero_copy_only=False))
    stand = _stands(Reports(lon[keep], lat[keep], names, headlines), ~silent, config)
    told = np.array([t is not None and t.kind != NOWHERE for t in stand], dtype=bool) & meaning.in_words
    values = {
        "source": "viina", "state": np.where(first & silent, ASIDE, state), "project": PROJECT,
        "group": _groups(folded), "t_start_ns": start_ns[keep], "t_end_ns": end_ns[keep],
        **place_columns([None if t is None else t.place for t in stand]),
        "class": pa.array(meaning.cls, pa.string()), "means": "reported", "count": 1.0, "count_unit": "report",
        "reliability": RELIABILITY, "credibility": np.where(told, IN_WORDS, DOUBTED), "text": column(s, "headline"),
    }  # fmt: skip
    other = [*issues, *rejected, *doubles, *_odd_labels(source, s), *_set_aside(source, first & silent)]
    table = source.table("observations", s.row, values)
    yield source.reading("observations", FORMAT, table, [*other, *_coarse(source, stand)], synthetic)


def _times(words: pa.Array, config: PressConfig) -> tuple[np.ndarray, np.ndarray]:
    """Return starts and ends (n,) ns UTC: the day of a date, or the time before a time; `NO_INSTANT` where neither."""
    coded = words.dictionary_encode()
    each = [_interval(word, config) for word in coded.dictionary.to_pylist()]
    codes = coded.indices.fill_null(len(each)).to_numpy(zero_copy_only=False)
    bounds = np.array([*each, (NO_INSTANT, NO_INSTANT)], dtype=np.int64)[codes]
    return bounds[:, 0], bounds[:, 1]


def _interval(word: str, config: PressConfig) -> tuple[int, int]:
    stamp = _STAMP.fullmatch(word)
    if stamp is None:
        return NO_INSTANT, NO_INSTANT
    whole = _day(stamp[1])
    if whole.fault or stamp[2] in (None, "00:00"):
        return (NO_INSTANT, NO_INSTANT) if whole.fault else (whole.t_start_ns, whole.t_end_ns)
    after_s = clock_s(stamp[2])
    if isnan(after_s):
        return NO_INSTANT, NO_INSTANT
    first = last = whole.t_start_ns + int(after_s) * SECOND_NS
    if whole.t_end_ns - whole.t_start_ns != DAY_NS:  # the clocks change: an hour comes twice or never
        found = local_interval(stamp[1], stamp[2], stamp[2], ZONE)
        first, last = found.t_start_ns, found.t_end_ns - _MINUTE_NS
    return first - int(config.lag_s * SECOND_NS), last + _MINUTE_NS


@cache
def _day(word: str) -> LocalInterval:
    return local_interval(word, None, None, ZONE)


def _faults(source: Source, s: Section, point: tuple[np.ndarray, np.ndarray], start_ns: np.ndarray) -> list[Fault]:
    headline = column(s, "headline")
    needed = TIME_NEEDED.format(source.config.year_min, source.config.year_max) + ", as YYYY-MM-DD HH:MM:SS"
    return [
        Fault(np.asarray(headline.is_null()), {"headline": headline}, "the headline that reports something"),
        Fault(bad_places(*point), {"lat": column(s, "lat"), "lon": column(s, "lon")}, PLACE_NEEDED),
        Fault(bad_times(start_ns, source.config), {"datetime": column(s, "datetime")}, needed),
    ]


def _folded(headlines: pa.Array) -> pa.Array:
    """Return headlines without case, marks and blanks at their ends: copies of one text become equal."""
    plain = pc.replace_substring_regex(pc.utf8_lower(headlines), r"[^\pL\pN]+", " ")
    return pc.utf8_trim_whitespace(plain)


def _stands(reports: Reports, wanted: np.ndarray, config: PressConfig) -> list[Stand | None]:
    """Return how the point of each report (n,) that names a happening is to be taken; None for the others."""
    at = np.flatnonzero(wanted)
    name, headline = ([words[i] for i in at.tolist()] for words in (reports.name, reports.headline))
    told = Reports(reports.lon_deg[at], reports.lat_deg[at], name, headline)
    found: list[Stand | None] = [None] * len(wanted)
    for i, stand in zip(at.tolist(), stands(told, config), strict=True):
        found[i] = stand
    return found


def _said(headlines: list[str | None], names: list[str | None]) -> list[str]:
    pairs = [(h or "", n) for h, n in zip(headlines, names, strict=True)]
    said = {pair: said_of(*pair) for pair in dict.fromkeys(pairs)}
    return [said[pair] for pair in pairs]


def _groups(folded: pa.Array) -> pa.Array:
    coded = folded.dictionary_encode()
    words = [f"{PROJECT}:{sha256(t.encode()).hexdigest()[:16]}" for t in coded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(coded.indices)


def _twins(s: Section, folded: pa.Array) -> np.ndarray:
    """Return the row number (n,) of the first report of the same words, place and day; 0 where this is the first."""
    day = pc.utf8_slice_codeunits(column(s, "datetime"), 0, 10)
    first: dict[tuple[str | None, ...], int] = {}
    keys = zip(*(texts(c) for c in (folded, day, column(s, "lon"), column(s, "lat"))), strict=True)
    earlier = np.array([first.setdefault(k, n) for k, n in zip(keys, s.row.tolist(), strict=True)], dtype=np.int64)
    return np.where(earlier == s.row, 0, earlier)


def _odd_labels(source: Source, s: Section) -> list[Issue]:
    counts: Counter[str] = Counter()
    for pair in column(s, "event_type").value_counts().to_pylist():
        for label in (pair["values"] or "").split("|"):
            counts[label] += pair["counts"] if label and full_label(label) is None else 0
    return [
        source.issue(IssueKind.DOUBTFUL, f"the label {label!r} in {n:,} rows", "a known label", "it is passed over")
        for label, n in sorted(counts.items()) if n
    ]  # fmt: skip


def _set_aside(source: Source, aside: np.ndarray) -> list[Issue]:
    if not aside.any():
        return []
    found = f"{np.count_nonzero(aside):,} of {len(aside):,} rows that name nothing that happened"
    return [source.issue(IssueKind.DOUBTFUL, found, "a report of a happening", "kept aside; they found no incident")]


_COARSE = {
    AREA: ("name the front, the direction or the district of a town", "placed within reach of it"),
    REGION: ("stand on the centre of a region and name no other place", "placed somewhere in the region"),
    MENTION: ("stand on a point that their headline does not name", "placed where the headline says"),
    NOWHERE: ("stand on a point that their headline does not speak of as a place", "their place is unknown"),
}


def _coarse(source: Source, stand: list[Stand | None]) -> list[Issue]:
    counts = Counter(t.kind for t in stand if t is not None)
    return [
        source.issue(IssueKind.DOUBTFUL, f"{counts[kind]:,} rows that {what}", "the place itself", action)
        for kind, (what, action) in _COARSE.items() if counts[kind]
    ]  # fmt: skip
