from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.http_client.server import Answer, Server, says


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Servers that end with the test."""
    with ExitStack() as resources:

        def started(answer: Answer | None = None, **more: object) -> Server:
            server = Server(answer or says({}), **more)  # type: ignore[arg-type]
            resources.callback(server.close)
            return server

        yield started
