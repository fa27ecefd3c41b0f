"""Which values go back to a tablet, and when."""

from __future__ import annotations

from lib.config.params import Played
from lib.osc.echo import APART_NS, QUIET_NS, REPEAT_NS, Echo
from lib.osc.packet import message, parse

S = 1_000_000_000


def addresses(packets: list[bytes]) -> set[str]:
    return {parse(packet)[0].messages[0].address for packet in packets}


def test_all_at_the_start_a_change_at_once_and_all_again_after_ten_seconds() -> None:
    echo, played = Echo(), Played()
    everything = addresses(echo.due(played, S))
    assert {"/prompt", "/prompt/0", "/blend_t", "/mode", "/scene", "/strength"} <= everything
    assert not echo.due(played, 2 * S)
    changed = played.changed(strength=0.25, paused=True)
    assert set(echo.due(changed, 3 * S)) >= {message("/strength", 0.25), message("/scene", 0)}
    assert not echo.due(changed, 4 * S)
    assert not echo.due(changed, S + REPEAT_NS - 1)
    assert addresses(echo.due(changed, S + REPEAT_NS)) == everything


def test_a_fader_that_somebody_else_moves_comes_thirty_times_a_second_and_ends_right() -> None:
    echo = Echo()
    played = Played()
    echo.due(played, 0)
    sent = []
    for ms in range(1000, 2000):
        played = played.changed(strength=ms / 2000)
        sent += echo.due(played, ms * 1_000_000)
    assert 28 <= len(sent) <= 31
    sent += echo.due(played, 2 * S + APART_NS)
    assert sent[-1] == message("/strength", 1999 / 2000)


def test_a_fader_under_a_finger_is_left_alone_until_it_rests() -> None:
    echo = Echo()
    played = Played(strength=0.5)
    echo.due(played, 0)
    for ms in range(1000, 1500, 10):
        echo.heard("/strength", ms * 1_000_000)
        played = played.changed(strength=ms / 2000, opacity=ms / 2000)
        assert "/strength" not in addresses(echo.due(played, ms * 1_000_000 + 1))
    assert "/strength" not in addresses(echo.due(played, 1_490_000_000 + QUIET_NS - 1))
    assert echo.due(played, 1_490_000_000 + QUIET_NS) == [message("/strength", 1490 / 2000)]


def test_a_value_that_was_refused_is_set_back() -> None:
    echo, played = Echo(), Played(strength=0.5, blend=0.25)
    echo.due(played, 0)
    echo.heard("/blend_t", S)
    assert not echo.due(played, S + QUIET_NS - 1)
    assert echo.due(played, S + QUIET_NS) == [message("/blend", 0.25), message("/blend_t", 0.25)]
    echo.heard("/nothing", 2 * S)
    assert not echo.due(played, 3 * S)
