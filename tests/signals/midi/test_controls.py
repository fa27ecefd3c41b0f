"""Faders, encoders, fine faders and pads, told apart by what they send."""

from __future__ import annotations

import pytest

from lib.signals.midi.controls import MOST_CONTROLS, STEP, Controls, read_modes
from lib.signals.midi.messages import MidiControl, MidiTouch

KNOB, FINE, PAD = MidiControl("cc", 1, 7), MidiControl("cc", 1, 39), MidiControl("note", 10, 36)


def moved(controls: Controls, control: MidiControl, *levels: int) -> list[float]:
    positions = []
    for level in levels:
        found = controls.take(MidiTouch(control, level))
        assert found
        positions.append(found.position)
    return positions


def test_a_fader_stands_where_it_says_also_where_it_begins_slowly() -> None:
    controls = Controls()
    assert moved(controls, KNOB, 1, 2, 3, 4, 5, 64, 127, 0)[-3:] == [64 / 127, 1.0, 0.0]
    assert controls.at(KNOB).mode == "absolute"


@pytest.mark.parametrize(
    ("clicks", "mode"),
    [((1, 1, 1, 1, 2, 127, 1), "signed"), ((65, 65, 65, 66, 63, 65), "offset")],
)
def test_an_encoder_is_known_by_its_clicks(clicks: tuple[int, ...], mode: str) -> None:
    controls = Controls()
    moved(controls, KNOB, *clicks)
    assert controls.at(KNOB).mode == mode
    before = controls.at(KNOB).position
    up, down = (1, 127) if mode == "signed" else (65, 63)
    (after,) = moved(controls, KNOB, up)
    assert after == pytest.approx(min(1.0, before + STEP))
    (again,) = moved(controls, KNOB, down)
    assert again == pytest.approx(after - STEP)


def test_a_button_that_says_127_each_time_is_no_encoder() -> None:
    assert moved(Controls(), KNOB, 127, 127, 127, 127) == [1.0] * 4
    assert moved(Controls(), KNOB, 127, 0, 127, 0) == [1.0, 0.0, 1.0, 0.0]


def test_the_fine_part_of_a_wide_fader_is_found_and_adds_to_it() -> None:
    controls = Controls()
    for at in range(1000, 1800, 100):
        moved(controls, KNOB, at >> 7)
        moved(controls, FINE, at & 127)
    assert controls.at(KNOB).mode == "wide"
    assert controls.at(KNOB).position == pytest.approx(1700 / 16383)


def test_two_knobs_that_could_be_one_stay_two_unless_they_take_turns() -> None:
    controls = Controls()
    moved(controls, KNOB, 10, 20, 30)
    moved(controls, FINE, 40, 50, 60)
    moved(controls, KNOB, 31)
    assert controls.at(KNOB).position == 31 / 127
    assert controls.at(FINE).position == 60 / 127


def test_the_settings_say_what_a_control_is() -> None:
    controls = Controls(read_modes("1.cc7=wide, 10.note36=toggle 1.cc16=signed"))
    assert moved(controls, PAD, 100, 0, 90, 0) == [1.0, 1.0, 0.0, 0.0]
    moved(controls, KNOB, 64)
    assert moved(controls, FINE, 1) == [pytest.approx(8193 / 16383)]
    assert moved(controls, MidiControl("cc", 1, 16), 5) == [pytest.approx(5 * STEP)]


def test_a_pad_that_is_not_named_holds_while_it_is_pressed() -> None:
    assert moved(Controls(), PAD, 127, 0) == [1.0, 0.0]


@pytest.mark.parametrize("text", ["1.cc7=loud", "1.cc7", "cc7=wide", "1.cc40=wide", "1.pitch=wide"])
def test_a_wrong_mode_is_one_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"mode|control|fine"):
        read_modes(text)


def test_a_port_that_invents_controls_fills_nothing() -> None:
    controls = Controls()
    for number in range(MOST_CONTROLS + 50):
        controls.take(MidiTouch(MidiControl("note", 1 + number // 128, number % 128), 1))
    assert len(controls) == MOST_CONTROLS and controls.refused == 50


def test_a_motor_moves_the_position() -> None:
    controls = Controls()
    controls.put(KNOB, 0.5)
    assert controls.at(KNOB).position == 0.5
