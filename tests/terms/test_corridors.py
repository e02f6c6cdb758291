"""Clauses made from a list of corridors."""

import csv
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest

from trucewatch.core.errors import AgreementError
from trucewatch.core.tables import CORRIDORS
from trucewatch.core.times import DAY_NS, HOUR_NS, day_interval_ns, parse_instant
from trucewatch.terms import Config, judge_all, parse_agreement

FOLDER = Path(__file__).parents[2] / "agreements" / "corridors-2022"
DAY = parse_instant("2022-03-20T00:00:00+02:00")


def corridors(**changes):
    """Three rows: agreed with hours, proposed by one side without hours, no known end."""
    columns = {
        "source": "list", "file_sha256": "00", "row": [1, 2, 3], "native_key": ["16", "17", None],
        "t_start_ns": [DAY + 10 * HOUR_NS, DAY, DAY], "t_end_ns": [DAY + 16 * HOUR_NS, DAY + DAY_NS, DAY + DAY_NS],
        "hours_stated": [True, False, False], "proposer": ["Agreed", "Ukraine", None],
        "outcome": ["disputed", "successful", None], "from_name": ["A", "B", None],
        "from_lon_deg": pa.array([37.0, 36.5, None]), "from_lat_deg": pa.array([47.5, 47.0, None]),
        "to_name": ["C", "D", None], "to_lon_deg": pa.array([36.0, None, None], pa.float64()),
        "to_lat_deg": pa.array([47.9, None, None], pa.float64()),
    }  # fmt: skip
    return CORRIDORS.table({**columns, **changes}, 3)


@pytest.fixture(scope="module")
def files():
    return {"terms.yaml": (FOLDER / "terms.yaml").read_text()}


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "corridors-2022", corridors=corridors())


def test_every_corridor_is_a_clause_with_a_stable_id(agreement):
    assert [c.id for c in agreement.provisions] == ["HC-16", "HC-17", "HC-row-3"]
    assert agreement.provisions[0].effective_from_ns == DAY + 10 * HOUR_NS


def test_a_key_that_comes_back_gets_its_row_as_well(files):
    again = parse_agreement(files, "c", corridors=corridors(native_key=["16", "16", None]))
    assert [c.id for c in again.provisions] == ["HC-16", "HC-row-2", "HC-row-3"]


def test_only_an_agreed_corridor_was_in_force(agreement):
    assert [c.not_in_force for c in agreement.provisions] == [
        None, "it was proposed by Ukraine alone", "the list names no proposer",
    ]  # fmt: skip


def test_the_known_outcome_is_carried_and_judges_nothing(agreement, files, incident, situation):
    assert [c.parameters["outcome"] for c in agreement.provisions] == ["disputed", "successful", None]
    facts = situation(seen=1.0, start="2022-03-20", end="2022-03-21")
    other = parse_agreement(files, "corridors-2022", corridors=corridors(outcome=["unsuccessful"] * 3))
    a, b = (judge_all(x, facts, Config()).verdicts for x in (agreement, other))
    assert [v.verdict for v in a] == [v.verdict for v in b] == ["no_breach", "undecided", "undecided"]


def test_a_corridor_of_one_side_is_hypothetical_and_says_why(agreement, situation):
    verdicts = judge_all(agreement, situation(start="2022-03-20", end="2022-03-21"), Config()).verdicts
    assert [v.hypothetical for v in verdicts] == [False, True, True]
    assert "hypothetical, since it was proposed by Ukraine alone" in verdicts[1].reason


def test_fire_at_a_named_end_within_the_hours_is_proposed_as_a_breach(agreement, incident, situation):
    shell = incident(lon=37.01, lat=47.51, start="2022-03-20T10:00:00Z")
    judged = judge_all(agreement, situation(shell, start="2022-03-20", end="2022-03-21"), Config())
    found = {v.clause: v for v in judged.verdicts if v.subject == "i1"}
    assert found["HC-16"].verdict == "breach"


def test_where_the_hours_are_not_stated_fire_is_undecided(agreement, incident, situation):
    shell = incident(lon=36.51, lat=47.01, start="2022-03-20T10:00:00Z")
    judged = judge_all(agreement, situation(shell, start="2022-03-20", end="2022-03-21"), Config())
    found = {v.clause: v for v in judged.verdicts if v.subject == "i1"}
    assert found["HC-17"].verdict == "undecided"
    assert "hours are not stated" in found["HC-17"].reason


def test_half_way_between_the_ends_fire_is_undecided_since_no_route_is_known(agreement, incident, situation):
    shell = incident(lon=36.5, lat=47.7, start="2022-03-20T10:00:00Z")
    judged = judge_all(agreement, situation(shell, start="2022-03-20", end="2022-03-21"), Config())
    found = next(v for v in judged.verdicts if v.subject == "i1" and v.clause == "HC-16")
    assert found.verdict == "undecided"
    assert "the route is not known" in found.reason


def test_unknown_ends_are_issues_and_stay_undecided(agreement, situation):
    judged = judge_all(agreement, situation(start="2022-03-20", end="2022-03-21"), Config())
    assert [v.verdict for v in judged.verdicts][1:] == ["undecided", "undecided"]
    assert [i.found for i in judged.issues] == [
        "only one end of corridor B to D is known",
        "the place of corridor unknown to unknown is not known",
    ]


def test_without_the_list_nothing_can_be_judged(files, situation):
    with pytest.raises(AgreementError, match="add the corridor list"):
        judge_all(parse_agreement(files, "c"), situation(), Config())


def test_a_list_for_an_agreement_without_a_pattern_is_refused():
    folder = FOLDER.parent / "armistice-example"
    terms = {f: (folder / f).read_text() for f in ("terms.yaml", "zones.geojson")}
    with pytest.raises(AgreementError, match="needed one that has a `corridors` pattern"):
        parse_agreement(terms, "armistice-example", corridors=corridors())


def real_rows(folder):
    """The public list of corridors, read as plainly as possible: days in Kyiv, no hours, coordinates as they are."""
    with (folder / "corridors" / "humanitarian_corridors_2022.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    days = [day_interval_ns(date.fromisoformat(r["date"]), "Europe/Kyiv") for r in rows]
    columns = {
        "source": "corridors", "file_sha256": "00", "row": list(range(1, len(rows) + 1)),
        "native_key": [r["HC_ID"] for r in rows], "t_start_ns": [d[0] for d in days], "t_end_ns": [d[1] for d in days],
        "hours_stated": [False] * len(rows), "proposer": [r["proposal"] for r in rows],
        "from_name": [r["from_name"] for r in rows], "to_name": [r["to_name"] for r in rows],
    }  # fmt: skip
    for end in ("from", "to"):
        for axis, name in (("longitude", "lon_deg"), ("latitude", "lat_deg")):
            columns[f"{end}_{name}"] = [float(r[f"{end}_{axis}"]) for r in rows]
    return CORRIDORS.table(columns, len(rows))


def test_the_real_list_gives_a_clause_for_each_of_its_282_corridors(shared_data, files, incident, situation):
    agreement = parse_agreement(files, "corridors-2022", corridors=real_rows(shared_data))
    assert len({c.id for c in agreement.provisions}) == 282
    assert sum(c.not_in_force is None for c in agreement.provisions) == 20
    shell = incident(lon=37.549, lat=47.095, start="2022-03-05T10:00:00Z")
    judged = judge_all(agreement, situation(shell, start="2022-03-05", end="2022-05-05"), Config())
    assert {v.clause for v in judged.verdicts if v.subject == "i1"} == {"HC-1"}
    assert sum(v.subject_kind == "period" for v in judged.verdicts) == 282
