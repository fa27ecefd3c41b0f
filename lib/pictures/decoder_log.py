"""Keeps the libraries that decode from writing to the log."""

from __future__ import annotations

import logging
import os

import cv2


def silence_decoders() -> None:
    """Silence them: our code counts and reports faults once, in plain words, while a broken film
    that is tried again every few seconds would fill the log with their messages."""
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)
    os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")  # read when the first film is opened
    # With DEBUG=TRUE Pillow would name each part of each file.
    logging.getLogger("PIL").setLevel(logging.WARNING)
