"""The tree of classes: one root, no loops, and laws that hold for every pair."""

from itertools import product

import pytest

from trucewatch.core.classes import CLASSES, PARENT, ancestors, common_class, compatible, is_a

PAIRS = list(product(sorted(CLASSES), repeat=2))


def test_every_class_leads_up_to_event() -> None:
    assert {ancestors(c)[-1] for c in CLASSES} == {"event"}
    assert [c for c in CLASSES if PARENT[c] is None] == ["event"]


def test_an_impact_is_an_explosion_and_a_use_of_weapons() -> None:
    assert is_a("impact", "explosion") is True
    assert is_a("impact", "fire_event") is True


def test_a_detention_is_no_explosion() -> None:
    assert is_a("detention", "explosion") is False


@pytest.mark.parametrize("cls", [None, "event", "fire_event"])
def test_an_unknown_or_coarse_class_cannot_tell_whether_it_was_an_impact(cls: str | None) -> None:
    assert is_a(cls, "impact") is None


def test_of_two_compatible_classes_the_narrower_is_common() -> None:
    assert common_class("explosion", "impact") == "impact"


def test_an_unknown_class_yields_the_other() -> None:
    assert common_class(None, "shot") == "shot"
    assert common_class(None, None) is None


def test_a_shot_and_an_impact_have_weapons_fire_in_common() -> None:
    assert common_class("shot", "impact") == "fire_event"


def test_a_shell_may_be_heard_and_burn_and_kill() -> None:
    assert compatible("explosion", "thermal")
    assert compatible("explosion", "casualty")
    assert compatible("fire", "civilian_damage")


def test_industrial_heat_is_no_trace_of_an_explosion() -> None:
    assert not compatible("industrial_heat", "explosion")


def test_a_burial_and_an_overflight_are_two_happenings() -> None:
    assert not compatible("burial", "overflight")


def test_common_class_and_compatible_do_not_depend_on_order() -> None:
    for a, b in PAIRS:
        assert common_class(a, b) == common_class(b, a)
        assert compatible(a, b) == compatible(b, a)


def test_every_class_agrees_with_itself() -> None:
    for c in CLASSES:
        assert is_a(c, c) is True
        assert compatible(c, c)
        assert common_class(c, c) == c


def test_a_class_and_any_class_above_it_are_compatible() -> None:
    assert all(compatible(c, above) for c in CLASSES for above in ancestors(c))


def test_the_common_class_lies_above_or_is_one_of_both() -> None:
    for a, b in PAIRS:
        common = common_class(a, b)
        assert common in (a, b) or (common in ancestors(a) and common in ancestors(b))


@pytest.mark.parametrize("harmless", ["thunder", "quarry_blast"])
def test_thunder_and_quarry_blasts_are_no_use_of_weapons(harmless: str) -> None:
    assert is_a(harmless, "fire_event") is False


def test_a_large_blast_is_an_explosion() -> None:
    assert is_a("large_blast", "explosion") is True


@pytest.mark.parametrize("harmless", ["thunder", "quarry_blast"])
def test_what_sounds_alike_may_be_one_happening_of_unknown_class(harmless: str) -> None:
    assert compatible(harmless, "explosion")
    common = common_class(harmless, "explosion")
    assert is_a(common, "fire_event") is None


def test_a_quarry_blast_leaves_no_war_damage() -> None:
    assert not compatible("quarry_blast", "military_damage")
