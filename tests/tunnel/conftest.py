from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.tunnel.far import Far


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Far]:
    with ExitStack() as resources:
        yield Far(resources, tmp_path)
