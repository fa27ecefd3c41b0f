from __future__ import annotations

import base64
import json
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from docs.examples.older.web_sd import WebSd, picture
from lib.core.length_frames import framed
from tests.ports import free_ports
from tests.rig import until
from tests.stills.adapters.conftest import SMALL, has_workers, painting
from tests.stills.service.scripted import Service, running

Pixels = NDArray[np.int16]
CONFIG = {"prompt": "a red house", "samples": 1, "steps": 2, "seed": 5}
SHORT = {"x": 9, "y": 9, "img64": "AA=="}
GIVEN = np.random.default_rng(1).integers(0, 256, (64, 96, 3), np.uint8)


@contextmanager
def client(service: Service) -> Iterator[WebSd]:
    one = WebSd("127.0.0.1", service.settings.web_sd_port)
    one._socket.settimeout(30)
    try:
        yield one
    finally:
        one._file.close()
        one._socket.close()


def answers(one: WebSd, count: int = 1) -> tuple[list[float], list[dict[str, Any]]]:
    """Progress, and so many samples."""
    progress, found = [], []
    for kind, facts in one.messages():
        if kind == "progress":
            progress.append(facts["value"])
        else:
            found.append(facts)
        if len(found) == count:
            break
    return progress, found


def pixels(answer: dict[str, Any]) -> Pixels:
    image = answer["bulk"]["img"]
    raw = np.frombuffer(base64.b64decode(image["img64"]), np.uint8)
    assert image["mode"] == "RGB"
    return raw.reshape(image["y"], image["x"], 3).astype(np.int16)


def image(array: NDArray[np.uint8]) -> dict[str, object]:
    return picture(array.tobytes(), array.shape[1], array.shape[0])


def made(service: Service, kind: str, config: dict[str, Any], **bulk: object) -> Pixels:
    with client(service) as one:
        one.ask(kind, "x", CONFIG | config, **bulk)
        return pixels(answers(one)[1][0])


def test_it_greets_and_gives_progress_and_samples(painted: Service) -> None:
    with client(painted) as one:
        one.ask("txt2img", "my id", CONFIG | {"samples": 2, "prompt_negative": "trees"})
        progress, found = answers(one, 2)
        assert progress == sorted(set(progress))
        assert progress[0] > 0 and progress[-1] <= 1
        for number, answer in enumerate(found):
            assert set(answer) == {"config", "metadata", "bulk"}
            assert answer["config"] == {"prompt": "a red house", "negative_prompt": "trees",
                                        "seed": 5 + number, "power": 0.8, "samples": 1}  # fmt: skip
            metadata = answer["metadata"]
            assert metadata["id"] == "my id"
            assert metadata["ts"] == int(metadata["ts_f"])
            assert pixels(answer).shape == (SMALL, SMALL, 3)
        assert (pixels(found[0]) != pixels(found[1])).any()
    assert (made(painted, "txt2img", {"seed": 6}) != pixels(found[0])).any()


def test_the_greeting_is_the_first_message(painted: Service) -> None:
    with socket.create_connection(("127.0.0.1", painted.settings.web_sd_port), 10) as line:
        text = b'{"connect": 1}\0'
        assert line.recv(100) == struct.pack("<I", len(text)) + text


def test_power_is_how_far_from_the_picture_it_goes(painted: Service) -> None:
    near, far = (
        np.abs(made(painted, "img2img", {"power": power}, img=image(GIVEN)) - GIVEN).mean()
        for power in (0.15, 0.9)
    )
    assert near < far


def test_inpaint_keeps_the_rest_at_any_size(painted: Service) -> None:
    given = GIVEN[:50, :75]
    mask = np.zeros_like(given)
    mask[:, 40:] = 255
    found = made(painted, "inpaint", {}, img=image(given), mask=image(mask))
    assert found.shape == given.shape
    assert (found[:, :40] == given[:, :40]).all() and (found[:, 45:] != given[:, 45:]).any()


def test_what_is_left_out_comes_from_the_page(painted: Service) -> None:
    usual = painted.client.get("/adapters/web_sd").json()
    assert usual == {"prompt": "a picture", "negative": "", "power": 0.8, "seed": 0, "steps": 10}
    fresh = {"prompt": "a blue boat", "negative": "people", "power": 0.5, "seed": 9, "steps": 2}
    assert painted.client.put("/adapters/web_sd", json=fresh).json() == fresh
    assert painted.client.put("/adapters/web_sd", json=fresh | {"power": 2}).status_code == 422
    with client(painted) as one:
        one.ask("txt2img", "x", {})
        _, four = answers(one, 4)
    assert [answer["config"]["seed"] for answer in four] == [9, 10, 11, 12]
    assert four[0]["config"]["prompt"] == "a blue boat"
    assert json.loads((painted.folder / "web_sd.json").read_text()) == fresh
    assert painted.client.put("/adapters/web_sd", json=usual).status_code == 200


MALFORMED: list[dict[str, object]] = [
    {}, {"type": "dream", "data": "{}"}, {"type": "txt2img"}, {"type": "txt2img", "data": "{"},
    {"type": "txt2img", "data": '{"txt2img": []}'}, {"type": "img2img", "data": '{"img2img": {}}'},
    {"type": "txt2img", "data": '{"txt2img": {"config": {"power": "much"}}}'},
    {"type": "img2img", "data": json.dumps({"img2img": {"bulk": {"img": SHORT}}})},
    {"type": "img2img", "data": json.dumps({"img2img": {"bulk": {"img": SHORT | {"x": 99999}}}})},
]  # fmt: skip


def test_what_is_malformed_is_counted_and_the_next_is_answered(painted: Service) -> None:
    def refused() -> int:
        told = painted.client.get("/health").json()["adapters"]
        return int(next(one["refused"] for one in told if one["protocol"] == "web_sd"))

    with client(painted) as one:
        for message in MALFORMED:
            before = refused()
            one._socket.sendall(framed(message))
            assert until(lambda before=before: refused() == before + 1, 20), message  # type: ignore[misc] # bound here
        one.ask("txt2img", "next", CONFIG)  # one picture for all of them: to paint takes longest
        assert answers(one)[1][0]["metadata"]["id"] == "next"


def test_a_wrong_length_ends_its_connection_alone(painted: Service) -> None:
    with client(painted) as other, client(painted) as one:
        one._socket.sendall(b"\xff" * 8)
        assert list(one.messages()) == []
        other.ask("txt2img", "x", CONFIG)
        answers(other)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_two_workers_at_once_one_killed_in_the_middle_and_one_added() -> None:
    (port,) = free_ports(1)
    with (
        running(adapters="web_sd", web_sd_port=port, machine_size="tiny") as service,
        painting(service, "first") as first,
        painting(service, "second"),
    ):
        has_workers(service, 2)
        with client(service) as one, client(service) as two:
            for each in (one, two):
                each._socket.settimeout(60)
                each.ask("txt2img", "x", CONFIG | {"steps": 24})
            until(lambda: service.client.get("/health").json()["jobs"]["running"] == 2, 20)
            first.kill()
            with painting(service, "third"):
                for each in (one, two):
                    progress, found = answers(each)
                    assert len(found) == 1 and progress == sorted(progress)
