"""No sentence outside the catalogue, and every word of the vocabularies in it."""

import re
import string
from pathlib import Path

import pytest
from jinja2 import Environment

import trucewatch.report
from trucewatch.core.agreement import Force
from trucewatch.core.classes import CLASSES
from trucewatch.core.issue import IssueKind
from trucewatch.core.marking import Marking
from trucewatch.core.records import Status, VerdictWord
from trucewatch.report import ENGLISH, Catalogue, daily
from trucewatch.report.lint import page_text

ROOM = Path(trucewatch.report.__file__).parent
PAGES = sorted((ROOM / "templates").glob("*.html"))
VOCABULARIES = {"class": CLASSES, "verdict": VerdictWord, "status": Status, "force": Force, "marking": Marking,
                "issue": IssueKind,
                "means": ("heard", "saw", "recorded", "detected", "imaged", "reported")}  # fmt: skip


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_template_holds_no_words_of_its_own(path):
    tokens = Environment(autoescape=True).lex(path.read_text(encoding="utf-8"))
    markup = "".join(value if kind == "data" else "\x00" for _, kind, value in tokens)
    between_tags = re.sub(r"<[^>]*>", "", markup)
    assert not re.search(r"[^\W\d_]", between_tags)


@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_a_template_labels_nothing_in_words_of_its_own(path):
    told = re.findall(r'(?:aria-label|title|alt|placeholder)="([^"]*)"', path.read_text(encoding="utf-8"))
    assert told
    assert all(value.startswith("{{") for value in told)


@pytest.mark.parametrize("path", sorted(ROOM.glob("*.py")), ids=lambda p: p.name)
def test_every_key_that_the_code_asks_for_is_in_the_catalogue(path):
    keys = set(re.findall(r'\.text\(\s*"([a-z_.0-9]+)"', path.read_text(encoding="utf-8")))
    assert keys <= set(ENGLISH.messages)


@pytest.mark.parametrize("kind", VOCABULARIES)
def test_every_word_of_a_vocabulary_has_its_words(kind):
    missing = [str(value) for value in VOCABULARIES[kind] if f"{kind}.{value}" not in ENGLISH.messages]
    assert missing == []


def test_a_page_in_another_catalogue_has_no_english_left(day):
    """A catalogue of letters of another script shows up every word that came from elsewhere."""
    greek = {key: _greek(message) for key, message in ENGLISH.messages.items()}
    other = Catalogue("el", greek, lambda _: "other", ENGLISH.wording, ".", ",")
    own = {*re.findall(r"[A-Za-z]{3,}", repr((day.agreement, day.incidents, day.verdicts, day.issues, day.inputs,
           day.versions, day.checkpoint, day.coverage, day.describe, day.area_of, day.impediments.to_pylist(),
           day.layers.labels, day.layers.source, day.timings_s, "UTC map one")))}  # fmt: skip
    likelihood = {w for *_, word in ENGLISH.wording.likelihood for w in word.split()}
    found = set(re.findall(r"[A-Za-z]{3,}", page_text(daily.render(day, other)))) - own - likelihood
    assert found == set()


def _greek(message: object) -> object:
    if isinstance(message, dict):
        return {"other": _greek(message["other"])}
    fields = [(text, name) for text, name, *_ in string.Formatter().parse(str(message))]
    letters = str.maketrans(string.ascii_letters, "αβγδεζηθικλμνξοπρστυφχψωϊϋΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩΪΫ")
    return "".join(text.translate(letters) + (f"{{{name}}}" if name else "") for text, name in fields)


def test_plural_forms_follow_the_number():
    assert ENGLISH.text("summary.issues", n=1).startswith("1 issue was")
    assert ENGLISH.text("summary.issues", n=2000).startswith("2,000 issues were")


@pytest.mark.parametrize(("p", "shown"), [(0.0, "0 %"), (0.004, "below 1 %"), (0.5, "50 %"), (0.996, "above 99 %")])
def test_small_and_large_probabilities_are_not_rounded_to_certainty(p, shown):
    assert ENGLISH.percent(p).replace("\u00a0", " ") == shown


@pytest.mark.parametrize(
    ("p", "word"),
    [(0.005, None), (0.03, "almost no chance"), (0.1, "very unlikely"), (0.3, "unlikely"), (0.5, "roughly even chance"),
     (0.7, "likely"), (0.9, "very likely"), (0.97, "almost certain"), (0.995, None)],
)  # fmt: skip
def test_words_of_likelihood_follow_the_table(p, word):
    assert ENGLISH.likelihood(p) == word


def test_a_source_word_that_no_vocabulary_knows_is_printed_as_it_is():
    assert ENGLISH.word("means", "sniffed_by_dog") == "sniffed by dog"
    assert ENGLISH.word("class", None) == "not known"
