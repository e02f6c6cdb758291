"""Allegations out of a table: repeated ones are one, party words find their parties, nothing is lost."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.tables import ALLEGATIONS
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.terms import parse_agreement, read_allegations

FEW = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
TEN = parse_instant("2026-03-01T10:00:00Z")


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


def table(rows=1, **changes):
    """Rows in which Party Left says that Party Right shelled a place."""
    columns = {
        "source": "list", "file_sha256": "0" * 64, "row": np.arange(rows) + 1, "state": "accepted",
        "t_start_ns": [TEN] * rows, "t_end_ns": [TEN + HOUR_NS] * rows, "place_kind": "exact",
        "lon_deg": np.full(rows, 37.0), "lat_deg": np.full(rows, 48.0), "size1_m": np.full(rows, 300.0),
        "party": "Party Left", "against": "RIGHT", "class": "impact", "text": "Shelling of the mill",
    }  # fmt: skip
    return ALLEGATIONS.table({**columns, **changes}, rows)


def test_words_for_parties_become_their_ids(agreement):
    told, issues = read_allegations(table(), agreement)
    assert [(a.party, a.against) for a in told] == [("left", "right")]
    assert issues == []


def test_a_word_that_is_no_party_is_kept_and_becomes_one_issue(agreement):
    told, issues = read_allegations(table(3, against="the neighbours", t_start_ns=[TEN, TEN + 1, TEN + 2]), agreement)
    assert {a.against for a in told} == {"the neighbours"}
    assert [(i.row, i.found) for i in issues] == [(1, "against 'the neighbours' in 3 rows, which is no party")]


def test_ten_thousand_copies_of_one_allegation_are_one_allegation(agreement):
    texts = ["Shelling of the mill" if k % 2 else "SHELLING  of the Mill!" for k in range(10_000)]
    many = table(10_000, text=texts, native_key=[str(k) for k in range(10_000)])
    told, _ = read_allegations(many, agreement)
    assert [(a.copies, a.source.row) for a in told] == [(10_000, 1)]


@pytest.mark.parametrize(
    "other",
    [
        {"class": ["impact", "shot"]},
        {"text": ["Shelling of the mill", "Shelling of the school"]},
        {"lon_deg": np.array([37.0, 37.001])},
        {"t_start_ns": [TEN, TEN + 1]},
        {"party": ["left", "right"]},
    ],
)
def test_what_differs_in_class_text_place_time_or_party_is_another_allegation(agreement, other):
    assert [a.copies for a in read_allegations(table(2, **other), agreement)[0]] == [1, 1]


def test_a_row_marked_as_duplicate_is_counted_and_never_the_first(agreement):
    told, _ = read_allegations(table(2, state=["duplicate", "accepted"]), agreement)
    assert [(a.copies, a.source.row) for a in told] == [(2, 2)]


def test_the_id_is_drawn_from_the_first_record(agreement):
    one, two = read_allegations(table(), agreement)[0], read_allegations(table(2), agreement)[0]
    assert one[0].allegation_id == two[0].allegation_id
    assert one[0].allegation_id.startswith("a")
    assert len(one[0].allegation_id) == 17


def test_an_allegation_without_place_or_time_stays_one_without(agreement):
    bare = table(place_kind=None, lon_deg=np.nan, lat_deg=np.nan, size1_m=np.nan, t_start_ns=None, t_end_ns=None)
    told = read_allegations(bare, agreement)[0][0]
    assert (told.place.kind, told.place.lon_deg, told.t_start_ns, told.t_end_ns) == (None, None, None, None)


def test_an_empty_table_holds_no_allegation(agreement):
    assert read_allegations(ALLEGATIONS.empty(), agreement) == ((), [])


@FEW
@given(data=st.data())
def test_the_order_of_rows_does_not_matter(agreement, data):
    rows = 8
    words = data.draw(st.lists(st.sampled_from(["the mill", "the school"]), min_size=rows, max_size=rows))
    many = table(rows, text=words)
    order = data.draw(st.permutations(range(rows)))
    assert read_allegations(many.take(order), agreement)[0] == read_allegations(many, agreement)[0]
