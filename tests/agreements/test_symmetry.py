"""The parties of every shipped agreement are treated alike, and no code knows who they are."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from trucewatch.terms import Config, judge_all, parse_agreement
from trucewatch.terms.audit import audit_symmetry, differences
from trucewatch.terms.chance_facts import draw_situation
from trucewatch.terms.mirror import Mirror, mirror, mirror_situation, relisted

HOUSE = Path(__file__).parents[2]
FOLDERS = sorted(p.parent for p in (HOUSE / "agreements").glob("*/terms.yaml"))
SOURCE = HOUSE / "src" / "trucewatch"


def files_of(folder: Path) -> dict[str, str]:
    """The files of an agreement by their name inside its folder."""
    paths = [*folder.glob("*.*"), *folder.glob("cases/*.yaml")]
    return {p.relative_to(folder).as_posix(): p.read_text(encoding="utf-8") for p in paths}


def agreement_of(name: str):
    """A shipped agreement."""
    return parse_agreement(files_of(HOUSE / "agreements" / name), name)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: f.name)
def test_swapped_parties_and_a_mirrored_map_change_nothing_but_the_names(folder):
    files = files_of(folder)
    cases = {f: text for f, text in files.items() if f.startswith("cases/")}
    report = audit_symmetry(parse_agreement(files, folder.name), seed=1, n=60, cases=cases)
    assert report.passed, str(report)
    assert all(c.compared > 0 for c in report.comparisons[:4])


@pytest.fixture(scope="module")
def drawn():
    """The invented armistice with facts drawn at random."""
    agreement = agreement_of("armistice-example")
    return agreement, draw_situation(agreement, np.random.default_rng(0), 80)


def verdicts_after(agreement, situation, by):
    """The verdicts on the swapped agreement and facts."""
    return judge_all(mirror(agreement, by), mirror_situation(situation, by), Config()).verdicts


def test_the_audit_sees_a_party_that_is_not_swapped_in_the_facts(drawn):
    agreement, situation = drawn
    by = Mirror.of(agreement, turn=False)
    plain = judge_all(agreement, situation, Config()).verdicts
    assert differences(plain, verdicts_after(agreement, situation, by), by) == []
    unswapped = judge_all(mirror(agreement, by), situation, Config()).verdicts
    assert differences(plain, unswapped, by)


def test_the_audit_sees_a_party_that_is_favoured_by_a_clause(drawn):
    agreement, situation = drawn
    by = Mirror.of(agreement, turn=False)
    first = agreement.parties[0].id
    unfair = tuple(replace(c, binds=tuple(p for p in c.binds if p != first) or c.binds) for c in agreement.provisions)
    plain = judge_all(replace(agreement, provisions=unfair), situation, Config()).verdicts
    assert differences(plain, verdicts_after(agreement, situation, by), by)


def test_the_audit_sees_a_side_that_is_not_turned_with_the_map(drawn):
    agreement, situation = drawn
    here, there = Mirror.of(agreement, turn=False), Mirror.of(agreement, turn=True)
    sides = {c.id: mirror(agreement, here).provisions[i].parameters for i, c in enumerate(agreement.provisions)}
    turned = mirror(agreement, there)
    wrong = replace(turned, provisions=tuple(replace(c, parameters=sides[c.id]) for c in turned.provisions))
    plain = judge_all(agreement, situation, Config()).verdicts
    other = judge_all(wrong, mirror_situation(situation, there), Config()).verdicts
    found = differences(plain, other, there)
    assert any(d.startswith("clause A3") for d in found)


def test_parties_listed_the_other_way_round_are_listed_so_everywhere(drawn):
    agreement, _ = drawn
    other = relisted(agreement)
    assert [p.id for p in other.parties] == ["south", "north"]
    assert {c.binds for c in other.provisions} == {("south", "north"), ("south",), ("north",)}
    assert relisted(other) == agreement


# Where a party of a shipped agreement may be named: adapters of lists that name them, and what a list's column holds.
# The register is no part of the monitor: it is about countries, by name.
NAMED = ("sense/", "core/data/", "core/tables.py", "pledges/")
COMPASS = {"north", "south", "east", "west"}  # ids of invented parties that are also words for directions


def party_words() -> list[str]:
    """Names and ids of all parties of shipped agreements, and the words of names that are no common ones."""
    parties = [p for f in FOLDERS for p in yaml.safe_load((f / "terms.yaml").read_text(encoding="utf-8"))["parties"]]
    return sorted({w for p in parties for w in (p["id"], p["name"])} - COMPASS)


def spoken(path: Path) -> str:
    """The texts and names of a module, without its comments and docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if (
            isinstance(body, list)
            and body
            and isinstance(body[0], ast.Expr)
            and isinstance(body[0].value, ast.Constant)
        ):
            node.body = body[1:]
    words = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return "\n".join([*words, *(n.id for n in ast.walk(tree) if isinstance(n, ast.Name))])


def test_no_code_names_a_party():
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, party_words()))})(?!\w)", re.IGNORECASE)
    modules = [p for p in SOURCE.rglob("*.py") if not p.relative_to(SOURCE).as_posix().startswith(NAMED)]
    assert len(modules) > 100
    named = {p.relative_to(SOURCE).as_posix(): pattern.findall(spoken(p)) for p in modules}
    assert {path: found for path, found in named.items() if found} == {}


def test_no_word_of_the_report_catalogue_names_a_party_even_in_part():
    words = {w.lower() for name in party_words() for w in re.findall(r"[A-Z]\w{3,}", name)} - {"party"} - COMPASS
    assert {"russia", "ukraine"} <= words
    for path in sorted((SOURCE / "report" / "catalogue").glob("*.py")):
        said = set(re.findall(r"\w+", spoken(path).lower()))
        assert said & words == set(), path.name
