"""A page that is connected live, for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.client import LivePage, live_page
from tests.web.conftest import Host


@pytest.fixture
def page(shared: Host) -> Iterator[LivePage]:
    with live_page(shared) as page:
        yield page
