from collections.abc import Callable, Iterator

import numpy as np
import pytest

from lib.core.pixels import Pixels
from lib.core.still_params import StillParams
from lib.engine.engine import StillCancelledError
from lib.engine.painter.neural_painter import NeuralPainter


class Steps:
    """Keeps what a still reports, with the preview of each step; cancels after some pieces."""

    def __init__(self, previews: bool = False, most_pieces: int | None = None) -> None:
        self.pieces, self.done = 0, [0]
        self.total = 0
        self.previews: list[Pixels] = []
        self._wants, self._most = previews, most_pieces

    def piece(self) -> None:
        self.pieces += 1
        if self._most is not None and self.pieces > self._most:
            raise StillCancelledError

    def step(self, done: int, total: int, preview: Callable[[], Pixels] | None = None) -> None:
        self.piece()
        self.done.append(done)
        self.total = total
        if self._wants and preview:
            self.previews.append(preview())


Make = Callable[..., Pixels]


@pytest.fixture
def make(painter: NeuralPainter) -> Iterator[Make]:
    """One still of 128x128 in four steps, unless asked for otherwise."""

    def made(
        prompt: str,
        image: Pixels | None = None,
        mask: np.ndarray | None = None,
        told: Steps | None = None,
        **params: object,
    ) -> Pixels:
        wanted = {"width": 128, "height": 128, "steps": 4, **params}
        (picture,) = painter.make(StillParams(prompt, **wanted), image, mask, told or Steps())
        return picture

    yield made
