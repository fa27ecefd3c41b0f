"""Which shapes were played last, and for which the longest search is done, beyond a worker's end.

A worker hears what a show plays with its first job, when it is ready already. What it played before
its last end is most likely what it will play next, and so it gets ready for that as well. It lies
in the compiler's folder, and is lost with what was compiled.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lib.engine.turbo.graph_buffers import GraphShape
from lib.engine.turbo.models import VAE_SCALE_FACTOR
from lib.files import create_fresh, read_text

log = logging.getLogger(__name__)

NAME = "afterimage-shapes.json"
MOST_PLAYED, MOST_TUNED = 3, 64
MOST_BYTES = 1 << 16
LARGEST = GraphShape(16, 8192, 8192, 50, guided=True)


class ShapeHistory:
    """Read by the engine's thread before there are frames, and written by the preparing one."""

    def __init__(self, folder: Path | None = None, made_from: str = "") -> None:
        """Without a folder it ends with the process. What was tuned for something else is no use:
        `made_from` says what it depends on."""
        self._path, self._made_from = folder and folder / NAME, made_from
        self.played: list[GraphShape] = []  # the latest first
        self.tuned: list[GraphShape] = []
        self._read()

    def is_tuned(self, shape: GraphShape) -> bool:
        return any(one.compiled_for == shape.compiled_for for one in self.tuned)

    def note_played(self, shape: GraphShape) -> None:
        """In whatever sizes of batch."""
        plan = shape._replace(batch=1)
        if self.played[:1] != [plan]:
            others = [one for one in self.played if one != plan]
            self.played = [plan, *others][:MOST_PLAYED]
            self._write()

    def forget(self, shape: GraphShape) -> None:
        """It is not played here."""
        self.played = [one for one in self.played if one != shape._replace(batch=1)]
        self._write()

    def note_tuned(self, shape: GraphShape) -> None:
        if not self.is_tuned(shape):
            self.tuned = [*self.tuned, shape][-MOST_TUNED:]
            self._write()

    def _read(self) -> None:
        if self._path is None:
            return
        try:
            kept = json.loads(read_text(self._path, MOST_BYTES))
        except FileNotFoundError:
            return
        except (OSError, ValueError, RecursionError) as error:
            said = "%s cannot be read, so that nothing is known of earlier shows: %s"
            log.warning(said, self._path, error)
            return
        if isinstance(kept, dict):
            self.played = list(_shapes(kept.get("played")))[:MOST_PLAYED]
            if kept.get("made_from") == self._made_from:
                self.tuned = list(_shapes(kept.get("tuned")))[-MOST_TUNED:]

    def _write(self) -> None:
        """Another worker on this machine may write, too: the last one counts."""
        if self._path is None:
            return
        kept = {"made_from": self._made_from, "played": self.played, "tuned": self.tuned}
        fresh = self._path.with_suffix(f".{os.getpid()}")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with create_fresh(fresh) as file:
                file.write(json.dumps(kept).encode())
            fresh.replace(self._path)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)
            self._path = None  # said once


def _shapes(kept: object) -> Iterator[GraphShape]:
    for one in kept if isinstance(kept, list) else ():
        if _is_shape(one):
            yield GraphShape(*one)


def _is_shape(kept: Any) -> bool:
    if not isinstance(kept, list) or [type(one) for one in kept] != [int] * 4 + [bool]:
        return False
    inside = all(1 <= one <= most for one, most in zip(kept[:4], LARGEST, strict=False))
    return inside and not (kept[1] % VAE_SCALE_FACTOR or kept[2] % VAE_SCALE_FACTOR)
