"""Importing this fills the table."""

from bench.trust.faults import workers

__all__ = ["workers"]
