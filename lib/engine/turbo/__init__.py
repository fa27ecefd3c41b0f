"""Stable Diffusion img2img at the speed of the chip. torch is loaded when turbo is opened,
and not before it is known that there is something to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.engine.engine import EngineError
from lib.engine.turbo import weight_files

if TYPE_CHECKING:
    from lib.config.settings import WorkerSettings
    from lib.engine.engine import Engine


def open_turbo(settings: WorkerSettings, why: str) -> Engine:
    """EngineError, in one sentence, where it can not run here."""
    from lib.engine.turbo.download import locate  # noqa: PLC0415 - it is a program, too

    # What lies in a folder is looked for first: nothing is fetched for a mistyped path.
    for wanted in sorted(
        weight_files.wanted(settings.model, settings.vae), key=weight_files.is_name
    ):
        locate(wanted, settings.local_files_only)
    try:
        from lib.engine.turbo.turbo import Turbo  # noqa: PLC0415 - torch takes seconds to load
    except ImportError as error:
        raise EngineError(
            f"engine turbo needs the packages of requirements.txt ({error}); do: "
            "automation/packages.sh requirements.txt"
        ) from error
    return Turbo(settings, why)
