"""Places, limits and what clients get, on each database."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from lib.core.lanes import Lane
from lib.core.still import Keep, StaleTokenError
from lib.core.still_workers import StillWorker
from lib.stills.ledger.errors import (
    DiskFullError,
    InvalidStillError,
    KeyTakenError,
    TooManyStillsError,
)
from lib.stills.ledger.queue import Asker, StillRequest
from lib.stills.ledger.room import PRIVATE_RETENTION, Retention
from tests.stills.ledger.ledgers import FileLedger, LedgerUnderTest, MemoryLedger


def words_in_order(made: LedgerUnderTest, count: int) -> list[str]:
    taken = [made.must_claim() for _ in range(count)]
    return [json.loads(still.request)["body"]["prompt"] for still in taken]


def test_owners_take_turns_whatever_each_has_asked_for(made: LedgerUnderTest) -> None:
    for number in range(4):
        made.submit(f"a{number}", "a")
    made.submit("b0", "b")
    assert words_in_order(made, 2) == ["a0", "b0"]
    made.submit("b1", "b")  # who asks again and again does not overtake who asked for much
    assert words_in_order(made, 2) == ["a1", "b1"]
    made.submit("b2", "b")
    assert words_in_order(made, 3) == ["a2", "b2", "a3"]


def test_batch_comes_after_interactive_until_it_has_waited_a_minute(made: LedgerUnderTest) -> None:
    made.submit("old batch", "a", Lane.BATCH)
    made.later(59)
    made.submit("one", "b")
    assert words_in_order(made, 1) == ["one"]
    made.later(2)
    made.submit("batch", "d", Lane.BATCH)
    made.ledger.leases.sweep()
    made.submit("two", "c")
    assert words_in_order(made, 3) == ["old batch", "two", "batch"]


def test_a_held_model_is_preferred_among_eight_jobs_and_for_thirty_seconds(
    made: LedgerUnderTest,
) -> None:
    for number in range(7):
        made.submit(f"other {number}", f"o{number}", model="other")
    near = made.submit("near", "n", model="held")
    far = made.submit("far", "f", model="held")
    both = {"models": ("held", "other"), "held": ("held",)}
    assert made.must_claim(**both).id == near.id  # the eighth
    made.submit("late", "l", model="held")
    assert made.must_claim(**both).id == far.id  # the eighth by now
    made.later(31)
    assert json.loads(made.must_claim(**both).request)["body"]["prompt"] == "other 0"


def test_a_job_is_beyond_the_look_ahead(made: LedgerUnderTest) -> None:
    for number in range(8):
        made.submit(f"other {number}", f"o{number}", model="other")
    made.submit("ninth", "n", model="held")
    taken = made.must_claim(models=("held", "other"), held=("held",))
    assert taken.model == "other"


def test_a_worker_gets_only_what_it_can_do(made: LedgerUnderTest) -> None:
    made.submit("model", model="big")
    made.submit("engine", engine="turbo")
    made.submit("size", side=2048)
    made.submit("kind", kind="inpaint")
    assert made.claim(kinds=("txt2img",), models=()) is None
    assert made.must_claim(models=("big",), kinds=("txt2img",)).model == "big"
    assert made.must_claim(engine="turbo").engine == "turbo"
    assert made.must_claim(kinds=("txt2img",), largest=2048).side == 2048
    assert made.must_claim().kind == "inpaint"


def test_an_owners_own_key_stands_for_one_request(made: LedgerUnderTest) -> None:
    first = made.submit("x", "a", own_key="k")
    assert made.submit("x", "a", own_key="k").id == first.id
    with pytest.raises(KeyTakenError, match="another request"):
        made.submit("y", "a", own_key="k")
    assert made.submit("y", "b", own_key="k").id != first.id
    made.finish(made.must_claim())
    assert made.submit("x", "a", own_key="k").state == "done"  # whose answer was lost


def test_two_hundred_wait_of_one_owner(made: LedgerUnderTest) -> None:
    for number in range(200):
        made.submit(str(number), "a")
    with pytest.raises(TooManyStillsError, match="200 of your jobs"):
        made.submit("more", "a")
    made.submit("more", "b")
    made.must_claim()
    made.submit("more", "a", Lane.BATCH)


def test_the_queue_has_an_end() -> None:
    assert (Retention().most_waiting, PRIVATE_RETENTION.most_waiting) == (10_000, 1_000)
    made = FileLedger(Retention(most_waiting=3))
    for number in range(3):
        made.submit(str(number))
    with pytest.raises(TooManyStillsError, match="3 jobs wait already"):
        made.submit("more")
    made.close()


def test_impossible_numbers_are_refused(made: LedgerUnderTest) -> None:
    for samples in (0, -1, 65):
        with pytest.raises(InvalidStillError):
            made.submit("x", samples=samples)
    still = made.submit("x", samples=2)
    still = made.must_claim()
    for sample in (-1, 2):
        with pytest.raises(InvalidStillError):
            made.finish(still, sample=sample)


def test_what_no_column_can_hold_is_refused(made: LedgerUnderTest) -> None:
    made.submit("half a character: \ud800")
    for change in ({"model": "\ud800"}, {"side": 1 << 70}):
        with pytest.raises(InvalidStillError, match="can be kept"):
            made.submit("x", **change)
    assert len(made.ledger.stills(1 << 60)) == 1


def test_each_ledger_takes_only_what_it_keeps(made: LedgerUnderTest) -> None:
    wrong = Keep.HISTORY if made.keep == Keep.NONE else Keep.NONE
    with pytest.raises(InvalidStillError):
        made.ledger.queue.submit(StillRequest({"prompt": "x"}), Asker("a", keep=wrong))


def test_private_requests_are_never_joined(made: LedgerUnderTest) -> None:
    same = made.submit("x", "a").id == made.submit("x", "b").id
    assert same == made.joins


# --- waiters, where requests are joined


def test_a_job_stands_at_the_best_place_of_its_waiters(on_disk: FileLedger) -> None:
    still = on_disk.submit("x", "a", Lane.BATCH)
    other = on_disk.submit("other", "b")
    assert on_disk.ledger.queue.place(still) == 1
    joined = on_disk.submit("x", "c")
    assert (joined.id, joined.lane) == (still.id, Lane.INTERACTIVE)
    assert on_disk.ledger.queue.place(joined) == 0 or other.turn <= joined.turn
    left = on_disk.ledger.queue.leave(still.id, "c")
    assert (left.lane, left.turn) == (still.lane, still.turn)


def test_who_asks_again_in_another_lane_stands_behind_what_it_asked_for(
    on_disk: FileLedger,
) -> None:
    for number in range(3):
        on_disk.submit(f"a{number}", "a", Lane.BATCH)
    for number in range(2):
        on_disk.submit(f"b{number}", "b")
    for number in range(3):
        on_disk.submit(f"a{number}", "a")
    assert words_in_order(on_disk, 5) == ["a0", "b0", "a1", "b1", "a2"]


def test_who_asks_again_has_no_new_job_that_could_be_too_many(on_disk: FileLedger) -> None:
    for number in range(200):
        on_disk.submit(str(number), "a", Lane.BATCH)
    assert on_disk.submit("7", "a").lane == Lane.INTERACTIVE


def test_it_is_kept_as_the_most_keeping_waiter_asks(on_disk: FileLedger) -> None:
    request = StillRequest({"prompt": "x"})
    submit = on_disk.ledger.queue.submit
    still = submit(request, Asker("a", keep=Keep.HISTORY))
    assert submit(request, Asker("b", keep=Keep.CANVAS)).keep == Keep.CANVAS
    assert submit(request, Asker("a", keep=Keep.HISTORY)).keep == Keep.CANVAS
    assert on_disk.ledger.queue.leave(still.id, "b").keep == Keep.HISTORY
    submit(request, Asker("a", keep=Keep.CANVAS))
    on_disk.finish(on_disk.must_claim())
    assert [one.keep for one in on_disk.ledger.history.pictures_of(still.id)] == [Keep.CANVAS]


def test_where_a_closed_connection_means_no_the_worker_is_told(made: LedgerUnderTest) -> None:
    made.submit("x", "a")
    still = made.must_claim()
    assert made.ledger.queue.leave(still.id, "a", stop=True).state == "cancelled"
    assert made.ledger.leases.beat(still.id, still.token).cancel


def test_what_runs_is_finished_though_nobody_waits(on_disk: FileLedger) -> None:
    on_disk.submit("x", "a")
    still = on_disk.must_claim()
    assert on_disk.ledger.queue.leave(still.id, "a").state == "running"
    assert on_disk.finish(still).state == "done"


def test_a_nearly_full_disk_refuses_new_jobs_and_keeps_running_ones(on_disk: FileLedger) -> None:
    on_disk.submit("x")
    still = on_disk.must_claim()
    waits = on_disk.submit("waits")
    on_disk.free_bytes = 999_999_999
    assert on_disk.claim() is None and not on_disk.ledger.leases.has_any(on_disk.offer())
    with pytest.raises(DiskFullError, match="1 GB"):
        on_disk.submit("y")
    with pytest.raises(DiskFullError, match="1 GB"):
        on_disk.ledger.history.upload(b"an upload", "png")
    assert on_disk.finish(still).state == "done"
    on_disk.free_bytes = 1_000_000_000
    assert on_disk.must_claim().id == waits.id


def test_a_better_engine_is_left_what_it_can_do_and_no_more(made: LedgerUnderTest) -> None:
    turbo = StillWorker("turbo", ("txt2img",), ("fast",), rank=2)
    offer = replace(made.offer(), better=(turbo, StillWorker("other", (), rank=2)))
    made.submit("either", model="fast")
    made.submit("any model")
    assert not made.ledger.leases.has_any(offer)
    assert made.ledger.leases.claim(offer) is None
    made.submit("unknown to it", model="slow")
    made.submit("by name", "b", engine="painter")
    assert made.ledger.leases.has_any(offer)
    for expected in ("by name", "unknown to it"):
        still = made.ledger.leases.claim(replace(made.offer(), better=offer.better))
        assert still and json.loads(still.request)["body"]["prompt"] == expected
        assert still.made_by == "painter"


def test_no_number_of_models_that_others_name_keeps_a_worker_out(made: LedgerUnderTest) -> None:
    names = tuple(str(number) for number in range(2000))
    others = tuple(StillWorker("turbo", ("inpaint",), names, rank=9) for _ in range(130))
    made.submit("x")
    offer = replace(made.offer(models=names), better=others)
    assert made.ledger.leases.has_any(offer) and made.ledger.leases.claim(offer)


def test_what_makes_only_what_names_it_gets_nothing_else(made: LedgerUnderTest) -> None:
    made.submit("any engine")
    assert made.claim(engine="identity", rank=0) is None
    still = made.submit("by name", engine="identity")
    assert made.must_claim(engine="identity", rank=0).id == still.id


def test_what_no_other_try_would_mend_fails_at_once(made: LedgerUnderTest) -> None:
    made.submit("unsafe")
    still = made.must_claim()
    assert made.ledger.leases.fail(still.id, still.token, "not fit to be seen").state == "failed"
    assert made.ledger.still(still.id).error == "not fit to be seen"
    assert made.claim() is None
    with pytest.raises(StaleTokenError):
        made.ledger.leases.fail(still.id, still.token + 1, "by another")


def test_what_private_jobs_on_their_way_hold_is_bounded() -> None:
    made = MemoryLedger(Retention(most_bytes=100))
    upload = made.ledger.history.upload
    first, second = upload(b"1" * 40, "png"), upload(b"2" * 40, "png")
    made.submit("one", inputs=(first,))
    with pytest.raises(DiskFullError, match="made from"):
        made.submit("two", inputs=(second,))
    assert made.ledger.counts() == [("queued", 1, 1)]
    third = upload(b"3" * 60, "png")  # in place of what no job is made from
    history = made.ledger.history
    assert [bool(history.kept(one)) for one in (first, second, third)] == [True, False, True]
    with pytest.raises(DiskFullError, match="pictures of private jobs"):
        upload(b"4" * 61, "png")
    still = made.finish(made.must_claim(), b"5" * 61)
    assert (still.state, still.error.split(" take")[0]) == (
        "failed", "The pictures of private jobs on their way",
    )  # fmt: skip
    assert history.kept_bytes() == 100
    made.close()
