"""Prepares another source while the current one plays on, so that the wall does not wait."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from lib.config.data_folder import find_in
from lib.config.params import Played
from lib.config.settings import PrimarySettings
from lib.core.geometry import Size
from lib.core.pacer import SECOND_NS
from lib.core.plain import plain
from lib.core.waits import GrowingWait
from lib.observe import Tally
from lib.stream.capture.choose import check_source, choose_mode, choose_source
from lib.stream.capture.source import LiveSource, PacedSource, Source

_LONG_NS = 5 * SECOND_NS
_END_S = 0.5


class OpenedSource(NamedTuple):
    """An open source; of a paced one the first picture is ready."""

    source: Source
    resources: ExitStack  # closes it
    size: Size
    first: bytes | None


class SourceSwitch:
    """Belongs to Capture's thread. The current source plays on until the other one is ready. One
    that cannot be played is tried again, after a longer wait each time."""

    def __init__(self, settings: PrimarySettings) -> None:
        self._settings = settings
        # What auto meant at the start: a camera plugged in later changes nothing.
        self._mode = choose_mode(settings)
        self.warning: str | None = None
        self._plays = ""
        self._tried = ""
        self._thread: threading.Thread | None = None
        # Set by the thread; a live source is opened later, and a text says why there is none.
        self._made: OpenedSource | LiveSource | str | None = None
        self._size = settings.size  # of what is being made ready
        self._since_ns = self._retry_ns = 0
        self._waits = GrowingWait()

    def first(self, size: Size) -> Source:
        """The source that the show starts with."""
        return choose_source(self._settings_for(size))

    @property
    def busy(self) -> bool:
        """Whether another source is being made ready."""
        return self._thread is not None

    def follow(self, played: Played) -> OpenedSource | None:
        """Return another source when one is wanted and ready."""
        if self._thread is not None:
            return self._end_try(self._thread, played.directory, time.monotonic_ns())
        if played.directory == self._plays:
            self.warning = None
            return None
        now_ns = time.monotonic_ns()
        if played.directory == self._tried and now_ns < self._retry_ns:
            return None
        return self._try(played.directory, played.size, now_ns)

    def _end_try(self, thread: threading.Thread, wanted: str, now_ns: int) -> OpenedSource | None:
        """Take the result of an attempt."""
        if thread.is_alive():
            if now_ns - self._since_ns > _LONG_NS:
                self.warning = f"{_words(self._tried)} takes long to read"
            return None
        self._thread = None
        made, self._made = self._made, None
        if self._tried != wanted:  # something else is wanted by now
            if isinstance(made, OpenedSource):
                made.resources.close()
            return None
        if isinstance(made, LiveSource):  # what it opens belongs to this thread
            made = self._opened(made, self._size)
        if isinstance(made, OpenedSource):
            return self._play(made)
        self.warning = f"{_words(wanted)} cannot be played ({made}), trying again"
        self._retry_ns = now_ns + int(self._waits.next_s() * SECOND_NS)
        return None

    def leave(self, resources: ExitStack) -> None:
        """Close a source that no longer plays, on a thread: a camera's driver may take long."""
        threading.Thread(target=resources.close, name="Leave", daemon=True).start()

    def end(self) -> None:
        if self._thread is not None:
            self._thread.join(_END_S)
        if isinstance(self._made, OpenedSource):
            self._made.resources.close()

    def _play(self, ready: OpenedSource) -> OpenedSource:
        self._plays, self.warning = self._tried, None
        self._waits.reset()
        return ready

    def _try(self, directory: str, size: Size, now_ns: int) -> OpenedSource | None:
        if directory != self._tried:
            self._waits.reset()
        self._tried, self._since_ns, self._size = directory, now_ns, size
        if not directory and self._mode in ("camera", "zmq"):
            # A live source needs no first picture to start with.
            return self._play(self._opened(self.first(size), size))
        self._thread = threading.Thread(
            target=self._prepare, args=(directory, size), name="SourceSwitch", daemon=True
        )
        self._thread.start()
        return None

    def _prepare(self, directory: str, size: Size) -> None:
        try:
            self._made = self._make(directory, size)
        except ValueError as refusal:
            self._made = str(refusal)
        except Exception as error:  # noqa: BLE001 - whatever a strange file causes, the show goes on
            self._made = f"{type(error).__name__}: {error}"

    def _make(self, directory: str, size: Size) -> OpenedSource | LiveSource:
        settings, within = self._settings_for(size), None
        if directory:
            within = Path(settings.data_dir).resolve()
            path = find_in(within, directory)
            settings = settings.model_copy(update={"mode": "video", "directory": str(path)})
        # The public may read this, so it names the folder as it was requested, not its full path.
        shown = plain(directory)
        reason = check_source(settings, shown)
        if not reason:
            source = choose_source(settings, None, within, shown)
            if isinstance(source, LiveSource):
                return source
            ready = self._opened(source, size)
            with ExitStack() as failing:
                failing.callback(ready.resources.close)
                if first := _first_picture(ready.source):
                    failing.pop_all()
                    return ready._replace(first=first)
            reason = ready.source.warning or "it gives no picture"
        raise ValueError(reason)

    def _opened(self, source: Source, size: Size) -> OpenedSource:
        source.tally = Tally()  # Capture's own tally belongs to Capture's thread
        resources = ExitStack()
        source.open(resources)
        return OpenedSource(source, resources, size, None)

    def _settings_for(self, size: Size) -> PrimarySettings:
        return self._settings.model_copy(update={"mode": self._mode, "resolution": str(size)})


def _words(directory: str) -> str:
    return f"directory '{plain(directory)}'" if directory else "what the show started with"


def _first_picture(source: Source) -> bytes | None:
    if not isinstance(source, PacedSource):
        return None
    end_ns = time.monotonic_ns() + _LONG_NS
    while (first := source.read(1)) is None and not source.warning:
        if time.monotonic_ns() >= end_ns:  # a folder of broken files is searched in parts
            break
    return first
