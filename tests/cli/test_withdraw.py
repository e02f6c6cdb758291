"""Taking a sealed record out of reach."""

from tests.cli.conftest import refused, run

from trucewatch.evidence import LogReader


def first(out, kind):
    reader = LogReader(out)
    return next(i for i in range(len(reader)) if reader.envelope(i).kind == kind)


def test_a_withdrawn_file_cannot_be_read_and_the_log_still_verifies(copy):
    leaf = first(copy, "file")
    ran = run("withdraw", leaf, "--reason", "consent withdrawn", "--in", copy, "--key", copy / "signing.key", "--yes")
    assert ran.code == 0, ran.err
    assert f"leaf {leaf} is withdrawn" in ran.out
    assert run("verify", copy).code == 0
    assert "sealed" in run("trace", leaf, "--in", copy).out


def test_without_yes_nothing_is_withdrawn(copy):
    refused(run("withdraw", 0, "--reason", "a slip", "--in", copy), "--yes")


def test_a_leaf_that_is_not_there_is_refused(copy):
    ran = run("withdraw", 10**6, "--reason", "a slip", "--in", copy, "--key", copy / "signing.key", "--yes")
    refused(ran, "found the leaf 1000000")
