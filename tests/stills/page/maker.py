"""A worker that makes pictures of two colours, as slowly as a test wants to look at it."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2 as httpx
import numpy as np
from PIL import Image

from tests.stills.service.scripted import Facts, Service, Worker

STEP_S = 0.01


def picture(seed: int, width: int, height: int, kind: str = "PNG") -> bytes:
    """A gradient of the seed's own colours."""
    first, second = np.random.default_rng(seed).integers(30, 226, (2, 3))
    part = np.linspace(0, 1, height)[:, None, None]
    pixels = np.broadcast_to(first * (1 - part) + second * part, (height, width, 3))
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, kind)
    return out.getvalue()


class Maker:
    """Claims, reports each step with a preview, hands in. Prompts steer it: `break` is given back
    with an error, `wait` stops at its third step until it is released or cancelled."""

    def __init__(self, service: Service) -> None:
        self._worker = Worker(service)
        shown = service.client.headers.get("authorization")
        headers = {"Authorization": shown} if shown else {}
        self._worker.client = httpx.Client(base_url=service.address, timeout=30, headers=headers)
        self._quit, self.released = threading.Event(), threading.Event()
        self.leases: list[Facts] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._quit.set()
        self._thread.join(10)
        self._worker.client.close()

    def _run(self) -> None:
        while not self._quit.is_set():
            try:
                answer = self._worker.try_claim(wait_s=0.2)
                if answer.status_code == 200:
                    self._make(answer.json())
            except httpx.HTTPError:  # the service is being restarted
                self._quit.wait(0.1)

    def _make(self, lease: Facts) -> None:
        self.leases.append(lease)
        wanted = lease["params"]
        if "break" in wanted["prompt"]:
            self._worker.give_back(lease, "The engine ran out of memory.")
            self._worker.name += "'"  # another one: whoever fails is benched for seconds
            return
        for sample in range(wanted["samples"]):
            if not self._stepped(lease, sample):
                return
            made = picture(wanted["seed"] + sample, wanted["width"], wanted["height"])
            self._worker.finish(lease, sample=sample, data=made)

    def _stepped(self, lease: Facts, sample: int) -> bool:
        wanted = lease["params"]
        for step in range(1, wanted["steps"] + 1):
            told = {"step": step, "total": wanted["steps"], "phase": "painting"}
            while True:
                if self._worker.beat(lease, **told).json().get("cancel") or self._quit.is_set():
                    return False
                if step == 3:
                    self._preview(lease, picture(wanted["seed"] + sample, 96, 96, "JPEG"))
                holds = step == 3 and "wait" in wanted["prompt"] and not self.released.is_set()
                self._quit.wait(STEP_S if not holds else 0.1)
                if not holds:
                    break
        return True

    def _preview(self, lease: Facts, jpg: bytes) -> None:
        query = {"id": lease["id"], "token": lease["token"]}
        self._worker.client.post("/work/preview", params=query, content=jpg)


@contextmanager
def making(service: Service) -> Iterator[Maker]:
    maker = Maker(service)
    maker.start()
    try:
        yield maker
    finally:
        maker.stop()
