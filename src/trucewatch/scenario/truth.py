"""The truth of a synthetic day, what its observers made of it, and the bytes of both."""

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trucewatch.core.agreement import Agreement
from trucewatch.core.columns import Column, Schema
from trucewatch.core.times import HOUR_NS, day_interval_ns, format_ns
from trucewatch.scenario.acoustic_day import Listening, listen
from trucewatch.scenario.acoustic_sheets import NETWORK_SHEETS, faults_json, network_sheets, sounds_table
from trucewatch.scenario.allegations import allegation_sheets, alleged_table, is_claim
from trucewatch.scenario.assets import Duty, make_duties
from trucewatch.scenario.books import call_sheet, inspection_sheet, works_sheet
from trucewatch.scenario.config import Config, stream
from trucewatch.scenario.ground import Ground, make_ground
from trucewatch.scenario.happenings import Happenings, make_happenings
from trucewatch.scenario.heat import firms_sheet, history_sheet, make_passes, passes_sheet
from trucewatch.scenario.logs import control_map, duty_sheet, notice_sheet
from trucewatch.scenario.mission import health_sheet, impediment_sheet, patrol_sheet
from trucewatch.scenario.newsroom import own_mapping, own_sheet
from trucewatch.scenario.press import press_sheets
from trucewatch.scenario.sheets import Sheet, label, sheet_bytes
from trucewatch.scenario.sightings import sighting_sheets
from trucewatch.scenario.weather import make_weather

__all__ = ["TRUTH", "Truth", "answers", "emit", "truth"]

_PAPERS = ("impediment", "notice")  # records that tell the mission's own story and observe nothing
_UNTOLD = ("history", "heartbeat", "node", "weather")  # notes of records that come of no happening

TRUTH = Schema("truth", 2, (
    Column("truth_id", "string", "", "name of the happening in this scenario", nullable=False),
    Column("kind", "string", "", "kind of happening; impediment where the mission itself was hindered", nullable=False),
    Column("class", "string", "", "class of core/classes.py", nullable=False),
    Column("incident", "bool", "", "whether a monitor should count it", nullable=False),
    Column("notified", "bool", "", "whether a notice announced it", nullable=False),
    Column("t_start_ns", "int64", "ns UTC", "start", nullable=False),
    Column("t_end_ns", "int64", "ns UTC", "end", nullable=False),
    Column("lon_deg", "float64", "deg", "WGS84 longitude", 1e-6, nullable=False),
    Column("lat_deg", "float64", "deg", "WGS84 latitude", 1e-6, nullable=False),
    Column("origin_side", "string", "", "side it came from; null where it came from none"),
    Column("place_side", "string", "", "side it happened on", nullable=False),
    Column("count", "float64", "1", "number of single sounds or sightings in it", 1.0),
    Column("weapon", "string", "", "weapon; null where none"),
    Column("killed", "int64", "persons", "killed", nullable=False),
    Column("injured", "int64", "persons", "injured", nullable=False),
    Column("village", "string", "", "invented settlement it hit; null where none"),
    Column("heat_mw", "float64", "MW", "radiative power; null where it left no heat", 0.01),
    Column("visibility", "string", "", "observed, logged (only the mission's logs or a notice tell) or unseen",
           nullable=False),
    Column("records", "int64", "1", "observation records that came of it, without triggers", nullable=False),
    Column("nodes", "int64", "1", "acoustic nodes that heard its best heard sound", nullable=False),
))  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """A synthetic period: what happened (`table`, schema TRUTH) and every record that was made of it (`sheets`).

    alleged   of every allegation whether it is true (schema ALLEGED)
    others    input files that are no sheets: a map, and how to read a sheet in nobody's format
    sounds    every single shot and explosion, and how many acoustic nodes heard it (schema SOUNDS)
    faults    what was wrong with the acoustic nodes (JSON); b"" where there are none
    """

    config: Config
    period_ns: tuple[int, int]
    time_zone: str
    ground: Ground
    table: pa.Table
    alleged: pa.Table
    sheets: tuple[Sheet, ...]
    others: Mapping[str, bytes]
    sounds: pa.Table
    faults: bytes = b""


def truth(config: Config, agreement: Agreement | None = None) -> Truth:
    """Return the truth of the day that `config` names, around the line of the agreement; the seed decides all."""
    zone = agreement.time_zone if agreement else config.time_zone
    start = day_interval_ns(config.day, zone)[0]
    period = (start, start + int(config.duration_h * HOUR_NS))
    ground = make_ground(config, agreement)
    west, south, east, north = ground.bounds
    weather = make_weather(config, period, (west + east) / 2, (south + north) / 2)
    duties = make_duties(config, ground, period)
    happenings = make_happenings(config, ground, duties, period)
    passes = make_passes(config, ground, weather, period)
    heard = listen(config, ground, happenings, weather, period)
    sheets = (
        *sighting_sheets(config, happenings, duties, weather, zone, period),
        firms_sheet(config, happenings, passes, weather), passes_sheet(config, passes),
        *press_sheets(config, ground, happenings, zone, period), duty_sheet(config, ground, duties, happenings, zone),
        notice_sheet(config, ground, happenings, zone), history_sheet(config, ground),
        *_books(config, ground, happenings, duties, period, zone),
        *(network_sheets(config, heard, weather, period, stream(config, "instruments")) if heard else ()),
    )  # fmt: skip
    sounds = sounds_table(heard, happenings)
    alleged = alleged_table(sheets, happenings.ids(), ground.side_names, config.seed)
    others = dict((control_map(config, ground, period, zone), own_mapping(config, zone)))
    table = _table(config, ground, happenings, sheets, _most_nodes(heard, len(happenings)))
    faults = faults_json(heard, config) if heard else b""
    return Truth(config, period, zone, ground, table, alleged, sheets, others, sounds, faults)


def _most_nodes(heard: Listening | None, happenings: int) -> np.ndarray:
    """Return for each happening (n,) how many nodes heard that sound of it which most of them heard."""
    nodes = np.zeros(happenings, dtype=np.int64)
    if heard is not None:
        np.maximum.at(nodes, heard.sounds.happening, heard.heard)
    return nodes


def _books(
    config: Config, ground: Ground, happenings: Happenings, duties: tuple[Duty, ...], period_ns: tuple[int, int],
    zone: str,
) -> tuple[Sheet, ...]:  # fmt: skip
    """Return what the parties, the inspectors, the mission's offices and a newsroom keep; none without rows."""
    sheets = (
        *allegation_sheets(config, ground, happenings, period_ns), call_sheet(config, ground, happenings, zone),
        inspection_sheet(config, ground, period_ns, zone), works_sheet(config, happenings, period_ns, zone),
        patrol_sheet(config, ground, duties, happenings, zone), impediment_sheet(config, duties, happenings, zone),
        health_sheet(config, ground, duties, zone), own_sheet(config, happenings, zone),
    )  # fmt: skip
    return tuple(s for s in sheets if s.records)


def emit(truth: Truth) -> dict[str, bytes]:
    """Return the input files by name, each labelled synthetic, in the formats that the adapters read."""
    return {**{s.name: sheet_bytes(s, truth.config.seed) for s in truth.sheets}, **truth.others}


def answers(truth: Truth) -> dict[str, bytes]:
    """Return the truth as files: what happened, and each sound of it; which record came of it; which allegation is
    true; what was wrong with the acoustic nodes.

    These are no inputs: keep them away from what is read.
    """
    words = label(truth.config.seed)
    rows = truth.table.to_pylist()
    shown = [{**r, "t_start": format_ns(r["t_start_ns"]), "t_end": format_ns(r["t_end_ns"])} for r in rows]
    body = {"synthetic": True, "name": words, "schema_version": TRUTH.version, "happenings": shown}
    return {"truth.json": json.dumps(body, indent=1).encode(), "truth.parquet": _parquet(truth.table, words),
            "allegations.parquet": _parquet(truth.alleged, words), "sounds.parquet": _parquet(truth.sounds, words),
            "truth_records.csv": _records_bytes(truth),
            **({"nodes.json": truth.faults} if truth.faults else {})}  # fmt: skip


def _parquet(table: pa.Table, title: str) -> bytes:
    body = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({"synthetic": "true", "title": title}), body)
    return body.getvalue()


def _records_bytes(truth: Truth) -> bytes:
    ids = truth.table.column("truth_id").to_pylist()
    lines = [f"# {label(truth.config.seed)}", "file,row,truth_id,note"]
    for sheet in truth.sheets:
        lines += [
            f"{sheet.name},{i},{'' if r.happening is None else ids[r.happening]},{r.note}"
            for i, r in enumerate(sheet.records, start=1) if r.note not in _UNTOLD
        ]  # fmt: skip
    return ("\n".join(lines) + "\n").encode()


def _table(
    config: Config, ground: Ground, happenings: Happenings, sheets: tuple[Sheet, ...], nodes: np.ndarray
) -> pa.Table:
    evidence = [s for s in sheets if not (is_claim(s) or s.name in NETWORK_SHEETS)]
    told = [(r.happening, r.note in _PAPERS) for s in evidence for r in s.records if r.happening is not None]
    rows, paper = np.array(told, dtype=np.int64).reshape(-1, 2).T
    records = np.bincount(rows[paper == 0], minlength=len(happenings))
    logged = np.bincount(rows[paper == 1], minlength=len(happenings)) > 0
    observed = (records > 0) | (nodes >= config.network.least_nodes)
    visibility = np.where(observed, "observed", np.where(logged, "logged", "unseen"))
    names = np.array([*ground.side_names, None], dtype=object)  # the last stands for NO_SIDE = -1
    kinds = np.array([*(k.name for k in config.kinds), "impediment"], dtype=object)
    return TRUTH.table({
        "truth_id": happenings.ids(), "kind": kinds[happenings.kind], "class": happenings.cls,
        "incident": happenings.incident, "notified": happenings.notified, "t_start_ns": happenings.t_start_ns,
        "t_end_ns": happenings.t_end_ns, "lon_deg": happenings.lon_deg, "lat_deg": happenings.lat_deg,
        "origin_side": names[happenings.origin], "place_side": names[happenings.side], "count": happenings.count,
        "weapon": _or_none(happenings.weapon), "killed": happenings.killed, "injured": happenings.injured,
        "village": _or_none(happenings.village), "heat_mw": happenings.heat_mw, "visibility": visibility,
        "records": records, "nodes": nodes,
    }, rows=len(happenings))  # fmt: skip


def _or_none(words: np.ndarray) -> list[str | None]:
    return [w or None for w in words.tolist()]
