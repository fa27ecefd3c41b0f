"""Chooses the engine for this machine, says why, and says what each engine lacks here.

The choice is made once, at the start. While a worker runs nothing falls back: a picture of
another kind than the one announced would be a riddle to the operator of the show.
"""

from __future__ import annotations

import importlib
import importlib.util
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from lib.config.plugins import ENGINES, PluginError, load
from lib.config.settings import WorkerSettings
from lib.core.gpu_needs import TOO_OLD, card_trouble
from lib.engine.engine import Engine, EngineError, first_line

log = logging.getLogger(__name__)

_TURBO = "lib.engine.turbo"  # a package with open_turbo(settings, why) -> Engine is all it takes
_GPU_FILES = ("/dev/nvidiactl", "/dev/dxg", "/proc/driver/nvidia/version")


class EngineReadiness(NamedTuple):
    """Whether an engine could run here, and a sentence on it."""

    engine: str
    ready: bool
    says: str


def open_engine(settings: WorkerSettings) -> Engine:
    """The engine that the settings ask for; EngineError in one sentence when it cannot run."""
    if settings.engine == "turbo":
        return _turbo()(settings, "asked for")
    if settings.engine == "painter":
        return _painter(settings, "asked for")
    if settings.engine != "auto":
        return _named(settings, "asked for")
    why_not = _why_not_turbo(settings) or _why_not_cuda(settings.device)
    if not why_not:
        try:
            return _turbo()(settings, "the best this machine can run")
        except EngineError as error:
            why_not = str(error)
    return _painter(settings, why_not)


def examine(settings: WorkerSettings) -> list[EngineReadiness]:
    """What each engine has and lacks on this machine, without loading anything large."""
    from lib.engine.painter.opening import lacks  # noqa: PLC0415

    painter = [f"{lack.what}: {lack.then}" for lack in lacks()]
    missing = [
        sentence
        for sentence in (
            "not part of this version" if not _has_turbo() else "",
            "" if has_gpu() else "no GPU found",
            "" if has_torch() else "torch is not installed",
            missing_weights(settings),
        )
        if sentence
    ]
    others = {*ENGINES, settings.engine} - {"auto", "identity", "painter", "turbo"}
    return [
        EngineReadiness("identity", True, "hands frames back; for tests and benchmarks"),
        EngineReadiness("painter", True, "; ".join(painter) or "neural styles on the CPU"),
        EngineReadiness(
            "turbo", not missing, "; ".join(missing) or "GPU, torch and weights are there"
        ),
        *map(_examined, sorted(others)),
    ]


def has_gpu() -> bool:
    """Whether the driver of an NVIDIA card shows itself; torch has the last word."""
    return any(Path(one).exists() for one in _GPU_FILES)


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def missing_weights(settings: WorkerSettings) -> str:
    """Which weights a start would not find on this machine, and how they come there."""
    from lib.engine.turbo import weight_files  # noqa: PLC0415 - reads no weights, and loads no torch

    wanted = weight_files.wanted(settings.model, settings.vae)
    lacking = [one for one in wanted if not weight_files.has_weights(one)]
    return str(weight_files.missing(lacking[0])) if lacking else ""


def _missing_models(settings: WorkerSettings) -> str:
    """The same for a worker without a live picture: any model will do, and no small VAE."""
    from lib.engine.stills.registry import ModelRegistry, models_folder  # noqa: PLC0415 - the same
    from lib.engine.turbo import weight_files  # noqa: PLC0415 - the same

    try:
        there = ModelRegistry(models_folder(settings)).models()
    except EngineError as error:
        return str(error)
    if there or weight_files.has_weights(settings.model):
        return ""
    return str(weight_files.missing(settings.model))


def _why_not_turbo(settings: WorkerSettings) -> str:
    """The first reason against turbo that shows without importing torch. Whoever leaves the choice
    to the machine does not want it to fetch gigabytes first: weights must be there."""
    if not has_gpu():
        return "no GPU found"
    if not _has_turbo():
        return "turbo is not part of this version"
    if not has_torch():
        return "torch is not installed"
    if settings.worker_role == "stills":
        return _missing_models(settings)
    return missing_weights(settings)


def _why_not_cuda(device: str) -> str:
    """Why torch would run turbo on the CPU, where the painter makes a hundred times as many
    pictures; or not at all."""
    import torch  # noqa: PLC0415 - takes seconds, and the first reasons need none of it

    if device.startswith("cpu"):
        return "turbo is set to run on the CPU"
    if torch.version.cuda is None:
        return "torch is built for the CPU alone"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the reason is in the error, too
            torch.cuda.init()
        major, minor = torch.cuda.get_device_capability(None if device == "auto" else device)
    except Exception as error:  # noqa: BLE001 - whatever a driver does, the painter runs
        first = first_line(error)
        return TOO_OLD if "driver" in first and "too old" in first else f"torch says: {first[:200]}"
    return card_trouble(f"{major}.{minor}")


def _named(settings: WorkerSettings, why: str) -> Engine:
    """An engine by its name in the table, or one of the operator's own by its place."""
    name = settings.engine
    try:
        engine = load(name, ENGINES)(settings, why)
    except PluginError as error:
        raise EngineError(f"engine {error}") from error
    except EngineError:
        raise
    except Exception as error:  # whatever somebody's own code does
        raise EngineError(f"engine {name} cannot be opened: {first_line(error)}") from error
    if not isinstance(engine, Engine):
        kind = type(engine).__name__
        raise EngineError(f"engine {name} must make an Engine of lib.engine.engine, not a {kind}")
    engine.name = getattr(engine, "name", name.rpartition(":")[2].lower())
    engine.about = getattr(engine, "about", f"{engine.name}: {why}")
    return engine


def _examined(name: str) -> EngineReadiness:
    try:
        load(name, ENGINES)
    except PluginError as error:
        return EngineReadiness(name, False, str(error))
    return EngineReadiness(name, True, "there; the worker opens it")


def _has_turbo() -> bool:
    return importlib.util.find_spec(_TURBO) is not None


def _turbo() -> Callable[[WorkerSettings, str], Engine]:
    if not _has_turbo():
        raise EngineError("engine turbo is not part of this version; painter and identity are")
    found: Callable[[WorkerSettings, str], Engine] = importlib.import_module(_TURBO).open_turbo
    return found


def _painter(settings: WorkerSettings, why: str) -> Engine:
    from lib.engine.painter.opening import open_painter  # noqa: PLC0415 - one engine is loaded, not all

    unused = ["--lora"] if settings.lora else []
    unused += ["--device"] if settings.device.startswith("cuda") else []
    if unused:
        log.warning("the painter does not use %s: that is for engine turbo", " and ".join(unused))
    return open_painter(settings, why)
