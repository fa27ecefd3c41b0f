from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.stills.page.maker import Maker, making
from tests.stills.service.scripted import Service, running
from tests.web.browser import launched


@pytest.fixture(scope="package")
def browser() -> Iterator[Any]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="package")
def shared() -> Iterator[Service]:
    with running() as service:
        yield service


@pytest.fixture(scope="package")
def maker(shared: Service) -> Iterator[Maker]:
    with making(shared) as maker:
        yield maker
