"""Speaks sentences by espeak-ng, a program of the system, one child process for each sentence.

The text goes in by a pipe: a command line is shown to every user of the machine.
"""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import wave
from contextlib import suppress
from typing import NamedTuple

import numpy as np

from lib.core.voice.prosody import Samples

PROGRAM = "espeak-ng"
SPEAKS_WITHIN_S = 10.0
LONGEST_WAV = 4_000_000  # bytes: a minute and a half
LONGEST_SENTENCE = 240  # characters: about 15 s, which an interruption would waste


class Spoken(NamedTuple):
    wav: bytes
    samples: Samples
    rate_hz: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate_hz


class Speaker:
    """Where the program is not installed, the page lets the browser speak."""

    def __init__(self, voice: str) -> None:
        self._voice = voice
        self._program = shutil.which(PROGRAM)

    @property
    def is_there(self) -> bool:
        return self._program is not None

    async def speak(self, sentence: str) -> Spoken | None:
        """None where it cannot be spoken. A cancelled task ends its child."""
        if self._program is None:
            return None
        child = await asyncio.create_subprocess_exec(
            self._program, "--stdout", "--stdin", "-v", self._voice,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        try:
            async with asyncio.timeout(SPEAKS_WITHIN_S):
                wav, _ = await child.communicate(sentence.encode("utf-8", "replace"))
        except TimeoutError:
            return None
        finally:
            with suppress(ProcessLookupError):
                child.kill()
        return read_wav(wav[:LONGEST_WAV])


def read_wav(data: bytes) -> Spoken | None:
    """With a header that tells its length: espeak-ng writes one before it knows it."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            rate_hz, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            samples = np.frombuffer(file.readframes(len(data)), "<i2") if width == 2 else None
    except (wave.Error, EOFError, ValueError):
        return None
    if samples is None or channels != 1 or not len(samples):
        return None
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return Spoken(out.getvalue(), samples.astype(np.int16), rate_hz)


def sentences(text: str) -> list[str]:
    """Short enough that the first is soon spoken and that little of them is cut."""
    found = re.findall(r"[^.!?…]+[.!?…]*[\"'”’)]*\s*", text) or [text]
    pieces: list[str] = []
    for sentence in found:
        words = sentence.split()
        line = ""
        for word in words:
            if line and len(line) + len(word) >= LONGEST_SENTENCE:
                pieces.append(line)
                line = ""
            line = f"{line} {word[:LONGEST_SENTENCE]}".strip()
        pieces += [line] if line else []
    return pieces
