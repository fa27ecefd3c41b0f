"""What strangers write in the head of a request and into addresses, at each address of 5559."""

from __future__ import annotations

import re
import time
from http.client import HTTPConnection

from lib.http.connections import LONGEST_HEAD
from tests.stills.service.scripted import Service

METHODS = ("GET", "POST", "DELETE")


def addresses(service: Service) -> list[str]:
    described = service.client.get("/openapi.json").json()["paths"]
    found = [re.sub(r"{\w+}", "x", path) for path in described]
    assert len(found) > 15
    return [*found, "/stills", "/events", "/nothing"]


def test_a_head_costs_little_everywhere(shared: Service) -> None:
    bomb = {"Cookie": 'x="' + r"\a" * 30_000 + '"'}
    paths = addresses(shared)
    begin = time.monotonic()
    for path in paths:
        assert shared.client.put(path, headers=bomb).status_code < 500, path
        assert shared.client.get(path, headers={"X": "x" * LONGEST_HEAD}).status_code == 431, path
    assert time.monotonic() - begin < 0.5 * len(paths)


def test_no_address_breaks_when_it_is_written_in_another_way(shared: Service) -> None:
    port = shared.settings.stills_port
    connection = HTTPConnection("127.0.0.1", port)  # it sends an address as it is
    for path in addresses(shared):
        for odd in (
            f"/{path[1:].replace('/', '%2F')}%2F",
            f"/{path[1:].replace('/', '%5C')}%5C",
            f"/.{path}",
            f"/{path}",
            f"/%2e%2e{path}",
            f"/nothing/..{path}",
            f"/%00{path[1:]}",
        ):
            for method in METHODS:
                connection.request(method, odd)
                answer = connection.getresponse()
                assert answer.read() is not None and answer.status < 500, (method, odd)
    connection.close()
    assert not shared.client.get("/jobs").json()["jobs"]
