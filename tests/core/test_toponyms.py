"""Places in invented sentences of the kind that headlines, logs and notes have."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.gazetteer import gazetteer
from trucewatch.core.parts import read_parts
from trucewatch.core.place import summarise
from trucewatch.core.position import Position, Unresolved, to_mgrs
from trucewatch.core.toponyms import mentions, resolve
from trucewatch.physics.geodesy import azimuth_deg, distance_m

# From the towns' own pages in general encyclopaedias, to a hundredth of a degree.
KHARKIV, KYIV, BAKHMUT, ORIKHIV = (36.23, 49.99), (30.52, 50.45), (38.00, 48.59), (35.79, 47.57)
CHASIV_YAR, NOVOSILKA, KRYVYI_RIH, UMAN = (37.85, 48.59), (36.84, 47.84), (33.39, 47.91), (30.22, 48.75)
ZAPORIZHZHIA, DNIPRO, MARIUPOL, AVDIIVKA = (35.14, 47.84), (35.05, 48.46), (37.55, 47.10), (37.74, 48.14)
KREMINNA, BROVARY, SUMY, KHERSON, SOLEDAR = (
    (38.22, 49.05),
    (30.79, 50.51),
    (34.80, 50.91),
    (32.62, 46.64),
    (38.09, 48.68),
)
NIKOPOL, SVATOVE, HULIAIPOLE, KUPIANSK = (34.39, 47.57), (38.15, 49.41), (36.26, 47.66), (37.62, 49.71)


def km(place: object, at: tuple[float, float]) -> float:
    """Kilometres from the heaviest part of a place to a point."""
    assert isinstance(place, Position), place
    lon, lat = place.lon_deg, place.lat_deg
    if place.parts is not None:
        parts = read_parts(place.parts)
        best = int(np.argmax(parts.weight))
        lon, lat = float(parts.lon_deg[best]), float(parts.lat_deg[best])
    return float(distance_m(np.array([lon]), np.array([lat]), np.array([at[0]]), np.array([at[1]]))[0]) / 1000


def middle(place: object) -> tuple[float, float, float]:
    """Mean longitude, latitude and 90 % radius in kilometres."""
    assert isinstance(place, Position), place
    lon, lat, radius_m = (float(v[0]) for v in summarise(place.places))
    return lon, lat, radius_m / 1000


@pytest.mark.parametrize(("words", "town"), [
    ("вибух у Харкові", KHARKIV), ("мешканці Харкова", KHARKIV), ("удар по Харкову", KHARKIV),
    ("над Харковом", KHARKIV), ("взрыв в Харькове", KHARKIV), ("под Харьковом", KHARKIV),
    ("обстріляли Умань", UMAN), ("в Умані", UMAN), ("над Уманню", UMAN), ("из Умани", UMAN),
    ("у Запоріжжі", ZAPORIZHZHIA), ("по Запоріжжю", ZAPORIZHZHIA), ("под Запорожьем", ZAPORIZHZHIA),
    ("у Дніпрі", DNIPRO), ("в Днепре горит склад", DNIPRO), ("в Днепропетровске", DNIPRO),
    ("у Маріуполі", MARIUPOL), ("из Мариуполя", MARIUPOL), ("під Маріуполем", MARIUPOL),
    ("в Авдіївці", AVDIIVKA), ("із Авдіївки", AVDIIVKA), ("под Авдеевкой", AVDIIVKA), ("обстріляли Авдіївку", AVDIIVKA),
    ("у Кремінній", KREMINNA), ("із Кремінної", KREMINNA), ("под Кременной", KREMINNA),
    ("у Броварах", BROVARY), ("із Броварів", BROVARY), ("над Броварами", BROVARY),
    ("у центрі Сум", SUMY), ("в Сумах", SUMY), ("по Сватовому", SVATOVE), ("в Сватово", SVATOVE),
    ("у Куп’янську", KUPIANSK), ("возле Купянска", KUPIANSK),
    ("near Bakhmut", BAKHMUT), ("strike on Kharkov", KHARKIV), ("in Zaporizhia", ZAPORIZHZHIA), ("Kyiv's centre", KYIV),
])  # fmt: skip
def test_every_case_of_a_name_is_its_settlement(words: str, town: tuple[float, float]) -> None:
    assert km(resolve(words), town) < 5


@pytest.mark.parametrize(("words", "town"), [
    ("у Часовому Яру", CHASIV_YAR), ("в Часовом Яре", CHASIV_YAR), ("із Часового Яру", CHASIV_YAR),
    ("Велику Новосілку обстріляно", NOVOSILKA), ("у Великій Новосілці", NOVOSILKA),
    ("в Великой Новоселке", NOVOSILKA), ("у Кривому Розі", KRYVYI_RIH), ("из Кривого Рога", KRYVYI_RIH),
    ("in Kryvyi Rih", KRYVYI_RIH), ("near Velyka Novosilka", NOVOSILKA),
])  # fmt: skip
def test_each_word_of_a_compound_name_is_declined(words: str, town: tuple[float, float]) -> None:
    assert km(resolve(words), town) < 5


def test_a_former_name_is_the_settlement_that_bore_it() -> None:
    assert km(resolve("бои в Артемовске"), BAKHMUT) < 5


def test_places_of_a_list_come_in_order_each_with_its_offsets() -> None:
    text = "Вночі обстріляли Оріхів, Гуляйполе та Нікополь"
    found = mentions(text)
    assert [m.text for m in found] == ["Оріхів", "Гуляйполе", "Нікополь"]
    assert all(text[m.start : m.end] == m.text for m in found)
    assert all(km(m.position, at) < 5 for m, at in zip(found, (ORIKHIV, HULIAIPOLE, NIKOPOL), strict=True))


def test_a_region_behind_a_name_tells_namesakes_apart_and_is_no_place_of_its_own() -> None:
    poltava, kharkiv = mentions("у Нікополі Харківської області"), mentions("у Нікополі Дніпропетровської області")
    assert len(poltava) == len(kharkiv) == 1
    assert km(poltava[0].position, (37.12, 48.89)) < 5
    assert km(kharkiv[0].position, NIKOPOL) < 5


def test_a_common_name_without_more_stays_a_distribution() -> None:
    found = resolve("в Іванівці")
    assert isinstance(found, Position)
    assert found.kind == "candidates"
    assert found.parts is not None
    assert len(read_parts(found.parts).weight) > 5


def test_a_hint_breaks_ambiguity() -> None:
    found = resolve("в Іванівці", near=(33.96, 46.72))
    assert km(found, (33.96, 46.72)) < 60
    assert isinstance(found, Position)
    assert middle(found)[2] < middle(resolve("в Іванівці"))[2]


def test_a_front_says_which_namesake_is_meant() -> None:
    assert km(resolve("в Іванівському на Бахмутському напрямку"), (37.90, 48.57)) < 5


def test_a_village_that_the_gazetteer_lacks_is_in_the_region_that_is_said() -> None:
    lon, lat, radius_km = middle(resolve("у селі Вигадане Сумської області"))
    assert abs(lon - 34) < 0.7
    assert abs(lat - 51) < 0.5
    assert 60 < radius_km < 150


def test_a_village_that_the_gazetteer_lacks_is_unresolved_with_a_reason() -> None:
    found = resolve("у селі Вигадане вибух")
    assert isinstance(found, Unresolved)
    assert "Вигадане" in found.reason


def test_between_two_towns_is_the_way_between_them() -> None:
    for words in ("між Бахмутом та Соледаром", "между Бахмутом и Соледаром", "between Bakhmut and Soledar"):
        lon, lat, radius_km = middle(resolve(f"Бої {words}"))
        assert math.hypot((lon - 38.045) * 73, (lat - 48.635) * 111) < 2
        assert 3 < radius_km < 8


@pytest.mark.parametrize("words", [
    "за 5 км на південь від Бахмута", "в 5 км южнее Бахмута", "5 км південніше Бахмута", "5 km south of Bakhmut",
    "в 5 километрах к югу от Бахмута",
])  # fmt: skip
def test_a_distance_and_a_direction_are_a_sector(words: str) -> None:
    found = resolve(words)
    assert isinstance(found, Position)
    assert found.kind == "sector"
    assert found.bearing_deg == 180
    assert found.size1_m < 5000 < found.size2_m
    assert found.size2_m - found.size1_m < 2500


def test_a_direction_alone_is_a_sector_close_by() -> None:
    for words, bearing in (
        ("к северо-западу от Бахмута", 315),
        ("східніше Бахмута", 90),
        ("south-west of Bakhmut", 225),
    ):
        found = resolve(words)
        assert isinstance(found, Position)
        assert (found.kind, found.size1_m, found.bearing_deg) == ("sector", 0, bearing)
        lon, lat, radius_km = middle(found)
        towards = azimuth_deg(np.array([BAKHMUT[0]]), np.array([BAKHMUT[1]]), np.array([lon]), np.array([lat]))[0]
        assert abs((towards - bearing + 180) % 360 - 180) < 15
        assert radius_km < 15


def test_the_south_of_a_town_is_the_town() -> None:
    assert km(resolve("in the south of Bakhmut"), BAKHMUT) < 3


def test_near_a_town_is_wider_than_the_town() -> None:
    town, near = resolve("у Соледарі"), resolve("поблизу Соледара")
    assert isinstance(town, Position)
    assert isinstance(near, Position)
    assert near.size1_m > town.size1_m + 3000
    assert km(near, SOLEDAR) < 3


@pytest.mark.parametrize(("words", "centre"), [
    ("на Харківщині", (36.4, 49.6)), ("Харківська область", (36.4, 49.6)), ("в Харьковской области", (36.4, 49.6)),
    ("Kharkiv region", (36.4, 49.6)), ("в Криму", (34.4, 45.3)), ("над Крымом", (34.4, 45.3)),
    ("на Закарпатті", (23.3, 48.4)), ("Київщина", (30.5, 50.3)), ("Івано-Франківська область", (24.6, 48.7)),
])  # fmt: skip
def test_a_region_is_spread_over_its_area(words: str, centre: tuple[float, float]) -> None:
    found = resolve(words)
    lon, lat, radius_km = middle(found)
    assert math.hypot((lon - centre[0]) * 73, (lat - centre[1]) * 111) < 30
    assert 60 < radius_km < 160
    assert isinstance(found, Position)
    assert found.parts is not None
    assert len(read_parts(found.parts).weight) <= 512


def test_two_regions_share_one_noun() -> None:
    assert [m.text for m in mentions("у Донецькій та Луганській областях")] == ["Донецькій", "Луганській областях"]


def test_a_capital_of_a_region_and_its_region_are_two_places() -> None:
    town, region = mentions("Тривога. Херсон, Херсонщина")
    assert km(town.position, KHERSON) < 5
    assert middle(region.position)[2] > 60


@pytest.mark.parametrize("words", ["Нікопольський район", "у Нікопольському районі", "Nikopol district"])
def test_a_district_is_around_its_centre(words: str) -> None:
    lon, lat, radius_km = middle(resolve(words))
    assert math.hypot((lon - NIKOPOL[0]) * 75, (lat - NIKOPOL[1]) * 111) < 5
    assert 20 < radius_km < 60


def test_a_district_of_a_city_lies_in_the_city() -> None:
    assert km(resolve("у Солом'янському районі Києва"), KYIV) < 10
    assert km(resolve("у Вигаданому районі Харкова"), KHARKIV) < 5


def test_a_front_is_around_the_town_that_it_is_called_after() -> None:
    for words in ("на Бахмутському напрямку", "на Артемовском направлении", "Bakhmut front"):
        lon, lat, radius_km = middle(resolve(words))
        assert math.hypot((lon - BAKHMUT[0]) * 73, (lat - BAKHMUT[1]) * 111) < 5
        assert 15 < radius_km < 40


def test_several_places_are_candidates_and_their_front_is_left_out() -> None:
    found = resolve("На Бахмутському напрямку обстріляли Часів Яр та Соледар")
    assert isinstance(found, Position)
    assert found.parts is not None
    assert len(read_parts(found.parts).weight) == 2


def test_grid_references_and_degrees_in_a_text_are_places() -> None:
    grid = to_mgrs(np.array([BAKHMUT[0]]), np.array([BAKHMUT[1]]))[0]
    for words in (f"Вогонь з {grid} о 9:40", "at 48.590, 38.000 this morning"):
        found = [m.position for m in mentions(words)]
        assert len(found) == 1
        assert km(found[0], BAKHMUT) < 4


@pytest.mark.parametrize("words", [
    "", "   ", "Вночі було тихо", "Київський патріархат відповів", "Маріупольський полк відзначили",
    'бригада "Азов" повернулась', "Дніпро-1 виграв матч", "форсировали Днепр на лодках", "на лівому березі Дніпра",
    "вулиця Бахмутська", "Київстар", "Бахмутська вулиця", "Запорізька АЕС", "речник Петро Гуляйпільський",
    "Рівно рік тому", "Крім того, все тихо",
    "Володимир Коваленко заявив", "the Shevchenkivskyi district", "42",
])  # fmt: skip
def test_what_only_looks_like_a_place_is_none(words: str) -> None:
    found = resolve(words)
    assert isinstance(found, Unresolved)
    assert found.text == words
    assert "found" in found.reason
    assert "needed" in found.reason


@pytest.mark.parametrize("apostrophe", ["'", "’", "ʼ", "`", "‘", "´"])
def test_every_apostrophe_is_the_same(apostrophe: str) -> None:
    assert km(resolve(f"у Куп{apostrophe}янську"), KUPIANSK) < 5


def test_decomposed_letters_and_yo_are_the_same() -> None:
    assert km(resolve("у Киі\u0308ві"), KYIV) < 5
    assert resolve("в Орёле") == resolve("в Орёле")
    assert km(resolve("в Королёве"), (23.13, 48.15)) < 20


_TOWNS = ["Харків", "Куп'янськ", "Часів Яр", "Нікополь", "Авдіївка", "Хмельницький", "Суми", "Орехов", "Kherson"]


@settings(max_examples=40)
@given(st.sampled_from(_TOWNS), st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_case_does_not_matter(town: str, change: object) -> None:
    assert callable(change)
    words = change(town) if change is not str.swapcase else town.upper().swapcase()
    plain, changed = resolve(town), resolve(words)
    assert isinstance(plain, Position)
    assert isinstance(changed, Position)
    assert (plain.lon_deg, plain.lat_deg) == (changed.lon_deg, changed.lat_deg)


_WORDS = st.sampled_from(
    ["між", "Бахмутом", "та", "5", "км", "на", "південь", "від", "Харкова", ",", ".", "-", '"', "області", "Донецької",
     "район", "Києва", "North", "of", "Kyiv", "region", "between", "and", "Крим", "’", "37T", "DP", "48.5,", "38.01",
     "Яр", "Іванівка"]
)  # fmt: skip


@settings(max_examples=50)
@given(st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=14).map(" ".join)))
def test_any_text_is_understood_or_not_but_never_fails(text: str) -> None:
    found = mentions(text)
    assert all(text[m.start : m.end] == m.text for m in found)
    assert [m.start for m in found] == sorted(m.start for m in found)
    assert found == mentions(text)
    one = resolve(text)
    assert one.text == text
    if isinstance(one, Position):
        assert all(math.isfinite(v) for v in middle(one))


def test_a_text_of_a_megabyte_is_read_whole() -> None:
    sentence = "Вночі на всіх напрямках було спокійно, лише під Оріховом чули далекі постріли, ніхто не постраждав. "
    text = sentence * 11_000
    assert len(text) > 1_000_000
    assert len(mentions(text)) == 11_000


def test_a_text_of_too_many_places_speaks_of_no_one_place() -> None:
    rows = [row for row in range(400) if gazetteer().country[row] == "UA" and not gazetteer().is_part[row]]
    few, many = (", ".join(gazetteer().name[row] for row in rows[:n]) for n in (12, 150))
    assert isinstance(resolve(f"in {few}"), Position)
    assert isinstance(resolve(f"in {many}"), Unresolved)
