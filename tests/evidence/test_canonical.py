"""Records become canonical JSON and come back as they were."""

import math
from typing import Any

import numpy as np
import pytest
import rfc8785
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import EvidenceError
from trucewatch.core.issue import Issue, IssueKind
from trucewatch.core.records import Decision, Incident, Status, Verdict, VerdictWord
from trucewatch.evidence import body_bytes, from_body, read_body, to_body

NUMBERS = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53) + 1, 2**53 - 1)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS.filter(lambda w: not w.endswith("_ns")), inner),
    max_leaves=12,
)


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(WORDS.filter(lambda w: not w.endswith("_ns")), VALUES, max_size=5))
def test_bytes_are_those_of_the_reference_encoder(body: dict[str, Any]) -> None:
    assert body_bytes(body) == rfc8785.dumps(body)


@pytest.mark.parametrize("number", [1e-4, 9.999e-5, 1e-7, 1e16, 1.5, -0.0, 2.0**53, 1e21, 0.1 + 0.2, 5e-324])
def test_numbers_are_spelled_as_rfc_8785_spells_them(number: float) -> None:
    assert body_bytes({"p": number}) == rfc8785.dumps({"p": number})


def test_an_incident_comes_back_as_it_was(make: Any) -> None:
    incident = make.incident(7, version=2, count=3.0, weapon="міномет")
    assert from_body(Incident, read_body(body_bytes(to_body(incident)))) == incident


def test_a_verdict_comes_back_as_it_was() -> None:
    verdict = Verdict("corridors", "1.a", "period", "Mariupol 5 March", VerdictWord.UNOBSERVED, None, "nothing looked",
                      {"mass": 0.25, "since_ns": 1646438400000000001}, {"first": "breach"})  # fmt: skip
    assert from_body(Verdict, read_body(body_bytes(verdict))) == verdict


def test_decisions_and_issues_come_back_as_they_were() -> None:
    decision = Decision("I0001", 1, Status.VERIFIED, "seen on film", "first signer", "ab", 1646438400000000001, "cd")
    issue = Issue("shots.csv", IssueKind.REJECTED, "a", "b", "c", row=4)
    assert from_body(Decision, read_body(body_bytes(decision))) == decision
    assert from_body(Issue, read_body(body_bytes(issue))) == issue


def test_what_is_not_a_number_becomes_null() -> None:
    assert to_body({"a": math.nan, "b": np.float64("nan"), "c": np.int64(3)}) == {"a": None, "b": None, "c": 3}


def test_a_list_of_nanoseconds_comes_back_as_integers() -> None:
    body = {"period_ns": [1646438400000000001, None], "t_ns": -5}
    assert read_body(body_bytes(body)) == body


@pytest.mark.parametrize("body", [{"count": 2**53}, {"x": object()}, {1: 2}, {"x": "\ud800"}])
def test_what_json_cannot_carry_is_refused_with_a_sentence(body: Any) -> None:
    with pytest.raises(EvidenceError, match="needed"):
        body_bytes(body)
