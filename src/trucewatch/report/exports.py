"""Data files for other programs: incidents as GeoJSON and as a table, issues as CSV, a summary as JSON."""

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from trucewatch.core.issue import Issue
from trucewatch.core.marking import Marking
from trucewatch.core.records import Incident, PlaceRecord, SourceRef, Verdict
from trucewatch.report.catalogue import ENGLISH
from trucewatch.report.config import Config
from trucewatch.report.desk import Desk
from trucewatch.report.records import DailyReport

__all__ = ["SCHEMA_VERSION", "incidents_geojson", "incidents_table", "issues_csv", "summary_json"]

SCHEMA_VERSION = "1"
Record = dict[str, Any]

_SOURCE = pa.struct([("source", pa.string()), ("file_sha256", pa.string()), ("row", pa.int64()),
                     ("native_key", pa.string()), ("group", pa.string()), ("p_link", pa.float64())])  # fmt: skip
_VERDICT = pa.struct([("agreement", pa.string()), ("clause", pa.string()), ("subject", pa.string()),
                      ("verdict", pa.string()), ("p", pa.float64()), ("reason", pa.string())])  # fmt: skip
_CASUALTIES = pa.struct([(f"{what}_{end}", pa.int64()) for what in ("killed", "injured") for end in ("low", "high")])
_TABLE = pa.schema([
    ("schema_version", pa.string()), ("incident_id", pa.string()), ("version", pa.int64()),
    ("supersedes", pa.int64()), ("status", pa.string()), ("t_start", pa.string()), ("t_end", pa.string()),
    ("class", pa.string()), ("p_real", pa.float64()), ("place_kind", pa.string()), ("place", pa.string()),
    ("lon", pa.float64()), ("lat", pa.float64()), ("radius90_m", pa.float64()), ("casualties", _CASUALTIES),
    ("sources", pa.list_(_SOURCE)), ("verdicts", pa.list_(_VERDICT)),
])  # fmt: skip


def incidents_table(incidents: Sequence[Incident], verdicts: Sequence[Verdict]) -> pa.Table:
    """Return one row an incident; `place` is a JSON object in text, sources and verdicts are lists."""
    rows = _records(incidents, verdicts)
    for row in rows:
        row["place"] = None if row["place"] is None else _json(row["place"])
    columns = {name: [r[name] for r in rows] for name in _TABLE.names}
    return pa.table(columns, schema=_TABLE)


def incidents_geojson(
    incidents: Sequence[Incident], verdicts: Sequence[Verdict], audience: Marking, labels: Sequence[str] = ()
) -> bytes:
    """Return the same rows as GeoJSON (RFC 7946).

    The geometry is the summary point, null where the place is unknown; the place itself is the property `place`.
    labels   what every page of the report says above all, such as HYPOTHETICAL
    """
    features = [
        {"type": "Feature", "id": r["incident_id"], "geometry": _point(r), "properties": r}
        for r in _records(incidents, verdicts)
    ]
    head = {"type": "FeatureCollection", "schema_version": SCHEMA_VERSION, "audience": str(audience),
            "labels": list(labels)}  # fmt: skip
    # One feature a line, so that versions can be compared line by line.
    lines = ",\n".join(_json(f) for f in features)
    return f'{_json(head)[:-1]},"features":[\n{lines}\n]}}\n'.encode()


def _point(row: Record) -> Record | None:
    if row["lon"] is None or row["lat"] is None:
        return None
    return {"type": "Point", "coordinates": [row["lon"], row["lat"]]}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _records(incidents: Sequence[Incident], verdicts: Sequence[Verdict]) -> list[Record]:
    starts, ends = _iso([i.t_start_ns for i in incidents]), _iso([i.t_end_ns for i in incidents])
    judged: dict[str, list[Record]] = {}
    for v in verdicts:
        if v.subject_kind == "incident":
            judged.setdefault(v.subject, []).append(_verdict(v))
    return [
        _record(i, start, end, judged.get(i.incident_id, []))
        for i, start, end in zip(incidents, starts, ends, strict=True)
    ]


def _iso(t_ns: list[int]) -> list[str]:
    """ISO 8601 UTC to the millisecond."""
    moments = np.array(t_ns, dtype=np.int64).astype("datetime64[ns]").astype("datetime64[ms]")
    return np.char.add(np.datetime_as_string(moments), "Z").tolist() if len(moments) else []


def _record(i: Incident, start: str, end: str, verdicts: list[Record]) -> Record:
    place, c = i.place, i.casualties
    return {
        "schema_version": SCHEMA_VERSION, "incident_id": i.incident_id, "version": i.version,
        "supersedes": i.supersedes, "status": str(i.status), "t_start": start, "t_end": end, "class": i.cls,
        "p_real": round(i.p_real, 4), "place_kind": place.kind, "place": _place(place),
        "lon": _round(place.summary_lon_deg, 6), "lat": _round(place.summary_lat_deg, 6),
        "radius90_m": _round(place.radius90_m, 1),
        "casualties": {"killed_low": c.killed_low, "killed_high": c.killed_high, "injured_low": c.injured_low,
                       "injured_high": c.injured_high},
        "sources": [_source(s) for s in i.sources], "verdicts": verdicts,
    }  # fmt: skip


def _place(place: PlaceRecord) -> Record | None:
    """The parameters that the kind has (core/place.py)."""
    if place.kind is None:
        return None
    values = {
        "lon_deg": _round(place.lon_deg, 6), "lat_deg": _round(place.lat_deg, 6), "size1_m": _round(place.size1_m, 1),
        "size2_m": _round(place.size2_m, 1), "bearing_deg": _round(place.bearing_deg, 2),
        "width_deg": _round(place.width_deg, 2), "parts": place.parts,
    }  # fmt: skip
    return {k: v for k, v in values.items() if v is not None}


def _round(value: float | None, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, digits)  # NaN is unknown as well


def _source(s: SourceRef) -> Record:
    return {"source": s.source, "file_sha256": s.file_sha256, "row": s.row, "native_key": s.native_key,
            "group": s.group, "p_link": _round(s.p_link, 4)}  # fmt: skip


def _verdict(v: Verdict) -> Record:
    return {"agreement": v.agreement, "clause": v.clause, "subject": v.subject, "verdict": str(v.verdict),
            "p": _round(v.p, 4), "reason": v.reason}  # fmt: skip


_ISSUE_COLUMNS = ("source", "row", "kind", "found", "needed", "action", "native_key", "file_sha256")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def issues_csv(issues: Sequence[Issue]) -> bytes:
    """Return the issues as CSV; words that a spreadsheet would run as a formula get an apostrophe before them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_ISSUE_COLUMNS)
    for issue in issues:
        fields = issue.as_dict()
        writer.writerow([_harmless(fields[name]) for name in _ISSUE_COLUMNS])
    return out.getvalue().encode()


def _harmless(value: str | int | None) -> str | int | None:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def summary_json(day: DailyReport) -> bytes:
    """Return counts with their unit, means and coverage, versions and timings."""
    desk = Desk(day, ENGLISH, Config())
    value = {
        "schema_version": SCHEMA_VERSION,
        "agreement": {"name": day.agreement.name, "force": str(day.agreement.force), "digest": day.agreement.digest},
        "audience": str(day.audience),
        "synthetic": day.synthetic,
        "period": _iso(list(day.period_ns)),
        "cut_off": _iso([day.cut_off_ns])[0],
        "basis": {"unit": "incident", "means": list(desk.all_means), "coverage": _round(desk.seen, 4),
                  "impeded": bool(day.impediments.num_rows)},
        "counts": _counts(desk),
        "inputs": [asdict(f) for f in day.inputs],
        "log": None if day.checkpoint is None else asdict(day.checkpoint),
        "versions": asdict(day.versions),
        "timings_s": {k: round(v, 3) for k, v in day.timings_s.items()},
    }  # fmt: skip
    return (json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _counts(desk: Desk) -> Mapping[str, Any]:
    day, figures = desk.day, desk.figures
    return {
        "incidents": figures.incidents,
        "incidents_expected_real": round(figures.expected, 1),
        "incidents_by_status": dict(sorted(Counter(str(i.status) for i in desk.incidents).items())),
        "incidents_by_class": dict(sorted(Counter(i.cls or "unknown" for i in desk.incidents).items())),
        "incidents_by_area": dict(sorted(figures.by_area.items())),
        "killed": asdict(figures.killed),
        "injured": asdict(figures.injured),
        "verdicts": dict(sorted(Counter(str(v.verdict) for v in day.verdicts).items())),
        "judged": dict(sorted(day.judged.items())),
        "observations": day.observations.num_rows,
        "events_left_as_background": day.background,
        "network": None if day.network is None else asdict(day.network),
        "impediments": day.impediments.num_rows,
        "issues": dict(sorted(Counter(str(i.kind) for i in day.issues).items())),
    }
