from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest

from lib.ops.make_ledger_key import make
from lib.stills.adapters import sde_backup
from lib.stills.adapters.sde_backup import CURRENT, ENDING
from lib.stills.ledger.ledger import Ledger
from tests.ports import free_ports
from tests.rig import until
from tests.stills.service.scripted import Service, Worker, running

KEYS = ["uuid", "prompt", "data", "created_time", "errors"]
ORIGINAL = {"uuid": "6b9f3c1e-8d0e-4d57-9f68-0a9ad1e6f0aa", "prompt": "of the original",
            "data": "iVBORw0KGgo=", "created_time": "2023-01-02T03:04:05.678901",
            "errors": []}  # fmt: skip


class Sde:
    def __init__(self, service: Service) -> None:
        self.service = service
        host = f"http://127.0.0.1:{service.settings.sde_port}"
        self.address = f"{host}/image/generate"
        self.client = httpx.Client(base_url=host, verify=False, timeout=10)
        self.worker = Worker(service)

    @property
    def available(self) -> bool:
        answer = self.client.get("/server/status")
        assert list(answer.json()) == ["is_available"]
        return bool(answer.json()["is_available"])

    def generate(self, **body: object) -> str:
        answer = self.client.post("/image/generate", json=body)
        assert answer.status_code == 200, answer.text
        assert list(answer.json()) == ["generation_uuid"]
        name = str(answer.json()["generation_uuid"])
        assert uuid.UUID(name).version == 4
        return name

    def results(self, name: str = "") -> list[dict[str, Any]]:
        params = {"generation_uuid": name} if name else {}
        answer = self.client.get("/image/generate", params=params)
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def has_a_worker(self) -> None:
        self.worker.try_claim(wait_s=0)


@contextmanager
def spoken(folder: Path | None = None, **changes: object) -> Iterator[Sde]:
    port = changes.pop("sde_port", None) or free_ports(1)[0]
    with running(folder, adapters="sde", sde_port=port, **changes) as service:
        sde = Sde(service)
        try:
            yield sde
        finally:
            sde.client.close()


def _written(folder: Path) -> str:
    """What is in the copies; files come and go."""
    text = ""
    for path in folder.glob(f"*{ENDING}"):
        with suppress(FileNotFoundError):
            text += path.read_text()
    return text


@pytest.fixture
def sde() -> Iterator[Sde]:
    with spoken() as one:
        yield one


@pytest.fixture(scope="module")
def idle() -> Iterator[Sde]:
    """For what is refused and leaves nothing behind."""
    with spoken() as one:
        yield one


def test_a_picture_is_asked_for_and_fetched(sde: Sde) -> None:
    sde.has_a_worker()
    assert sde.available
    name = sde.generate(prompt="a cat")
    assert not sde.available and sde.results() == [] and sde.results(name) == []
    lease = sde.worker.claim()
    assert lease["params"]["width"] == sde.service.settings.still_side
    sde.worker.finish(lease)
    (result,) = sde.results(name)
    assert list(result) == KEYS
    assert base64.b64decode(result["data"]).startswith(b"\x89PNG")
    assert (result["uuid"], result["prompt"], result["errors"]) == (name, "a cat", [])
    assert "T" in result["created_time"] and "+" not in result["created_time"]
    assert sde.results(str(uuid.uuid4())) == []
    assert sde.results(name.upper()) == [result]
    until(lambda: sde.available, 20)


@pytest.mark.alone
def test_the_uuid_comes_at_once(sde: Sde) -> None:
    for number in range(10):
        begin_s = time.monotonic()
        sde.generate(prompt=f"a {number}", dry_run=True)
        assert time.monotonic() - begin_s < 0.3


def test_busy_means_all_slots_of_all_protocols(sde: Sde) -> None:
    answer = sde.client.post("/image/generate", json={"prompt": "a"})
    assert answer.status_code == 429  # no worker has asked yet
    assert answer.json() == {"detail": "The service is busy. Go away."}
    sde.has_a_worker()
    for keep in ("history", "none"):
        job = sde.service.ask("of the page", keep=keep)
        assert not sde.available
        assert sde.client.post("/image/generate", json={"prompt": "a"}).status_code == 429
        secret = {"secret": job.get("secret", "")}
        sde.service.client.delete(f"/jobs/{job['id']}", params=secret)
        assert sde.available

    def ask(number: int) -> int:
        return httpx.post(sde.address, json={"prompt": f"a {number}"}).status_code

    with ThreadPoolExecutor(8) as threads:  # one slot, asked for at once
        answers = list(threads.map(ask, range(8)))
    assert sorted(answers) == [200] + [429] * 7


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"dry_run": true}', b'{"prompt": 5}', b'{"prompt": ""}',
             b'{"prompt": "a", "dry_run": "yes"}', b'{"prompt": "' + b"x" * 5000 + b'"}',
             b"\xff\xfe"]
)  # fmt: skip
def test_a_request_without_a_usable_prompt_is_422(idle: Sde, body: bytes) -> None:
    answer = idle.client.post("/image/generate", content=body)
    assert answer.status_code == 422 and isinstance(answer.json()["detail"], str)


@pytest.mark.parametrize("name", ["x", "", "1234", "6b9f3c1e8d0e4d579f680a9ad1e6f0aa"])
def test_a_malformed_uuid_is_422(idle: Sde, name: str) -> None:
    assert idle.client.get(f"/image/generate?generation_uuid={name}").status_code == 422


def test_an_error_of_the_engine_is_a_result_without_data(sde: Sde) -> None:
    sde.has_a_worker()
    name = sde.generate(prompt="a cat")
    for _ in range(3):
        sde.worker.name += "x"  # each is benched after its error
        sde.worker.give_back(sde.worker.claim(), "the engine is out of memory")
    (result,) = sde.results(name)
    assert result["data"] is None and result["errors"] == ["the engine is out of memory"]
    sde.worker.name = "fresh"
    sde.has_a_worker()
    assert sde.available


def test_a_dry_run_gives_a_result_at_once_without_an_engine(sde: Sde) -> None:
    name = sde.generate(prompt="a cat", dry_run=True)
    (result,) = sde.results(name)
    assert base64.b64decode(result["data"]).startswith(b"\x89PNG") and result["errors"] == []
    assert sde.service.client.get("/health").json()["adapters"][0]["jobs"] == 1


def test_refused_words_are_a_result_that_says_so() -> None:
    with spoken(safety=True) as sde:
        sde.has_a_worker()
        (result,) = sde.results(sde.generate(prompt="nude people"))
        assert result["data"] is None and len(result["errors"]) == 1
        assert sde.available


def test_results_survive_a_restart_and_files_of_the_original_are_told_too(tmp_path: Path) -> None:
    with spoken(tmp_path) as sde:
        first = sde.generate(prompt="one", dry_run=True)
        folder = tmp_path / "disk_backups"
        until((folder / CURRENT).exists, 20)
        sde.has_a_worker()
        running = sde.generate(prompt="two")
    (file,) = folder.glob(f"*{ENDING}")
    assert [list(json.loads(line)) for line in file.read_text().splitlines()] == [KEYS]
    (folder / "notes.txt").write_text("mine")
    (folder / "old").mkdir()
    dropped = json.dumps(ORIGINAL) + "\n" + json.dumps(ORIGINAL)[:40]  # its last line is torn
    (folder / f"2023-01-02-03-04-05{ENDING}").write_text(dropped)
    with spoken(tmp_path) as sde:
        assert [one["uuid"] for one in sde.results()] == [ORIGINAL["uuid"], first]
        assert sde.results(ORIGINAL["uuid"]) == [ORIGINAL]
        sde.worker.finish(sde.worker.claim())  # what was stopped in the middle is made now
        assert sde.results(running)[0]["data"]
        until(lambda: running in _written(folder), 20)
        (picture,) = sde.service.client.get("/gallery?q=one").json()["jobs"][0]["pictures"]
        assert sde.service.client.delete(f"/pictures/{picture}").status_code == 200
        assert [one["uuid"] for one in sde.results()] == [ORIGINAL["uuid"], running]
        until(lambda: first not in _written(folder), 20)
    assert (folder / "notes.txt").read_text() == "mine" and (folder / "old").is_dir()
    with spoken(tmp_path) as sde:
        assert [one["uuid"] for one in sde.results()] == [ORIGINAL["uuid"], running]


def test_a_copy_that_grew_long_is_put_together_while_it_runs(
    sde: Sde, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sde_backup, "LONG", 1000)
    folder = sde.service.folder / "disk_backups"
    names = {sde.generate(prompt=f"a {number}" + "!" * 300, dry_run=True) for number in range(6)}
    named = re.compile(r"\d{4}(-\d\d){5}-sde-server-flush\.json")

    def together() -> bool:
        return any(named.fullmatch(path.name) for path in folder.glob(f"*{ENDING}"))

    until(together, 20)
    until(lambda: all(name in _written(folder) for name in names), 20)
    assert {one["uuid"] for one in sde.results()} == names


def test_with_a_key_no_copy_is_written_or_read(tmp_path: Path) -> None:
    make(tmp_path / "key")
    folder = tmp_path / "state" / "disk_backups"
    folder.mkdir(parents=True)
    (folder / f"old{ENDING}").write_text(json.dumps(ORIGINAL))
    with spoken(tmp_path / "state", ledger_key=str(tmp_path / "key")) as sde:
        name = sde.generate(prompt="told to nobody", dry_run=True)
        assert [one["uuid"] for one in sde.results()] == [name]
    assert [path.name for path in folder.iterdir()] == [f"old{ENDING}"]
    assert json.loads((folder / f"old{ENDING}").read_text()) == ORIGINAL


def test_many_results_in_a_second_are_all_kept(tmp_path: Path) -> None:
    with spoken(tmp_path) as sde:
        with ThreadPoolExecutor(8) as threads:

            def ask(number: int) -> str:
                answer = httpx.post(sde.address,
                                    json={"prompt": f"a {number}", "dry_run": True})  # fmt: skip
                return str(answer.json()["generation_uuid"])

            names = set(threads.map(ask, range(30)))
        assert {one["uuid"] for one in sde.results()} == names
    with spoken(tmp_path) as sde:
        assert {one["uuid"] for one in sde.results()} == names


def test_health_and_pages_of_other_sites(sde: Sde) -> None:
    for path in ("/", "/health"):
        assert sde.client.get(path).json() == {"status": "OK"}
    headers = {"Origin": "https://elsewhere.example"}
    answer = sde.client.post(
        "/image/generate", json={"prompt": "a", "dry_run": True}, headers=headers
    )
    assert answer.status_code == 200 and answer.headers["access-control-allow-origin"] == "*"
    asks = headers | {"Access-Control-Request-Method": "POST",
                      "Access-Control-Request-Headers": "content-type"}  # fmt: skip
    assert sde.client.options("/image/generate", headers=asks).status_code == 200


def test_a_token_opens_it_where_it_is_set() -> None:
    with spoken(control_token="c" * 32) as sde:
        assert sde.client.get("/health").status_code == 200
        assert sde.client.get("/server/status").status_code == 401
        assert sde.client.get(f"/server/status?token={'c' * 32}").status_code == 200


def test_one_result_is_found_without_looking_at_all(
    sde: Sde, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Clients poll, and each event of the ledger is looked at: with thousands of results, both."""
    names = [sde.generate(prompt=f"a {number}", dry_run=True) for number in range(20)]
    folder = sde.service.folder / "disk_backups"
    until(lambda: all(name in _written(folder) for name in names), 20)
    looked: list[str] = []
    plain = Ledger.still

    def still(ledger: Ledger, job: str) -> object:
        looked.append(job)
        return plain(ledger, job)

    monkeypatch.setattr(Ledger, "still", still)
    assert [one["uuid"] for one in sde.results(names[7])] == [names[7]]
    last = sde.generate(prompt="one more", dry_run=True)
    until(lambda: last in _written(folder), 20)
    assert len(looked) < len(names)
