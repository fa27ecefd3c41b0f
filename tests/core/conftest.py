"""A fleet for each test."""

from __future__ import annotations

import pytest

from tests.core.fleets import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
