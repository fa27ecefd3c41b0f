"""Chooses the source that the settings name, and checks whether it can start."""

from __future__ import annotations

from pathlib import Path

from lib.camera.devices import Devices
from lib.config.plugins import SOURCES, PluginError, load
from lib.config.settings import PrimarySettings
from lib.stream.capture.files import check_files
from lib.stream.capture.source import Source, SourcePlace


def choose_mode(settings: PrimarySettings, devices: Devices | None = None) -> str:
    """The source that auto stands for, by its name."""
    if settings.mode != "auto":
        return settings.mode
    if settings.directory:
        return "video"
    return "camera" if (devices or Devices()).any() else "pattern"


def choose_source(
    settings: PrimarySettings,
    devices: Devices | None = None,
    within: Path | None = None,
    shown: str = "",
) -> Source:
    """`within` and `shown`: see SourcePlace."""
    factory = load(choose_mode(settings, devices), SOURCES)
    source: Source = factory(settings, SourcePlace(devices, within, shown))
    return source


def check_source(settings: PrimarySettings, shown: str = "") -> str | None:
    """What is wrong with the settings, in one sentence, or None. A missing camera or publisher is
    no error, since it is waited for; a wrong directory would stay wrong."""
    mode = choose_mode(settings)
    if mode == "video":
        return check_files(settings, shown)
    if mode in SOURCES:
        return None
    try:
        source: object = choose_source(settings)
    except PluginError as error:
        return f"mode {error}"
    except Exception as error:  # noqa: BLE001 - whatever somebody's own code does
        return f"mode {mode} cannot be opened: {type(error).__name__}: {error}"
    if not isinstance(source, Source):
        kind = type(source).__name__
        return f"mode {mode} must make a Source of lib.stream.capture.source, not a {kind}"
    return None
