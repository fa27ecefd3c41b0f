"""`lib.signals.dmx.doors`: the addresses by which a page reads and changes the fixtures."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from starlette.types import Message

from lib.http.app import new_app
from lib.http.bodies import LONGEST
from lib.signals.dmx.doors import light_doors
from lib.signals.dmx.patch_file import load_patch, patch_path
from tests.signals.stand import parts_with


def asked(folder: Path, method: str, body: object = None) -> tuple[int, Any]:
    parts = parts_with(folder)
    app = new_app("test", "test")
    light_doors(parts).add(app)
    sent: list[Message] = []
    data = b"" if body is None else json.dumps(body).encode()

    async def receive() -> Message:
        return {"type": "http.request", "body": data, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": "/fixtures", "raw_path": b"/fixtures",
        "query_string": b"", "headers": [(b"content-type", b"application/json")],
        "http_version": "1.1", "scheme": "http", "root_path": "", "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2), LONGEST: 100_000,
    }  # fmt: skip
    asyncio.run(app(scope, receive, send))
    text = b"".join(one.get("body", b"") for one in sent)
    return sent[0]["status"], json.loads(text)


def test_fixtures_are_kept_and_read_again(tmp_path: Path) -> None:
    assert asked(tmp_path, "GET") == (200, {"fixtures": []})
    lamp = {"universe": 2, "channel": 7, "kind": "dimmer", "area": {"x": 0.5, "width": 0.25}}
    status, patch = asked(tmp_path, "PUT", {"fixtures": [lamp]})
    assert status == 200 and patch["fixtures"][0]["area"]["height"] == 1.0
    assert asked(tmp_path, "GET") == (200, patch)
    assert load_patch(patch_path(parts_with(tmp_path).settings)).universes == [2]


def test_a_wrong_lamp_changes_nothing_and_is_said(tmp_path: Path) -> None:
    status, said = asked(tmp_path, "PUT", {"fixtures": [{"channel": 511}]})
    assert status == 422 and "513" in json.dumps(said)
    assert asked(tmp_path, "GET") == (200, {"fixtures": []})
