"""Classifies finished pictures before they are encoded, and blurs what the public must not see.

Part of a worker only with `picture_safety`. A picture that cannot be classified is treated like an
unsafe one: neither the camera's own picture nor a gap takes its place.
"""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack

import numpy as np

from lib.core.counters import Drop
from lib.core.ladder import Rung
from lib.core.pixels import Pixels
from lib.engine.picture_safety import INPUT_SIZE, SafetyClassifier, blurred
from lib.observe import OncePerSecond, Tally
from lib.pictures.codec import open_codec
from lib.pictures.header import JpegError
from lib.stage import REST_S, Inbox, Stage
from lib.transform.generate import Generate
from lib.transform.task import Task

log = logging.getLogger(__name__)
loud = OncePerSecond(log)

FAILURES = 5  # in a row, before the process ends so that the supervisor starts a fresh one


class Moderate(Stage):
    """Runs on a thread of its own, so that the engine makes the next picture meanwhile."""

    def __init__(self, classifier: SafetyClassifier, threshold: float, after: Generate) -> None:
        super().__init__()
        self.tally = Tally()  # durations: classifying one picture
        self.done: Inbox[Task] = Inbox(64)
        self._classifier, self._threshold = classifier, threshold
        self._made = after.done
        self._codec = open_codec()
        self._failures = 0

    def open(self, resources: ExitStack) -> None:
        """Nothing to open: the classifier is made before the worker takes its first job."""

    def step(self) -> None:
        task = self._made.get(REST_S)
        if task is None:
            return
        if task.repeats is not None:  # repeats an earlier frame's picture, which was classified
            self._hand_on(task)
            return
        self.tally.count("in")
        start_ns = time.monotonic_ns()
        picture = self._picture(task)
        if picture is None or not self._is_safe(task, picture):
            seen = np.zeros((8, 8, 3), np.uint8) if picture is None else picture
            task.pixels, task.jpg = blurred(seen, task.size), b""
            task.frame = None  # it is shown as it is, not averaged with what was shown before
        took_ns = time.monotonic_ns() - start_ns
        self.tally.took(took_ns)
        task.timings[Rung.LOOK] = took_ns / 1e6
        self._hand_on(task)

    def stir(self) -> None:
        self._made.stir()

    def _hand_on(self, task: Task) -> None:
        if self.done.put(task):
            self.tally.count(Drop.OVERRUN)

    def _picture(self, task: Task) -> Pixels | None:
        """The picture to classify; a frame that only passes through is decoded no larger than the
        classifier needs."""
        if task.pixels is not None:
            return task.pixels
        try:
            return self._codec.decode_scaled(task.jpg, task.size, INPUT_SIZE)
        except JpegError as error:
            self.tally.count("unreadable")
            loud.warning("unreadable", "frame %s made black, unreadable: %s", task.index, error)
            return None

    def _is_safe(self, task: Task, picture: Pixels) -> bool:
        try:
            score = self._classifier.score(picture)
        except Exception as error:  # whatever failed, the picture was not classified
            self._failures += 1
            self.tally.count("failed")
            loud.warning("failed", "frame %s blurred, not classified: %s", task.index, error)
            if self._failures >= FAILURES:
                raise RuntimeError(f"classifying failed {FAILURES} times in a row") from error
            return False
        self._failures = 0
        if score <= self._threshold:  # false for a score that is not a number, which is not safe
            return True
        self.tally.count("blurred")
        loud.warning("blurred", "frame %s blurred, its unsafe score is %.2f", task.index, score)
        return False
