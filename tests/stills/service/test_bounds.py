"""What is too much: bodies, pictures, bombs, bytes that drip, jobs, a full disk."""

from __future__ import annotations

import base64
import errno
import os
import socket
import threading
import time

import pytest

from lib.http import connections
from lib.stills.ledger import queue, room
from lib.stills.service import app
from lib.stills.service.parts import MOST_HELD
from tests.stills.service.scripted import Service, Worker, noise, png, running, until
from tests.stills.service.test_lies import bomb

MEGABYTE = 1024 * 1024


def test_a_body_of_100_mb_is_refused_before_it_is_read(shared: Service) -> None:
    for path in ("/pictures", "/jobs", "/work/finish?id=a&token=1", "/work/claim"):
        with socket.create_connection(("127.0.0.1", shared.settings.stills_port)) as line:
            head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n"
            line.sendall(head.encode())
            line.settimeout(5)
            assert line.recv(65536).startswith(b"HTTP/1.1 413"), path


def test_a_body_without_a_length_is_cut_off_where_it_is_too_long(shared: Service) -> None:
    def parts() -> object:
        for _ in range(100):
            yield bytes(MEGABYTE)

    answer = shared.client.post("/pictures", content=parts())  # type: ignore[arg-type] # of bytes
    assert answer.status_code == 413
    assert answer.json()["detail"] == "this is too long: at most 32 MB are taken"
    assert shared.parts.bodies.held == 0


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a kind of picture"),
        (b"BM" + bytes(100), "it is a bmp, not one of png, jpeg, webp"),
        (b"GIF89a" + bytes(100), "it is a gif"),
        (png()[:200], "cut off or broken"),
        (noise(64, 64, "JPEG")[:300], "broken or cut off"),
        (bomb(60_000), "too large"),
        (bomb(5_900), "too large"),
    ],
)
def test_what_is_no_picture_or_a_bomb_is_refused(shared: Service, data: bytes, says: str) -> None:
    begin_s = time.monotonic()
    answer = shared.client.post("/pictures", content=data)
    assert answer.status_code == 422 and says in answer.json()["detail"], answer.text
    assert answer.json()["detail"].startswith("the picture cannot be used: ")
    inside = {"prompt": "x", "image": base64.b64encode(data + bytes(30)).decode()}
    assert shared.client.post("/jobs", json=inside).status_code == 422
    assert time.monotonic() - begin_s < 3


def test_a_picture_that_is_longer_than_allowed_is_refused_in_base64_too() -> None:
    with running(max_upload_mb=1) as service:
        data = base64.b64encode(os.urandom(MEGABYTE + 9)).decode()
        answer = service.client.post("/jobs", json={"prompt": "x", "image": data})
        assert answer.status_code == 422 and "at most 1 MB" in answer.json()["detail"]


def test_so_many_large_bodies_are_held_at_once_and_no_more() -> None:
    with running(max_upload_mb=1) as service:
        port, lines = service.settings.stills_port, []
        head = b"POST /pictures HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1048576\r\n\r\n"
        try:
            for _ in range(MOST_HELD):
                lines.append(socket.create_connection(("127.0.0.1", port)))
                lines[-1].sendall(head + bytes(1_000_000))
            assert until(lambda: service.parts.bodies.held > (MOST_HELD - 0.5) * 1_000_000)
            answer = service.client.post("/pictures", content=noise(256, 256))
            assert answer.status_code == 503 and "try again" in answer.json()["detail"]
            assert service.client.get("/jobs").status_code == 200
        finally:
            for line in lines:
                line.close()
        assert until(lambda: service.parts.bodies.held == 0)
        assert service.client.post("/pictures", content=noise(256, 256)).status_code == 200


def test_a_body_counts_until_it_is_done_with(service: Service) -> None:
    done, answers, data = threading.Event(), [], noise(256, 256)
    service.parts.decoding._thread.submit(done.wait)  # the thread has another picture in hand
    upload = threading.Thread(target=lambda: answers.append(service.upload(data)))
    upload.start()
    try:
        assert until(lambda: service.parts.bodies.held == len(data))
        time.sleep(0.1)
        assert service.parts.bodies.held == len(data) and not answers
    finally:
        done.set()
        upload.join()
    assert answers and service.parts.bodies.held == 0


def test_a_large_body_may_take_its_time_and_one_that_drips_may_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connections, "ARRIVES_WITHIN_S", 0.4)
    monkeypatch.setattr(app, "SLOWEST", 50_000)
    data = noise(256, 256)  # 197 kB
    with running() as service:

        def sent(a_second: int) -> bytes:
            with socket.create_connection(("127.0.0.1", service.settings.stills_port)) as line:
                head = "POST /pictures HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                line.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode())
                try:
                    for at in range(0, len(data), a_second // 10):
                        line.sendall(data[at : at + a_second // 10])
                        time.sleep(0.1)
                    return line.recv(65536)
                except OSError:
                    return b""

        assert sent(150_000).startswith(b"HTTP/1.1 200")
        assert sent(10_000) == b""


def test_a_full_queue_and_a_full_disk_are_said(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "MOST_OF_OWNER", 2)
    service.ask("one"), service.ask("two")
    answer = service.client.post("/jobs", json={"prompt": "three"})
    assert answer.status_code == 429 and "2 of your jobs wait" in answer.json()["detail"]
    worker = Worker(service)
    lease = worker.claim()
    monkeypatch.setattr(room, "LEAST_FREE_BYTES", 1 << 62)
    for refused in (
        service.client.post("/jobs", json={"prompt": "four", "owner": "else"}),
        service.client.post("/pictures", content=png()),
    ):
        assert refused.status_code == 507 and "Less than 1 GB" in refused.json()["detail"]
    waits = service.job(service.client.get("/jobs").json()["jobs"][0]["id"])
    assert waits["waits_for"] == "room on the disk: less than 1 GB is free"
    assert worker.finish(lease).json() == {"state": "done"}


def test_a_picture_that_finds_no_room_costs_no_try_and_may_come_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = service.ask()
    worker = Worker(service)
    lease = worker.claim()

    def full(*_: object) -> object:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("lib.stills.ledger.files.create_fresh", full)
        answer = worker.finish(lease)
        assert answer.status_code == 503 and "No space left" in answer.json()["detail"]
        assert service.client.post("/pictures", content=png()).status_code == 503
    assert service.job(job["id"])["tries"] == 0
    assert worker.finish(lease).json() == {"state": "done"}


def test_many_wait_and_everybody_is_answered(service: Service) -> None:
    """Workers that wait, clients that wait for the end, and requests in between."""
    job = service.ask("to wait for", engine="none")
    ended: list[str] = []

    def wait() -> None:
        answer = service.client.get(f"/jobs/{job['id']}", params={"wait_s": 20}, timeout=30)
        ended.append(answer.json()["state"])

    def claim(number: int) -> None:
        name = f"w{number}"
        Worker(service, name=name).try_claim(wait_s=20)

    threads = [threading.Thread(target=wait) for _ in range(30)]
    threads += [threading.Thread(target=claim, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    assert until(lambda: len(service.parts.claims.waiting) == 30, 20)
    begin_s = time.monotonic()
    assert service.client.get("/health").json()["status"] == "fine"
    assert time.monotonic() - begin_s < 2
    for number in range(30):
        service.ask(f"job {number}")
    service.client.delete(f"/jobs/{job['id']}")
    for thread in threads:
        thread.join(20)
    assert ended == ["cancelled"] * 30
    counts = service.client.get("/health").json()["jobs"]
    assert (counts["running"], counts["queued"]) == (30, 0)
