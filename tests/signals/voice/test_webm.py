"""Opus in WebM, as Chromium's MediaRecorder made it of a sentence of espeak-ng in 100 ms pieces."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.core.voice.prosody import HOP, RATE_HZ
from lib.signals.voice.audio import AudioReader
from lib.signals.voice.hearing import Hearing
from lib.signals.voice.messages import MessageError
from lib.signals.voice.opus import OpusDecoder
from lib.signals.voice.webm import AudioFormatError, WebmReader
from tests.core.voice.sounds import measured
from tests.signals.voice.talking import NEEDS_OPUS

FILM = (Path(__file__).parent / "voice.webm").read_bytes()
SECONDS = 2.58


@NEEDS_OPUS
@pytest.mark.parametrize("piece", [7, len(FILM)])
def test_a_browsers_recording_is_a_voice_in_pieces_of_any_length(piece: int) -> None:
    reader = AudioReader(None)
    hops = [hop for at in range(0, len(FILM), piece) for hop in reader.hops(FILM[at : at + piece])]
    assert len(hops) * HOP / RATE_HZ == pytest.approx(SECONDS, abs=0.05)
    voiced = [one.pitch_hz for one in measured(np.concatenate(hops)) if one.pitch_hz]
    assert 90 < np.median(voiced) < 125 and len(voiced) > 50


@NEEDS_OPUS
def test_a_second_recording_begins_anew() -> None:
    reader = AudioReader(None)
    first, second = len(list(reader.hops(FILM))), len(list(reader.hops(FILM)))
    assert abs(first - second) <= 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"RIFF....WAVEfmt " * 10, "WebM"),
        (b"\x00" * 100, "no WebM"),
        (FILM.replace(b"A_OPUS", b"A_PCMX"), "not Opus"),
        (FILM[600:], "WebM"),
        (FILM[:36] + b"\xa3\x1f\xff\xff\xff", "no WebM that a browser records"),
    ],
)
def test_what_is_none_is_refused_with_a_sentence(data: bytes, says: str) -> None:
    with pytest.raises(AudioFormatError, match=says):
        for packet in WebmReader().push(data):
            OpusDecoder().decode(packet)


@settings(max_examples=25)
@given(st.integers(0, len(FILM) - 1), st.binary(min_size=1, max_size=40), st.integers(50, 500))
def test_damage_is_refused_or_heard_and_nothing_else(at: int, junk: bytes, piece: int) -> None:
    reader, data = AudioReader(None), FILM[:at] + junk + FILM[at + len(junk) :]
    try:
        for begin in range(0, len(data), piece):
            list(reader.hops(data[begin : begin + piece]))
    except AudioFormatError as error:
        assert str(error)


@NEEDS_OPUS
def test_no_more_is_decoded_than_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """A packet of one byte is up to 120 ms of silence, so a message may hold half an hour."""
    decoded: list[bytes] = []
    decode = OpusDecoder.decode

    def counting(decoder: OpusDecoder, packet: bytes) -> np.ndarray:
        decoded.append(packet)
        return decode(decoder, packet)

    monkeypatch.setattr(OpusDecoder, "decode", counting)
    hearing = Hearing(keeps_turns=False)
    list(hearing.push(FILM, clock_ms=0))
    block = b"\xa3\x85\x81\x00\x00\x80\x18"  # a SimpleBlock whose packet is 60 ms of nothing
    decoded.clear()
    with pytest.raises(MessageError, match="faster than anybody can speak"):
        list(hearing.push(block * 20_000, clock_ms=1))
    assert 0 < len(decoded) < 1000


def test_a_huge_element_is_passed_over_and_not_kept() -> None:
    reader = WebmReader()
    reader.push(FILM[:36])
    reader.push(b"\xec" + (0x0800000000000000 | (1 << 56)).to_bytes(8, "big"))
    for _ in range(100):
        assert reader.push(b"\xa3" * 10_000) == []
    assert len(reader._data) == 0
