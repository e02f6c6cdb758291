"""Maps and charts: right shapes in right places, small, the same at every call, and told in words."""

import re
from dataclasses import replace

import numpy as np
import pytest
import shapely
from defusedxml.ElementTree import fromstring
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.agreement import Zone
from trucewatch.core.times import DAY_NS
from trucewatch.report import ENGLISH, Config, DayCoverage, MapLayers, daily
from trucewatch.report.charts import coverage_map, trend
from trucewatch.report.drawing import Frame, geometry_path
from trucewatch.report.map import incident_map, shape_of


def draw(day, incidents=None, **settings_):
    chosen = day.incidents if incidents is None else incidents
    return incident_map(chosen, day.agreement, day.layers, None, "UTC", ENGLISH, Config(**settings_))


def symbols(figure) -> int:
    """Incidents on a map: single marks and the numbers of sums."""
    body = figure.svg
    single = len(re.findall(r'class="mark (?:triangle|square|circle|diamond)"', body))
    lone = body.count('class="mark circle sum"') - body.count('class="sum-number"')
    return single + lone + sum(int(n.replace(",", "")) for n in re.findall(r'class="sum-number"[^>]*>([\d,]+)<', body))


def test_the_drawing_is_well_formed_and_told_in_words(day):
    root = fromstring(draw(day).svg)
    assert root.attrib["role"] == "img"
    assert "140 incidents" in next(e.text for e in root if e.tag == "desc")


def test_every_incident_inside_the_frame_is_drawn_or_summed_up(invented):
    assert symbols(draw(invented.make_day(12))) == 12
    many = invented.make_day(3000)
    assert symbols(draw(many)) == pytest.approx(3000, rel=0.02)  # the outermost may lie beyond the frame


def test_a_map_of_thousands_stays_small(invented):
    assert len(draw(invented.make_day(5000)).svg) < 150_000


@pytest.mark.parametrize(
    ("cls", "shape"),
    [("explosion", "triangle"), ("civilian_damage", "square"), ("fire", "circle"), ("overflight", "diamond"),
     (None, "diamond")],
)  # fmt: skip
def test_shapes_tell_classes_apart_without_colour(cls, shape):
    assert shape_of(cls) == shape


def test_incidents_of_low_probability_are_summed_up(day):
    faint = tuple(replace(i, p_real=0.1) for i in day.incidents[:5])
    assert not re.search(r'class="mark triangle"', draw(day, faint).svg)


def test_names_of_settlements_that_carry_markup_are_escaped(day):
    labels = (replace(day.layers.labels[0], name="<script>x</script>"),)
    figure = incident_map(
        day.incidents, day.agreement, replace(day.layers, labels=labels), None, "UTC", ENGLISH, Config()
    )
    assert "<script" not in figure.svg


def test_without_anything_to_draw_there_is_no_map(day):
    bare = replace(day.agreement, zones=())
    assert incident_map((), bare, MapLayers(), None, "UTC", ENGLISH, Config()) is None


@given(st.floats(-170, 170), st.floats(-60, 60), st.floats(0, 9), st.floats(0, 9))
@settings(max_examples=40)
def test_the_frame_holds_its_bounds_and_is_never_narrower_than_asked(west, south, wide, tall):
    bounds = (west, south, west + wide, south + tall)
    frame = Frame.around(bounds, 900, 80)
    x, y = frame.px(np.array([bounds[0], bounds[2]]), np.array([bounds[1], bounds[3]]))
    assert (x >= 0).all()
    assert (x <= frame.width).all()
    assert (y >= -0.5).all()
    assert (y <= frame.height + 0.5).all()
    assert frame.km_per_px * frame.width >= 79


def test_a_line_is_drawn_where_it_lies():
    frame = Frame(30.0, 40.0, 40.0, 50.0, 100.0, 100.0)
    assert geometry_path(shapely.LineString([(30, 50), (35, 45), (50, 30)]), frame) == "M0.0 0.0L100.0 100.0"


def test_coverage_cells_are_shaded_by_what_could_be_seen(invented):
    report = invented.make_coverage()
    figure = coverage_map(report, invented.LAYERS, ENGLISH, Config())
    cells = sum(path.count("M") for path in re.findall(r'class="cell shade-\d" d="([^"]+)"', figure.svg))
    unseen = re.search(r'class="cell shade-0" d="([^"]+)"', figure.svg)
    assert cells == len(report.cell_fraction)
    assert unseen is not None
    assert unseen[1].count("M") == int((report.cell_fraction == 0).sum())


def bars(day, days):
    starts = np.array([i.t_start_ns for i in day.incidents])
    return trend(replace(day, days=days), starts, starts + 1, "", ENGLISH, Config())


def test_the_chart_has_a_bar_for_every_day(invented):
    day = invented.make_day(50, 5)
    figure = bars(day, ())
    numbers = re.findall(r'class="bar-number"[^>]*>(\d+)<', figure.svg)
    assert len(numbers) == 5
    assert sum(map(int, numbers)) == 50


def test_days_without_known_coverage_are_crossed_not_empty(invented):
    day = invented.make_day(50, 5)
    figure = bars(day, tuple(DayCoverage(day.period_ns[0] + k * DAY_NS, passes=k) for k in range(3)))
    assert re.search(r'class="under" d="([^"]+)"', figure.svg)[1].count("l4 4") == 2
    assert "× nothing is known" in figure.notes[0]


def test_a_long_period_is_summed_by_weeks(invented):
    figure = bars(invented.make_day(50, 140), ())
    assert "seven days" in figure.caption
    assert re.search(r'class="bar" d="([^"]+)"', figure.svg)[1].count("z") == 20


def test_protected_objects_are_crosses_with_a_word_in_the_legend(day):
    school = Zone("school", "point", shapely.Point(37.5, 48.0), ("annex B",), name="School 12")
    page = daily.render(replace(day, agreement=replace(day.agreement, zones=(*day.agreement.zones, school)))).decode()
    assert 'class="object"' in page
    assert "protected object" in page
    assert 'class="object"' not in daily.render(day).decode()
