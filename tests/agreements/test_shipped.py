"""Every agreement that is shipped is in order, and its cases hold."""

from pathlib import Path

import pytest
import yaml

from trucewatch.core.agreement import Force
from trucewatch.core.country import country_outline
from trucewatch.core.records import Casualties, Incident, PlaceRecord, Status
from trucewatch.terms import RULES, Config, Situation, check, judge_all, parse_agreement, run_cases

ROOT = Path(__file__).parents[2] / "agreements"
NAMES = sorted(p.name for p in ROOT.iterdir() if (p / "terms.yaml").is_file())


def files_of(name):
    """The files of an agreement by their name inside its folder."""
    folder = ROOT / name
    paths = [*folder.glob("*.*"), *folder.glob("cases/*.yaml")]
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def cases_of(name):
    """Its case files."""
    return {f: t for f, t in files_of(name).items() if f.startswith("cases/")}


def test_three_agreements_are_shipped():
    assert NAMES == ["armistice-example", "corridors-2022", "easter-2025"]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_in_order(name):
    assert check(files_of(name), name) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_case_holds(name):
    results = run_cases(parse_agreement(files_of(name), name), cases_of(name))
    assert results
    assert [str(r) for r in results if not r.passed] == []


def rules_by_clause(name):
    """Rule kind of every clause; the clauses of a corridor list by their prefix."""
    agreement = parse_agreement(files_of(name), name)
    rules = {c.id: c.rule for c in agreement.provisions}
    pattern = agreement.corridor_clause
    return rules, (pattern.id, pattern.rule) if pattern else None


def expected_words():
    """All (rule kind, subject kind, verdict) that some case expects."""
    words = set()
    for name in NAMES:
        rules, pattern = rules_by_clause(name)
        for text in cases_of(name).values():
            for case in yaml.safe_load(text)["cases"]:
                for subject, clauses in case["expect"].items():
                    for clause, wanted in clauses.items():
                        rule = rules.get(clause) or (pattern and clause.startswith(pattern[0]) and pattern[1])
                        word = wanted if isinstance(wanted, str) else wanted["verdict"]
                        words.add((rule, "period" if subject == "period" else "incident", word))
    return words


@pytest.mark.parametrize("kind", [r.kind for r in RULES])
def test_every_kind_of_rule_has_a_case_for_each_verdict_that_it_can_give(kind):
    incident = {w for k, s, w in expected_words() if (k, s) == (kind, "incident")}
    period = {w for k, s, w in expected_words() if (k, s) == (kind, "period")}
    assert incident == {"breach", "no_breach", "undecided"}
    if kind == "withdrawal_line":  # it speaks about weapons that were seen, not about areas
        assert period == set()
    else:
        assert period == {"breach", "no_breach", "undecided", "unobserved"}


def test_the_invented_armistice_says_that_it_is_invented():
    agreement = parse_agreement(files_of("armistice-example"), "armistice-example")
    assert agreement.force is Force.INVENTED
    assert agreement.hypothetical
    sources = {s for z in agreement.zones for s in z.vertex_sources}
    assert sources == {"invented for this example", None}
    assert [z.id for z in agreement.zones if not z.sourced] == ["quarry"]


def test_the_easter_truce_lasts_thirty_hours_and_is_hypothetical():
    agreement = parse_agreement(files_of("easter-2025"), "easter-2025")
    assert agreement.effective_to_ns - agreement.effective_from_ns == 30 * 3600 * 10**9
    assert agreement.hypothetical
    assert all(s.startswith("https://") for s in agreement.sources)


def test_the_agreements_name_their_sources():
    assert all(parse_agreement(files_of(name), name).sources for name in NAMES)


@pytest.mark.parametrize(("lon", "lat", "concerned"), [(37.8, 48.2, True), (36.6, 50.6, False), (34.1, 45.1, True)])
def test_the_easter_truce_covers_the_country_and_nothing_beyond(lon, lat, concerned):
    agreement = parse_agreement(files_of("easter-2025"), "easter-2025")
    place = PlaceRecord("exact", lon, lat, 300.0, None, None, None, lon, lat, 300.0)
    noon = agreement.effective_from_ns + 18 * 3600 * 10**9
    shell = Incident("i1", 1, None, Status.RECORDED, noon, noon, "impact", 0.9, place, Casualties(), ())
    period = agreement.effective_from_ns, agreement.effective_to_ns
    facts = Situation((shell,), Blind(), period, country=country_outline())
    words = [v.verdict for v in judge_all(agreement, facts, Config()).verdicts if v.subject_kind == "incident"]
    assert words == (["breach"] if concerned else [])


class Blind:
    """Sees nothing."""

    def fraction(self, _geometry, _t_start_ns, _t_end_ns):
        return 0.0
