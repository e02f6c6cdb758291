"""Press texts to proposed claims."""

import importlib
import json
import re
import time
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from trucewatch.core.errors import CommandError
from trucewatch.core.issue import IssueKind
from trucewatch.pledges.extract import ENGLISH, Config, extract
from trucewatch.pledges.nouns import ActorKind, ClaimStatus, Direction, State
from trucewatch.pledges.proposals import (
    Article,
    Proposal,
    accepted,
    independent_sources,
    is_rejected,
    rejected_line,
)

PRESS = yaml.safe_load(Path(__file__).with_name("press.yaml").read_text("utf-8"))
TEXTS = {name: (case["text"], [tuple(c) for c in case["claims"]]) for name, case in PRESS.items()}
FORMS = yaml.safe_load(Path(__file__).with_name("press_forms.yaml").read_text("utf-8"))
REPOSITORY = Path(__file__).parents[2]
KEYS = ["file", "actor", "direction", "component", "capability", "quantity", "condition", "state", "claim_status",
        "attributed_to", "quote", "start", "end"]  # fmt: skip
WORDS = ["France", "will", "not", "send", "troops", "if", "“", "”", "said", "according to", "Reuters", ",", ".", "\n",
         "<p>", "&amp;", "30,000", "several thousand", "CountryRoleStatus", "Other 4 states", "(", "U.S.", ":", "\t",
         "the", "coalition of the willing", "he", "Prime Minister", "<!--", "<td>", "citing", "and", "but"]  # fmt: skip


def claims(text: str) -> list[Proposal]:
    return extract({"text": text})[0]


def only(text: str) -> Proposal:
    (claim,) = claims(text)
    return claim


def told(claim: Proposal) -> tuple[str, str, str | None, str | None]:
    speaker = claim.attributed_to[0] if claim.attributed_to else None
    return claim.actor.code or claim.actor.name, str(claim.direction), claim.component, speaker


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_gives_the_claims_that_a_reader_finds_and_no_others(name):
    text, expected = TEXTS[name]
    assert {told(c) for c in claims(text)} == set(expected)


@pytest.mark.parametrize("name", TEXTS)
def test_start_and_end_lead_back_to_the_words_in_the_raw_file(name):
    text, _ = TEXTS[name]
    for claim in claims(text):
        raw = text[claim.start : claim.end]
        assert raw.split()[0].strip("“>").startswith(claim.quote.split()[0].strip("“")[:5]) or "<" in raw


def test_the_json_has_the_agreed_keys_in_order():
    claim = only("France will send 3,000 troops to Ukraine.").as_dict()
    assert list(claim) == KEYS
    assert claim["actor"] == {"code": "FR", "name": "France", "kind": "country", "count": None}
    assert claim["quantity"] == {"low": 3000, "high": 3000, "unit": "troops", "words": None}
    assert json.loads(json.dumps(claim)) == claim


@pytest.mark.parametrize(
    ("words", "low", "high"),
    [
        ("several thousand troops", 2000, 9999),
        ("tens of thousands of soldiers", 10000, 99999),
        ("up to 5,000 troops", None, 5000),
        ("at least 400 soldiers", 400, None),
        ("between 10,000 and 15,000 troops", 10000, 15000),
        ("10,000–15,000 troops", 10000, 15000),
        ("a 30,000-strong force", 30000, 30000),
    ],
)
def test_a_quantity_is_a_number_a_range_or_words_with_their_interval(words, low, high):
    quantity = only(f"Spain will send {words} to Ukraine.").quantity
    assert quantity is not None
    assert (quantity.low, quantity.high, quantity.unit) == (low, high, "troops")


def test_words_that_are_no_number_stay_beside_their_interval():
    quantity = only("Spain will send several thousand troops.").quantity
    assert quantity is not None
    assert quantity.words == "several thousand troops"


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("Norway will send troops, Reuters reported, citing a diplomat.", ("a diplomat", "Reuters")),
        ("According to Bluewater News citing Bloomberg, Norway will send troops.", ("Bloomberg", "Bluewater News")),
        ("A senior official told Politico that Norway would send troops.", ("A senior official", "Politico")),
        ("“Norway will send troops,” Defence Minister Kari Holm said.", ("Kari Holm",)),
        ("“Norway will send troops,” said Kari Holm, the defence minister.", ("Kari Holm",)),
        ("Norway will send troops.", ()),
        ("Norway has pledged to send troops.", ("Norway",)),
    ],
)
def test_the_speaker_comes_first_then_each_who_passes_it_on(text, speakers):
    assert only(text).attributed_to == speakers


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("Once a ceasefire is signed, Norway will send troops.", "Once a ceasefire is signed"),
        ("Norway will send troops after a ceasefire.", "after a ceasefire"),
        ("Norway will send troops with a US backstop.", "with a US backstop"),
        ("Norway will send troops if the Storting agrees.", "if the Storting agrees"),
    ],
)
def test_an_offer_that_waits_for_something_is_conditional(text, condition):
    claim = only(text)
    assert (claim.direction, claim.condition) == (Direction.CONDITIONAL, condition)


@pytest.mark.parametrize(
    ("text", "direction", "state", "status"),
    [
        ("Norway could send troops.", Direction.OFFERS, State.RUMOURED, ClaimStatus.REPORTED),
        ("Norway pledged to send troops.", Direction.OFFERS, State.PLEDGED, ClaimStatus.CONFIRMED),
        ("The Storting approved sending 300 soldiers.", Direction.OFFERS, State.AUTHORISED, ClaimStatus.CONFIRMED),
        ("Norway has already deployed 300 soldiers.", Direction.OFFERS, State.DEPLOYED, ClaimStatus.REPORTED),
        ("Norway ruled out sending troops.", Direction.RULES_OUT, State.ANNOUNCED, ClaimStatus.RULED_OUT),
        ("Norway did not rule out sending troops.", Direction.OFFERS, State.RUMOURED, ClaimStatus.CONFIRMED),
        ("Norway denied that it would send troops.", Direction.DENIES, State.ANNOUNCED, ClaimStatus.DENIED),
        ("Norway has withdrawn its offer of a battalion.", Direction.WITHDRAWS, State.WITHDRAWN, ClaimStatus.REPORTED),
    ],
)  # fmt: skip
def test_state_and_status_are_two_axes(text, direction, state, status):
    claim = only(text)
    assert (claim.direction, claim.state, claim.claim_status) == (direction, state, status)


def test_a_pronoun_speaks_for_the_person_named_last():
    first, second = claims("Danish Prime Minister Ida Lund ruled out ground troops. She offered fighter jets.")
    assert (first.actor.code, second.actor.code, second.attributed_to) == ("DK", "DK", ("Ida Lund",))


def test_a_quote_that_follows_a_colon_belongs_to_who_was_announced():
    claim = only("Danish Prime Minister Ida Lund said:\n“We will send 800 soldiers.”")
    assert (claim.actor.code, claim.attributed_to) == ("DK", ("Ida Lund",))


def test_a_side_of_the_line_offers_nothing_to_the_force_between_them():
    assert (
        claims("Russia will send troops. Ukraine will deploy two brigades. Moscow said it would send soldiers.") == []
    )


def test_swapping_the_parties_gives_the_same_claims():
    text = "France will send troops to Ukraine, and Ukrainian soldiers will leave. Russia rejected the deployment."
    swap = {"Ukrainian": "Russian", "Ukraine": "Russia", "Russia": "Ukraine"}
    other = " ".join(swap.get(w.strip(",."), w.strip(",.")) + w[len(w.rstrip(",.")) :] for w in text.split(" "))
    assert [told(c) for c in claims(text)] == [told(c) for c in claims(other)]


def test_a_counted_group_keeps_its_count():
    claim = only("Some 26 countries have pledged troops.")
    assert (claim.actor.kind, claim.actor.count, claim.actor.code) == (ActorKind.GROUP, 26, None)


def test_repeated_paragraphs_count_once():
    text = "Norway will send 400 soldiers to the mission after the ceasefire has been signed by both sides.\n"
    assert len(claims(text + "Other news.\n" + text)) == 1


def test_a_syndicated_copy_counts_once_and_says_where_it_stood_first():
    text = "Norway will send 400 soldiers to the mission after the ceasefire has been signed by both sides."
    found, issues = extract({"first.txt": text, "copy.txt": text.replace("Norway", "NORWAY")})
    assert [p.file for p in found] == ["first.txt"]
    assert [(i.source, i.kind) for i in issues] == [("copy.txt", IssueKind.DUPLICATE)]


def test_ten_sites_that_cite_one_agency_are_one_source():
    sites = {
        f"{n}.txt": f"Paper number {n} writes on day {n}. According to Bloomberg, Norway will send troops."
        for n in range(10)
    }
    assert set(independent_sources(extract(sites)[0]).values()) == {frozenset({"Bloomberg"})}


def test_a_table_cut_in_the_middle_keeps_its_whole_rows():
    text = "CountryReported Role / ContributionStatus\nSpainGround troopsReported by EFE\nPortugalLogistical supp"
    assert [told(c) for c in claims(text)] == [("ES", "offers", "land", "EFE"), ("PT", "offers", "logistics", None)]


def test_markup_is_left_out_and_the_offsets_stay_those_of_the_raw_file():
    raw = "<html><body><script>Spain will send troops.</script><p>Norway &amp; Sweden <b>will send</b> troops.</p>"
    claim = claims(raw)[0]
    assert claim.quote == "Norway & Sweden will send troops."
    assert raw[claim.start : claim.end] == "Norway &amp; Sweden <b>will send</b> troops."


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ("", IssueKind.UNREADABLE),
        (b"  \n ", IssueKind.UNREADABLE),
        ("The train to Berlin was late.", IssueKind.DOUBTFUL),
        ("Norway will send troops\u2019 ".encode("cp1252"), IssueKind.DOUBTFUL),
    ],
)
def test_a_text_that_is_odd_is_one_clear_issue(data, kind):
    _, issues = extract({"odd.txt": data})
    assert [i.kind for i in issues] == [kind]
    assert issues[0].source == "odd.txt"


def test_mixed_encodings_keep_what_is_readable():
    data = "España: Norway will send troops. ".encode() + "Sébastien".encode("cp1252")
    assert [c.actor.code for c in extract({"mixed": data})[0]] == ["NO"]


def test_what_is_too_long_is_read_as_far_as_allowed_and_said_so():
    found, issues = extract({"long": "Norway will send troops.\n" + "x " * 2_000}, Config(longest_chars=1_000))
    assert len(found) == 1
    assert issues[0].needed == "at most 1,000"


@pytest.mark.parametrize("filler", ["a" * 30_000, "<" * 30_000, "<!--" * 7_000, "“" * 30_000, "Spain, " * 9_000,
                                    "according to " * 5_000, "no " * 9_000, "1,000 " * 10_000,
                                    "if a " * 6_000])  # fmt: skip
def test_rubbish_takes_bounded_time(filler):
    start = time.process_time()
    extract({"rubbish": "<p>" + filler, "more": filler})
    assert time.process_time() - start < 20


@settings(max_examples=50)
@given(st.text(max_size=300))
def test_any_text_is_read_without_a_crash(text):
    extract({"any": text, "bytes": text.encode("utf-8", errors="surrogatepass")})


@settings(max_examples=50)
@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
def test_any_words_give_claims_whose_quotes_lie_in_the_text(text):
    for claim in claims(text):
        assert 0 <= claim.start < claim.end <= len(text)
        assert claim.quote


@settings(max_examples=25)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_without_a_crash(data):
    extract({"bytes": data})


def test_the_same_text_gives_the_same_claims():
    text = "\n".join(t for t, _ in TEXTS.values())
    assert claims(text) == claims(text)


def test_another_extractor_can_stand_behind_the_same_words():
    class Nothing:
        def propose(self, *_):
            return [], []

    found, issues = extract({"a": "Norway will send troops."}, extractor=Nothing())
    assert (found, len(issues)) == ([], 1)
    assert extract({"a": "Norway will send troops."}, extractor=ENGLISH)[0]


def test_an_accepted_proposal_is_a_claim_with_its_source_and_the_digest_of_its_quote():
    claim = accepted(only("Norway will send 400 soldiers."), "no-1", Article("A paper", date(2026, 1, 6)))
    assert (claim.claim_id, claim.component, claim.said[0].publisher) == ("no-1", "land", "A paper")
    assert len(claim.said[0].quote_sha256 or "") == 64


def test_a_proposal_without_a_component_needs_one_named_by_a_person():
    proposal = only("The US pledged to help protect Ukraine.")
    assert proposal.component is None
    with pytest.raises(CommandError, match="found no component for us-1"):
        accepted(proposal, "us-1", Article(None, date(2026, 1, 6)))
    assert accepted(proposal, "us-1", Article(None, date(2026, 1, 6)), "air").component == "air"


def test_a_rejected_proposal_is_kept_without_its_quote_and_known_again():
    proposal = only("Norway will send 400 soldiers.")
    line = rejected_line(proposal, "the minister meant another mission", date(2026, 1, 6))
    assert "soldiers." not in line
    assert is_rejected(proposal, [line, ""])
    assert not is_rejected(only("Sweden will send 400 soldiers."), [line])


def test_most_claims_of_harder_texts_are_found_and_few_invented():
    wanted = found = invented = proposed = 0
    for case in yaml.safe_load(Path(__file__).with_name("press_more.yaml").read_text("utf-8")).values():
        expected = {tuple(claim) for claim in case["claims"]}
        got = [
            (c.actor.code or c.actor.name, str(c.direction), (*c.attributed_to, None)[0]) for c in claims(case["text"])
        ]
        wanted, found = wanted + len(expected), found + len(expected & set(got))
        proposed, invented = proposed + len(got), invented + sum(g not in expected for g in got)
    assert found >= 0.85 * wanted
    assert invented <= 0.1 * proposed


@pytest.mark.parametrize("form", FORMS)
def test_a_form_that_press_texts_use_often_is_read(form):
    text, *rest = FORMS[form].strip().split("\n", 1)
    expected = {tuple(claim.split(", ")) for claim in re.findall(r"\[(.*?)\]", "".join(rest))}
    got = {(c.actor.code or c.actor.name, str(c.direction), (*c.attributed_to, "null")[0]) for c in claims(text)}
    assert got == expected


def test_the_five_press_texts_meet_the_bar(shared_data, monkeypatch):
    monkeypatch.syspath_prepend(str(REPOSITORY))
    counts = importlib.import_module("bench.claims").counts(shared_data / "statements")
    found, wanted, invented, proposed = (sum(c[n] for c in counts.values()) for n in range(4))
    assert found >= 0.92 * wanted
    assert invented <= 0.05 * proposed
