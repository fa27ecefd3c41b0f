"""A full queue and a full disk, in each protocol's own form; and nobody else's job is affected."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx2 as httpx
import pytest

from docs.examples.older import intermediary
from docs.examples.older.runai import Runai
from docs.examples.older.web_sd import WebSd
from lib.config.adapter_settings import ADAPTERS
from lib.config.settings import ROOT
from lib.stills.ledger.errors import DiskFullError, TooManyStillsError
from lib.stills.ledger.queue import StillQueue
from tests.ports import free_ports
from tests.rig import until
from tests.stills.service.scripted import Service, Worker, png, running


@contextmanager
def spoken() -> Iterator[Service]:
    ports = {f"{name}_port": port for name, port in zip(ADAPTERS, free_ports(4), strict=True)}
    with running(adapters="all", machine_size="tiny", **ports) as service:
        yield service


@pytest.mark.parametrize(
    ("error", "status"),
    [(TooManyStillsError("10000 jobs wait already."), 503), (DiskFullError("No room."), 507)],
)
def test_what_is_full_is_said_in_each_protocols_own_form(
    monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def full(*_: object) -> None:
        raise error

    with spoken() as service:
        settings = service.settings
        Worker(service).try_claim(wait_s=0)  # one is there
        with monkeypatch.context() as patch:
            patch.setattr(StillQueue, "_check_room", full)
            answer = httpx.get(f"http://127.0.0.1:{settings.intermediary_port}/gen-image?prompt=a")
            assert (answer.status_code, answer.text) == (status, str(error))
            runai = Runai("127.0.0.1", settings.runai_port)
            runai.send("txt2img", txt2img_prompt="a")
            assert next(runai.messages()) == {"error": str(error), "reqtype": "txt2img"}
            runai.close()
            address = f"http://127.0.0.1:{settings.sde_port}/image/generate"
            answer = httpx.post(address, content=json.dumps({"prompt": "a"}))
            assert answer.status_code == 429
            assert answer.json() == {"detail": "The service is busy. Go away."}
            client = WebSd("127.0.0.1", settings.web_sd_port)
            client.ask("txt2img", "x", {"prompt": "a"})

            def told() -> str:
                adapters = service.client.get("/health").json()["adapters"]
                return str(next(one for one in adapters if one["protocol"] == "web_sd")["reason"])

            until(lambda: told() == str(error), 20)
        client.ask("txt2img", "next", {"prompt": "a", "samples": 1})
        worker = Worker(service)
        worker.finish(worker.claim())
        kinds = [next(client.messages())[0] for _ in range(2)]
        client.close()
        assert kinds == ["progress", "txt2img"]


def test_the_example_of_the_intermediary_works_at_both_ends() -> None:
    with spoken() as service, ThreadPoolExecutor() as threads:
        server = f"127.0.0.1:{service.settings.intermediary_port}"
        waiting = threads.submit(intermediary.picture, server, "a red house\nby the sea")
        assert intermediary.work(server, png(64, 64)) == "a red house\nby the sea"
        assert waiting.result(10).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["runai", "web_sd"])
def test_an_example_says_when_the_server_went_away(name: str, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        where = f"127.0.0.1:{server.getsockname()[1]}"
        script = ROOT / "docs" / "examples" / "older" / f"{name}.py"
        client = subprocess.Popen(
            [sys.executable, script, where, "a house", tmp_path / "house.png"],
            stderr=subprocess.PIPE,
            text=True,
        )
        line, _ = server.accept()
        line.recv(1 << 16)
        line.shutdown(socket.SHUT_WR)
        _, said = client.communicate(timeout=10)
        line.close()
    assert client.returncode == 1
    assert said == "the server closed the connection before the picture came\n"
