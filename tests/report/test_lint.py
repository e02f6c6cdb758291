"""The rules of wording, each with a sentence that breaks it and one that keeps it."""

import pytest

from trucewatch.report import lint, lint_page

BROKEN = {
    "likelihood and confidence together": "With high confidence it is likely that a mortar was fired.",
    "a word outside the table": "The explosion was probably caused by a mine.",
    "a word from the table's other row": "It is highly likely.",
    "a word that does not fit its number": "The incident is real with 90 % (likely).",
    "a clause engaged without condition": "The shot would engage clause A-1.",
    "a finding": "The western party violated clause A-1.",
    "a count of findings": "There were 17 violations on Monday.",
    "responsibility": "The eastern party is responsible for the shot.",
}
KEPT = {
    "likelihood alone": "It is likely that a mortar was fired.",
    "confidence alone, in a sentence of its own": "It is likely. We have moderate confidence in this.",
    "a word that fits its number": "Real: 90\u00a0% (very likely).",
    "a conditional proposal": "If confirmed, would engage clause A-1.",
    "a clause not engaged": "Would not engage clause A-1.",
    "a decision that nothing was wrong": "3 incidents are not a violation.",
    "probability as a noun": "It is real with probability 0.83.",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_a_broken_rule_is_found(text):
    issues = lint(text, "note")
    assert len(issues) == 1
    assert issues[0].source == "note"


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_a_kept_rule_passes(text):
    assert lint(text) == []


def test_a_finding_is_allowed_once_it_is_decided():
    assert lint("The commission found that clause A-1 was violated.", decided=True) == []


def test_cells_of_a_page_are_sentences_of_their_own():
    page = b"<td>likely</td><td>high confidence</td><style>.violations{}</style>"
    assert lint_page(page) == []
    assert len(lint_page(b"<p>likely, with high <b>confidence</b></p>")) == 1
