"""Two editions of every run: `internal/` for the mission, `public/` for everybody; both signed through the log."""

import base64
import io
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from trucewatch import __version__, release, report
from trucewatch.config import Config, config_digest
from trucewatch.core.agreement import Agreement
from trucewatch.core.columns import integers
from trucewatch.core.country import country_outline, neighbours
from trucewatch.core.digest import sha256_hex
from trucewatch.core.gazetteer import gazetteer, region_of
from trucewatch.core.issue import Issue
from trucewatch.core.marking import Marking
from trucewatch.core.position import describe
from trucewatch.core.records import Incident
from trucewatch.core.tables import ALERTS, IMPEDIMENTS, OBSERVATIONS
from trucewatch.core.times import DAY_NS, day_interval_ns, to_datetime
from trucewatch.evidence import Log, Record
from trucewatch.pipeline.alleged import allegation_rows, inspection_rows
from trucewatch.pipeline.intake import Intake
from trucewatch.pipeline.order import Analysis

__all__ = ["MAP_SOURCE", "Edition", "publish"]

MAP_SOURCE = "Natural Earth; GeoNames (CC BY 4.0)"
_TWIN = re.compile(r"(the same bytes as ).*", re.DOTALL)
FOLDERS = {Marking.INTERNAL: "internal", Marking.PUBLIC: "public"}


@dataclass(frozen=True)
class Edition:
    """Everything that the pages of a run are made from, before anybody's view of it."""

    out: Path
    agreement: Agreement
    period_ns: tuple[int, int]
    now_ns: int
    intake: Intake
    analysis: Analysis
    config: Config
    timings: Mapping[str, float]

    @cached_property
    def issues(self) -> tuple[Issue, ...]:
        """Issues of the input and of the stages."""
        return (*self.intake.issues, *self.analysis.issues)

    @cached_property
    def impediments(self) -> pa.Table:
        """Impediments that touch the period."""
        table = self.intake.joined(IMPEDIMENTS.name)
        start, end = (np.asarray(table.column(n)) for n in ("t_start_ns", "t_end_ns"))
        return table.filter(pa.array((end > self.period_ns[0]) & (start < self.period_ns[1])))

    @cached_property
    def secrets(self) -> release.Secrets:
        """What must not appear in public."""
        kinds = ("observations", "coverage", "impediments", "nodes", "triggers")
        return release.gather_secrets({k: self.intake.tables(k) for k in kinds})


def publish(log: Log, edition: Edition) -> Mapping[str, Any]:
    """Write both editions, log the digest of every file in them, and return the internal summary."""
    summaries = {}
    for audience, folder in FOLDERS.items():
        files, summaries[folder] = _files(log, edition, audience)
        target = edition.out / folder
        target.mkdir(exist_ok=True)
        for name, data in files.items():
            (target / name).write_bytes(data)
        digests = {name: sha256_hex(data) for name, data in files.items()}
        mark = Marking.PUBLIC if audience is Marking.PUBLIC else Marking.INTERNAL
        log.append_many([Record("report", {"edition": folder, "files": digests}, marking=mark)])
    return summaries["internal"]


def _files(log: Log, edition: Edition, audience: Marking) -> tuple[dict[str, bytes], dict[str, Any]]:
    day = _day(log, edition, audience)
    files = {
        "report.html": report.daily.render(day, config=edition.config.report),
        "incidents.geojson": report.incidents_geojson(day.incidents, day.verdicts, audience),
        "incidents.parquet": _parquet(report.incidents_table(day.incidents, day.verdicts)),
        "observations.parquet": _parquet(day.observations),
        "issues.csv": report.issues_csv(day.issues),
    }
    if audience is Marking.INTERNAL:
        files["links.parquet"] = _parquet(edition.analysis.fused.links)
    files["summary.json"] = report.summary_json(day)
    return files, json.loads(files["summary.json"])


def _day(log: Log, edition: Edition, audience: Marking) -> report.DailyReport:
    """Return the day as this audience may see it."""
    a, rules = edition.analysis, edition.config.release
    incidents = release.redact_incidents(a.fused.current, audience, rules)
    before = release.redact_incidents(_before(edition), audience, rules)
    seen = release.redact_coverage(a.coverage, audience, rules)
    impediments = release.redact_table(edition.impediments, IMPEDIMENTS, audience, rules)
    return report.DailyReport(
        agreement=edition.agreement, audience=audience, synthetic=edition.intake.synthetic,
        period_ns=edition.period_ns, cut_off_ns=edition.now_ns, incidents=incidents,
        verdicts=tuple(release.redact_verdict(v, audience, rules) for v in a.judgement.verdicts),
        judged={clause: t.incidents for clause, t in a.judgement.tallies.items()},
        observations=release.redact_table(a.observations, OBSERVATIONS, audience, rules), impediments=impediments,
        coverage=seen, issues=_issues(edition, audience),
        inputs=_inputs(edition, audience), versions=_versions(edition), checkpoint=_checkpoint(log),
        previous_period_ns=_previous(edition.period_ns) if before else None,
        previous=report.figures(before, _areas(before)) if before else None,
        layers=_layers(edition), area_of=_areas(incidents), describe=_words(incidents),
        corridors=_corridors(edition), days=_days(edition), timings_s=dict(edition.timings),
        background=a.fused.unfounded, beside=_beside(edition),
        allegations=allegation_rows(a, edition.agreement, audience, rules),
        inspections=inspection_rows(a, edition.agreement),
        network=report.network_figures(a.heard.volleys, incidents, a.heard.nodes, a.heard.active, a.heard.triggers),
    )  # fmt: skip


def _beside(edition: Edition) -> report.SideBySide:
    a, alerts = edition.analysis, edition.intake.joined(ALERTS.name)
    return report.side_by_side(a.observations, a.events, a.fused.links, alerts, edition.period_ns,
                               edition.agreement.time_zone)  # fmt: skip


def _previous(period_ns: tuple[int, int]) -> tuple[int, int]:
    return 2 * period_ns[0] - period_ns[1], period_ns[0]


def _before(edition: Edition) -> tuple[Incident, ...]:
    """Return the incidents of the period before, where the context reaches over all of it; else none."""
    start, end = _previous(edition.period_ns)
    if end - start > edition.config.context_days * DAY_NS:
        return ()
    return tuple(i for i in edition.analysis.fused.context if i.t_end_ns > start and i.t_start_ns < end)


def _inputs(edition: Edition, audience: Marking) -> tuple[report.InputFile, ...]:
    """Return the files read; a file's name may say who reported, so the public sees format and digest only."""
    shown = release.may_see(audience, Marking.INTERNAL)
    return tuple(
        report.InputFile(f.file_name if shown else f.format, f.file_sha256, f.format, f.rows, f.issues, f.synthetic)
        for f in edition.intake.files
    )


def _issues(edition: Edition, audience: Marking) -> tuple[Issue, ...]:
    """Return the issues met; the public sees a file's format in place of its name here too."""
    if release.may_see(audience, Marking.INTERNAL):
        return edition.issues
    formats = {f.file_sha256: f.format for f in edition.intake.files}
    nameless = [
        replace(i, source=formats.get(i.file_sha256 or "", "unknown"), found=_TWIN.sub(r"\1another file", i.found))
        for i in edition.intake.issues
    ]
    return release.redact_issues((*nameless, *edition.analysis.issues), audience, edition.secrets)


def _versions(edition: Edition) -> report.Versions:
    return report.Versions(report.SCHEMA_VERSION, __version__, config_digest(edition.config))


def _checkpoint(log: Log) -> report.Checkpoint:
    now = log.checkpoint()
    return report.Checkpoint(now.origin, now.size, base64.b64encode(now.root).decode(), log.reader().key.key_id.hex())


def _lonlat(incidents: Sequence[Incident]) -> tuple[np.ndarray, np.ndarray]:
    places = [(i.place.summary_lon_deg, i.place.summary_lat_deg) for i in incidents]
    lon, lat = np.array(places, dtype=np.float64).reshape(-1, 2).T
    return lon, lat


def _areas(incidents: Sequence[Incident]) -> dict[str, str]:
    names = region_of(*_lonlat(incidents))
    return {i.incident_id: name for i, name in zip(incidents, names.tolist(), strict=True) if name is not None}


def _words(incidents: Sequence[Incident]) -> dict[str, str]:
    """Return places in words; they are already as coarse as the audience gets them."""
    words = describe(*_lonlat(incidents))
    return {i.incident_id: text for i, text in zip(incidents, words.tolist(), strict=True) if text is not None}


def _layers(edition: Edition) -> report.MapLayers:
    outline = country_outline()
    return report.MapLayers(outline, tuple(neighbours().values()), edition.analysis.lines, _labels(), MAP_SOURCE)


def _labels() -> tuple[report.PlaceLabel, ...]:
    """Return the larger settlements, largest first; the map prints those that fall on it."""
    places = gazetteer()
    rows = np.argsort(-places.population)[:300]
    return tuple(
        report.PlaceLabel(name, float(lon), float(lat))
        for name, lon, lat in zip(places.name[rows], places.lon_deg[rows], places.lat_deg[rows], strict=True)
    )


def _days(edition: Edition) -> tuple[report.DayCoverage, ...]:
    """Return for each civil day of the period how many satellite passes ended in it."""
    zone, (start, end) = edition.agreement.time_zone, edition.period_ns
    first, last = to_datetime(start, zone).date(), to_datetime(end - 1, zone).date()
    bounds = [day_interval_ns(first + timedelta(days=i), zone) for i in range((last - first).days + 1)]
    edges = np.array([b[0] for b in bounds] + [end], dtype=np.int64)
    passes = np.histogram(integers(edition.analysis.passes, "t_end_ns") - 1, edges)[0]
    return tuple(report.DayCoverage(b[0], int(n)) for b, n in zip(bounds, passes, strict=True))


def _corridors(edition: Edition) -> tuple[report.CorridorRow, ...]:
    """Return every corridor clause of the period beside what was reported of it."""
    about = {v.clause: v for v in edition.analysis.judgement.verdicts if v.subject_kind == "period"}
    incidents = Counter(v.clause for v in edition.analysis.judgement.verdicts if v.subject_kind == "incident")
    rows = []
    for clause in edition.agreement.provisions:
        verdict = about.get(clause.id)
        if verdict is None or "outcome" not in clause.parameters:
            continue
        zone = edition.agreement.zone(clause.zones[0])
        seen = verdict.numbers.get("seen")
        rows.append(report.CorridorRow(
            clause.id, zone.name or zone.id, clause.effective_from_ns, clause.effective_to_ns or edition.period_ns[1],
            clause.parameters.get("proposer"), clause.parameters.get("outcome"), str(verdict.verdict), verdict.p,
            incidents[clause.id], float(seen) if isinstance(seen, (int, float)) else None,
        ))  # fmt: skip
    return tuple(rows)


def _parquet(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()
