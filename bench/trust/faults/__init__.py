"""Importing this fills the table."""

from bench.trust.faults import (  # isort: skip
    workers,
    liars,
    primary,
    viewers,
    strangers,
    network,
    host,
)

__all__ = ["host", "liars", "network", "primary", "strangers", "viewers", "workers"]
