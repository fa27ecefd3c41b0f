"""The state folder: small files that survive a power cut, and the journal's lines.

A file is written beside the old one and replaces it once it is safe on the disk, so there is always
a whole one. Only this stage waits for the disk. If the disk is full or cannot be written, the state
would be lost in a restart, but the show goes on.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections import deque
from contextlib import ExitStack, suppress
from pathlib import Path

from lib.control.notices import DAY_S, Notices
from lib.files import UnfitFileError, append_regular, create_fresh, read_end, read_regular
from lib.stage import REST_S, Stage

WRITE_EVERY_S = 0.4
RETRY_S = 5.0
CLAIM_WITHIN_S = 1.0  # how long the lock is tried: the process before this one may be ending
LARGEST_FILE = 32 * 1024 * 1024
JOURNAL, REFUSALS = "journal.jsonl", "refusals.jsonl"
JOURNAL_BYTES = 1024 * 1024  # of one file
# Files of each, including the older ones, journal.1.jsonl and so on. Refusals have their own, since
# anybody can cause thousands, and must not thereby remove what people did.
JOURNALS = {JOURNAL: 5, REFUSALS: 2}
MOST_LINES = 1000  # of each that wait while the disk cannot be written


class Store(Stage):
    """Takes documents from any thread and writes them on its own, a few times a second."""

    def __init__(self, folder: Path, notices: Notices) -> None:
        super().__init__()
        self._folder, self._notices = folder, notices
        self._waiting = threading.Lock()
        self._documents: dict[str, object] = {}
        self._lines = _no_lines()
        self._wanted = threading.Event()
        self._writing = False
        self._next_s = 0.0
        self._held = ExitStack()
        self._ours = self._claim()

    def open(self, resources: ExitStack) -> None:
        resources.enter_context(self._held)
        resources.callback(self._write)  # what still waits when the show ends

    def step(self) -> None:
        left_s = self._next_s - time.monotonic() if self._wanted.is_set() else REST_S
        if left_s > 0:
            self.pause(min(left_s, REST_S))
        else:
            self._write()

    def put(self, name: str, document: object) -> None:
        """Write a document soon; a newer one of the same name replaces it. The caller must not
        change it any more."""
        if self._ours:
            with self._waiting:
                self._documents[name] = document
                self._want()

    def append(self, name: str, line: str) -> None:
        """Add a line to one of the journals."""
        if self._ours:
            with self._waiting:
                self._lines[name].append(line)
                self._want()

    def _want(self) -> None:
        if not self._wanted.is_set():
            self._wanted.set()
            self.stir()

    def read(self, name: str) -> object | None:
        """The document of this name; None if there is none, or it cannot be read."""
        path = self._folder / name
        if not self._ours:
            return None
        try:
            return _parsed(read_regular(path, LARGEST_FILE))
        except FileNotFoundError:
            return None
        except UnfitFileError as error:
            self.set_aside(name, str(error.strerror))
        except OSError as error:
            self._notices.say(f"read {name}", f"{path} cannot be read: {error.strerror}", DAY_S)
        except ValueError as error:
            self.set_aside(name, str(error))
        return None

    def set_aside(self, name: str, why: str) -> None:
        """Keep a damaged file under another name, for people to inspect."""
        path = self._folder / name
        text = f"{path} is damaged ({why})"
        try:
            path.replace(path.with_name(name + ".damaged"))
            text += f"; it is now {name}.damaged, and what it held is lost"
        except OSError as error:
            text += f" and cannot be set aside: {error.strerror}"
        self._notices.say(f"damaged {name}", text, DAY_S)

    def last_lines(self, name: str, most: int) -> list[str]:
        """The last lines of a journal, the oldest first."""
        lines: list[str] = []
        for one in (_numbered(name, 1), name) if self._ours else ():
            try:
                end = read_end(self._folder / one, 2 * JOURNAL_BYTES)
                lines += end.decode("utf-8", "replace").splitlines()
            except UnfitFileError as error:
                self.set_aside(one, str(error.strerror))
            except OSError:  # the first show has no journal
                continue
        return lines[-most:]

    @property
    def settled(self) -> bool:
        """Whether all that was put is on the disk."""
        with self._waiting:
            return not self._wanted.is_set() and not self._writing

    def _claim(self) -> bool:
        """Lock the folder against other primaries. The lock ends with the process, however that
        ends."""
        until = time.monotonic() + CLAIM_WITHIN_S
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            self._say_lost(error)
            return True  # perhaps the folder can be made later
        self._held.callback(os.close, folder)
        while True:
            try:
                fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < until:
                    time.sleep(0.05)
                    continue
                self._notices.say(
                    "state",
                    f"another primary uses the folder {self._folder}, so nothing is kept here; "
                    "--state_dir chooses another",
                )
                return False
            except OSError:
                pass  # a file system without locks
            return True

    def _write(self) -> None:
        with self._waiting:
            documents, self._documents = self._documents, {}
            lines, self._lines = self._lines, _no_lines()
            self._wanted.clear()
            self._writing = True
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for name, document in documents.items():
                _replace(self._folder / name, _encoded(document))
            for name, waiting in lines.items():
                self._write_lines(name, waiting)
        except OSError as error:
            with self._waiting:
                self._documents = documents | self._documents
                for name, later in self._lines.items():
                    self._lines[name] = deque([*lines[name], *later], MOST_LINES)
                self._wanted.set()
            self._say_lost(error)
            self._next_s = time.monotonic() + RETRY_S
        else:
            self._notices.unsay("state")
            self._next_s = time.monotonic() + WRITE_EVERY_S
        finally:
            self._writing = False

    def _write_lines(self, name: str, lines: deque[str]) -> None:
        """Take the lines that were written out of `lines`. No file grows beyond its limit, however
        many lines come at once."""
        path = self._folder / name
        while lines:
            done = 0
            with append_regular(path) as file:
                size = file.tell()
                if size and not _ends_line(file.fileno(), size):
                    size += file.write(b"\n")  # a power cut or a full disk cut off the line before
                for line in lines:
                    data = f"{line}\n".encode()
                    if size and size + len(data) > JOURNAL_BYTES:
                        break
                    size += file.write(data)
                    done += 1
            for _ in range(done):
                lines.popleft()
            if lines:
                self._rotate(name)

    def _rotate(self, name: str) -> None:
        for number in reversed(range(JOURNALS[name] - 1)):
            with suppress(FileNotFoundError):
                older = self._folder / _numbered(name, number + 1)
                (self._folder / _numbered(name, number)).replace(older)

    def _say_lost(self, error: OSError) -> None:
        self._notices.say(
            "state",
            f"{self._folder} cannot be written ({error.strerror}): "
            "the show goes on, but what is changed now would be lost in a restart",
        )


def _no_lines() -> dict[str, deque[str]]:
    return {name: deque(maxlen=MOST_LINES) for name in JOURNALS}


def _parsed(data: bytes) -> object:
    try:
        document: object = json.loads(data)
    except RecursionError as error:
        raise ValueError("it is nested too deep") from error
    except ValueError as error:
        raise ValueError(f"line {getattr(error, 'lineno', 1)} is not valid JSON") from error
    return document


def _encoded(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "backslashreplace")


def _replace(path: Path, data: bytes) -> None:
    """Replace a file: after a power cut there is either the old one or the new one, whole."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        with create_fresh(fresh) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        with suppress(OSError):
            fresh.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _ends_line(file: int, size: int) -> bool:
    return os.pread(file, 1, size - 1) == b"\n"


def _numbered(name: str, number: int) -> str:
    return name.replace(".", f".{number}.") if number else name
