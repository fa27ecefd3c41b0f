"""Workers that vanish, fail, come late; jobs that nobody can do."""

from __future__ import annotations

import pytest

from lib.core.still import StaleTokenError
from lib.stills.ledger.errors import InvalidStillError
from lib.stills.ledger.leases import Offer
from tests.stills.ledger.ledgers import FileLedger, LedgerUnderTest


def vanish(made: LedgerUnderTest, **offer: object) -> None:
    still = made.must_claim(**offer)
    made.ledger.leases.beat(still.id, still.token)
    made.later(10)
    made.ledger.leases.sweep()


def test_what_a_worker_vanished_over_goes_first_to_one_for_stills(made: LedgerUnderTest) -> None:
    poison = made.submit("poison", "a")
    vanish(made)
    assert made.claim(only_stills=True) is None
    made.later(15)
    assert made.claim() is None
    made.later(14.9)
    assert made.claim() is None
    made.later(0.1)
    assert made.must_claim().id == poison.id


def test_the_second_worker_that_vanishes_ends_it_with_that_reason(made: LedgerUnderTest) -> None:
    still = made.submit("poison")
    vanish(made)
    made.later(15)
    vanish(made, only_stills=True)
    still = made.ledger.still(still.id)
    assert (still.state, still.error) == ("failed", "2 workers vanished while they made it.")
    assert made.ledger.leases.beat(still.id, still.token).cancel


def test_it_stands_at_the_end_of_its_lane_then(made: LedgerUnderTest) -> None:
    poison = made.submit("poison", "a")
    others = [made.submit(str(number), "b").id for number in range(3)]
    vanish(made)
    made.later(60)
    taken = [made.must_claim().id for _ in range(4)]
    assert taken == [*others, poison.id]


def test_a_lease_without_one_beat_costs_nothing(made: LedgerUnderTest) -> None:
    still = made.submit("x")
    for _ in range(5):
        assert made.must_claim().id == still.id
        made.later(10)
    made.ledger.leases.sweep()
    still = made.ledger.still(still.id)
    assert (still.state, still.tries, still.vanished) == ("queued", 0, 0)


def test_a_late_worker_goes_on_unless_another_one_has_begun(made: LedgerUnderTest) -> None:
    still = made.submit("x")
    vanish(made)
    late = made.ledger.still(still.id)
    assert (late.state, late.vanished) == ("queued", 1)
    made.ledger.leases.beat(late.id, late.token)
    resumed = made.ledger.still(still.id)
    assert (resumed.state, resumed.vanished) == ("running", 0)
    made.later(30)
    made.ledger.leases.sweep()
    made.later(30)
    newer = made.must_claim()
    for call in (lambda: made.ledger.leases.beat(late.id, late.token), lambda: made.finish(late)):
        with pytest.raises(StaleTokenError):
            call()
    assert made.finish(newer).state == "done"
    assert len(made.ledger.history.pictures_of(still.id)) == 1


def test_a_picture_is_accepted_once(made: LedgerUnderTest) -> None:
    """Its answer was lost, and the worker hands it in again, also as other bytes."""
    made.submit("x", samples=2)
    still = made.must_claim()
    for data in (b"first", b"first", b"other"):
        assert made.finish(still, data).state == "running"
    for data in (b"second", b"other"):
        assert made.finish(still, data, sample=1).state == "done"
    kept = made.ledger.history.pictures_of(still.id)
    assert [one.sample for one in kept] == [0, 1]
    read = made.ledger.history.picture
    assert [read(one.id)[1] for one in kept] == [b"first", b"second"]


def test_three_reported_errors_end_it_with_the_last(made: LedgerUnderTest) -> None:
    still = made.submit("x")
    for number in range(3):
        taken = made.must_claim()
        made.ledger.leases.give_back(taken.id, taken.token, f"error {number}")
    still = made.ledger.still(still.id)
    assert (still.state, still.error, still.tries) == ("failed", "error 2", 3)


def test_a_beat_that_comes_after_the_job_was_given_back_holds_nothing(
    made: LedgerUnderTest,
) -> None:
    made.submit("x")
    taken = made.must_claim()
    made.ledger.leases.give_back(taken.id, taken.token)
    with pytest.raises(StaleTokenError):
        made.ledger.leases.beat(taken.id, taken.token)
    assert made.ledger.still(taken.id).state == "queued"


def test_a_job_that_nobody_can_do_fails_after_a_day(made: LedgerUnderTest) -> None:
    still = made.submit("x", model="nobody has it")
    hours = 24 if made.lasts else 1
    made.later(hours * 3600 - 2)
    made.ledger.leases.sweep()
    assert made.ledger.still(still.id).state == "queued"
    made.later(2)
    made.ledger.leases.sweep()
    still = made.ledger.still(still.id)
    assert still.state == "failed"
    assert still.error.startswith(f"No worker could make it within {hours} hour")


def test_the_disk_rests_while_nothing_is_due(on_disk: FileLedger) -> None:
    on_disk.submit("waits for a worker")
    wal = on_disk.folder / "stills.sqlite-wal"
    before = wal.stat().st_mtime_ns
    for _ in range(50):
        on_disk.later(1)
        on_disk.ledger.leases.sweep()
    assert wal.stat().st_mtime_ns == before
    on_disk.later(10)
    on_disk.ledger.leases.sweep()
    assert wal.stat().st_mtime_ns > before


def test_the_number_of_a_claim_has_a_length(made: LedgerUnderTest) -> None:
    for number in ("", "1234567", "1" * 65):
        with pytest.raises(InvalidStillError):
            made.ledger.leases.claim(Offer(number))


def test_a_restarted_service_gives_a_running_job_a_minute(on_disk: FileLedger) -> None:
    on_disk.submit("x")
    still = on_disk.must_claim()
    on_disk.ledger.leases.beat(still.id, still.token)
    on_disk.restart(monotonic_ns=0)  # the machine was started again as well
    on_disk.later(59)
    on_disk.ledger.leases.sweep()
    assert on_disk.ledger.still(still.id).state == "running"
    on_disk.later(1)
    on_disk.ledger.leases.sweep()
    assert on_disk.ledger.still(still.id).state == "queued"
    assert on_disk.finish(still).state == "done"  # late, and nobody else has begun


@pytest.mark.parametrize("beaten", [False, True])
def test_a_service_that_starts_again_and_again_gives_that_minute_once(
    on_disk: FileLedger, beaten: bool
) -> None:
    on_disk.submit("x")
    still = on_disk.must_claim()
    if beaten:
        on_disk.ledger.leases.beat(still.id, still.token)
    for number in range(3):
        on_disk.restart()
        on_disk.later(25)
        on_disk.submit(f"another {number}")  # with what is written the time is noted
        on_disk.ledger.leases.sweep()
    after = on_disk.ledger.still(still.id)
    assert (after.state, after.vanished) == ("queued", int(beaten))


def test_a_worker_that_is_heard_again_has_its_minute_at_the_next_restart(
    on_disk: FileLedger,
) -> None:
    on_disk.submit("x")
    still = on_disk.must_claim()
    for _ in range(3):
        on_disk.restart()
        on_disk.later(50)
        on_disk.ledger.leases.beat(still.id, still.token)
    assert on_disk.ledger.still(still.id).state == "running"


def test_ages_go_on_over_a_restart(on_disk: FileLedger) -> None:
    still = on_disk.submit("x")
    on_disk.later(20 * 3600)
    on_disk.ledger.leases.sweep()
    on_disk.restart(monotonic_ns=0)
    on_disk.later(4 * 3600)
    on_disk.ledger.leases.sweep()
    assert on_disk.ledger.still(still.id).state == "failed"
