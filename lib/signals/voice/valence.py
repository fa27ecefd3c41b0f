"""How pleasant words are: how far they lie towards pleasant words, away from unpleasant ones."""

from __future__ import annotations

import logging
import math
import threading

import numpy as np

from lib.words.package_file import PackageFileError
from lib.words.vectors import Embedder, Vector, WordVectors, unit

log = logging.getLogger(__name__)

PLEASANT = (
    "happy joy love wonderful beautiful good great delighted hope friendly pleased warm excellent "
    "glad"
)
UNPLEASANT = (
    "sad angry hate terrible ugly bad awful miserable fear hostile upset cold horrible sorry"
)
# Of 21 plain sentences the neutral ones lie within 0.1 of here, and the clearest 0.5 away.
MIDDLE, SLOPE = 0.03, 3.0
# Of the spectral tilt, which says little of pleasure: a sharp voice a little less.
BY_TILT_DB, MOST_BY_TILT, USUAL_TILT_DB = 0.01, 0.1, -9.0


class WordValence:
    """Loaded with the first words, which takes a third of a second and 20 MB."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._embedder: Embedder | None = None
        self._axis: Vector | None = None
        self.trouble = ""

    def of(self, text: str) -> float:
        """-1 to 1; 0 for words without a side, and where there are no word vectors. Any thread."""
        with self._lock:
            if self._embedder is None and not self.trouble:
                self._load()
        if self._embedder is None or self._axis is None or not text.strip():
            return 0.0
        along = float(self._embedder.embed(text) @ self._axis)
        return math.tanh(SLOPE * (along - MIDDLE)) if along else 0.0

    def _load(self) -> None:
        try:
            embedder = WordVectors()
        except PackageFileError as error:
            self.trouble = f"words say nothing about the mood: {error}"
            log.warning("%s", self.trouble)
            return
        self._axis = unit(_mean(embedder, PLEASANT) - _mean(embedder, UNPLEASANT))
        self._embedder = embedder


def with_tilt(valence: float, tilt_db: float) -> float:
    by_tilt = -BY_TILT_DB * (tilt_db - USUAL_TILT_DB)
    return max(-1.0, min(1.0, valence + max(-MOST_BY_TILT, min(MOST_BY_TILT, by_tilt))))


def _mean(embedder: Embedder, words: str) -> Vector:
    return np.mean([embedder.embed(word) for word in words.split()], axis=0)  # type: ignore[no-any-return] # numpy says Any of a mean
