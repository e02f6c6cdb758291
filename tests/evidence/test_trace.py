"""Any line of a report leads back to bytes."""

import shutil
from dataclasses import replace
from typing import Any

import pytest

from trucewatch.core.columns import Column, Schema
from trucewatch.core.errors import CommandError, SealedError
from trucewatch.core.marking import Marking
from trucewatch.core.records import SourceRef, Verdict, VerdictWord
from trucewatch.evidence import LogReader, Record, Step, View, to_body, trace
from trucewatch.evidence.segments import row_digests

RAW = b"time,lon,lat\n12:00,38.5,48.7\n12:01,38.6,48.7\n"


class Case:
    """A file, its rows, an incident made of the second one in two versions, and a verdict about the first."""

    def __init__(self, desk: Any, make: Any) -> None:
        self.desk = desk
        with desk.open() as log:
            self.raw = log.put_blob(RAW)
            self.file = self.raw.file_sha256
            named = {"file_sha256": self.file, "file_name": "shots.csv"}
            (file,) = log.append_many([Record("file", named, marking=Marking.INTERNAL)])
            self.segment = log.append_segment("segment", make.shots(2, self.file), make.schema, (file.leaf,),
                                              Marking.INTERNAL)  # fmt: skip
            source = SourceRef("shots", self.file, 2, None, "shots", "g", 1.0, self.segment.segment, 1)
            first = make.incident(1, sources=(source,))
            unlogged = replace(source, segment=None, segment_row=None)
            versions = (first, replace(first, version=2, sources=(unlogged,)))
            parents = (self.segment.leaf,)
            self.first, self.second = log.append_many([Record("incident", to_body(i), parents) for i in versions])
            verdict = Verdict("armistice", "2.1", "incident", "I0001", VerdictWord.BREACH, 0.75, "inside",
                              incident_version=1)  # fmt: skip
            (self.verdict,) = log.append_many([Record("verdict", to_body(verdict), (self.first.leaf,))])

    def trace(self, name: str) -> tuple[Step, ...]:
        with View.rebuild(self.desk.folder) as view:
            return trace(view, LogReader(self.desk.folder), name)


@pytest.fixture
def case(desk: Any, make: Any) -> Case:
    return Case(desk, make)


def test_a_verdict_leads_to_the_incident_it_judged_its_row_and_its_bytes(case: Case) -> None:
    steps = case.trace(str(case.verdict.index))
    assert [step.kind for step in steps] == ["verdict", "incident", "segment row", "file row"]
    assert steps[1].digest == case.first.leaf
    assert steps[-1].id == f"{case.file}:2"
    sealed = f"(sealed, the key {case.raw.key} opens it)"
    assert steps[-1].where == f"blobs/sha256/{case.raw.blob[:2]}/{case.raw.blob}, row 2 {sealed}"


def test_an_incident_leads_from_its_newest_version(case: Case) -> None:
    steps = case.trace("I0001")
    assert [step.kind for step in steps] == ["incident", "file row"]
    assert steps[0].digest == case.second.leaf


def test_a_leaf_is_found_by_its_hash(case: Case) -> None:
    assert case.trace(case.first.leaf)[0].where == f"leaf {case.first.index}"


def test_a_segment_row_carries_its_salted_digest(case: Case) -> None:
    step, _ = case.trace(f"{case.segment.segment}:1")
    reader = LogReader(case.desk.folder)
    digests = row_digests(*reader.segment(reader.envelope(case.segment.index)))
    assert step.digest == digests[32:].hex()
    assert "text=shot 2" in step.what


def test_a_row_of_a_file_leads_to_its_blob(case: Case) -> None:
    (step,) = case.trace(f"{case.file}:1")
    assert step.what == "row 1 of shots.csv"


def test_a_segment_leads_to_its_file(case: Case) -> None:
    assert [step.kind for step in case.trace(str(case.segment.index))] == ["segment", "file", "blob"]


def test_a_sealed_row_says_so(case: Case) -> None:
    with case.desk.open(seed=1) as log:
        log.destroy_key(case.segment.index, "consent withdrawn")
    (step,) = case.trace(f"{case.segment.segment}:1")
    assert "destroyed" in step.what


def test_a_row_of_a_file_whose_key_was_destroyed_says_so(case: Case) -> None:
    with case.desk.open(seed=1) as log:
        log.destroy_key(0, "consent withdrawn")
    assert "row 2, sealed" in case.trace("I0001")[-1].where


def test_a_row_of_a_file_is_sealed_where_the_keys_are_not(case: Case) -> None:
    shutil.rmtree(case.desk.folder / "keys")
    assert "row 2, sealed" in case.trace("I0001")[-1].where
    with pytest.raises(SealedError, match="found no record"):
        case.trace(f"{case.file}:2")


def test_an_unknown_name_says_how_many_leaves_are_sealed(case: Case) -> None:
    shutil.rmtree(case.desk.folder / "keys")
    with pytest.raises(CommandError, match="1 leaves are sealed here"):
        case.trace("I9999")


def test_a_raw_file_whose_own_key_is_gone_says_so(case: Case) -> None:
    (case.desk.folder / "keys" / str(case.raw.key).partition(":")[0]).unlink()
    assert "(sealed: found no key" in case.trace(f"{case.file}:2")[0].where


def test_a_row_of_a_public_file_leads_to_its_bytes_as_they_came(desk: Any) -> None:
    with desk.open() as log:
        sha = log.put_blob(RAW, Marking.PUBLIC).file_sha256
        log.append_many([Record("file", {"file_sha256": sha, "file_name": "list.csv"})])
    with View.rebuild(desk.folder) as view:
        (step,) = trace(view, LogReader(desk.folder), f"{sha}:1")
    assert step.where == f"blobs/sha256/{sha[:2]}/{sha}, row 1"


@pytest.mark.parametrize("name", ["I9999", "12345", "", "ab:1", "ab:x"])
def test_an_unknown_name_is_one_sentence(case: Case, name: str) -> None:
    with pytest.raises(CommandError, match="found nothing named"):
        case.trace(name)


def test_a_row_that_the_segment_does_not_have_is_one_sentence(case: Case) -> None:
    with pytest.raises(CommandError, match="needed 0 to 1"):
        case.trace(f"{case.segment.segment}:2")


def test_a_worked_out_row_leads_to_every_row_that_it_was_made_of(case: Case, make: Any) -> None:
    """Rows are counted over its parents one after the other: 1 is the second of the first, 2 the first of the next."""
    schema = Schema("origins", 1, (Column("event", "int64", "", "number"), Column("triggers", "int64s", "", "rows")))
    table = schema.table({"event": [1, 2], "triggers": [[0], [1, 2]]})
    with case.desk.open() as log:
        more = log.append_segment("segment", make.shots(2, case.file), make.schema, (), Marking.INTERNAL)
        parents = (case.segment.leaf, more.leaf)
        origins = log.append_segment("segment", table, schema, parents, Marking.INTERNAL)
    steps = case.trace(f"{origins.segment}:1")
    rows = [step.id for step in steps if step.kind == "segment row"]
    assert rows == [f"{origins.segment}:1", f"{case.segment.segment}:1", f"{more.segment}:0"]
    assert {step.id for step in steps if step.kind == "file row"} == {f"{case.file}:2", f"{case.file}:1"}


def test_a_worked_out_row_that_names_none_of_its_parents_rows_is_refused(case: Case) -> None:
    schema = Schema("origins", 1, (Column("triggers", "int64s", "", "rows"),))
    with case.desk.open() as log:
        table = schema.table({"triggers": [[7]]})
        origins = log.append_segment("segment", table, schema, (case.segment.leaf,), Marking.INTERNAL)
    with pytest.raises(CommandError, match="found row 5 beyond the segments it was made of"):
        case.trace(f"{origins.segment}:0")
