"""trucewatch: from a sensor's record to a commission's finding."""

__version__ = "0.1.0"
