"""How the record met allegations: counted by party and by what is true of them, each allegation once."""

import pyarrow as pa
import pytest

from trucewatch.core.records import Allegation, PlaceRecord, SourceRef, Verdict, VerdictWord
from trucewatch.scenario import ALLEGED, meet, met_table

FILE = "f" * 64
NOWHERE = PlaceRecord(None, *(None,) * 9)


def alleged(*lines: tuple[str, str]) -> pa.Table:
    """One line of the truth file for each (party, word)."""
    rows = range(1, len(lines) + 1)
    return ALLEGED.table({
        "file_sha256": FILE, "row": list(rows), "file": "list.csv", "party": [p for p, _ in lines],
        "word": [w for _, w in lines], "copy": False,
        "truth_id": [None if w == "invented" else f"T{i}" for i, (_, w) in zip(rows, lines, strict=True)],
    }, rows=len(lines))  # fmt: skip


def allegation(row: int, party: str) -> Allegation:
    source = SourceRef("allegations", FILE, row, None, "allegations", party, 1.0)
    return Allegation(f"a{row}", party, None, None, None, None, NOWHERE, "fire_event", source)


def said(row: int, status: str, clause: str = "A1") -> Verdict:
    word = VerdictWord.UNDECIDED
    return Verdict("test", clause, "allegation", f"a{row}", word, None, "a reason", {"status": status})


def test_shares_are_by_party_and_by_what_is_true() -> None:
    lines = alleged(("north", "true"), ("north", "true"), ("south", "true"), ("south", "invented"))
    told = [allegation(i + 1, p) for i, p in enumerate(["north", "north", "south", "south"])]
    verdicts = [said(1, "matched"), said(2, "contradicted"), said(3, "matched"), said(4, "plausible_unseen")]
    met = meet(lines, told, verdicts)
    assert [(m.party, m.word, m.borne_out) for m in met] == [
        ("north", "true", 0.5), ("south", "true", 1.0), ("south", "invented", 0.0),
    ]  # fmt: skip


def test_the_most_telling_of_several_clauses_counts() -> None:
    lines, told = alleged(("north", "true")), [allegation(1, "north")]
    (met,) = meet(lines, told, [said(1, "not_engaged", "A1"), said(1, "matched", "A2"), said(1, "outside_coverage")])
    assert met.statuses == {"matched": 1}


def test_what_concerns_no_clause_or_lacks_place_or_time_is_not_judged() -> None:
    lines = alleged(("north", "true"), ("north", "true"), ("north", "true"))
    told = [allegation(i, "north") for i in (1, 2, 3)]
    (met,) = meet(lines, told, [said(1, "matched"), said(2, "insufficient_detail"), said(3, "not_engaged")])
    assert (met.said, met.judged, met.borne_out) == (3, 1, 1.0)


def test_nothing_judged_has_no_share() -> None:
    (met,) = meet(alleged(("north", "true")), [allegation(1, "north")], [said(1, "not_engaged")])
    assert met.borne_out is None
    assert "matched - (0 of 0); 1 not engaged" in met_table([met])


def test_verdicts_about_incidents_and_allegations_of_other_lists_are_left_out() -> None:
    stranger = allegation(9, "north")
    about_incident = Verdict("test", "A1", "incident", "a1", VerdictWord.BREACH, 1.0, "a reason")
    assert (
        meet(alleged(("north", "true")), [allegation(1, "north"), stranger], [about_incident, said(9, "matched")]) == ()
    )


@pytest.mark.parametrize("swap", [False, True])
def test_the_table_is_the_same_for_either_party_but_for_the_name(swap: bool) -> None:
    names = ("south", "north") if swap else ("north", "south")
    lines = alleged((names[0], "true"), (names[1], "invented"))
    met = meet(lines, [allegation(1, names[0]), allegation(2, names[1])], [said(1, "matched"), said(2, "contradicted")])
    shown = met_table(met).splitlines()
    assert sorted(shown) == sorted([
        f"allegations by {names[0]}: true      matched 1.00 (1 of 1)",
        f"allegations by {names[1]}: invented  not matched 1.00 (1 of 1); 1 contradicted",
    ])  # fmt: skip
