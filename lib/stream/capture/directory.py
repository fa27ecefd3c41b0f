"""A directory of pictures in natural order. It may change, break and vanish while it plays."""

from __future__ import annotations

import logging
import os
import stat
import time
from pathlib import Path
from typing import NamedTuple

from natsort import natsort_keygen, ns

from lib.config.data_folder import leads_outside
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS
from lib.core.plain import plain
from lib.core.waits import GrowingWait
from lib.observe import OncePerSecond
from lib.pictures.files import (
    PictureError,
    has_picture_name,
    kind_of,
    read_picture,
)
from lib.pictures.sequence_rate import rate_in
from lib.stream.capture.fitter import JpegError, JpegFitter
from lib.stream.capture.jpeg_cache import FileMark, JpegCache
from lib.stream.capture.source import PacedSource

log = logging.getLogger(__name__)
_natural = natsort_keygen(alg=ns.IGNORECASE)
_SEARCH_NS = 50_000_000  # how long one read may search for a picture that is not broken
_LONG_LISTING_NS = 10_000_000
_LISTING_APART = 20  # between two long listings, as a multiple of what one takes
_SETTLED_NS = 200_000_000  # a file changed since then could change again with the same time stamp


class _ListedFile(NamedTuple):
    key: object
    name: str


class Directory(PacedSource):
    """`path` may also be a single picture. Added files are played from the next round on."""

    def __init__(
        self, settings: PrimarySettings, within: Path | None = None, shown: str = ""
    ) -> None:
        """`within`: the folder that links must not lead out of; None: they may lead anywhere.
        `shown`: what it is called where people read it; empty: its path."""
        self._path, self._within = Path(settings.directory), within
        self._shown = shown or plain(settings.directory)
        self._fitter = JpegFitter(settings.size, settings.quality, settings.bounds)
        self.rate = settings.rate if settings.fps else rate_in(self._path) or settings.rate
        self.about = f"pictures in {self._shown} at {float(self.rate):.4g} frames a second"
        self._entries: list[_ListedFile] = []
        self._is_single = False
        self._listed: tuple[int, ...] | None = None  # the directory's mark when it was last listed
        self._next = 0
        self._barren = 0  # consecutive files without a usable picture
        self._broken: dict[str, tuple[FileMark, str]] = {}
        self._cache = JpegCache()
        self._waits = GrowingWait()
        self._retry_ns = self._list_ns = 0
        self._log = OncePerSecond(log)

    def fit(self, size: Size, quality: int | None = None) -> None:
        self._fitter.want(size, quality)
        self._cache = JpegCache()  # its pictures are of another size or quality

    def seek(self, number: int) -> None:
        self._next = max(0, number)

    def read(self, steps: int) -> bytes | None:
        now_ns = time.monotonic_ns()
        if now_ns < self._retry_ns:
            return None
        self._next += steps - 1
        while time.monotonic_ns() < now_ns + _SEARCH_NS:
            if self._next >= len(self._entries):
                self._turn_round()
            if not self._entries or self._barren > len(self._entries):
                self._lose()
                return None
            self.position = self._next
            self._next += 1
            jpg = self._picture(self._entries[self.position].name)
            if jpg is not None:
                self._barren = 0
                self._waits.reset()
                self._warn()
                return jpg
            self._barren += 1
        self._warn()
        return None

    def _turn_round(self) -> None:
        beyond = self._next - len(self._entries)
        self._list()
        self.length = len(self._entries)
        self._next = beyond % self.length if self.length else 0

    def _list(self) -> None:
        """List the directory again if it has changed, at a cost of what has changed.

        The wall waits for it: where it takes long, it may take only a small part of the time.
        """
        start_ns = time.monotonic_ns()
        if start_ns < self._list_ns:
            return
        self._list_now()
        now_ns = time.monotonic_ns()
        if (took_ns := now_ns - start_ns) > _LONG_LISTING_NS:
            self._list_ns = now_ns + _LISTING_APART * took_ns

    def _list_now(self) -> None:
        try:
            status = self._path.stat()
            self._is_single = not stat.S_ISDIR(status.st_mode)
            if self._is_single:
                names, self._listed = {self._path.name}, None
            else:
                mark = (status.st_ino, status.st_dev, status.st_mtime_ns)
                if mark == self._listed:
                    return
                settled = _settled(status)
                names = {name for name in self._names() if has_picture_name(name)}
                self._listed = mark if settled else None
        except OSError:
            names, self._listed = set(), None
        had = {entry.name for entry in self._entries}
        if gone := had - names:
            self._entries = [entry for entry in self._entries if entry.name not in gone]
            self._broken = {k: v for k, v in self._broken.items() if k not in gone}
            self._cache.forget(gone)
        if added := names - had:
            self._entries += [_ListedFile(_natural(name), name) for name in added]
            self._entries.sort()

    def _names(self) -> list[str]:
        if self._within is None:
            return os.listdir(self._path)  # noqa: PTH208 - a hundred thousand Paths take long
        with os.scandir(self._path) as entries:
            return [
                entry.name
                for entry in entries
                if not entry.is_symlink() or not leads_outside(Path(entry.path), self._within)
            ]

    def _picture(self, name: str) -> bytes | None:
        path = str(self._path) if self._is_single else f"{self._path}/{name}"
        mark: FileMark = (0, 0, 0)
        try:
            mark = _mark(os.stat(path))  # noqa: PTH116 - once a frame, and a Path costs more
            if (jpg := self._cache.get(name, mark)) is not None:
                return jpg
            known = self._broken.get(name)
            if known and known[0] == mark:
                self.tally.count("skipped")
                return None
            data, status = read_picture(path)
            settled = _mark(status) == mark and _settled(status)
            jpg = self._fit(data, settled and self._cache.is_proved(name, mark))
        except FileNotFoundError:
            self.tally.count("missing")
        except (OSError, PictureError, JpegError) as error:
            self._note(name, mark, error)
        else:
            self._broken.pop(name, None)
            if settled:
                self._cache.put(name, mark, jpg, proved=jpg is data)
            return jpg
        return None

    def _fit(self, data: bytes, proved: bool) -> bytes:
        if kind_of(data) == "jpeg":
            return self._fitter.jpeg(data, proved)
        # JPEG needs no Pillow, which takes 5 MB and a tenth of a second.
        from lib.pictures.decoder import decode_file  # noqa: PLC0415 - see above

        return self._fitter.rgb(decode_file(data))

    def _note(self, name: str, mark: FileMark, error: Exception) -> None:
        reason = error.strerror or str(error) if isinstance(error, OSError) else str(error)
        self.tally.count("bad")
        self._broken[name] = (mark, f"{plain(name)}: {reason}")
        self._log.warning("bad", "a picture is left out: %s", self._broken[name][1])

    def _lose(self) -> None:
        """There is nothing to show: try again, after a longer wait each time."""
        self._listed = None
        self._list_now()
        self._barren, self._next = 0, 0
        self._retry_ns = time.monotonic_ns() + int(self._waits.next_s() * SECOND_NS)
        where = self._shown
        if self._entries:
            reason = next(iter(self._broken.values()), ((0, 0, 0), "they vanished"))[1]
            self.warning = f"no picture in {where} can be shown ({reason}), trying again"
        elif self._path.exists():
            self.warning = f"no picture in {where}, trying again"
        else:
            self.warning = f"{where} is missing, trying again"

    def _warn(self) -> None:
        if not self._broken:
            self.warning = None
            return
        last = next(reversed(self._broken.values()))[1]
        more = f" and {len(self._broken) - 1} more" if len(self._broken) > 1 else ""
        self.warning = f"left out: {last}{more}"


def _settled(status: os.stat_result) -> bool:
    """Whether a file's last change is long enough ago that its mark identifies its contents. A
    change in the future was stamped by a wrong clock, and counts as settled."""
    return abs(time.time_ns() - status.st_mtime_ns) > _SETTLED_NS


def _mark(status: os.stat_result) -> FileMark:
    return status.st_mtime_ns, status.st_size, status.st_ino
