"""The source that a path names: a directory of pictures, or a film."""

from __future__ import annotations

import os
from pathlib import Path

from lib.config.settings import PrimarySettings
from lib.core.plain import plain
from lib.pictures.decoder_log import silence_decoders
from lib.pictures.files import has_picture_name, is_picture
from lib.stream.capture.directory import Directory
from lib.stream.capture.source import Source, SourcePlace
from lib.stream.capture.video_file import FilmError, VideoFile, open_film


def open_files(settings: PrimarySettings, place: SourcePlace) -> Source:
    path = Path(settings.directory)
    is_film = path.is_file() and not has_picture_name(path.name)
    if is_film:
        return VideoFile(settings, place.shown)
    return Directory(settings, place.within, place.shown)


def check_files(settings: PrimarySettings, shown: str = "") -> str | None:
    """What is wrong with the path, in one sentence, or None."""
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
