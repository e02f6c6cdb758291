"""What each party alleges of the other: what happened to it, larger than it was, or nothing at all."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from trucewatch.core.columns import Column, Schema
from trucewatch.core.digest import sha256_hex
from trucewatch.core.position import describe
from trucewatch.core.times import HOUR_NS, SECOND_NS, to_datetime
from trucewatch.physics.geodesy import offset_lonlat
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import LEFT, RIGHT, Ground, beside_line
from trucewatch.scenario.happenings import Happenings
from trucewatch.scenario.kinds import Kind
from trucewatch.scenario.sheets import Record, Sheet, in_order, sheet_bytes

__all__ = ["ALLEGED", "INVENTED", "WORDS", "allegation_sheets", "alleged_table", "is_claim"]

TRUE, EXAGGERATED, INVENTED = WORDS = ("true", "exaggerated", "invented")
_PREFIX = "allegations_"
_LIST = ("reference", "party", "against", "date", "time_from", "time_to", "time_zone", "place", "lon", "lat",
         "radius_km", "allegation", "number", "unit", "weapon", "killed", "injured")  # fmt: skip
_WEAPONS = {
    "mortar_82": "82-mm mortar", "mortar_120": "120-mm mortar", "artillery_122": "122-mm artillery",
    "artillery_152": "152-mm artillery", "tank": "tank", "MLRS": "MLRS", "small_arms": "small arms",
    "HMG": "heavy machine gun", "AGL": "AGL", "fpv_uav": "FPV drone", "one_way_attack_uav": "one-way attack drone",
}  # fmt: skip
_UNITS = (("rounds", "projectile"), ("bursts", "burst"), ("shots", "shot"), ("airbursts", "explosion"))
_AWAY_M = {"impact": (300, 6_000), "settlement": (1_500, 18_000), "line": (0, 2_000), "rear": (8_000, 30_000),
           "near": (300, 4_000)}  # fmt: skip
_OWN_GROUND = ("impact", "settlement")  # what is alleged to have come down, and not to stand or fly over there
_LONGEST_NS = 2 * HOUR_NS
_STEP_NS = 300 * SECOND_NS  # times are told to five minutes

ALLEGED = Schema("alleged", 1, (
    Column("file_sha256", "string", "", "SHA-256 of the list's bytes, hex", nullable=False),
    Column("row", "int64", "", "1-based number of the record in that list", nullable=False),
    Column("file", "string", "", "name of the list", nullable=False),
    Column("party", "string", "", "who alleges it", nullable=False),
    Column("word", "string", "", "true, exaggerated or invented", nullable=False),
    Column("copy", "bool", "", "whether it says what an earlier record of the list says", nullable=False),
    Column("truth_id", "string", "", "happening that it is about; null where nothing happened"),
))  # fmt: skip


class _Entry(NamedTuple):
    """One allegation before it is written down; what is not said is None."""

    kind: Kind
    happening: int | None
    word: str
    t_ns: tuple[int, int]
    lon_deg: float
    lat_deg: float
    number: int
    weapon: str
    killed: int
    injured: int
    timed: bool
    placed: bool


def allegation_sheets(
    config: Config, ground: Ground, happenings: Happenings, period_ns: tuple[int, int]
) -> tuple[Sheet, ...]:
    """Return each party's list, in rows and as free text; the parties differ by what was done to them alone."""
    rng, sheets = stream(config, "allegations"), list[Sheet]()
    for side in (LEFT, RIGHT):
        entries = _true(config, rng, happenings, side)
        entries += _invented(config, rng, ground, side, period_ns, len(entries))
        sheets += _lists(config, rng, ground, side, entries)
    return tuple(s for s in sheets if s.records)


def is_claim(sheet: Sheet) -> bool:
    """Return whether a sheet holds a party's words, allegations or calls, which are no evidence of what they say."""
    return sheet.name.startswith((_PREFIX, "calls."))


def _true(config: Config, rng: np.random.Generator, happenings: Happenings, side: int) -> list[_Entry]:
    """Return what a party alleges of what the other really did."""
    p_alleged = np.array([k.p_alleged for k in config.kinds] + [0.0])[happenings.kind]
    told = (rng.uniform(size=len(happenings)) < p_alleged) & (happenings.origin == 1 - side)
    clock_ns = float(rng.normal(0, config.list_clock_sigma_s) * SECOND_NS)
    return [_told(config, rng, happenings, i, clock_ns) for i in np.flatnonzero(told).tolist()]


def _told(config: Config, rng: np.random.Generator, happenings: Happenings, i: int, clock_ns: float) -> _Entry:
    kind = config.kinds[happenings.kind[i]]
    count = max(1, int(rng.poisson(happenings.count[i])))
    more = round(count * float(rng.uniform(2.0, 5.0))) if rng.uniform() < config.list_exaggerated else count
    larger = more > count and "{n}" in kind.said
    at = happenings.lon_deg[i : i + 1], happenings.lat_deg[i : i + 1]
    lon, lat = offset_lonlat(*at, *rng.normal(0, config.list_place_sigma_m, 2))
    late_ns = int(clock_ns + rng.normal(0, config.list_clock_sigma_s) * SECOND_NS)
    start, end = int(happenings.t_start_ns[i]), int(happenings.t_end_ns[i])
    times = start + late_ns, min(end, start + _LONGEST_NS) + late_ns
    return _Entry(
        kind, i, EXAGGERATED if larger else TRUE, times, float(lon[0]), float(lat[0]), more if larger else count,
        str(happenings.weapon[i]), int(happenings.killed[i]), int(happenings.injured[i]), *_said(config, rng),
    )  # fmt: skip


def _said(config: Config, rng: np.random.Generator) -> tuple[bool, bool]:
    """Return whether an entry says when, and whether it says where."""
    return bool(rng.uniform() >= config.list_without_time), bool(rng.uniform() >= config.list_without_place)


def _invented(
    config: Config, rng: np.random.Generator, ground: Ground, side: int, period_ns: tuple[int, int], told: int
) -> list[_Entry]:
    """Return allegations of what never happened, of the kinds and at the places of those that did."""
    kinds = [k for k in config.kinds if k.p_alleged > 0]
    weight = np.array([k.p_alleged * k.per_day for k in kinds])
    count = int(rng.poisson(config.list_invented * told))
    if count == 0 or weight.sum() <= 0:
        return []
    chosen = [kinds[i] for i in rng.choice(len(kinds), count, p=weight / weight.sum())]
    away_m = np.array([rng.uniform(*_AWAY_M[k.where]) for k in chosen])
    there = np.array([side if k.where in _OWN_GROUND else 1 - side for k in chosen])
    lon, lat, _ = beside_line(ground.line, rng.uniform(0.02, 0.98, count), away_m, there)
    start = rng.integers(*period_ns, count)
    return [
        _Entry(
            k, None, INVENTED, (int(t), int(t) + min(int(k.lasts_s * SECOND_NS), _LONGEST_NS)), float(x), float(y),
            1 + int(rng.poisson(k.count)), str(rng.choice(k.weapons)) if k.weapons else "", 0,
            int(rng.uniform() < k.p_harm), *_said(config, rng),
        )
        for k, t, x, y in zip(chosen, start, lon, lat, strict=True)
    ]  # fmt: skip


def _lists(
    config: Config, rng: np.random.Generator, ground: Ground, side: int, entries: Sequence[_Entry]
) -> tuple[Sheet, Sheet]:
    """Return the entries of a party as a list in rows and as lines of text, copies at the end of each."""
    party, against = ground.side_names[side], ground.side_names[1 - side]
    zone = str(rng.choice(config.list_zones))
    words = describe(*np.array([(e.lon_deg, e.lat_deg) for e in entries], dtype=np.float64).reshape(-1, 2).T)
    degrees = rng.uniform(size=len(entries)) < config.list_in_degrees
    places = [None if d or not e.placed else str(w) for e, w, d in zip(entries, words, degrees, strict=True)]
    as_text = rng.uniform(size=len(entries)) < config.list_as_text
    rows, lines = ([e for e in range(len(entries)) if as_text[e] == t] for t in (False, True))
    table = [_record(entries[i], _row(entries[i], places[i], zone, party, against)) for i in rows]
    text = [_record(entries[i], (_line(entries[i], places[i], zone),)) for i in lines]
    header = (f"# party: {party}", f"# against: {against}", f"# time_zone: {zone}")
    return (
        Sheet(f"{_PREFIX}{party}.csv", _LIST, _with_copies(config, rng, _numbered(in_order(table), side))),
        Sheet(f"{_PREFIX}{party}.txt", header, _with_copies(config, rng, in_order(text))),
    )


def _record(entry: _Entry, values: tuple[str, ...]) -> Record:
    return Record(values, entry.happening, entry.word, entry.t_ns[0])


def _numbered(records: tuple[Record, ...], side: int) -> tuple[Record, ...]:
    return tuple(r._replace(values=(f"{side + 1}/{i}", *r.values[1:])) for i, r in enumerate(records, start=1))


def _with_copies(config: Config, rng: np.random.Generator, records: tuple[Record, ...]) -> tuple[Record, ...]:
    again = rng.uniform(size=len(records)) < config.list_copied
    return (*records, *(r for r, copied in zip(records, again, strict=True) if copied))


def _clock(entry: _Entry, zone: str) -> tuple[str, str, str]:
    """Return date, first and last minute as a person writes them; empty words where no time is said."""
    if not entry.timed:
        return "", "", ""
    first = entry.t_ns[0] // _STEP_NS * _STEP_NS
    last = max(math.ceil(entry.t_ns[1] / _STEP_NS) * _STEP_NS, first + _STEP_NS)
    begin, finish = to_datetime(first, zone), to_datetime(last, zone)
    return begin.date().isoformat(), f"{begin:%H:%M}", f"{finish:%H:%M}"


def _words(entry: _Entry) -> str:
    return entry.kind.said.format(n=entry.number, weapon=_WEAPONS.get(entry.weapon, entry.weapon))


def _row(entry: _Entry, place: str | None, zone: str, party: str, against: str) -> tuple[str, ...]:
    at = (f"{entry.lon_deg:.2f}", f"{entry.lat_deg:.2f}", "1") if place is None and entry.placed else ("", "", "")
    unit = next((unit for word, unit in _UNITS if f"{{n}} {word}" in entry.kind.said), "")
    harm = (str(entry.killed), str(entry.injured)) if entry.injured else ("", "")
    weapon = _WEAPONS.get(entry.weapon, "") if "{weapon}" in entry.kind.said else ""
    return ("", party, against, *_clock(entry, zone), zone, place or "", *at, _words(entry),
            str(entry.number) if unit else "", unit, weapon, *harm)  # fmt: skip


def _line(entry: _Entry, place: str | None, zone: str) -> str:
    day, first, last = _clock(entry, zone)
    where = place or (f"{entry.lat_deg:.2f}, {entry.lon_deg:.2f}" if entry.placed else "")
    killed = f"{entry.killed} killed" if entry.killed else ""
    injured = f"{entry.injured} wounded" if entry.injured else ""
    when = f"{day} {first}-{last}" if day else ""
    return ", ".join(filter(None, (when, _words(entry), where, killed, injured)))


def alleged_table(sheets: Sequence[Sheet], ids: Sequence[str], parties: Sequence[str], seed: int) -> pa.Table:
    """Return of every allegation in the lists whether it is true, exaggerated or invented (schema ALLEGED)."""
    rows = []
    for sheet in (s for s in sheets if s.name.startswith(_PREFIX)):
        digest, said = sha256_hex(sheet_bytes(sheet, seed)), [r.values for r in sheet.records]
        party = next(p for p in parties if sheet.name.rpartition(".")[0] == f"{_PREFIX}{p}")
        rows += [
            (digest, i + 1, sheet.name, party, r.note, said.index(r.values) < i,
             None if r.happening is None else ids[r.happening])
            for i, r in enumerate(sheet.records)
        ]  # fmt: skip
    columns = zip(*rows, strict=True) if rows else [()] * len(ALLEGED.columns)
    values = {c.name: list(v) for c, v in zip(ALLEGED.columns, columns, strict=True)}
    return ALLEGED.table(values, rows=len(rows))
