"""Contradictions, double clauses and gaps are those that an answer-set solver finds in the same agreement.

Zones are sets of cells, times are days, and the day has two halves; the solver is told nothing but these facts.
Oracle: clingo (Gebser et al. 2019, Theory and Practice of Logic Programming 19, p. 27).
"""

import re
from collections.abc import Iterator

import clingo
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trucewatch.core.agreement import Agreement, Force, Notice, Party, Provision, Zone
from trucewatch.core.classes import PARENT
from trucewatch.core.times import DAY_NS, parse_instant
from trucewatch.terms.logic import remarks

START_NS = parse_instant("2026-01-01T00:00:00Z")
DAYS, SIDE = 5, 3
HALVES = {"am": ["06:00-12:00"], "pm": ["12:00-18:00"]}
ACTS = ("fire_event", "explosion", "impact", "outgoing", "overflight")

LOGIC = """
below(X, X) :- parent(X, _).
below(X, X) :- parent(_, X).
below(X, Z) :- parent(X, Y), below(Y, Z).
class(C, X) :- act(C, A), below(X, A).
point(C, X, D) :- names(C, Z), cell(Z, X), valid(Z, D), day(C, D).

common(A, B) :- binds(A, P), binds(B, P), A != B.
meets(A, B) :- common(A, B), class(A, K), class(B, K), half(A, H), half(B, H), point(A, X, D), point(B, X, D).
misses(A, B) :- clause(A), class(B, K), not class(A, K).
misses(A, B) :- clause(A), half(B, H), not half(A, H).
misses(A, B) :- clause(A), point(B, X, D), not point(A, X, D).
somewhere(C) :- point(C, _, _).
covers(A, B) :- clause(A), clause(B), somewhere(B), not misses(A, B).

permits(C) :- rule(C, reply).
permits(C) :- most(C, N), N > 0.
forbids(C) :- rule(C, ban).
forbids(C) :- most(C, 0).
void(P, B) :- permits(P), forbids(B), meets(P, B), not special(B, P).
special(B, P) :- covers(P, B), not covers(B, P).
unexcepted(A, B) :- excepts(A, E), forbids(B), not excepts(B, E), common(A, B), covers(B, A).

never(C) :- clause(C), not somewhere(C).
idle(C, Z) :- names(C, Z), somewhere(C), not some_day(C, Z).
some_day(C, Z) :- names(C, Z), valid(Z, D), day(C, D).
missed(N, C) :- notice(N), point(C, X, D), not noticed(N, X, D).
muted(C) :- somewhere(C), excepts(C, E), activity(N, E), not missed(N, C).

other_party(A, B) :- clause(A), binds(B, P), not binds(A, P).
more_excepted(A, B) :- clause(B), excepts(A, E), not excepts(B, E).
elsewhere(A, B) :- clause(A), names(B, Z), not names(A, Z).
laxer(B, A) :- most(B, N), most(A, M), N >= M, hours(B, V), hours(A, W), V <= W, not elsewhere(A, B).
strict(B, A) :- clause(B), forbids(A), not permits(B).
strict(B, A) :- laxer(B, A).
implies(B, A) :- common(A, B), strict(B, A), covers(A, B), not other_party(A, B), not more_excepted(A, B).
double(B) :- implies(B, A), not implies(A, B).
double(B) :- implies(B, A), implies(A, B), B > A.

spoken(D) :- point(_, _, D).
silent :- agreed(D), not spoken(D).
#show void/2. #show unexcepted/2. #show never/1. #show idle/2. #show muted/1. #show double/1. #show silent/0.
"""

SAID = (
    (r"clause (\d+) permits .*, and clause (\d+) forbids the same acts", "void"),
    (r"clause (\d+) excepts notified .*, and clause (\d+) forbids it everywhere there", "unexcepted"),
    (r"clause (\d+) (?:never applies|applies nowhere)", "never"),
    (r"zone z(\d+) of clause (\d+) is never valid", "idle"),
    (r"the notified .* covers clause (\d+) wholly", "muted"),
    (r"clause (\d+) adds nothing", "double"),
    (r"no clause applies from", "silent"),
)


def cells(numbers: frozenset[int]) -> shapely.Geometry:
    """Squares of a tenth of a degree."""
    corners = [(37 + n % SIDE * 0.1, 48 + n // SIDE * 0.1) for n in sorted(numbers)]
    return shapely.union_all([shapely.box(x, y, x + 0.1, y + 0.1) for x, y in corners])


some_cells = st.frozensets(st.integers(0, SIDE * SIDE - 1), min_size=1, max_size=5)
some_days = st.tuples(st.integers(0, DAYS - 1), st.integers(1, DAYS)).map(lambda d: (d[0], min(d[0] + d[1], DAYS)))
activities = st.frozensets(st.sampled_from(["demining", "repair"]), max_size=1)
rules = st.sampled_from(["ban", "ban", "half", "reply", "rate"])

zones = st.lists(st.tuples(some_cells, some_days), min_size=1, max_size=3)
notices = st.lists(st.tuples(st.sampled_from(["demining", "repair"]), some_cells, some_days), max_size=1)


@st.composite
def situations(draw):
    """Zones, notices and clauses in plain numbers; few of each, so that they often meet."""
    drawn = draw(zones)
    clause = st.fixed_dictionaries(
        {
            "rule": rules,
            "binds": st.sampled_from([("a",), ("b",), ("a", "b"), ("a", "b")]),
            "acts": st.frozensets(st.sampled_from(ACTS), min_size=1, max_size=2),
            "zones": st.frozensets(st.integers(0, len(drawn) - 1), min_size=1, max_size=2),
            "days": st.one_of(st.just((0, DAYS)), some_days),
            "excepts": activities,
            "most": st.integers(0, 2),
            "window": st.sampled_from([12, 24]),
            "half": st.sampled_from(sorted(HALVES)),
        }
    )
    return drawn, draw(notices), draw(st.lists(clause, min_size=2, max_size=4))


def instants(days: tuple[int, int]) -> tuple[int, int]:
    """A stretch of days in ns."""
    return START_NS + days[0] * DAY_NS, START_NS + days[1] * DAY_NS


KINDS = {"ban": "no_fire_area", "half": "silence_window", "reply": "return_fire", "rate": "rate_over_window"}


def provision(i: int, c: dict) -> Provision:
    """A clause as the room knows it."""
    parameters = {
        "ban": {},
        "half": {"hours": HALVES[c["half"]]},
        "reply": {"within_s": 600},
        "rate": {"most": c["most"], "window_h": c["window"]},
    }
    return Provision(
        str(i), "", KINDS[c["rule"]], "land", None, c["binds"], tuple(sorted(c["acts"])),
        tuple(f"z{z}" for z in sorted(c["zones"])), *instants(c["days"]), tuple(c["excepts"]), parameters[c["rule"]],
    )  # fmt: skip


def agreement(drawn, noticed, clauses) -> Agreement:
    """The situation as an agreement."""
    return Agreement(
        "random", "", Force.INVENTED, (Party("a", "A"), Party("b", "B")), "UTC", *instants((0, DAYS)),
        tuple(Zone(f"z{i}", "area", cells(c), ("x",), *instants(d), name=f"z{i}") for i, (c, d) in enumerate(drawn)),
        tuple(provision(i, c) for i, c in enumerate(clauses)),
        tuple(Notice("a", e, *instants(d), cells(c), f"n{i}") for i, (e, c, d) in enumerate(noticed)), (), "",
    )  # fmt: skip


def facts(drawn, noticed, clauses) -> Iterator[str]:
    """The situation as facts for the solver."""
    yield from (f"parent({k},{v})." for k, v in PARENT.items() if v is not None)
    yield from (f"agreed({d})." for d in range(DAYS))
    for i, (held, days) in enumerate(drawn):
        yield from (f"cell({i},{x})." for x in held)
        yield from (f"valid({i},{d})." for d in range(*days))
    for i, (activity, held, days) in enumerate(noticed):
        yield f"notice({i}). activity({i},{activity})."
        yield from (f"noticed({i},{x},{d})." for x in held for d in range(*days))
    for i, c in enumerate(clauses):
        yield f"clause({i}). rule({i},{'ban' if c['rule'] == 'half' else c['rule']})."
        yield from (f"half({i},{h})." for h in ([c["half"]] if c["rule"] == "half" else [*HALVES, "night"]))
        yield from (f"binds({i},{p})." for p in c["binds"])
        yield from (f"act({i},{a})." for a in c["acts"])
        yield from (f"names({i},{z})." for z in c["zones"])
        yield from (f"day({i},{d})." for d in range(*c["days"]))
        yield from (f"excepts({i},{e})." for e in c["excepts"])
        if c["rule"] == "rate":
            yield f"most({i},{c['most']}). hours({i},{c['window']})."


def solved(situation) -> set[str]:
    """What the solver finds."""
    control = clingo.Control(["--warn=none"])
    control.add("base", [], LOGIC + "\n".join(facts(*situation)))
    control.ground([("base", [])])
    with control.solve(yield_=True) as handle:
        return {str(atom) for atom in next(iter(handle)).symbols(shown=True)}


def said(situation) -> set[str]:
    """What the room finds, in the solver's words."""
    words = set()
    for remark in remarks(agreement(*situation)):
        for pattern, name in SAID:
            found = re.match(pattern, remark.found)
            if found:
                numbers = found.groups()[::-1] if name == "idle" else found.groups()
                words.add(f"{name}({','.join(numbers)})" if numbers else name)
    return words


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(situations())
def test_contradictions_and_idle_clauses_are_those_that_the_solver_finds(situation):
    assert said(situation) == solved(situation)


def test_the_solver_finds_a_contradiction_where_a_reader_does():
    everywhere = (frozenset(range(9)), (0, DAYS))
    same = {"binds": ("a", "b"), "acts": frozenset({"fire_event"}), "zones": frozenset({0}), "days": (0, DAYS),
            "excepts": frozenset(), "most": 2, "window": 24, "half": "am"}  # fmt: skip
    clauses = [{**same, "rule": "ban"}, {**same, "rule": "reply"}, {**same, "rule": "half"}]
    found = solved(([everywhere], [], clauses))
    assert found == {"void(1,0)", "double(2)"} == said(([everywhere], [], clauses))
