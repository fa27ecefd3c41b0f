"""A supervisor for each test, ended with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from lib.supervise import Child, RestartPolicy
from tests.supervise.runs import Run


@pytest.fixture
def start() -> Iterator[Callable[..., Run]]:
    runs: list[Run] = []

    def started(*children: Child, restarts: RestartPolicy | None = None) -> Run:
        runs.append(Run(*children, restarts=restarts))
        return runs[-1]

    yield started
    for run in runs:
        run.end()
        assert all(one.pid is None for one in run.children)
