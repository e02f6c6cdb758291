"""The register's page: who says so and as of when, timeline, map, gaps; in a real browser too."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.pledges.ledgers import PLAIN, TODAY, book_of, claim

from trucewatch.pipeline.register import read_ledger, register_files
from trucewatch.pledges.checks import CheckConfig, findings
from trucewatch.pledges.pages import register_page
from trucewatch.pledges.pages_edition import Edition
from trucewatch.pledges.pages_map import contributor_map

EXAMPLE = Path(__file__).parents[2] / "pledges-example" / "book.pledges"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
TURNED = claim("dropped", on="2025-08-13", withdraws="land") + claim("back", on="2025-08-17", base='"Lviv"')


def page_of(text: str) -> str:
    """Return the page of a ledger in text."""
    book = book_of(text)
    found = tuple(findings(book, CheckConfig()))
    return register_page(Edition(book, found, book.problems, "book.pledges")).decode()


def test_each_contribution_prints_who_says_so_and_as_of_when():
    text = page_of(PLAIN)
    assert "Ministry of Defence via An Agency in A Paper on 2025-09-01" in text
    assert "Ministry of Defence on 2025-10-01 (official)" in text
    assert '<td class="d">2025-11-01</td>' in text


def test_what_was_superseded_stays_in_sight():
    assert "Superseded, kept for the record" in page_of(PLAIN)
    assert "120..150 troops" in page_of(PLAIN)


def test_reversals_bases_findings_and_problems_are_told():
    text = page_of(TURNED + "rubbish\n")
    for words in ("Reversals", "Lviv", "contradicted", "&#39;rubbish&#39;"):
        assert words in text


def test_the_page_needs_nothing_from_outside():
    text = page_of(PLAIN + TURNED)
    assert "default-src 'none'" in text
    assert not re.search(r"<script|<link|<img|@import|url\(|src=", text)


def test_words_of_the_ledger_are_only_words():
    assert "<b>" not in page_of(claim("a", 'unnamed "<b>bold</b>"', says='"<b>x</b>"'))


def test_a_far_contributor_is_named_and_an_unknown_place_is_not_drawn():
    drawn = contributor_map(book_of(claim("a") + claim("b", "NZ") + claim("c", 'country "Elsewhere"')).claims)
    assert "Farther away: New Zealand" in drawn
    assert "Elsewhere" not in drawn
    assert contributor_map([]) == ""


def test_an_empty_book_still_gives_a_page():
    assert "No claim names a base" in page_of("; nothing\n")


@pytest.fixture(scope="module")
def example() -> dict[str, bytes]:
    return register_files(read_ledger(EXAMPLE, TODAY), EXAMPLE, (), None, None, None, 1000, 1)


def test_the_example_shows_the_plan_dropped_and_back(example):
    text = example["register.html"].decode()
    start = text.index("Reversals")
    assert "plan-dropped" in text[start : start + 2000]
    assert 'class="turn"' in text


def test_gaps_rotation_and_draws_of_the_example_forces_are_on_the_page(example):
    text = example["register.html"].decode()
    for words in ("Is it enough?", "force_30000", "force_15000", "Rotation", "1,000 seeded draws", "drivers"):
        assert words in text


def test_the_same_book_gives_the_same_bytes(example):
    again = register_files(read_ledger(EXAMPLE, TODAY), EXAMPLE, (), None, None, None, 1000, 1)
    assert again["register.html"] == example["register.html"]
    assert again["register.json"] == example["register.json"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = next((p for p in map(shutil.which, BROWSERS) if p), None)
    if path is None:
        pytest.skip(f"no browser is here; needed one of {', '.join(BROWSERS)}; install one to run this test")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not here")
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.mark.parametrize("width", [390, 820, 1400])
def test_the_page_fits_the_width_and_asks_nothing(browser, example, tmp_path, width):
    file = tmp_path / "register.html"
    file.write_bytes(example["register.html"])
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(file.as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [file.as_uri()]
    assert said == []
    page.close()
