"""Weapon words of observers, lists and press as weapon classes."""

import pytest

from trucewatch.terms import WEAPONS, weapon_classes


@pytest.mark.parametrize(
    ("words", "cls"),
    [
        ("mortar_82", "mortar_82"),
        ("82-mm mortar", "mortar_82"),
        ("mortar (81mm)", "mortar_82"),
        ("120 mm mortar", "mortar_120"),
        ("artillery_152", "artillery_152"),
        ("152-mm self-propelled howitzer", "artillery_152"),
        ("M777", "artillery_155"),
        ("2S1 Gvozdika", "artillery_122"),
        ("MLRS BM-21 Grad", "mlrs_122"),
        ("MLRS (220mm)", "mlrs_220"),
        ("Tornado-S", "mlrs_300"),
        ("BM-27 Uragan", "mlrs_220"),
        ("HIMARS", "mlrs_227"),
        ("main battle tank T-72", "tank"),
        ("tank", "tank"),
        ("anti-tank guided missile", "anti_tank_missile"),
        ("heavy machine gun", "hmg"),
        ("12.7-mm HMG", "hmg"),
        ("small_arms", "small_arms"),
        ("IFV (BMP-2) cannon", "ifv_cannon"),
        ("FPV drone", "uav_fpv"),
        ("Shahed-136", "uav_one_way"),
        ("cruise missile", "cruise_missile"),
        ("glide bomb", "glide_bomb"),
        ("air strike", "aircraft"),
        ("Tochka-U", "tactical_missile"),
    ],
)
def test_words_that_name_one_class(words, cls):
    assert weapon_classes(words) == {cls}


@pytest.mark.parametrize(
    ("words", "some"),
    [("mortar", {"mortar_60", "mortar_82", "mortar_120"}), ("artillery_NK", {"artillery_122", "artillery_152"}),
     ("MLRS", {"mlrs_122", "mlrs_300"}), ("drone", {"uav_fpv", "uav_one_way"})],
)  # fmt: skip
def test_coarse_words_keep_all_that_they_may_mean(words, some):
    assert some <= weapon_classes(words) < set(WEAPONS)
    assert len(weapon_classes(words)) > 1


@pytest.mark.parametrize("words", [None, "", "N/K", "not known", "something loud"])
def test_words_that_say_nothing_stay_unknown(words):
    assert weapon_classes(words) == frozenset()


def test_every_class_is_its_own_word():
    assert all(weapon_classes(name) == {name} for name in WEAPONS)
