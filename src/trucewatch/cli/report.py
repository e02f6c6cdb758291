"""`trucewatch flash`: a one-page note about one incident."""

import time
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from trucewatch import __version__, release, report, review, terms
from trucewatch.cli.files import output_folder
from trucewatch.cli.review import case_of
from trucewatch.cli.screen import say
from trucewatch.config import Config, config_digest
from trucewatch.core.agreement import Agreement
from trucewatch.core.country import country_outline, neighbours
from trucewatch.core.errors import CommandError
from trucewatch.core.gazetteer import region_of
from trucewatch.core.marking import Marking
from trucewatch.core.position import describe
from trucewatch.core.records import Verdict
from trucewatch.evidence import Layout, LogReader, View, from_body

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `flash`."""

    @app.command()
    def flash(
        incident: Annotated[str, typer.Argument(help="Id of the incident.")],
        folder: Annotated[Path, typer.Option("--in", help="The --out folder of the run.")] = Path("out/day"),
        to: Annotated[Path | None, typer.Option(help="File to write; else FOLDER/internal or public.")] = None,
        public: Annotated[bool, typer.Option("--public", help="For everybody: coarse place and time.")] = False,
    ) -> None:
        """Write a flash note about one incident.

        Example: trucewatch flash TW-ABCDEFGHIJ --in out/day
        """
        audience = Marking.PUBLIC if public else Marking.INTERNAL
        page = _note(output_folder(folder), incident, audience)
        path = to or folder / ("public" if public else "internal") / f"flash-{incident}.html"
        path.write_bytes(page)
        say(f"wrote {path}")


def _note(folder: Path, incident_id: str, audience: Marking) -> bytes:
    case, _ = case_of(folder, incident_id)
    incident = release.redact_incident(review.current(case), audience)
    reader = LogReader(folder)
    with View(Layout(folder).view) as view:
        view.update(reader)
        rows = view.rows("verdicts", "subject = ? AND incident_version = ?", [incident_id, incident.version])
        verdicts = [from_body(Verdict, reader.body(reader.envelope(r["leaf"]))) for r in rows]
        agreement, synthetic = _agreement(reader, view), bool(view.rows("files", "synthetic"))
    lon, lat = (
        np.array([v], dtype=np.float64) for v in (incident.place.summary_lon_deg, incident.place.summary_lat_deg)
    )
    return report.flash.render(incident, report.FlashNote(
        agreement=agreement, audience=audience, synthetic=synthetic, issued_ns=time.time_ns(),
        verdicts=tuple(release.redact_verdict(v, audience) for v in verdicts), means=(), seen=None,
        versions=report.Versions(report.SCHEMA_VERSION, __version__, config_digest(Config())),
        area=region_of(lon, lat)[0], describe=describe(lon, lat)[0],
        layers=report.MapLayers(country_outline(), tuple(neighbours().values())),
    ))  # fmt: skip


def _agreement(reader: LogReader, view: View) -> Agreement:
    leaves = view.rows("leaves", "kind = 'agreement'")
    if not leaves:
        raise CommandError("found no agreement in the log; needed the --out folder of a run; name it")
    body = reader.body(reader.envelope(leaves[-1]["leaf"]))
    return terms.parse_agreement(body["files"], body["name"])
