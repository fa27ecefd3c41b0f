"""Importing this fills the table."""

from bench.trust.faults import workers, liars, primary, viewers, strangers  # isort: skip

__all__ = ["liars", "primary", "strangers", "viewers", "workers"]
