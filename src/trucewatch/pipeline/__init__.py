"""The order of the stages, from files to a signed report."""

from trucewatch.pipeline.job import Job, Outcome, run_job

__all__ = ["Job", "Outcome", "run_job"]
