"""What pages are told: a state, then numbered events, progress, places, and all again."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from lib.stills.service import events
from lib.stills.service.running import RunningStills
from tests.stills.service.scripted import Facts, Service, Worker, noise, until


class EventPage:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.told: list[Facts] = []

    def wait_for(self, what: str, seconds: float = 20, **facts: Any) -> Facts:
        end = time.monotonic() + seconds
        while True:
            for one in self.told:
                if one["what"] == what and facts.items() <= one.items():
                    return one
            assert time.monotonic() < end, (what, facts, self.told[-5:])
            self.read(0.1)

    def read(self, seconds: float) -> None:
        try:
            self.told.append(json.loads(self.socket.recv(timeout=seconds)))
        except TimeoutError:
            return


@contextmanager
def page_of(service: Service, query: str = "") -> Iterator[EventPage]:
    address = f"ws://127.0.0.1:{service.settings.stills_port}/events{query}"
    with connect(address, compression=None, proxy=None, close_timeout=1) as socket:
        yield EventPage(socket)


def test_a_page_is_told_how_it_stands_and_all_that_happens(service: Service) -> None:
    waiting = service.ask("before")
    with page_of(service) as page:
        state = page.wait_for("state")
        assert [job["id"] for job in state["jobs"]] == [waiting["id"]]
        assert state["jobs"][0]["prompt"] == "before"
        job = service.ask("after")["id"]
        queued = page.wait_for("queued", job=job)
        assert queued["place"] == 1 and queued["owner_is_me"] and queued["seq"] > state["seq"]
        worker = Worker(service)
        lease = worker.claim()
        page.wait_for("running", job=waiting["id"])
        worker.beat(lease, step=3, phase="painting")
        told = page.wait_for("progress", job=waiting["id"])
        assert (told["step"], told["total"], told["phase"]) == (3, 8, "painting")
        page.wait_for("places")
        worker.finish(lease)
        done = page.wait_for("done", job=waiting["id"])
        assert len(done["pictures"]) == 1 and done["ended"]
        seqs = [one["seq"] for one in page.told]
        assert seqs == sorted(seqs)


def test_a_page_that_comes_back_is_told_what_it_missed(service: Service) -> None:
    with page_of(service) as page:
        service.ask("one")
        last = page.wait_for("queued")["seq"]
    missed = service.made("one")
    with page_of(service, f"?since={last}") as page:
        assert page.wait_for("done", job=missed["id"])["pictures"] == missed["pictures"]
        assert page.wait_for("state")["jobs"] == []
        assert [one["what"] for one in page.told] == ["done", "state"]


@pytest.mark.parametrize("since", ["999999", "-5"])
def test_a_page_with_a_number_of_another_ledger_takes_all_anew(
    service: Service, since: str
) -> None:
    service.ask()
    with page_of(service, f"?since={since}") as page:
        page.wait_for("state")
        assert page.told[0]["what"] == "resync"


def test_a_page_that_missed_too_much_takes_all_anew(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(events, "MOST_MISSED", 3)
    for number in range(5):
        service.ask(str(number))
    with page_of(service, "?since=0") as page:
        page.wait_for("state")
        assert page.told[0]["what"] == "resync"


def test_mine_is_what_this_browser_asked_for(service: Service) -> None:
    browser = {"Cookie": "afterimage-owner=" + "a" * 22}
    address = f"ws://127.0.0.1:{service.settings.stills_port}/events"
    with (
        connect(address, proxy=None, additional_headers=browser) as socket,
        page_of(service) as other,
    ):
        mine = EventPage(socket)
        mine.wait_for("state"), other.wait_for("state")
        job = service.client.post("/jobs", json={"prompt": "x"}, headers=browser).json()["id"]
        assert mine.wait_for("queued", job=job)["owner_is_me"]
        assert not other.wait_for("queued", job=job)["owner_is_me"]


def test_no_private_word_is_told(service: Service) -> None:
    with page_of(service) as page:
        page.wait_for("state")
        service.ask("a secret", keep="none", owner="me")
        worker = Worker(service)
        lease = worker.claim()
        worker.beat(lease, step=1)
        worker.finish(lease)
        done = page.wait_for("done", job=lease["id"])
        assert done["private"] and done["prompt"] == "" and done["pictures"] == []
        assert "secret" not in json.dumps(page.told)


def test_a_preview_is_announced(service: Service) -> None:
    service.ask()
    with page_of(service) as page:
        worker = Worker(service)
        lease = worker.claim()
        query = {"id": lease["id"], "token": lease["token"]}
        service.client.post("/work/preview", params=query, content=noise(64, 64, "JPEG"))
        assert page.wait_for("progress", job=lease["id"])["preview"]


def test_what_the_sweep_does_is_told(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lib.core.still.LEASE_NS", 400_000_000)
    service.ask()
    with page_of(service) as page:
        lease = Worker(service).claim()
        page.wait_for("running", job=lease["id"])
        page.told.clear()
        page.wait_for("queued", job=lease["id"])
    assert "afterimage_stills_leases_lost_total 1.0" in service.client.get("/metrics").text


def test_there_is_a_limit_to_pages_and_one_that_sleeps_is_let_go(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service.parts.hub, "_most", 1)
    with page_of(service) as page:
        page.wait_for("state")
        with page_of(service) as second, pytest.raises(Exception, match="1013"):
            second.read(5)
        monkeypatch.setattr("lib.http.outbox.MOST_UNSENT", 0)
        service.ask()
        assert until(lambda: not service.parts.hub.pages)
    assert service.parts.hub.let_go == 1


def test_the_address_says_that_it_is_a_websocket(shared: Service) -> None:
    answer = shared.client.get("/events")
    assert answer.status_code == 426 and "WebSocket" in answer.json()["detail"]


def test_what_is_noted_of_running_stills_is_changed_on_one_thread(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A look at all of them there would meet a change of another thread."""
    threads: set[str] = set()
    for name in ("begin", "end"):
        changes = getattr(RunningStills, name)

        def noted(*values: object, changes: Any = changes) -> object:
            threads.add(threading.current_thread().name)
            return changes(*values)

        monkeypatch.setattr(RunningStills, name, noted)
    job = service.made()
    assert job["state"] == "done" and until(lambda: not service.parts.progress.of(job["id"]))
    assert len(threads) == 1
