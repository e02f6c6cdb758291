"""Measures, each with its peer in the same run; `make bench` prints them all."""
