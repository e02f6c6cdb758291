"""Load a ledger: files to directives, directives to claims with their versions; whatever is wrong, the rest loads."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from posixpath import dirname, join, normpath

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Book, Directive, Kind
from trucewatch.pledges.ledger_claims import changed, first_claim, with_totals
from trucewatch.pledges.ledger_fields import directive
from trucewatch.pledges.nouns import Claim
from trucewatch.pledges.text import Block, Scan, decoded, scan

__all__ = ["Read", "load"]

Read = Callable[[str], bytes | None]
_NEW = (Kind.CLAIM, Kind.REQUIREMENT)
_CHANGES = (Kind.STATE, Kind.DEPLOY, Kind.ROTATE, Kind.DELIVER, Kind.WITHDRAW, Kind.CORRECT)


def load(name: str, read: Read, today: date) -> Book:
    """Return the book of a ledger and of all that it includes.

    read   returns the bytes of a file by its name, None where there is none
    today  nothing may be dated later
    """
    problems: list[Problem] = []
    found = [d for d in (directive(b, today, problems) for b in _blocks(name, read, problems)) if d is not None]
    found.sort(key=lambda d: d.on)  # stable: on one day, in the order written
    return _book(found, today, problems)


def _blocks(name: str, read: Read, problems: list[Problem]) -> Iterator[Block]:
    """Yield the blocks of a file and of its includes, each file once."""
    waiting: list[tuple[str, Problem | None]] = [(name, None)]
    seen: set[str] = set()
    while waiting:
        file, asked = waiting.pop(0)
        if file in seen:
            if asked is not None:
                problems.append(_again(asked))
            continue
        seen.add(file)
        data = read(file)
        if data is None:
            problems.append(asked or Problem(file, 1, "no such file", "a ledger", "check its name"))
            continue
        text, wrong = decoded(file, data)
        found = Scan(problems=wrong)
        yield from _blocks_of(file, text, found)
        problems += found.problems
        waiting += _asked(file, found)


def _blocks_of(file: str, text: str, found: Scan) -> Iterator[Block]:
    empty = True
    for block in scan(file, text, found):
        empty = False
        yield block
    if empty and not found.includes:
        found.problems.append(Problem(file, 1, "no directive", "at least one", "check that this is the ledger"))


def _asked(file: str, found: Scan) -> list[tuple[str, Problem | None]]:
    needed, fix = "a file beside this one", "check its name"
    return [
        (normpath(join(dirname(file), name)), Problem(file, line, f"no file {name[:100]!r}", needed, fix))
        for name, line in found.includes
    ]


def _again(asked: Problem) -> Problem:
    fix = "strike the line out; the file is read once"
    return Problem(asked.file, asked.line, f"an include of a file already read ({asked.found[8:]})", "each once", fix)


def _book(directives: Sequence[Directive], today: date, problems: list[Problem]) -> Book:
    versions, origin = _first_versions(directives, problems)
    _apply_changes(directives, versions, origin, problems)
    claims = sorted((c for listed in versions.values() for c in listed), key=lambda c: c.on)
    claims = with_totals(claims, versions, origin, problems)
    claims = _without_cycles(_resolved(claims, versions, origin, problems), origin, problems)
    return Book(today, tuple(directives), tuple(claims), origin, _followed(claims), tuple(sorted(set(problems))))


def _first_versions(
    directives: Iterable[Directive], problems: list[Problem]
) -> tuple[dict[str, list[Claim]], dict[str, Directive]]:
    versions: dict[str, list[Claim]] = {}
    origin: dict[str, Directive] = {}
    for d in directives:
        if d.kind not in _NEW:
            continue
        if d.name in versions:
            first = origin[d.name]
            needed = f"each id once; it stands at {first.file}:{first.line}"
            problems.append(d.problem(f"the id {d.name!r} a second time", needed, "rename it; this one is left out"))
            continue
        claim = first_claim(d, problems)
        if claim is not None:
            versions[d.name], origin[d.name] = [claim], d
    return versions, origin


def _apply_changes(
    directives: Iterable[Directive], versions: dict[str, list[Claim]], origin: dict[str, Directive],
    problems: list[Problem],
) -> None:  # fmt: skip
    for d in directives:
        if d.kind not in _CHANGES:
            continue
        listed = versions.get(d.name)
        if listed is None:
            problems.append(d.problem(f"no claim {d.name!r}", "the id of a claim", "check it; this is left out"))
        elif d.on < listed[0].on:
            needed = f"a day not before the claim's own, {listed[0].on}"
            problems.append(d.problem(f"{d.kind} on {d.on}", needed, "correct the date; this is left out"))
        else:
            claim = changed(listed, d, problems)
            listed.append(claim)
            origin[claim.claim_id] = d


def _resolved(
    claims: Iterable[Claim], versions: Mapping[str, list[Claim]], origin: Mapping[str, Directive],
    problems: list[Problem],
) -> list[Claim]:  # fmt: skip
    """Make each claim that supersedes another supersede all of its versions up to that day."""
    found = []
    for c in claims:
        if not c.supersedes or "@" in c.claim_id:
            found.append(c)
            continue
        names: list[str] = []
        for name in c.supersedes:
            if name in versions:
                names += [v.claim_id for v in versions[name] if v.on <= c.on] or [name]
            else:
                needed = "the id of a claim in this ledger"
                problems.append(origin[c.claim_id].problem(f"supersedes: {name[:60]!r}", needed, "correct it"))
        found.append(_with_supersedes(c, names))
    return found


def _with_supersedes(claim: Claim, names: Iterable[str]) -> Claim:
    return Claim(claim.claim_id, claim.on, claim.actor, claim.direction, claim.component, claim.capability,
                 claim.quantity, claim.conditions, claim.state, claim.status, claim.said, claim.command, claim.phase,
                 tuple(names), claim.notes)  # fmt: skip


def _without_cycles(claims: Sequence[Claim], origin: Mapping[str, Directive], problems: list[Problem]) -> list[Claim]:
    """Cut each cycle of supersession where it closes, and say so."""
    edges = {c.claim_id: c.supersedes for c in reversed(claims) if c.supersedes}  # so that the earliest one is cut
    cut = _closing_edges(edges)
    for start, end in sorted(cut):
        needed, fix = (
            "that what supersedes is not superseded by it",
            "strike one `supersedes` out; this one is left out",
        )
        problems.append(origin[start].problem(f"a cycle: {start} supersedes {end}, which supersedes it", needed, fix))
    broken = {start for start, _ in cut}
    return [
        _with_supersedes(c, (n for n in c.supersedes if (c.claim_id, n) not in cut)) if c.claim_id in broken else c
        for c in claims
    ]


def _closing_edges(edges: Mapping[str, Sequence[str]]) -> set[tuple[str, str]]:
    """Return the edges that lead back onto the path being walked (depth first, without recursion)."""
    cut: set[tuple[str, str]] = set()
    done: set[str] = set()
    for root in edges:
        path: dict[str, None] = {}
        stack: list[tuple[str, bool]] = [(root, True)]
        while stack:
            node, entering = stack.pop()
            if not entering:
                del path[node]
                done.add(node)
            elif node not in done and node not in path:
                path[node] = None
                stack.append((node, False))
                cut |= {(node, n) for n in edges.get(node, ()) if n in path}
                stack += [(n, True) for n in edges.get(node, ()) if n not in path and n not in done]
    return cut


def _followed(claims: Iterable[Claim]) -> dict[str, tuple[Claim, ...]]:
    found: dict[str, list[Claim]] = defaultdict(list)
    for c in claims:
        for name in c.supersedes:
            found[name].append(c)
    return {name: tuple(listed) for name, listed in found.items()}
