"""The colours of the picture, as programs that others wrote receive them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sacn
from stupidArtnet import StupidArtnetServer

from lib.pictures.codec import open_codec
from lib.signals.dmx.fixtures import Area, Fixture, Patch
from lib.signals.dmx.patch_file import PatchError, load_patch, patch_path, save_patch
from lib.signals.dmx.send import DmxOut
from lib.signals.dmx.target import read_target
from lib.signals.parts import SignalParts
from lib.signals.source import SourceError
from lib.wire.messages import Picture, encode
from lib.wire.sockets import Socket, feed_out
from tests.ports import free_ports
from tests.signals.stand import parts_with, running, until

LEFT, RIGHT = Area(width=0.5), Area(x=0.5, width=0.5)
PATCH = Patch(
    fixtures=(
        Fixture(universe=3, channel=1, area=LEFT),
        Fixture(universe=3, channel=4, area=RIGHT),
        Fixture(universe=3, channel=9, kind="dimmer16", area=RIGHT),
    )
)


def picture(left: tuple[int, int, int], right: tuple[int, int, int]) -> bytes:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, :32], pixels[:, 32:] = left, right
    return open_codec().encode(pixels, 90)


class FeedStand:
    """A feed, and what is played."""

    def __init__(self, resources: ExitStack, folder: Path, **settings: Any) -> None:
        (port,) = free_ports(1)
        self.feed: Socket = feed_out(resources, "127.0.0.1", port)
        self.parts: SignalParts = parts_with(folder, output_port=port, **settings)
        save_patch(patch_path(self.parts.settings), PATCH)
        self.number = 0
        self.play(glide_ms=0)

    def play(self, **changes: Any) -> None:
        now = self.parts.now
        now.take(now.number + 1, now.played.model_copy(update=changes))

    def show(self, jpg: bytes) -> None:
        self.number += 1
        self.feed.send(encode(Picture(1_700_000_000_000 + 33 * self.number, self.number, jpg)))


class SacnReceiver:
    """Their receiver, and the latest levels of universe 3."""

    def __init__(self, port: int) -> None:
        self.levels: tuple[int, ...] = ()
        self.times: list[float] = []
        self.left: list[int] = []
        self.theirs = sacn.sACNreceiver(bind_address="127.0.0.1", bind_port=port)
        self.theirs.register_listener("universe", self._take, universe=3)
        self.theirs.register_listener("availability", self._availability)
        self.theirs.start()

    def _take(self, packet: Any) -> None:
        self.levels = packet.dmxData
        self.times.append(time.monotonic())

    def _availability(self, universe: int, changed: str) -> None:
        if changed == "timeout":
            self.left.append(universe)


@pytest.fixture
def receiver() -> Iterator[tuple[int, SacnReceiver]]:
    (port,) = free_ports(1)
    receiver = SacnReceiver(port)
    yield port, receiver
    receiver.theirs.stop()


def near(levels: tuple[int, ...], *expected: int) -> bool:
    return len(levels) == 512 and all(
        abs(level - wanted) <= 4 for level, wanted in zip(levels, expected, strict=False)
    )


def test_their_sacn_receiver_sees_the_picture_as_it_goes_out(
    tmp_path: Path, receiver: tuple[int, SacnReceiver]
) -> None:
    port, theirs = receiver
    red_and_grey = picture((200, 0, 0), (100, 100, 100))
    with ExitStack() as resources:
        stand = FeedStand(resources, tmp_path, dmx_out=f"sacn 127.0.0.1:{port}")
        out = resources.enter_context(running(DmxOut(stand.parts)))

        def shows(*expected: int) -> None:
            def showing() -> bool:
                stand.show(red_and_grey)
                time.sleep(0.02)
                return near(theirs.levels, *expected)

            until(showing)

        shows(200, 0, 0, 100, 100, 100, 0, 0, 100)
        stand.play(opacity=0.5)
        shows(100, 0, 0, 50, 50, 50, 0, 0, 50)
        stand.parts.now.moved = {"opacity": 0.25}
        shows(50, 0, 0, 25, 25, 25)
        stand.play(black=True)
        until(lambda: theirs.levels == (0,) * 512)
        stand.play(black=False, opacity=1.0)
        stand.parts.now.moved = {}
        shows(200, 0, 0)
        assert out.describe() == "3 fixtures by sacn to 127.0.0.1"
    until(lambda: 3 in theirs.left)
    assert theirs.levels == (0,) * 512, "it left the room dark"


def test_their_artnet_receiver_sees_the_same(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    server = StupidArtnetServer(port)
    listener = server.register_listener(3, is_simplified=True)
    with ExitStack() as resources:
        stand = FeedStand(resources, tmp_path, dmx_out=f"artnet 127.0.0.1:{port}")
        resources.enter_context(running(DmxOut(stand.parts)))

        def showing() -> bool:
            stand.show(picture((0, 0, 250), (30, 60, 90)))
            time.sleep(0.02)
            return near(tuple(server.get_buffer(listener) or ()), 0, 0, 250, 30, 60, 90)

        until(showing)
    with suppress(OSError):
        server.close()


def test_it_sends_evenly_without_pictures_and_a_lost_feed_fades(
    tmp_path: Path, receiver: tuple[int, SacnReceiver]
) -> None:
    port, theirs = receiver
    with ExitStack() as resources:
        stand = FeedStand(
            resources, tmp_path, dmx_out=f"sacn 127.0.0.1:{port}", hold_s=0.2, fade_s=0.3
        )
        resources.enter_context(running(DmxOut(stand.parts)))

        def showing() -> bool:
            stand.show(picture((255, 255, 255), (255, 255, 255)))
            time.sleep(0.02)
            return near(theirs.levels, 255)

        until(showing)
        until(lambda: near(theirs.levels, 0))
        sent = resources and theirs.times
        assert len(sent) > 3


def test_a_frozen_picture_keeps_its_colours(
    tmp_path: Path, receiver: tuple[int, SacnReceiver]
) -> None:
    port, theirs = receiver
    with ExitStack() as resources:
        stand = FeedStand(resources, tmp_path, dmx_out=f"sacn 127.0.0.1:{port}")
        out = resources.enter_context(running(DmxOut(stand.parts)))

        def shown(jpg: bytes, *expected: int) -> bool:
            stand.show(jpg)
            time.sleep(0.02)
            return near(theirs.levels, *expected)

        until(lambda: shown(picture((255, 0, 0), (0, 0, 0)), 255, 0, 0))
        stand.play(freeze=True)
        before = out.tally.counts["out"]
        time.sleep(0.1)
        for _ in range(5):
            assert shown(picture((0, 255, 0), (0, 0, 0)), 255, 0, 0)
        until(lambda: out.tally.counts["out"] > before + 10)


def test_a_lamp_that_is_taken_away_goes_dark(
    tmp_path: Path, receiver: tuple[int, SacnReceiver]
) -> None:
    port, theirs = receiver
    with ExitStack() as resources:
        stand = FeedStand(resources, tmp_path, dmx_out=f"sacn 127.0.0.1:{port}")
        out = resources.enter_context(running(DmxOut(stand.parts)))

        def showing() -> bool:
            stand.show(picture((255, 0, 0), (0, 0, 0)))
            time.sleep(0.02)
            return near(theirs.levels, 255)

        until(showing)
        path = patch_path(stand.parts.settings)
        path.write_bytes(b"{not a patch")
        until(lambda: out.tally.counts["bad fixtures"] == 1)
        assert near(theirs.levels, 255), "the fixtures stay as they were"
        save_patch(path, Patch(fixtures=(Fixture(universe=4),)))
        until(lambda: theirs.levels == (0,) * 512 and 3 in theirs.left)


def test_a_room_stays_dark_until_it_is_known_what_is_played(
    tmp_path: Path, receiver: tuple[int, SacnReceiver]
) -> None:
    port, theirs = receiver
    with ExitStack() as resources:
        stand = FeedStand(resources, tmp_path, dmx_out=f"sacn 127.0.0.1:{port}")
        stand.parts.now.known = False
        out = resources.enter_context(running(DmxOut(stand.parts)))

        def came() -> bool:
            stand.show(picture((255, 0, 0), (0, 0, 0)))
            return out.tally.counts["in"] > 3 and len(theirs.times) > 0

        until(came)
        assert theirs.levels == (0,) * 512


@pytest.mark.parametrize(
    "words", ["", "dmx", "artnet", "sacn 10.0.0.5:x", "artnet desk.example", "sacn nowhere"]
)
def test_a_wrong_target_is_one_sentence(tmp_path: Path, words: str) -> None:
    with running(DmxOut(parts_with(tmp_path, dmx_out=words))) as source:
        assert isinstance(source.failure, SourceError)
        assert str(source.failure).startswith("DMX_OUT: ")


def test_targets_are_read() -> None:
    assert read_target("sacn") == ("sacn", "", 5568)
    assert read_target("sacn 10.0.0.5") == ("sacn", "10.0.0.5", 5568)
    assert read_target("artnet 2.255.255.255:7000") == ("artnet", "2.255.255.255", 7000)


def test_the_file_of_fixtures_is_whole_or_said_to_be_wrong(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "fixtures.json"
    assert load_patch(path) == Patch()
    save_patch(path, PATCH)
    assert load_patch(path) == PATCH
    path.write_bytes(b"x" * 2_000_000)
    with pytest.raises(PatchError, match="more than"):
        load_patch(path)
    path.unlink()
    path.mkdir()
    with pytest.raises(PatchError, match="cannot be read"):
        load_patch(path)
    with pytest.raises(PatchError, match="cannot be written"):
        save_patch(path, PATCH)
