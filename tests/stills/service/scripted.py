"""A service on a port of its own, and a worker that says whatever a test has it say."""

from __future__ import annotations

import io
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2 as httpx
import numpy as np
from PIL import Image

from lib.canvas.service import CanvasService
from lib.config.settings import PrimarySettings
from lib.http.server import HttpServer
from lib.stage import Flow
from lib.stills.service.app import stills_service
from lib.stills.service.news import news_of
from lib.stills.service.parts import StillParts
from lib.stills.service.run import open_ledgers
from lib.stills.service.sweep import Sweep
from tests.ports import free_ports
from tests.programs import in_time
from tests.rig import until

Facts = dict[str, Any]


def png(width: int = 384, height: int = 384, colour: int = 0, mode: str = "RGB") -> bytes:
    out = io.BytesIO()
    Image.new(mode, (width, height), colour).save(out, "PNG")
    return out.getvalue()


def noise(width: int, height: int, kind: str = "PNG") -> bytes:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, kind)
    return out.getvalue()


@dataclass
class Service:
    """Its settings, its process's parts, and a client without a cookie."""

    settings: PrimarySettings
    folder: Path
    parts: StillParts
    flow: Flow
    client: httpx.Client
    besides: list[CanvasService]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.stills_port}"

    def ask(self, prompt: str = "a cat", **more: object) -> Facts:
        answer = self.client.post("/jobs", json={"prompt": prompt, **more})
        assert answer.status_code == 202, answer.text
        return dict(answer.json())

    def job(self, job: str, **query: str) -> Facts:
        answer = self.client.get(f"/jobs/{job}", params=query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def upload(self, data: bytes, keep: str = "history") -> Facts:
        answer = self.client.post("/pictures", content=data, params={"keep": keep})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def made(self, prompt: str = "a cat", **more: object) -> Facts:
        """A job that is done."""
        job = self.ask(prompt, **more)
        worker = Worker(self)
        lease = worker.claim()
        for sample in range(lease["params"]["samples"]):
            worker.finish(lease, sample=sample, data=png(colour=sample))
        return self.job(job["id"])


@dataclass
class Worker:
    service: Service
    engine: str = "painter"
    rank: int = 1
    name: str = "w"
    more: Facts = field(default_factory=dict)
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.service.client

    def says(self, wait_s: float = 0.5, **more: object) -> Facts:
        return {
            "claim": secrets.token_hex(8), "worker": self.name, "version": 1, "role": "both",
            "engine": self.engine, "rank": self.rank, "wait_s": wait_s, "largest": 1024,
            "kinds": ["txt2img", "img2img", "inpaint", "outpaint"], "models": None, "held": [],
        } | self.more | more  # fmt: skip

    def try_claim(self, **more: object) -> httpx.Response:
        return self.client.post("/work/claim", json=self.says(**more), timeout=30)

    def claim(self, **more: object) -> Facts:
        answer = self.try_claim(**{"wait_s": 20, **more})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def beat(self, lease: Facts, **more: object) -> httpx.Response:
        said = {"id": lease["id"], "token": lease["token"], "step": 0, "total": 8} | more
        return self.client.post("/work/beat", json=said)

    def finish(
        self, lease: Facts, sample: int = 0, data: bytes | None = None, **query: object
    ) -> httpx.Response:
        params = {"id": lease["id"], "token": lease["token"], "sample": sample} | query
        wanted = lease["params"]
        data = png(wanted["width"], wanted["height"]) if data is None else data
        return self.client.post("/work/finish", params=params, content=data)

    def give_back(self, lease: Facts, error: str = "") -> httpx.Response:
        said = {"id": lease["id"], "token": lease["token"], "error": error}
        return self.client.post("/work/give_back", json=said)


@contextmanager
def running(
    folder: Path | None = None, port: int = 0, run_dir: Path | None = None, **changes: object
) -> Iterator[Service]:
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as fresh:
        there = folder or Path(fresh)
        port = port or free_ports(1)[0]
        settings = PrimarySettings(
            _env_file=None,  # type: ignore[call-arg] # pydantic's own
            stills_port=port,
            state_dir=str(there),
            **changes,  # type: ignore[arg-type] # whatever the test sets
        )
        ledgers = open_ledgers(settings)
        parts = replace(StillParts.of(settings, ledgers, there), run_dir=run_dir)
        besides = [CanvasService(parts)]
        service = stills_service(settings, parts, besides)
        flow = Flow(HttpServer(service), Sweep(parts), *news_of(parts))
        assert flow.start()
        try:
            with httpx.Client(
                base_url=f"http://127.0.0.1:{port}", verify=False, timeout=10
            ) as client:
                yield Service(settings, there, parts, flow, client, besides)
        finally:
            begin_s = time.monotonic()
            assert flow.stop()
            assert in_time(time.monotonic() - begin_s, 2)
            ledgers.close()


__all__ = ["Facts", "Service", "Worker", "noise", "png", "running", "until"]
