"""The wall plays by itself: by seconds, by the clock, through restarts and clocks that jump."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from lib.control.clocks import Clocks, local_s, unix_s
from lib.control.cuer import Cueing, Cuer
from lib.control.desk import By, Desk, Entry, RefusedError
from lib.control.notices import Notices
from lib.control.words import Verdict
from tests.control.conftest import OpenDesk
from tests.rig import primary, until

ANNA = By("page", "10.0.0.1")
VIENNA = ZoneInfo("Europe/Vienna")


class Time:
    """Both clocks in the hand of a test."""

    def __init__(self) -> None:
        self.steady, self.unix = 1000.0, unix(2026, 6, 1, 12)

    def go(self, seconds: float) -> None:
        self.steady += seconds
        self.unix += seconds

    @property
    def clocks(self) -> Clocks:
        return Clocks(lambda: self.unix, lambda: self.steady)


def unix(*moment: int) -> float:
    return datetime(*moment, tzinfo=VIENNA).timestamp()  # type: ignore[misc, arg-type] # numbers


@pytest.fixture(autouse=True)
def _in_vienna(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Vienna")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def now() -> Time:
    return Time()


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    desk = open_desk()
    for number, name in enumerate(("dawn", "day", "dusk")):
        desk.presets.save(name, ANNA, {"seed": number + 1})
    desk.presets.save("night", ANNA, {"opacity": 0})
    return desk


@pytest.fixture
def said() -> Notices:
    return Notices()


@pytest.fixture
def cuer(desk: Desk, now: Time, said: Notices) -> Cuer:
    return Cuer(desk, desk.store, said, now.clocks)


def again(desk: Desk, now: Time, said: Notices) -> Cuer:
    """After a restart; what was put is on the disk by then."""
    assert until(lambda: desk.store.settled)
    return Cuer(desk, desk.store, said, now.clocks)


def by_clock(*times: str) -> list[dict[str, object]]:
    names = ("dawn", "day", "dusk")
    return [{"preset": names[n % 3], "at": at} for n, at in enumerate(times)]


TAPE = [{"preset": "dawn", "after_s": 0}, {"preset": "day", "after_s": 60, "glide_ms": 9}]


def test_a_tape_plays_and_every_cue_is_in_the_journal(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace({"loop": True, "cues": TAPE}, ANNA)
    cuer.look()
    assert desk.number == 0, "a sheet waits for its start"
    cuer.start(ANNA)
    cuer.look()
    assert desk.played.seed == 1
    state = cuer.state()
    assert (state.running, state.position, state.next, state.seconds) == (True, 0, "day", 60.0)
    now.go(61)
    cuer.look()
    assert desk.played.seed == 2
    entry = desk.entries[-1]
    assert (entry.door, entry.who, entry.action) == ("cue", "", "cue day")
    assert [one.action for one in desk.entries[-4:-1]] == ["cues", "cues start", "cue dawn"]
    cuer.stop(ANNA)
    now.go(1e6)
    cuer.look()
    assert desk.number == 2
    assert cuer.state().running is False


def test_a_sheet_without_loop_ends(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace(TAPE, ANNA)
    cuer.start(ANNA)
    for _ in range(3):
        cuer.look()
        now.go(100)
    state = cuer.state()
    assert (state.running, state.position, state.next, state.seconds) == (False, 1, None, None)
    with pytest.raises(RefusedError, match="the cues are not running"):
        cuer.stop(ANNA)
    cuer.go(ANNA)
    assert desk.played.seed == 1, "go begins again"
    assert cuer.state().running


def test_by_hand(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace([*TAPE, {"preset": "dusk", "after_s": 60}], ANNA)
    with pytest.raises(RefusedError, match="there is no cue before"):
        cuer.back(ANNA)
    cuer.go(ANNA)
    cuer.go(By("osc", "tablet"))
    assert (desk.played.seed, desk.entries[-1].door) == (2, "osc")
    cuer.back(ANNA)
    assert desk.played.seed == 1
    cuer.pause(ANNA)
    now.go(1e5)
    cuer.look()
    assert desk.played.seed == 1
    assert cuer.state().paused
    assert cuer.state().seconds == 60
    cuer.resume(ANNA)
    now.go(60)
    cuer.look()
    assert desk.played.seed == 2
    cuer.go(ANNA)
    with pytest.raises(RefusedError, match="the cues are not running"):
        cuer.pause(ANNA)
    assert desk.entries[-1].refused
    cuer.replace([], ANNA)
    for deed in (cuer.go, cuer.start, cuer.back, cuer.resume):
        with pytest.raises(RefusedError):
            deed(ANNA)


def test_a_day_of_a_gallery(desk: Desk, cuer: Cuer, now: Time) -> None:
    week = ["tue", "wed", "thu", "fri", "sat", "sun"]  # closed on Mondays
    day = [("dawn", "10:00"), ("day", "12:00"), ("dusk", "17:30")]
    sheet: list[dict[str, object]] = [
        {"preset": name, "at": at, "days": week, "glide_ms": 600_000} for name, at in day
    ]
    sheet += [{"preset": "night", "at": "19:00", "glide_ms": 600_000}]
    for name in ("dawn", "day", "dusk"):
        desk.presets.save(name, ANNA, {**desk.presets.get(name), "opacity": 1})
    now.unix = unix(2026, 6, 1, 12)  # a Monday
    cuer.replace(sheet, ANNA)
    cuer.start(ANNA)
    cuer.look()
    assert desk.played.opacity == 0, "Sunday's night still"
    seen = []
    for _ in range(7 * 24 * 6):
        now.go(600)
        before = desk.number
        cuer.look()
        if desk.number != before:
            moment = datetime.fromtimestamp(now.unix, VIENNA)
            seen.append((moment.strftime("%a %H:%M"), desk.entries[-1].action))
    assert seen[:6] == [
        ("Mon 19:00", "cue night"),
        ("Tue 10:00", "cue dawn"),
        ("Tue 12:00", "cue day"),
        ("Tue 17:30", "cue dusk"),
        ("Tue 19:00", "cue night"),
        ("Wed 10:00", "cue dawn"),
    ]
    assert len(seen) == 1 + 6 * 4
    assert cuer.state().clock


@pytest.mark.parametrize(
    ("start", "cues"),
    [
        # Summer time begins: 02:30 is no time of that night. And it ends: 02:30 comes twice.
        ((2026, 3, 29, 0, 0), ["01:00", "03:00", "04:00"]),
        ((2026, 10, 25, 0, 0), ["01:00", "02:30", "04:00"]),
    ],
)
def test_the_nights_of_summer_time(
    desk: Desk, cuer: Cuer, now: Time, start: tuple[int, ...], cues: list[str]
) -> None:
    now.unix = unix(*start)
    cuer.replace(by_clock("01:00", "02:30", "04:00"), ANNA)
    cuer.start(ANNA)
    cuer.look()
    seen = []
    while now.unix < unix(*start[:3], 6):
        coming = cuer.state()
        assert coming.seconds is not None
        now.go(60)
        before = desk.number
        cuer.look()
        if desk.number != before:
            seen.append(datetime.fromtimestamp(now.unix, VIENNA).strftime("%H:%M"))
            # A time that the night does not have is counted as if it had.
            assert coming.seconds <= 60 or seen[-1] == "03:00", "the page knew"
    assert seen == cues


def test_a_clock_that_is_set(desk: Desk, cuer: Cuer, now: Time) -> None:
    now.unix = unix(1970, 1, 2, 13)  # a computer without a battery
    cuer.replace(by_clock("09:00", "12:00", "15:00"), ANNA)
    cuer.start(ANNA)
    cuer.look()
    assert desk.played.seed == 2
    now.unix = unix(2026, 6, 1, 16)
    cuer.look()
    assert desk.played.seed == 3
    now.unix = unix(2026, 6, 1, 10)
    cuer.look()
    assert desk.played.seed == 1
    number = desk.number
    now.unix = unix(2026, 6, 1, 9, 30)
    cuer.look()
    assert desk.number == number


def test_the_clock_resumes_at_once_after_a_restart(
    desk: Desk, cuer: Cuer, now: Time, said: Notices
) -> None:
    now.unix = unix(2026, 6, 1, 10)
    cuer.replace(by_clock("09:00", "12:00", "15:00"), ANNA)
    cuer.start(ANNA)
    cuer.look()
    desk.play({"seed": 99}, ANNA)
    now.go(60)
    second = again(desk, now, said)
    second.look()
    assert desk.played.seed == 99, "what people changed since stays"
    assert second.state().next == "day"
    now.go(3600 * 6)
    third = again(desk, now, said)
    third.look()
    assert desk.played.seed == 3, "what came due meanwhile stands"


def test_a_tape_resumes_its_place_after_a_restart(
    desk: Desk, cuer: Cuer, now: Time, said: Notices
) -> None:
    cuer.replace([*TAPE, {"preset": "dusk", "after_s": 60}], ANNA)
    cuer.start(ANNA)
    cuer.look()
    now.go(20)
    now.steady = 5.0  # as after a boot
    second = again(desk, now, said)
    assert (second.state().position, second.state().next, second.state().seconds) == (0, "day", 40)
    second.pause(ANNA)
    now.go(1000)
    third = again(desk, now, said)
    third.look()
    assert (third.state().paused, third.state().seconds) == (True, 40)
    third.resume(ANNA)
    now.go(40)
    third.look()
    assert desk.played.seed == 2
    third.stop(ANNA)
    assert again(desk, now, said).state().running is False
    assert said.current == []


def test_what_can_not_be_kept_up_is_said(desk: Desk, cuer: Cuer, now: Time, said: Notices) -> None:
    cuer.replace([{"preset": "gone", "after_s": 0}, *TAPE], ANNA)
    assert cuer.warnings == []
    cuer.start(ANNA)
    assert ["cue 1 names the preset 'gone'" in warning for warning in cuer.warnings] == [True]
    cuer.look()
    assert desk.number == 0
    assert desk.entries[-1].refused == "there is no preset 'gone'"
    cuer.look()
    assert desk.played.seed == 1, "and the show goes on"
    desk.presets.save("gone", ANNA)
    assert cuer.warnings == said.current == []


def test_a_cue_that_is_refused_is_said_until_the_next_is_played(
    open_desk: OpenDesk, now: Time, said: Notices
) -> None:
    class Strict:
        def check(self, text: str, override: bool = False) -> Verdict:
            return Verdict(text, text != "bad", "nobody answered")

    desk = open_desk()
    desk.play({"prompt": "bad"}, ANNA)
    desk.presets.save("words", ANNA, ["prompt"])
    desk.presets.save("dawn", ANNA, {"seed": 1})
    desk.undo(ANNA)
    desk.store.stop()
    desk = open_desk(Strict(), primary(safety=True))
    cuer = Cuer(desk, desk.store, said, now.clocks)
    cuer.replace([{"preset": "words", "after_s": 0}, {"preset": "dawn", "after_s": 60}], ANNA)
    cuer.start(ANNA)
    cuer.look()
    assert until(lambda: said.current == ["cue 1 was skipped: nobody answered"])
    now.go(60)
    assert until(lambda: (cuer.look(), desk.played.seed == 1)[1])
    assert until(lambda: said.current == [])


def test_a_sheet_that_is_edited_while_it_runs(desk: Desk, cuer: Cuer, now: Time) -> None:
    cuer.replace({"loop": True, "cues": [*TAPE, {"preset": "dusk", "after_s": 60}]}, ANNA)
    cuer.start(ANNA)
    cuer.look()
    now.go(60)
    cuer.look()
    now.go(10)
    number = desk.number
    first = {"preset": "night", "after_s": 5}
    cuer.replace({"loop": True, "cues": [first, *TAPE, {"preset": "dusk", "after_s": 30}]}, ANNA)
    cuer.look()
    assert desk.number == number, "the wall stays"
    state = cuer.state()
    assert (state.position, state.next, state.seconds) == (2, "dusk", 20)
    cuer.replace(by_clock("09:00", "12:30"), ANNA)
    cuer.look()
    assert desk.played.seed == 1, "another kind of sheet begins at once"
    cuer.replace([], ANNA)
    assert cuer.state().running is False


def test_a_wrong_sheet_changes_nothing(desk: Desk, cuer: Cuer) -> None:
    cuer.replace(TAPE, ANNA)
    with pytest.raises(RefusedError, match="cue 1 needs"):
        cuer.replace([{}], ANNA)
    assert cuer.document == {"loop": False, "cues": TAPE}
    assert desk.entries[-1].refused


@pytest.mark.parametrize(
    ("kept", "loses"),
    [
        ({"sheet": {"loop": True, "cues": [*TAPE, {"preset": 5}]}, "run": {}}, "is damaged"),
        (
            {
                "sheet": {"loop": True, "cues": [*TAPE, {"preset": 5}]},
                "run": {"running": False, "position": 99},
            },
            "cue 3 needs the name",
        ),
        ({"sheet": {"cues": TAPE}, "run": {"running": True, "position": 0}}, "is damaged"),
        ([], "is damaged"),
        ({"sheet": 5, "run": 5}, "is damaged"),
    ],
)
def test_kept_cues_that_are_wrong(
    open_desk: OpenDesk, state_dir: Path, kept: object, loses: str
) -> None:
    state_dir.mkdir()
    (state_dir / "cues.json").write_text(json.dumps(kept))
    desk = open_desk()
    assert [loses in warning for warning in desk.warnings] == [True]
    assert len(desk.cues.sheet.cues) == (0 if loses == "is damaged" else 2)
    assert desk.cues.state().running is False


def test_the_thread_plays_it(desk: Desk) -> None:
    cueing = Cueing(desk.cues)
    cueing.start()
    try:
        desk.cues.replace(TAPE, ANNA)
        desk.cues.start(ANNA)
        assert until(lambda: desk.played.seed == 1)
    finally:
        assert cueing.stop()


def test_a_listener_may_ask_where_the_cues_are(desk: Desk) -> None:
    states = []

    def told(_entry: Entry) -> None:
        states.append(desk.cues.state())

    desk.listen(told)
    deeds: list[Callable[[By], None]] = [desk.cues.start, desk.cues.go, desk.cues.pause]
    desk.cues.replace([*TAPE, *TAPE], ANNA)
    for deed in [*deeds, desk.cues.resume, desk.cues.back, desk.cues.stop]:
        try:
            deed(ANNA)
        except RefusedError as refusal:
            assert "before" in str(refusal)
    assert len(states) == 7


def test_the_wall_clock_as_a_number() -> None:
    summer = unix(2026, 6, 1, 12, 30, 5)
    assert local_s(summer) % 86_400 == 12 * 3600 + 30 * 60 + 5
    assert local_s(summer) // 86_400 % 7 == 0, "a Monday"
    assert unix_s(local_s(summer)) == summer
