"""When a turn begins and ends."""

from __future__ import annotations

from lib.core.voice.turns import LONGEST_MS, PAUSE_MS, TurnDetector, TurnEvent


def run(turns: TurnDetector, *parts: tuple[bool, int], begin_ms: int = 0) -> dict[int, TurnEvent]:
    """Parts with a voice or without, each of so many milliseconds."""
    events, now_ms = {}, begin_ms
    for is_voice, length_ms in parts:
        for _ in range(length_ms // 20):
            now_ms += 20
            if event := turns.push(is_voice, now_ms):
                events[now_ms] = event
    return events


def test_it_begins_within_80_ms_and_ends_after_a_pause() -> None:
    turns = TurnDetector()
    events = run(turns, (False, 400), (True, 1000), (False, 2000))
    assert events == {480: TurnEvent.BEGUN, 1400 + PAUSE_MS: TurnEvent.ENDED}
    assert (turns.begin_ms, turns.voice_ms) == (360, 1400)


def test_a_cough_is_no_turn_and_a_breath_ends_none() -> None:
    assert not run(TurnDetector(), (True, 60), (False, 1000), (True, 40), (False, 1000))
    events = run(TurnDetector(), (True, 800), (False, 600), (True, 800), (False, 1000))
    assert list(events.values()) == [TurnEvent.BEGUN, TurnEvent.ENDED]


def test_it_does_not_go_on_for_ever() -> None:
    events = run(TurnDetector(), (True, LONGEST_MS + 1000))
    assert list(events.values())[:2] == [TurnEvent.BEGUN, TurnEvent.ENDED]


def test_a_microphone_that_is_switched_off_ends_it_once() -> None:
    turns = TurnDetector()
    run(turns, (True, 500))
    assert turns.end() is TurnEvent.ENDED and turns.end() is None and not turns.in_turn
