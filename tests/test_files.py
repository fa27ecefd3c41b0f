"""Only regular files are read, up to a limit, and opening one never waits."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lib.files import (
    UnfitFileError,
    append_regular,
    create_fresh,
    open_regular,
    read_end,
    read_regular,
    read_text,
)

READERS: list[Callable[[Path], object]] = [
    open_regular,
    append_regular,
    read_regular,
    read_text,
    lambda path: read_end(path, 10),
]


def odd_files(folder: Path) -> list[Path]:
    """A FIFO, a socket, a folder, and a link to a device that never ends."""
    fifo, bound, device, inside = (folder / name for name in ("fifo", "socket", "device", "folder"))
    os.mkfifo(fifo)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(bound))
    device.symlink_to("/dev/zero")
    inside.mkdir()
    return [fifo, bound, device, inside]


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    began_s = time.monotonic()
    for path in odd_files(tmp_path):
        for read in READERS:
            with pytest.raises(OSError, match=r"no regular file|Is a directory|No such device"):
                read(path)
    assert time.monotonic() - began_s < 1
    descriptors = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with pytest.raises(UnfitFileError):
            open_regular(tmp_path / "fifo")
    assert len(list(Path("/proc/self/fd").iterdir())) == descriptors, "each is closed again"


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"1234")
    assert read_regular(path, 4) == b"1234"
    with pytest.raises(UnfitFileError, match="it has more than"):
        read_regular(path, 3)
    assert read_end(path, 3) == b"234" and read_end(path, 9) == b"1234"
    os.truncate(path, 2**40)  # a file of holes costs nobody anything
    with pytest.raises(UnfitFileError, match="it has more than 1 MB"):
        read_text(path)
    assert read_end(path, 3) == b"\0\0\0"


def test_texts_and_files_that_say_they_are_empty_are_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes("é\r\n猫\r".encode())
    assert read_text(path) == "é\n猫\n"
    path.write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_text(path)
    assert read_text(path, errors="replace") == "\ufffd"
    assert "MemTotal" in read_text("/proc/meminfo")


def test_a_file_is_added_to_or_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a"
    for word in (b"one ", b"two"):
        with append_regular(path, 0o600) as file:
            file.write(word)
    assert path.read_bytes() == b"one two" and path.stat().st_mode & 0o777 == 0o600
    other = tmp_path / "other"
    other.symlink_to(path)
    with create_fresh(other) as file:
        file.write(b"mine")
    assert other.read_bytes() == b"mine" and path.read_bytes() == b"one two"
    os.mkfifo(tmp_path / "fifo")
    with create_fresh(tmp_path / "fifo") as file:
        file.write(b"kept")
    assert (tmp_path / "fifo").read_bytes() == b"kept"
