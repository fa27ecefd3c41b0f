"""/still: asked for in the chat, made by a worker, and told when it is done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from lib.chat.commands import Chat
from lib.chat.host import Host as ChatHost
from lib.config.controls import RefusedError
from tests.ports import free_ports
from tests.rig import until
from tests.stills.page.maker import Maker, making
from tests.stills.service.scripted import Service, running
from tests.web.conftest import running_host

TOKEN, GUEST = "a token that nobody guesses", "another one that nobody guesses"


@dataclass
class Show:
    port: int  # of control
    service: Service
    maker: Maker

    def chat(self, token: str = TOKEN) -> Chat:
        return Chat(ChatHost("127.0.0.1", self.port, token, self.service.settings.stills_port))


@pytest.fixture(scope="module")
def show() -> Iterator[Show]:
    (port,) = free_ports(1)
    with (
        running_host(stills_port=port, control_token=TOKEN, guest_token=GUEST) as host,
        running(
            port=port, settings_port=host.http_port, control_token=TOKEN, guest_token=GUEST
        ) as service,
    ):
        service.client.headers["Authorization"] = f"Bearer {TOKEN}"
        with making(service) as maker:
            yield Show(host.http_port, service, maker)


def test_a_script_waits_for_the_picture_and_is_told_where_it_is(show: Show) -> None:
    said = show.chat().do("/still a whale at dawn")
    head, _, address = said.rpartition(" ")
    assert head == "done: 'a whale at dawn':"
    assert address.startswith(f"{show.service.address}/pictures/")
    picture = show.service.client.get(address)
    assert picture.status_code == 200 and picture.headers["content-type"] == "image/png"


def test_a_person_types_on_and_is_told_later(show: Show) -> None:
    show.maker.released.clear()
    told: list[str] = []
    chat = show.chat()
    chat.say = told.append
    said = chat.do("/still wait for the whale")
    assert said == f"in the queue: it is next; see {show.service.address}/stills"
    assert chat.do("/steps").startswith("steps is ") and not told
    show.maker.released.set()
    until(lambda: len(told) == 1)
    assert told[0].startswith("done: 'wait for the whale': http")


def test_a_guest_asks_for_stills_and_for_nothing_else(show: Show) -> None:
    guest = show.chat(GUEST)
    assert guest.do("/still a guest's whale").startswith("done: ")
    with pytest.raises(RefusedError):
        guest.do("the wall, too")


def test_what_comes_to_nothing_says_why(show: Show) -> None:
    with pytest.raises(RefusedError, match="'break it' failed: The engine ran out of memory"):
        show.chat().do("/still break it")


def test_a_host_without_stills_says_so() -> None:
    with running_host(stills_port=0) as host:
        with pytest.raises(RefusedError, match="makes no stills: its STILLS_PORT is 0"):
            Chat(ChatHost("127.0.0.1", host.http_port)).do("/still a whale")
        assert host.client.get("/status").json()["stills_port"] == 0
