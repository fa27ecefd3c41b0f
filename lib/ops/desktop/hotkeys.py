"""Alt+R and Alt+Q without a desktop, read from the keyboards directly.

cage has no shortcuts, and bare X has no program that would. Keys are recognised by their place:
where R and Q are on an English keyboard.

The kernel's events of 24 bytes are parsed here, since the package evdev has no wheels: it needs a
compiler and the kernel's headers on every machine with a screen.
"""

from __future__ import annotations

import logging
import os
import selectors
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

log = logging.getLogger(__name__)

EVENT = struct.Struct("llHHi")  # struct input_event: seconds, microseconds, type, code, value
EV_KEY, PRESSED, RELEASED = 1, 1, 0
ALT = {56, 100}
OTHERS = {29, 97, 42, 54, 125, 126}  # control, shift, the logo keys: another shortcut
R, Q = 19, 16
FOLDER = Path("/dev/input")
LOOK_AGAIN_S = 2.0  # between two searches for keyboards that were plugged in


class Chord:
    """The keys held on one keyboard, and what a press means with them."""

    def __init__(self) -> None:
        self._held: set[int] = set()

    def feel(self, kind: int, code: int, value: int) -> int | None:
        """Take in an event; return R or Q if it was pressed with Alt and nothing else."""
        if kind != EV_KEY:
            return None
        if value == RELEASED:
            self._held.discard(code)
        elif value == PRESSED:
            before = set(self._held)
            self._held.add(code)
            if code in (R, Q) and before & ALT and not before & OTHERS:
                return code
        return None


class Keyboards:
    """All keyboards, including those that are plugged in and out."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._selector = selectors.DefaultSelector()
        self._open: dict[Path, int] = {}
        self._next_look_s = 0.0

    def __enter__(self) -> Keyboards:
        return self

    def __exit__(self, *_: object) -> None:
        for path in list(self._open):
            self._close(path)
        self._selector.close()

    def __len__(self) -> int:
        return len(self._open)

    def pressed(self, timeout_s: float) -> list[int]:
        self._look()
        found = []
        for key, _ in self._selector.select(timeout_s):
            path, chord = key.data
            try:
                data = os.read(key.fd, EVENT.size * 64)
            except OSError:  # unplugged
                data = b""
            if not data:
                self._close(path)
                continue
            whole = len(data) - len(data) % EVENT.size
            for _, _, kind, code, value in EVENT.iter_unpack(data[:whole]):
                meant = chord.feel(kind, code, value)
                if meant is not None:
                    found.append(meant)
        return found

    def _look(self) -> None:
        if time.monotonic() < self._next_look_s:
            return
        self._next_look_s = time.monotonic() + LOOK_AGAIN_S
        for path in self._folder.glob("event*"):
            if path in self._open:
                continue
            try:
                number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            except OSError:  # not permitted, or unplugged again
                continue
            self._open[path] = number
            self._selector.register(number, selectors.EVENT_READ, (path, Chord()))

    def _close(self, path: Path) -> None:
        number = self._open.pop(path)
        self._selector.unregister(number)
        os.close(number)


def listen(
    actions: Mapping[int, Callable[[], None]], quit_event: threading.Event, folder: Path = FOLDER
) -> int:
    with Keyboards(folder) as keyboards:
        told = False
        while not quit_event.is_set():
            for key in keyboards.pressed(0.25):
                actions[key]()
            if not keyboards and not told:
                told = True
                log.warning("no keyboard can be read: sudo usermod -aG input $USER, log in again")
    return 0


def starts(script: Path) -> Callable[[], None]:
    """A call that starts the script in a session of its own, to outlive the screen that it ends."""

    def start() -> None:
        log.info("%s", script.name)
        try:
            process = subprocess.Popen(
                [str(script)], stdin=subprocess.DEVNULL, start_new_session=True
            )
        except OSError as error:
            log.warning("%s cannot be started: %s", script, error)
            return
        threading.Thread(target=process.wait, daemon=True).start()

    return start
