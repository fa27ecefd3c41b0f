from __future__ import annotations

import base64
import contextlib
import io
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from docs.examples.older.runai import CANCEL, QUIT, Runai
from lib.stills.adapters.runai_frames import CHUNK, framed
from tests.rig import until
from tests.stills.service.scripted import Service, noise, png

Pixels = NDArray[np.int16]
SMALL = {"width": 96, "height": 64, "steps": 2}


@contextmanager
def client(service: Service) -> Iterator[Runai]:
    runai = Runai("127.0.0.1", service.settings.runai_port)
    runai._socket.settimeout(50)  # 512 pixels may take that on a busy machine
    try:
        yield runai
    finally:
        runai.close()


def options(action: str, **more: object) -> dict[str, object]:
    """Those of an action with its name before each, and those without."""
    plain = ("pixels", "mask", "pos_x", "pos_y", "n_samples")
    return {name if name in plain else f"{action}_{name}": value
            for name, value in (SMALL | {"prompt": "a red house"} | more).items()}  # fmt: skip


def pictures(runai: Runai, count: int = 1) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Progress, and so many pictures."""
    progress, found = [], []
    for message in runai.messages():
        assert "error" not in message, message
        (found if "image" in message else progress).append(message)
        if len(found) == count:
            break
    return progress, found


def error(runai: Runai) -> str:
    message = next(runai.messages())
    assert set(message) == {"error", "reqtype"}
    return str(message["error"])


def pixels(message: dict[str, Any]) -> Pixels:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(message["image"]))), np.int16)


def text(data: bytes) -> str:
    return base64.b64encode(data).decode()


BARE = text(png(64, 64))


def made(service: Service, action: str, **more: object) -> Pixels:
    with client(service) as runai:
        runai.send(action, **options(action, **more))
        _, (picture,) = pictures(runai)
        return pixels(picture)


def test_progress_comes_before_a_picture_of_the_asked_size(painted: Service) -> None:
    with client(painted) as runai:
        runai.send("txt2img", **options("txt2img", width=90, height=70, pos_x=3, pos_y=-4))
        progress, (picture,) = pictures(runai)
    assert progress
    for one in progress:
        assert set(one) == {"action", "step", "total", "reqtype"}
        assert (one["action"], one["reqtype"]) == (4, "txt2img") and one["step"] <= one["total"]
    assert set(picture) == {"image", "reqtype", "pos_x", "pos_y"}
    assert (picture["reqtype"], picture["pos_x"], picture["pos_y"]) == ("txt2img", 3, -4)
    assert pixels(picture).shape == (70, 90, 3)


def test_every_message_is_whole_chunks_and_progress_is_one(painted: Service) -> None:
    with socket.create_connection(("127.0.0.1", painted.settings.runai_port), 30) as line:
        line.sendall(framed({"action": "txt2img", "options": options("txt2img")}))
        data = b""
        while b'"image"' not in data or not data.endswith(bytes(CHUNK)):
            data += line.recv(CHUNK)
    assert len(data) % CHUNK == 0
    chunks = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
    assert b'"step"' in chunks[0] and chunks[0].rstrip(b"\0").endswith(b"}")
    assert chunks[1] == bytes(CHUNK) and chunks[-1] == bytes(CHUNK)


def test_what_is_left_out_is_as_the_protocol_says(painted: Service) -> None:
    with client(painted) as runai:
        runai.send("txt2img", txt2img_prompt="a house", txt2img_steps=1)
        _, (picture,) = pictures(runai)
        assert pixels(picture).shape == (512, 512, 3)
        small = {"txt2img_prompt": "a house", "txt2img_steps": 1, "txt2img_width": 64,
                 "txt2img_height": 64}  # fmt: skip
        runai.send("txt2img", **small)
        runai.send("txt2img", **small, txt2img_seed=42, txt2img_scale=7.5, anything="else")
        _, (one, again) = pictures(runai, 2)
    assert one["image"] == again["image"]


def test_the_same_seed_is_the_same_picture_and_samples_count_it_up(painted: Service) -> None:
    with client(painted) as runai:
        runai.send("txt2img", **options("txt2img", seed=7, n_samples=2))
        _, both = pictures(runai, 2)
    assert both[0]["image"] != both[1]["image"]
    for number, one in enumerate(both):
        assert (made(painted, "txt2img", seed=7 + number) == pixels(one)).all()


@pytest.mark.parametrize(
    ("message", "more"),
    [({}, {"txt2img_n_samples": 2}), ({}, {"n_samples": 2, "txt2img_n_samples": None}),
     ({"n_samples": 2}, {})],
)  # fmt: skip
def test_the_number_of_samples_may_stand_in_several_places(
    painted: Service, message: dict[str, object], more: dict[str, object]
) -> None:
    facts = {"action": "txt2img", "options": options("txt2img") | more, **message}
    with client(painted) as runai:
        runai._socket.sendall(framed(facts))
        pictures(runai, 2)


def test_strength_is_how_far_from_the_picture_it_goes(painted: Service) -> None:
    given = np.asarray(Image.open(io.BytesIO(noise(96, 64))), np.int16)
    near, far = (
        np.abs(made(painted, "img2img", pixels=text(noise(96, 64)), strength=one) - given).mean()
        for one in (0.1, 0.9)
    )
    assert near < far


def half(width: int, height: int) -> bytes:
    """A mask: its right half is to be painted."""
    mask = np.zeros((height, width, 3), np.uint8)
    mask[:, width // 2 :] = 255
    out = io.BytesIO()
    Image.fromarray(mask).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("action", ["inpaint", "outpaint"])
def test_only_the_masked_part_changes(painted: Service, action: str) -> None:
    given = np.asarray(Image.open(io.BytesIO(noise(90, 70))), np.int16)
    picture = made(painted, action, pixels=text(noise(90, 70)), mask=text(half(90, 70)),
                   width=90, height=70)  # fmt: skip
    assert (picture[:, :45] == given[:, :45]).all()
    assert (picture[:, 50:] != given[:, 50:]).any()


def test_a_request_of_two_megabytes_in_any_portions(painted: Service) -> None:
    facts = {"action": "img2img", "options": options("img2img", pixels=text(noise(800, 660)))}
    data = framed(facts)
    assert len(data) > 2_000_000
    with client(painted) as runai:
        for start in range(0, len(data), 70_001):
            runai._socket.sendall(data[start : start + 70_001])
        _, (picture,) = pictures(runai)
    assert pixels(picture).shape == (64, 96, 3)


def test_several_requests_are_answered_in_order(painted: Service) -> None:
    with client(painted) as runai:
        for number in range(3):
            runai.send("txt2img", **options("txt2img", pos_x=number))
        _, three = pictures(runai, 3)
    assert [one["pos_x"] for one in three] == [0, 1, 2]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"action": "dream"}, "action"), ({}, "action"), ({"action": "txt2img"}, "prompt"),
    ({"action": "txt2img", "options": []}, "options"),
    ({"action": "txt2img", "options": {"txt2img_prompt": "a", "txt2img_steps": "many"}}, "steps"),
    ({"action": "txt2img", "options": {"txt2img_prompt": "a", "txt2img_seed": -1}}, "seed"),
    ({"action": "txt2img", "options": {"txt2img_prompt": "a", "n_samples": 1000}}, "n_samples"),
    ({"action": "img2img", "options": {"img2img_prompt": "a"}}, "pixels"),
    ({"action": "img2img", "options": {"img2img_prompt": "a", "pixels": "?"}}, "base64"),
    ({"action": "img2img", "options": {"img2img_prompt": "a", "pixels": "AAAA"}}, ""),
    ({"action": "inpaint", "options": {"inpaint_prompt": "a", "pixels": BARE}}, "mask"),
    ({"action": "convert", "options": {"model": "x"}}, "diffusers"),
]  # fmt: skip


def test_what_is_wrong_is_said_and_the_next_request_is_answered(painted: Service) -> None:
    with client(painted) as runai:
        for facts, word in WRONG:
            runai._socket.sendall(framed(facts))
            message = next(runai.messages())
            words = message["error"]
            assert word in words and "\n" not in words and "Error" not in words, facts
            known = facts.get("action") in ("txt2img", "img2img", "inpaint", "convert")
            assert message["reqtype"] == (facts.get("action") if known else ""), facts
        runai.send("txt2img", **options("txt2img"))
        pictures(runai)


def test_bad_json_and_rubbish_are_errors(painted: Service) -> None:
    with client(painted) as runai:
        for rubbish in (b"{", b"[1, 2]", b"\xff" * 20, b"5"):
            runai._socket.sendall(rubbish + bytes(CHUNK - len(rubbish)) + bytes(CHUNK))
            assert "JSON" in error(runai)


def test_a_page_of_another_site_cannot_ask_through_a_browser(painted: Service) -> None:
    """It may post any bytes to any port, and cannot read what comes back."""
    before = asked(painted)
    inner = bytes(CHUNK) + framed({"action": "txt2img", "options": options("txt2img")})
    head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(inner)}\r\n\r\n".encode()
    with client(painted) as runai:
        runai._socket.sendall(head.ljust(CHUNK, b" ") + inner)
        assert list(runai.messages()) == []
    assert asked(painted) == before


def asked(service: Service) -> int:
    told = service.client.get("/health").json()["adapters"]
    return int(next(one["jobs"] for one in told if one["protocol"] == "runai"))


def test_a_chunk_of_c_cancels_what_runs_and_the_next_goes_on(painted: Service) -> None:
    with client(painted) as runai:
        runai.send("txt2img", **options("txt2img", width=1024, height=1024, steps=150))
        next(runai.messages())  # it runs
        runai.control(CANCEL)
        runai.send("txt2img", **options("txt2img"))
        _, (picture,) = pictures(runai)
        assert pixels(picture).shape == (64, 96, 3)


def test_a_request_is_cancelled_that_came_at_once_with_its_cancel(painted: Service) -> None:
    with client(painted) as runai:
        first = framed({"action": "txt2img", "options": options("txt2img", pos_x=1)})
        second = framed({"action": "txt2img", "options": options("txt2img", pos_x=2)})
        runai._socket.sendall(first + CANCEL + second)
        _, (picture,) = pictures(runai)
        assert picture["pos_x"] == 2


def test_a_chunk_of_x_ends_the_session_and_nothing_else(painted: Service) -> None:
    with client(painted) as other, client(painted) as runai:
        runai.control(QUIT)
        assert list(runai.messages()) == []
        other.send("txt2img", **options("txt2img"))
        pictures(other)


def test_two_clients_at_once_and_one_that_vanishes(painted: Service) -> None:
    with client(painted) as stays, contextlib.ExitStack() as gone:
        goes = gone.enter_context(client(painted))
        goes.send("txt2img", **options("txt2img", width=640, height=640, steps=150))
        next(goes.messages())
        stays.send("txt2img", **options("txt2img"))
        gone.close()  # in the middle
        pictures(stays)
    until(lambda: painted.client.get("/health").json()["jobs"]["running"] == 0, 20)


def test_nothing_is_written(painted: Service) -> None:
    with client(painted) as runai:
        runai.send("txt2img", **options("txt2img", prompt="violet umbrellas"))
        _, (picture,) = pictures(runai)
    made_of = base64.b64decode(picture["image"])[100:200]
    for path in Path(painted.folder).rglob("*"):
        data = path.read_bytes() if path.is_file() else b""
        assert b"violet umbrellas" not in data and made_of not in data, path
    assert "violet" not in json.dumps(painted.client.get("/jobs").json())
