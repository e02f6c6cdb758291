"""Turn records into pages and files that people and programs read: daily report, flash note, exports."""

from trucewatch.report import daily, flash
from trucewatch.report.catalogue import ENGLISH, Catalogue
from trucewatch.report.config import Config
from trucewatch.report.desk import means_of_sources
from trucewatch.report.exports import SCHEMA_VERSION, incidents_geojson, incidents_table, issues_csv, summary_json
from trucewatch.report.figures import figures, live, seen_fraction
from trucewatch.report.lint import lint, lint_page
from trucewatch.report.network import network_figures
from trucewatch.report.precision import side_by_side
from trucewatch.report.records import (
    AllegationRow,
    Checkpoint,
    Contact,
    CorridorRow,
    DailyReport,
    DayCoverage,
    Figures,
    FlashNote,
    InputFile,
    InspectionRow,
    MapLayers,
    NetworkFigures,
    NetworkRow,
    PlaceLabel,
    Range,
    SideBySide,
    Versions,
)

__all__ = [
    "ENGLISH",
    "SCHEMA_VERSION",
    "AllegationRow",
    "Catalogue",
    "Checkpoint",
    "Config",
    "Contact",
    "CorridorRow",
    "DailyReport",
    "DayCoverage",
    "Figures",
    "FlashNote",
    "InputFile",
    "InspectionRow",
    "MapLayers",
    "NetworkFigures",
    "NetworkRow",
    "PlaceLabel",
    "Range",
    "SideBySide",
    "Versions",
    "daily",
    "figures",
    "flash",
    "incidents_geojson",
    "incidents_table",
    "issues_csv",
    "lint",
    "lint_page",
    "live",
    "means_of_sources",
    "network_figures",
    "seen_fraction",
    "side_by_side",
    "summary_json",
]
