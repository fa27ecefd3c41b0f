"""A GPU worker: Fetch > Generate > Moderate, where pictures are looked at > Send.

Lives in the process of transform.py, each stage on a thread of its own, the engine on Generate's.
A task goes downstream only, and nobody reads it once it was handed on. A frame that the engine
fails on is lost: what came in is never shown in its place.
"""
