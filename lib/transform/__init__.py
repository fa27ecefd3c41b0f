"""A GPU worker: Fetch > Generate > Moderate (only if picture safety is on) > Send.

Lives in the process of transform.py, each stage on a thread of its own, the engine on Generate's.
A task goes downstream only, and no stage reads it once it was handed on. A frame on which the
engine fails is lost: the camera's own picture is never shown in its place.
"""
