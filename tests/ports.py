"""Ports that nobody uses at the moment, as benchmarks take them too."""

from __future__ import annotations

from bench.ports import free_ports

__all__ = ["free_ports"]
