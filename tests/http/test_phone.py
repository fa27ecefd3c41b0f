"""The link that a phone reads from the screen."""

from __future__ import annotations

import re

import cv2
import httpx2 as httpx
import numpy as np
import pytest

from lib.http import phone
from tests.stills.service.scripted import Service, running
from tests.web.conftest import Host

TOKEN, GUEST = "a control token/nobody&guesses", "a guest's that nobody guesses"


def read(svg: str) -> str:
    """What a phone sees in it."""
    side = int(re.search(r'viewBox="0 0 (\d+)', svg)[1])  # type: ignore[index] # else it fails
    image, x, y = np.full((side, side), 255, np.uint8), 0.0, 0.0
    for what, first, second in re.findall(
        r"([Mmh])(-?[\d.]+) ?(-?[\d.]+)?", svg.rsplit('d="', maxsplit=1)[-1]
    ):
        if what == "h":
            image[int(y), int(x) : int(x + float(first))] = 0
        x, y = (0.0, 0.0) if what == "M" else (x, y)
        x, y = x + float(first), y + float(second or 0)
    large = np.kron(image, np.ones((8, 8), np.uint8))
    return cv2.QRCodeDetector().detectAndDecode(large)[0]


def as_a_phone_sees(service: Service, token: str, host: str = "") -> tuple[dict[str, object], str]:
    headers = {"authorization": f"Bearer {token}", **({"host": host} if host else {})}
    with httpx.Client(base_url=service.address, headers=headers) as client:
        return client.get("/phone").json(), read(client.get("/phone.svg").text)


def test_it_leads_to_the_name_that_the_page_was_opened_by_with_the_token_of_who_asks() -> None:
    with running(bind="0.0.0.0", control_token=TOKEN, guest_token=GUEST) as service:
        said, link = as_a_phone_sees(service, TOKEN, "wall.lan:99")
        assert said == {"address": "http://wall.lan:99/stills", "why_not": "", "has_token": True}
        assert link == "http://wall.lan:99/stills?token=a%20control%20token%2Fnobody%26guesses"
        said, link = as_a_phone_sees(service, GUEST, "192.168.7.7:5559")
        assert (
            link == "http://192.168.7.7:5559/stills?token=a%20guest%27s%20that%20nobody%20guesses"
        )
        assert service.client.get("/phone.svg").status_code == 401


def test_from_this_machine_it_leads_to_its_address_in_the_network(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(phone, "own_address", lambda: "192.168.7.9")
    with running(bind="0.0.0.0", control_token=TOKEN, guest_token=GUEST) as service:
        port = service.settings.stills_port
        for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
            said, _ = as_a_phone_sees(service, GUEST, host)
            assert said["address"] == f"http://192.168.7.9:{port}/stills"
        monkeypatch.setattr(phone, "own_address", lambda: "")
        said = service.client.get("/phone", headers={"authorization": f"Bearer {GUEST}"}).json()
        assert said == {"address": "", "why_not": phone.NO_NETWORK, "has_token": False}


def test_what_is_open_to_this_machine_alone_says_so(shared: Host) -> None:
    answer = shared.client.get("/phone.svg")
    assert answer.status_code == 409 and "BIND=0.0.0.0 and a token" in answer.json()["detail"]


def test_this_machine_has_one_address_or_none() -> None:
    assert re.fullmatch(r"(\d+\.){3}\d+|", phone.own_address())
