"""Press reports: labels that are cut, dates without a time, points that stand for a region or a government."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.classes import CLASSES
from trucewatch.core.columns import integers, numbers, strings
from trucewatch.core.gazetteer import lookup
from trucewatch.core.issue import IssueKind
from trucewatch.core.reading import Reading
from trucewatch.core.tables import OBSERVATIONS
from trucewatch.core.times import HOUR_NS, parse_instant
from trucewatch.sense import Config, Source, viina_csv
from trucewatch.sense.press_limits import PressConfig
from trucewatch.sense.press_names import consonants, names_region, names_town, words_of
from trucewatch.sense.press_words import LABELS, full_label, joint_class, meanings

HEADER = '"datetime","lon","lat","place_name","event_type","headline"'
KHERSON = ("32.61458", "46.63695", "Kherson")
POLTAVA = ("34.55367", "49.58925", "Poltava")
KYIV = ("30.5238", "50.45466", "Kyiv")
FIELD = ("33.48", "46.56", "Nowhere Farm")  # inside the region of Kherson, under a name that no headline has


def row(headline, place=KHERSON, when="2023-07-04 00:00:00", labels="artillery|loc"):
    return ",".join('"' + f.replace('"', '""') + '"' for f in (when, *place, labels, headline))


def read(*rows: str, press: PressConfig | None = None, **limits: object) -> Reading:
    data = ("\ufeff" + "\n".join([HEADER, *rows]) + "\n").encode()
    (reading,) = viina_csv.read(Source("press.csv", data, Config(press=press or PressConfig(), **limits)))
    OBSERVATIONS.check(reading.table)
    return reading


def test_a_date_without_a_time_is_a_day_in_kyiv_also_when_the_clocks_change():
    table = read(row("Вибухи у Херсоні", when="2023-03-26 00:00:00")).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2023-03-26T00:00:00+02:00")
    assert integers(table, "t_end_ns")[0] == parse_instant("2023-03-27T00:00:00+03:00")


@pytest.mark.parametrize(("when", "offset"), [("2023-07-04", "+03:00"), ("2023-01-04", "+02:00")])
def test_a_time_is_when_it_was_published_in_kyiv_and_the_happening_lies_before_it(when, offset):
    table = read(row("Вибухи у Херсоні", when=f"{when} 10:48:00"), press=PressConfig(lag_s=3600.0)).table
    assert integers(table, "t_start_ns")[0] == parse_instant(f"{when}T09:48:00{offset}")
    assert integers(table, "t_end_ns")[0] == parse_instant(f"{when}T10:49:00{offset}")


def test_an_hour_that_comes_twice_widens_the_interval_to_both_readings():
    table = read(row("Вибухи у Херсоні", when="2023-10-29 03:30:00"), press=PressConfig(lag_s=0.0)).table
    assert integers(table, "t_start_ns")[0] == parse_instant("2023-10-29T03:30:00+03:00")
    assert integers(table, "t_end_ns")[0] == parse_instant("2023-10-29T03:31:00+02:00")


@pytest.mark.parametrize(("label", "whole"), [
    ("arresb", "arrest"), ("retreab", "retreat"), ("firefighb", "firefight"), ("airalerb", "airalert"),
    ("artil", "artillery"), ("uav", "uav"), ("air", None), ("xyz", None), ("", None), ("b", None),
])  # fmt: skip
def test_a_cut_label_is_the_only_one_that_begins_so(label, whole):
    assert full_label(label) == whole


def test_an_unknown_label_is_passed_over_with_one_issue_that_counts_it(rows_of):
    reading = read(row("Обстріл Херсона", labels="meteor|loc"), row("Ще один обстріл Херсона", labels="meteor"))
    assert [i.found for i in reading.issues if "label" in i.found] == ["the label 'meteor' in 2 rows"]
    assert strings(reading.table, "class").tolist() == ["explosion", "explosion"]


@pytest.mark.parametrize(("headline", "labels", "cls"), [
    ("Війська обстріляли Полтаву", "", "explosion"),
    ("Войска обстреляли Полтаву из миномета", "loc", "explosion"),
    ("Авіація завдала авіаударів по Полтаві", "artillery|loc", "airstrike"),
    ("У Полтаві пролунав вибух", "ied|loc", "explosion"),
    ("Над Полтавою збили два безпілотники", "aad|loc", "aerial_attack"),
    ("Беспилотники атаковали Полтаву", "airstrike|loc", "aerial_attack"),
    ("Дрон влучив у склад у Полтаві, є поранені", "uav|civcas|loc", "drone_strike"),
    ("Ракета влучила у школу", "artillery|property", "missile_strike"),
    ("Ракеты сбила ПВО", "", "aerial_attack"),
    ("Авіаудар і влучання дрона", "", "explosion"),
    ("Тривають бої біля села", "", "ground_battle"),
    ("Бої біля села, артилерія обстрілює позиції", "", "fire_event"),
    ("Завдяки дрону знайшли корову", "loc", None),
    ("Внаслідок ДТП загинули двоє людей", "civcas|loc", None),
    ("Загинув мешканець міста", "civcas|loc", "casualty"),
    ("Пошкоджено дах школи", "property", "damage"),
    ("Поліція затримала чоловіка", "arresb", "detention"),
    ("Село під контролем", "control|occupy", "control_change"),
    ("Shelling of the town", "", "explosion"),
    ("18 снарядов натовского калибра", "", "explosion"),
    ("У місті відкрили виставку", "loc", None),
    ("У місті відкрили виставку", "artillery|loc", "explosion"),
    ("", "artillery", "explosion"),
])  # fmt: skip
def test_words_of_weapons_go_before_labels_and_weapons_before_effects(headline, labels, cls):
    assert meanings(pa.array([headline]), pa.array([labels])).cls.tolist() == [cls]


@pytest.mark.parametrize("words", ["{} обстріляли Полтаву", "{} завдали авіаудару", "Дрон {} влучив у склад"])
def test_the_class_does_not_depend_on_whose_side_it_is(words):
    both = [words.format(side) for side in ("війська півночі", "війська півдня")]
    north, south = meanings(pa.array(both), pa.array(["", ""])).cls
    assert north == south is not None


def test_the_narrowest_class_that_fits_all_does_not_depend_on_their_order():
    assert joint_class(["explosion", "airstrike"]) == joint_class(["airstrike", "explosion"]) == "airstrike"
    assert joint_class(["drone_strike", "explosion", "airstrike"]) == "explosion"
    assert joint_class(["ground_battle", "airstrike", "explosion"]) == "fire_event"


def test_a_label_that_the_headline_does_not_bear_out_is_doubtful():
    reading = read(row("У Херсоні відкрили виставку", labels="artillery|loc"), row("Обстріл у Херсоні", labels=""))
    assert strings(reading.table, "credibility").tolist() == ["4", "3"]


def test_an_announced_alarm_is_no_happening_whatever_its_labels():
    reading = read(row("Повітряна тривога(10:50). Херсон. Усім негайно в укриття!", labels="artillery|civcas"))
    assert strings(reading.table, "state").tolist() == ["aside"]
    assert strings(reading.table, "class").tolist() == [None]


def test_a_row_that_names_no_happening_is_kept_aside_and_counted_in_one_issue():
    reading = read(row("У Херсоні відкрили виставку", labels="loc"), row("Обстріл Херсона"))
    assert strings(reading.table, "state").tolist() == ["aside", "accepted"]
    assert any("1 of 2 rows" in i.found for i in reading.issues)


def test_one_headline_at_several_places_is_one_text_and_its_copies_count_once():
    table = read(
        row("Обстріл Херсона і Полтави", KHERSON), row("Обстріл Херсона і Полтави", POLTAVA),
        row("«ОБСТРІЛ» Херсона, і Полтави!", POLTAVA, "2023-07-05 00:00:00"), row("Обстріл Полтави", POLTAVA),
    ).table  # fmt: skip
    first, second, copy, other = strings(table, "group")
    assert first == second == copy != other
    assert first.startswith("viina:")
    assert strings(table, "state").tolist() == ["accepted"] * 4


def test_the_same_words_place_and_day_are_a_duplicate_though_labels_and_minutes_differ(rows_of):
    reading = read(
        row("Обстріл Херсона", when="2023-07-04 10:00:00"),
        row("Обстріл Херсона", when="2023-07-04 12:00:00", labels="civcas"),
        row("Обстріл Херсона", when="2023-07-05 10:00:00"),
    )
    assert strings(reading.table, "state").tolist() == ["accepted", "duplicate", "accepted"]
    assert rows_of(reading, IssueKind.DUPLICATE) == [2]


def test_ten_thousand_copies_count_once_and_do_not_flood_the_issues():
    reading = read(*[row("Обстріл Херсона")] * 10_000, issues_per_kind=5)
    assert np.count_nonzero(strings(reading.table, "state") == "accepted") == 1
    assert len(reading.issues) == 6


def test_a_town_that_the_headline_names_has_its_true_extent():
    table = read(row("Обстріл у Херсоні")).table
    (town,) = [s for s in lookup("Kherson") if s.country == "UA" and s.population > 10_000]
    assert strings(table, "place_kind")[0] == "settlement"
    assert numbers(table, "size1_m")[0] == town.radius_m > 2000.0


def test_each_town_has_what_its_own_sentence_says():
    text = "Війська обстріляли Херсон. Авіація завдала авіаударів по Полтаві."
    table = read(row(text, KHERSON), row(text, POLTAVA), row(text, FIELD)).table
    assert strings(table, "class").tolist() == ["explosion", "airstrike", "airstrike"]
    assert len(set(strings(table, "group"))) == 1


def test_a_region_that_is_named_at_a_town_s_point_is_the_region():
    rows = [row(f"Обстріл у Полтаві, номер {i}", POLTAVA) for i in range(6)]
    table = read(
        *rows, row("Обстріл у Полтавській області", POLTAVA), row("Обстріл у Полтавській та Сумській областях", POLTAVA)
    ).table
    assert strings(table, "place_kind").tolist() == ["settlement"] * 6 + ["candidates"] * 2


def test_another_spelling_of_a_town_is_the_same_town():
    table = read(row("Обстріл Миколаєва", ("31.9946", "46.9659", "Mykolayiv"))).table
    assert numbers(table, "size1_m")[0] > 5000.0


def test_a_village_that_the_gazetteer_does_not_know_lies_at_its_point():
    table = read(row("Обстріл села Вигадане", ("33.0", "47.0", "Vyhadane"))).table
    assert (numbers(table, "lon_deg")[0], numbers(table, "size1_m")[0]) == (33.0, 500.0)


def test_the_centre_of_a_region_is_not_taken_for_the_village_beside_it():
    rows = [row(f"На Херсонщині стався обстріл, номер {i}", FIELD) for i in range(6)]
    reading = read(*rows)
    assert set(strings(reading.table, "place_kind")) == {"candidates"}
    assert numbers(reading.table, "size1_m").min() > 30_000.0
    assert any("6 rows that stand on the centre of a region" in i.found for i in reading.issues)


def test_a_shared_point_that_no_headline_speaks_of_is_no_place_and_doubtful():
    table = read(*[row(f"Тут стався обстріл, номер {i}", FIELD) for i in range(6)]).table
    assert set(strings(table, "place_kind")) == {None}
    assert set(strings(table, "credibility")) == {"4"}


def test_the_place_is_the_town_that_the_headline_names_near_a_wrong_point():
    near = ("37.584", "48.739", "Nowhere Farm")
    table = read(*[row(f"У Краматорську стався обстріл, номер {i}", near) for i in range(6)]).table
    (town,) = [s for s in lookup("Kramatorsk") if s.country == "UA"]
    assert np.allclose(numbers(table, "lon_deg"), town.lon_deg, atol=0.01)
    assert np.allclose(numbers(table, "lat_deg"), town.lat_deg, atol=0.01)


def test_a_capital_without_a_preposition_is_a_government_and_no_place():
    table = read(row("Киев заявил об обстреле", KYIV), row("Обстріл у Києві", KYIV)).table
    assert strings(table, "place_kind").tolist() == [None, "settlement"]
    assert strings(table, "credibility").tolist() == ["4", "3"]


def test_a_front_is_wider_than_the_town_after_which_it_is_called():
    rows = [row(f"Обстріл у Полтаві, номер {i}", POLTAVA) for i in range(6)]
    reading = read(*rows, row("Обстріл на Полтавському напрямку", POLTAVA))
    size_m = numbers(reading.table, "size1_m")
    assert size_m[-1] == PressConfig().area_radius_m > size_m[0]


def test_a_point_of_few_headlines_that_none_names_is_a_pin_and_a_wide_one_where_only_its_region_is_named():
    table = read(row("Обстріл лісосмуги", FIELD), row("Обстріл на Херсонщині", ("33.5", "46.5", "Farm"))).table
    assert numbers(table, "size1_m").tolist() == [PressConfig().pin_radius_m, PressConfig().area_radius_m]


@pytest.mark.parametrize(("text", "name", "town"), [
    ("Вибухи у Херсоні", "Kherson", True), ("Под Херсоном взрывы", "Kherson", True), ("Херсонщина", "Kherson", False),
    ("На Херсонському напрямку", "Kherson", False), ("в Херсонской области", "Kherson", False),
    ("у Донецькій та Луганській областях", "Donetsk", False), ("У Донецьку та області", "Donetsk", True),
    ("Обстріляли Торське", "Torske", True), ("у Запоріжжі", "Zaporizhzhya", True), ("херсон", "Kherson", False),
    ("Десна", "Odesa", False), ("в Одессе", "Odesa", True), ("", "Kherson", False), ("Херсон", "", False),
])  # fmt: skip
def test_a_name_is_found_in_either_script_and_any_case_but_not_in_the_name_of_its_region(text, name, town):
    assert names_town(words_of(text), name) is town


@pytest.mark.parametrize(("text", "region", "named"), [
    ("На Харківщині", "Kharkiv", True), ("Харьковская область", "Kharkiv", True), ("У Харкові", "Kharkiv", False),
    ("Донеччина", "Donetsk", True), ("Одещина", "Odesa", True), ("у Криму", "Crimea", True),
    ("Kharkiv region", "Kharkiv", True),
])  # fmt: skip
def test_a_region_is_told_from_the_town_of_its_name(text, region, named):
    assert names_region(words_of(text), region) is named


def test_spellings_of_one_name_have_the_same_consonants():
    assert consonants("Kherson") == consonants("Херсон") == consonants("Cherson".replace("Ch", "Kh"))
    assert consonants("Bakhmut") == consonants("Бахмут")


def test_bad_rows_become_issues_and_their_good_neighbours_go_on(rows_of):
    reading = read(
        row("Обстріл Херсона"), row("Обстріл", ("400", "46", "X")), row("Обстріл", ("0", "0", "X")),
        row("Обстріл", when="2023-13-41 00:00:00"), row("", when="2023-07-04 00:00:00"), row("Обстріл", when=""),
        row("Обстріл завтра", when="2023-07-09 00:00:00"),
        '"2023-07-04 00:00:00","1","2"', row("Обстріл Полтави", POLTAVA),
        not_after_ns=parse_instant("2023-07-05T00:00:00Z"),
    )  # fmt: skip
    assert integers(reading.table, "row").tolist() == [1, 9]
    assert sorted(rows_of(reading, IssueKind.REJECTED)) == [2, 3, 4, 5, 6, 7, 8]


def test_a_file_without_rows_gives_a_table_without_rows():
    assert read().table.num_rows == 0


def test_the_raw_bytes_of_a_row_come_back():
    data = "\n".join([HEADER, row("Один"), row('Два, "три"')]).encode()
    assert viina_csv.raw_row(data, 2).decode() == row('Два, "три"')


def test_the_file_is_known_by_its_header_with_a_byte_order_mark():
    assert viina_csv.detect(("\ufeff" + HEADER + "\n").encode())
    assert not viina_csv.detect(b"region,started_at,finished_at,naive\n")


ROWS = [row(f"{what} {where} {i}", place, labels=labels) for i, (what, where, place, labels) in enumerate([
    ("Обстріл", "Херсона", KHERSON, "artillery|loc"), ("Вибух", "у Полтаві", POLTAVA, ""),
    ("Виставка", "у Полтаві", POLTAVA, "loc"), ("Авіаудар", "по Херсону", KHERSON, "airstrike"),
    ("Киев заявил об обстреле", "", KYIV, ""), ("Обстріл", "на Херсонщині", FIELD, "artillery"),
])]  # fmt: skip


@settings(max_examples=20)
@given(st.permutations([*ROWS, ROWS[0], ROWS[3]]))
def test_the_order_of_rows_does_not_matter_for_classes_groups_and_places(rows):
    def told(reading: Reading) -> set[tuple[object, ...]]:
        names = ("text", "class", "group", "credibility", "place_kind", "lon_deg", "size1_m")
        return set(zip(*(reading.table.column(n).to_pylist() for n in names), strict=True))

    assert told(read(*rows)) == told(read(*ROWS))


@settings(max_examples=50)
@given(st.text(), st.sampled_from(LABELS))
def test_any_text_has_a_class_of_the_tree_or_none(text, label):
    (cls,) = meanings(pa.array([text]), pa.array([label])).cls
    assert cls is None or cls in CLASSES
    assert names_town(words_of(text), text) in (True, False)


def test_every_row_of_three_real_months_is_kept_and_stands_in_its_own_day(shared_data):
    rows = placed = aside = copies = 0
    for file in sorted((shared_data / "viina").glob("*.csv")):
        (reading,) = viina_csv.read(Source(file.name, file.read_bytes()))
        state, size_m = strings(reading.table, "state"), numbers(reading.table, "size1_m")
        length = integers(reading.table, "t_end_ns") - integers(reading.table, "t_start_ns")
        assert np.all((length >= 23 * HOUR_NS) & (length <= 25 * HOUR_NS))
        rows += len(state)
        aside, copies = aside + np.count_nonzero(state == "aside"), copies + np.count_nonzero(state == "duplicate")
        placed += np.count_nonzero((state == "accepted") & np.isfinite(size_m))
    assert rows == 33_026
    assert copies > 8_000
    assert aside > 8_000
    assert placed > 10_000
