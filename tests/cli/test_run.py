"""What `run` does with a log that is there already, or with more than a leaf can name."""

import json
import os

from tests.cli.conftest import features, issues, judge, latest, run, truce

from trucewatch.evidence import Log, LogReader, load_or_create_key

CIR = "entry,date,event_group,brief description,lat,lon,link\n"


def kinds(out):
    reader = LogReader(out)
    return [reader.envelope(i).kind for i in range(len(reader))]


def test_a_period_with_more_incidents_than_a_leaf_can_name_is_traced_to_all_of_them(tmp_path):
    rows = [f"E{n},2023-06-01,Bombing or Explosion,blast {n},{48 + n // 40 / 25},{33 + n % 40 / 10},https://e.org/{n}"
            for n in range(1000)]  # fmt: skip
    (tmp_path / "list.csv").write_text(CIR + "\n".join(rows) + "\n")
    out = tmp_path / "out"
    ran = truce(tmp_path / "list.csv", out, "--json")
    assert ran.code == 0, ran.err
    assert len(features(out)) > 950
    assert run("verify", out).code == 0
    period = len(kinds(out)) - 1 - kinds(out)[::-1].index("verdict")
    chain = run("trace", period, "--in", out, "--json").json
    assert chain[0]["kind"] == "verdict"
    assert {s["id"] for s in chain if s["kind"] == "incident"} == set(features(out))


def test_rows_whose_key_was_destroyed_stay_out_and_the_run_goes_on(copy):
    with Log.open(copy, load_or_create_key(copy / "signing.key"), lambda: 0, os.urandom) as log:
        log.destroy_key(kinds(copy).index("segment"), "consent withdrawn")
    ran = judge(copy / "input", copy)
    assert ran.code == 0, ran.err
    assert run("verify", copy).code == 0
    assert [i for i in issues(copy) if "destroyed" in i["found"]]


def test_a_stricter_setting_gives_new_verdicts_and_says_which_settings_made_them(copy):
    settings = copy.parent / "s.toml"
    settings.write_text("[terms]\np_breach = 0.9999\np_clear = 0.0\n")
    before, words = kinds(copy).count("verdict"), verdicts(copy)
    first = json.loads((copy / "internal" / "summary.json").read_bytes())
    assert judge(copy / "input", copy, "--config", settings).code == 0
    again = json.loads((copy / "internal" / "summary.json").read_bytes())
    assert verdicts(copy) != words
    assert kinds(copy).count("verdict") > before
    assert {i.version for i in latest(copy).values()} == {1}
    assert json.dumps(first["versions"]) != json.dumps(again["versions"])


def verdicts(out):
    return {(i, v["clause"]): v["verdict"] for i, p in features(out).items() for v in p["verdicts"]}


def test_two_inputs_that_overlap_count_once(copy, tmp_path):
    out = tmp_path / "out"
    ran = judge(copy / "input", out, "--input", copy / "input" / "reports.csv")
    assert ran.code == 0
    again = [i for i in issues(out) if i["source"] == "reports.csv" and i["kind"] == "duplicate" and not i["row"]]
    assert [i["found"] for i in again] == ["a file that the log already holds"]


def test_a_day_ends_with_its_score_and_where_the_report_is(copy):
    said = run("scenario", "score", copy).out
    assert "recall" in said
    assert "precision" in said
