"""The description of the port, what it says when it is taken at its word, and the page of it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stills.service.scripted import Service
from tests.web.test_openapi import CHECKS


def test_the_page_of_it_works_offline_and_names_every_address(shared: Service) -> None:
    page = shared.client.get("/docs")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for path in shared.client.get("/openapi.json").json()["paths"]:
        assert f"<code>{path}</code>" in page.text
    assert "<script" not in page.text and "://" not in page.text
    for linked in re.findall(r"href=(/[^> ]*)", page.text):
        assert shared.client.get(linked, follow_redirects=True).status_code == 200, linked


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_nothing_that_fits_the_description_or_nearly_does_breaks_it(
    service: Service, tmp_path: Path
) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "schemathesis.cli", "run"),
            service.address + "/openapi.json",
            *("--checks", ",".join(CHECKS), "--phases", "fuzzing", "--max-examples", "6"),
            *("--continue-on-failure", "--seed", "1", "--generation-deterministic"),
            # What waits for the wall or for a job takes its time by itself.
            *("--exclude-path-regex", "^/(to-wall|from-wall|work/claim)"),
            *("--warnings", "off", "--no-color", "--suppress-health-check", "all"),
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    cases = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert cases and cases[1] == cases[2] and int(cases[1]) > 80
    assert service.client.get("/healthz").status_code == 200
