"""Bellingcat's list of incidents of civilian harm: a JSON list without identifiers, several sources a row."""

import json
import re
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue
from trucewatch.core.reading import Reading
from trucewatch.core.times import day_intervals_ns
from trucewatch.sense.checks import DAY_NEEDED, PLACE_NEEDED, Fault, bad_days, bad_places, states, usable
from trucewatch.sense.elements import listing, raw_element
from trucewatch.sense.encoding import body, decode
from trucewatch.sense.links import LINKED, RELIABILITY, UNLINKED, evidence_group
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section
from trucewatch.sense.words import days, numbers

__all__ = ["FORMAT", "PROJECT", "ZONE", "class_of", "detect", "raw_row", "read"]

FORMAT = "bellingcat_json"
PROJECT = "eyes_on_russia"  # the same volunteers as the list of the Centre for Information Resilience
ZONE = "Europe/Kyiv"
_FIELDS = ("date", "location", "description", "sources", "latitude", "longitude")

# The list names no class; a description that names a detonation is one, else what it names as the trace.
_CLASSES = (
    (r"shell|rocket|missile|air ?strike|strike|explo|artiller|bomb|cluster|munition|mortar|blast|grad\b|drone",
     "explosion"),
    (r"damag|destr|ruin|burn|crater|debris|rubble", "civilian_damage"),
    (r"kill|dead|death|bod(y|ies)|casualt|injur|wound|fatal|shot", "casualty"),
)  # fmt: skip


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    start = body(head)[0].lstrip()[:4096]
    return start[:1] in (b"[", b"{") and all(f'"{field}"'.encode() in start for field in ("sources", "description"))


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one list element."""
    return raw_element(data, _key(decode(data).utf8.decode()), row)


def class_of(description: str) -> str | None:
    """Return the class that a description names; None where it names none."""
    words = description.lower()
    return next((cls for pattern, cls in _CLASSES if re.search(pattern, words)), None)


def read(source: Source) -> Iterator[Reading]:
    """Read the incidents as reports: an exact place, a day in Kyiv."""
    text = decode(source.data).utf8.decode()
    elements, broken, beside = listing(text, _key(text))
    synthetic = beside.get("synthetic") is True
    issues = [source.unreadable(f"a list that breaks off: {broken}", "a whole JSON list")] if broken else []
    section = _section([e.value for e in elements])
    table, found = _observations(source, section)
    yield source.reading("observations", FORMAT, table, issues + found, synthetic)


def _key(text: str) -> str | None:
    """A plain list, or an object that holds the list as `incidents`."""
    return "incidents" if text.lstrip()[:1] == "{" else None


def _section(values: list[Any]) -> Section:
    rows = [v if isinstance(v, dict) else {} for v in values]
    words = {f: pa.array([_word(r.get(f)) for r in rows], pa.string()) for f in _FIELDS}
    first: dict[str, int] = {}
    twin = [_first(first, json.dumps(v, sort_keys=True), n) for n, v in enumerate(values, start=1)]
    return Section(_FIELDS, pa.table(words), np.arange(1, len(rows) + 1), np.array(twin, dtype=np.int64))


def _first(first: dict[str, int], value: str, row: int) -> int:
    earlier = first.setdefault(value, row)
    return 0 if earlier == row else earlier


def _word(value: Any) -> str | None:
    """Return a JSON value as a word; of several sources the first, which is the one the row rests on."""
    if isinstance(value, list):
        value = next((v for v in value if isinstance(v, str) and v.strip()), None)
    if value is None or isinstance(value, (bool, dict, list)):
        return None
    return str(value).strip().encode(errors="replace").decode() or None


def _observations(source: Source, s: Section) -> tuple[pa.Table, list[Issue]]:
    get = {name: s.words.column(name).combine_chunks() for name in _FIELDS}
    lon, lat, day = numbers(get["longitude"]), numbers(get["latitude"]), days(get["date"])
    needed = DAY_NEEDED.format(source.config.year_min, source.config.year_max)
    faults = [
        Fault(bad_places(lon, lat), {n: get[n] for n in ("latitude", "longitude")}, PLACE_NEEDED),
        Fault(bad_days(day, source.config), {"date": get["date"]}, needed),
    ]
    keep, rejected = usable(source, s, faults)
    state, doubles = states(source, s, keep)
    start_ns, end_ns = day_intervals_ns(day[keep], ZONE)
    text, links = get["description"].take(keep), get["sources"].take(keep)
    values = {
        "source": "bellingcat", "state": state, "project": PROJECT,
        "group": [evidence_group(PROJECT, link) for link in links.to_pylist()],
        "t_start_ns": start_ns, "t_end_ns": end_ns,
        "place_kind": "exact", "lon_deg": lon[keep], "lat_deg": lat[keep], "size1_m": source.config.list_radius90_m,
        "class": pa.array([class_of(t or "") for t in text.to_pylist()], pa.string()), "means": "reported",
        "reliability": RELIABILITY, "credibility": [LINKED if link else UNLINKED for link in links.to_pylist()],
        "count": 1.0, "count_unit": "report", "text": text, "link": links,
    }  # fmt: skip
    return source.table("observations", s.row[keep], values), rejected + doubles
