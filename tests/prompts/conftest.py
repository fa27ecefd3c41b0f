from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.control.conftest import console, open_console, run_dir, session
from tests.http_client.conftest import serve


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


__all__ = [
    "console",
    "open_console",
    "run_dir",
    "serve",
    "session",
]  # fixtures that belong to the tests of other rooms
