"""Words by sherpa-onnx: what is missing is one sentence. Its weights are in no package, so a module
with the same two calls, as version 2.0.1 has them, stands in for it here."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from lib.signals.voice.recogniser import Recogniser

TURN = np.ones(16_000, np.int16)
STAND_IN = """
import os

class Stream:
    def accept_waveform(self, rate, samples):
        self.heard = (rate, len(samples), float(samples.max()))

class OfflineRecognizer:
    @classmethod
    def from_transducer(cls, encoder, decoder, joiner, tokens, num_threads=1):
        if "broken" in tokens:
            raise RuntimeError("Load model failed")
        if "damaged" in tokens:
            os._exit(255)  # as the library does, whose own words about it are in stderr
        return cls()

    def create_stream(self):
        return Stream()

    def decode_stream(self, stream):
        rate, count, loudest = stream.heard
        assert rate == 16000 and loudest <= 1
        stream.result = type("Result", (), {"text": f" heard {count} "})
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sherpa_onnx.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))  # of the process that tries a model
    monkeypatch.delitem(sys.modules, "sherpa_onnx", raising=False)


def model(folder: Path, *names: str) -> str:
    folder.mkdir()
    for name in names:
        (folder / name).write_bytes(b"x")
    return str(folder)


PARTS = ("encoder.int8.onnx", "decoder.onnx", "joiner.onnx", "tokens.txt")


def test_without_a_folder_nothing_is_recognised_and_nothing_imported() -> None:
    recogniser = Recogniser("")
    assert not recogniser.is_there and recogniser.words(TURN) == ""
    assert "VOICE_WORDS" in recogniser.trouble


def test_an_absent_package_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    recogniser = Recogniser(model(tmp_path / "model", *PARTS))
    assert recogniser.is_there and recogniser.words(TURN) == ""
    assert "pip install sherpa-onnx" in recogniser.trouble


@pytest.mark.usefixtures("package")
def test_words_of_a_turn_are_recognised(tmp_path: Path) -> None:
    recogniser = Recogniser(model(tmp_path / "model", *PARTS))
    assert recogniser.words(TURN) == "heard 16000" and not recogniser.trouble


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize("names", [(), ("tokens.txt",), (*PARTS[:3], "broken-tokens.txt"),
                                   (*PARTS[:3], "damaged-tokens.txt")])  # fmt: skip
def test_a_folder_without_a_model_is_one_sentence(tmp_path: Path, names: tuple[str, ...]) -> None:
    recogniser = Recogniser(model(tmp_path / "model", *names))
    assert (
        recogniser.words(TURN) == "" and "no model that sherpa-onnx can open" in recogniser.trouble
    )


@pytest.mark.usefixtures("package")
def test_an_absent_folder_is_one_sentence(tmp_path: Path) -> None:
    recogniser = Recogniser(str(tmp_path / "nowhere"))
    assert recogniser.words(TURN) == "" and "no model" in recogniser.trouble
