"""The Eyes on Russia list of the Centre for Information Resilience: events placed on imagery by volunteers."""

import re
from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.times import day_intervals_ns
from trucewatch.sense import tabular
from trucewatch.sense.checks import DAY_NEEDED, PLACE_NEEDED, Fault, bad_days, bad_places, states, usable
from trucewatch.sense.links import LINKED, RELIABILITY, UNLINKED, evidence_group, normal_link
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import days, mapped, numbers, texts

__all__ = ["FORMAT", "PROJECT", "ZONE", "class_of", "detect", "raw_row", "read"]

FORMAT = "cir_csv"
PROJECT = "eyes_on_russia"
ZONE = "Europe/Kyiv"
SHEET = Sheet(frozenset({"entry", "date", "event_group", "lat", "lon", "link"}))

# What the group of a row says about the happening; first match. Months, years and sides in it do not matter.
_CLASSES = (
    (r"presence/loss", None),  # either of two classes
    (r"civilian infrastructure damage", "civilian_damage"),
    (r"military infrastructure damage|military losses", "military_damage"),
    (r"bombing|explosion", "explosion"),
    (r"civilian casualt", "casualty"),
    (r"ground battle", "ground_battle"),
    (r"firing position", "outgoing"),
    (r"military presence", "presence"),
    (r"mass grave|burial", "burial"),
    (r"detention|arrest", "detention"),
)


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, SHEET)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, SHEET, row)


def class_of(event_group: str) -> str | None:
    """Return the class of an event group; None where it names none or several."""
    words = event_group.lower()
    return next((cls for pattern, cls in _CLASSES if re.search(pattern, words)), None)


def read(source: Source) -> Iterator[Reading]:
    """Read the events as reports: an exact place, a day in Kyiv."""
    section, issues, synthetic = tabular.read_whole(source, SHEET)
    if section is None:
        yield source.empty("observations", FORMAT, *issues)
        return
    lon, lat, day = numbers(column(section, "lon")), numbers(column(section, "lat")), days(column(section, "date"))
    keys = texts(column(section, "entry"))
    keep, rejected = usable(source, section, _faults(source, section, lon, lat, day), keys)
    twin, repeats = _repeats(source, section, keep, keys)
    state, doubles = states(source, section, keep, twin)
    start_ns, end_ns = day_intervals_ns(day[keep], ZONE)
    links = [link if normal_link(link) else None for link in texts(column(section, "link").take(keep))]
    values = {
        "source": "cir", "native_key": [keys[i] for i in keep], "state": state, "project": PROJECT,
        "group": [evidence_group(PROJECT, link) for link in links],
        "t_start_ns": start_ns, "t_end_ns": end_ns,
        "place_kind": "exact", "lon_deg": lon[keep], "lat_deg": lat[keep], "size1_m": source.config.list_radius90_m,
        "class": mapped(column(section, "event_group"), class_of).take(keep), "means": "reported",
        "reliability": RELIABILITY, "credibility": [LINKED if link else UNLINKED for link in links],
        "count": 1.0, "count_unit": "report", "weapon": column(section, "arms/munition").take(keep),
        "text": column(section, "brief description").take(keep), "link": pa.array(links, pa.string()),
    }  # fmt: skip
    table = source.table("observations", section.row[keep], values)
    yield source.reading("observations", FORMAT, table, [*issues, *rejected, *repeats, *doubles], synthetic)


def _faults(source: Source, s: Section, lon: np.ndarray, lat: np.ndarray, day: np.ndarray) -> list[Fault]:
    needed = DAY_NEEDED.format(source.config.year_min, source.config.year_max) + ", as YYYY-MM-DD or day/month/year"
    return [
        Fault(bad_places(lon, lat), {"lat": column(s, "lat"), "lon": column(s, "lon")}, PLACE_NEEDED),
        Fault(bad_days(day, source.config), {"date": column(s, "date")}, needed),
    ]


def _repeats(source: Source, s: Section, keep: np.ndarray, keys: list[str | None]) -> tuple[np.ndarray, list[Issue]]:
    """Tell repeated entries of one event from different events that share an entry.

    Two rows of one entry are the same event where day, place and description agree.
    """
    what = list(zip(*(texts(column(s, n)) for n in ("date", "lat", "lon", "brief description")), strict=True))
    twin, issues = s.twin.copy(), []
    seen: dict[str, list[int]] = {}
    for i in keep.tolist():
        key = keys[i]
        if key is None:
            issues.append(_doubt(source, s, i, "no entry", "the list's own identifier", None))
            continue
        earlier = seen.setdefault(key, [])
        same = next((j for j in earlier if what[i] == what[j]), None)
        if same is not None:
            twin[i] = s.row[same]
        elif earlier:
            issues.append(_doubt(source, s, i, f"the entry of row {s.row[earlier[0]]}", "an entry of its own", key))
        earlier.append(i)
    return twin, issues


def _doubt(source: Source, s: Section, i: int, found: str, needed: str, key: str | None) -> Issue:
    return source.issue(IssueKind.DOUBTFUL, found, needed, "kept as an event of its own", int(s.row[i]), key)
