from __future__ import annotations

from lib.core.alarm import Alarm, Recent, Share


def test_an_alarm_waits_until_it_lasts_and_stays_until_it_is_over() -> None:
    alarm = Alarm(after_s=2, hold_s=3)
    seen = [alarm.update(wrong, now) for now, wrong in enumerate([True] * 4 + [False] * 5)]
    assert seen == [False, False, True, True, True, True, True, False, False]


def test_what_blinks_is_not_said_and_what_pauses_is_not_taken_back() -> None:
    alarm = Alarm(after_s=2, hold_s=3)
    assert not any(alarm.update(now % 2 == 0, now) for now in range(20))
    for now in range(20, 23):
        alarm.update(True, now)
    assert all(alarm.update(now % 3 == 0, now) for now in range(23, 50))


def test_an_alarm_without_patience_is_on_and_off_at_once() -> None:
    alarm = Alarm()
    assert alarm.update(True, 0) and not alarm.update(False, 0)


def share(level: float, seconds: int, of: Share, start: int = 0) -> list[bool]:
    """30 frames a second of which this share goes wrong."""
    return [
        of.update(round(30 * level * now) + 7, 30 * now, float(now))
        for now in range(start, start + seconds)
    ]


def test_a_share_is_of_what_came_lately() -> None:
    found = Share(0.05, 0.02, over_s=5)
    share(0.5, 60, found)
    assert 0.45 < found.share < 0.55
    for now in range(60, 70):
        found.update(900, 30 * now, now)
    assert found.share == 0


def test_a_share_between_its_two_limits_stays_as_it_was() -> None:
    found = Share(0.05, 0.02, over_s=5, after_s=2, hold_s=3)
    assert not any(share(0.035, 30, found))
    found = Share(0.05, 0.02, over_s=5, after_s=2, hold_s=3)
    assert share(0.1, 30, found)[-1]
    wrong, total = round(30 * 0.1 * 29) + 7, 30 * 29
    said = []
    for now in range(30, 60):
        wrong, total = wrong + 1, total + 30  # 3.3 %
        said.append(found.update(wrong, total, now))
    assert all(said)
    for now in range(60, 75):
        total += 30
        said.append(found.update(wrong, total, now))
    assert not said[-1] and said[-15]


def test_without_frames_there_is_no_share() -> None:
    found = Share(0.05, 0.02, over_s=5)
    assert not any(found.update(0, 0, now) for now in range(10))
    assert found.share == 0


def test_recent_counts_are_forgotten_one_by_one() -> None:
    recent = Recent(60)
    assert recent.update({}, 0) == {}
    assert recent.update({"mute": 2}, 1) == {"mute": 2}
    assert recent.update({"mute": 3, "many": 1}, 30) == {"mute": 3, "many": 1}
    assert recent.update({"mute": 3, "many": 1}, 61) == {"mute": 1, "many": 1}
    assert recent.update({"mute": 3, "many": 1}, 90) == {}
