"""What time does: old pictures go, stuck stills are given back, estimates are made."""

from __future__ import annotations

import pytest

from lib.core.still import SECOND_NS, Still
from lib.core.still_workers import WorkerName
from lib.stills.service import running, sweep
from lib.stills.service.running import SILENT_NS, STUCK_NS, HowFar, RunningStills
from tests.stills.service.scripted import Service, Worker, noise, until
from tests.stills.service.scripted import running as service_with

W = WorkerName("w", "here")


def still(samples: int = 1) -> Still:
    return Still("id", 1, "{}", "txt2img", "", "", 512, samples, 1, 1, 1, 0)


def test_an_estimate_follows_what_others_took() -> None:
    stills = RunningStills()
    assert stills.estimate_s(still(), 0, 1, 0) is None
    for job, seconds in (("a", 4), ("b", 6), ("c", 60)):
        stills.begin(job, 1, W, 0)
        stills.end(job, 1, seconds * SECOND_NS)
    assert stills.estimate_s(still(), place=0, workers=1, now_ns=0) == 6
    assert stills.estimate_s(still(2), place=4, workers=2, now_ns=0) == 24
    stills.begin("id", 1, W, 0)
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
    stills.begin("a", 2, W, 2)
    now = stills.of("a")
    assert now and now.how_far == HowFar()


@pytest.mark.parametrize("phase", ["painting", "", "loading", "queued"])
def test_what_only_waits_is_not_stuck_before_the_wait_is_over(phase: str) -> None:
    stills, wait_ns = RunningStills(), 3 * STUCK_NS
    waits = phase in ("loading", "queued")

    def stuck_at(now_ns: int) -> bool:
        stills.moved("a", 1, HowFar(0, 8, phase), now_ns)
        return bool(stills.stuck(now_ns, wait_ns))

    stills.begin("a", 1, W, 0)
    assert not stuck_at(0)
    assert stuck_at(STUCK_NS) != waits
    assert stuck_at(wait_ns)


def test_what_is_not_heard_of_is_not_stuck_and_neither_is_what_finds_no_room() -> None:
    stills = RunningStills()
    stills.begin("a", 1, W, 0)
    stills.moved("a", 1, HowFar(1, 8, "painting"), 0)
    assert stills.stuck(STUCK_NS, STUCK_NS) == []  # it waits for another worker
    stills.handed_in("a", 1, STUCK_NS)
    stills.moved("a", 1, HowFar(1, 8, "painting"), STUCK_NS + 1)
    assert stills.stuck(STUCK_NS + 1, STUCK_NS) == []
    stills.moved("a", 1, HowFar(1, 8, "painting"), 2 * STUCK_NS)
    assert [job for job, _ in stills.stuck(2 * STUCK_NS, STUCK_NS)] == ["a"]


def test_a_worker_falls_silent_once_for_each_lease() -> None:
    stills = RunningStills()
    stills.begin("a", 1, W, 0)
    stills.begin("b", 1, W, 0)
    assert stills.unheard() == {W: 2}
    stills.moved("b", 1, HowFar(), 1)
    assert stills.fell_silent(SILENT_NS) == set() and stills.unheard() == {W: 1}
    assert stills.fell_silent(SILENT_NS + 1) == {W}
    assert stills.fell_silent(SILENT_NS + 1) == set() and not stills.unheard()
    stills.begin("b", 2, WorkerName("x", "here"), SILENT_NS)  # before anybody looked
    assert stills.fell_silent(SILENT_NS) == {W}
    stills.at("c", 1, 0)  # of an earlier process
    stills.end("b")
    assert stills.fell_silent(10 * SILENT_NS) == set()


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

        def there() -> list[bool]:
            answers = [service.client.get(f"/pictures/{one}") for one in uploads]
            return [one.status_code == 200 for one in answers]

        assert until(lambda: there() == [False, False, True, True])
