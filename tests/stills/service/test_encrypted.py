"""With LEDGER_KEY a service leaves nothing on the disk that anybody could read."""

from __future__ import annotations

import logging
import tempfile
import threading
from pathlib import Path

import pytest

from lib.config.inherit import read_start_problem
from lib.config.settings import PrimarySettings
from lib.ops.make_ledger_key import make
from lib.stills.service.run import run_stills
from tests.canvas.client import CanvasClient
from tests.ports import free_ports
from tests.stills.service.scripted import Worker, noise, running

WORDS, NOTE, MAP = (
    "a zebra crossing 4711 im Schneegestöber",
    "ein Vermerk über Reiher",
    "Abendkarte",
)
# As files of pictures begin, long enough that no sealed byte looks so by chance.
BEGIN = (b"\xff\xd8\xff\xe0\x00\x10JFIF", b"\x89PNG\r\n\x1a\n", b"WEBPVP8")


def used(folder: Path, key: str) -> list[bytes]:
    """What a service was told and shown, all of it by way of the disk."""
    image, other, made = noise(64, 64, "JPEG"), noise(64, 64, "WEBP"), noise(384, 384)
    with running(folder, ledger_key=key) as service:
        service.upload(other)
        asked = service.ask(WORDS, image=service.upload(image)["id"], owner="Grace Hopper")
        worker = Worker(service)
        worker.finish(worker.claim(), data=made)
        (job,) = service.client.get("/gallery", params={"q": "zebra"}).json()["jobs"]
        assert job["id"] == asked["id"] and job["prompt"] == WORDS
        assert service.client.get("/gallery", params={"q": "okapi"}).json()["jobs"] == []
        path = f"/pictures/{job['pictures'][0]}"
        whole = service.client.get(path)
        assert whole.content.startswith(b"\x89PNG") and whole.headers["etag"]
        small = service.client.get(path, params={"side": 64}, headers={"Accept": "image/webp"})
        assert small.content[8:12] == b"WEBP"
        failing = service.ask(f"{WORDS} again", engine="painter")
        worker.give_back(worker.claim(), error=f"cannot draw {WORDS}")
        assert WORDS in service.job(failing["id"])["error"]
        with CanvasClient(service.address, _map(service.client)) as page:
            page.node(type="note", text=NOTE)
            page.settle()
        ref = service.client.get("/maps").json()["maps"][0]["id"]
        assert b"canvas" in service.client.get(f"/maps/{ref}/export").content
    # What a camera's program wrote into it is taken out of an upload, so its own bytes are found.
    return [WORDS.encode(), NOTE.encode(), MAP.encode(), b"Grace Hopper", b"zebra",
            image[300:400], other[300:400], made[300:400], *BEGIN]  # fmt: skip


def _map(client: object) -> str:
    return str(client.post("/maps", json={"name": MAP}).json()["id"])  # type: ignore[attr-defined]


def test_neither_words_nor_pictures_can_be_found_in_any_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    make(tmp_path / "keys" / "ledger.secret")
    for key in ("", str(tmp_path / "keys" / "ledger.secret")):
        there = tmp_path / ("sealed" if key else "plain")
        (there / "tmp").mkdir(parents=True)
        monkeypatch.setattr(tempfile, "tempdir", str(there / "tmp"))
        secrets = used(there / "state", key)
        files = [path.read_bytes() for path in there.rglob("*") if path.is_file()]
        found = {secret for secret in secrets for data in files if secret in data}
        assert found == (set() if key else set(secrets))
    assert "crossing" not in caplog.text and NOTE not in caplog.text


@pytest.mark.parametrize("mode", [0o644, None])
def test_a_key_that_cannot_be_used_is_a_sentence_and_touches_nothing(
    tmp_path: Path, mode: int | None
) -> None:
    key = tmp_path / "ledger.secret"
    make(key)
    key.unlink() if mode is None else key.chmod(mode)
    (port,) = free_ports(1)
    settings = PrimarySettings(
        _env_file=None,  # type: ignore[call-arg] # pydantic's own
        stills_port=port, state_dir=str(tmp_path / "state"), ledger_key=str(key),
    )  # fmt: skip
    assert run_stills(settings, tmp_path, threading.Event(), lambda: None, lambda: None) == 1
    why = "is missing" if mode is None else "is open to others"
    assert why in (read_start_problem(tmp_path, "stills") or "")
    assert not (tmp_path / "state" / "stills.sqlite").exists()
