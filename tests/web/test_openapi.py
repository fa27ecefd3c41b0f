"""The description of this port, what it says when it is taken at its word, and the page of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lib.config.controls import CONTROLS
from tests.web.conftest import Host

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
]
# One control of each kind stands for the others, which are made by the same lines.
LIKE_OTHERS = set(CONTROLS) - {"prompt", "seed", "strength", "passthrough", "directory"}
ENDLESS = "preview.mjpg"


def test_it_describes_every_control_and_the_rest(shared: Host) -> None:
    described = shared.client.get("/openapi.json").json()["paths"]
    for name, control in CONTROLS.items():
        get = described[f"/{name}/{{value}}"]["get"]
        assert control.help in get["summary"]
        schema = get["parameters"][0]["schema"]
        assert (schema.get("minimum"), schema.get("maximum")) == (control.least, control.most)
    assert set(described["/presets/{name}"]) == {"get", "put", "delete"}
    assert {"/status", "/params", "/healthz", "/metrics", "/cues/go"} <= set(described)


def test_the_page_of_it_works_offline_and_names_every_address(shared: Host) -> None:
    page = shared.client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path in shared.client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "<script" not in page.text and "://" not in page.text
    for linked in re.findall(r"href=(/[^> ]*)", page.text):
        assert shared.client.get(linked).status_code == 200, linked


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_nothing_that_fits_the_description_or_nearly_does_breaks_it(
    shared: Host, tmp_path: Path
) -> None:
    left_out = "|".join([ENDLESS, *(f"{name}/" for name in LIKE_OTHERS)])
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            shared.address + "/openapi.json",
            *("--checks", ",".join(CHECKS), "--phases", "fuzzing", "--max-examples", "6"),
            *("--exclude-path-regex", f"^/({left_out})", "--continue-on-failure"),
            *("--seed", "1", "--generation-deterministic"),
            *("--warnings", "off", "--no-color", "--suppress-health-check", "all"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases and cases[1] == cases[2] and int(cases[1]) > 80
