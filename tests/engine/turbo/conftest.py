"""A tiny checkpoint made once, and the real engine on it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lib.config.settings import WorkerSettings

if TYPE_CHECKING:
    from lib.engine.turbo.turbo import Turbo
    from tests.engine.turbo.stand_in_gpu import StandInGpu

Opens = Callable[..., "Turbo"]

# Plain C++, which compiles in less time. The compiler reads it when it is imported, and what was
# compiled is only found again by a process that reads the same.
os.environ["TORCHINDUCTOR_VEC_ISA_OK"] = "0"


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
def tiniest_model(weights: Path) -> dict[str, str]:
    """Settings of one with few layers: to record or compile takes its time for each."""
    from bench.cost.checkpoint import make_taesd, make_turbo
    from lib.engine.turbo.library_logs import libraries_muted

    with libraries_muted():
        model = make_turbo(weights / "tiniest", tiniest=True)
        vae = make_taesd(weights / "tiniest-taesd", tiniest=True)
    return {"model": str(model), "vae": str(vae)}


@pytest.fixture(scope="session")
def opens(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opens]:
    """Opens engines on the tiny checkpoint, and closes them in the end. What one of them played is
    known to another only where both are given the same folder."""
    from lib.engine.turbo import turbo

    opened = []

    def open_one(history: Path | None = None, **changed: Any) -> Turbo:
        known = {"model": str(weights / "turbo"), "vae": str(weights / "taesd"), "device": "cpu"}
        settings = WorkerSettings(_env_file=None, **{**known, **changed})
        folder = history or tmp_path_factory.mktemp("history")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(turbo, "cache_folder", lambda: folder)
            engine = turbo.Turbo(settings, "asked for")
        opened.append(engine)
        return engine

    yield open_one
    for engine in opened:
        engine.close()


@pytest.fixture(scope="session")
def engine(opens: Opens) -> Turbo:
    return opens()


@pytest.fixture
def tiniest(
    tiniest_model: dict[str, str],
    tmp_path: Path,
    opens: Opens,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Turbo]:
    """An engine with the real compiler, whose cache is empty."""
    from lib.engine.turbo.library_logs import libraries_muted

    if shutil.which("g++") is None:
        pytest.skip("torch compiles for a CPU with g++, which is not here")
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")  # in the child, too: it is part of what is compiled
    with libraries_muted():
        engine = opens(**tiniest_model, compile="on")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def gpu() -> Iterator[StandInGpu]:
    """For the engines that are opened in this module."""
    from tests.engine.turbo.stand_in_gpu import StandInGpu

    with pytest.MonkeyPatch.context() as patch:
        gpu = StandInGpu()
        gpu.install(patch)
        yield gpu


@pytest.fixture
def fresh(gpu: StandInGpu, opens: Opens, tiniest_model: dict[str, str]) -> Iterator[Turbo]:
    """An engine on the GPU that stands in, without a compiler."""
    del gpu
    engine = opens(**tiniest_model, compile="off")
    yield engine
    engine.close()
