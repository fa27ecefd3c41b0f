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
from lib.stream.capture.video_file import FilmError, VideoFile, open_film


def choose_mode(settings: PrimarySettings, devices: Devices | None = None) -> str:
    """The mode that auto stands for: pattern, video, camera or zmq."""
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
    """`within`: the folder that links in a directory must not lead out of. `shown`: what the
    directory is called where people read it; empty: its path."""
    mode = choose_mode(settings, devices)
    if mode == "video":
        path = Path(settings.directory)
        is_film = path.is_file() and not has_picture_name(path.name)
        return VideoFile(settings, shown) if is_film else Directory(settings, within, shown)
    if mode == "camera":
        return Camera(settings, devices)
    return Remote(settings) if mode == "zmq" else Pattern(settings)


def check_source(settings: PrimarySettings, shown: str = "") -> str | None:
    """What is wrong with the settings, in one sentence, or None. A missing camera or publisher is
    no error, since it is waited for; a wrong directory would stay wrong."""
    if choose_mode(settings) != "video":
        return None
    if not settings.directory:
        return "mode video needs a directory of pictures or a video file, as in --directory PATH"
    silence_decoders()
    path, shown = Path(settings.directory), shown or plain(settings.directory)
    try:
        return _check_directory(path, shown) if path.is_dir() else _check_file(path, shown)
    except OSError as error:
        return f"directory {shown} cannot be read: {error.strerror or error}"


def _check_directory(path: Path, shown: str) -> str | None:
    with os.scandir(path) as entries:
        if any(has_picture_name(entry.name) and is_picture(path / entry.name) for entry in entries):
            return None
    return f"directory {shown} holds no picture"


def _check_file(path: Path, shown: str) -> str | None:
    if not path.exists():
        return f"directory {shown} does not exist"
    if not path.is_file():
        return f"directory {shown} is neither a directory nor a video file"
    if is_picture(path):
        return None
    try:
        film = open_film(path)
    except FilmError as error:
        return f"{shown} is neither a picture nor a film that can be played: it {error}"
    playable = film.grab()
    film.release()
    return None if playable else f"{shown} is a film without a picture"
