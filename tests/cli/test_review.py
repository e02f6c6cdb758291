"""Two different people decide about an incident; the next report says so, and a new version reopens it."""

import json
import shutil

import pytest
from tests.cli.conftest import features, issues, judge, latest, refused, run

from trucewatch.core.records import Status


def decide(out, incident, who, status="verified", reason="seen on site", key=None):
    return run("review", "decide", incident, "--status", status, "--reason", reason, "--signer", who, "--key",
               out.parent / f"{key or who}.key", "--in", out)  # fmt: skip


def decided(out, incident, status="verified", reason="seen on site"):
    """Let two people decide the same."""
    for who in ("A. Person", "B. Person"):
        ran = decide(out, incident, who, status, reason)
        assert ran.code == 0, ran.err
    return ran


def standing(out, incident):
    return run("review", "show", incident, "--in", out, "--json").json["status"]


def groups(properties):
    return {s["group"] for s in properties["sources"]}


@pytest.fixture
def corroborated(copy):
    return next(i for i, p in features(copy).items() if len({g for g in groups(p) if g.startswith("observer")}) > 1)


@pytest.fixture
def alone(copy):
    return next(i for i, p in features(copy).items() if len(groups(p)) == 1)


def test_one_person_is_not_enough_and_two_are(copy, corroborated):
    first = decide(copy, corroborated, "A. Person")
    assert first.code == 0, first.err
    assert "stands as recorded" in first.out
    assert standing(copy, corroborated) == "recorded"
    assert "stands as verified" in decide(copy, corroborated, "B. Person").out
    assert standing(copy, corroborated) == "verified"


@pytest.mark.parametrize(("who", "key"), [("a.  person", "another"), ("Somebody Else", "A. Person")])
def test_the_same_person_twice_is_one(copy, corroborated, who, key):
    assert decide(copy, corroborated, "A. Person").code == 0
    assert decide(copy, corroborated, who, key=key).code == 0
    assert standing(copy, corroborated) == "recorded"


def test_an_incident_with_one_source_is_not_verified(copy, alone):
    refused(decide(copy, alone, "A. Person"), "1 independent source", "at least two")
    shown = run("review", "show", alone, "--in", copy, "--json").json
    assert shown["decisions"] == []


def test_an_incident_with_one_source_can_be_inconclusive_with_a_reason_from_the_list(copy, alone):
    refused(decide(copy, alone, "A. Person", "inconclusive", "who knows"), "no_access", "begin the reason")
    decided(copy, alone, "inconclusive", "no_access: the road was mined")
    assert standing(copy, alone) == "inconclusive"


def test_a_mission_may_allow_one_source_in_its_settings(copy, alone):
    settings = copy.parent / "settings.toml"
    settings.write_text("[review]\nallow_single_source = true\n")
    for who in ("A. Person", "B. Person"):
        assert run("review", "decide", alone, "--status", "verified", "--reason", "seen", "--signer", who, "--key",
                   copy.parent / f"{who}.key", "--in", copy, "--config", settings).code == 0  # fmt: skip
    assert run("review", "show", alone, "--in", copy, "--config", settings, "--json").json["status"] == "verified"
    assert judge(copy / "input", copy, "--config", settings).code == 0
    assert features(copy)[alone]["status"] == "verified"


def test_show_names_who_decided_what(copy, corroborated):
    decided(copy, corroborated, reason="seen by two patrols")
    text = run("review", "show", corroborated, "--in", copy).out
    for words in ("stands as verified", "A. Person", "B. Person", "seen by two patrols"):
        assert words in text


def test_the_next_report_says_what_was_decided_and_the_log_verifies(copy, corroborated):
    decided(copy, corroborated)
    version = latest(copy)[corroborated].version
    assert judge(copy / "input", copy).code == 0
    for edition in ("internal", "public"):
        assert features(copy, edition)[corroborated]["status"] == "verified"
        summary = json.loads((copy / edition / "summary.json").read_bytes())
        assert '"verified": 1' in json.dumps(summary)
    assert latest(copy)[corroborated].version == version
    assert latest(copy)[corroborated].status is Status.RECORDED
    assert run("verify", copy).code == 0


def test_no_name_of_a_reviewer_is_published(copy, corroborated):
    decided(copy, corroborated)
    assert judge(copy / "input", copy).code == 0
    for path in (copy / "public").iterdir():
        assert b"A. Person" not in path.read_bytes(), path.name


def test_a_new_version_reopens_what_was_decided(day, take, tmp_path):
    out, ahead = tmp_path / "out", tmp_path / "ahead"
    early = take("late", into="early", without=True)
    assert judge(early, out).code == 0
    shutil.copytree(out, ahead)
    assert judge(day / "input", ahead).code == 0
    changed = [i for i, now in latest(ahead).items() if now.version == 2 and now.status is Status.RECORDED]
    incident = changed[0]
    decided(out, incident, "not_a_violation", "a gas explosion")
    assert standing(out, incident) == "not_a_violation"
    assert judge(day / "input", out).code == 0
    assert standing(out, incident) == "recorded"
    assert features(out)[incident]["status"] == "recorded"
    told = [i for i in issues(out) if i["source"] == "review" and i["native_key"] == incident]
    assert {i["kind"] for i in told} == {"late"}
    assert "version 2" in told[0]["needed"]
    decided(out, incident, "not_a_violation", "a gas explosion all the same")
    assert judge(day / "input", out).code == 0
    assert features(out)[incident]["status"] == "not_a_violation"
    assert not [i for i in issues(out) if i["source"] == "review"]


@pytest.mark.parametrize(
    ("word", "say"), [("true", "needed one of"), ("merged", "needed one of"), ("", "needed one of")]
)
def test_a_status_that_nobody_can_decide_is_refused(copy, corroborated, word, say):
    refused(decide(copy, corroborated, "A. Person", word), say)
    assert not (copy.parent / "A. Person.key").exists()


@pytest.mark.parametrize(("who", "reason", "say"), [(" ", "seen", "no name"), ("A. Person", " ", "no reason")])
def test_a_decision_without_a_name_or_a_reason_is_refused(copy, corroborated, who, reason, say):
    refused(decide(copy, corroborated, who, reason=reason, key="some"), say)


def test_an_unknown_incident_is_one_sentence(copy):
    refused(decide(copy, "TW-NOTHERE000", "A. Person"), "found no incident TW-NOTHERE000")
    refused(run("review", "show", "TW-NOTHERE000", "--in", copy), "found no incident TW-NOTHERE000")


def test_a_reviewer_without_the_key_of_the_log_is_told_so(copy, corroborated):
    (copy / "signing.key").unlink()
    ran = decide(copy, corroborated, "A. Person")
    refused(ran, "needed that signing key", code=1)
