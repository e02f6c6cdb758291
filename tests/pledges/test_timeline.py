"""The timeline: what was said when, and where the word was turned."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pledges.ledgers import PLAIN, book_of, claim

from trucewatch.pledges.nouns import Direction
from trucewatch.pledges.pages_timeline import timeline_svg
from trucewatch.pledges.timeline import bearing, events, turns

DROPPED = (
    claim("floated", 'group "Some countries"', "2025-05-01")
    + claim("dropped", 'group "A coalition"', "2025-08-13", withdraws="land")
    + claim("back", 'group "A coalition"', "2025-08-17")
)


def test_a_plan_dropped_and_back_four_days_later_is_one_turn():
    (turn,) = turns(book_of(DROPPED).claims, 30)
    assert (turn.before.claim_id, turn.now.claim_id, turn.days) == ("dropped", "back", 4)


def test_groups_speak_for_the_plan_on_the_timeline():
    text = DROPPED.replace("2025-05-01", "2025-08-01")
    assert [e.turn for e in events(book_of(text), 30)] == [None, "floated", "dropped"]


def test_every_version_is_an_event_with_its_own_line():
    found = events(book_of(PLAIN), 30)
    assert [e.where for e in found] == ["book.pledges:2", "book.pledges:12", "book.pledges:16"]


def test_one_actor_is_asked_for_by_code_or_name():
    book = book_of(claim("a") + claim("b", "SE"))
    assert [e.claim.claim_id for e in events(book, 30, "se")] == ["b"]
    assert [e.claim.claim_id for e in events(book, 30, "norway")] == ["a"]


def test_a_turn_is_drawn_as_a_line_and_told_in_words():
    drawn = timeline_svg(events(book_of(DROPPED), 30))
    assert drawn.count('class="turn"') == 1
    assert "turns dropped" in drawn


def test_nothing_said_is_no_drawing():
    assert timeline_svg([]) == ""


def test_words_of_the_ledger_cannot_break_out_of_the_drawing():
    drawn = timeline_svg(events(book_of(claim("a", 'unnamed "<script>alert(1)</script>"')), 30))
    assert "<script" not in drawn


@given(st.lists(st.tuples(st.integers(1, 28), st.sampled_from(["offers", "withdraws", "requires"])), max_size=12))
@settings(max_examples=40)
def test_turns_are_exactly_the_changes_of_bearing(said):
    text = "".join(
        f"2025-09-{day:02d} claim c{i}\n  actor: NO\n  {direction}: land\n\n" for i, (day, direction) in enumerate(said)
    )
    ordered = [c for c in sorted(book_of(text).claims, key=lambda c: c.on) if bearing(c)]
    changes = sum(bearing(a) != bearing(b) for a, b in pairwise(ordered))
    assert len(turns(ordered, 400)) == changes
    assert all(c.direction is not Direction.REQUIRES for c in ordered)
