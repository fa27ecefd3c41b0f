"""Chooses the source that the settings name, and checks whether it can start."""

from __future__ import annotations

import os
from pathlib import Path

from lib.camera.devices import Devices
from lib.config.settings import PrimarySettings
from lib.core.plain import plain
from lib.pictures.decoder_log import silence_decoders
from lib.pictures.files import has_picture_name, is_picture
from lib.stream.capture.camera import Camera
from lib.stream.capture.directory import Directory
from lib.stream.capture.pattern import Pattern
from lib.stream.capture.remote import Remote
from lib.stream.capture.source import Source
from lib.stream.capture.video_file import VideoFile, open_film


def choose_mode(settings: PrimarySettings, devices: Devices | None = None) -> str:
    """The mode that auto stands for: pattern, video, camera or zmq."""
    if settings.mode != "auto":
        return settings.mode
    if settings.directory:
        return "video"
    return "camera" if (devices or Devices()).any() else "pattern"


def choose_source(
    settings: PrimarySettings, devices: Devices | None = None, within: Path | None = None
) -> Source:
    """`within`: the folder that links in a directory must not lead out of."""
    mode = choose_mode(settings, devices)
    if mode == "video":
        path = Path(settings.directory)
        is_film = path.is_file() and not has_picture_name(path.name)
        return VideoFile(settings) if is_film else Directory(settings, within)
    if mode == "camera":
        return Camera(settings, devices)
    return Remote(settings) if mode == "zmq" else Pattern(settings)


def check_source(settings: PrimarySettings) -> str | None:
    """What is wrong with the settings, in one sentence, or None. A missing camera or publisher is
    no error, since it is waited for; a wrong directory would stay wrong."""
    if choose_mode(settings) != "video":
        return None
    if not settings.directory:
        return "mode video needs a directory of pictures or a video file, as in --directory PATH"
    silence_decoders()
    path = Path(settings.directory)
    try:
        return _check_directory(path) if path.is_dir() else _check_file(path)
    except OSError as error:
        return f"directory {plain(str(path))} cannot be read: {error.strerror or error}"


def _check_directory(path: Path) -> str | None:
    with os.scandir(path) as entries:
        if any(has_picture_name(entry.name) and is_picture(path / entry.name) for entry in entries):
            return None
    return f"directory {path} holds no picture"


def _check_file(path: Path) -> str | None:
    if not path.exists():
        return f"directory {plain(str(path))} does not exist"
    if not path.is_file():
        return f"directory {path} is neither a directory nor a video file"
    if is_picture(path):
        return None
    film = open_film(path)
    if film is None:
        return f"{path} is neither a picture nor a film that can be played"
    playable = film.grab()
    film.release()
    return None if playable else f"{path} is a film without a picture"
