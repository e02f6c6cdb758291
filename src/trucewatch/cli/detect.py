"""`trucewatch detect`: waveforms of arrays to detections."""

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from trucewatch.cli.screen import complain, say, steps
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue
from trucewatch.core.times import format_ns
from trucewatch.detect import ARRIVALS, ArrayConfig, detect_arrays
from trucewatch.sense.array_elements import ElementPlace, read_elements
from trucewatch.sense.waveforms import read_waveforms

__all__ = ["arrivals_csv", "register"]

_DECIMALS = {"duration_s": 2, "back_azimuth_deg": 2, "back_azimuth_sigma_deg": 2, "trace_velocity_m_s": 1,
             "f_statistic": 2, "correlation": 3}  # fmt: skip
_COLUMNS = ("time", "duration_s", "array", "back_azimuth_deg", "back_azimuth_sigma_deg", "trace_velocity_m_s",
            "f_statistic", "correlation", "rejected_elements")  # fmt: skip


def register(app: typer.Typer) -> None:
    """Add the command to the program."""
    app.command()(detect)


def detect(
    files: Annotated[list[Path], typer.Argument(metavar="FILES...", help="miniSEED, SAC, WAV; StationXML for places.")],
    out: Annotated[Path, typer.Option(help="CSV to write.")],
    elements: Annotated[
        Path | None, typer.Option(help="CSV of places: id (NET.STA.LOC.CHA), then lon,lat or east_m,north_m.")
    ] = None,
    band: Annotated[tuple[float, float] | None, typer.Option(metavar="LOW HIGH", help="Band, Hz; 0.5 5.")] = None,
    window: Annotated[float | None, typer.Option(metavar="S", help="Length of a window, s; 30.")] = None,
    array: Annotated[str | None, typer.Option(help="Name of the one array that all files are of.")] = None,
) -> None:
    """Find what came in as plane waves at arrays: when, from where, how fast, how surely; name bad elements.

    Example: trucewatch detect BRP1.sac BRP2.sac BRP3.sac BRP4.sac --band 0.5 5 --window 30 --out detections.csv
    """
    config = ArrayConfig()
    config = replace(config, band_hz=band or config.band_hz, window_s=window or config.window_s)
    places, found = _places(elements)
    with steps("detect", None) as step:
        step("reading")
        records, more = read_waveforms(files, places, array)
        tables, issues = [], [*found, *more]
        for record in records:
            step(record.array)
            table, wrong = detect_arrays(record, config)
            tables.append(table)
            issues += wrong
    arrivals = pa.concat_tables(tables).sort_by("t_ns") if tables else ARRIVALS.empty()
    out.write_text(arrivals_csv(arrivals), encoding="utf-8", newline="")
    _tell(arrivals, len(records), issues, out)


def _places(path: Path | None) -> tuple[dict[str, ElementPlace] | None, tuple[Issue, ...]]:
    if path is None:
        return None, ()
    try:
        return read_elements(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"found {path} unreadable ({error}); needed a CSV of elements; check the file") from error


def _tell(arrivals: pa.Table, records: int, issues: list[Issue], out: Path) -> None:
    for issue in issues:
        complain(str(issue))
    say(f"{arrivals.num_rows} detections in {records} array record{'' if records == 1 else 's'}, {len(issues)} issues; "
        f"wrote {out}")  # fmt: skip


def arrivals_csv(arrivals: pa.Table) -> str:
    """Return arrivals as CSV text: time in ISO 8601 UTC to the millisecond, an unknown as nothing."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in arrivals.to_pylist():
        row["time"] = format_ns(row["t_ns"], timespec="milliseconds")
        writer.writerow([_word(row[name], _DECIMALS.get(name)) for name in _COLUMNS])
    return text.getvalue()


def _word(value: str | float | None, decimals: int | None) -> str:
    if value is None:
        return ""
    return str(value) if decimals is None else f"{value:.{decimals}f}"
