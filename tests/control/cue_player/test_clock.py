"""A day of a gallery, the nights of summer time, and clocks that jump."""

from __future__ import annotations

from datetime import datetime

import pytest

from lib.control.console import Console
from lib.control.cue_player import CuePlayer
from lib.control.session import Session
from lib.control.wall_clock import local_s, unix_s
from tests.control.cue_player.hands import VIENNA, Time, by_clock, unix
from tests.control.who import ANNA


def test_a_day_of_a_gallery(
    console: Console, session: Session, cue_player: CuePlayer, now: Time
) -> None:
    week = ["tue", "wed", "thu", "fri", "sat", "sun"]  # closed on Mondays
    day = [("dawn", "10:00"), ("day", "12:00"), ("dusk", "17:30")]
    sheet: list[dict[str, object]] = [
        {"preset": name, "at": at, "days": week, "glide_ms": 600_000} for name, at in day
    ]
    sheet += [{"preset": "night", "at": "19:00", "glide_ms": 600_000}]
    for name in ("dawn", "day", "dusk"):
        console.presets.save(name, ANNA, {**console.presets.get(name), "opacity": 1})
    now.unix = unix(2026, 6, 1, 12)  # a Monday
    cue_player.replace(sheet, ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    assert session.played.opacity == 0, "Sunday's night still"
    seen = []
    for _ in range(7 * 24 * 6):
        now.go(600)
        before = session.number
        cue_player.play_due()
        if session.number != before:
            moment = datetime.fromtimestamp(now.unix, VIENNA)
            seen.append((moment.strftime("%a %H:%M"), session.entries[-1].action))
    assert seen[:6] == [
        ("Mon 19:00", "cue night"),
        ("Tue 10:00", "cue dawn"),
        ("Tue 12:00", "cue day"),
        ("Tue 17:30", "cue dusk"),
        ("Tue 19:00", "cue night"),
        ("Wed 10:00", "cue dawn"),
    ]
    assert len(seen) == 1 + 6 * 4
    assert cue_player.state().clock


@pytest.mark.parametrize(
    ("start", "cues"),
    [
        # Summer time begins: 02:30 is no time of that night. And it ends: 02:30 comes twice.
        ((2026, 3, 29, 0, 0), ["01:00", "03:00", "04:00"]),
        ((2026, 10, 25, 0, 0), ["01:00", "02:30", "04:00"]),
    ],
)
def test_the_nights_of_summer_time(
    session: Session, cue_player: CuePlayer, now: Time, start: tuple[int, ...], cues: list[str]
) -> None:
    now.unix = unix(*start)
    cue_player.replace(by_clock("01:00", "02:30", "04:00"), ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    seen = []
    while now.unix < unix(*start[:3], 6):
        coming = cue_player.state()
        assert coming.seconds is not None
        now.go(60)
        before = session.number
        cue_player.play_due()
        if session.number != before:
            seen.append(datetime.fromtimestamp(now.unix, VIENNA).strftime("%H:%M"))
            # A time that the night does not have is counted as if it had.
            assert coming.seconds <= 60 or seen[-1] == "03:00", "the page knew"
    assert seen == cues


def test_a_clock_that_is_set(session: Session, cue_player: CuePlayer, now: Time) -> None:
    now.unix = unix(1970, 1, 2, 13)  # a computer without a battery
    cue_player.replace(by_clock("09:00", "12:00", "15:00"), ANNA)
    cue_player.start(ANNA)
    cue_player.play_due()
    assert session.played.seed == 2
    now.unix = unix(2026, 6, 1, 16)
    cue_player.play_due()
    assert session.played.seed == 3
    now.unix = unix(2026, 6, 1, 10)
    cue_player.play_due()
    assert session.played.seed == 1
    number = session.number
    now.unix = unix(2026, 6, 1, 9, 30)
    cue_player.play_due()
    assert session.number == number


def test_the_wall_clock_as_a_number() -> None:
    summer = unix(2026, 6, 1, 12, 30, 5)
    assert local_s(summer) % 86_400 == 12 * 3600 + 30 * 60 + 5
    assert local_s(summer) // 86_400 % 7 == 0, "a Monday"
    assert unix_s(local_s(summer)) == summer
