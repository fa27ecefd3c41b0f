from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stills.page.maker import Maker, making
from tests.stills.service.scripted import Service, running
from tests.web.browser import Page, launched, opened
from tests.web.conftest import Host, running_host


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def wall() -> Iterator[Host]:
    with running_host() as host:
        yield host


@pytest.fixture(scope="package")
def shared(wall: Host) -> Iterator[Service]:
    """Stills beside a wall; each test leaves the queue empty."""
    with running(settings_port=wall.http_port) as service:
        yield service


@pytest.fixture(scope="package")
def maker(shared: Service) -> Iterator[Maker]:
    with making(shared) as maker:
        yield maker


@pytest.fixture(scope="package")
def page(browser: Any, shared: Service, maker: Maker) -> Iterator[Page]:
    """One for all that leave it as they found it: to open one takes a second."""
    with opened(browser, f"{shared.address}/stills", may_be_refused=True) as page:
        yield page


@pytest.fixture(autouse=True)
def _empty_queue(shared: Service, maker: Maker) -> Iterator[None]:
    yield
    maker.released.set()
    for job in shared.client.get("/jobs").json()["jobs"]:
        if job["state"] in ("queued", "running"):
            shared.client.delete(f"/jobs/{job['id']}?all=1")
