"""Alt+R and Alt+Q from a keyboard, as the kernel tells of it."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from lib.ops.desktop.hotkeys import ALT, EVENT, Chord, Keyboards, Q, R, listen
from tests.rig import until

LEFT_ALT, RIGHT_ALT, CONTROL, REPEAT = min(ALT), max(ALT), 29, 2


def typed(*keys: tuple[int, int]) -> list[int]:
    """What a keyboard's presses (1), repeats (2) and releases (0) mean."""
    chord = Chord()
    felt = [chord.feel(1, code, value) for code, value in keys]
    return [one for one in felt if one is not None]


def test_only_alt_and_the_key_count() -> None:
    assert typed((LEFT_ALT, 1), (R, 1), (R, 0), (Q, 1)) == [R, Q]
    assert typed((RIGHT_ALT, 1), (Q, 1)) == [Q]
    assert typed((R, 1), (LEFT_ALT, 1)) == []
    assert typed((LEFT_ALT, 1), (LEFT_ALT, 0), (R, 1)) == []
    assert typed((CONTROL, 1), (LEFT_ALT, 1), (R, 1)) == []


def test_a_key_that_is_held_is_pressed_once() -> None:
    assert typed((LEFT_ALT, 1), (R, 1), (R, REPEAT), (R, REPEAT), (LEFT_ALT, REPEAT)) == [R]


def test_keyboards_come_and_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.ops.desktop.hotkeys.LOOK_AGAIN_S", 0.1)
    first, second = tmp_path / "event0", tmp_path / "event1"
    os.mkfifo(first)
    quit_event, pressed = threading.Event(), []
    actions = {R: lambda: pressed.append("R"), Q: lambda: pressed.append("Q")}
    thread = threading.Thread(target=listen, args=(actions, quit_event, tmp_path))
    thread.start()
    try:
        press(first, (LEFT_ALT, 1), (R, 1))  # and is unplugged again
        assert until(lambda: pressed == ["R"])
        os.mkfifo(second)
        press(second, (LEFT_ALT, 1), (Q, 1))
        assert until(lambda: pressed == ["R", "Q"])
    finally:
        quit_event.set()
        thread.join()


def press(path: Path, *keys: tuple[int, int]) -> None:
    with path.open("wb") as keyboard:  # waits until it is listened to
        for code, value in keys:
            keyboard.write(EVENT.pack(0, 0, 1, code, value))


def test_a_keyboard_that_may_not_be_read_is_no_keyboard(tmp_path: Path) -> None:
    (tmp_path / "event0").symlink_to(tmp_path / "gone")
    with Keyboards(tmp_path) as keyboards:
        assert keyboards.pressed(0) == [] and len(keyboards) == 0
