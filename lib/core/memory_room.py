"""How large a still may be beside the live picture, by the memory that is left.

What a still needs was measured with the painter: 370 MB at 384x384, 750 at 1024x1024 and 1330 at
2048x2048, the process included (two cores, Python 3.11).
"""

from __future__ import annotations

from lib.core.still_params import SIDE_STEP

BASE_MB, MEGAPIXEL_MB = 330, 420
SMALLEST_ROOM_MB = BASE_MB + 30  # a still of 256x256


def largest_side(room_mb: int) -> int:
    """The side of the largest square that so much memory is enough for; 0: none."""
    if room_mb < SMALLEST_ROOM_MB:
        return 0
    side = 1000 * ((room_mb - BASE_MB) / MEGAPIXEL_MB) ** 0.5
    return int(side) // SIDE_STEP * SIDE_STEP


def memory_trouble(free_mb: int, live_mb: int) -> str:
    """Why not even a small still is made. What the live picture uses now is left free for it: a new
    size or a model of its own may ask for as much again."""
    return (
        f"a small still needs {SMALLEST_ROOM_MB} MB of memory, and of {free_mb} MB that are free "
        f"{live_mb} MB are left for the live picture"
    )
