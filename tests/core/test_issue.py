"""Bad data as a value, and the tree of errors for bad commands."""

import dataclasses

import pytest

from trucewatch.core import errors
from trucewatch.core.issue import Issue, IssueKind

WRONG_DATE = Issue(
    "firms.csv", IssueKind.REJECTED, "the date 2202-02-03", "a date up to today", "the row is left out", 7
)


def test_an_issue_says_where_what_was_found_what_was_needed_and_what_happened() -> None:
    text = "firms.csv, row 7: found the date 2202-02-03; needed a date up to today; the row is left out."
    assert str(WRONG_DATE) == text


def test_an_issue_of_a_whole_file_names_no_row() -> None:
    whole = dataclasses.replace(WRONG_DATE, row=None)
    assert str(whole).startswith("firms.csv: found")


def test_an_issue_becomes_a_row_of_plain_values_in_the_order_of_its_fields() -> None:
    row = WRONG_DATE.as_dict()
    assert list(row) == [f.name for f in dataclasses.fields(Issue)]
    assert row["kind"] == "rejected"
    assert type(row["kind"]) is str


def test_an_issue_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        WRONG_DATE.row = 8  # type: ignore[misc]  # the point of the test


def test_every_error_is_one_of_ours() -> None:
    for name in errors.__all__:
        assert issubclass(getattr(errors, name), errors.TrucewatchError)


def test_a_wrong_agreement_or_setting_is_a_wrong_command() -> None:
    assert issubclass(errors.AgreementError, errors.CommandError)
    assert issubclass(errors.ConfigError, errors.CommandError)


def test_broken_evidence_is_no_wrong_command() -> None:
    for error in (errors.VerifyError, errors.LockedError, errors.SealedError):
        assert issubclass(error, errors.EvidenceError)
        assert not issubclass(error, errors.CommandError)
