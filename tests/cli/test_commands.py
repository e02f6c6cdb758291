"""Every command helps, refuses what is wrong in one sentence, and answers programs in JSON."""

import csv
import io
import json
import signal
import subprocess

import openpyxl
import pytest
import typer
from tests.cli.conftest import AGREEMENTS, DAY, TRUCEWATCH, judge, observed, refused, run, truce

from trucewatch.cli.app import app

GROUP = typer.main.get_command(app)
GROUPS = {(): GROUP, **{(name,): c for name, c in GROUP.commands.items() if hasattr(c, "commands")}}
COMMANDS = [(*words, name) for words, group in GROUPS.items() for name in group.commands if (name,) not in GROUPS]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_help_shows_an_example_that_begins_with_the_command(words):
    ran = run(*words, "--help")
    assert ran.code == 0
    assert f"Example: trucewatch {' '.join(words)}" in " ".join(ran.out.split())


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_wrong_option_ends_with_exit_code_2_and_no_traceback(words):
    ran = run(*words, "--no-such-option")
    assert ran.code == 2
    assert "No such option: --no-such-option" in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("words", GROUPS, ids=" ".join)
def test_without_a_command_the_help_is_shown(words):
    ran = run(*words)
    assert "Usage: trucewatch" in ran.out + ran.err
    assert "Traceback" not in ran.err


def test_an_unknown_command_is_refused():
    assert run("publish").code == 2


@pytest.mark.parametrize(("first", "last", "say"), [
    ("2023-06-31", "2023-06-30", "--from '2023-06-31'"), ("yesterday", "2023-06-30", "needed a day such as"),
    ("2023-06-30", "2023-06-01", "swap them"),
])  # fmt: skip
def test_a_wrong_period_is_one_sentence_and_writes_nothing(tmp_path, first, last, say):
    (tmp_path / "given").mkdir()
    refused(truce(tmp_path / "given", tmp_path / "out", days=(first, last)), say)
    assert not (tmp_path / "out").exists()


def test_an_input_that_is_not_there_writes_nothing(tmp_path):
    refused(truce(tmp_path / "nothing", tmp_path / "out"), "found no file or folder", "--input")
    assert not (tmp_path / "out").exists()


def test_output_inside_the_input_is_refused_since_a_run_would_read_itself(tmp_path):
    refused(truce(tmp_path, tmp_path / "out"), "inside the input folder")
    assert not (tmp_path / "out").exists()


def test_a_wrong_setting_is_one_sentence_and_writes_nothing(tmp_path):
    (tmp_path / "given").mkdir()
    (tmp_path / "s.toml").write_text("[terms]\np_brech = 0.9\n")
    ran = truce(tmp_path / "given", tmp_path / "out", "--config", tmp_path / "s.toml")
    refused(ran, "the setting 'p_brech'", "p_breach")
    assert not (tmp_path / "out").exists()


def test_run_answers_in_json(day, tmp_path):
    told = judge(day / "input" / "reports.csv", tmp_path / "out", "--json").json
    assert told == json.loads((tmp_path / "out" / "internal" / "summary.json").read_bytes())


def test_score_answers_in_json_and_in_words(day):
    assert run("scenario", "score", day, "--json").json
    assert "recall" in run("scenario", "score", day).out


def test_score_needs_the_truth(tmp_path):
    refused(run("scenario", "score", tmp_path), "needed the truth")


def test_make_writes_the_same_bytes_for_the_same_seed(tmp_path):
    for name in ("a", "b"):
        assert run("scenario", "make", "--out", tmp_path / name, "--seed", 3, "--agreement",
                   AGREEMENTS / "armistice-example").code == 0  # fmt: skip
    files = sorted(p.relative_to(tmp_path / "a") for p in (tmp_path / "a").rglob("*") if p.is_file())
    assert files
    assert all((tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files)


def test_a_day_does_not_replace_another_run(day, copy):
    refused(run("day", "--out", day, "--agreement", AGREEMENTS / "armistice-example"), "add --fresh")
    (copy / "truth" / "truth.parquet").unlink()
    refused(run("day", "--out", copy, "--fresh", "--agreement", AGREEMENTS / "armistice-example"), "other records")
    assert (copy / "log" / "checkpoint").is_file()


def test_a_fresh_day_removes_only_what_a_day_makes(copy):
    (copy / "my-notes.txt").write_text("keep me")
    ran = run("day", "--out", copy, "--fresh", "--seed", 5, "--agreement", AGREEMENTS / "armistice-example")
    assert ran.code == 0, ran.err
    assert (copy / "my-notes.txt").read_text() == "keep me"


def test_a_fresh_day_by_a_wrong_agreement_keeps_the_old_one(copy, tmp_path):
    refused(run("day", "--out", copy, "--fresh", "--agreement", tmp_path), "found no terms.yaml")
    assert run("verify", copy).code == 0


def test_look_says_what_each_file_is(day):
    told = run("sense", "look", day / "input", "--json").json
    formats = {t["file"]: t["format"] for t in told}
    assert formats["cameras.xlsx"] == formats["observers_hub_1.csv"] == "observer_form"
    assert formats["duty_log.csv"] == "duty_log"
    assert "observer_form" in run("sense", "look", day / "input").out


def test_look_at_nothing_is_one_sentence(tmp_path):
    refused(run("sense", "look", tmp_path / "no"), "found no file or folder")


OBSERVED = {
    "date": DAY, "time_from": "09:05", "time_zone": "Europe/Kyiv", "position_lon": "37.5", "position_lat": "48.0",
    "sector": "NE", "distance_from_km": "2", "distance_to_km": "4", "means": "heard", "number": "3",
    "observation": "explosion", "patrol": "P3",
}  # fmt: skip


def fill_csv(path):
    lines = path.read_text(encoding="utf-8").splitlines()
    names = next(csv.reader([lines[-1]]))
    out = io.StringIO()
    csv.DictWriter(out, names, lineterminator="\n").writerow(OBSERVED)
    path.write_text("\n".join(lines) + "\n" + out.getvalue(), encoding="utf-8")


def fill_xlsx(path):
    book = openpyxl.load_workbook(path)
    sheet = book["observations"]
    for column, cell in enumerate(sheet[1], start=1):
        sheet.cell(2, column).value = OBSERVED.get(cell.value)
    book.save(path)


@pytest.mark.parametrize(("name", "fill"), [("form.csv", fill_csv), ("form.xlsx", fill_xlsx)])
def test_a_form_can_be_filled_in_and_read_back(tmp_path, name, fill):
    path = tmp_path / name
    assert run("sense", "form", path).code == 0
    empty = run("sense", "look", path, "--json").json
    assert [(t["format"], t["rows"], t["issues"]) for t in empty] == [("observer_form", 0, 0)]
    fill(path)
    assert judge(path, tmp_path / "out").code == 0
    assert len(observed(tmp_path / "out")) == 1


def test_a_form_in_another_format_is_refused(tmp_path):
    refused(run("sense", "form", tmp_path / "form.docx"), "needed .csv or .xlsx")
    refused(run("sense", "form", tmp_path / "no" / "form.csv"), "No such file")


def test_a_form_does_not_write_over_one_that_is_there(tmp_path):
    (tmp_path / "form.csv").write_text("filled in already")
    refused(run("sense", "form", tmp_path / "form.csv"), "form.csv")
    assert (tmp_path / "form.csv").read_text() == "filled in already"


def test_the_program_itself_ends_with_the_exit_codes_that_are_promised(tmp_path):
    def code(*words):
        return subprocess.run([*TRUCEWATCH, *words], capture_output=True, check=False)

    assert code("--help").returncode == 0
    wrong = code("verify", str(tmp_path))
    assert (wrong.returncode, wrong.stdout) == (2, b"")
    assert wrong.stderr.startswith(b"trucewatch: found no log")


def test_a_run_that_is_interrupted_ends_quietly_and_lets_the_next_writer_in(day, tmp_path):
    out = tmp_path / "out"
    command = [*TRUCEWATCH, "run", "--agreement", AGREEMENTS / "armistice-example", "--input", day / "input",
               "--from", DAY, "--to", DAY, "--out", out]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        while not (out / "log").is_dir() and process.poll() is None:
            pass
        process.send_signal(signal.SIGINT)
        _, err = process.communicate()
    assert process.returncode not in (0, 2)
    assert "Traceback" not in err
    assert judge(day / "input", out).code == 0


def test_a_reader_that_goes_away_is_no_error(day):
    with subprocess.Popen(
        [*TRUCEWATCH, "agreement", "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
