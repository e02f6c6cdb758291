"""Tables of a network of sensors: what each node heard, where the nodes stand, the weather, and quarries nearby.

The columns of each are documented in docs/locate-network.md. A row that cannot be used becomes an Issue; a field that
cannot be read is left unknown and counted.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trucewatch.core.classes import CLASSES
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.quarry import HOURS_NEEDED, Quarry, hours_of_week
from trucewatch.core.tables import NODES, TRIGGERS, WEATHER
from trucewatch.core.times import HOUR_NS, SECOND_NS
from trucewatch.sense import tabular
from trucewatch.sense.books import copies, kept, missing
from trucewatch.sense.checks import PLACE_NEEDED, TIME_NEEDED, Fault, bad_places, bad_times, usable
from trucewatch.sense.local_times import zone_of
from trucewatch.sense.source import Source
from trucewatch.sense.stamps import read_stamps
from trucewatch.sense.tabular import Section, Sheet, column
from trucewatch.sense.words import NO_INSTANT, mapped, numbers, texts

__all__ = [
    "ARRAY_SHEET",
    "NODE_SHEET",
    "QUARRY_SHEET",
    "TRIGGER_SHEET",
    "WEATHER_SHEET",
    "Quarries",
    "Rows",
    "read_nodes",
    "read_quarries",
    "read_triggers",
    "read_weather",
]

TRIGGER_SHEET = Sheet(frozenset({"time", "node"}), barred=frozenset({"array", "asset", "time_from"}))
ARRAY_SHEET = Sheet(frozenset({"time", "array"}), barred=frozenset({"node", "asset", "time_from"}))
NODE_SHEET = Sheet(frozenset({"node", "lon", "lat"}), barred=frozenset({"time", "time_from"}))
WEATHER_SHEET = Sheet(frozenset({"temperature_c"}), barred=frozenset({"node", "array", "asset"}))
QUARRY_SHEET = Sheet(frozenset({"name", "lon", "lat", "radius_m"}), barred=frozenset({"time", "time_from"}))

_NANOSECONDS = (
    r"^-?([1-8]\d{18}|\d{16,18})$"  # shorter ones count seconds, milli- or microseconds, and are not guessed at
)
_FLOATS = ("t_sigma_s", "duration_s", "energy_low_db", "energy_mid_db", "energy_high_db", "back_azimuth_deg",
           "back_azimuth_sigma_deg", "trace_velocity_m_s", "f_statistic")  # fmt: skip
_PHASES = {"": "acoustic", "acoustic": "acoustic", "sound": "acoustic", "infrasound": "infrasound", "p": "P", "s": "S",
           "pg": "P", "pn": "P", "sg": "S", "sn": "S"}  # fmt: skip
_WORDS = {"gunshot": "shot", "muzzle_blast": "shot", "blast": "explosion", "detonation": "explosion",
          "flyover": "overflight", "aircraft": "aircraft_overflight", "drone": "uav_overflight",
          "quarry": "quarry_blast", "mine_blast": "quarry_blast"}  # fmt: skip
_NOT_SAID = frozenset({"unknown", "other", "none", "noise"})
_UNREAD = "left unknown; correct it and send the file again"


class Rows(NamedTuple):
    """A table as its schema declares it, what was wrong with the file, and whether it says SYNTHETIC."""

    table: pa.Table
    issues: tuple[Issue, ...]
    synthetic: bool = False


class Quarries(NamedTuple):
    """Quarries and mines of a file, and what was wrong with it."""

    quarries: tuple[Quarry, ...]
    issues: tuple[Issue, ...]
    synthetic: bool = False


def read_triggers(source: Source) -> Rows:
    """Return the arrivals (TRIGGERS) of a file with `time` and `node`, or `array` as `trucewatch detect` writes it.

    Times are ISO 8601 with an offset or integer nanoseconds since 1970 UTC; others are refused row by row. Order,
    repeated rows and loudness are left as they are: the association looks at them.
    """
    arrays = tabular.matches(source.data[: 1 << 16], ARRAY_SHEET)
    s, issues, synthetic = tabular.read_whole(source, ARRAY_SHEET if arrays else TRIGGER_SHEET)
    if s is None:
        return Rows(TRIGGERS.empty(), tuple(issues))
    who = "array" if arrays else "node"
    t_ns = _instants(column(s, "time"))
    needed = f"{TIME_NEEDED.format(source.config.year_min, source.config.year_max)}, as ISO 8601 with its offset or as "
    faults = [
        Fault(bad_times(t_ns, source.config), {"time": column(s, "time")}, f"{needed}nanoseconds since 1970 UTC"),
        missing(s, who, f"the name of the {who}"),
    ]
    keep, rejected = usable(source, s, faults)
    s = kept(s, keep)
    values, odd = _measured(source, s, (*_FLOATS, _loudness(s)))
    values["amplitude_pa"] = values.pop(_loudness(s))
    phase = "infrasound" if arrays and "phase" not in s.names else mapped(_said(s, "phase"), _phase)
    cls, unheard = _classes(source, s)
    table = source.table("triggers", s.row, {
        "source": "network", "t_ns": t_ns[keep], "node": column(s, who), "phase": phase, "class": cls, **values,
    })  # fmt: skip
    return Rows(table, (*issues, *rejected, *odd, *unheard), synthetic)


def read_nodes(source: Source) -> Rows:
    """Return the nodes (NODES) of a file with `node`, `lon`, `lat` and, where they are known, the other columns."""
    s, issues, synthetic = tabular.read_whole(source, NODE_SHEET)
    if s is None:
        return Rows(NODES.empty(), tuple(issues))
    places = {n: column(s, n) for n in ("lon", "lat")}
    bad = bad_places(*(numbers(words) for words in places.values()))
    faults = [missing(s, "node", "the name of the node"), Fault(bad, places, PLACE_NEEDED)]
    keep, rejected = usable(source, s, faults)
    s = kept(s, keep)
    values, odd = _measured(source, s, ("elevation_m", "clock_sigma_s", "pos_sigma_m"))
    for name in ("clock_sigma_s", "pos_sigma_m"):
        values[name] = np.where(values[name] >= 0, values[name], np.nan)
    place = {f"{n}_deg": numbers(column(s, n)) for n in ("lon", "lat")}
    table = source.table("nodes", s.row, {"source": "network", "node": column(s, "node"), **place, **values})
    return Rows(table, (*issues, *rejected, *odd), synthetic)


def read_weather(source: Source) -> Rows:
    """Return the weather record (WEATHER) of a file with `time_from`, `time_to`, or `time` for the hour that begins.

    Wind is `wind_east_m_s`, `wind_north_m_s` (towards), or `wind_m_s` with `wind_from_deg`. Wind that is not given is
    unknown, not calm.
    """
    s, issues, synthetic = tabular.read_whole(source, WEATHER_SHEET)
    if s is None:
        return Rows(WEATHER.empty(), tuple(issues))
    first = "time_from" if "time_from" in s.names else "time"
    start, end = _instants(column(s, first)), _instants(column(s, "time_to"))
    end = np.where((end == NO_INSTANT) & (start != NO_INSTANT), start + HOUR_NS, end)
    warm = numbers(column(s, "temperature_c"))
    year = TIME_NEEDED.format(source.config.year_min, source.config.year_max)
    faults = [
        Fault(bad_times(start, source.config), {first: column(s, first)}, f"{year}, with its offset"),
        Fault(end <= start, {n: column(s, n) for n in (first, "time_to")}, "an end after the start, or none"),
        Fault(~((warm > -90) & (warm < 60)), {"temperature_c": column(s, "temperature_c")}, "degrees Celsius"),
    ]
    keep, rejected = usable(source, s, faults)
    s = kept(s, keep)
    values, odd = _measured(source, s, ("temperature_c", "lon", "lat"))
    wind, still = _wind(source, s)
    place = {f"{n}_deg": values.pop(n) for n in ("lon", "lat")}
    table = source.table("weather", s.row, {
        "source": "weather", "t_start_ns": start[keep], "t_end_ns": end[keep], **place, **values, **wind,
    })  # fmt: skip
    return Rows(table, (*issues, *rejected, *odd, *still, *copies(source, s, "kept; it says nothing new")), synthetic)


def read_quarries(source: Source) -> Quarries:
    """Return the quarries and mines of a file with `name`, `lon`, `lat`, `radius_m` and maybe `hours` and `zone`."""
    s, issues, synthetic = tabular.read_whole(source, QUARRY_SHEET)
    if s is None:
        return Quarries((), tuple(issues))
    places = {n: column(s, n) for n in ("lon", "lat", "radius_m")}
    lon, lat, radius = (numbers(words) for words in places.values())
    hours, zones = column(s, "hours"), column(s, "zone")
    faults = [
        missing(s, "name", "the name of the quarry"),
        Fault(bad_places(lon, lat) | ~(radius > 0), places, f"{PLACE_NEEDED}, and a radius in m above 0"),
        Fault(_not(hours, _are_hours), {"hours": hours}, HOURS_NEEDED),
        Fault(np.asarray(hours.is_valid()) & np.asarray(zones.is_null()), {"zone": zones}, "the zone of its hours"),
        Fault(_not(zones, _is_zone), {"zone": zones}, "a zone such as Europe/Kyiv or UTC"),
    ]
    keep, rejected = usable(source, s, faults)
    s = kept(s, keep)
    words = zip(*(texts(column(s, n)) for n in ("name", "hours", "zone")), strict=True)
    discs = np.column_stack([lon, lat, radius])[keep].tolist()
    found = tuple(
        Quarry(name or "", at_lon, at_lat, disc_m, said, zone or "UTC")
        for (at_lon, at_lat, disc_m), (name, said, zone) in zip(discs, words, strict=True)
    )
    return Quarries(found, (*issues, *rejected), synthetic)


def _instants(words: pa.Array) -> np.ndarray:
    """Return ns UTC (n,) of ISO 8601 with an offset or integer nanoseconds; `NO_INSTANT` where it is neither."""
    plain = pc.fill_null(pc.match_substring_regex(words, _NANOSECONDS), fill_value=False)
    counted = pc.cast(pc.if_else(plain, words, pa.scalar(None, pa.string())), pa.int64(), safe=False)
    stamps = read_stamps(pc.if_else(plain, pa.scalar(None, pa.string()), words), None)
    known = stamps.known & ~stamps.naive & (stamps.step_ns > 0)
    t_ns = np.where(known, stamps.local_ns - np.where(known, stamps.offset_s, 0) * SECOND_NS, NO_INSTANT)
    whole = np.asarray(plain)
    return np.where(whole, counted.fill_null(NO_INSTANT).to_numpy(zero_copy_only=False), t_ns)


def _loudness(s: Section) -> str:
    return "amplitude_pa" if "amplitude_pa" in s.names else "amplitude"


def _measured(source: Source, s: Section, names: Iterable[str]) -> tuple[dict[str, np.ndarray], list[Issue]]:
    """Return columns (n,) of numbers, and one Issue for each column in which some words are none."""
    values, issues = {}, []
    for name in names:
        words = column(s, name)
        values[name] = numbers(words)
        odd = np.flatnonzero(np.asarray(words.is_valid()) & np.isnan(values[name]))
        if len(odd):
            issues.append(_counted(source, s, odd, name, words, "a finite number, or nothing"))
    return values, issues


def _counted(source: Source, s: Section, odd: np.ndarray, name: str, words: pa.Array, needed: str) -> Issue:
    first = f"{name} {words[int(odd[0])].as_py()!r}"
    more = f" and {len(odd) - 1:,} more like it, to row {s.row[odd[-1]]}" if len(odd) > 1 else ""
    return source.issue(IssueKind.DOUBTFUL, first + more, needed, _UNREAD, int(s.row[odd[0]]))


def _said(s: Section, name: str) -> pa.Array:
    return pc.fill_null(column(s, name), "")


def _phase(word: str) -> str:
    """Return the phase of a word; an unknown one stays as it is, for the association to name it."""
    return _PHASES.get(word.lower(), word)


def _classes(source: Source, s: Section) -> tuple[pa.Array, list[Issue]]:
    """Return what the node took each arrival for, in words of the class tree."""
    words = column(s, "class")
    found = mapped(words, _class)
    silent = mapped(words, lambda w: w if w.lower() in _NOT_SAID else None)
    odd = np.flatnonzero(np.asarray(words.is_valid()) & np.asarray(found.is_null()) & np.asarray(silent.is_null()))
    if not len(odd):
        return found, []
    return found, [_counted(source, s, odd, "class", words, "a class of core/classes.py, or nothing")]


def _class(word: str) -> str | None:
    plain = "_".join(word.lower().replace("-", " ").split())
    cls = _WORDS.get(plain, plain)
    return cls if cls in CLASSES else None


def _wind(source: Source, s: Section) -> tuple[dict[str, np.ndarray], list[Issue]]:
    if "wind_m_s" not in s.names:
        return _measured(source, s, ("wind_east_m_s", "wind_north_m_s"))
    values, issues = _measured(source, s, ("wind_m_s", "wind_from_deg"))
    towards = np.radians(values["wind_from_deg"] + 180.0)
    calm = values["wind_m_s"] == 0  # without a direction, as stations write it
    east, north = (values["wind_m_s"] * np.where(calm, 0.0, f(towards)) for f in (np.sin, np.cos))
    return {"wind_east_m_s": east, "wind_north_m_s": north}, issues


def _not(words: pa.Array, holds: Callable[[str], bool]) -> np.ndarray:
    """Return where (n,) there is a word for which a question is answered with no."""
    return np.array([w is not None and not holds(w) for w in words.to_pylist()], dtype=bool)


def _are_hours(text: str) -> bool:
    try:
        hours_of_week(text)
    except ValueError:
        return False
    return True


def _is_zone(word: str) -> bool:
    return word == "UTC" or ("/" in word and zone_of(word) is not None)
