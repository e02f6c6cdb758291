"""One frozen configuration, read once at the edge; each room declares its own part."""

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from trucewatch.core.digest import canonical_json, sha256_hex
from trucewatch.core.errors import ConfigError
from trucewatch.coverage import Config as CoverageConfig
from trucewatch.detect import Config as DetectConfig
from trucewatch.fuse import Config as FuseConfig
from trucewatch.locate import Config as LocateConfig
from trucewatch.release import Config as ReleaseConfig
from trucewatch.report import Config as ReportConfig
from trucewatch.review import Config as ReviewConfig
from trucewatch.terms import Config as TermsConfig

__all__ = ["Config", "config_digest", "read_config"]


@dataclass(frozen=True)
class Config:
    """Settings of every room, and of the order in which they work.

    context_days  days around the period whose records serve as background
    """

    detect: DetectConfig = field(default_factory=DetectConfig)
    locate: LocateConfig = field(default_factory=LocateConfig)
    fuse: FuseConfig = field(default_factory=FuseConfig)
    coverage: CoverageConfig = field(default_factory=CoverageConfig)
    terms: TermsConfig = field(default_factory=TermsConfig)
    review: ReviewConfig = field(default_factory=ReviewConfig)
    release: ReleaseConfig = field(default_factory=ReleaseConfig)
    report: ReportConfig = field(default_factory=ReportConfig)
    context_days: int = 21


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
    default = kind()
    changes = {n: _value(getattr(default, n), v, f"{where}, {n}") for n, v in given.items()}
    return kind(**{**{n: getattr(default, n) for n in known}, **changes})


def _value(default: Any, given: Any, where: str) -> Any:
    if is_dataclass(default) and isinstance(given, Mapping):
        return _filled(type(default), given, where)
    if isinstance(default, bool) or not isinstance(default, (int, float, str)):
        fits = isinstance(given, type(default))
    else:
        fits = isinstance(given, (int, float)) == isinstance(default, (int, float))
    if not fits:
        needed = type(default).__name__
        raise ConfigError(f"found {given!r} at {where}; needed a value of type {needed}; correct it")
    return type(default)(given)


def config_digest(config: Config) -> str:
    """Return the SHA-256 over all settings, so that a report can say with which it was made."""
    return sha256_hex(canonical_json(_plain(asdict(config))))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(v) for v in value]
    return value if isinstance(value, (bool, int, float, str, type(None))) else repr(value)
