"""Every agreement that is shipped is in order, and its cases hold."""

from pathlib import Path

import pytest
import yaml
from shapely.geometry.base import BaseGeometry

from trucewatch.core.agreement import Agreement, Force
from trucewatch.core.country import country_outline
from trucewatch.core.records import Casualties, Incident, PlaceRecord, Status
from trucewatch.core.times import DAY_NS, HOUR_NS, parse_instant
from trucewatch.terms import RULES, Config, Judgement, Situation, check, judge_all, parse_agreement, run_cases

ROOT = Path(__file__).parents[2] / "agreements"
NAMES = sorted(p.name for p in ROOT.iterdir() if (p / "terms.yaml").is_file())
UNDRAWN = ("measures-2020", "minsk-2015")  # no source says where their lines and zones run

WORDS = {"breach", "no_breach", "undecided", "unobserved"}
SUBJECTS = ("incident", "period", "allegation")
# Words that a kind of rule cannot give about a subject, and why; "*" stands for every kind.
CANNOT = {
    ("*", "incident"): ({"unobserved"}, "an incident was observed"),
    ("withdrawal_line", "period"): (WORDS, "that no weapon was seen says little of an area this wide"),
    ("rate_over_window", "incident"): (WORDS, "one act of many breaks no limit"),
    ("rate_over_window", "allegation"): (WORDS, "what alleges one act alleges no breach of a limit"),
    ("storage_inventory", "incident"): (WORDS, "only an inspection looks into a site"),
    ("storage_inventory", "allegation"): (WORDS, "only an inspection looks into a site"),
}


class Blind:
    """Sees nothing."""

    def fraction(self, _geometry: BaseGeometry, _t_start_ns: int, _t_end_ns: int) -> float:
        return 0.0


def files_of(name: str) -> dict[str, str]:
    """The files of an agreement by their name inside its folder."""
    folder = ROOT / name
    paths = [*folder.glob("*.*"), *folder.glob("cases/*.yaml")]
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def cases_of(name: str) -> dict[str, str]:
    """Its case files."""
    return {f: t for f, t in files_of(name).items() if f.startswith("cases/")}


def shipped(name: str) -> Agreement:
    """One of the agreements."""
    return parse_agreement(files_of(name), name)


def rules_by_clause(name: str) -> tuple[dict[str, str], tuple[str, str] | None]:
    """Rule kind of every clause; the clauses of a corridor list by their prefix."""
    agreement = shipped(name)
    pattern = agreement.corridor_clause
    return {c.id: c.rule for c in agreement.provisions}, (pattern.id, pattern.rule) if pattern else None


def expected_words() -> set[tuple[str, str, str]]:
    """All (rule kind, kind of subject, verdict) that some case expects."""
    words = set()
    for name in NAMES:
        rules, pattern = rules_by_clause(name)
        for text in cases_of(name).values():
            for case in yaml.safe_load(text)["cases"]:
                alleged = {a["id"] for a in case["given"].get("allegations", ())}
                for subject, clauses in case["expect"].items():
                    about = "period" if subject == "period" else "allegation" if subject in alleged else "incident"
                    for clause, wanted in clauses.items():
                        rule = rules.get(clause) or (pattern[1] if pattern and clause.startswith(pattern[0]) else "")
                        words.add((rule, about, wanted if isinstance(wanted, str) else wanted["verdict"]))
    return words


EXPECTED = expected_words()


def incident(cls: str, lon: float, lat: float, t_ns: int, weapon: str | None = None) -> Incident:
    """A certain incident within 300 m of a point."""
    place = PlaceRecord("exact", lon, lat, 300.0, None, None, None, lon, lat, 300.0)
    return Incident("i1", 1, None, Status.RECORDED, t_ns, t_ns, cls, 1.0, place, Casualties(), (), weapon=weapon)


def judged(name: str, one: Incident, config: Config | None = None) -> Judgement:
    """One incident under an agreement, in its day."""
    start = one.t_start_ns - one.t_start_ns % DAY_NS
    facts = Situation((one,), Blind(), (start, start + DAY_NS), country=country_outline())
    return judge_all(shipped(name), facts, config or Config())


def test_five_agreements_are_shipped():
    assert NAMES == ["armistice-example", "corridors-2022", "easter-2025", "measures-2020", "minsk-2015"]


@pytest.mark.parametrize("name", NAMES)
def test_the_files_are_in_order(name):
    assert check(files_of(name), name) == []


@pytest.mark.parametrize("name", NAMES)
def test_every_case_holds(name):
    results = run_cases(shipped(name), cases_of(name))
    assert results
    assert [str(r) for r in results if not r.passed] == []


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("kind", [r.kind for r in RULES])
def test_every_kind_of_rule_has_a_case_for_each_verdict_that_it_can_give(kind, subject):
    barred, _ = CANNOT.get((kind, subject)) or CANNOT.get(("*", subject), (set(), ""))
    assert {w for k, s, w in EXPECTED if (k, s) == (kind, subject)} == WORDS - barred


@pytest.mark.parametrize("rule", RULES, ids=[r.kind for r in RULES])
def test_the_table_of_words_agrees_with_what_the_kinds_of_rules_say_of_themselves(rule):
    about_single = all(CANNOT.get((rule.kind, s), (set(), ""))[0] != WORDS for s in ("incident", "allegation"))
    assert rule.about_incidents == about_single


@pytest.mark.parametrize("name", NAMES)
def test_every_clause_has_a_case(name):
    rules, pattern = rules_by_clause(name)
    texts = cases_of(name).values()
    said = {c for t in texts for case in yaml.safe_load(t)["cases"] for e in case["expect"].values() for c in e}
    assert rules.keys() <= said
    assert pattern is None or any(c.startswith(pattern[0]) for c in said)


def test_the_invented_armistice_uses_every_kind_of_rule():
    assert {c.rule for c in shipped("armistice-example").provisions} == {r.kind for r in RULES}


def test_the_invented_armistice_says_that_it_is_invented():
    agreement = shipped("armistice-example")
    assert agreement.force is Force.INVENTED
    assert agreement.hypothetical
    sources = {s for z in agreement.zones for s in z.vertex_sources}
    assert sources == {"invented for this example", None}
    assert [z.id for z in agreement.zones if not z.sourced] == ["quarry"]


def test_the_invented_armistice_switches_air_sea_and_energy_on_first_and_the_land_a_month_later():
    first = {c.domain: [] for c in shipped("armistice-example").provisions}
    for clause in shipped("armistice-example").provisions:
        if clause.phase is None:
            first[clause.domain].append(clause.effective_from_ns)
    january, february = (parse_instant(t) for t in ("2026-01-01T00:00:00+02:00", "2026-02-01T00:00:00+02:00"))
    assert {d: set(t) for d, t in first.items()} == {
        "air": {january}, "sea": {january}, "energy": {january}, "land": {february},
    }  # fmt: skip


def test_the_easter_truce_lasts_thirty_hours_and_is_hypothetical():
    agreement = shipped("easter-2025")
    assert agreement.effective_to_ns is not None
    assert agreement.effective_to_ns - agreement.effective_from_ns == 30 * HOUR_NS
    assert agreement.hypothetical


@pytest.mark.parametrize("name", ["easter-2025", *UNDRAWN])
def test_an_agreement_that_was_published_names_pages_as_its_sources(name):
    assert all(s.startswith("https://") for s in shipped(name).sources)


@pytest.mark.parametrize(("lon", "lat", "concerned"), [(37.8, 48.2, True), (36.6, 50.6, False), (34.1, 45.1, True)])
def test_the_easter_truce_covers_the_country_and_nothing_beyond(lon, lat, concerned):
    noon = shipped("easter-2025").effective_from_ns + 18 * HOUR_NS
    words = [v.verdict for v in judged("easter-2025", incident("impact", lon, lat, noon)).verdicts
             if v.subject_kind == "incident"]  # fmt: skip
    assert words == (["breach"] if concerned else [])


@pytest.mark.parametrize("name", UNDRAWN)
def test_no_vertex_of_an_undrawn_agreement_claims_a_source(name):
    assert not any(z.sourced or any(z.vertex_sources) for z in shipped(name).zones)


@pytest.mark.parametrize("name", UNDRAWN)
def test_whatever_a_period_holds_an_undrawn_agreement_stays_undecided_for_both_sides(name):
    noon = parse_instant("2020-08-01T12:00:00+03:00")
    verdicts = judged(name, incident("impact", 38.0, 48.3, noon)).verdicts
    assert {v.verdict for v in verdicts if v.subject_kind == "period"} == {"undecided"}
    assert {w for v in verdicts if v.verdict != "no_breach" for w in v.conditional.values()} == {"undecided"}


@pytest.mark.parametrize("name", UNDRAWN)
def test_a_run_under_an_undrawn_agreement_names_every_zone_and_line_that_has_no_source(name):
    noon = parse_instant("2020-08-01T12:00:00+03:00")
    issues = judged(name, incident("impact", 38.0, 48.3, noon)).issues
    found = "\n".join(i.found for i in issues)
    assert all(zone.name in found for zone in shipped(name).zones)


def test_a_howitzer_under_the_package_of_2015_is_undecided_and_no_distance_from_an_undrawn_line_is_printed():
    noon = parse_instant("2015-06-01T12:00:00+03:00")
    howitzer = incident("weapon_presence", 38.0, 48.3, noon, "152-mm howitzer")
    (verdict,) = (v for v in judged("minsk-2015", howitzer).verdicts if v.clause == "P2")
    assert verdict.verdict == "undecided"
    assert verdict.conditional == {"ukraine": "undecided", "armed_formations": "undecided"}
    assert "km behind" not in verdict.reason
    assert not any(key.startswith("behind_baseline_m") for key in verdict.numbers)


def test_a_line_may_be_left_undrawn_on_purpose_and_not_by_mistake():
    files = files_of("minsk-2015")
    assert '"geometry": null' in files["zones.geojson"]
    files["zones.geojson"] = files["zones.geojson"].replace('"geometry": null', '"drawn": null')
    assert any("no geometry for zone 'line_of_contact'" in str(p) for p in check(files, "minsk-2015"))


def test_outside_the_frames_an_undrawn_agreement_says_nothing_of_an_incident():
    noon = parse_instant("2020-08-01T12:00:00+03:00")
    for name in UNDRAWN:
        verdicts = judged(name, incident("impact", 30.5, 50.4, noon)).verdicts
        assert not [v for v in verdicts if v.subject_kind == "incident"]


def test_the_distances_of_the_package_of_2015_are_half_the_widths_of_its_zones():
    (clause,) = (c for c in shipped("minsk-2015").provisions if c.rule == "withdrawal_line")
    widths_km = {2 * metres / 1000 for metres in clause.parameters["distances_m"].values()}
    assert widths_km == {50, 70, 140}
    assert clause.parameters["distances_m"]["mlrs_300"] == 70_000


def test_the_measures_of_2020_begin_a_minute_after_midnight_in_kyiv():
    assert shipped("measures-2020").effective_from_ns == parse_instant("2020-07-26T21:01:00Z")
