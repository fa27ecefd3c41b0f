"""The faults, in the order in which they strike. Importing this fills the table."""

from bench.faults.catalogue import workers, primary, strangers, network, host  # isort: skip

__all__ = ["host", "network", "primary", "strangers", "workers"]
