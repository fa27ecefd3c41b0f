"""Measures an installation and writes one page about it: `python -m bench.site`."""
