"""Some thousands of the messages of bench.fuzz, by its seed: at decoders, and at a stream."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import pytest

from bench.hostile import mutate
from bench.hostile.fuzzers import Feed, Fuzzer, Jobs, Osc, Results
from bench.hostile.mutate import Mutator
from bench.pictures import flat
from bench.ports import free_ports
from lib.control.console import open_console
from lib.osc.packet import OscError, parse
from lib.osc.server import OscServer
from lib.pictures.codec import open_codec
from lib.pictures.exif import orientation
from lib.pictures.header import JpegError, read_header
from lib.wire.messages import (
    Picture,
    WireError,
    decode_job,
    decode_picture,
    decode_result,
)
from lib.zmtp.commands import SocketType
from lib.zmtp.errors import ProtocolError
from tests.rig import primary, until
from tests.stream.conftest import make
from tests.stream.way import Make, check
from tests.zmtp import ends

__all__ = ["make"]


def test_the_same_seed_says_the_same() -> None:
    samples = mutate.results()
    once, again = ([Mutator(1, "x", 7).some(samples)] for _ in range(2))
    assert once == again != [Mutator(1, "x", 8).some(samples)]


DECODERS: dict[str, tuple[list[bytes], Callable[[bytes], object]]] = {
    "results": (mutate.results(), decode_result),
    "jobs": (mutate.jobs(), decode_job),
    "pictures": (mutate.pictures(), decode_picture),
    "OSC": (mutate.packets(), parse),
}


@pytest.mark.parametrize("name", DECODERS)
def test_what_is_nearly_right_is_read_or_refused(name: str) -> None:
    samples, decode = DECODERS[name]
    mutator, refused = Mutator(1, name), 0
    for _ in range(4000):
        try:
            decode(mutator.some(samples))
        except (WireError, OscError) as error:
            assert str(error)
            refused += 1
    assert 400 < refused < 4000


def test_jpegs_that_are_nearly_right_decode_or_are_refused() -> None:
    codec, mutator = open_codec(), Mutator(1, "jpeg")
    samples, decoded = [flat(64, shade) for shade in (9, 99, 199)], 0
    for _ in range(3000):
        one = mutator.some(samples)
        assert 1 <= orientation(one) <= 8
        try:
            size = read_header(one).size
            pixels = codec.decode(one)
        except JpegError as error:
            assert str(error)
            continue
        assert pixels.shape == (size.height, size.width, 3)
        decoded += 1
    assert 100 < decoded < 3000


@pytest.mark.parametrize("kind", [SocketType.PULL, SocketType.PUB])
def test_what_peers_say_is_heard_or_refused(kind: SocketType) -> None:
    label = kind.peers[0].label
    body = b"\5READY\x0bSocket-Type\0\0\0" + bytes([len(label)]) + label
    hello = b"\xff\0\0\0\0\0\0\0\x01\x7f\3\1" + b"NULL".ljust(20, b"\0") + bytes(32)
    samples = [hello + bytes([4, len(body)]) + body + b"\0\3\1ab\4\7\4PING\0\0" * 3]
    mutator, refused = Mutator(1, label.decode()), 0
    for _ in range(3000):
        peer = ends.server(kind, None, 1000)
        try:
            peer.receive(memoryview(mutator.some(samples)), 100)
            assert peer.held <= 1000 and len(peer.outgoing) < 2000
        except ProtocolError as error:
            assert str(error)
            refused += 1
    assert 300 < refused < 3000


@pytest.mark.parametrize("step", range(4))
def test_what_sealed_peers_say_is_heard_or_refused(step: int) -> None:
    """Greeting and HELLO, INITIATE and messages, mutated where the server waits for them."""
    mutator, refused, let_in = Mutator(1, f"curve {step}"), 0, 0
    for _ in range(400):
        ours = ends.server(SocketType.PULL, ends.server_keys(), 1000)
        theirs = ends.client(SocketType.PUSH, ends.client_keys())
        for _ in range(step):
            ends.pass_on(theirs, ours)
            ends.pass_on(ours, theirs)
        said = bytes(theirs.outgoing)
        try:
            if not said:
                said = ends.frame(theirs, b"ab") + ends.frame(theirs, b"c" * 300)
            heard = ends.say(ours, mutator.some([said]))
            assert ours.held <= 1200 and len(ours.outgoing) < 2000
            assert heard in ([], [b"ab"], [b"ab", b"c" * 300])
            let_in += ours.is_ready
        except ProtocolError as error:
            assert str(error)
            refused += 1
    assert refused > 40
    assert (let_in > 0) == (step >= 2)


def test_a_stream_plays_on_while_strangers_knock(make: Make) -> None:
    path = make(fps=30)
    path.add()
    path.see(20)
    seen, over = list[Picture](), threading.Event()

    def watch() -> None:
        while not over.is_set():
            if path.viewer.poll(50):
                seen.append(decode_picture(path.viewer.recv()))

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    settings = path.settings
    doors: dict[type[Fuzzer], int] = {
        Jobs: settings.job_port,
        Results: settings.result_port,
        Feed: settings.output_port,
    }
    with ExitStack() as resources:
        for kind, port in doors.items():
            door, sent, batch = kind(resources, port), 0, 0
            while sent < 3000:
                sent += door.step(batch)
                batch += 1
    count = len(seen)
    assert until(lambda: len(seen) > count + 10)
    over.set()
    watcher.join()
    check(seen)
    assert path.count("lost") == 0
    assert path.count("garbage") > 100
    assert all(later.index > earlier.index for earlier, later in pairwise(seen))


def test_osc_plays_on_while_strangers_send(tmp_path: Path) -> None:
    with ExitStack() as resources:
        (port,) = free_ports(1)
        show = primary(osc_port=port)
        osc = OscServer(show, open_console(show, tmp_path))
        osc.start()
        resources.callback(osc.stop)
        door = Osc(resources, port)
        for batch in range(10):
            door.step(batch)
        assert until(lambda: osc.tally.counts["packets"] >= 1000)
        assert osc.alive and osc.tally.counts["bad_packet"] > 100
