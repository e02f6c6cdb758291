"""One frozen configuration, read once at the edge; each room declares its own part."""

import json
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError

from trucewatch.core.digest import canonical_json, sha256_hex
from trucewatch.core.errors import ConfigError
from trucewatch.coverage import Config as CoverageConfig
from trucewatch.detect import Config as DetectConfig
from trucewatch.fuse import Config as FuseConfig
from trucewatch.locate import AssociateConfig, VolleyConfig
from trucewatch.locate import Config as LocateConfig
from trucewatch.release import Config as ReleaseConfig
from trucewatch.report import Config as ReportConfig
from trucewatch.review import Config as ReviewConfig
from trucewatch.sense import Config as SenseConfig
from trucewatch.terms import Config as TermsConfig

__all__ = ["Config", "config_digest", "read_config"]

_MOST_DAYS = 366
_MOST_IN_JSON = 2**53 - 1  # RFC 7493, section 2.2


@dataclass(frozen=True)
class Config:
    """Settings of every room, and of the order in which they work.

    context_days  days around the period whose records serve as background
    """

    sense: SenseConfig = field(default_factory=SenseConfig)
    detect: DetectConfig = field(default_factory=DetectConfig)
    locate: LocateConfig = field(default_factory=LocateConfig)
    associate: AssociateConfig = field(default_factory=AssociateConfig)
    volley: VolleyConfig = field(default_factory=VolleyConfig)
    fuse: FuseConfig = field(default_factory=FuseConfig)
    coverage: CoverageConfig = field(default_factory=CoverageConfig)
    terms: TermsConfig = field(default_factory=TermsConfig)
    review: ReviewConfig = field(default_factory=ReviewConfig)
    release: ReleaseConfig = field(default_factory=ReleaseConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    context_days: int = 21

    def __post_init__(self) -> None:
        if not 0 <= self.context_days <= _MOST_DAYS:
            raise ConfigError(
                f"found context_days = {self.context_days}; needed 0 to {_MOST_DAYS}; change it in the settings"
            )


def read_config(path: Path | None) -> Config:
    """Return the defaults, or what a TOML file with one table a room changes of them."""
    if path is None:
        return Config()
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"found {path.name} unreadable ({error}); needed a TOML file; correct it") from error
    config: Config = _filled(Config, given, path.name)
    return config


def _filled(kind: type[Any], given: Mapping[str, Any], where: str) -> Any:
    known = {f.name: f for f in fields(kind)}
    for name in given:
        if name not in known:
            raise ConfigError(f"found the setting {name!r} in {where}; needed one of {', '.join(known)}; correct it")
    hints = get_type_hints(kind)
    return kind(**{name: _value(hints[name], value, name, f"{where}, {name}") for name, value in given.items()})


def _value(hint: Any, given: Any, name: str, where: str) -> Any:
    """Return a setting as its room declares it; a list becomes a tuple, nothing else changes its type."""
    if is_dataclass(hint) and isinstance(hint, type) and isinstance(given, Mapping):
        return _filled(hint, given, where)
    try:
        value = TypeAdapter(hint).validate_json(json.dumps(given, default=str), strict=True)
    except ValidationError as error:
        raise ConfigError(f"found {given!r} at {where}; needed {_needed(hint)}; correct it") from error
    for number in _numbers(given):
        if not math.isfinite(number) or number < 0 or (name.startswith("p_") and number > 1):
            needed = "a probability of 0 to 1" if name.startswith("p_") else "a number of 0 or more"
            raise ConfigError(f"found {number} at {where}; needed {needed}; correct it")
    return value


def _needed(hint: Any) -> str:
    if is_dataclass(hint):
        return "a table of settings"
    return f"a value of type {hint.__name__ if isinstance(hint, type) and not get_args(hint) else hint}"


def _numbers(given: Any) -> Iterator[float]:
    """Yield every number in a setting."""
    if isinstance(given, (list, Mapping)):
        for part in given.values() if isinstance(given, Mapping) else given:
            yield from _numbers(part)
    elif isinstance(given, (int, float)) and not isinstance(given, bool):
        yield given


def config_digest(config: Config) -> str:
    """Return the SHA-256 over all settings, so that a report can say with which it was made."""
    return sha256_hex(canonical_json(_plain(asdict(config))))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    if isinstance(value, int) and abs(value) > _MOST_IN_JSON:  # a moment in ns
        return str(value)
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)
