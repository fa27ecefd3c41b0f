"""Dispatch and what it alone uses, all on its thread: jobs out, results in, what is played.

It carries out what `lib.core.scheduler` decides, and never waits for a worker.
"""
