"""Importing this fills the table."""

from bench.trust.faults import (  # isort: skip
    workers,
    liars,
    primary,
    viewers,
    strangers,
    network,
    sources,
    host,
    control,
)

__all__ = [
    "control",
    "host",
    "liars",
    "network",
    "primary",
    "sources",
    "strangers",
    "viewers",
    "workers",
]
