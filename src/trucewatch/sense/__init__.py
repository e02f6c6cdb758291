"""Files of every known format, recognised by content, to tables of declared columns with their issues."""

from trucewatch.sense.limits import Config
from trucewatch.sense.observer_template import template
from trucewatch.sense.reading import ADAPTERS, Adapter, raw_row, read_bytes, read_path, recognise
from trucewatch.sense.source import Source
from trucewatch.sense.suggest import suggest_text

__all__ = [
    "ADAPTERS",
    "Adapter",
    "Config",
    "Source",
    "raw_row",
    "read_bytes",
    "read_path",
    "recognise",
    "suggest_text",
    "template",
]
