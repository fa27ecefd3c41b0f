"""The engine turbo: Stable Diffusion img2img, on a GPU or a CPU.

It owns checkpoints, prompts as embeddings, and the captured graphs that frames go through. Frames
are made on the thread that calls the engine; prompts are encoded and graphs prepared on a thread
each. Importing this package loads no torch: that happens in `open_turbo`, once it is known that
the weights are there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.engine.engine import EngineError, first_line
from lib.engine.turbo import weight_files

if TYPE_CHECKING:
    from lib.config.settings import WorkerSettings
    from lib.engine.engine import Engine


def open_turbo(settings: WorkerSettings, why: str) -> Engine:
    """The engine; EngineError, in one sentence, where it cannot run."""
    from lib.engine.turbo.download import locate  # noqa: PLC0415 - it is a program, too

    if settings.worker_role == "stills":
        return _open_stills(settings, why)
    # What lies in a folder is looked for first: nothing is fetched for a mistyped path.
    for wanted in sorted(
        weight_files.wanted(settings.model, settings.vae), key=weight_files.is_name
    ):
        locate(wanted, settings.local_files_only)
    try:
        from lib.engine.turbo.turbo import Turbo  # noqa: PLC0415 - torch takes seconds to load
    except ImportError as error:
        raise _lacks_packages(error) from error
    try:
        return Turbo(settings, why)
    except (
        RuntimeError,
        MemoryError,
    ) as error:  # the first kernels run there: driver, architecture
        raise EngineError(f"engine turbo cannot run here: {first_line(error)}") from error


def _open_stills(settings: WorkerSettings, why: str) -> Engine:
    """For a worker without a live picture: no model is loaded before a still needs it."""
    try:
        from lib.engine.stills.opening import StillsAlone  # noqa: PLC0415 - the same
    except ImportError as error:
        raise _lacks_packages(error) from error
    return StillsAlone(settings, why)


def _lacks_packages(error: ImportError) -> EngineError:
    return EngineError(
        f"engine turbo needs the packages of requirements.txt ({error}); do: "
        "automation/packages.sh requirements.txt"
    )
