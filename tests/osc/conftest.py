"""A session with an OSC door for each test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.control.conftest import console, open_console, run_dir, session
from tests.osc.rig import Rig


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def rig(resources: ExitStack) -> Rig:
    return Rig(resources)


__all__ = [
    "console",
    "open_console",
    "run_dir",
    "session",
]  # fixtures that belong to the tests of control
