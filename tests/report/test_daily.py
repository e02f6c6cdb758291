"""What a reader of the daily report finds, and what must not be in it."""

import re
from dataclasses import replace

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.agreement import Force
from trucewatch.core.records import Casualties, Status
from trucewatch.core.tables import IMPEDIMENTS, OBSERVATIONS
from trucewatch.report import Config, daily, figures, lint_page, seen_fraction
from trucewatch.report.figures import persons
from trucewatch.report.lint import page_text
from trucewatch.report.phrases import when

ORDER = ("summary", "areas", "incidents", "harm", "observations", "restrictions", "coverage", "issues", "left-out",
         "map", "all", "sources", "log", "words")  # fmt: skip


@pytest.fixture(scope="session")
def page(day):
    return daily.render(day).decode()


@pytest.fixture(scope="session")
def words(page):
    return page_text(page.encode())


def table_after(words: str, caption: str, lines: int = 30) -> str:
    return "\n".join(words.split(f"\n{caption}\n", 1)[1].split("\n")[:lines])


def test_equal_records_give_equal_bytes(day, page):
    assert daily.render(day).decode() == page


def test_sections_stand_in_the_agreed_order(page):
    assert tuple(re.findall(r'<section id="([a-z-]+)"', page)) == ORDER


def test_nothing_is_asked_from_outside(page):
    assert not re.search(r'(?:src|href|action)="(?!#)', page)
    assert "url(http" not in page
    assert "@import" not in page
    assert "<script" not in page


def test_every_link_leads_somewhere_in_the_page(page):
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(ids)
    assert {i for group in re.findall(r'aria-labelledby="([^"]+)"', page) for i in group.split()} <= set(ids)


def test_a_hypothetical_invented_synthetic_day_says_all_three(words):
    assert "HYPOTHETICAL · INVENTED AGREEMENT · SYNTHETIC DATA" in words.replace("\n", " ").replace("  ", " ")


def test_an_agreement_in_force_on_real_data_carries_no_banner(day, invented):
    real = replace(day, synthetic=False, agreement=invented.make_agreement(Force.IN_FORCE))
    text = page_text(daily.render(real))
    assert not any(word in text for word in ("HYPOTHETICAL", "INVENTED", "SYNTHETIC"))


def test_times_are_shown_in_the_zone_of_the_agreement_with_utc_beside(words):
    assert "2030-05-04 02:00 (2030-05-03 23:00 UTC)" in words.replace("\u00a0", " ")
    assert "Europe/Kyiv (UTC+3)" in words


def test_casualties_come_first_in_the_summary(words):
    assert table_after(words, "This period and the one before, casualties first").split("\n")[5] == "Killed"


def test_every_table_that_counts_says_unit_means_and_coverage(page):
    parts = re.findall(r'<div class="part.*?</table>', page, re.S)
    counting = [p for p in parts if re.search(r'<th scope="col" class="n">(?!Probability|Row)', p)]
    assert len(counting) > 8
    for part in counting:
        text = page_text(part.encode())
        told = all(word in text for word in ("Unit:", "Means:", "Coverage:")) or "Unit, means and coverage" in text
        assert told or "Seconds" in text, text[:200]


def test_every_figure_that_counts_says_unit_means_and_coverage(invented):
    page = daily.render(invented.make_day(40, 5)).decode()
    figures_ = re.findall(r"<figure>.*?</figure>", page, re.S)
    assert len(figures_) == 3
    for figure in figures_:
        text = page_text(figure.encode())
        assert ("Unit:" in text and "Means:" in text and "Coverage:" in text) or "Share of time" in text


def test_totals_are_computed_from_the_incidents(day, words):
    row = table_after(words, "By area", 60).split("All areas\n")[1].split("\n")
    assert row[0] == f"{len(day.incidents)}*"
    assert row[1] == f"{sum(i.p_real for i in day.incidents):.0f}"


def test_merged_and_retired_incidents_are_not_counted_but_told(day):
    gone = tuple(replace(i, status=Status.MERGED) if k < 10 else i for k, i in enumerate(day.incidents))
    words = page_text(daily.render(replace(day, incidents=gone)))
    assert f"Of {len(gone) - 10} recorded incidents" in words
    assert "merged into others or retired\n10\n" in words


def test_a_source_that_writes_markup_is_printed_not_obeyed(page):
    assert "roof of a school &lt;b&gt;damaged&lt;/b&gt;" in page
    assert "<b>damaged" not in page


def test_control_and_direction_marks_of_sources_are_taken_out(day):
    trick = replace(day.incidents[0], damage="safe\u202etxt.exe\x00", cls="civilian_damage")
    page = daily.render(replace(day, incidents=(trick,), verdicts=())).decode()
    assert "safetxt.exe" in page
    assert "\u202e" not in page
    assert "\x00" not in page


def test_statements_that_an_impediment_concerns_carry_a_star(words):
    assert "heard*" in words
    assert "reported by others\nreport\n" in words  # the press was not impeded


def test_without_impediments_nothing_is_starred(day):
    words = page_text(daily.render(replace(day, impediments=IMPEDIMENTS.empty())))
    assert "*" not in words


def test_impediments_whose_text_is_withheld_are_still_listed(day):
    withheld = day.impediments.drop_columns(["text", "asset", "lon_deg", "lat_deg"])
    words = page_text(daily.render(replace(day, impediments=withheld)))
    assert "armed men at a checkpoint" in words
    assert "turned back twice" not in words


def test_an_empty_day_says_that_silence_is_not_peace(day):
    empty = replace(day, incidents=(), verdicts=(), judged={}, observations=OBSERVATIONS.empty(), issues=(),
                    inputs=(), impediments=IMPEDIMENTS.empty(), coverage=None, previous=None,
                    checkpoint=None, days=())  # fmt: skip
    words = page_text(daily.render(empty))
    assert "is not known not to have happened" in words
    assert "Nothing is known of who could look" in words
    assert "it cannot be checked" in words


def test_casualties_that_nobody_stated_are_not_zero(day):
    silent = tuple(replace(i, casualties=Casualties()) for i in day.incidents)
    words = page_text(daily.render(replace(day, incidents=silent)))
    assert (
        table_after(words, "This period and the one before, casualties first")
        .split("Killed\n")[1]
        .startswith("not stated")
    )


def test_an_unknown_place_is_counted_and_on_no_map(day):
    nowhere = replace(day.incidents[0].place, kind=None, summary_lon_deg=None, summary_lat_deg=None, radius90_m=None)
    one = replace(day, incidents=(replace(day.incidents[0], place=nowhere),), verdicts=())
    assert "place not known, therefore on no map and under no clause of an area\n1\n" in page_text(daily.render(one))


def test_thousands_of_incidents_stay_a_small_page(long_day):
    page = daily.render(long_day)
    assert len(page) < 3_000_000
    assert "The first 1,000 of 4,000 are shown here" in page_text(page)


def test_the_annex_links_from_the_top_table(day):
    page = daily.render(day, config=Config(top_incidents=3)).decode()
    linked = re.findall(r'href="#i-([^"]+)"', page)
    assert linked
    assert all(f'id="i-{i}"' in page for i in linked)


def test_corridors_are_shown_beside_their_reported_outcome(long_day):
    words = page_text(daily.render(long_day))
    assert "Saltmarsh → Oakbridge" in words
    assert "Outcome as reported" in words


def test_the_chart_by_day_appears_for_more_than_two_days_only(invented):
    assert 'id="days"' not in daily.render(invented.make_day(30, 2)).decode()
    assert 'id="days"' in daily.render(invented.make_day(30, 3)).decode()


def test_no_sentence_breaks_the_rules_of_wording(day, long_day):
    assert lint_page(daily.render(day)) == []
    assert lint_page(daily.render(long_day)) == []


def test_swapping_the_parties_swaps_nothing_but_their_names(day):
    swapped = replace(day.agreement, parties=day.agreement.parties[::-1])
    assert daily.render(replace(day, agreement=swapped)) == daily.render(day)


def test_the_order_of_incidents_does_not_matter(day):
    assert daily.render(replace(day, incidents=day.incidents[::-1])) == daily.render(day)


def test_persons_add_up_as_ranges_and_silence_adds_nothing():
    total = persons([(1, 3), (None, None), (2, 2), (None, 4)])
    assert (total.low, total.high, total.stated) == (3, 9, 3)
    assert persons([(1, None), (2, 2)]).high is None


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=9))
@settings(max_examples=30)
def test_adding_an_incident_never_lowers_the_toll(pairs):
    bounds = [(min(p), max(p)) for p in pairs]
    now, more = persons(bounds), persons([*bounds, (1, 2)])
    assert more.low >= now.low
    assert (more.high or 0) >= (now.high or 0)


def test_figures_count_expected_real_incidents(invented, day):
    counted = figures(day.incidents[:4], day.area_of)
    assert counted.expected == pytest.approx(sum(i.p_real for i in day.incidents[:4]))
    assert sum(counted.by_area.values()) == 4


def test_coverage_is_weighted_by_area_and_known_by_side(invented):
    report = invented.make_coverage()
    assert seen_fraction(report) == pytest.approx(0.24)
    assert seen_fraction(report, side="east of the line") == pytest.approx(0.11)
    assert seen_fraction(report, area="nowhere") is None
    assert seen_fraction(None) is None


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2030-05-03T00:00:00+03:00", "2030-05-04T00:00:00+03:00", "2030-05-03 (whole day)"),
        ("2030-05-03T00:00:00+03:00", "2030-05-05T00:00:00+03:00", "2030-05-03 to 2030-05-04 (whole days)"),
        ("2030-03-31T00:00:00+02:00", "2030-04-01T00:00:00+03:00", "2030-03-31 (whole day)"),
        ("2030-05-03T09:00:00+03:00", "2030-05-03T10:00:00+03:00", "2030-05-03 09:00–10:00 (06:00–07:00 UTC)"),
        ("2030-05-03T01:00:00+03:00", "2030-05-03T02:00:00+03:00",
         "2030-05-03 01:00–02:00 (2030-05-02 22:00–23:00 UTC)"),
    ],
)  # fmt: skip
def test_times_in_words(start, end, expected):
    from trucewatch.core.times import parse_instant
    from trucewatch.report import ENGLISH

    words = when(parse_instant(start), parse_instant(end), "Europe/Kyiv", ENGLISH)
    assert words.replace("\u00a0", " ") == expected


def test_a_table_without_a_means_column_value_is_told_as_unknown(day):
    table = day.observations
    position = table.column_names.index("means")
    blank = table.set_column(position, table.schema.field(position), pa.nulls(table.num_rows, pa.string()))
    assert "Means: not known" in page_text(daily.render(replace(day, observations=blank)))
