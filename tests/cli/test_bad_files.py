"""A folder of everything that goes wrong, run end to end: each fault is an issue, and the good rows go on."""

import io
import os
import shutil
import stat
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from tests.cli.conftest import features, issues, observed, run, truce

from trucewatch.core.digest import sha256_hex
from trucewatch.evidence import LogReader

ON = "2023-06-01"
FIRES = "LATITUDE,LONGITUDE,ACQ_DATE\n"
GOOD = FIRES + "48.10,37.10,2023-06-01\n48.90,37.90,2023-06-02\n"
FIRMS = (
    "latitude,longitude,brightness,scan,track,acq_date,acq_time,satellite,instrument,confidence,version,bright_t31,frp,"
    "daynight\n"
)
FIRMS_ROW = "48.20,37.20,330.1,0.4,0.5,2023-06-01,45,N,VIIRS,n,2,290.1,4.2,N\n"
OTHER = (
    "latitude,longitude,bright_ti4,scan,track,acq_date,acq_time,satellite,confidence,version,bright_ti5,frp,daynight,"
    "instrument\n"
)
OTHER_ROW = "48.30,37.30,330.1,0.4,0.5,2023-06-01,00:45:00,N20,nominal,2.0NRT,290.1,4.2,N,VIIRS\n"
CIR = "entry,date,event_group,brief description,lat,lon,link\n"


def zipped(**entries: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def linked() -> bytes:
    out, info = io.BytesIO(), zipfile.ZipInfo("fires.csv")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


FILES = {
    "good.csv": GOOD.encode(),
    "empty.csv": b"",
    "cut.csv": (FIRES + "48.11,37.11,2023-06-01\n48.12,37.").encode(),
    "cut.zip": zipped(a=GOOD.encode())[:60],
    "noise.bin": bytes(range(256)) * 40,
    "columns.csv": b"colour,shape\nred,round\n",
    "names.csv": (CIR + "A,2023-06-01,Other,Müller hört Schüsse,48.13,37.13,https://e.org\n").encode("cp1252"),
    "firms_new.csv": (FIRMS + FIRMS_ROW).encode(),
    "firms_old.csv": (OTHER + OTHER_ROW).encode(),
    "firms_both.csv": (FIRMS + FIRMS_ROW.replace(".20", ".21") + OTHER + OTHER_ROW.replace(".30", ".31")).encode(),
    "nowhere.csv": f"{FIRES}95.0,37.1,{ON}\n48.1,200.0,{ON}\n0,0,{ON}\n48.15,37.15,{ON}\n".encode(),
    "never.csv": (FIRES + "48.16,37.16,2202-02-03\n48.17,37.17,2023-02-30\n48.18,37.18,2023-06-01\n").encode(),
    "twice.csv": (FIRES + "48.19,37.19,2023-06-01\n48.19,37.19,2023-06-01\n").encode(),
    "zz_again.csv": GOOD.encode(),
    "bomb.zip": zipped(fires=bytes(50_000_000)),
    "leaves.zip": zipped(**{"../fires.csv": (FIRES + "48.40,37.40,2023-06-01\n").encode()}),
    "link.zip": linked(),
    "mixed.zip": zipped(**{"fires.csv": (FIRES + "48.41,37.41,2023-06-01\n").encode(), "words.txt": b"words"}),
    "name\x1b[31m.csv": b"\x1b]0;owned\x07",
}  # fmt: skip

# file, row, kind, words of what was found
FAULTS = [
    ("empty.csv", "", "unreadable", "an empty file"),
    ("cut.csv", "2", "rejected", "2 fields"),
    ("cut.zip", "", "unreadable", "a zip that does not open"),
    ("noise.bin", "", "unreadable", "no adapter knows"),
    ("columns.csv", "", "unreadable", "no adapter knows"),
    ("names.csv", "", "doubtful", "read as cp1252"),
    ("nowhere.csv", "1", "rejected", "latitude '95.0'"),
    ("nowhere.csv", "2", "rejected", "longitude '200.0'"),
    ("nowhere.csv", "3", "rejected", "'0'"),
    ("never.csv", "1", "rejected", "acq_date '2202-02-03'"),
    ("never.csv", "2", "rejected", "acq_date '2023-02-30'"),
    ("twice.csv", "2", "duplicate", "the same as row 1"),
    ("zz_again.csv", "", "duplicate", "the same bytes as good.csv"),
    ("bomb.zip", "", "unreadable", "times its size"),
    ("leaves.zip", "", "unreadable", "leaves its folder"),
    ("link.zip", "", "unreadable", "a link"),
    ("mixed.zip/words.txt", "", "unreadable", "no adapter knows"),
    ("link.csv", "", "unreadable", "leaves the folder"),
    ("loop.csv", "", "unreadable", "link"),
    ("pipe", "", "unreadable", "no file"),
]
# Good rows of files with bad neighbours.
GOING_ON = [
    ("good.csv", [1, 2]), ("cut.csv", [1]), ("names.csv", [1]), ("firms_new.csv", [1]), ("firms_old.csv", [1]),
    ("firms_both.csv", [1, 2]), ("nowhere.csv", [4]), ("never.csv", [3]), ("twice.csv", [1, 2]),
]  # fmt: skip


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The folder, and what became of it."""
    folder = tmp_path_factory.mktemp("hostile")
    given = folder / "given"
    given.mkdir()
    for name, data in FILES.items():
        (given / name).write_bytes(data)
    (folder / "outside.csv").write_text(FIRES + "48.50,37.50,2023-06-01\n")
    (given / "link.csv").symlink_to(folder / "outside.csv")
    (given / "loop.csv").symlink_to(given / "loop.csv")
    os.mkfifo(given / "pipe")
    ran = truce(given, folder / "out")
    assert ran.code == 0, ran.err
    return folder / "out"


@pytest.mark.parametrize(("name", "row", "kind", "found"), FAULTS, ids=[f"{f[0]} {f[1]}" for f in FAULTS])
def test_a_fault_is_an_issue_of_the_report(hostile, name, row, kind, found):
    here = [i for i in issues(hostile) if (i["source"], i["row"], i["kind"]) == (name, row, kind)]
    assert [found in i["found"] for i in here] == [True], here
    assert here[0]["needed"]
    assert here[0]["action"]


@pytest.mark.parametrize(("name", "rows"), GOING_ON, ids=[g[0] for g in GOING_ON])
def test_good_rows_beside_bad_ones_go_on(hostile, name, rows):
    sha = sha256_hex(FILES[name])
    assert sorted(row for file, row in observed(hostile) if file == sha) == rows


def test_a_good_file_in_a_zip_beside_a_bad_one_goes_on(hostile):
    sha = sha256_hex((FIRES + "48.41,37.41,2023-06-01\n").encode())
    assert (sha, 1) in observed(hostile)


def test_nothing_from_outside_the_folder_was_read(hostile):
    held = {sha for sha, _ in observed(hostile)}
    assert sha256_hex((FIRES + "48.50,37.50,2023-06-01\n").encode()) not in held
    assert sha256_hex((FIRES + "48.40,37.40,2023-06-01\n").encode()) not in held


def test_the_report_counts_the_issues_that_the_list_names(hostile):
    import json

    counts = json.loads((hostile / "internal" / "summary.json").read_bytes())["counts"]["issues"]
    assert counts == dict(Counter(i["kind"] for i in issues(hostile)))


def test_every_file_is_kept_whole_whatever_was_in_it(hostile):
    reader = LogReader(hostile)
    for data in FILES.values():
        assert reader.raw(sha256_hex(data)) == data


def test_the_log_of_bad_files_verifies(hostile):
    assert run("verify", hostile).code == 0


def test_a_hostile_file_name_does_not_steer_the_terminal(hostile, tmp_path):
    (tmp_path / "name\x1b[31m.csv").write_bytes(b"\x1b]0;owned\x07")
    looked = run("sense", "look", tmp_path)
    assert looked.code == 0
    assert "\x1b" not in looked.out
    assert "name\\x1b" in looked.out


def test_the_same_bad_folder_again_keeps_every_issue_and_adds_no_row(hostile, tmp_path):
    out = tmp_path / "again"
    shutil.copytree(hostile, out)
    given = hostile.parent / "given"
    before, held = issues(out), observed(out)
    assert truce(given, out).code == 0
    after = issues(out)
    assert all(i in after for i in before)
    assert {i["found"] for i in after if i not in before} == {"a file that the log already holds"}
    assert observed(out) == held


def test_a_million_rows_with_one_broken_cost_that_row_only(tmp_path):
    rows = [f"{45 + n % 7_000 / 1000:.3f},{24 + n // 7_000 / 10:.1f},{2012 + n % 9}-06-{1 + n % 30:02}"
            for n in range(1_000_000)]  # fmt: skip
    rows[654_320] = '48.1,"37.1;2019'
    (tmp_path / "fires.csv").write_text(FIRES + "\n".join(rows) + "\n")
    ran = truce(tmp_path / "fires.csv", tmp_path / "out", "--json", days=("2022-06-01", "2022-06-02"))
    assert ran.code == 0, ran.err
    (issue,) = [i for i in issues(tmp_path / "out") if i["source"] == "fires.csv"]
    assert (issue["row"], issue["kind"]) == ("654321", "rejected")
    reader = LogReader(tmp_path / "out")
    kept = [e.rows for i in range(len(reader)) if (e := reader.envelope(i)).kind == "segment"]
    assert kept == [999_999]


def test_an_empty_folder_ends_in_a_report_that_claims_nothing(tmp_path):
    (tmp_path / "given").mkdir()
    ran = truce(tmp_path / "given", tmp_path / "out", "--json")
    assert ran.code == 0
    assert ran.json["counts"]["incidents"] == 0
    assert "no_breach" not in ran.json["counts"]["verdicts"]


def test_a_name_that_is_no_unicode_is_read_like_any_other(tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    Path(os.fsdecode(os.fsencode(str(given)) + b"/fires\xff.csv")).write_text(GOOD)
    assert truce(given, tmp_path / "out").code == 0
    assert len(observed(tmp_path / "out")) == 2


def test_no_name_of_a_file_is_published_since_it_may_say_who_reported(hostile):
    names = {
        i["source"] for i in issues(hostile) if i["source"] not in {i["source"] for i in issues(hostile, "public")}
    }
    assert {"empty.csv", "mixed.zip/words.txt", "zz_again.csv", "link.csv"} <= names
    for path in (hostile / "public").iterdir():
        for name in names | set(FILES):
            assert name.encode() not in path.read_bytes(), path.name


def test_words_of_an_input_do_not_become_part_of_a_page_or_a_formula(tmp_path):
    given = tmp_path / "given"
    given.mkdir()
    (given / "=1+1.csv").write_bytes(b"")
    (given / "<script>1<x>.csv").write_bytes(b"x")
    (given / "form.csv").write_text(
        "date,time_from,time_to,time_zone,position,means,number,observation,damage,weapon,killed\n"
        '2023-06-01,10:00,10:10,UTC,"48.1, 37.1",heard,3,explosion,"<b onclick=x()>roof","<script>x()</script>",2\n'
    )
    out = tmp_path / "out"
    assert truce(given, out).code == 0
    (incident,) = features(out)
    for edition in ((), ("--public",)):
        assert run("flash", incident, "--in", out, *edition).code == 0
    for page in out.glob("*/*.html"):
        text = page.read_text(encoding="utf-8")
        assert "<script" not in text
        assert "<b onclick" not in text
    cells = {i["source"] for i in issues(out)}
    assert not any(cell.startswith("=") for cell in cells)
