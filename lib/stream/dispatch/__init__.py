"""Dispatch and its parts, all on its thread: it sends jobs, takes results, and applies what is
played.

It carries out what `lib.core.scheduler` decides, and never waits for a worker.
"""
