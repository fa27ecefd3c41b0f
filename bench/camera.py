"""A camera on the network, that can be lost and come back, and changes its rate when it is told to.

    python -m bench.camera --port 8080 --fps 60

A process of its own, as moving JPEG over HTTP, which OpenCV opens as it opens any other camera.
With `--zmq` it publishes on the port instead, as a program before us does. Its pictures are
numbered, or with `--plain` those of the other benchmarks. An empty line on its standard input loses
it without a word, or brings it back; with `--zmq` a number is its new rate. It ends with its input.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, suppress
from fractions import Fraction

from bench.pictures import COUNT, numbered, picture
from bench.ports import LOCAL
from bench.processes import Program, flags
from lib.core.pacer import SECOND_NS, Pacer
from lib.wire.messages import Picture, encode
from lib.wire.sockets import NOBLOCK, feed_out

HEAD = b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=picture\r\n\r\n"
PART = b"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n"
MOST_FPS = 240  # for which the feed holds a twentieth of a second


class Reel:
    """The pictures, each when it is due, the same for all who look."""

    def __init__(self, fps: float, pictures: Sequence[bytes]) -> None:
        self._rate = Fraction(str(fps))
        self._pictures = pictures
        self._begun_ns = time.monotonic_ns()

    def play(self) -> Iterator[bytes]:
        pacer = Pacer(self._rate, self._begun_ns)
        pacer.advance(time.monotonic_ns())
        while True:
            time.sleep(max(0, pacer.due_ns - time.monotonic_ns()) / SECOND_NS)
            yield self._pictures[pacer.number % len(self._pictures)]
            pacer.advance(time.monotonic_ns())


class Http:
    """One listener while it is there; its viewers are cut off when it is lost."""

    def __init__(self, reel: Reel, port: int) -> None:
        self.reel, self._port = reel, port
        self._there = ExitStack()

    def come(self) -> None:
        listener = socket.create_server((LOCAL, self._port))
        self._there.callback(listener.close)
        self._there.callback(listener.shutdown, socket.SHUT_RDWR)
        threading.Thread(target=self._meet, args=(listener,), daemon=True).start()

    def go(self) -> None:
        self._there.close()

    def _meet(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                guest, _ = listener.accept()
                self._there.callback(_end, guest)
                threading.Thread(target=self._show, args=(guest,), daemon=True).start()

    def _show(self, guest: socket.socket) -> None:
        with guest, suppress(OSError):
            guest.recv(4096)
            guest.sendall(HEAD)
            for jpg in self.reel.play():
                guest.sendall(PART % len(jpg) + jpg + b"\r\n")


def _end(guest: socket.socket) -> None:
    with suppress(OSError):
        guest.shutdown(socket.SHUT_RDWR)


class Feed:
    """Publishes while it is there; the port stays open, as with a program that hangs."""

    def __init__(self, reel: Reel, port: int) -> None:
        self.reel, self._port = reel, port
        self._is_there = threading.Event()
        threading.Thread(target=self._publish, daemon=True).start()

    def come(self) -> None:
        self._is_there.set()

    def go(self) -> None:
        self._is_there.clear()

    def _publish(self) -> None:
        with ExitStack() as resources:
            feed, number = feed_out(resources, LOCAL, self._port, MOST_FPS), 0
            while reel := self.reel:
                for jpg in reel.play():
                    if reel is not self.reel:
                        break
                    number += 1
                    if self._is_there.is_set():
                        stamp = int(1000 * time.time())
                        feed.send(encode(Picture(stamp, number, jpg)), NOBLOCK)


class Camera(Program):
    """As its user has it: there from the start."""

    def __init__(self, port: int, fps: float, *flags: str) -> None:
        where = ["--port", str(port), "--fps", f"{fps:g}", *flags]
        super().__init__("-m", "bench.camera", *where, talks=True)
        self._expect(self.hear(), "there")

    def lose(self) -> None:
        self._expect(self.ask(""), "away")

    def bring_back(self) -> None:
        self._expect(self.ask(""), "there")

    def pace(self, fps: float) -> None:
        self._expect(self.ask(f"{fps:g}"), "there")

    def _expect(self, heard: str, word: str) -> None:
        if heard != word:
            self.end()
            raise RuntimeError(f"the camera is not {word}")


def main() -> None:
    options = flags(__doc__, port=8080, fps=60.0, zmq=False, plain=False).parse_args()
    make, count = (picture, 16) if options.plain else (numbered, COUNT)
    pictures = [make(number) for number in range(count)]
    camera = (Feed if options.zmq else Http)(Reel(options.fps, pictures), options.port)
    camera.come()
    there = True
    print("there", flush=True)
    for order in sys.stdin:
        if order.strip():
            camera.reel = Reel(float(order), pictures)
        else:
            there = not there
            _ = camera.come() if there else camera.go()
        print("there" if there else "away", flush=True)


if __name__ == "__main__":
    main()
