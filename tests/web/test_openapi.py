"""The description of this port, what it says when it is taken at its word, and the page of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lib.config.controls import CONTROLS
from tests.openapi import check_answers, check_page
from tests.web.conftest import Host

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
    check_page(shared.client)


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_nothing_that_fits_the_description_or_nearly_does_breaks_it(
    shared: Host, tmp_path: Path
) -> None:
    left_out = "|".join([ENDLESS, *(f"{name}/" for name in LIKE_OTHERS)])
    check_answers(shared.address, tmp_path, f"^/({left_out})")
