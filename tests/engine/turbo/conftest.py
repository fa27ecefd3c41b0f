"""A tiny checkpoint made once, and the real engine on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lib.config.settings import WorkerSettings

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo

Opens = Callable[..., "Turbo"]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `turbo`, `taesd` and `xl`, as the hub's models are laid out."""
    import torch

    from lib.engine.turbo.library_logs import disable_progress_bars, libraries_muted

    # Threads that wait for each other cost more than they bring to a network so small.
    torch.set_num_threads(1)
    with libraries_muted():
        from bench.cost.checkpoint import make_taesd, make_turbo, make_xl

        disable_progress_bars()
        home = tmp_path_factory.mktemp("weights")
        make_turbo(home / "turbo")
        make_taesd(home / "taesd")
        make_xl(home / "xl")
    return home


@pytest.fixture(scope="session")
def opens(weights: Path) -> Iterator[Opens]:
    """Opens engines on the tiny checkpoint, and closes them in the end."""
    from lib.engine.turbo.turbo import Turbo

    opened = []

    def open_one(**changed: Any) -> Turbo:
        known = {"model": str(weights / "turbo"), "vae": str(weights / "taesd"), "device": "cpu"}
        engine = Turbo(WorkerSettings(_env_file=None, **{**known, **changed}), "asked for")
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture(scope="session")
def engine(opens: Opens) -> Turbo:
    return opens()
