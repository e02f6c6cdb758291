"""Every sentence that a report can print, by language."""

from trucewatch.report.catalogue.en import ENGLISH
from trucewatch.report.catalogue.messages import Catalogue, Wording

__all__ = ["ENGLISH", "Catalogue", "Wording"]
