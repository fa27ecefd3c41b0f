"""What MIDI bytes mean, by the bytes of the standard."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib.signals.midi.messages import (
    LONGEST,
    MidiControl,
    MidiStream,
    MidiTouch,
    control_named,
    position_bytes,
)

KNOB, PAD, FADER = MidiControl("cc", 1, 7), MidiControl("note", 10, 36), MidiControl("pitch", 2)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("b0 07 40", MidiTouch(KNOB, 64)),
        ("99 24 64", MidiTouch(PAD, 100)),
        ("99 24 00", MidiTouch(PAD, 0)),
        ("89 24 40", MidiTouch(PAD, 0)),
        ("e1 7f 7f", MidiTouch(FADER, 16383)),
        ("e1 00 40", MidiTouch(FADER, 8192)),
        ("d4 50", MidiTouch(MidiControl("pressure", 5), 80)),
        ("f8", "clock"),
        ("fa", "start"),
        ("fb", "continue"),
        ("fc", "stop"),
    ],
)
def test_each_kind_of_message_is_understood(data: str, expected: object) -> None:
    assert MidiStream().feed(bytes.fromhex(data)) == [expected]


def test_what_moves_no_signal_is_left_out() -> None:
    programs_modes_and_sensing = bytes.fromhex("c0 05 b0 7b 00 fe f0 7e 00 06 01 f7")
    assert MidiStream().feed(programs_modes_and_sensing) == []


def test_a_message_may_come_in_pieces() -> None:
    stream = MidiStream()
    assert [stream.feed(bytes((one,))) for one in (0xB0, 7, 9)] == [[], [], [MidiTouch(KNOB, 9)]]


def test_an_endless_system_exclusive_fills_nothing_and_what_follows_is_heard() -> None:
    stream = MidiStream()
    for _ in range(20):
        assert stream.feed(b"\xf0" + b"\x01" * LONGEST) == []
    assert stream.malformed >= 10
    assert len(stream._parser._tok._bytes) <= 2 * LONGEST
    assert stream.feed(bytes.fromhex("b0 07 01")) == [MidiTouch(KNOB, 1)]


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_any_bytes_are_taken(data: bytes) -> None:
    for said in MidiStream().feed(data):
        if isinstance(said, MidiTouch):
            assert control_named(said.control.name) == said.control
            assert 0 <= said.level <= (16383 if said.control.kind == "pitch" else 127)


@pytest.mark.parametrize("name", ["1.cc7", "10.note36", "2.pitch", "16.pressure", "1.cc0"])
def test_a_control_has_a_name(name: str) -> None:
    assert control_named(name).name == name


@pytest.mark.parametrize(
    "name", ["", "cc7", "0.cc7", "17.cc7", "1.cc128", "1.cc", "1.pitch3", "1.cc07", "1.x7", "1.cc٣"]
)
def test_what_is_no_control_is_said(name: str) -> None:
    with pytest.raises(ValueError, match="no MIDI control"):
        control_named(name)


@pytest.mark.parametrize("control", [KNOB, PAD, FADER])
@pytest.mark.parametrize("position", [0.0, 0.25, 1.0])
def test_what_is_sent_to_a_motor_comes_back_as_the_same_position(
    control: MidiControl, position: float
) -> None:
    (sent,) = position_bytes(control, position)
    (touch,) = MidiStream().feed(sent)
    assert isinstance(touch, MidiTouch)
    top = 16383 if control.kind == "pitch" else 127
    assert touch.control == control and abs(touch.level / top - position) < 1 / top


def test_a_wide_control_is_sent_in_two_parts() -> None:
    assert position_bytes(KNOB, 1.0, wide=True) == [b"\xb0\x07\x7f", b"\xb0\x27\x7f"]
    assert position_bytes(MidiControl("pressure", 1), 1.0) == []
