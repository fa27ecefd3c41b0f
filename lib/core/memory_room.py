"""Whether a model may be loaded beside the live picture."""

from __future__ import annotations


def memory_trouble(available_mb: int | None, need_mb: int, live_mb: int) -> str | None:
    """A sentence where loading would leave the live picture less memory than it uses now, which a
    new size or a new model of its own may ask for; None where it may be loaded, or where the system
    does not say how much there is."""
    if available_mb is None or available_mb - need_mb >= live_mb:
        return None
    return (
        f"Stills need {need_mb} MB of memory, and of {available_mb} MB that are free the live "
        f"picture keeps {live_mb} MB."
    )
