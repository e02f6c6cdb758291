"""What may stand in a file that people write: keys and their types, and sentences for what does not fit."""

import difflib
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from trucewatch.core.problem import Problem
from trucewatch.core.yaml_files import Path, Source

__all__ = ["Entry", "fit"]


class Entry(BaseModel):
    """A mapping that refuses keys it does not know and values of another type."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)


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
