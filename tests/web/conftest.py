"""A control process's stages over real sockets, with a stream beside them."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2 as httpx
import pytest

from lib.config.settings import PrimarySettings
from lib.control.console import Console, open_console
from lib.control.session import Session
from lib.http.server import HttpServer
from lib.prompts.policy import Checker
from lib.stage import Flow
from lib.web.app import ControlParts, control_service
from lib.web.preview import Preview
from tests.ports import free_ports
from tests.web.stream import TestStream


@dataclass
class Host:
    """What a test talks to."""

    run_dir: Path
    data_dir: Path
    http_port: int
    output_port: int
    console: Console
    web: HttpServer
    preview: Preview
    stream: TestStream
    client: httpx.Client

    @property
    def session(self) -> Session:
        return self.console.session

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    def wait_until(self, what: str, holds: object) -> None:
        """`holds` is a call without arguments; twenty seconds are enough for everything here."""
        pause = threading.Event()
        for _ in range(2000):
            if callable(holds) and holds():
                return
            pause.wait(0.01)
        raise AssertionError(f"never came: {what}")


@contextmanager
def running_host(words: Checker | None = None, **changes: object) -> Iterator[Host]:
    http_port, output_port = free_ports(2)
    with ExitStack() as resources:
        # pytest's own directories have names that are too long for a unix socket
        run_dir = Path(resources.enter_context(tempfile.TemporaryDirectory(prefix="ai-")))
        (run_dir / "data").mkdir()
        settings = PrimarySettings(
            _env_file=None,  # type: ignore[call-arg] # pydantic's own
            settings_port=http_port,
            output_port=output_port,
            state_dir=str(run_dir / "state"),
            data_dir=str(run_dir / "data"),
            **changes,  # type: ignore[arg-type] # whatever the test sets
        )
        stream = TestStream(run_dir, output_port)
        console = open_console(settings, run_dir, words)
        parts = ControlParts.of(settings, console)
        web = HttpServer(control_service(settings, parts))
        flow = Flow(web, *console.stages())
        stream.start()
        assert flow.start()
        client = httpx.Client(base_url=f"http://127.0.0.1:{http_port}", verify=False, timeout=20)
        try:
            with client:
                yield Host(
                    run_dir,
                    run_dir / "data",
                    http_port,
                    output_port,
                    console,
                    web,
                    parts.preview,
                    stream,
                    client,
                )
        finally:
            assert flow.stop()
            stream.stop()


@pytest.fixture
def host() -> Iterator[Host]:
    """One of its own, for a test that stops or overloads something."""
    with running_host() as host:
        yield host


@pytest.fixture(scope="module")
def shared() -> Iterator[Host]:
    """One for all the tests of a module that only ask and play."""
    with running_host() as host:
        yield host
