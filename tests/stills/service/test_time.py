"""What time does: old pictures go, stuck stills are given back, estimates are made."""

from __future__ import annotations

import pytest

from lib.core.still import SECOND_NS, Still
from lib.stills.service import running, sweep
from lib.stills.service.running import HowFar, RunningStills
from tests.stills.service.scripted import Service, Worker, noise, until
from tests.stills.service.scripted import running as service_with


def still(samples: int = 1) -> Still:
    return Still("id", 1, "{}", "txt2img", "", "", 512, samples, 1, 1, 1, 0)


def test_an_estimate_follows_what_others_took() -> None:
    stills = RunningStills()
    assert stills.estimate_s(still(), 0, 1, 0) is None
    for job, seconds in (("a", 4), ("b", 6), ("c", 60)):
        stills.begin(job, 1, "w", 0)
        stills.end(job, 1, seconds * SECOND_NS)
    assert stills.estimate_s(still(), place=0, workers=1, now_ns=0) == 6
    assert stills.estimate_s(still(2), place=4, workers=2, now_ns=0) == 24
    stills.begin("id", 1, "w", 0)
    assert stills.estimate_s(still(), 0, 1, 4 * SECOND_NS) == 2
    assert stills.estimate_s(still(), 0, 1, 99 * SECOND_NS) == 0.5


def test_a_lease_that_was_claimed_before_a_restart_tells_no_time() -> None:
    stills = RunningStills()
    stills.at("a", 1, 0)
    stills.end("a", 1, SECOND_NS)
    assert stills.estimate_s(still(), 0, 1, 0) is None


def test_how_far_is_of_the_newest_token() -> None:
    stills = RunningStills()
    assert stills.moved("a", 1, HowFar(3, 8), 0)
    assert not stills.moved("a", 1, HowFar(3, 8), 1)
    stills.begin("a", 2, "w", 2)
    now = stills.of("a")
    assert now and now.how_far == HowFar()


def test_a_still_that_gets_nowhere_is_given_back(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.ask()
    worker = Worker(service)
    lease = worker.claim()
    worker.beat(lease, step=1)
    monkeypatch.setattr(running, "STUCK_NS", 0)
    assert until(lambda: service.job(job["id"])["tries"] == 1)
    assert "no further" in service.job(job["id"])["error"]
    assert worker.finish(lease).status_code == 409


def test_the_oldest_pictures_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "RETAIN_S", 0.0)
    with service_with(keep_gb=0.0005) as service:
        uploads = [service.upload(noise(256, 256) + bytes(number))["id"] for number in range(4)]
        there = lambda one: service.client.get(f"/pictures/{one}").status_code == 200  # noqa: E731
        assert until(lambda: not there(uploads[0]))
        assert [there(one) for one in uploads] == [False, False, True, True]
