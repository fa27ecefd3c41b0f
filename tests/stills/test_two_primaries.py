"""Two primaries on one ledger in PostgreSQL, as they run: two services, each with a worker."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from websockets.sync.client import ClientConnection, connect

from lib.config.settings import ROOT
from tests.ports import free_ports
from tests.programs import environment
from tests.rig import until
from tests.stills.ledger import ledgers

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(ledgers.WITHOUT_POSTGRES), reason=ledgers.WITHOUT_POSTGRES),
]

CONTROL, GUEST = "c" * 32, "g" * 32


class Primary:
    """Its service of stills, and a worker that knows no other."""

    def __init__(self, name: str, ledger: str, folder: Path) -> None:
        self.name, self.ledger, self.folder = name, ledger, folder / name
        (self.port,) = free_ports(1)
        self.address = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(
            base_url=self.address,
            timeout=20,
            headers={"Authorization": f"Bearer {CONTROL}"},
            verify=False,
        )
        self.service: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.service = self._started("app.py", "--role", "stills")

    def hire(self) -> None:
        self.worker = self._started("transform.py", "--role", "stills", "--engine", "identity")

    def _started(self, *argv: str) -> subprocess.Popen[bytes]:
        own = environment(STILLS_PORT=str(self.port), STATE_DIR=str(self.folder))
        own |= {"CONTROL_TOKEN": CONTROL, "GUEST_TOKEN": GUEST}
        own |= {"LEDGER": self.ledger, "WORKER_ID": self.name, "PRIMARY_HOSTNAME": "127.0.0.1"}
        return subprocess.Popen([sys.executable, *argv], cwd=ROOT, env=own,
                                stderr=subprocess.DEVNULL)  # fmt: skip

    def kill(self) -> None:
        for one in (self.service, self.worker):
            if one:
                one.kill()
                one.wait()
        self.service = self.worker = None

    def close(self) -> None:
        self.kill()
        self.client.close()

    def is_there(self) -> bool:
        with suppress(httpx.HTTPError):
            return self.client.get("/healthz").status_code == 200
        return False

    def workers(self) -> list[str]:
        return [one["worker"] for one in self.client.get("/health").json()["workers"]]

    def ask(self, prompt: str, **more: object) -> str:
        wanted = {"prompt": prompt, "engine": "identity", "width": 64, "height": 64}
        answer = self.client.post("/jobs", json=wanted | more)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])

    def job(self, job: str) -> dict[str, Any]:
        return dict(self.client.get(f"/jobs/{job}").json())

    def is_done(self, job: str) -> bool:
        return bool(self.job(job)["state"] == "done")

    @contextmanager
    def page(self) -> Iterator[ClientConnection]:
        """What a page is told, from the whole state on."""
        headers = {"Authorization": f"Bearer {CONTROL}"}
        where = f"ws://127.0.0.1:{self.port}/events"
        with connect(where, additional_headers=headers, legacy=True) as socket:
            assert json.loads(socket.recv(10))["what"] == "state"
            yield socket


def told(socket: ClientConnection, job: str, what: str) -> Mapping[str, Any]:
    while True:
        one: Mapping[str, Any] = json.loads(socket.recv(20))
        if one["job"] == job and one["what"] == what:
            return one


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Primary, Primary]]:
    with ExitStack() as resources:
        ledger, folder = ledgers.server().new_database(), tmp_path_factory.mktemp("primaries")
        first, second = (Primary(name, ledger, folder) for name in ("first", "second"))
        for one in (first, second):
            resources.callback(one.close)
            one.start()
        for one in (first, second):
            assert until(one.is_there, 60)
        second.hire()
        assert until(second.workers, 60)
        yield first, second


def test_a_job_of_one_is_made_by_a_worker_of_the_other_and_seen_on_both_pages(
    pair: tuple[Primary, Primary],
) -> None:
    first, second = pair
    assert first.workers() == []
    with first.page() as here, second.page() as there:
        job = first.ask("asked at the first")
        for page in (here, there):
            for what in ("queued", "running", "picture", "done"):
                seen = told(page, job, what)
        assert seen["prompt"] == "asked at the first"
    (picture,) = first.job(job)["pictures"]
    whole = [one.client.get(f"/pictures/{picture}").content for one in pair]
    assert whole[0] == whole[1] and whole[0].startswith(b"\x89PNG")


def test_a_private_job_is_seen_at_one_and_in_no_database(pair: tuple[Primary, Primary]) -> None:
    first, second = pair
    words = f"private {secrets.token_hex(8)}"
    job = first.ask(words, keep="none")
    assert second.client.get(f"/jobs/{job}").status_code == 404
    database = first.ledger.partition("@/")[2].partition("?")[0]
    server = ledgers.server()
    assert server.sql("SELECT COUNT(*) FROM job", database) != "0"
    for table in server.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'",
                            database).split():  # fmt: skip
        found = f"SELECT COUNT(*) FROM {table} t WHERE t::text LIKE '%{words}%'"
        assert server.sql(found, database) == "0"


def test_what_one_had_when_it_was_killed_is_made_by_the_other(
    pair: tuple[Primary, Primary],
) -> None:
    first, second = pair
    first.hire()
    assert until(first.workers, 60)
    jobs = [one.ask(f"{one.name} {number}") for number in range(12) for one in pair]
    assert until(lambda: first.is_done(jobs[0]))
    first.kill()
    for job in jobs:
        assert until(lambda job=job: second.is_done(job), 60)  # type: ignore[misc] # bound here
    for job in jobs:
        (picture,) = second.job(job)["pictures"]
        assert second.client.get(f"/pictures/{picture}").status_code == 200
    first.start()
    assert until(first.is_there, 60)
    assert all(first.is_done(job) for job in jobs)
    job = first.ask("after its return")
    assert until(lambda: second.is_done(job))
