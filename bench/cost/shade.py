"""An engine that costs nothing and shows what strength is: the darker, the stronger."""

from __future__ import annotations

import numpy as np

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.engine.engine import Engine, Frames


class Shade(Engine):
    flickers = False  # its pictures need no averaging, which would hide when they change

    def __init__(self, settings: WorkerSettings, why: str) -> None:  # noqa: ARG002 - as all engines
        self.name, self.about = "shade", f"shade: {why}"

    def generate(self, frames: Frames, params: Params) -> Frames:
        return (np.asarray(frames) * (1 - params.strength / 2)).astype(np.uint8)
