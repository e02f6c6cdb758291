"""`trucewatch flash`: a one-page note about one incident."""

import json
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from trucewatch import __version__, release, report, review, terms
from trucewatch.cli.files import output_folder
from trucewatch.cli.review import Settings, logged_case
from trucewatch.cli.screen import say
from trucewatch.config import Config, config_digest, read_config
from trucewatch.core.agreement import Agreement, Force
from trucewatch.core.contact import ContactLine, contact_lines
from trucewatch.core.country import country_outline, neighbours
from trucewatch.core.errors import CommandError, SealedError
from trucewatch.core.gazetteer import region_of
from trucewatch.core.marking import Marking
from trucewatch.core.position import describe
from trucewatch.core.records import Incident, Verdict
from trucewatch.evidence import Layout, LogReader, View, from_body
from trucewatch.pipeline import MAP_SOURCE

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `flash`."""

    @app.command()
    def flash(
        incident: Annotated[str, typer.Argument(help="Id of the incident.")],
        folder: Annotated[Path, typer.Option("--in", help="The --out folder of the run.")] = Path("out/day"),
        to: Annotated[Path | None, typer.Option(help="File to write; else FOLDER/internal or public.")] = None,
        public: Annotated[bool, typer.Option("--public", help="For everybody: coarse place and time.")] = False,
        settings: Settings = None,
    ) -> None:
        """Write a one-page note about one incident.

        Example: trucewatch flash TW-ABCDEFGHIJ --in out/day
        """
        audience = Marking.PUBLIC if public else Marking.INTERNAL
        page = _note(output_folder(folder), incident, audience, read_config(settings))
        path = to or folder / ("public" if public else "internal") / f"flash-{incident}.html"
        path.write_bytes(page)
        say(f"wrote {path}")


def _note(folder: Path, incident_id: str, audience: Marking, config: Config) -> bytes:
    case, _ = logged_case(folder, incident_id, config)
    incident = release.redact_incident(review.current(case), audience, config.release)
    reader = LogReader(folder)
    with View(Layout(folder).view) as view:
        view.update(reader)
        agreement = _agreement(reader, view)
        synthetic = any(json.loads(r["body"])["synthetic"] for r in view.rows("files"))
        verdicts = _proposals(reader, view, incident, agreement)
        means, lines = _means(reader, view, incident), _lines(reader, view, incident)
    if agreement.force is Force.IN_FORCE and any(v.hypothetical for v in verdicts):
        agreement = replace(agreement, force=Force.HYPOTHETICAL)  # the run judged as though it had held
    place = incident.place
    lon, lat = (np.array([v], dtype=np.float64) for v in (place.summary_lon_deg, place.summary_lat_deg))
    return report.flash.render(incident, report.FlashNote(
        agreement=agreement, audience=audience, synthetic=synthetic, issued_ns=time.time_ns(),
        verdicts=tuple(release.redact_verdict(v, audience, config.release) for v in verdicts), means=means, seen=None,
        versions=report.Versions(report.SCHEMA_VERSION, __version__, config_digest(config)),
        area=region_of(lon, lat)[0], describe=describe(lon, lat)[0],
        layers=report.MapLayers(country_outline(), tuple(neighbours().values()), lines, source=MAP_SOURCE),
    ))  # fmt: skip


def _means(reader: LogReader, view: View, incident: Incident) -> tuple[str, ...]:
    """Return how the rows behind an incident were observed, as far as they can still be opened."""
    words = set()
    for source in incident.sources:
        for row in view.rows("segments", "root = ?", [source.segment]):
            with suppress(SealedError):
                words.add(reader.segment(reader.envelope(row["leaf"])).table["means"][source.segment_row].as_py())
    return tuple(sorted(words - {None}))


def _lines(reader: LogReader, view: View, incident: Incident) -> tuple[ContactLine, ...]:
    """Return the contact lines as of the incident's time, from the control maps in the log."""
    tables = []
    for row in view.rows("segments", "schema LIKE 'control/%'"):
        with suppress(SealedError):
            tables.append(reader.segment(reader.envelope(row["leaf"])).table)
    lines, _ = contact_lines(tables, (incident.t_start_ns + incident.t_end_ns) // 2, land=country_outline())
    return lines


def _proposals(reader: LogReader, view: View, incident: Incident, agreement: Agreement) -> list[Verdict]:
    """Return the latest verdict on this version of the incident under each clause of the agreement."""
    asked = [incident.incident_id, incident.version, agreement.name]
    rows = view.rows("verdicts", "subject = ? AND incident_version = ? AND agreement = ?", asked)
    latest = {row["clause"]: row["leaf"] for row in rows}
    return [from_body(Verdict, reader.body(reader.envelope(leaf))) for leaf in latest.values()]


def _agreement(reader: LogReader, view: View) -> Agreement:
    leaves = view.rows("leaves", "kind = 'agreement'")
    if not leaves:
        raise CommandError("found no agreement in the log; needed the --out folder of a run; name it")
    body = reader.body(reader.envelope(leaves[-1]["leaf"]))
    return terms.parse_agreement(body["files"], body["name"])
