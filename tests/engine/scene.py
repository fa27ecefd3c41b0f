"""A drawn scene with edges, areas and texture, so that a painter has something to paint."""

import cv2
import numpy as np

from lib.engine.engine import Frames


def scene(height: int, width: int, count: int = 1) -> Frames:
    """Frames that differ a little from each other, the same on every run."""
    rng = np.random.default_rng(7)
    frames = np.empty((count, height, width, 3), np.uint8)
    across = np.linspace(40, 220, width, dtype=np.float32)
    for index, frame in enumerate(frames):
        sky = np.stack(
            [
                np.tile(across, (height, 1)),
                np.full((height, width), 120),
                255 - across + np.zeros((height, 1)),
            ],
            axis=-1,
        )
        frame[:] = np.clip(sky + rng.normal(0, 6, sky.shape), 0, 255)
        middle = (width // 2 + 5 * index, height // 2)
        cv2.circle(frame, middle, min(height, width) // 4, (230, 180, 40), -1)
        cv2.line(frame, (0, height - 8), (width, height // 2), (20, 20, 30), 5)
        cv2.rectangle(
            frame, (width // 8, height // 8), (width // 3, height // 3), (30, 160, 60), -1
        )
    return frames
