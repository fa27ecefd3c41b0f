"""How long pictures, requests and events are there."""

from __future__ import annotations

import time

import pytest

from lib.core.still import Keep, Still, away_ns
from lib.stills.ledger.errors import (
    DiskFullError,
    EventsGoneError,
    NoSuchStillError,
    PictureInUseError,
)
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.ledger.room import Retention
from tests.stills.ledger.ledgers import FileLedger, LedgerUnderTest, MemoryLedger

DAY_S = 24 * 3600


def made_picture(made: LedgerUnderTest, words: str, data: bytes) -> Still:
    made.submit(words)
    return made.finish(made.must_claim(), data)


def there(made: LedgerUnderTest, still: Still) -> bool:
    try:
        return bool(made.ledger.still(still.id))
    except NoSuchStillError:
        return False


def test_a_picture_is_read_again_as_it_was_handed_in(made: LedgerUnderTest) -> None:
    still = made_picture(made, "x", b"bytes")
    (kept,) = made.ledger.history.pictures_of(still.id)
    assert made.ledger.history.picture(kept.id) == (kept, b"bytes")
    assert (kept.kind, kept.size, kept.sample) == ("png", 5, 0)
    with pytest.raises(NoSuchStillError):
        made.ledger.history.picture("none")


def test_two_equal_pictures_are_one_file_until_both_are_forgotten(on_disk: FileLedger) -> None:
    first, second = (made_picture(on_disk, words, b"same") for words in "xy")
    history = on_disk.ledger.history
    (one,), (other,) = history.pictures_of(first.id), history.pictures_of(second.id)
    assert one.name == other.name
    history.forget(one.id)
    assert not there(on_disk, first)
    assert history.picture(other.id)[1] == b"same"
    history.forget(other.id)
    assert not (on_disk.folder / "pictures" / one.name).exists()
    history.forget(other.id)


def test_the_oldest_history_goes_first_and_only_as_much_as_must() -> None:
    made = FileLedger(Retention(most_bytes=25))
    stills = []
    for number in range(4):
        stills.append(made_picture(made, str(number), b"%d" % number * 10))
        made.later(1)
    assert made.ledger.history.retain() == 2
    assert [there(made, still) for still in stills] == [False, False, True, True]
    assert made.ledger.history.retain() == 0
    made.close()


def test_what_is_on_a_map_or_waited_for_stays() -> None:
    made = FileLedger(Retention(most_bytes=1, most_ns=1))
    history, submit = made.ledger.history, made.ledger.queue.submit
    on_map = submit(StillRequest({"prompt": "map"}), Asker("a", keep=Keep.CANVAS))
    made.finish(made.must_claim(), b"on a map")
    upload = history.upload(b"an upload", "png")
    submit(StillRequest({"prompt": "from it"}, inputs=(upload,)), Asker("a"))
    half = submit(StillRequest({"prompt": "half"}, samples=2), Asker("b"))
    taken = [made.must_claim(), made.must_claim()]
    made.finish(next(one for one in taken if one.id == half.id), b"the first half")
    made.later(DAY_S)
    assert history.retain() == 0
    made.finish(next(one for one in taken if one.id != half.id), b"made")
    made.later(1)
    assert history.retain() == 2
    with pytest.raises(NoSuchStillError):
        history.picture(upload)
    assert there(made, on_map) and there(made, half)
    made.close()


def test_pictures_go_after_as_many_days_as_is_set() -> None:
    made = FileLedger(Retention(most_ns=2 * DAY_S * 10**9))
    old = made_picture(made, "old", b"old")
    made.later(DAY_S)
    new = made_picture(made, "new", b"new")
    made.later(DAY_S)
    assert made.ledger.history.retain() == 1
    assert not there(made, old) and there(made, new)
    made.close()


def test_days_without_a_service_count_and_what_sets_the_clock_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wall_s = 1_800_000_000.0
    monkeypatch.setattr(time, "time", lambda: wall_s)
    made = FileLedger(Retention(most_ns=3 * DAY_S * 10**9))
    still = made_picture(made, "x", b"picture")
    for step_s, days in ((50 * 365 * DAY_S, 0), (-60 * 365 * DAY_S, 0), (2 * DAY_S, 2)):
        wall_s += step_s  # while no service runs
        made.restart()
        assert made.ledger.history.retain() == 0
        assert made.ledger.book.calendar_ns(0) == days * DAY_S * 10**9
        wall_s += 50 * 365 * DAY_S  # while one does
        made.later(60)
        made.ledger.leases.sweep()
    made.later(DAY_S - 180 - 1)
    assert made.ledger.history.retain() == 0
    made.later(1)
    assert made.ledger.history.retain() == 1
    assert not there(made, still)
    made.close()


def test_time_away_is_none_where_a_clock_was_set() -> None:
    assert [away_ns(*one) for one in ((0, 9), (9, 9), (9, 8), (9, 10))] == [0, 0, 0, 10**9]
    assert away_ns(1, 366 * DAY_S + 2) == 0


def test_private_pictures_wait_five_minutes() -> None:
    made = MemoryLedger()
    still = made_picture(made, "x", b"secret")
    made.later(299)
    assert made.ledger.history.retain() == 0
    made.later(1)
    assert made.ledger.history.retain() == 1
    assert not there(made, still)
    made.close()


def test_a_job_without_pictures_can_be_asked_for_a_week_or_as_long_as_a_private_one(
    made: LedgerUnderTest,
) -> None:
    stills = [made.submit(str(number)) for number in range(70)]
    for still in stills:
        made.ledger.queue.cancel(still.id, "no")
    assert made.limits.ended_ns == (7 * DAY_S if made.lasts else 300) * 10**9
    made.later(made.limits.ended_ns / 10**9 - 1)
    made.ledger.history.retain()
    assert all(there(made, still) for still in stills)
    made.later(1)
    made.ledger.history.retain()
    assert made.ledger.stills(1 << 60) == []


def test_of_jobs_without_pictures_only_so_many_are_remembered() -> None:
    made = FileLedger(Retention(most_ended=3))
    kept = made_picture(made, "has a picture", b"picture")
    stills = []
    for number in range(5):
        stills.append(made.submit(str(number)))
        made.ledger.queue.cancel(stills[-1].id, "no")
        made.later(1)
    made.ledger.history.retain()
    assert [there(made, still) for still in stills] == [False, False, True, True, True]
    assert there(made, kept)
    made.close()


def test_what_is_on_maps_has_a_bound_of_its_own_and_pushes_no_history_out() -> None:
    made = FileLedger(Retention(most_bytes=30))
    history = made.ledger.history
    still = made_picture(made, "x", b"history")
    history.upload(b"1" * 15, "png", Keep.CANVAS)
    on_map = history.upload(b"2" * 15, "png", Keep.CANVAS)
    assert history.retain() == 0 and there(made, still)
    with pytest.raises(DiskFullError, match="What is on maps may take 0 MB"):
        history.upload(b"3", "png", Keep.CANVAS)
    history.upload(b"4", "png")
    history.forget(on_map)
    history.upload(b"3", "png", Keep.CANVAS)
    made.close()


def test_a_picture_of_a_job_that_is_not_done_is_not_forgotten(made: LedgerUnderTest) -> None:
    made.submit("x", samples=2)
    still = made.must_claim()
    made.finish(still)
    (kept,) = made.ledger.history.pictures_of(still.id)
    with pytest.raises(PictureInUseError, match="not done"):
        made.ledger.history.forget(kept.id)
    assert made.finish(still, b"second", sample=1).state == "done"
    made.ledger.history.forget(kept.id)
    assert len(made.ledger.history.pictures_of(still.id)) == 1


def test_private_jobs_that_are_lost_with_the_process_are_counted(on_disk: FileLedger) -> None:
    on_disk.ledger.book.note_private(3)
    on_disk.restart()
    assert on_disk.ledger.book.private_lost == 3
    on_disk.restart()
    assert on_disk.ledger.book.private_lost == 0


def test_events_are_there_for_a_day_and_then_a_client_is_told(made: LedgerUnderTest) -> None:
    made.submit("x", "a")
    made.later(DAY_S / 2)
    made.submit("y", "a")
    assert [event.seq for event in made.ledger.history.events(0)] == [1, 2]
    made.later(DAY_S / 2 + 1)
    made.ledger.history.retain()
    with pytest.raises(EventsGoneError):
        made.ledger.history.events(0)
    assert [event.seq for event in made.ledger.history.events(1)] == [2]
    assert made.ledger.history.events(2) == []
    with pytest.raises(EventsGoneError):  # of a ledger that is no longer there
        made.ledger.history.events(3)


def test_a_refused_picture_leaves_no_file(
    on_disk: FileLedger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The job ends between the write of the file and that of the row."""
    on_disk.submit("x")
    still = on_disk.must_claim()
    write = on_disk.ledger.leases._files.write

    def cancelled_meanwhile(name: str, data: bytes) -> None:
        write(name, data)
        on_disk.ledger.queue.cancel(still.id, "no")

    monkeypatch.setattr(on_disk.ledger.leases._files, "write", cancelled_meanwhile)
    with pytest.raises(Exception, match="cancelled"):
        on_disk.finish(still)
    assert [path.name for path in (on_disk.folder / "pictures").iterdir()] == ["ledger"]
