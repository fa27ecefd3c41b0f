"""Desks with what belongs to them, closed in order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lib.config.settings import Primary
from lib.control.desk import Desk
from lib.control.sync import Sync
from lib.prompts.policy import Checker
from tests.rig import primary

OpenDesk = Callable[..., Desk]


@pytest.fixture
def run_dir() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ai-") as path:
        yield Path(path)


@pytest.fixture
def open_desk(run_dir: Path) -> Iterator[OpenDesk]:
    """A desk whose store writes; stop the store and open again: that is a restart."""
    desks: list[Desk] = []

    def opened(
        words: Checker | None = None, settings: Primary | None = None, sync: Sync | None = None
    ) -> Desk:
        settings = settings or primary()
        desk = Desk(sync or Sync(run_dir, settings.played), settings, words)
        desk.store.start()
        desks.append(desk)
        return desk

    yield opened
    for desk in desks:
        desk.store.stop()


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    return open_desk()
