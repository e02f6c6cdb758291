"""The register of pledges with its files and its own log: apart from the monitor's log, keys and pages."""

import gc
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from trucewatch.core.digest import sha256_hex
from trucewatch.core.errors import CommandError
from trucewatch.core.issue import Issue
from trucewatch.core.problem import Problem, refusal
from trucewatch.evidence import Layout, Log, LogReader, Record
from trucewatch.pledges.book import Book
from trucewatch.pledges.book_countries import codes_by_name
from trucewatch.pledges.book_legal import approvals
from trucewatch.pledges.checks import CheckConfig, Finding, findings
from trucewatch.pledges.contributors import contributor_claims, read_contributors
from trucewatch.pledges.export import contributions_csv, register_json, timeline_csv, workbook
from trucewatch.pledges.extract import extract
from trucewatch.pledges.gaps import GapConfig, gap_table
from trucewatch.pledges.kiel import donors, kiel_claims, monthly, read_kiel
from trucewatch.pledges.ledger import load
from trucewatch.pledges.legal import LegalConfig, expiry_warnings, read_legal
from trucewatch.pledges.log import Entry, changes, entries
from trucewatch.pledges.montecarlo import DrawConfig, draws
from trucewatch.pledges.nouns import COMPONENTS, Claim, Said
from trucewatch.pledges.pages import register_page
from trucewatch.pledges.pages_edition import Edition, Weighed
from trucewatch.pledges.proposals import Article, Proposal, accepted, is_rejected, rejected_line
from trucewatch.pledges.requirements import read_requirements
from trucewatch.pledges.rotation import RotationConfig, rotation_rows
from trucewatch.pledges.scenarios import compare, read_scenarios

__all__ = [
    "Weighed",
    "accept_into",
    "contributors_in",
    "examine",
    "keep",
    "kiel_in",
    "logged_changes",
    "proposals_in",
    "publish_pages",
    "read_ledger",
    "register_files",
    "register_key_path",
    "reject_into",
    "weigh",
]

_T = TypeVar("_T")

KEY_VARIABLE = "TRUCEWATCH_REGISTER_KEY"
_PLEDGE, _PAGES = "pledge", "pledge_pages"


def read_ledger(path: Path, today: date) -> Book:
    """Return the book of a ledger's file; what it includes must lie in its folder or below."""
    if not path.is_file():
        raise CommandError(f"found no file {path}; needed a ledger such as pledges-example/book.pledges; name it")
    root = path.resolve().parent

    def read(name: str) -> bytes | None:
        try:
            found = (root / PurePosixPath(name)).resolve()
            return found.read_bytes() if found.is_relative_to(root) and found.is_file() else None
        except (OSError, ValueError):  # a name that no file can have, or one that may not be read
            return None

    with _no_collection():
        return load(path.name, read, today)


def examine(book: Book, config: CheckConfig) -> list[Finding]:
    """Return what the checks find."""
    with _no_collection():
        return findings(book, config)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep the garbage collector from walking again and again through a book that only grows: half of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def register_key_path(given: Path | None) -> Path:
    """Return where the register's own key lies: as given, in TRUCEWATCH_REGISTER_KEY, or in the user's settings."""
    if given is not None:
        return given
    if KEY_VARIABLE in os.environ:
        return Path(os.environ[KEY_VARIABLE])
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "trucewatch" / "register.key"


def logged_changes(book: Book, out: Path) -> list[Problem]:
    """Return what the log below a folder shows to have been edited or taken away; none where there is no log yet."""
    if not Layout(out).checkpoint.is_file():
        return []
    return changes(entries(book), _logged(LogReader(out)))[1]


def _logged(reader: LogReader) -> list[Entry]:
    found = []
    for index in range(len(reader)):
        envelope = reader.envelope(index)
        if envelope.kind == _PLEDGE:
            body = reader.body(envelope)
            found.append(Entry(body["key"], body["digest"], body["text"], body["file"], body["line"]))
    return found


def keep(
    book: Book, out: Path, signer: Ed25519PrivateKey, now_ns: Callable[[], int], entropy: Callable[[int], bytes]
) -> tuple[int, list[Problem]]:
    """Log every directive that is not in the log yet; return how many, and what was edited or taken away before."""
    with Log.open(out, signer, now_ns, entropy) as log:
        if log.size and log.reader().envelope(0).kind not in (_PLEDGE, _PAGES):
            raise CommandError(
                f"found the log of a monitor's run in {out}; needed the register's own; name another --out"
            )
        new, problems = changes(entries(book), _logged(log.reader()))
        log.append_many([Record(_PLEDGE, e.as_dict()) for e in new])
    return len(new), problems


def publish_pages(
    files: Mapping[str, bytes], out: Path, signer: Ed25519PrivateKey, now_ns: Callable[[], int],
    entropy: Callable[[int], bytes],
) -> None:  # fmt: skip
    """Write the register's files into its folder `register/`, and their digests into its log."""
    target = out / "register"
    target.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (target / name).write_bytes(data)
    digests = {name: sha256_hex(data) for name, data in files.items()}
    with Log.open(out, signer, now_ns, entropy) as log:
        log.append_many([Record(_PAGES, {"edition": "register", "files": digests})])


def proposals_in(data: Mapping[str, bytes], rejected: Path) -> tuple[list[Proposal], list[Issue]]:
    """Return what the texts propose, without what a person has rejected before."""
    found, issues = extract(data)
    lines = rejected.read_text(encoding="utf-8").splitlines() if rejected.is_file() else []
    return [p for p in found if not (lines and is_rejected(p, lines))], issues


def accept_into(
    chosen: Sequence[Proposal], ledger: Path | None, prefix: str, on: date, publisher: str | None, url: str | None,
    component: str | None,
) -> list[Claim]:  # fmt: skip
    """Return accepted proposals as claims under ids that the ledger does not know yet."""
    taken = {d.name for d in read_ledger(ledger, on).directives} if ledger and ledger.is_file() else set[str]()
    names = (name for n in count(1) if (name := f"{prefix}-{n}") not in taken)
    article = Article(publisher, on, url)
    return [accepted(p, name, article, p.component or component) for p, name in zip(chosen, names, strict=False)]


def reject_into(chosen: Sequence[Proposal], rejected: Path, reason: str, on: date) -> None:
    """Keep rejected proposals, one JSON object a line."""
    with rejected.open("a", encoding="utf-8") as file:
        file.writelines(rejected_line(p, reason, on) + "\n" for p in chosen)


def kiel_in(data: Mapping[str, bytes], today: date) -> tuple[tuple[Claim, ...], list[Issue], dict[str, Any]]:
    """Return the tracker's tables as claims, what is wrong with them, and its sums by donor and month."""
    found, issues = read_kiel(data)
    sums = {"donors": [d.as_dict() for d in donors(found)], "months": list(monthly(found))}
    return kiel_claims(found, today), issues, sums


def contributors_in(
    data: Mapping[str, bytes], on: date, component: str, publisher: str | None, url: str | None, prefix: str
) -> tuple[tuple[Claim, ...], list[Issue], dict[str, Any]]:
    """Return lists of contributors as claims, and what could not be read."""
    if component not in COMPONENTS:
        raise CommandError(f"found the component {component!r}; needed one of {', '.join(COMPONENTS)}; choose one")
    claims: list[Claim] = []
    issues: list[Issue] = []
    for name, raw in data.items():
        text = raw.decode("utf-8-sig", "replace")
        listed, wrong = read_contributors(text, name, codes_by_name())
        issues += wrong
        said = Said((), publisher, on, url, sha256_hex(raw))
        claims += contributor_claims(listed, f"{prefix}-{on}", on, said, component)
    return tuple(claims), issues, {"contributors": [c.actor.name for c in claims]}


def weigh(
    book: Book, ledger: Path, requirements: Path | None, legal: Path | None, scenarios: Path | None, draw_count: int,
    seed: int,
) -> Weighed:  # fmt: skip
    """Weigh the book against requirements; each file as given, else beside the ledger."""
    needs = _data(read_requirements, requirements, ledger, "requirements")
    if needs is None:
        raise CommandError(f"found no requirements.yaml beside {ledger}; needed what each force needs; name it")
    steps = _data(read_legal, legal, ledger, "legal")
    cases = _data(read_scenarios, scenarios, ledger, "scenarios")
    own = {a.approval_id: a for a, _ in approvals(book, book.today)}  # the ledger is newer than the file beside it
    known = list({**{a.approval_id: a for a in (steps.approvals if steps else ())}, **own}.values())
    table = gap_table(book.claims, needs, GapConfig(), book.today, known)
    what_if = compare(book.claims, needs, cases.scenarios, GapConfig(), book.today, known) if cases else ()
    config = DrawConfig(draws=draw_count, seed=seed)
    drawn = draws(book.claims, needs, cases.assumptions, config, book.today, known) if cases else None
    expiries = expiry_warnings(known, book.claims, book.today, LegalConfig())
    return Weighed(table, rotation_rows(table, RotationConfig()), what_if, drawn, expiries)


def _data(
    read: Callable[[str, str], tuple[_T | None, list[Problem]]], given: Path | None, ledger: Path, kind: str
) -> _T | None:
    """Return what a YAML file holds; None where none was named and none lies beside the ledger."""
    path = given or ledger.parent / f"{kind}.yaml"
    if given is None and not path.is_file():
        return None
    try:
        value, problems = read(path.name, path.read_text(encoding="utf-8"))
    except UnicodeDecodeError as error:
        raise CommandError(f"found {path} to be no UTF-8 ({error}); needed UTF-8 text; save it as such") from error
    if value is None or problems:
        raise refusal(path.name, problems, CommandError, kind)
    return value


def register_files(
    book: Book, ledger: Path, changed: Sequence[Problem], requirements: Path | None, legal: Path | None,
    scenarios: Path | None, draw_count: int, seed: int,
) -> dict[str, bytes]:  # fmt: skip
    """Return every file of the register's edition; without requirements it says nothing about gaps."""
    beside = requirements or ledger.parent / "requirements.yaml"
    weighed = weigh(book, ledger, requirements, legal, scenarios, draw_count, seed) if beside.is_file() else None
    config = CheckConfig()
    problems = (*book.problems, *changed)
    edition = Edition(book, tuple(examine(book, config)), problems, ledger.name, weighed, config.contradicted_days)
    return {
        "register.html": register_page(edition), "contributions.csv": contributions_csv(book),
        "timeline.csv": timeline_csv(book), "register.xlsx": workbook(edition), "register.json": register_json(edition),
    }  # fmt: skip
