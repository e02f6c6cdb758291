"""Answers to allegations in words: one sentence each, the same for every party that alleges."""

from dataclasses import dataclass

from trucewatch.core.records import Allegation, Verdict, VerdictWord
from trucewatch.terms.wording import BEGUN, SAME, Clause, Numbers, one_p

__all__ = ["Answer", "answer_verdict"]


@dataclass(frozen=True)
class Answer:
    """What the record says of an allegation under a clause.

    row        its number among the allegations that are judged
    status     matched, contradicted, plausible_unseen, outside_coverage, insufficient_detail or not_engaged
    p          bounds of the probability that what is alleged happened and engages the clause
    seen       fraction that could have been seen where and when it was alleged; None where that was not asked
    incident   the incident that is most probably the same happening, with that probability, its distance and the bounds
               of the probability that it engages the clause
    lacking    what the allegation does not say
    """

    row: int
    told: Allegation
    status: str
    word: VerdictWord
    p: tuple[float, float]
    seen: float | None = None
    incident: str | None = None
    p_match: float = 0.0
    distance_m: float = 0.0
    engages: tuple[float, float] = (0.0, 0.0)
    lacking: str = ""


def answer_verdict(about: Clause, answer: Answer, nowhere: bool) -> Verdict:
    """Return the verdict about an allegation; `nowhere` says that it would engage no clause at all.

    It is conditional on the party that is said to have done it, where one is named that the clause binds.
    """
    told, word = answer.told, answer.word
    bound = told.against is not None and told.against in about.clause.binds
    conditional = {str(told.against): str(word)} if bound else {}
    p = None if word is VerdictWord.UNOBSERVED else one_p(*answer.p, word)
    only = about.only if word is VerdictWord.BREACH and not bound else ""
    reason = f"{BEGUN[word].format(about.clause.id)}{_sentence(about, answer, nowhere)}{only}{about.because}."
    return Verdict(
        about.agreement, about.clause.id, "allegation", told.allegation_id, word, p, reason, _numbers(answer),
        conditional, about.hypothetical,
    )  # fmt: skip


def _numbers(answer: Answer) -> Numbers:
    low, high = (round(p, 4) for p in answer.p)
    numbers: Numbers = {"status": answer.status}
    numbers |= {"p": high} if high - low < SAME else {"p_low": low, "p_high": high}
    if answer.seen is not None:
        numbers["seen"] = round(answer.seen, 4)
    if answer.incident is not None:
        numbers |= {"p_match": round(answer.p_match, 4), "incident": answer.incident}
        numbers["distance_m"] = round(answer.distance_m, -2)
    return numbers


def _sentence(about: Clause, answer: Answer, nowhere: bool) -> str:
    told = answer.told
    kind = (told.cls or "something of unknown class").replace("_", " ")
    weapon = f" ({told.weapon})" if told.weapon else ""
    what = f"{kind}{weapon} alleged by {about.names.get(told.party, told.party)}"
    if answer.status == "not_engaged":
        if nowhere:
            return f"even as alleged, {what} lies outside the places, times and acts of every clause"
        return f"even as alleged, {what} would engage it with a probability of at most {answer.p[1]:.2f}"
    if answer.status == "insufficient_detail":
        return f"{what} comes without {answer.lacking}"
    return f"{what}{_beside_the_record(answer)}"


def _beside_the_record(answer: Answer) -> str:
    share = f"{answer.seen or 0.0:.0%} could have been seen there and then"
    if answer.incident is None:
        if answer.status == "contradicted":
            return f" is contradicted: {share} and no independent record fits it"
        return f" fits no independent record, and {'only ' if answer.status == 'outside_coverage' else ''}{share}"
    low, high = answer.engages
    engages = f"{high:.2f}" if high - low < SAME else f"{low:.2f} to {high:.2f}"
    return (
        f" may be the independent incident {answer.incident} (probability {answer.p_match:.2f}), which engages the "
        f"clause with a probability of {engages}; {share}"
    )
