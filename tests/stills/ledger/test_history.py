"""How long pictures, requests and events are there."""

from __future__ import annotations

import pytest

from lib.core.still import Keep, Still
from lib.stills.ledger.errors import EventsGoneError, NoSuchStillError
from lib.stills.ledger.history import Retention
from lib.stills.ledger.queue import Asker, StillRequest
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


def test_private_pictures_wait_five_minutes() -> None:
    made = MemoryLedger()
    still = made_picture(made, "x", b"secret")
    made.later(299)
    assert made.ledger.history.retain() == 0
    made.later(1)
    assert made.ledger.history.retain() == 1
    assert not there(made, still)
    made.close()


def test_a_job_without_pictures_can_be_asked_for_a_week(made: LedgerUnderTest) -> None:
    still = made.submit("x")
    made.ledger.queue.cancel(still.id, "no")
    made.later(7 * DAY_S - 1)
    made.ledger.history.retain()
    assert there(made, still)
    made.later(1)
    made.ledger.history.retain()
    assert not there(made, still)
    assert made.ledger.stills(1 << 60) == []


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
