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


FACTS = """\
cases:
  - case: {name}
    given:
      period: {{from: 2026-03-01, to: 2026-03-02}}
      seen: 0.9
{given}
    expect:
      {subject}:
        {clause}: {word}
"""
MORE_CLAUSES = """\
  - id: reply
    text_reference: article 8
    rule: return_fire
    domain: land
    binds: [left, right]
    acts: [fire_event]
    zones: [square]
    parameters: {within_s: 3600, proportion: 2}
  - id: stores
    text_reference: article 7
    rule: storage_inventory
    domain: land
    binds: [left]
    acts: [weapon_presence]
    zones: [square]
  - id: rate
    text_reference: article 9
    rule: rate_over_window
    domain: land
    binds: [left, right]
    acts: [fire_event]
    zones: [square]
    parameters: {most: 4, window_h: 24, unit: counted}
"""
SHELLS = """\
      incidents:
        - {id: first, class: impact, p_real: 1, place: PLACE, time: 2026-03-01T12:00:00+02:00, count: 3}
        - {id: then, class: impact, p_real: 1, place: PLACE, time: 2026-03-01T12:30:00+02:00, count: 5}
""".replace("PLACE", "{lon: 37.0, lat: 48.0, radius_m: 100}")
CALLED = "      calls: [{party: left, time: 2026-03-01T12:10:00+02:00, outcome: unanswered}]\n"
COUNTED = "      inspections:\n        - {site: square, time: 2026-03-01T10:00:00+02:00, weapon: D-30, FOUND}\n"


@pytest.fixture
def larger(files):
    return parse_agreement({**files, "terms.yaml": files["terms.yaml"] + MORE_CLAUSES}, "test")


@pytest.mark.parametrize(
    ("name", "given", "subject", "clause", "word"),
    [
        ("fire in return", SHELLS + CALLED, "then", "reply",
         "{verdict: undecided, conditional: {left: undecided, right: breach}}"),
        ("fire without a call", SHELLS, "then", "reply", "breach"),
        ("fire before any call", SHELLS + CALLED, "first", "reply", "breach"),
        ("eight explosions in a day", SHELLS, "period", "rate", "breach"),
        ("all there", COUNTED.replace("FOUND", "declared: 6, present: 6"), "period", "stores", "no_breach"),
        ("two gone", COUNTED.replace("FOUND", "declared: 6, present: 4, missing: 2"), "period", "stores", "breach"),
        ("nobody let in", COUNTED.replace("FOUND", "access: denied"), "period", "stores", "undecided"),
        ("nobody looked", "      incidents: []", "period", "stores", "unobserved"),
    ],
)  # fmt: skip
def test_calls_inspections_and_counts_can_be_given(larger, name, given, subject, clause, word):
    text = FACTS.format(name=name, given=given.rstrip(), subject=subject, clause=clause, word=word)
    (result,) = run_cases(larger, {"cases/a.yaml": text})
    assert result.passed, str(result)


PLACES = [
    ("{candidates: [{lon: 37.0, lat: 48.0, radius_m: 500}, {lon: 39.0, lat: 48.0, radius_m: 500}]}", [0.45, 0.55]),
    ("{candidates: [{lon: 37.0, lat: 48.0, radius_m: 500, weight: 3}, {lon: 39.0, lat: 48.0, radius_m: 500}]}",
     [0.7, 0.8]),
    # From a degree west of the square to a degree east of it in an hour: 0.2 of 2.2 degrees lie in it.
    ("{path: [[35.9, 48.0, 0], [38.1, 48.0, 3600]], radius_m: 500}", [0.05, 0.15]),
    # Half of the hour over the square.
    ("{path: [[37.0, 48.0, 0], [37.01, 48.0, 1800], [38.5, 48.0, 1860], [38.6, 48.0, 3600]], radius_m: 500}",
     [0.45, 0.55]),
]  # fmt: skip


@pytest.mark.parametrize(("place", "p"), PLACES)
def test_a_place_of_several_parts_can_be_given(agreement, place, p):
    wanted = f"{{verdict: undecided, p: {p}}}"
    text = CASE.replace("{lon: 37.0, lat: 48.0, radius_m: 100}", place).replace("p_real: 0.95", "p_real: 1")
    (result,) = run_cases(agreement, {"cases/a.yaml": text.replace("fire: breach", f"fire: {wanted}")})
    assert result.passed, str(result)


SAID = """\
      allegations:
        - id: said
          party: left
          against: right
          class: impact
          place: {lon: 37.0, lat: 48.0, radius_m: 100}
          time: 2026-03-01T12:00:00+02:00
"""
# Text that stands in the case, what it becomes, and words of the sentence.
MORE_MISTAKES = [
    (SAID.replace("party: left", "party: nobody"), 8, "the unknown party 'nobody'"),
    (SAID.replace("against: right", "against: nobody"), 9, "the unknown party 'nobody'"),
    (SAID.replace("class: impact", "class: bang"), 10, "class 'bang'"),
    (SAID.replace("T12:00:00+02:00", "T12:00:00"), 12, "write its offset from UTC"),
    (SAID + SAID.split("\n", 1)[1], 13, "the id 'said' again"),
    (SAID.replace("id: said", "id: period"), 7, "none `period`"),
    (SAID.replace(", radius_m: 100", ""), 11, "add `radius_m: ...`"),
    (SAID.replace("{lon: 37.0, lat: 48.0, radius_m: 100}", "{path: [[37, 48, 0], [37, 49, 60]]}"), 11, "no radius_m"),
    (SAID.replace("{lon: 37.0, lat: 48.0,", "{path: [[37, 48, 60], [37, 49, 0]],"), 11, "seconds after the start"),
    (SAID.replace("lon: 37.0,", "lon: 37.0, candidates: [{lon: 37, lat: 48, radius_m: 9}],"), 11, "`candidates` alone"),
    (CALLED.replace("party: left", "party: nobody"), 6, "the unknown party 'nobody'"),
    (CALLED.replace("unanswered", "shouted"), 6, "unanswered"),
    (CALLED.replace("2026-03-01T12:10:00+02:00", "[2026-03-02, 2026-03-01]"), 6, "an end after the start"),
    (COUNTED.replace("square", "barn").replace(", FOUND", ""), 7, "the unknown site 'barn'"),
    (COUNTED.replace("FOUND", "missing: -1"), 7, "greater than or equal to 0"),
]


@pytest.mark.parametrize(("given", "line", "words"), MORE_MISTAKES, ids=[m[2] for m in MORE_MISTAKES])
def test_a_mistake_in_the_facts_of_a_case_is_named_with_its_line(larger, given, line, words):
    text = FACTS.format(name="a case", given=given.rstrip(), subject="period", clause="fire", word="no_breach")
    with pytest.raises(AgreementError) as caught:
        run_cases(larger, {"cases/a.yaml": text})
    said = [p.strip() for p in str(caught.value).splitlines() if words in p]
    assert said, str(caught.value)
    assert said[0].startswith(f"cases/a.yaml:{line}: found "), said[0]


@pytest.mark.parametrize(
    ("seen", "old", "new", "word"),
    [
        ("0.9", "", "", "no_breach"),  # it could have been seen, and nobody saw it
        ("0.0", "", "", "unobserved"),
        ("0.9", "{lon: 37.0, lat: 48.0, radius_m: 100}", "unknown", "undecided"),
    ],
)
def test_a_verdict_about_an_allegation_can_be_expected(agreement, seen, old, new, word):
    given = SAID.replace(old, new) if old else SAID
    text = FACTS.format(name="a case", given=given.rstrip(), subject="said", clause="fire", word=word)
    (result,) = run_cases(agreement, {"cases/a.yaml": text.replace("seen: 0.9", f"seen: {seen}")})
    assert result.passed, str(result)


def test_an_allegation_may_lack_place_and_time(agreement):
    unknown = SAID.replace("{lon: 37.0, lat: 48.0, radius_m: 100}", "unknown").replace(
        "2026-03-01T12:00:00+02:00", "unknown"
    )
    text = FACTS.format(name="a case", given=unknown.rstrip(), subject="period", clause="fire", word="no_breach")
    (result,) = run_cases(agreement, {"cases/a.yaml": text})
    assert result.passed, str(result)


def test_a_notice_may_say_when_it_was_given(agreement):
    notice = (
        "      notices:\n        - {party: left, activity: demining, from: 2026-03-01, to: 2026-03-02, "
        "notified: NOW, circle: {lon: 37.0, lat: 48.0, radius_m: 2000}, source: notice 1}"
    )
    text = FACTS.format(name="a case", given=notice, subject="period", clause="fire", word="no_breach")
    (result,) = run_cases(agreement, {"cases/a.yaml": text.replace("NOW", "2026-02-27")})
    assert result.passed, str(result)
    with pytest.raises(AgreementError, match=r"cases/a\.yaml:7: found the time 'yesterday'"):
        run_cases(agreement, {"cases/a.yaml": text.replace("NOW", "yesterday")})
