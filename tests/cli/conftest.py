"""The command line as a person uses it: words in, exit code and text out."""

import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from trucewatch.cli import main
from trucewatch.core.records import Incident, Status
from trucewatch.evidence import LogReader, from_body

REPOSITORY = Path(__file__).parents[2]
AGREEMENTS = REPOSITORY / "agreements"
TRUCEWATCH = (sys.executable, "-m", "trucewatch")
DAY = "2026-03-14"  # of every synthetic day


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer of a command that was asked for JSON."""
        return json.loads(self.out)


def run(*words: object) -> Ran:
    """Run a command in this process, as `main` does; whatever it does not turn into a sentence gets through."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(w) for w in words])
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


def refused(ran: Ran, *words: str, code: int = 2) -> None:
    """Check that a command ended with one sentence that holds these words."""
    assert ran.code == code, ran.err
    assert ran.err.startswith("trucewatch: "), ran.err
    assert "Traceback" not in ran.err
    assert all(w in ran.err for w in words), ran.err


def judge(inputs: Path, out: Path, *more: object, days: tuple[str, str] = (DAY, DAY)) -> Ran:
    """Run the files of a synthetic day."""
    return run("run", "--agreement", AGREEMENTS / "armistice-example", "--input", inputs, "--from", days[0],
               "--to", days[1], "--out", out, *more)  # fmt: skip


def truce(inputs: Path, out: Path, *more: object, days: tuple[str, str] = ("2023-06-01", "2023-06-02")) -> Ran:
    """Run a few records as though the truce of Easter had held."""
    return run("run", "--agreement", AGREEMENTS / "easter-2025", "--as-if-in-force", "--input", inputs, "--from",
               days[0], "--to", days[1], "--out", out, *more)  # fmt: skip


def latest(out: Path) -> dict[str, Incident]:
    """Return the newest version of every incident in a log."""
    reader = LogReader(out)
    envelopes = (reader.envelope(i) for i in range(len(reader)))
    found = [from_body(Incident, reader.body(e)) for e in envelopes if e.kind == "incident"]
    return {i.incident_id: i for i in found}


def memberships(out: Path) -> dict[str, frozenset[tuple[str, int]]]:
    """Return the source rows of every living incident."""
    alive = (i for i in latest(out).values() if i.status not in (Status.MERGED, Status.RETIRED))
    return {i.incident_id: frozenset((s.file_sha256, s.row) for s in i.sources) for i in alive}


def features(out: Path, edition: str = "internal") -> dict[str, dict[str, Any]]:
    """Return the properties of every incident in an edition, by id."""
    found = json.loads((out / edition / "incidents.geojson").read_bytes())["features"]
    return {f["id"]: f["properties"] for f in found}


def issues(out: Path, edition: str = "internal") -> list[dict[str, str]]:
    """Return the rows of issues.csv."""
    import csv

    with (out / edition / "issues.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def observed(out: Path) -> set[tuple[str, int]]:
    """Return (file, row) of every observation of the internal edition."""
    table = pq.read_table(out / "internal" / "observations.parquet").to_pylist()
    return {(r["file_sha256"], r["row"]) for r in table}


@pytest.fixture(scope="session", autouse=True)
def own_key(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A signing key of the tests' own, for commands in this process and those that it starts."""
    path = tmp_path_factory.mktemp("key") / "signing.key"
    before = os.environ.get("TRUCEWATCH_KEY")
    os.environ["TRUCEWATCH_KEY"] = str(path)
    yield path
    if before is None:
        del os.environ["TRUCEWATCH_KEY"]
    else:
        os.environ["TRUCEWATCH_KEY"] = before


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A synthetic day, run once; nobody writes to it."""
    out = tmp_path_factory.mktemp("cli") / "day"
    ran = run("day", "--out", out, "--seed", 5, "--agreement", AGREEMENTS / "armistice-example")
    assert ran.code == 0, ran.err
    return out


@pytest.fixture
def copy(day: Path, tmp_path: Path) -> Path:
    """A copy of the day that a test may spoil."""
    return Path(shutil.copytree(day, tmp_path / "copy"))


@pytest.fixture
def take(day: Path, tmp_path: Path) -> Callable[..., Path]:
    """Copy some input files of the day, by words in their names, to a folder."""

    def take(*words: str, into: str = "some", without: bool = False) -> Path:
        folder = tmp_path / into
        folder.mkdir()
        for path in sorted((day / "input").iterdir()):
            if any(w in path.name for w in words) != without:
                shutil.copy(path, folder)
        return folder

    return take
