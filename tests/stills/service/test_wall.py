"""What crosses between stills and the wall, and who may have it cross."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from PIL import Image
from websockets.sync.client import connect

from tests.control.who import ANNA
from tests.ports import free_ports
from tests.rig import until
from tests.stills.service.scripted import Facts, Service, running
from tests.web.conftest import Host, running_host

TOKEN, GUEST = "a token that nobody guesses", "another one that nobody guesses"


@pytest.fixture(scope="module")
def wall() -> Iterator[Host]:
    with running_host(control_token=TOKEN) as host:
        host.client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield host


@pytest.fixture(scope="module")
def service(wall: Host) -> Iterator[Service]:
    port = wall.http_port
    with running(settings_port=port, control_token=TOKEN, guest_token=GUEST) as service:
        service.client.headers["Authorization"] = f"Bearer {TOKEN}"
        yield service


def test_the_words_of_a_still_become_those_of_the_wall(service: Service, wall: Host) -> None:
    job = service.made("a whale at dawn")
    for named in ({"job": job["id"]}, {"picture": job["pictures"][0]}):
        wall.session.play({"prompt": "before"}, ANNA)
        answer = service.client.post("/to-wall", json={**named, "glide_s": 0.2})
        assert answer.json()["prompt"] == "a whale at dawn"
        until(lambda: wall.session.played.prompt == "a whale at dawn")
        assert wall.session.entries[-1].door == "stills"


def test_the_picture_on_the_wall_becomes_one_to_start_from(service: Service, wall: Host) -> None:
    answer = service.client.post("/from-wall")
    assert answer.status_code == 200, answer.text
    taken = answer.json()
    jpg = service.client.get(f"/pictures/{taken['id']}").content
    assert Image.open(io.BytesIO(jpg)).size == (taken["width"], taken["height"])
    wall.session.play({"passthrough": True}, ANNA, sure=True)
    answer = service.client.post("/from-wall")
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("the raw source is on the wall")
    wall.session.play({"passthrough": False}, ANNA)


def test_a_guest_plays_no_wall_and_is_shown_no_way_to_it(service: Service) -> None:
    guest = {"Authorization": f"Bearer {GUEST}"}
    job = service.made("a whale of the house")
    for path, body in {"/to-wall": {"job": job["id"]}, "/from-wall": None}.items():
        answer = service.client.post(path, json=body, headers=guest)
        assert answer.status_code == 403
    assert greeting(service, guest)["you"] == {"operator": False, "wall": False, "capture": False}
    assert greeting(service, guest)["live_port"] == 0
    assert greeting(service, guest)["signals_port"] == 0
    mine = greeting(service, {"Authorization": f"Bearer {TOKEN}"})
    assert mine["you"] == {"operator": True, "wall": True, "capture": True}
    assert mine["live_port"] == service.settings.settings_port
    assert mine["signals_port"] == service.settings.signals_port > 0


def test_a_wall_that_is_not_there_is_said_in_a_sentence() -> None:
    with running(settings_port=free_ports(1)[0]) as service:
        job = service.made("a whale alone")
        answer = service.client.post("/to-wall", json={"job": job["id"]})
        assert answer.status_code == 503
        assert answer.json() == {"detail": "the wall does not answer at the moment"}


def greeting(service: Service, headers: dict[str, str]) -> Facts:
    """What a page is told first."""
    address = service.address.replace("http", "ws", 1)
    with connect(f"{address}/events", additional_headers=headers) as socket:
        return dict(json.loads(socket.recv(5)))
