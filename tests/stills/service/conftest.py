from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stills.service.scripted import Service, running


@pytest.fixture
def service() -> Iterator[Service]:
    """One of its own: what others left in the queue would be claimed first."""
    with running() as service:
        yield service


@pytest.fixture(scope="module")
def shared() -> Iterator[Service]:
    """One for all the tests of a module that only ask for what is refused."""
    with running() as service:
        yield service
