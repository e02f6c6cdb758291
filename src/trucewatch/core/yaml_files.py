"""Files that people write, as values that remember their lines.

YAML is read as its JSON subset of types (null, true, false, numbers, text): a date stays text, `no` is a word and not
false, and `10:00` is a time and not 600. Anchors and aliases are refused, so that a small file stays small.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from trucewatch.core.problem import Problem

__all__ = ["Path", "Source", "read_json", "read_yaml"]

Path = tuple[str | int, ...]

_INT = re.compile(r"[-+]?\d+")
_FLOAT = re.compile(r"[-+]?(\d+\.\d*|\.\d+|\d+)([eE][-+]?\d+)?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass(frozen=True)
class Source:
    """One file's value, and the 1-based line of every path into it."""

    file: str
    value: Any
    lines: Mapping[Path, int]

    def line(self, path: Path) -> int:
        """Return the line of this path, or of the nearest thing around it that has one."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)

    def problem(self, path: Path, found: str, needed: str, fix: str) -> Problem:
        """Return a problem at the line of this path."""
        return Problem(self.file, self.line(path), found, needed, fix)


def read_yaml(file: str, text: str) -> tuple[Source | None, list[Problem]]:
    """Return the value of YAML text with its lines; None where it is no YAML."""
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.BaseLoader)):
            return None, [Problem(file, 1, "an alias (*name)", "plain values", "write the value out where it is used")]
        root = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.YAMLError as error:
        return None, [_unreadable(file, error)]
    except RecursionError:
        return None, [Problem(file, 1, "lists nested too deeply", "a few levels", "check the brackets")]
    if root is None:
        return None, [Problem(file, 1, "an empty file", "keys with values", "write `key: value` lines")]
    lines: dict[Path, int] = {}
    problems: list[Problem] = []
    value = _value(root, (), file, lines, problems)
    return Source(file, value, lines), problems


def _unreadable(file: str, error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line = 1 if mark is None else mark.line + 1
    what = getattr(error, "problem", None) or str(error).splitlines()[0]
    return Problem(file, line, f"text that is no YAML ({what})", "YAML", "check indentation, quotes and brackets")


def _value(node: yaml.Node, path: Path, file: str, lines: dict[Path, int], problems: list[Problem]) -> Any:
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, file, lines, problems)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, i), file, lines, problems) for i, item in enumerate(node.value)]
    return _scalar(node)


def _mapping(
    node: yaml.MappingNode, path: Path, file: str, lines: dict[Path, int], problems: list[Problem]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            problems.append(Problem(file, line, f"the key {key!r} twice", "each key once", "remove one of them"))
        lines[(*path, key)] = line
        values[key] = _value(value_node, (*path, key), file, lines, problems)
    return values


def _scalar(node: Any) -> Any:
    text = str(node.value)
    if node.style is not None:  # quoted, or a block of text
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def read_json(file: str, text: str) -> tuple[Source | None, list[Problem]]:
    """Return the value of JSON text with its lines; None where it is no JSON."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        fix = "check commas, quotes and brackets"
        return None, [Problem(file, error.lineno, f"text that is no JSON ({error.msg})", "GeoJSON", fix)]
    except RecursionError:
        return None, [Problem(file, 1, "lists nested too deeply", "GeoJSON", "check the brackets")]
    return Source(file, value, _json_lines(text)), []


def _json_lines(text: str) -> dict[Path, int]:
    """JSON is almost YAML (but for tabs), so the YAML reader knows its lines; without it every path is on line 1."""
    lines: dict[Path, int] = {}
    try:
        root = yaml.compose(text.replace("\t", " "), Loader=_FAST)
    except yaml.YAMLError:
        return lines
    if root is not None:
        _value(root, (), "", lines, [])
    return lines


_FAST: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
