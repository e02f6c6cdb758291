"""The support tracker: donor-months with their identity, weapons by kind, and claims that name their source."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from tests.pledges.offers import TODAY, need, required

from trucewatch.core.issue import IssueKind
from trucewatch.pledges.gaps import GapConfig, gap_table
from trucewatch.pledges.kiel import Kiel, donors, kiel_claims, monthly, read_kiel
from trucewatch.pledges.nouns import ActorKind, State

HEAD = "country,iso,year,month,total,financial,humanitarian,military,commitments,to_be_allocated\n"
GOOD = HEAD + "France,FRA,2030,1,1.5,0.5,0,1.0,2.0,0.5\nEU (Commission and Council),EU,2030,1,3,3,0,0,3,0\n"
ARMS = (
    "donor,category,number_of_weapons,monetary_value_eur,weapons_list\n"
    'France,Tanks,12,1000,"Blue tank (5); Red (B/C) tank (7)"\n'
)
RELEASE = "release,period,date,label\n77,01/2030,2030-02-01,Release 77\n"


def read(text: str = GOOD, **more: str) -> tuple[Kiel, list]:
    return read_kiel({"months.csv": text.encode(), **{f"{n}.csv": t.encode() for n, t in more.items()}})


def test_a_sound_file_has_no_issues() -> None:
    kiel, issues = read(weapons=ARMS, release=RELEASE)
    assert (len(kiel.months), len(kiel.weapons), kiel.release, kiel.released_on) == (2, 1, "77", date(2030, 2, 1))
    assert issues == []


def test_figures_are_exact_decimals() -> None:
    kiel, _ = read(GOOD.replace("1.5,0.5", "0.100001,0.1").replace(",1.0,2.0,0.5", ",0.000001,0.300001,0.2"))
    assert donors(kiel)[1].allocations == Decimal("0.100001")


def test_a_row_whose_commitments_do_not_add_up_is_kept_and_named() -> None:
    kiel, issues = read(GOOD.replace("2.0,0.5", "2.1,0.5"))
    assert (len(kiel.months), [(i.row, i.kind) for i in issues]) == (2, [(1, IssueKind.DOUBTFUL)])
    assert issues[0].found == "commitments of 2.1 beside 1.5 + 0.5"


def test_a_total_that_is_not_its_sectors_is_named() -> None:
    _, issues = read(GOOD.replace("3,3,0,0,3,0", "3,2,0,0,3,0"))
    assert [(i.row, i.needed) for i in issues] == [(2, "total = the sum of its sectors")]


def test_a_month_whose_donors_do_not_make_the_table_of_totals_is_named() -> None:
    good, bad = "year,month,total_allocations\n2030,1,4.5\n", "year,month,total_allocations\n2030,1,5.5\n"
    assert (read(totals=good)[1], len(read(totals=bad)[1])) == ([], 1)


@pytest.mark.parametrize(
    "bad",
    [
        "France,FRA,2030,13,1,1,0,0,1,0",
        "France,FRA,2030,2,much,1,0,0,1,0",
        "France,FRA,2030,2,3e99,1,0,0,1,0",
        ",FRA,2030,2,1,1,0,0,1,0",
        "France,FRA,2030",
    ],
)
def test_a_bad_row_costs_itself_and_nothing_else(bad: str) -> None:
    kiel, issues = read(GOOD + bad + "\n")
    assert (len(kiel.months), [(i.row, i.kind) for i in issues]) == (2, [(3, IssueKind.REJECTED)])


def test_a_donor_month_told_twice_counts_once() -> None:
    kiel, issues = read(GOOD + GOOD.splitlines()[1] + "\n")
    assert (len(kiel.months), [i.kind for i in issues]) == (2, [IssueKind.DUPLICATE])


def test_a_list_of_weapons_that_is_not_its_number_is_named() -> None:
    kiel, issues = read(weapons=ARMS.replace("Tanks,12", "Tanks,13"))
    assert (kiel.weapons[0].count, issues[0].found) == (13, "13 weapons beside 12 in the list")


def test_brackets_inside_a_weapon_name_are_no_count() -> None:
    assert read(weapons=ARMS)[0].weapons[0].items == (("Blue tank", 5), ("Red (B/C) tank", 7))


@pytest.mark.parametrize("data", [b"", b"\xff\xfe\x00", b'a,"b\n1', b"country;iso\n"])
def test_rubbish_is_an_issue_and_no_crash(data: bytes) -> None:
    kiel, issues = read_kiel({"x.csv": data})
    assert (kiel.months, any(i.kind is IssueKind.UNREADABLE for i in issues)) == ((), True)


def test_commitments_stand_beside_allocations_month_by_month() -> None:
    assert monthly(read()[0]) == ({
        "month": "2030-01", "commitments_bn_eur": 5, "allocations_bn_eur": 4.5,
        "commitments_to_date_bn_eur": 5, "allocations_to_date_bn_eur": 4.5,
    },)  # fmt: skip


def test_allocations_are_aligned_and_the_rest_of_the_commitment_only_pledged() -> None:
    found = {
        c.claim_id: (c.state, c.quantity.low) for c in kiel_claims(read(release=RELEASE)[0], TODAY) if c.actor.code
    }
    assert found == {
        "kiel-77-FRA-military-aligned": (State.ALIGNED, 1),
        "kiel-77-FRA-financial-aligned": (State.ALIGNED, Decimal("0.5")),
        "kiel-77-FRA-aid-pledged": (State.PLEDGED, Decimal("0.5")),
    }


def test_a_union_of_states_is_a_body_without_a_country_code() -> None:
    actors = {c.actor for c in kiel_claims(read()[0], TODAY)}
    assert {(a.code, a.kind) for a in actors} == {("FR", ActorKind.COUNTRY), (None, ActorKind.BODY)}


def test_every_claim_names_the_publisher_the_date_and_the_files() -> None:
    for c in kiel_claims(read(release=RELEASE)[0], TODAY):
        assert (c.said[0].by, c.said[0].on) == (("Kiel Institute",), date(2030, 2, 1))
        assert len(c.notes["sha256 of months.csv"]) == 64


def test_tanks_given_to_the_army_fill_no_need_of_the_force() -> None:
    claims = kiel_claims(read(weapons=ARMS)[0], TODAY)
    assert {r.verdict for r in gap_table(claims, required(need(10, 10)), GapConfig(), TODAY).rows} == {"short"}


def test_the_real_release_keeps_its_identities_in_every_row(shared_data: Path) -> None:
    kiel, issues = read_kiel({p.name: p.read_bytes() for p in sorted((shared_data / "kiel").glob("*.csv"))})
    assert (len(kiel.months), len(kiel.weapons), issues) == (1079, 61, [])
    claims = kiel_claims(kiel, TODAY)
    assert len({c.claim_id for c in claims}) == len(claims)
    assert [c.actor.name for c in claims if c.actor.code is None and "EU" not in c.actor.name] == []
