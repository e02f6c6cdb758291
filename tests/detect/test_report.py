"""Reports: claims weighed by the standing of their source and of the item."""

import pytest

from trucewatch.core.tables import OBSERVATIONS
from trucewatch.detect import Config, detect_reports


def report(**columns):
    values = {
        "source": "press", "file_sha256": "0" * 64, "row": [1], "state": "accepted", "project": "press", "group": "g",
        "t_start_ns": 0, "t_end_ns": 1, "class": "explosion",
    }  # fmt: skip
    return OBSERVATIONS.table(values | columns, 1)


def p_of(**columns):
    return detect_reports(report(**columns))[0].column("p_anomaly")[0].as_py()


def test_a_source_and_an_item_that_cannot_be_judged_are_even_odds():
    assert p_of(reliability="F", credibility="6") == 0.5
    assert p_of() == 0.5


def test_better_marks_give_more():
    assert p_of(reliability="A", credibility="1") > p_of(reliability="C", credibility="2") > p_of()


def test_a_reliable_source_that_doubts_the_item_gives_little():
    assert p_of(reliability="A", credibility="5") == pytest.approx(0.1)


def test_a_report_keeps_its_class_and_has_no_background():
    row = detect_reports(report())[0].to_pylist()[0]
    assert (row["class"], row["background_per_km2_day"], row["persistent"]) == ("explosion", None, None)
    assert row["reason"] == "A report of source reliability F and item credibility 6; it has no background rate."


def test_an_unknown_class_stays_unknown():
    assert detect_reports(report(**{"class": None}))[0].column("class").null_count == 1


@pytest.mark.parametrize("columns", [{"class": "thermal"}, {"class": "fire"}, {"state": "duplicate"}])
def test_thermal_rows_and_duplicates_are_not_its_business(columns):
    assert detect_reports(report(**columns), Config())[0].num_rows == 0
