"""Words of what is spoken, by sherpa-onnx and a model folder that the operator brings.

No package ships weights that understand English well enough, and nothing is downloaded. The package
is imported with the first turn, so that a process without voices does without it. A model that it
cannot read may end the whole process, so another one tries it first: `python -m` this module.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np

from lib.core.voice.prosody import RATE_HZ, Samples

ROOT = Path(__file__).parents[3]  # the settings' own would cost the trial half a second
TRIAL_S = 60.0  # a large model of a slow disk


class Recogniser:
    """Used by several threads; the model is loaded once and works on one turn at a time."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder) if folder else None
        self._lock = threading.Lock()
        self._model: Any = None
        self.trouble = "" if folder else "VOICE_WORDS names no folder with a model for sherpa-onnx"

    @property
    def is_there(self) -> bool:
        """Whether it can be tried: what is missing is found out with the first turn."""
        return not self.trouble

    def words(self, turn: Samples) -> str:
        """Empty where there are none, or no model that can be used; then `trouble` says why."""
        with self._lock:
            if self._model is None and not self.trouble:
                self._load()
            if self._model is None:
                return ""
            return _words(self._model, turn)

    def _load(self) -> None:
        assert self._folder
        try:
            import sherpa_onnx  # noqa: PLC0415 - see above
        except ImportError:
            self.trouble = "the package sherpa-onnx is not installed (pip install sherpa-onnx)"
            return
        try:
            _parts(self._folder)
            _try(self._folder)
            self._model = _opened(sherpa_onnx, self._folder)
        except (OSError, ValueError, RuntimeError, subprocess.SubprocessError):
            self.trouble = f"{self._folder} is no model that sherpa-onnx can open"


def _try(folder: Path) -> None:
    """In a process of its own; a SubprocessError where it ends or hangs with this model."""
    command = [sys.executable, "-m", __name__, str(folder.absolute())]
    quiet = subprocess.DEVNULL
    subprocess.run(
        command, cwd=ROOT, stdin=quiet, stdout=quiet, stderr=quiet, timeout=TRIAL_S, check=True
    )


def _words(model: Any, turn: Samples) -> str:
    stream = model.create_stream()
    stream.accept_waveform(RATE_HZ, turn.astype(np.float32) / 32768)
    model.decode_stream(stream)
    return " ".join(str(stream.result.text).split())


def _parts(folder: Path) -> tuple[str, dict[str, str]]:
    """What kind of model it is and its files, named as sherpa-onnx's own models are; ValueError
    for none."""
    tokens = _one(folder, "*tokens.txt")
    names = ("encoder", "decoder", "joiner")
    found = {name: path for name in names if (path := _one(folder, f"*{name}*.onnx"))}
    kinds = {3: "from_transducer", 2: "from_whisper"}
    if tokens and "encoder" in found and "decoder" in found:
        return kinds[len(found)], {**found, "tokens": tokens}
    model = _one(folder, "*.onnx")
    if tokens and model:
        return "from_sense_voice", {"model": model, "tokens": tokens}
    raise ValueError


def _opened(package: Any, folder: Path) -> Any:
    kind, parts = _parts(folder)
    return getattr(package.OfflineRecognizer, kind)(**parts, num_threads=1)


def _one(folder: Path, pattern: str) -> str:
    """The smaller of several, which is the quantised one."""
    found = sorted(folder.glob(pattern), key=lambda path: path.stat().st_size)
    return str(found[0]) if found else ""


if __name__ == "__main__":
    import sherpa_onnx

    _words(_opened(sherpa_onnx, Path(sys.argv[1])), np.ones(RATE_HZ, np.int16))
    os._exit(0)  # whatever the library's threads still do
