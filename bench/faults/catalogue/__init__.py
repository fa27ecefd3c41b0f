"""Importing this fills the table."""

from bench.faults.catalogue import (  # isort: skip
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
    memory,
)

__all__ = [
    "control",
    "host",
    "liars",
    "memory",
    "network",
    "ports",
    "primary",
    "sources",
    "strangers",
    "viewers",
    "workers",
]
