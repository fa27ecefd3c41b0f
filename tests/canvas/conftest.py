from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2 as httpx
import pytest

from tests.canvas.client import CanvasClient, new_key
from tests.stills.service.scripted import Service, running

CONTROL, GUEST = "c" * 32, "g" * 32
_number = itertools.count()


@dataclass
class Person:
    """Somebody with a token, in a browser of their own."""

    service: Service
    token: str = GUEST
    key: str = field(default_factory=new_key)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        headers["Cookie"] = f"afterimage-owner={self.key}"
        self.client = httpx.Client(
            base_url=self.service.address, headers=headers, verify=False, timeout=30
        )

    def make(self, password: str = "") -> str:
        """A new map; its id."""
        told = self.client.post(
            "/maps", json={"name": f"map {next(_number)}", "password": password}
        )
        assert told.status_code == 201, told.text
        return str(told.json()["id"])

    def on(self, ref: str) -> CanvasClient:
        return CanvasClient(self.service.address, ref, self.key, self.token)

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        return self.client.request(method, path, **more)


@pytest.fixture(scope="module")
def tokens() -> Iterator[Service]:
    """A service with guests and an operator, for all tests of a module."""
    with running(control_token=CONTROL, guest_token=GUEST) as service:
        service.client.headers["Authorization"] = f"Bearer {CONTROL}"
        yield service


@contextmanager
def somebody(service: Service, token: str = GUEST) -> Iterator[Person]:
    person = Person(service, token)
    with person.client:
        yield person


@pytest.fixture
def anna(tokens: Service) -> Iterator[Person]:
    with somebody(tokens) as person:
        yield person


@pytest.fixture
def ben(tokens: Service) -> Iterator[Person]:
    with somebody(tokens) as person:
        yield person


@pytest.fixture
def operator(tokens: Service) -> Iterator[Person]:
    with somebody(tokens, CONTROL) as person:
        yield person
