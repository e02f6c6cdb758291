"""Files of every known format, recognised by content, to tables of declared columns with their issues."""

from trucewatch.sense.limits import Config
from trucewatch.sense.observer_template import template
from trucewatch.sense.reading import ADAPTERS, Adapter, raw_row, read_bytes, read_path, recognise
from trucewatch.sense.source import Source

__all__ = ["ADAPTERS", "Adapter", "Config", "Source", "raw_row", "read_bytes", "read_path", "recognise", "template"]
