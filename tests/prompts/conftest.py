from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.control.conftest import console, open_console, run_dir, session
from tests.prompts.server import Answer, Server, says


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Servers that end with the test."""
    with ExitStack() as resources:

        def started(answer: Answer | None = None, **more: object) -> Server:
            server = Server(answer or says({}), **more)  # type: ignore[arg-type]
            resources.callback(server.close)
            return server

        yield started


@pytest.fixture
def resources() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


__all__ = [
    "console",
    "open_console",
    "run_dir",
    "session",
]  # fixtures that belong to the tests of control
