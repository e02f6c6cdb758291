"""Requirements and scenarios as data: the example files are sound, and what is wrong is said with its line."""

import json

import pytest
from tests.conftest import REPOSITORY
from tests.pledges.offers import TODAY, approval, claim, need, quantity, required

from trucewatch.pledges.gaps import GapConfig, gap_table
from trucewatch.pledges.legal import read_legal
from trucewatch.pledges.montecarlo import DrawConfig, draws, draws_of_scenarios
from trucewatch.pledges.nouns import Claim
from trucewatch.pledges.requirements import read_requirements
from trucewatch.pledges.rotation import RotationConfig, rotation_rows
from trucewatch.pledges.scenarios import Scenario, Withdrawal, compare, read_scenarios

EXAMPLE = REPOSITORY / "pledges-example"
FILE = """\
title: A small force
sources:
  plan: {kind: paper, says: The plan., url: "https://example.org/plan"}
forces:
  - id: small
    title: Small
    phases:
      - id: first
        title: First
        start: 2026-03-01
        end: 2026-09-01
        needs:
          - {id: land, component: land, unit: persons, low: 200, high: 900.5, source: plan}
"""
ASSUMED = """\
title: What if
sources:
  guess: {kind: assumption, says: A guess.}
assumptions:
  lead_days:
    pledged: {low: 30, high: 60, source: guess}
  ratio: {low: 3, high: 5, source: guess}
  tour_months: {low: 4, high: 6, source: guess}
scenarios:
  - id: without
    title: Without one
    withdraw:
      - {actor: FR, components: [land]}
    approvals: {vote: refused}
"""


def example(name: str) -> str:
    return (EXAMPLE / name).read_text(encoding="utf-8")


def test_the_example_files_have_nothing_wrong_with_them() -> None:
    readers = {"requirements.yaml": read_requirements, "legal.yaml": read_legal, "scenarios.yaml": read_scenarios}
    assert [str(p) for name, read in readers.items() for p in read(name, example(name))[1]] == []


def test_the_example_forces_add_up_to_what_they_are_called() -> None:
    requirements, _ = read_requirements("requirements.yaml", example("requirements.yaml"))
    most = {
        f.force_id: sum(n.high for n in f.phases[0].needs if n.unit == "persons" and n.high)
        for f in requirements.forces
    }
    assert most["force_30000"] == 30_000
    assert most["force_15000"] == 15_000
    assert most["monitoring_5000"] == 5_000


def test_the_scenarios_decide_only_approvals_that_exist() -> None:
    scenarios, _ = read_scenarios("scenarios.yaml", example("scenarios.yaml"))
    legal, _ = read_legal("legal.yaml", example("legal.yaml"))
    named = {name for s in scenarios.scenarios for name in s.approvals}
    assert named <= {a.approval_id for a in legal.approvals}


def test_the_example_draws_run_on_the_example_forces() -> None:
    requirements, _ = read_requirements("requirements.yaml", example("requirements.yaml"))
    scenarios, _ = read_scenarios("scenarios.yaml", example("scenarios.yaml"))
    legal, _ = read_legal("legal.yaml", example("legal.yaml"))
    book = [claim("a", "FR", quantity(2000, 9000)), claim("b", "GB", quantity(5000, 7500)), claim("c", "ES")]
    found = draws(book, requirements, scenarios.assumptions, DrawConfig(draws=500), TODAY, legal.approvals)
    land = next(r for r in found.rows if (r.force_id, r.need_id) == ("force_15000", "land"))
    assert land.unknown == ("ES: size not said",)
    assert {d.name for d in land.drivers} >= {"approval gb_commons", "approval fr_parliament"}


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("low: 200", "low: -5", 13, "-5 to 900.5"),
        ("high: 900.5", "high: 3000000000", 13, "200 to 3000000000"),
        ("component: land", "component: cavalry", 13, "the component 'cavalry'"),
        ("source: plan", "source: nobody", 13, "the source 'nobody'"),
        ("end: 2026-09-01", "end: 2025-09-01", 11, "2025-09-01 before 2026-03-01"),
        ("start: 2026-03-01", "start: spring", 10, "'spring'"),
        ("unit: persons", "units: persons", 13, "no unit"),
    ],
)
def test_what_is_wrong_with_a_requirement_is_said_with_its_line(old: str, new: str, line: int, found: str) -> None:
    problems = [str(p) for p in read_requirements("needs.yaml", FILE.replace(old, new))[1]]
    assert any(p.startswith(f"needs.yaml:{line}: found {found}") for p in problems), problems


def test_figures_keep_their_decimals_exactly() -> None:
    requirements, _ = read_requirements("needs.yaml", FILE)
    assert str(requirements.forces[0].phases[0].needs[0].high) == "900.5"


@pytest.mark.parametrize(
    ("old", "new", "line", "found"),
    [
        ("low: 3, high: 5", "low: 0.5, high: 5", 7, "0.5 to 5"),
        ("low: 4, high: 6", "low: 0, high: 6", 8, "a tour of 0 months"),
        ("pledged:", "promised:", 6, "the state 'promised'"),
        ("vote: refused", "vote: perhaps", 14, "'perhaps'"),
        ("[land]", "[cavalry]", 13, "the component 'cavalry'"),
    ],
)
def test_what_is_wrong_with_a_scenario_is_said_with_its_line(old: str, new: str, line: int, found: str) -> None:
    problems = [str(p) for p in read_scenarios("what.yaml", ASSUMED.replace(old, new))[1]]
    assert any(p.startswith(f"what.yaml:{line}: found {found}") for p in problems), problems


def book() -> list[Claim]:
    return [claim("a", "FR", quantity(3000)), claim("b", "GB", quantity(2000)), claim("c", "FR", component="air")]


def test_withdrawing_one_contributor_shows_what_is_left_and_who_went() -> None:
    gone = Scenario("without_fr", "Without France", (Withdrawal("FR", ("land",)),), {})
    rows = compare(book(), required(need(5000, 5000)), [gone], GapConfig(), TODAY)
    pledged = next(r for r in rows if r["band"] == "pledged on record")
    assert (pledged["covered_before"], pledged["covered_after"], pledged["lost"]) == (
        [5000, 5000],
        [2000, 2000],
        ["FR"],
    )
    assert (pledged["verdict_before"], pledged["verdict_after"]) == ("covered", "short")


def test_refusing_the_backstop_takes_what_was_conditional_on_it() -> None:
    backstop = approval("us_backstop", words=("us backstop",))
    conditional = claim("d", "DE", quantity(1000), conditions=("with a US backstop",))
    scenario, _ = read_scenarios("what.yaml", ASSUMED.replace("vote", "us_backstop").replace("actor: FR", "actor: XX"))
    needs = required(need(6000, 6000))
    rows = compare([*book(), conditional], needs, scenario.scenarios, GapConfig(), TODAY, (backstop,))
    assert {tuple(r["lost"]) for r in rows} == {("DE",)}


def test_every_result_is_plain_json() -> None:
    requirements, _ = read_requirements("requirements.yaml", example("requirements.yaml"))
    scenarios, _ = read_scenarios("scenarios.yaml", example("scenarios.yaml"))
    table = gap_table(book(), requirements, GapConfig(), TODAY)
    drawn = draws(book(), requirements, scenarios.assumptions, DrawConfig(draws=200), TODAY)
    results = [table.as_dict(), drawn.as_dict(), rotation_rows(table, RotationConfig())]
    assert json.loads(json.dumps(results, allow_nan=False))[0]["today"] == "2026-02-01"


def test_the_draws_of_a_scenario_stand_beside_those_of_the_record() -> None:
    scenarios, _ = read_scenarios("what.yaml", ASSUMED)
    config = DrawConfig(draws=200, days=(60,))
    rows = draws_of_scenarios(book(), required(need(5000, 5000)), scenarios, config, TODAY)
    assert [(r["chance_before"], r["chance_after"]) for r in rows] == [([1.0, 1.0], [0.0, 0.0])]
    assert rows[0]["in_place_after"] == [[2000, 2000, 2000], [2000, 2000, 2000]]


def test_a_scenario_leaves_the_record_as_it_is() -> None:
    claims, needs = book(), required(need(5000, 5000))
    before = gap_table(claims, needs, GapConfig(), TODAY)
    compare(claims, needs, [Scenario("x", "x", (Withdrawal("FR"),), {})], GapConfig(), TODAY)
    assert gap_table(claims, needs, GapConfig(), TODAY) == before
