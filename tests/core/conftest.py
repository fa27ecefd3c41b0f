"""A pool for each test."""

from __future__ import annotations

import pytest

from tests.core.pools import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
