"""Desks with what belongs to them, closed in order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.config.settings import PrimarySettings
from lib.control.console import Console
from lib.control.console import open_console as open_console_of
from lib.control.session import Session
from lib.prompts.policy import Checker
from tests.rig import primary

OpenConsole = Callable[..., Console]


@pytest.fixture
def run_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ai-") as path:
        yield Path(path)


@pytest.fixture
def open_console(run_dir: Path) -> Iterator[OpenConsole]:
    """A console whose store writes; stop the store and open again: that is a restart."""
    consoles: list[Console] = []

    def opened(checker: Checker | None = None, settings: PrimarySettings | None = None) -> Console:
        console = open_console_of(settings or primary(), run_dir, checker)
        console.store.start()
        consoles.append(console)
        return console

    yield opened
    for console in consoles:
        console.store.stop()


@pytest.fixture
def console(open_console: OpenConsole) -> Console:
    return open_console()


@pytest.fixture
def session(console: Console) -> Session:
    return console.session
