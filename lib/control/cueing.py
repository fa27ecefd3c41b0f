"""The thread on which cues come by themselves."""

from __future__ import annotations

from contextlib import ExitStack

from lib.control.cuer import Cuer
from lib.stage import Stage


class Cueing(Stage):
    """Looks when the next one is due, or when something was changed."""

    def __init__(self, cuer: Cuer) -> None:
        super().__init__()
        self._cuer = cuer
        cuer.on_change = self.stir

    def open(self, resources: ExitStack) -> None:
        """There is nothing to open: the sheet is the desk's."""

    def step(self) -> None:
        self._cuer.look()
        self.pause(self._cuer.wait_s())
