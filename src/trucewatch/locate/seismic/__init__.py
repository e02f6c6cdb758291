"""P and S picks of a seismic network become events."""

from trucewatch.locate.seismic.associate import SeismicOrigins, StationTable, associate_seismic
from trucewatch.locate.seismic.config import SeismicConfig

__all__ = ["SeismicConfig", "SeismicOrigins", "StationTable", "associate_seismic"]
