"""Cases that a lawyer writes: what they may say, and how a failure reads."""

import pytest

from trucewatch.core.errors import AgreementError
from trucewatch.terms import check, parse_agreement, run_cases

CASE = """\
cases:
  - case: a shell in the square
    given:
      period: {from: 2026-03-01, to: 2026-03-02}
      seen: 0.9
      incidents:
        - id: shell
          class: impact
          p_real: 0.95
          place: {lon: 37.0, lat: 48.0, radius_m: 100}
          time: 2026-03-01T12:00:00+02:00
    expect:
      shell:
        fire: breach
"""


@pytest.fixture
def agreement(files):
    return parse_agreement(files, "test")


def test_a_case_that_holds_passes(agreement):
    (result,) = run_cases(agreement, {"cases/a.yaml": CASE})
    assert result.passed
    assert str(result) == "cases/a.yaml:14: a shell in the square: shell, fire: expected breach: ok"


@pytest.mark.parametrize(
    "wrong",
    [
        "fire: no_breach",
        "fire: {verdict: breach, p: [0, 0.5]}",
        "fire: {verdict: breach, conditional: {left: breach, right: no_breach}}",
    ],
)
def test_a_case_that_does_not_hold_says_what_was_found(agreement, wrong):
    (result,) = run_cases(agreement, {"cases/a.yaml": CASE.replace("fire: breach", wrong)})
    assert not result.passed
    assert "found breach with p 0.95 (left: breach, right: breach) (If confirmed" in str(result)


# Replaced, by what, the line, and words of the sentence.
MISTAKES = [
    ("    expect:\n      shell:\n        fire: breach\n", "", 2, "found no expect"),
    ("      shell:\n        fire: breach", "      shell: {}", 13, "nothing expected"),
    ("      shell:\n        fire: breach", "      {}", 12, "expect"),
    ("      shell:\n", "      shelf:\n", 13, "the subject 'shelf'"),
    ("        fire: breach", "        fier: breach", 14, "the clause 'fier'"),
    ("        fire: breach", "        fire: violation", 14, "violation"),
    ("class: impact", "class: bang", 8, "class 'bang'"),
    (", radius_m: 100", "", 10, "add `radius_m: ...`"),
    ("T12:00:00+02:00", "T12:00:00", 11, "write its offset from UTC"),
    ("seen: 0.9", "seen: 1.9", 5, "less than or equal to 1"),
    ("- id: shell", "- name: shell", 7, "unknown key 'name'"),
]


@pytest.mark.parametrize(("old", "new", "line", "words"), MISTAKES, ids=[m[3] for m in MISTAKES])
def test_a_mistake_in_a_case_is_named_with_its_line(agreement, files, old, new, line, words):
    assert CASE.count(old) == 1
    broken = {"cases/a.yaml": CASE.replace(old, new)}
    with pytest.raises(AgreementError) as caught:
        run_cases(agreement, broken)
    said = [p.strip() for p in str(caught.value).splitlines() if words in p]
    assert said, str(caught.value)
    assert said[0].startswith(f"cases/a.yaml:{line}: found "), said[0]
    assert check({**files, **broken})


def test_no_case_at_all_is_an_error(agreement):
    with pytest.raises(AgreementError, match="no case"):
        run_cases(agreement, {})


def test_a_sector_and_a_notice_can_be_given(agreement):
    heard = CASE.replace(
        "{lon: 37.0, lat: 48.0, radius_m: 100}",
        "{kind: sector, lon: 37.0, lat: 48.0, range_m: [500, 900], bearing_deg: 90, width_deg: 45}",
    ).replace(
        "    expect:",
        "      notices:\n        - party: left\n          activity: demining\n          from: 2026-03-01\n"
        "          to: 2026-03-02\n          circle: {lon: 37.0, lat: 48.0, radius_m: 2000}\n"
        "          source: notice 1\n"
        "    expect:",
    )
    (result,) = run_cases(agreement, {"cases/a.yaml": heard.replace("fire: breach", "fire: no_breach")})
    assert result.passed, str(result)
