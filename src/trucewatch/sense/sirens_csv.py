"""Air-raid alerts from two recorders of one truth: the official list and the volunteers who listened to it.

The official list names region, district and community and the level that was alerted; the volunteers' list names the
region, and says with `naive` where the end was not heard: it then stands thirty minutes after the start, as a guess.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.gazetteer import gazetteer
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.times import HOUR_NS, SECOND_NS
from trucewatch.sense import tabular
from trucewatch.sense.checks import TIME_NEEDED, Fault, bad_times, states, usable
from trucewatch.sense.press_limits import AlertConfig
from trucewatch.sense.press_names import region_of_word
from trucewatch.sense.source import Source
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, instants_ns, mapped

__all__ = ["FORMAT", "detect", "raw_row", "read"]

FORMAT = "sirens_csv"
OFFICIAL = Sheet(frozenset({"oblast", "raion", "hromada", "level", "started_at", "finished_at"}))
VOLUNTEER = Sheet(frozenset({"region", "started_at", "finished_at", "naive"}))
LEVELS = {"oblast": "region", "raion": "district", "hromada": "community"}
_TRUE = pa.array(["true", "1", "yes"])


def detect(head: bytes) -> bool:
    """Return whether a file that begins with these bytes is of this format."""
    return tabular.matches(head, OFFICIAL) or tabular.matches(head, VOLUNTEER)


def raw_row(data: bytes, row: int) -> bytes:
    """Return the exact bytes of one data record."""
    return tabular.raw_row(data, _sheet(data), row)


def _sheet(data: bytes) -> Sheet:
    return OFFICIAL if tabular.matches(data, OFFICIAL) else VOLUNTEER


def read(source: Source) -> Iterator[Reading]:
    """Read the alerts: which unit, from when to when, and whether anybody recorded the end."""
    config = source.config.alerts
    sheet = _sheet(source.data)
    section, issues, synthetic = tabular.read_whole(source, sheet)
    if section is None:
        yield source.empty("alerts", FORMAT, *issues)
        return
    start_ns = instants_ns(column(section, "started_at"))
    needed = TIME_NEEDED.format(source.config.year_min, source.config.year_max) + ", with its offset"
    fault = Fault(bad_times(start_ns, source.config), {"started_at": column(section, "started_at")}, needed)
    keep, rejected = usable(source, section, [fault])
    s = Section(section.names, section.words.take(keep), section.row[keep], section.twin[keep])
    start_ns = start_ns[keep]
    end_ns, known, wrong = _ends(source, s, start_ns, config)
    unit = _units(s, sheet is OFFICIAL)
    twin, overlap = _meetings(source, s, unit, start_ns, end_ns)
    state, doubles = states(source, s, np.arange(len(keep)), twin)
    values = {
        "source": "sirens", "state": state, "t_start_ns": start_ns, "t_end_ns": end_ns, "t_sigma_s": np.nan,
        "end_known": known, "recorder": "official" if sheet is OFFICIAL else "volunteer", **unit,
    }  # fmt: skip
    other = [*issues, *rejected, *doubles, *wrong, *overlap, *_long(source, s, end_ns - start_ns, config)]
    table = source.table("alerts", s.row, values)
    yield source.reading("alerts", FORMAT, table, [*other, *_nowhere(source, s, sheet, unit["region"])], synthetic)


def _ends(
    source: Source, s: Section, start_ns: np.ndarray, config: AlertConfig
) -> tuple[np.ndarray, np.ndarray, list[Issue]]:
    """Return ends (n,) ns UTC, whether they are known, and Issues of impossible ones, which a guess replaces."""
    words = column(s, "finished_at")
    end_ns = instants_ns(words)
    naive = pc.fill_null(pc.is_in(pc.utf8_lower(column(s, "naive")), _TRUE), False).to_numpy(zero_copy_only=False)
    possible = (end_ns != NO_INSTANT) & (end_ns > start_ns)
    at = np.flatnonzero(~possible)
    found = [f"finished_at {w!r}" if w else "no finished_at" for w in words.take(pa.array(at)).to_pylist()]
    action = f"its end is guessed {config.guess_s / 60:.0f} min after the start"
    issues = source.issues(IssueKind.DOUBTFUL, s.row[at], found, "an end with its offset, after the start", action)
    guess_ns = start_ns + int(config.guess_s * SECOND_NS)
    return np.where(possible, end_ns, guess_ns), possible & ~naive, issues


def _units(s: Section, official: bool) -> dict[str, pa.Array]:
    level = pc.fill_null(mapped(column(s, "level"), LEVELS.get), "region")
    region = mapped(column(s, "oblast" if official else "region"), _region)
    return {"level": level, "region": region, "district": column(s, "raion"), "community": column(s, "hromada")}


def _region(word: str) -> str | None:
    """Return a region as the gazetteer spells it; a district in the column of regions is none."""
    names = gazetteer()
    return None if word.endswith("raion") else region_of_word(word, tuple(sorted({r for r in names.region if r})))


def _meetings(
    source: Source, s: Section, unit: dict[str, pa.Array], start_ns: np.ndarray, end_ns: np.ndarray
) -> tuple[np.ndarray, list[Issue]]:
    """Return the row (n,) of the alert of the same unit and start that came first, and Issues of those that overlap."""
    words = pc.binary_join_element_wise(*(pc.fill_null(c, "") for c in unit.values()), "|")
    code = words.dictionary_encode().indices.to_numpy()
    order = np.lexsort((s.row, start_ns, code))
    same = np.diff(code[order], prepend=-1) == 0
    again = same & (np.diff(start_ns[order], prepend=-1) == 0)
    first = np.maximum.accumulate(np.where(again, 0, np.arange(len(order))))
    twin = np.zeros(len(order), dtype=np.int64)
    twin[order[again]] = s.row[order[first[again]]]
    meets = np.flatnonzero(same & ~again)
    meets = meets[start_ns[order[meets]] < end_ns[order[meets - 1]]]
    found = [f"an alert while that of row {s.row[order[i - 1]]} lasts" for i in meets]
    needed, action = "the end of one before the start of the next", "both are kept; check their ends"
    return twin, source.issues(IssueKind.DOUBTFUL, s.row[order[meets]], found, needed, action)


def _long(source: Source, s: Section, length_ns: np.ndarray, config: AlertConfig) -> list[Issue]:
    at = np.flatnonzero(length_ns > config.most_s * SECOND_NS)
    found = [f"an alert of {length_ns[i] / HOUR_NS:.0f} h" for i in at]
    needed = f"at most {config.most_s / 3600:.0f} h"
    return source.issues(IssueKind.DOUBTFUL, s.row[at], found, needed, "kept; its end was probably missed")


def _nowhere(source: Source, s: Section, sheet: Sheet, region: pa.Array) -> list[Issue]:
    words = column(s, "oblast" if sheet is OFFICIAL else "region").filter(region.is_null())
    return [
        source.issue(IssueKind.DOUBTFUL, f"the region {pair['values']!r} in {pair['counts']:,} rows",
                     "a region of the gazetteer", "the region is unknown")
        for pair in words.value_counts().to_pylist()
    ]  # fmt: skip
