"""Two different signed names make a status final; nothing that was said is lost."""

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.issue import IssueKind
from trucewatch.core.records import Casualties, Decision, Incident, PlaceRecord, SourceRef, Status
from trucewatch.review import (
    Config,
    current,
    decide,
    decision_bytes,
    open_case,
    public_key_hex,
    revise,
    sign,
    standing,
    verify_ed25519,
)

KEYS = {name: Ed25519PrivateKey.from_private_bytes(bytes([i + 1]) * 32) for i, name in enumerate("ABCDE")}
NOWHERE = PlaceRecord(None, None, None, None, None, None, None, None, None, None)


def source(project, group):
    return SourceRef("list", "0" * 64, 1, None, project, group, 0.9)


TWO_SOURCES = (source("observer", "patrol 7"), source("firms", "firms:viirs"))


def incident(sources=TWO_SOURCES, **changes):
    first = Incident(
        "i-1", 1, None, Status.RECORDED, 0, 60, "explosion", 0.9, NOWHERE, Casualties(), sources
    )  # fmt: skip
    return replace(first, **changes)


def said(name, status=Status.VERIFIED, reason="seen by two patrols", key=None, t_ns=10, version=1):
    plain = Decision("i-1", version, status, reason, name, "", t_ns, "")
    return sign(plain, KEYS[key or name[-1]])


def after(*decisions, case=None, config=None):
    case = case or open_case(incident())
    for decision in decisions:
        case, issue = decide(case, decision, verify_ed25519, config)
        assert issue is None, str(issue)
    return case


def refusal(decision, case=None, config=None):
    before = case or open_case(incident())
    result, issue = decide(before, decision, verify_ed25519, config)
    assert result == before
    assert issue is not None
    return issue


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.VERIFIED, "seen by two patrols"),
        (Status.NOT_A_VIOLATION, "notified demolition"),
        (Status.INCONCLUSIVE, "no_access: the road was closed"),
    ],
)
def test_two_people_who_agree_make_the_status_final(status, reason):
    assert standing(after(said("Officer A", status, reason), said("Officer B", status, reason))) == status


def test_one_person_alone_decides_nothing():
    assert standing(after(said("Officer A"))) == Status.RECORDED


def test_one_person_twice_decides_nothing():
    assert standing(after(said("Officer A"), said("Officer A", reason="still sure", t_ns=11))) == Status.RECORDED


def test_one_name_written_otherwise_is_one_person():
    assert standing(after(said("Officer A"), said(" officer  A", key="B"))) == Status.RECORDED


def test_two_names_under_one_key_are_one_person():
    assert standing(after(said("Officer A"), said("Officer B", key="A"))) == Status.RECORDED


def test_disagreement_leaves_it_open_and_keeps_both():
    case = after(said("Officer A"), said("Officer B", Status.NOT_A_VIOLATION, "a quarry"))
    assert standing(case) == Status.RECORDED
    assert [d.status for d in case.decisions] == [Status.VERIFIED, Status.NOT_A_VIOLATION]


def test_a_third_person_settles_a_disagreement_and_the_dissent_stays_on_record():
    case = after(said("Officer A"), said("Officer B", Status.NOT_A_VIOLATION, "a quarry"), said("Officer C"))
    assert standing(case) == Status.VERIFIED
    assert len(case.decisions) == 3


def test_two_against_two_is_open_again():
    quarry = (Status.NOT_A_VIOLATION, "a quarry")
    case = after(said("Officer A"), said("Officer B"), said("Officer C", *quarry), said("Officer D", *quarry))
    assert standing(case) == Status.RECORDED


def test_a_person_may_change_their_mind_and_the_later_signature_counts_in_any_order():
    first, second = said("Officer A", t_ns=10), said("Officer A", Status.NOT_A_VIOLATION, "a quarry", t_ns=20)
    other = said("Officer B", Status.NOT_A_VIOLATION, "a quarry")
    assert standing(after(first, second, other)) == Status.NOT_A_VIOLATION
    assert standing(after(second, first, other)) == Status.NOT_A_VIOLATION


def test_a_new_version_opens_the_case_again_and_keeps_what_was_said():
    case = revise(after(said("Officer A"), said("Officer B")), incident(version=2, supersedes=1))
    assert standing(case) == Status.RECORDED
    assert len(case.decisions) == 2


def test_votes_on_different_versions_do_not_add_up():
    case = revise(after(said("Officer A")), incident(version=2, supersedes=1))
    assert standing(after(said("Officer B", version=2), case=case)) == Status.RECORDED


def test_a_decision_about_an_older_version_is_kept_as_late():
    case = revise(open_case(incident()), incident(version=2, supersedes=1))
    case, issue = decide(case, said("Officer A"), verify_ed25519)
    assert issue is not None
    assert issue.kind == IssueKind.LATE
    assert len(case.decisions) == 1


@pytest.mark.parametrize("other", [incident(incident_id="i-2", version=2), incident()])
def test_a_case_is_revised_only_by_a_later_version_of_its_incident(other):
    with pytest.raises(ValueError, match="revise that case"):
        revise(open_case(incident()), other)


def test_the_same_decision_twice_counts_once():
    case = after(said("Officer A"))
    assert refusal(said("Officer A"), case).kind == IssueKind.DUPLICATE


def test_one_independent_source_is_not_enough_to_verify():
    case = open_case(incident(sources=(source("firms", "firms:viirs"),)))
    assert "1 independent source;" in str(refusal(said("Officer A"), case))
    assert standing(after(said("Officer A", Status.INCONCLUSIVE, "no_coverage"), case=case)) == Status.RECORDED


def test_two_lists_of_one_project_are_one_source():
    case = open_case(incident(sources=(source("volunteers", "video 1"), source("volunteers", "video 2"))))
    assert "1 independent source;" in str(refusal(said("Officer A"), case))


def test_two_projects_that_rest_on_one_video_are_one_source():
    case = open_case(incident(sources=(source("volunteers", "video 1"), source("press", "video 1"))))
    assert "1 independent source;" in str(refusal(said("Officer A"), case))


def test_two_patrols_are_two_sources():
    case = open_case(incident(sources=(source("observer", "patrol 7"), source("observer", "patrol 9"))))
    assert standing(after(said("Officer A"), said("Officer B"), case=case)) == Status.VERIFIED


def test_the_mission_may_allow_a_single_source():
    case = open_case(incident(sources=(source("firms", "firms:viirs"),)))
    config = Config(allow_single_source=True)
    assert standing(after(said("Officer A"), said("Officer B"), case=case, config=config)) == Status.VERIFIED


def test_nobody_verifies_their_own_observation():
    case = open_case(incident(), authors=["OFFICER A"])
    assert "who made an observation behind it" in str(refusal(said("Officer A"), case))
    assert len(after(said("Officer A", Status.INCONCLUSIVE, "too_late"), case=case).decisions) == 1


def test_only_reviewers_on_the_list_decide_where_there_is_a_list():
    config = Config(reviewers=(("Officer A", public_key_hex(KEYS["A"])),))
    assert len(after(said("Officer A"), config=config).decisions) == 1
    assert "reviewer on the list" in str(refusal(said("Officer B"), config=config))
    assert "reviewer on the list" in str(refusal(said("Officer A", key="B"), config=config))


@pytest.mark.parametrize(
    ("status", "reason", "found"),
    [
        (Status.RECORDED, "x", "the status recorded"),
        (Status.MERGED, "x", "the status merged"),
        (Status.VERIFIED, " ", "no reason"),
        (Status.INCONCLUSIVE, "we are not sure", "the reason 'we are not sure'"),
    ],
)
def test_a_decision_must_be_one_that_people_can_take_and_give_its_reason(status, reason, found):
    assert refusal(said("Officer A", status, reason)).found == found


@pytest.mark.parametrize("code", ["no_access", "jammed", "no_coverage", "conflicting", "too_late", "other"])
def test_the_reasons_for_inconclusive(code):
    assert len(after(said("Officer A", Status.INCONCLUSIVE, f"{code}: in free words")).decisions) == 1


def test_a_decision_needs_a_name():
    assert refusal(said(" ", key="A")).found == "no name"


@pytest.mark.parametrize("version", [0, 2])
def test_a_version_that_is_not_there_cannot_be_decided(version):
    assert "version" in refusal(said("Officer A", version=version)).found


def test_another_incident_cannot_be_decided_here():
    assert "i-1" in refusal(said("Officer A"), open_case(incident(incident_id="i-2"))).found


@pytest.mark.parametrize("status", [Status.MERGED, Status.RETIRED])
def test_an_incident_that_no_longer_stands_is_not_decided(status):
    case = open_case(incident(status=status))
    assert refusal(said("Officer A"), case).action == "decide on its successor"
    assert standing(case) == status


def test_the_current_incident_bears_the_status():
    assert current(after(said("Officer A"), said("Officer B"))).status == Status.VERIFIED


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("incident_id", "i-2"), ("incident_version", 2), ("status", Status.NOT_A_VIOLATION), ("reason", "other"),
        ("signer", "Officer B"), ("public_key", public_key_hex(KEYS["B"])), ("t_ns", 11),
    ],
)  # fmt: skip
def test_any_field_changed_after_signing_breaks_the_signature(field, value):
    changed = replace(said("Officer A"), **{field: value})
    assert not verify_ed25519(changed.public_key, decision_bytes(changed), changed.signature)


@settings(max_examples=50, deadline=None)
@given(key=st.text(max_size=70), mark=st.text(max_size=140), message=st.binary(max_size=20))
def test_a_malformed_signature_never_verifies_and_never_raises(key, mark, message):
    assert verify_ed25519(key, message, mark) is False


def test_a_forged_signature_is_refused_and_leaves_no_trace_in_the_case():
    forged = replace(said("Officer A"), reason="something else")
    assert "does not verify" in refusal(forged).found


statuses = st.sampled_from([Status.VERIFIED, Status.NOT_A_VIOLATION, Status.INCONCLUSIVE])


@settings(max_examples=40, deadline=None)
@given(
    votes=st.lists(st.tuples(st.sampled_from("ABCDE"), statuses), max_size=8), order=st.randoms(use_true_random=False)
)
def test_where_it_stands_does_not_depend_on_the_order_of_arrival(votes, order):
    decisions = [said(f"Officer {n}", s, "other: x", t_ns=i) for i, (n, s) in enumerate(votes)]
    mixed = decisions.copy()
    order.shuffle(mixed)
    assert standing(after(*decisions)) == standing(after(*mixed))
