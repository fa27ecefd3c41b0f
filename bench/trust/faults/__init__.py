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
    ports,
)

__all__ = [
    "control",
    "host",
    "liars",
    "network",
    "ports",
    "primary",
    "sources",
    "strangers",
    "viewers",
    "workers",
]
