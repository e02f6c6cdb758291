"""Notices out of a table."""

import numpy as np
import pytest
import shapely

from trucewatch.core.tables import NOTICES
from trucewatch.terms import Config, judge_all, parse_agreement, read_notices


def table(**changes):
    """Two notices for the first of March: demining around 37 E 48 N, and repair at a place not given."""
    columns = {
        "source": "notices", "file_sha256": "00", "row": [1, 2], "t_start_ns": [1_772_316_000_000_000_000] * 2,
        "t_end_ns": [1_772_402_400_000_000_000] * 2, "party": ["left", "right"], "activity": ["demining", "repair"],
        "place_kind": ["exact", None], "lon_deg": np.array([37.0, np.nan]), "lat_deg": np.array([48.0, np.nan]),
        "size1_m": np.array([500.0, np.nan]),
    }  # fmt: skip
    return NOTICES.table({**columns, **changes}, 2)


def test_a_notice_covers_its_circle():
    notices, _ = read_notices(table())
    assert [n.activity for n in notices] == ["demining"]
    assert shapely.contains_xy(notices[0].geometry, 37.006, 48.0)  # 447 m to the east
    assert not shapely.contains_xy(notices[0].geometry, 37.008, 48.0)  # 597 m


def test_a_notice_without_a_place_becomes_an_issue():
    _, issues = read_notices(table())
    assert [(i.row, i.found) for i in issues] == [(2, "a notice without a usable place")]


def test_a_notice_in_a_pixel_covers_most_of_it_and_nothing_outside():
    pixel = table(place_kind=["pixel", None], size1_m=np.array([1000.0, np.nan]), size2_m=np.array([1000.0, np.nan]))
    area = read_notices(pixel)[0][0].geometry
    assert shapely.contains_xy(area, 37.005, 48.0)
    assert not shapely.contains_xy(area, 37.0075, 48.0)


@pytest.mark.parametrize(("where", "word"), [(37.0, "no_breach"), (37.05, "breach")])
def test_a_notice_of_the_table_counts_as_an_exception(files, incident, situation, where, word):
    notices, _ = read_notices(table())
    facts = situation(incident(lon=where), notices=notices)
    judged = judge_all(parse_agreement(files, "test"), facts, Config())
    assert [v.verdict for v in judged.verdicts if v.subject == "i1" and v.clause == "fire"] == [word]
