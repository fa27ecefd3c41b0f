from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.rig import primary
from tests.stream.way import Make, Way


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    with ExitStack() as resources:
        yield lambda fps=60, **changes: Way(resources, primary(**changes), tmp_path, fps)
