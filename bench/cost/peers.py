"""The same frames there and back through imagezmq and vidgear, beside ours.

    pip install imagezmq vidgear
    python -m bench.cost.transport --only peers

Each moves a 512x512 JPEG to another process, which decodes and encodes it, and back. imagezmq does
it as a request and its reply; vidgear's NetGear takes pixels, so it encodes and decodes once more
on the near side: that is its own way, and part of its figure.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from bench.pictures import QUALITY, picture
from bench.ports import free_ports
from bench.processes import Ending, cpu_s, percentiles
from lib.pictures.codec import open_codec


class Line(Protocol):
    def __call__(self, name: str, values: list[float], unit: str, /) -> float: ...


def imagezmq_far(port: int) -> None:
    import imagezmq

    hub, codec = imagezmq.ImageHub(f"tcp://127.0.0.1:{port}"), open_codec()
    while True:
        _, jpg = hub.recv_jpg()
        hub.send_reply(codec.encode(codec.decode(bytes(jpg)), QUALITY))


@contextmanager
def imagezmq_near(port: int, _: int) -> Iterator[Callable[[bytes], object]]:
    import imagezmq

    sender = imagezmq.ImageSender(f"tcp://127.0.0.1:{port}")
    yield lambda jpg: sender.send_jpg("frame", jpg)
    sender.close()


def _netgear(port: int, receive: bool) -> Any:
    from vidgear.gears import NetGear

    options = {"jpeg_compression": "RGB", "jpeg_compression_quality": QUALITY}
    return NetGear(
        address="127.0.0.1", port=str(port), protocol="tcp", pattern=0, receive_mode=receive,
        logging=False, **options,
    )  # fmt: skip


def vidgear_far(port: int, back: int) -> None:
    there, again = _netgear(port, receive=True), _netgear(back, receive=False)
    while (frame := there.recv()) is not None:
        again.send(frame)


@contextmanager
def vidgear_near(port: int, back: int) -> Iterator[Callable[[bytes], object]]:
    there, again, codec = _netgear(port, receive=False), _netgear(back, receive=True), open_codec()

    def exchange(jpg: bytes) -> object:
        there.send(codec.decode(jpg))
        return codec.encode(again.recv(), QUALITY)

    yield exchange
    there.close()
    again.close()


PEERS = {"imagezmq": (imagezmq_far, imagezmq_near), "vidgear": (vidgear_far, vidgear_near)}


def run(name: str, fps: float, seconds: float) -> dict[str, float]:
    """One exchange after the other, at this rate or (0) as fast as it goes."""
    port, back = free_ports(2)
    jpgs = [picture(number) for number in range(16)]
    with Ending() as ending:
        ending.start([sys.executable, "-m", "bench.cost.peers", name, "far", str(port), str(back)])
        time.sleep(2.5)
        with PEERS[name][1](port, back) as exchange:
            for jpg in jpgs:
                exchange(jpg)
            pids = [os.getpid(), *ending.pids]
            before, start_s = cpu_s(pids), time.monotonic()
            next_s, latencies = start_s, []
            while time.monotonic() < start_s + seconds:
                time.sleep(max(0.0, next_s - time.monotonic()))
                next_s += 1 / fps if fps else 0
                sent_s = time.monotonic()
                exchange(jpgs[len(latencies) % len(jpgs)])
                latencies.append(1000 * (time.monotonic() - sent_s))
            span_s = time.monotonic() - start_s
            used = cpu_s(pids) - before
    frames = len(latencies)
    return {"fps": frames / span_s, "cpu_ms": 1000 * used / frames, **percentiles(latencies)}


def compare(line: Line, runs: int, seconds: float) -> None:
    for name in PEERS:
        if importlib.util.find_spec(name) is None:
            print(f"  {name} is not installed: pip install {name}")
            continue
        for fps in (60, 0):
            seen = [_apart(name, fps, seconds) for _ in range(runs)]
            words = f"{name}, {fps} fps" if fps else f"{name}, as fast as it goes"
            if not fps:
                line(words, [one["fps"] for one in seen], "fps")
            line(words, [one["cpu_ms"] for one in seen], "ms CPU")
            line(f"{words}, p50", [one["p50"] for one in seen], "ms")
            line(f"{words}, p99", [one["p99"] for one in seen], "ms")


def _apart(name: str, fps: float, seconds: float) -> dict[str, float]:
    """In a process of its own: one run's threads and sockets must not burden the next."""
    command = [sys.executable, "-m", "bench.cost.peers", name, "near", str(fps), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    peer, side, one, two = sys.argv[1:5]
    if side == "far":
        PEERS[peer][0](int(one), int(two)) if peer == "vidgear" else imagezmq_far(int(one))
    else:
        print(json.dumps(run(peer, float(one), float(two))))
