"""A folder of tiny models of each family, and what makes stills with them."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lib.config.settings import WorkerSettings
from tests.engine.stills.conftest import Steps

if TYPE_CHECKING:
    from lib.engine.stills.opening import StillsAlone

Opens = Callable[..., "StillsAlone"]


class Told(Steps):
    """What a still with a model reports."""

    loading = 0

    def loads(self) -> None:
        self.loading += 1


ENDINGS = {"v1": "ckpt", "v2": "safetensor", "xl": "safetensors"}


def make_library(home: Path, endings: dict[str, str]) -> Path:
    """For each family `dir`, and beside it a single file of the same weights."""
    import torch

    from lib.engine.turbo.library_logs import disable_progress_bars, libraries_muted

    torch.set_num_threads(1)
    with libraries_muted():
        from tests.engine.still_models.families import make_family, make_settings, write_file

        disable_progress_bars()
        for family, ending in endings.items():
            made = make_family(home / family / "dir", family)
            make_settings(made, home / family / "one")
            write_file(made, family, home / family / f"one.{ending}")
    return home


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_library(tmp_path_factory.mktemp("library"), ENDINGS)


@pytest.fixture
def copied(library: Path, tmp_path: Path) -> Path:
    """Its first family, to spoil."""
    shutil.copytree(library / "v1", tmp_path / "v1")
    return tmp_path


@pytest.fixture
def opens() -> Opens:
    def open_one(folder: Path, **changed: Any) -> StillsAlone:
        from lib.engine.stills.opening import StillsAlone

        known = {"model": "nobody/nothing", "local_files_only": True, "device": "cpu"}
        known |= {"models_dir": str(folder), "worker_role": "stills", "machine_size": "big"}
        return StillsAlone(WorkerSettings(_env_file=None, **{**known, **changed}), "asked for")

    return open_one
