"""Voices: espeak-ng says one sentence calmly, plainly and excitedly, once for each run."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from lib.core.voice.prosody import Samples
from lib.signals.voice.audio import Resampler
from lib.signals.voice.speech import read_wav

WORDS = "The picture on the wall moves while I am speaking, and I wonder what it becomes next."
# Words a minute, pitch and amplitude, as espeak-ng counts them.
MANNERS = {"calm": (115, 25, 60), "plain": (165, 50, 100), "excited": (230, 80, 180)}
Voices = Callable[..., Samples]


@cache
def said(manner: str, speaker: str = "en", level: int = 0, words: str = WORDS) -> Samples:
    speed, pitch, amplitude = MANNERS[manner]
    argv = ["espeak-ng", "--stdout", "--stdin", "-v", speaker, "-s", str(speed), "-p", str(pitch)]
    done = subprocess.run(
        [*argv, "-a", str(level or amplitude)], input=words.encode(), capture_output=True,
        check=True, timeout=30,
    )  # fmt: skip
    spoken = read_wav(done.stdout)
    assert spoken
    return Resampler(spoken.rate_hz).push(spoken.samples.astype(np.float32))


@pytest.fixture
def voices() -> Voices:
    if not shutil.which("espeak-ng"):
        pytest.skip("no espeak-ng here; apt install espeak-ng")
    return said
