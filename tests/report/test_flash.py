"""The flash note: one incident, on one page, attributing nothing."""

from dataclasses import replace

import pytest

from trucewatch.core.agreement import Force
from trucewatch.report import flash, lint_page
from trucewatch.report.lint import page_text


@pytest.fixture
def incident(day):
    return next(i for i in day.incidents if i.cls == "explosion" and len(i.sources) == 1)


def test_the_note_tells_what_where_when_and_how_sure(incident, invented):
    words = page_text(flash.render(incident, invented.make_flash(incident)))
    for told in ("explosion", "about 6 km north of Oakbridge", incident.incident_id, f"{100 * incident.p_real:.0f}"):
        assert told in words


def test_the_note_says_that_nobody_is_named_and_one_source_is_one(incident, invented):
    words = page_text(flash.render(incident, invented.make_flash(incident)))
    assert "nothing in this note attributes it" in words
    assert "a second, independent source" in words


def test_the_note_without_a_place_has_no_map(incident, invented):
    nowhere = replace(incident.place, kind=None, summary_lon_deg=None, summary_lat_deg=None, radius90_m=None)
    page = flash.render(replace(incident, place=nowhere), invented.make_flash(incident)).decode()
    assert 'id="map"' not in page
    assert "where it was" in page


def test_a_new_version_names_the_one_that_it_supersedes(incident, invented):
    second = replace(incident, version=2, supersedes=1)
    assert "2, supersedes 1" in page_text(flash.render(second, invented.make_flash(second)))


def test_a_verdict_that_differs_by_party_is_told_for_each(incident, invented):
    verdict = replace(invented.make_verdict(incident), conditional={"west": "breach", "east": "no_breach"})
    words = page_text(flash.render(incident, invented.make_flash(incident, verdicts=(verdict,))))
    assert "Western party: if confirmed, would engage; Eastern party: would not engage" in words


def test_the_wording_is_clean_and_the_banner_there(incident, invented):
    page = flash.render(incident, invented.make_flash(incident))
    assert lint_page(page) == []
    assert "HYPOTHETICAL" in page_text(page)
    binding = invented.make_flash(incident, agreement=invented.make_agreement(Force.IN_FORCE), synthetic=False)
    assert "HYPOTHETICAL" not in page_text(flash.render(incident, binding))
