"""A synthetic day, run once for all tests of the pipeline."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch import scenario, terms
from trucewatch.pipeline import Job, Outcome, run_job
from trucewatch.pipeline.network import Associate

AGREEMENT = Path(__file__).parents[2] / "agreements" / "armistice-example"
# Half of the nodes and a fifth of the noise: what is tested here does not hang on how many there are.
NODES = scenario.NetworkConfig(columns=9, false_per_min=0.02)
LATE = "late"  # in the names of files that arrive the day after


@dataclass(frozen=True)
class Day:
    """Where a day's files lie, and how to run it."""

    out: Path
    inputs: Path
    truth: scenario.Truth
    day: date
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    def run(
        self, *names: str, out: Path | None = None, days: tuple[date, date] | None = None, **how: Associate
    ) -> Outcome:
        """Run on the named input files, or on all of them; `associate` stands in for the association."""
        first, last = days or (self.day, self.day)
        inputs = tuple(self.inputs / n for n in names) or (self.inputs,)
        job = Job(agreement_texts(), AGREEMENT.name, inputs, first, last, out or self.out)
        return run_job(job, self.key, lambda: 1_800_000_000_000_000_000, os.urandom, lambda _: None, **how)


def agreement_texts() -> dict[str, str]:
    return {n: (AGREEMENT / n).read_text(encoding="utf-8") for n in ("terms.yaml", "zones.geojson")}


@pytest.fixture(scope="session")
def make_day(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Day]:
    """Write a synthetic day of a seed and return it, not yet run."""

    def make(seed: int) -> Day:
        config = scenario.Config(seed=seed, intensity=0.4, history_years=3, network=NODES)
        truth = scenario.truth(config, terms.parse_agreement(agreement_texts(), AGREEMENT.name))
        folder = tmp_path_factory.mktemp(f"day{seed}")
        (folder / "input").mkdir()
        for name, data in scenario.emit(truth).items():
            (folder / "input" / name).write_bytes(data)
        return Day(folder / "out", folder / "input", truth, config.day)

    return make


@pytest.fixture(scope="session")
def day(make_day: Callable[[int], Day]) -> Day:
    """The day, run."""
    made = make_day(5)
    made.run()
    return made
