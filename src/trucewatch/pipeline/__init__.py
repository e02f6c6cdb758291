"""The order of the stages, from files to a signed report."""

from trucewatch.pipeline.history import compare
from trucewatch.pipeline.job import Job, Outcome, run_job
from trucewatch.pipeline.publish import MAP_SOURCE
from trucewatch.pipeline.reviewed import case_of

__all__ = ["MAP_SOURCE", "Job", "Outcome", "case_of", "compare", "run_job"]
