"""What the description of a port promises, asked of the port: for every service that has one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx2 as httpx

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "allow_header_conformance",
]


def check_page(client: httpx.Client) -> None:
    """It works offline and names every address."""
    page = client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path in client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "<script" not in page.text and "://" not in page.text
    for linked in re.findall(r"href=(/[^> ]*)", page.text):
        assert client.get(linked, follow_redirects=True).status_code == 200, linked


def check_answers(address: str, scratch: Path, left_out: str) -> None:
    """Nothing that fits the description, or nearly does, breaks it; `left_out`: paths that wait by
    themselves, as an expression."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            address + "/openapi.json",
            *("--checks", ",".join(CHECKS), "--phases", "fuzzing", "--max-examples", "6"),
            *("--exclude-path-regex", left_out, "--continue-on-failure"),
            *("--seed", "1", "--generation-deterministic"),
            *("--warnings", "off", "--no-color", "--suppress-health-check", "all"),
        ],
        cwd=scratch,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases and cases[1] == cases[2] and int(cases[1]) > 80
