"""The pages in a real browser: on a telephone, a tablet, a desk and on paper."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest

from trucewatch.report import daily, flash

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (390, 820, 1400)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = next((p for p in map(shutil.which, BROWSERS) if p), None)
    if path is None:
        pytest.skip(f"no browser is here; needed one of {', '.join(BROWSERS)}; install one to run this test")
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright, which drives the browser, is not installed"
    )
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=path, args=FLAGS)
        yield running
        running.close()


@pytest.fixture(scope="module")
def files(day, invented, tmp_path_factory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("pages")
    incident = day.incidents[3]
    pages = {"daily": daily.render(day), "flash": flash.render(incident, invented.make_flash(incident))}
    for name, page in pages.items():
        (folder / f"{name}.html").write_bytes(page)
    return {name: (folder / f"{name}.html").as_uri() for name in pages}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["daily", "flash"])
def test_the_page_fits_the_width_asks_nothing_and_says_what_it_is(browser, files, name, width):
    page = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: said.append(message.text))
    page.goto(files[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert asked == [files[name]]
    assert said == []
    assert page.locator(".banner").is_visible()
    page.close()


def test_wide_tables_scroll_inside_their_own_box(browser, files):
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto(files["daily"])
    inner, outer = page.evaluate("(e => [e.scrollWidth, e.clientWidth])(document.querySelector('.table.wide'))")
    assert inner > outer
    page.close()


def test_the_banner_stays_in_sight_while_reading(browser, files):
    page = browser.new_page(viewport={"width": 820, "height": 900})
    page.goto(files["daily"])
    page.evaluate("window.scrollTo(0, 6000)")
    assert page.evaluate("document.querySelector('.running-head').getBoundingClientRect().top") == 0
    page.close()


def printed(browser: Any, address: str, folder: Any) -> list[str]:
    """Words of each printed A4 page."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("pdftotext is not here; needed to read printed pages; install poppler-utils to run this test")
    page = browser.new_page()
    page.goto(address)
    target = folder / "page.pdf"
    page.pdf(path=str(target), prefer_css_page_size=True)
    page.close()
    text = subprocess.run([reader, str(target), "-"], capture_output=True, check=True).stdout.decode()
    return text.rstrip("\f").split("\f")


def test_every_printed_page_carries_banner_footer_and_number(browser, files, tmp_path):
    pages = printed(browser, files["daily"], tmp_path)
    assert len(pages) > 5
    for number, text in enumerate(pages, start=1):
        assert re.search(r"HYPOTHETICAL\s*·\s*INVENTED AGREEMENT\s*·\s*SYNTHETIC DATA", text), number
        assert "Released to the public" in text, number
        assert f"{number} / {len(pages)}" in text, number


def test_the_flash_note_is_one_printed_page(browser, files, tmp_path):
    assert len(printed(browser, files["flash"], tmp_path)) == 1
