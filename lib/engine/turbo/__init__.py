"""Stable Diffusion img2img at the speed of the chip. torch is loaded when turbo is opened,
and not before it is known that there is something to open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lib.engine.engine import EngineError
from lib.engine.turbo import files

if TYPE_CHECKING:
    from lib.config.settings import Worker
    from lib.engine.engine import Engine


def open_turbo(settings: Worker, why: str) -> Engine:
    """EngineError, in one sentence, where it can not run here."""
    for wanted in (settings.model, settings.vae):
        there = wanted == files.OWN_VAE or files.find(wanted)
        if not there and (settings.local_files_only or not files.is_name(wanted)):
            raise files.missing(wanted)
    try:
        from lib.engine.turbo.turbo import Turbo  # noqa: PLC0415 - torch takes seconds to load
    except ImportError as error:
        raise EngineError(
            f"engine turbo needs the packages of requirements.txt ({error}); do: "
            ".venv/bin/pip install -r requirements.txt"
        ) from error
    return Turbo(settings, why)
