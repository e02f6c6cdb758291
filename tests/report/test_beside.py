"""Sources, allegations and inspections beside each other."""

from dataclasses import replace

import numpy as np
import pytest

from trucewatch.core.tables import ALERTS, EVENTS, LINKS, OBSERVATIONS
from trucewatch.core.times import DAY_NS, HOUR_NS, parse_instant
from trucewatch.report import AllegationRow, InspectionRow, daily, lint_page, side_by_side
from trucewatch.report.lint import page_text

START = parse_instant("2030-05-01T00:00:00+03:00")
PERIOD = START, START + 4 * DAY_NS
ZONE = "Europe/Kyiv"


def press(*rows):
    """Observations of a list: (day, hours it may have happened in, radius m or None, group, state)."""
    day, hours, radius, group, state = zip(*rows, strict=True)
    start = START + np.array(day) * DAY_NS
    size = np.array([np.nan if r is None else r for r in radius])
    known = [None if r is None else "settlement" for r in radius]
    return OBSERVATIONS.table({
        "source": "press", "file_sha256": "aa", "means": "reported", "row": np.arange(1, len(rows) + 1),
        "project": "press", "group": list(group), "state": list(state), "t_start_ns": start,
        "t_end_ns": start + (np.array(hours) * HOUR_NS).astype(np.int64), "place_kind": known, "size1_m": size,
        "lon_deg": np.where(np.isnan(size), np.nan, 37.0), "lat_deg": np.where(np.isnan(size), np.nan, 48.0),
    })  # fmt: skip


def alerts(*rows):
    """Alerts: (recorder, region, start h, end h, end known)."""
    recorder, region, first, last, known = zip(*rows, strict=True)
    return ALERTS.table({
        "source": "sirens", "file_sha256": "bb", "row": np.arange(1, len(rows) + 1), "state": "accepted",
        "t_start_ns": START + (np.array(first) * HOUR_NS).astype(np.int64),
        "t_end_ns": START + (np.array(last) * HOUR_NS).astype(np.int64), "end_known": list(known),
        "recorder": list(recorder), "level": "region", "region": list(region),
    })  # fmt: skip


def beside(observations, given_alerts=None):
    given_alerts = ALERTS.empty() if given_alerts is None else given_alerts
    return side_by_side(observations, EVENTS.empty(), LINKS.empty(), given_alerts, PERIOD, ZONE)


def test_a_date_without_an_hour_is_told_apart_from_an_hour():
    (found,) = beside(press((0, 24, 5000, "a", "accepted"), (1, 0.5, 5000, "b", "accepted"))).sources
    assert found.dated == 0.5
    assert found.hours50 == pytest.approx(12.25)


def test_copies_of_one_text_are_one_text_and_repeated_rows_are_counted_apart():
    rows = press((0, 1, 900, "a", "accepted"), (0, 1, 900, "a", "accepted"), (0, 1, 900, "a", "duplicate"))
    (found,) = beside(rows).sources
    assert (found.records, found.texts, found.duplicates) == (2, 1, 1)


def test_a_town_is_as_wide_as_it_is_and_an_unknown_place_has_no_width():
    (found,) = beside(press((0, 1, 10_000, "a", "accepted"), (0, 1, None, "b", "accepted"))).sources
    assert found.placed == 1
    assert found.radius50_m == pytest.approx(10_000 * np.sqrt(0.9))


def test_texts_stand_on_the_first_day_of_their_interval():
    series = beside(press((0, 1, 1, "a", "accepted"), (2, 48, 1, "b", "accepted"))).series
    assert series[0].values == (1, 0, 1, 0)


def test_overlapping_alerts_of_a_region_are_counted_once():
    found = beside(OBSERVATIONS.empty(), alerts(("official", "Sumy", 1, 3, True), ("official", "Sumy", 2, 4, True)))
    assert found.series[0].values[0] == pytest.approx(3.0)


def test_an_alert_over_midnight_belongs_to_both_days():
    found = beside(OBSERVATIONS.empty(), alerts(("official", "Sumy", 22, 26, True)))
    assert found.series[0].values[:2] == (2.0, 2.0)


def test_an_alert_is_met_where_the_other_recorder_begins_within_five_minutes():
    given = alerts(
        ("official", "Sumy", 1, 2, True),
        ("official", "Sumy", 9, 10, True),
        ("volunteer", "Sumy", 1.08, 2, True),
        ("volunteer", "Odesa", 9, 10, False),
    )
    official, volunteer = beside(OBSERVATIONS.empty(), given).alerts
    assert (official.met, volunteer.met) == (0.5, 0.5)
    assert (official.guessed, volunteer.guessed) == (0.0, 0.5)


def alleged(k, party, against, status="matched", **more):
    """An invented allegation."""
    hour = START, START + HOUR_NS
    row = AllegationRow(
        f"a{k}", f"No. {k}", party, against, *hour, "near Millford", "impact", 1, "A-1", "breach", status, 0.9
    )
    return replace(row, **more)


@pytest.fixture(scope="module")
def wide(day):
    told = (alleged(1, "Western party", "Eastern party"),
            alleged(2, "Eastern party", "Western party", "contradicted", verdict="no_breach", p=0.02),
            alleged(3, "Eastern party", None, "insufficient_detail", t_start_ns=None, t_end_ns=None, where=None,
                    verdict="undecided", p=None, copies=10_000))  # fmt: skip
    sites = (InspectionRow("Store 1", START, START + HOUR_NS, "mortar 120 mm", 12, 10, 2, 0, "granted"),)
    given = alerts(("official", "Sumy", 1, 2, True))
    rows = press((0, 24, 5000, "a", "accepted"), (3, 1, 900, "b", "accepted"))
    return replace(day, allegations=told, inspections=sites, beside=beside(rows, given))


def test_the_page_with_all_sections_keeps_the_rules_of_wording(wide):
    assert lint_page(daily.render(wide)) == []


def test_allegations_of_both_parties_stand_in_the_same_columns(wide):
    words = page_text(daily.render(wide))
    table = words.split("What allegations met in the record, by who made them")[1]
    assert table.index("Eastern party") < table.index("Western party")
    assert "not stated" in words


def test_sections_without_records_are_left_out(day):
    page = daily.render(day).decode()
    assert 'id="allegations"' not in page
    assert 'id="inspections"' not in page


def test_the_chart_draws_one_row_for_each_source(wide):
    page = daily.render(wide).decode()
    assert page.count("at most ") >= 2
    assert "alerts, official: h" in page
