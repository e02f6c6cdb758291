"""The documentation names everything that there is, and everything that it names is there."""

import re
from pathlib import Path

import pytest
import typer

from trucewatch.cli.app import app
from trucewatch.detect import DETECTORS
from trucewatch.sense import ADAPTERS
from trucewatch.terms import RULES

ROOT = Path(__file__).parent.parent
DOCS = {p.name: p.read_text(encoding="utf-8") for p in (ROOT / "docs").glob("*.md")}
README = (ROOT / "README.md").read_text(encoding="utf-8")
ROOMS = sorted(p.name for p in (ROOT / "src" / "trucewatch").iterdir() if (p / "__init__.py").exists())
JOINING = {"cli", "pipeline"}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands():
    group = typer.main.get_command(app)
    for name, command in sorted(group.commands.items()):
        inner = getattr(command, "commands", None)
        if inner:
            yield from ((f"{name} {sub}", c) for sub, c in sorted(inner.items()))
        else:
            yield name, command


@pytest.mark.parametrize(("name", "command"), list(commands()), ids=lambda v: v if isinstance(v, str) else "")
def test_every_command_is_documented_and_has_an_example(name, command):
    assert f"`trucewatch {name}`" in DOCS["commands.md"]
    assert f"Example: trucewatch {name}" in command.help


def test_every_documented_command_exists():
    named = set(re.findall(r"^\| `trucewatch ([a-z ]+)`", DOCS["commands.md"], re.M))
    assert named == {name for name, _ in commands()}


@pytest.mark.parametrize("room", [r for r in ROOMS if r not in JOINING])
def test_every_room_has_a_page(room):
    assert f"{room}.md" in DOCS
    assert f"docs/{room}.md" in README


@pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda a: a.FORMAT)
def test_every_adapter_is_documented(adapter):
    assert f"`{adapter.FORMAT}`" in DOCS["sense.md"]


@pytest.mark.parametrize("rule", RULES, ids=lambda r: r.kind)
def test_every_kind_of_rule_is_documented(rule):
    assert f"`{rule.kind}`" in DOCS["terms.md"]


def test_every_detector_is_documented():
    assert DETECTORS
    for name in ("thermal_anomaly", "report"):
        assert name in DOCS["detect.md"]


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_link_inside_the_repository_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_every_make_target_that_is_named_exists(page):
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`(?:[A-Z]+=\S+ )?make ([a-z]+)", page.read_text(encoding="utf-8")):
        assert re.search(rf"^{target}:", makefile, re.M), target


def test_the_agreements_of_the_readme_exist():
    for name in re.findall(r"agreements/([a-z0-9-]+)", README):
        assert (ROOT / "agreements" / name / "terms.yaml").is_file()
