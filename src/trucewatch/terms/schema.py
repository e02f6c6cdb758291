"""What may stand in an agreement's files: the keys, their types, and sentences for what does not fit."""

import difflib
from typing import Any, Literal, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from trucewatch.terms.problem import Problem
from trucewatch.terms.source import Path, Source

__all__ = [
    "ACTIVITIES",
    "CircleEntry",
    "CorridorsEntry",
    "Entry",
    "NoticeEntry",
    "PartyEntry",
    "PhaseEntry",
    "ProvisionEntry",
    "TermsEntry",
    "ZoneEntry",
    "ZoneProperties",
    "fit",
]

Activity = Literal["exercise", "demining", "repair", "controlled_detonation", "other"]  # words of the notices table
ACTIVITIES: tuple[str, ...] = get_args(Activity)

Word = Field(min_length=1)


class Entry(BaseModel):
    """A mapping that refuses keys it does not know and values of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


class PartyEntry(Entry):
    """A party."""

    id: str = Word
    name: str = Word


class PhaseEntry(Entry):
    """A phase; the phases follow each other without a gap."""

    id: str = Word
    start: str = Field(alias="from")
    end: str | None = Field(default=None, alias="to")


class ProvisionEntry(Entry):
    """A clause."""

    id: str = Word
    text_reference: str = Word
    rule: str
    domain: Literal["land", "air", "sea", "energy"]
    phase: str | None = None
    binds: list[str] = Field(min_length=1)
    acts: list[str] = Field(min_length=1)
    zones: list[str] = Field(min_length=1)
    effective_from: str | None = None
    effective_to: str | None = None
    exceptions: list[Activity] = []
    parameters: dict[str, Any] = {}


class CorridorsEntry(Entry):
    """The pattern of the clauses made from a list of corridors, one a corridor."""

    id_prefix: str = Word
    text_reference: str = Word
    rule: str
    domain: Literal["land", "air", "sea", "energy"]
    binds: list[str] = Field(min_length=1)
    acts: list[str] = Field(min_length=1)
    in_force_when_proposer: list[str] = Field(min_length=1)
    parameters: dict[str, Any] = {}


class CircleEntry(Entry):
    """A round place."""

    lon: float = Field(ge=-180, le=180)
    lat: float = Field(ge=-90, le=90)
    radius_m: float = Field(gt=0)


class NoticeEntry(Entry):
    """A notified activity, in a zone or a circle."""

    party: str
    activity: Activity
    start: str = Field(alias="from")
    end: str = Field(alias="to")
    zone: str | None = None
    circle: CircleEntry | None = None
    source: str = Word


class ZoneEntry(Entry):
    """A zone that needs no drawing: the outline of the country, given at run time."""

    id: str = Word
    kind: Literal["country"]
    name: str | None = None
    geometry: Literal["country"]
    source: str = Word


class TermsEntry(Entry):
    """The whole of terms.yaml."""

    format: Literal[1]
    title: str = Word
    force: Literal["in_force", "hypothetical", "invented"]
    force_reason: str = Word
    time_zone: str
    effective_from: str
    effective_to: str | None = None
    sources: list[str] = Field(min_length=1)
    parties: list[PartyEntry] = Field(min_length=1)
    phases: list[PhaseEntry] = []
    zones: list[ZoneEntry] = []
    provisions: list[ProvisionEntry] = []
    corridors: CorridorsEntry | None = None
    notices: list[NoticeEntry] = []


class ZoneProperties(Entry):
    """The properties of a feature of zones.geojson."""

    id: str = Word
    kind: Literal["area", "line", "corridor"]
    name: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    disputed_by: list[str] | None = None
    vertex_sources: str | list[str | None] | None = None


Model = TypeVar("Model", bound=BaseModel)


def fit(model: type[Model], value: Any, source: Source, path: Path = ()) -> tuple[Model | None, list[Problem]]:
    """Return `value` as `model`, or None and a problem for everything that does not fit."""
    if not isinstance(value, dict):
        return None, [source.problem(path, f"{_short(value)}", "keys with values", "write `key: value` lines")]
    try:
        return model.model_validate(value), []
    except ValidationError as error:
        return None, [_problem(e, model, source, path) for e in error.errors(include_url=False)]


def _problem(error: Any, model: type[BaseModel], source: Source, base: Path) -> Problem:
    loc: Path = tuple(error["loc"])
    path, name = (*base, *loc), str(loc[-1])
    if error["type"] == "missing":
        return source.problem(path, f"no {name}", f"the key {name!r}", f"add `{name}: ...` here")
    if error["type"] == "extra_forbidden":
        known = _known_keys(model, loc[:-1])
        return source.problem(path, f"the unknown key {name!r}", f"one of {', '.join(known)}", _nearest(name, known))
    needed = str(error["msg"]).removeprefix("Input should be ").lower()
    return source.problem(path, f"{_short(error['input'])} as {name}", needed, f"correct {name}")


def _known_keys(model: type[BaseModel], loc: Path) -> list[str]:
    for step in loc:
        if isinstance(step, str) and step in model.model_fields:
            inner = _model_in(model.model_fields[step].annotation)
            if inner is None:
                break
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    inner = (_model_in(a) for a in getattr(annotation, "__args__", ()))
    return next((m for m in inner if m is not None), None)


def _nearest(word: str, known: list[str]) -> str:
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]!r}?" if close else "remove it"


def _short(value: Any) -> str:
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
