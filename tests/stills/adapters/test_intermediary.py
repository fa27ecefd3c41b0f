from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import httpx2 as httpx
import pytest

from lib.stills.adapters.jobs import AdapterJobs
from lib.stills.ledger.backup import backup, restore
from lib.stills.ledger.queue import Asker, StillQueue
from lib.stills.service.asking import JobBody
from tests.ports import free_ports
from tests.rig import until
from tests.stills.service.scripted import Service, Worker, noise, png, running

LEASE_S = 5
HELD_S = 96
UNKNOWN = "job undefined doesnt exist"


class Foreign:
    """The port as clients and workers of others use it."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.address = f"http://127.0.0.1:{service.settings.intermediary_port}"
        self.client = httpx.Client(base_url=self.address, verify=False, timeout=30)
        self._threads = ThreadPoolExecutor(8)

    def picture(self, prompt: str, **more: str) -> Future[httpx.Response]:
        """A client that waits, on a connection of its own."""
        query = "".join(f"&{name}={quote(value)}" for name, value in more.items())
        address = f"{self.address}/gen-image?prompt={quote(prompt)}{query}"
        return self._threads.submit(httpx.get, address, timeout=30)

    def next(self) -> tuple[str, str]:
        answer = self.client.post("/next-image-to-generate", timeout=10)
        assert answer.status_code == 200
        number, _, prompt = answer.text.partition("\n")
        return number, prompt

    def submit(self, number: str, data: bytes) -> httpx.Response:
        return self.client.post(f"/submit-image?id={number}&name=w1", content=data)

    def release(self, number: str) -> httpx.Response:
        return self.client.post(f"/release-job?id={number}")

    def waiting(self, count: int = 1) -> None:
        """Until so many jobs wait for a worker."""
        until(lambda: self.service.client.get("/health").json()["jobs"]["queued"] == count, 20)


@contextmanager
def spoken(folder: Path | None = None, **changes: object) -> Iterator[Foreign]:
    port = changes.pop("intermediary_port", None) or free_ports(1)[0]
    with running(
        folder, adapters="intermediary", intermediary_port=port, intermediary_lease_s=LEASE_S,
        **changes,
    ) as service:  # fmt: skip
        foreign = Foreign(service)
        try:
            yield foreign
        finally:
            foreign.client.close()
            service.flow.stop()  # answers those that wait
            foreign._threads.shutdown()


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    with spoken() as one:
        yield one


@pytest.fixture(scope="module")
def shared() -> Iterator[Foreign]:
    """For tests after which nobody waits."""
    with spoken() as one:
        yield one


def test_a_client_waits_and_gets_what_our_worker_makes(foreign: Foreign) -> None:
    waiting = foreign.picture("a cat")
    worker = Worker(foreign.service)
    lease = worker.claim()
    assert lease["params"]["prompt"] == "a cat"
    worker.finish(lease)
    answer = waiting.result(20)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.content.startswith(b"\x89PNG")
    assert foreign.client.get("/").text.startswith("GET /gen-image")
    (told,) = foreign.service.client.get("/health").json()["adapters"]
    assert told["jobs"] == 1 and told["clients"] >= 1 and not told["trouble"]


@pytest.mark.parametrize("query", ["", "?prompt=", "?prompt=a&prompt=b", "?prom=a"])
def test_a_prompt_is_required_and_only_one(shared: Foreign, query: str) -> None:
    answer = shared.client.get(f"/gen-image{query}")
    assert (answer.status_code, answer.text) == (400, "?prompt= is required")


def test_two_at_once_are_one_job_and_later_ones_get_the_kept_picture(tmp_path: Path) -> None:
    with spoken(tmp_path) as foreign:
        both = [foreign.picture("a red fox"), foreign.picture("a red fox")]
        foreign.waiting()
        until(lambda: foreign.service.client.get("/jobs").json()["jobs"][0]["waiters"] == 2, 20)
        number, prompt = foreign.next()
        assert prompt == "a red fox"
        assert foreign.submit(number, noise(48, 40)).text == "good job"
        first, second = (one.result(20).content for one in both)
        assert first == second and first.startswith(b"\x89PNG")
        assert len(foreign.service.client.get("/jobs").json()["jobs"]) == 1
    with spoken(tmp_path) as again:  # no worker is there, and the service is another one
        assert again.picture("a red fox").result(20).content == first


@pytest.mark.parametrize(
    "prompt", ["two\nlines\n", "Ääö 猫 😀", "constructor", "__proto__", "%0A&x=1"]
)
def test_any_words_reach_the_worker_as_they_are(shared: Foreign, prompt: str) -> None:
    waiting = shared.picture(prompt)
    number, words = shared.next()
    assert words == prompt
    assert shared.submit(number, png(64, 64)).text == "good job"
    assert waiting.result(20).status_code == 200


@pytest.mark.alone
def test_a_worker_is_held_until_somebody_asks_and_then_answered_at_once(foreign: Foreign) -> None:
    with ThreadPoolExecutor() as threads:
        held = threads.submit(foreign.next)
        time.sleep(1)
        assert not held.done()
        asked_s = time.monotonic()
        foreign.picture("a cat")
        assert held.result(20)[1] == "a cat"
        assert time.monotonic() - asked_s < 0.5


@pytest.mark.slow
@pytest.mark.timed
@pytest.mark.timeout(180)
def test_a_poll_is_held_longer_than_a_proxy_would(foreign: Foreign) -> None:
    """95 s: those in between cut at 100 and answer 524."""
    with ThreadPoolExecutor() as threads:
        held = threads.submit(foreign.client.post, "/next-image-to-generate", timeout=120)
        time.sleep(HELD_S)
        assert not held.done()
        foreign.picture("a cat")
        assert held.result(20).text.endswith("\na cat")


def test_a_held_poll_is_cut_at_a_stop_and_never_answered_but_with_a_job() -> None:
    with spoken() as foreign, ThreadPoolExecutor() as threads:
        held = threads.submit(foreign.client.post, "/next-image-to-generate", timeout=10)
        until(lambda: foreign.service.client.get("/health").json()["adapters"][0]["clients"], 20)
        time.sleep(0.2)
        foreign.service.flow.stop()
        with pytest.raises(httpx.TransportError):
            held.result(20)


def test_only_what_was_asked_for_over_this_protocol_goes_to_its_workers(foreign: Foreign) -> None:
    foreign.service.ask("of the page")
    foreign.picture("of a client")
    foreign.waiting(2)
    assert foreign.next()[1] == "of a client"
    with pytest.raises(httpx.TimeoutException):
        foreign.client.post("/next-image-to-generate", timeout=1)


def test_what_is_no_png_or_names_no_open_job_is_refused(shared: Foreign) -> None:
    waiting = shared.picture("a cow")
    number, _ = shared.next()
    for rubbish in (b"", b"GIF89a", noise(8, 8, "JPEG"), png()[:200]):
        assert shared.submit(number, rubbish).status_code == 400
    for unknown in ("", "0", "1", "-1", "abc", "9" * 18, "9" * 400, "1e3", f"{number}0", "٣"):
        assert (answer := shared.submit(unknown, png())).status_code == 404
        assert answer.text == UNKNOWN
    assert not waiting.done()
    assert shared.submit(number, png()).text == "good job"
    assert shared.submit(number, png()).status_code == 404  # the second time
    assert waiting.result(20).status_code == 200


def test_a_release_gives_the_job_to_another_and_odd_ones_change_nothing(shared: Foreign) -> None:
    waiting = shared.picture("a hen")
    first, _ = shared.next()
    for odd in ("", "77", "x", first[:-1]):
        assert shared.release(odd).status_code == 404
    assert shared.release(first).status_code == 200
    second, prompt = shared.next()
    assert prompt == "a hen" and second != first
    assert shared.release(first).status_code == 404  # no longer its claim
    assert shared.submit(second, png()).text == "good job"
    assert shared.release(second).status_code == 404
    assert waiting.result(20).status_code == 200


@pytest.mark.slow
def test_a_worker_that_died_loses_its_job_to_another_and_may_still_come_late(
    shared: Foreign,
) -> None:
    waiting = shared.picture("a walrus")
    first, _ = shared.next()
    begin_s = time.monotonic()
    second, _ = shared.next()  # held until the lease of the first has run out
    assert LEASE_S - 1 < time.monotonic() - begin_s < LEASE_S + 3
    late = png(32, 32)
    assert shared.submit(first, late).text == "good job"  # there was no picture yet
    assert shared.submit(second, png()).status_code == 404
    assert waiting.result(20).status_code == 200


def test_a_client_that_hangs_up_leaves_no_job_behind_but_what_runs(foreign: Foreign) -> None:
    def hang_up(prompt: str, after: object) -> None:
        with socket.create_connection(
            ("127.0.0.1", foreign.service.settings.intermediary_port)
        ) as it:
            it.sendall(
                f"GET /gen-image?prompt={prompt} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            )
            foreign.waiting()
            if callable(after):
                after()

    hang_up("queued", None)
    until(lambda: foreign.service.client.get("/jobs").json()["jobs"][0]["state"] == "cancelled", 20)
    claimed: list[tuple[str, str]] = []
    hang_up("running", lambda: claimed.append(foreign.next()))
    (number, prompt) = claimed[0]
    assert prompt == "running"
    time.sleep(0.5)
    assert foreign.submit(number, png()).text == "good job"
    assert foreign.picture("running").result(20).status_code == 200  # it was kept


@pytest.mark.parametrize("slow", ["submit", "leave"])
def test_a_client_that_hangs_up_while_the_ledger_is_slow_leaves_no_job_behind(
    foreign: Foreign, monkeypatch: pytest.MonkeyPatch, slow: str
) -> None:
    """Its job comes into the ledger only after it has gone."""
    plain = getattr(StillQueue, slow)

    def late(*arguments: object, **named: object) -> object:
        time.sleep(0.3)
        return plain(*arguments, **named)

    monkeypatch.setattr(StillQueue, slow, late)
    for prompt in ("a", "b", "c"):
        with socket.create_connection(
            ("127.0.0.1", foreign.service.settings.intermediary_port)
        ) as line:
            line.sendall(
                f"GET /gen-image?prompt={prompt} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            )
            time.sleep(0.1)

    def states() -> list[str]:
        return [job["state"] for job in foreign.service.client.get("/jobs").json()["jobs"]]

    until(lambda: states() == ["cancelled"] * 3, 20)


def test_jobs_of_clients_that_a_killed_service_had_are_dropped_unless_they_run(
    tmp_path: Path,
) -> None:
    with running(tmp_path) as service:  # what a service that was killed leaves in its ledger
        jobs, queue = AdapterJobs(service.parts, "intermediary"), service.parts.ledgers.kept.queue
        asked = [
            queue.submit(
                jobs.plain_request(JobBody(prompt=words)), Asker(jobs.owner(f"1.2.3.4 {n}"))
            )
            for n, words in enumerate(("runs", "waits"))
        ]
        service.ask("of the page")
        assert Worker(service).claim()["params"]["prompt"] == "runs"
    with spoken(tmp_path) as foreign:
        states = {
            one["id"]: one["state"] for one in foreign.service.client.get("/jobs").json()["jobs"]
        }
        assert [states.pop(one.id) for one in asked] == ["running", "cancelled"]
        assert list(states.values()) == ["queued"]


def test_an_id_from_before_a_restart_is_still_that_of_its_job(tmp_path: Path) -> None:
    with spoken(tmp_path) as foreign:
        foreign.picture("old words")
        number, _ = foreign.next()
    with spoken(tmp_path) as again:
        waiting = again.picture("new words")
        other, prompt = again.next()
        assert prompt == "new words" and other != number
        again.submit(number, png(64, 64))
        assert not waiting.done()
        assert again.submit(other, png()).text == "good job"
        assert waiting.result(20).status_code == 200


def test_who_waits_is_told_when_another_ledger_takes_the_place_of_theirs(foreign: Foreign) -> None:
    ledgers = foreign.service.parts.ledgers
    file = foreign.service.folder / "before"
    backup(foreign.service.folder, file)
    waiting = foreign.picture("a cat")
    foreign.waiting()
    assert ledgers.kept.stills(10, 1)
    restore(foreign.service.folder, file)
    answer = waiting.result(10)
    assert (answer.status_code, answer.text) == (500, "it has been forgotten")
    again = foreign.picture("a dog")
    number, prompt = foreign.next()
    assert prompt == "a dog" and foreign.submit(number, png()).text == "good job"
    assert again.result(20).status_code == 200


def test_a_picture_of_another_site_shows_it(shared: Foreign) -> None:
    waiting = shared.picture("a goat")
    number, _ = shared.next()
    shared.submit(number, png())
    waiting.result(20)
    answer = shared.client.get(
        "/gen-image?prompt=a goat",
        headers={"Sec-Fetch-Site": "cross-site", "Referer": "https://elsewhere.example/",
                 "Origin": "https://elsewhere.example", "Sec-Fetch-Dest": "image"},
    )  # fmt: skip
    assert answer.status_code == 200
    assert "cross-origin-resource-policy" not in answer.headers


def test_failures_are_said_in_plain_words(foreign: Foreign) -> None:
    waiting = foreign.picture("a cat")
    foreign.waiting()
    job = foreign.service.client.get("/jobs").json()["jobs"][0]["id"]
    foreign.service.client.delete(f"/jobs/{job}?all=1")
    answer = waiting.result(20)
    assert (answer.status_code, answer.text) == (500, "The operator cancelled it.")
    assert foreign.client.get("/gen-image", params={"prompt": "x" * 5000}).status_code == 400


def test_refused_words_are_403() -> None:
    with spoken(safety=True) as foreign:
        answer = foreign.client.get("/gen-image", params={"prompt": "nude people"})
        assert answer.status_code == 403 and answer.text and "\n" not in answer.text


def test_tokens_open_it_where_they_are_set() -> None:
    with spoken(control_token="c" * 32, worker_token="w" * 32) as foreign:
        assert foreign.client.get("/gen-image?prompt=a").status_code == 401
        assert foreign.client.post("/next-image-to-generate").status_code == 401
        worker = {"Authorization": "Bearer " + "w" * 32}
        assert foreign.client.get("/gen-image?prompt=a", headers=worker).status_code == 403
        foreign.picture("a", token="c" * 32)
        answer = foreign.client.post("/next-image-to-generate", headers=worker)
        assert answer.text.endswith("\na")
