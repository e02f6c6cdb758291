"""`trucewatch locate`: triggers of a network in, located events out."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import pyarrow as pa
import typer

from trucewatch.cli.screen import Steps, say, show_json, show_table, steps
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.times import format_ns
from trucewatch.locate import AssociateConfig, associate
from trucewatch.locate.classify import NAMES
from trucewatch.sense import Config, Source
from trucewatch.sense.network_csv import read_nodes, read_quarries, read_triggers, read_weather

__all__ = ["Associate", "Located", "feature_collection", "locate_files", "register"]

Associate = Callable[[pa.Table, pa.Table, AssociateConfig | None, pa.Table | None], tuple[pa.Table, tuple[Issue, ...]]]
_NOTICE = "INTERNAL: places of fire with their nodes; not for publication, no live feed, no targeting."
_SHOWN = 5  # issues written to the screen; --json and the file have more
_UNITS = {
    "origin_time": "UTC", "t_sigma_s": "s", "lon": "deg WGS84", "lat": "deg WGS84", "depth_m": "m", "cov_ee": "m²",
    "cov_en": "m²", "cov_nn": "m²", "residual_s": "s", "gap_deg": "deg", "level_db": "dB",
    "triggers": "data rows of the trigger file, from 1",
}  # fmt: skip


class Located(NamedTuple):
    """Origins (ORIGINS) of the triggers of a file, with the tables that they rest on and everything odd about them."""

    origins: pa.Table
    triggers: pa.Table
    network: pa.Table
    issues: tuple[Issue, ...]
    synthetic: bool


def register(app: typer.Typer) -> None:
    """Add `locate`."""

    @app.command()
    def locate(
        triggers: Annotated[Path, typer.Argument(metavar="TRIGGERS.csv", help="What the nodes heard.")],
        nodes: Annotated[Path, typer.Option(help="Where the nodes stand: node,lon,lat and more.")],
        out: Annotated[Path, typer.Option(help="GeoJSON file to write; one that is there is replaced.")],
        weather: Annotated[
            Path | None, typer.Option(help="Temperature and wind; without it they are estimated.")
        ] = None,
        quarries: Annotated[Path | None, typer.Option(help="Quarries and mines, with working hours.")] = None,
        as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
    ) -> None:
        """Find the events behind the triggers of a network: where, when, how sure, of what class. Internal products.

        Example: trucewatch locate TRIGGERS.csv --nodes NODES.csv --weather W.csv --out events.geojson
        """
        if not out.resolve().parent.is_dir():
            raise CommandError(f"found no folder {out.parent}; needed one for {out.name}; make it, or name another")
        began = time.perf_counter()
        with steps("Locating", 4) as step:
            found = locate_files(triggers, nodes, weather, quarries, associate, time.time_ns(), step)
            step("writing")
            out.write_text(json.dumps(feature_collection(found), ensure_ascii=False) + "\n", encoding="utf-8")
        _answer(found, out, time.perf_counter() - began, as_json=as_json)


def locate_files(
    triggers: Path, nodes: Path, weather: Path | None, quarries: Path | None, associate: Associate, now_ns: int,
    step: Steps,
) -> Located:  # fmt: skip
    """Return what the association makes of files; what is later than now_ns has not happened yet.

    CommandError where a file is not there or is not such a table.
    """
    step("reading")
    heard = read_triggers(_source(triggers, now_ns))
    stand = read_nodes(_source(nodes, now_ns))
    air = None if weather is None else read_weather(_source(weather, now_ns))
    blasting = None if quarries is None else read_quarries(_source(quarries, now_ns))
    read = [r for r in (heard, stand, air, blasting) if r is not None]
    issues = [i for r in read for i in _usable(r.issues)]
    step(f"associating {heard.table.num_rows:,} triggers of {stand.table.num_rows:,} nodes")
    config = None if blasting is None else AssociateConfig(quarries=blasting.quarries)
    origins, more = associate(heard.table, stand.table, config, None if air is None else air.table)
    return Located(origins, heard.table, stand.table, (*issues, *more), any(r.synthetic for r in read))


def feature_collection(found: Located) -> dict[str, Any]:
    """Return the origins as GeoJSON (RFC 7946), marked as internal, with units and issues beside them."""
    columns = found.origins.to_pydict()
    rows = (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True))
    heard, names = found.triggers.column("row").to_pylist(), found.triggers.column("node").to_pylist()
    return {
        "type": "FeatureCollection", "marking": "INTERNAL", "notice": _NOTICE, "synthetic": found.synthetic,
        "units": _UNITS, "issues": [i.as_dict() for i in found.issues],
        "features": [_feature(row, heard, names) for row in rows],
    }  # fmt: skip


def _feature(row: dict[str, Any], heard: Sequence[int], names: Sequence[str]) -> dict[str, Any]:
    lon, lat = round(row["lon_deg"], 6), round(row["lat_deg"], 6)
    properties = {
        "marking": "INTERNAL", "origin_time": format_ns(row["t_ns"], timespec="microseconds"), "lon": lon, "lat": lat,
        "depth_m": row["depth_m"], **{n: _rounded(row[f"{n}_m2"], 2) for n in ("cov_ee", "cov_en", "cov_nn")},
        "t_sigma_s": _rounded(row["t_sigma_s"], 4), "p": _rounded(row["p"], 4),
        **{f"p_{n}": _rounded(row[f"p_{n}"], 4) for n in NAMES}, "reason": row["reason"],
        "level_db": _rounded(row["level_db"], 1), "arrivals": row["arrivals"],
        "residual_s": _rounded(row["residual_s"], 4), "gap_deg": _rounded(row["gap_deg"], 1),
        "triggers": [heard[i] for i in row["triggers"]], "nodes": [names[i] for i in row["triggers"]],
    }  # fmt: skip
    point = {"type": "Point", "coordinates": [lon, lat]}
    return {"type": "Feature", "id": row["event"], "geometry": point, "properties": properties}


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)


def _source(path: Path, now_ns: int) -> Source:
    config = Config(not_after_ns=now_ns)
    if not path.is_file():
        raise CommandError(f"found no file {path}; needed one that exists; check the name")
    if path.stat().st_size > config.max_file_bytes:
        raise CommandError(
            f"found {path} with {path.stat().st_size:,} bytes; needed at most {config.max_file_bytes:,}; split it"
        )
    return Source(path.name, path.read_bytes(), config)


def _usable(issues: Iterable[Issue]) -> list[Issue]:
    """Return the issues of a file; CommandError where it is another table than was asked for."""
    kept = list(issues)
    for issue in kept:
        if issue.kind is IssueKind.UNREADABLE:
            raise CommandError(f"found {issue.found} in {issue.source}; needed {issue.needed}; name the right file")
    return kept


def _answer(found: Located, out: Path, seconds: float, *, as_json: bool) -> None:
    explained = {i for rows in found.origins.column("triggers").to_pylist() for i in rows}
    summary = {
        "out": str(out), "events": found.origins.num_rows, "triggers": found.triggers.num_rows,
        "explained": len(explained), "nodes": found.network.num_rows, "issues": len(found.issues),
        "seconds": round(seconds, 2),
    }  # fmt: skip
    if as_json:
        classes = {n: round(sum(v or 0.0 for v in found.origins.column(f"p_{n}").to_pylist()), 2) for n in NAMES}
        show_json({"marking": "INTERNAL", **summary, "expected_by_class": classes, "synthetic": found.synthetic,
                   "first_issues": [str(i) for i in found.issues[:20]]})  # fmt: skip
        return
    show_table("Events of the network (INTERNAL)", [summary])
    for issue in found.issues[:_SHOWN]:
        say(str(issue))
    if len(found.issues) > _SHOWN:
        say(f"and {len(found.issues) - _SHOWN:,} more issues, all of them in {out.name}")
