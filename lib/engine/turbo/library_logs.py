"""Keeps the libraries quiet while they load: what matters is logged in our own words."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def libraries_muted() -> Iterator[None]:
    """No warnings, no progress bars and no log lines of diffusers and transformers."""
    names = ("diffusers", "transformers", "compel", "peft", "huggingface_hub", "accelerate")
    loggers = [logging.getLogger(name) for name in names]
    levels = [one.level for one in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            for one in loggers:
                one.setLevel(logging.CRITICAL)
            yield
        finally:
            for one, level in zip(loggers, levels, strict=True):
                one.setLevel(level)


def disable_progress_bars() -> None:
    """For good: a progress bar has no place in a log."""
    from diffusers.utils import logging as of_diffusers  # noqa: PLC0415 - seconds to load
    from transformers.utils import logging as of_transformers  # noqa: PLC0415 - seconds to load

    of_diffusers.disable_progress_bar()
    of_transformers.disable_progress_bar()
    of_diffusers.set_verbosity_error()
    of_transformers.set_verbosity_error()
