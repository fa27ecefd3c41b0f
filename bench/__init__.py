"""Benchmarks and trials, in folders by their question.

A program is run by its own name, whichever folder it lies in: `python -m bench.chaos` runs
bench/faults/chaos.py.
"""

from pathlib import Path

__path__ += [str(Path(__file__).with_name(name)) for name in ("cost", "faults", "hostile")]
