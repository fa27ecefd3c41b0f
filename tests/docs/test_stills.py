"""The lines of docs/stills.md, typed one block after the other."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import threading
from pathlib import Path

import pytest
from PIL import Image

from lib.config.settings import ROOT
from lib.stills.service import routes_wall
from tests.docs.pages import blocks
from tests.stills.service.scripted import Service, Worker, noise, running
from tests.web.conftest import running_host

PAGE = ROOT / "docs" / "stills.md"


class Making(threading.Thread):
    """A worker that makes whatever comes."""

    def __init__(self, service: Service) -> None:
        super().__init__()
        self.worker, self.over = Worker(service), threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            answer = self.worker.try_claim(wait_s=0.2)
            if answer.status_code == 200:
                lease = answer.json()
                sides = lease["params"]["width"], lease["params"]["height"]
                self.worker.finish(lease, data=noise(*sides))


@pytest.mark.skipif(not shutil.which("curl"), reason="no curl here; apt install curl")
def test_every_line_does_what_it_says(tmp_path: Path) -> None:
    with running_host() as host, running(settings_port=host.http_port) as service:
        making = Making(service)
        making.start()
        try:
            script = "set -euo pipefail\n" + "\necho\n".join(blocks(PAGE))
            script = script.replace("localhost:5559", f"127.0.0.1:{service.settings.stills_port}")
            done = subprocess.run(
                ["bash", "-c", script.replace("curl ", "curl --fail-with-body ")],
                cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            )  # fmt: skip
        finally:
            making.over.set()
            making.join()
        assert done.returncode == 0, done.stdout + done.stderr
        assert host.session.played.prompt == "northern lights"
    for name, kind in (("house.png", "PNG"), ("house.webp", "WEBP"), ("small.jpg", "JPEG")):
        with Image.open(io.BytesIO((tmp_path / name).read_bytes())) as image:
            assert image.format == kind


def test_the_page_names_every_field_and_every_address() -> None:
    text = PAGE.read_text("utf-8")
    with running() as service:
        described = service.client.get("/openapi.json").json()
    # What is served at this port beside stills has pages of its own.
    beside = {name: PAGE.with_name(f"{name}.md").read_text("utf-8") for name in ("canvas", "adapters")}
    for path in described["paths"]:
        first = path.split("/")[1]
        page = beside.get("canvas" if first == "maps" else first, text)
        assert path.split("{")[0].rstrip("/").split("/")[-1] in page, path
    asked = described["paths"]["/jobs"]["post"]["requestBody"]["content"]["application/json"]
    for name in asked["schema"]["properties"]:
        assert f"`{name}`" in text, name
    for name in described["components"]["schemas"]["JobShape"]["properties"]:
        assert f"`{name}`" in text or f'"{name}"' in text, name


def test_a_wall_that_does_not_answer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes_wall, "ANSWERS_WITHIN_NS", 10**8)
    with running(settings_port=9) as service:
        job = service.ask()
        answer = service.client.post("/to-wall", json={"job": job["id"]})
        assert answer.status_code == 503 and "wall" in json.loads(answer.text)["detail"]
