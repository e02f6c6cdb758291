"""Settings: the defaults, what a TOML file changes, and what it may not."""

from dataclasses import fields

import pytest

from trucewatch.config import Config, config_digest, read_config
from trucewatch.core.errors import ConfigError


@pytest.fixture
def settings(tmp_path):
    """Read settings from text."""

    def read(text):
        path = tmp_path / "settings.toml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_config(path)

    return read


def test_without_a_file_all_is_as_the_rooms_declare_it():
    assert read_config(None) == Config()


def test_an_empty_file_changes_nothing(settings):
    assert settings("") == Config()
    assert config_digest(settings("")) == config_digest(Config())


def test_a_setting_changes_itself_and_nothing_else(settings):
    changed = settings("context_days = 10\n[terms]\np_breach = 0.9\n")
    assert (changed.context_days, changed.terms.p_breach) == (10, 0.9)
    assert changed.terms.p_clear == Config().terms.p_clear
    same = [f.name for f in fields(Config) if getattr(changed, f.name) == getattr(Config(), f.name)]
    assert set(same) == {f.name for f in fields(Config)} - {"context_days", "terms"}


def test_lists_whole_numbers_and_unset_settings_are_understood(settings):
    changed = settings(
        '[review]\nown_witnesses = ["observer", "post"]\nreviewers = [["A. Person", "00ff"]]\n[fuse]\nnear_m = 300\n'
        "[sense]\nnot_after_ns = 1_800_000_000_000_000_000\n"
    )
    assert changed.review.own_witnesses == ("observer", "post")
    assert changed.review.reviewers == (("A. Person", "00ff"),)
    assert changed.fuse.near_m == 300.0
    assert changed.sense.not_after_ns == 1_800_000_000_000_000_000


@pytest.mark.parametrize("text", ["context_days = 22", "[report]\ntop_incidents = 7", "[sense]\nyear_min = 2000"])
def test_the_digest_changes_with_any_setting(settings, text):
    assert config_digest(settings(text)) != config_digest(Config())


def test_every_room_with_settings_has_a_table(settings):
    for name in ("sense", "detect", "locate", "fuse", "coverage", "terms", "review", "release", "report"):
        assert settings(f"[{name}]\n") == Config()


WRONG = [
    ("contxt_days = 3", "the setting 'contxt_days' in settings.toml; needed one of sense"),
    ("[terms]\np_brech = 0.9", "the setting 'p_brech' in settings.toml, terms; needed one of p_breach"),
    ("[weather]\n", "the setting 'weather'"),
    ("terms = 3", "3 at settings.toml, terms; needed a table of settings"),
    ("context_days = 1.5", "needed a value of type int"),
    ("context_days = true", "needed a value of type int"),
    ('context_days = "21"', "needed a value of type int"),
    ("[terms]\nkeep_unconcerned = 1", "needed a value of type bool"),
    ('[review]\nown_witnesses = "observer"', "needed a value of type tuple"),
    ("context_days = -1", "needed a number of 0 or more"),
    ("context_days = 100000", "needed 0 to 366"),
    ("[terms]\np_breach = 1.5", "needed a probability of 0 to 1"),
    ("[terms]\np_breach = nan", "needed a probability"),
    ("[terms]\nmin_seen = inf", "needed a number of 0 or more"),
    ("[terms]\np_breach = 0.01", "needed 0 <= p_clear < p_breach"),
    ("[coverage]\nreport_cell_km = 1.0", "where the mission stands"),
    ("[release]\ncell_km = 0.1", "where the mission stands"),
    ("[release]\ntime_step_ns = 0", "needed at least 1"),
    ("[terms", "unreadable"),
    (b"\xff\xfe", "unreadable"),
]


@pytest.mark.parametrize(("text", "say"), WRONG, ids=[str(w[0]) for w in WRONG])
def test_a_wrong_setting_is_one_sentence(settings, text, say):
    with pytest.raises(ConfigError) as caught:
        settings(text)
    assert say in str(caught.value)
    assert str(caught.value).startswith("found ")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ConfigError, match=r"found none\.toml unreadable"):
        read_config(tmp_path / "none.toml")
