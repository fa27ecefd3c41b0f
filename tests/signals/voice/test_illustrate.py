"""What is said becomes a still of the real service, private unless the operator wants it kept."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.rig import until
from tests.signals.voice.talking import VoiceService, serving
from tests.stills.page.maker import Maker, making
from tests.stills.service.scripted import Service, running


@pytest.fixture(scope="module")
def stills() -> Iterator[Service]:
    with running() as stills:
        yield stills


@pytest.fixture(scope="module")
def maker(stills: Service) -> Iterator[Maker]:
    with making(stills) as maker:
        yield maker


@pytest.fixture(scope="module")
def service(stills: Service, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VoiceService]:
    with serving(
        tmp_path_factory.mktemp("run"), stills_port=stills.settings.stills_port
    ) as service:
        yield service


def ask(service: VoiceService, text: str) -> str:
    answer = service.client.post("/voice/illustrate", json={"text": text})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def made(service: VoiceService, name: str) -> bytes:
    where = f"/voice/illustrations/{name}"
    assert until(lambda: service.client.get(where).json()["state"] == "done")
    answer = service.client.get(f"{where}/picture")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"
    return answer.content


def test_a_reply_becomes_a_private_picture(
    service: VoiceService, stills: Service, maker: Maker
) -> None:
    name = ask(service, "The sea at night  answers.")
    picture = Image.open(io.BytesIO(made(service, name)))
    assert picture.format == "JPEG" and picture.width >= 256
    assert maker.leases[-1]["params"]["prompt"] == "The sea at night answers."
    assert "The sea" not in stills.client.get("/jobs").text
    assert not stills.client.get("/gallery").json()["jobs"]


def test_it_stays_in_the_history_where_the_operator_has_chosen_that(
    service: VoiceService, stills: Service, maker: Maker
) -> None:
    assert service.client.put("/voice/wall", json={"history": True}).status_code == 200
    made(service, ask(service, "a boat of glass"))
    (job,) = stills.client.get("/gallery").json()["jobs"]
    assert job["prompt"] == "a boat of glass"


def test_what_is_wrong_is_one_sentence(service: VoiceService, tmp_path: Path) -> None:
    assert service.client.get("/voice/illustrations/nonsense").status_code == 404
    assert service.client.post("/voice/illustrate", json={"text": ""}).status_code == 422
    with serving(tmp_path, stills_port=0) as without:
        answer = without.client.post("/voice/illustrate", json={"text": "a boat"})
        assert answer.status_code == 503 and "stills are off" in answer.json()["detail"]
    with serving(tmp_path, stills_port=1) as away:
        answer = away.client.post("/voice/illustrate", json={"text": "a boat"})
        assert answer.json() == {"detail": "stills do not answer at the moment"}
