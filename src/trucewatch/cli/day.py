"""`trucewatch day`: a synthetic day on the line, end to end; and `trucewatch scenario`, its parts."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import pyarrow.parquet as pq
import typer

from trucewatch import terms
from trucewatch.cli.evidence import check_log
from trucewatch.cli.files import KEY_FILE, agreement_files, output_folder
from trucewatch.cli.run import RunOptions, carry_out, tell
from trucewatch.cli.screen import say, show_json
from trucewatch.cli.serve import Port, show
from trucewatch.core.errors import CommandError, VerifyError
from trucewatch.core.records import Incident, Status
from trucewatch.core.tables import ORIGINS
from trucewatch.evidence import LogReader, from_body
from trucewatch.pipeline.intake import logged
from trucewatch.pipeline.memory import remember

if TYPE_CHECKING:  # the room loads slowly, and no other command needs it
    from trucewatch import scenario

__all__ = ["register", "scenario_app"]

scenario_app = typer.Typer(help="Synthetic days with their truth, and the grading of what was made of them.",
                           no_args_is_help=True)  # fmt: skip
Seed = Annotated[int, typer.Option(help="Same seed, same bytes.")]
AgreementFolder = Annotated[Path, typer.Option("--agreement", help="Folder of the agreement.")]
_OF_A_DAY = ("input", "truth", "internal", "public", "log", "blobs", "keys", "tmp", "lock", "view.sqlite", KEY_FILE)
DEFAULT_AGREEMENT = Path("agreements/armistice-example")


def register(app: typer.Typer) -> None:
    """Add `day`."""

    @app.command()
    def day(
        out: Annotated[Path, typer.Option(help="Folder for everything.")] = Path("out/day"),
        seed: Seed = 1,
        agreement: AgreementFolder = DEFAULT_AGREEMENT,
        fresh: Annotated[bool, typer.Option("--fresh", help="Replace an earlier synthetic day in the folder.")] = False,
        serve: Annotated[bool, typer.Option("--serve", help="Serve the report on localhost afterwards.")] = False,
        port: Port = 8000,
    ) -> None:
        """Make a synthetic day, run it through every stage, verify the log, grade the result.

        Example: trucewatch day --out out/day --seed 1 --serve
        """
        inputs, config = write_day(out, seed, agreement, fresh=fresh)
        day = config.day.isoformat()
        options = RunOptions(agreement, [inputs], day, day, out, key=out / KEY_FILE)
        tell(carry_out(options))
        report = check_log(out, None)
        if not report.ok:
            raise VerifyError(report.first or "found an empty log")
        say(f"log verified: {report.size} leaves, {report.rows} rows")
        say(in_words(out))
        if serve:
            show(out, port)


def clear_day(out: Path) -> None:
    """Remove an earlier synthetic day, and nothing that a day does not make."""
    for name in _OF_A_DAY:
        path = out / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def write_day(out: Path, seed: int, agreement: Path, *, fresh: bool = False) -> "tuple[Path, scenario.Config]":
    """Write the input files of a synthetic day below `out`/input, and its truth beside them in `out`/truth."""
    from trucewatch import scenario

    parsed = terms.parse_agreement(agreement_files(agreement), agreement.resolve().name)
    if (out / "log").exists():
        is_day = (out / "truth" / "truth.parquet").is_file()
        if not (fresh and is_day):
            what, fix = ("an earlier day", "add --fresh or name") if is_day else ("a run on other records", "name")
            raise CommandError(f"found {what} in {out}; needed an empty folder; {fix} another --out")
        clear_day(out)
    config = scenario.Config(seed=seed)
    truth = scenario.truth(config, parsed)
    for folder, files in ((out / "input", scenario.emit(truth)), (out / "truth", scenario.answers(truth))):
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    return out / "input", config


@scenario_app.command()
def make(out: Annotated[Path, typer.Option(help="Folder for input/ and truth/.")], seed: Seed = 1,
         agreement: AgreementFolder = DEFAULT_AGREEMENT) -> None:  # fmt: skip
    """Write the input files of a synthetic day and its truth.

    Example: trucewatch scenario make --out exercise --seed 7
    """
    inputs, config = write_day(out, seed, agreement)
    say(f"wrote {inputs} for {config.day}; the truth is in {out / 'truth'} and must not be read as input")


@scenario_app.command()
def score(folder: Annotated[Path, typer.Argument(help="The --out folder of a day.")],
          as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False) -> None:  # fmt: skip
    """Grade the incidents of a run, the sounds that nodes placed, and what was said of allegations, against the truth.

    Example: trucewatch scenario score out/day
    """
    if as_json:
        met = [{**m._asdict(), "judged": m.judged, "borne_out": m.borne_out} for m in how_met(folder)]
        heard = how_heard(folder)
        show_json({**grade(folder).as_dict(), "allegations": met, "sounds": heard.as_dict() if heard else None})
    else:
        say(in_words(folder))


def in_words(folder: Path) -> str:
    """Return the grades of a day as text."""
    from trucewatch import scenario

    heard = how_heard(folder)
    sounds = heard.table() if heard else ""
    return "\n".join(filter(None, (grade(folder).table(), sounds, scenario.met_table(how_met(folder)))))


def how_heard(folder: Path) -> "scenario.SoundScore | None":
    """Return how the acoustic network placed the single sounds of a day; None where the day has no network."""
    from trucewatch import scenario

    path = folder / "truth" / "sounds.parquet"
    if not path.is_file():
        return None
    sounds = scenario.SOUNDS.conform(pq.read_table(path).replace_schema_metadata(None))
    if not sounds.num_rows:
        return None
    told = logged(LogReader(output_folder(folder))).tables(ORIGINS.name)
    return scenario.score_sounds(sounds, told[-1] if told else ORIGINS.empty())


def grade(folder: Path) -> "scenario.Score":
    """Return the score of a day's incidents against its truth."""
    from trucewatch import scenario

    path = folder / "truth" / "truth.parquet"
    if not path.is_file():
        raise CommandError(f"found no {path}; needed the truth of a synthetic day; make one with `trucewatch day`")
    reader = LogReader(output_folder(folder))
    latest: dict[str, Incident] = {}
    for index in range(len(reader)):
        envelope = reader.envelope(index)
        if envelope.kind == "incident":
            incident = from_body(Incident, reader.body(envelope))
            latest[incident.incident_id] = incident
    alive = [i for i in latest.values() if i.status not in (Status.MERGED, Status.RETIRED)]
    return scenario.score(pq.read_table(path), alive)


def how_met(folder: Path) -> "tuple[scenario.Met, ...]":
    """Return how the record of a day met the parties' allegations; none where the day has no such truth."""
    from trucewatch import scenario

    path = folder / "truth" / "allegations.parquet"
    if not path.is_file():
        return ()
    reader = LogReader(output_folder(folder))
    envelopes = (reader.envelope(i) for i in reversed(range(len(reader))))
    body = next((reader.body(e) for e in envelopes if e.kind == "agreement"), None)
    if body is None:
        return ()
    agreement = terms.parse_agreement(body["files"], body["name"])
    told, _ = terms.read_allegations(logged(reader).joined("allegations"), agreement)
    return scenario.meet(pq.read_table(path), told, remember(reader).verdicts(agreement.name))
