"""The files of systemd, polkit and sudo, and the growing waits between a unit's failures.

`python -m lib.ops.units` writes the files, and units run `wait` before and after the programs. It
starts, stops and enables no unit.
"""
