"""What happens to a still, without a database: lib.core.still."""

from __future__ import annotations

import pytest

from lib.core.still import (
    LEASE_NS,
    Keep,
    Lapse,
    StaleTokenError,
    Still,
    claimed,
    claimed_again,
    ended,
    flight_key,
    given_back,
    heard,
    lease_ran_out,
)

STILL = Still(
    id="j", number=1, request="{}", kind="txt2img", model="", engine="", side=512, samples=1,
    lane=1, turn=1, keep=Keep.HISTORY, since_ns=0,
)  # fmt: skip


def test_the_key_is_of_the_whole_request_and_of_this_ledger() -> None:
    request = {"prompt": "a", "model": "m", "seed": 1}
    key = flight_key(request, b"secret")
    assert flight_key(dict(reversed(request.items())), b"secret") == key
    assert flight_key(request | {"model": "n"}, b"secret") != key
    assert flight_key(request, b"another") != key


def test_a_token_is_counted_up_at_each_claim_and_is_never_0() -> None:
    with pytest.raises(StaleTokenError):
        heard(STILL, 0, 0)
    first = claimed(STILL, "one", "painter", 0)
    again = claimed(lease_ran_out(first, LEASE_NS, 1), "two", "painter", LEASE_NS)
    assert (first.token, again.token) == (1, 2)
    with pytest.raises(StaleTokenError):
        heard(again, 1, 0)


def test_a_worker_that_comes_back_had_not_vanished() -> None:
    lost = lease_ran_out(heard(claimed(STILL, "one", "painter", 0), 1, 5), 5 + LEASE_NS, 7)
    assert (lost.state, lost.lapse, lost.vanished, lost.turn) == ("queued", Lapse.VANISHED, 1, 7)
    back = heard(lost, 1, 99)
    assert (back.state, back.vanished, back.deadline_ns) == ("running", 0, 99 + LEASE_NS)
    assert claimed_again(lost, 99) == back


def test_a_claim_that_was_used_up_gets_nothing() -> None:
    still = claimed(STILL, "one", "painter", 0)
    assert claimed_again(given_back(still, 1, "", 0, 0), 0) is None
    assert claimed_again(ended(still, "done", 0), 0) is None  # type: ignore[arg-type] # as from a row


def test_what_a_job_is_given_back_for_is_counted_once() -> None:
    still = given_back(claimed(STILL, "one", "painter", 0), 1, "no memory", 0, 5)
    assert (still.tries, still.turn, still.error) == (1, 5, "no memory")
    assert given_back(still, 1, "no memory", 0, 9) == still
    calm = given_back(claimed(STILL, "one", "painter", 0), 1, "", 0, 5)
    assert (calm.tries, calm.turn) == (0, STILL.turn)
