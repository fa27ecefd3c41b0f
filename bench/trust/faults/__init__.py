"""Importing this fills the table."""

from bench.trust.faults import workers, liars, primary, viewers, strangers, network  # isort: skip

__all__ = ["liars", "network", "primary", "strangers", "viewers", "workers"]
