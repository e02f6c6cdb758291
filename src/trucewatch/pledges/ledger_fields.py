"""Which fields each directive has, and a block's lines as values."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from trucewatch.core.problem import Problem
from trucewatch.pledges.book import Directive, Kind
from trucewatch.pledges.book_countries import countries
from trucewatch.pledges.legal import ApprovalStatus
from trucewatch.pledges.nouns import COMPONENTS, ClaimStatus, Direction, State
from trucewatch.pledges.text import Block, Field
from trucewatch.pledges.text_values import (
    Wrong,
    read_actor,
    read_date,
    read_means,
    read_quantity,
    read_said,
    unquoted,
)

__all__ = ["DIRECTIONS", "FIELDS", "directive"]

_Reader = Callable[[str], Any]
_LONGEST_NAME = 120
_STATES = {str(s): s for s in State}
_STATUSES = {str(s): s for s in ClaimStatus}
_LEGAL = {str(s): s for s in ApprovalStatus}
DIRECTIONS = {str(d): d for d in Direction}


def _word(words: Mapping[str, Any], what: str) -> _Reader:
    def read(text: str) -> Any:
        if text in words:
            return words[text]
        return Wrong(f"the {what} {text[:60]!r}", f"one of {', '.join(words)}", "choose the nearest")

    return read


def _ids(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (part.strip() for part in text.split(","))))


def _each(words: Mapping[str, Any], what: str) -> _Reader:
    def read(text: str) -> tuple[str, ...] | Wrong:
        unknown = [w for w in _ids(text) if w not in words]
        if unknown:
            return Wrong(
                f"the {what} {unknown[0][:60]!r}", f"known ones, as in {', '.join([*words][:3])}", "correct it"
            )
        return _ids(text)

    return read


def _text(text: str) -> str | Wrong:
    words = unquoted(text)
    return words if words else Wrong("nothing", "words", "write them, or leave the line out")


def _note(text: str) -> tuple[str, str]:
    key, _, rest = text.partition(" ")
    return ("note", unquoted(text)) if text[:1] == '"' or not rest else (key, unquoted(rest.strip()))


_SOURCE: dict[str, _Reader] = {"says": read_said, "note": _note}
_CHANGE: dict[str, _Reader] = {
    **_SOURCE,
    "quantity": read_quantity,
    "status": _word(_STATUSES, "claim status"),
    "if": _text,
    "command": _text,
    "phase": _text,
    "base": _text,
    "due": read_date,
    "until": read_date,
    "total-of": _ids,
}
_CLAIM: dict[str, _Reader] = {
    **_CHANGE,
    **dict.fromkeys(DIRECTIONS, read_means),
    "actor": read_actor,
    "state": _word(_STATES, "state"),
    "supersedes": _ids,
}
_LEGAL_FIELDS: dict[str, _Reader] = {
    **_SOURCE, "title": _text, "body": _text, "for": _each(countries(), "country"),
    "components": _each({c: c for c in COMPONENTS}, "component"), "words": _text, "until": read_date,
}  # fmt: skip
_ASSERT: dict[str, _Reader] = {
    "actor": read_actor, "component": _word({c: c for c in COMPONENTS}, "component"), "state": _word(_STATES, "state"),
    "status": _word(_STATUSES, "claim status"), "quantity": read_quantity, **_SOURCE,
}  # fmt: skip
FIELDS: Mapping[Kind, Mapping[str, _Reader]] = {
    Kind.CLAIM: _CLAIM, Kind.REQUIREMENT: _CLAIM, Kind.CORRECT: _CLAIM, Kind.STATE: _CHANGE, Kind.DEPLOY: _CHANGE,
    Kind.ROTATE: _CHANGE, Kind.DELIVER: _CHANGE, Kind.WITHDRAW: _CHANGE, Kind.LEGAL: _LEGAL_FIELDS,
    Kind.ASSERT: _ASSERT,
}  # fmt: skip
_KINDS = {str(k): k for k in Kind}
_MANY = frozenset({"says", "note", "if"})
_AFTER_NAME: dict[Kind, tuple[str, _Reader]] = {
    Kind.STATE: ("state", _word(_STATES, "state")), Kind.LEGAL: ("status", _word(_LEGAL, "legal status")),
}  # fmt: skip


def directive(block: Block, today: date, problems: list[Problem]) -> Directive | None:
    """Return the directive of a block, None where its head cannot be understood; what is wrong goes to `problems`."""
    kind, on = _head(block, today, problems)
    if kind is None or on is None:
        return None
    values = _values(block, kind, today, problems)
    wanted = _AFTER_NAME.get(kind)
    rest = " ".join(block.words[3:])
    if wanted is not None:
        value = wanted[1](rest)
        if isinstance(value, Wrong):
            problems.append(Problem(block.file, block.line, *value))
            return None
        values[wanted[0]] = value
    elif rest:
        problems.append(Problem(block.file, block.line, f"{rest[:60]!r} after the name", "the end of the line",
                                "put it into a field below"))  # fmt: skip
    return Directive(kind, on, block.words[2], block.file, block.line, block.text, values)


def _head(block: Block, today: date, problems: list[Problem]) -> tuple[Kind | None, date | None]:
    words = block.words
    wrong = _wrong_head(words, today)
    if wrong is not None:
        problems.append(Problem(block.file, block.line, *wrong))
        return None, None
    on = read_date(words[0])
    return _KINDS[words[1]], None if isinstance(on, Wrong) else on


def _wrong_head(words: list[str], today: date) -> Wrong | None:
    on = read_date(words[0])
    if isinstance(on, Wrong):
        return on
    if len(words) < 2 or words[1] not in _KINDS:
        return Wrong(f"the directive {' '.join(words[1:2])!r}", f"one of {', '.join(_KINDS)}", "choose one")
    if len(words) < 3 or len(words[2]) > _LONGEST_NAME or any(c in words[2] for c in '@,"'):
        needed = f"a name of at most {_LONGEST_NAME} characters without @, comma and quotes"
        return Wrong(f"the name {' '.join(words[2:3])[:60]!r}", needed, "name it")
    if on > today:
        return Wrong(f"the date {on}, after today ({today})", "a day that has come", "correct it; it is left out")
    return None


def _values(block: Block, kind: Kind, today: date, problems: list[Problem]) -> dict[str, Any]:
    readers, values = FIELDS[kind], dict[str, Any]()
    for field in block.fields:
        reader = readers.get(field.key)
        value = reader(field.value) if reader is not None else _unknown(field.key, kind)
        wrong = value if isinstance(value, Wrong) else _odd(field, value, values, today)
        if wrong is not None:
            problems.append(Problem(block.file, field.line, *wrong))
        elif field.key in _MANY:
            values[field.key] = (*values.get(field.key, ()), value)
        else:
            values[field.key] = value
    return values


def _unknown(key: str, kind: Kind) -> Wrong:
    return Wrong(f"the field {key[:60]!r}", f"one of {', '.join(FIELDS[kind])}", "the line is left out; correct it")


def _odd(field: Field, value: Any, values: Mapping[str, Any], today: date) -> Wrong | None:
    if field.key == "says":
        if value.on is not None and value.on > today:
            fix = "correct the date; the source is left out"
            return Wrong(f"a source dated {value.on}, after today ({today})", "a day that has come", fix)
        return None
    if field.key in values and field.key not in _MANY:
        return Wrong(f"the field {field.key} twice", "it once", "strike one out; the first counts")
    return None
