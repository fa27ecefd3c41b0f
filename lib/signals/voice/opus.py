"""Decodes Opus by the system's libopus, which browsers and ffmpeg bring along."""

from __future__ import annotations

import ctypes
from functools import cache

import numpy as np

from lib.core.voice.prosody import RATE_HZ, Samples
from lib.signals.voice.webm import AudioFormatError

MISSING = (
    "WebM needs libopus on this machine (sudo apt install libopus0); "
    "or send linear16, as session_settings can say"
)
LONGEST = RATE_HZ * 120 // 1000  # samples of one packet


class OpusDecoder:
    """One voice; libopus mixes two channels to one and gives the rate that is asked for."""

    def __init__(self) -> None:
        self._library = _library()
        failed = ctypes.c_int()
        self._decoder = self._library.opus_decoder_create(RATE_HZ, 1, ctypes.byref(failed))
        if failed.value:
            raise AudioFormatError(MISSING)
        self._samples = np.zeros(LONGEST, np.int16)

    def __del__(self) -> None:
        if getattr(self, "_decoder", None):
            self._library.opus_decoder_destroy(self._decoder)

    def decode(self, packet: bytes) -> Samples:
        into = self._samples.ctypes.data_as(ctypes.POINTER(ctypes.c_int16))
        count = self._library.opus_decode(self._decoder, packet, len(packet), into, LONGEST, 0)
        if count < 0:
            raise AudioFormatError("a packet of this WebM is no Opus")
        return self._samples[:count].copy()


@cache
def _library() -> ctypes.CDLL:
    try:
        library = ctypes.CDLL("libopus.so.0")
    except OSError:
        raise AudioFormatError(MISSING) from None
    library.opus_decoder_create.restype = ctypes.c_void_p
    library.opus_decoder_create.argtypes = [ctypes.c_int32, ctypes.c_int, ctypes.c_void_p]
    library.opus_decoder_destroy.argtypes = [ctypes.c_void_p]
    library.opus_decoder_destroy.restype = None
    library.opus_decode.argtypes = [
        ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int32,
        ctypes.POINTER(ctypes.c_int16), ctypes.c_int, ctypes.c_int,
    ]  # fmt: skip
    return library
