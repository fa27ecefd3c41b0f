"""The colours of the picture as light: chosen areas of what goes out, to fixtures, evenly."""

from __future__ import annotations

import logging
import socket
import time
import uuid
from contextlib import ExitStack
from typing import ClassVar

from lib.core.geometry import Size
from lib.core.pixels import Pixels
from lib.core.wall_light import WallLight
from lib.feed.reader import FeedAddress, FeedReader
from lib.observe import OncePerSecond
from lib.pictures.codec import open_codec
from lib.pictures.header import JpegError, read_header
from lib.signals.dmx import artnet, sacn
from lib.signals.dmx.fixtures import Colour, Patch, average_colours, universe_levels
from lib.signals.dmx.levels import CHANNELS, DmxError
from lib.signals.dmx.patch_file import PatchError, changed_at, load_patch, patch_path
from lib.signals.dmx.receive import EVERYWHERE
from lib.signals.dmx.target import LightTarget, read_target
from lib.signals.pace import Pace
from lib.signals.parts import SignalParts
from lib.signals.source import SignalSource, SourceError
from lib.wire.keys import viewer_key

log = logging.getLogger(__name__)

LEAST_SIZE = Size(160, 90)  # pixels are averaged: more of them change nothing that a lamp shows
LOOK_NS = 1_000_000_000  # between two looks at the file of fixtures
HOPS = 8  # that a packet to all may take: venues have routers between their switches
ENDINGS = 3  # E1.31: a sender says three times that it stops
NAME = "Afterimage"


class DmxOut(SignalSource):
    """An output: it reads the feed, and puts nothing on the bus."""

    name: ClassVar[str] = "dmx-out"

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        self._pace = Pace(self)
        self._light = WallLight()
        self._pixels: Pixels | None = None
        self._patch, self._patch_file = Patch(), patch_path(parts.settings)
        self._changed = (-1, -1)
        self._look_ns = 0
        self._sequence = 0
        self._sender = sacn.SacnSender(uuid.uuid4().bytes, NAME)
        self._complaints = OncePerSecond(log)
        self.colours: list[Colour] = []  # of the fixtures, as they were sent last

    def open(self, resources: ExitStack) -> None:
        try:
            self._target = read_target(self.settings.dmx_out)
            self._socket = resources.enter_context(_sending(self._target, self.settings.dmx_bind))
        except (ValueError, OSError) as error:
            said = getattr(error, "strerror", None) or error
            raise SourceError(f"DMX_OUT: {said}") from None
        settings = self.settings
        address = FeedAddress("127.0.0.1", settings.output_port, viewer_key(settings.keys))
        self._feed = FeedReader(resources, address, self.tally, settings.hold_s, settings.fade_s)
        self._codec = open_codec()
        self._read_patch()
        resources.callback(self._end)

    def step(self) -> None:
        now_ns = time.monotonic_ns()
        if now_ns >= self._look_ns:
            self._look_ns = now_ns + LOOK_NS
            self._feed.keep_connected()
            self._read_patch()
        self._take_picture(now_ns)
        self._send(self._now(now_ns))
        self._pace.wait()

    def describe(self) -> str:
        patch, target = self._patch, self._target
        count = len(patch.fixtures)
        to = target.host or "all who listen"
        return f"{count} fixture{'s' * (count != 1)} by {target.protocol} to {to}"

    def _take_picture(self, now_ns: int) -> None:
        played = self.parts.played()
        if played.freeze and self._pixels is not None:
            self._feed.freeze(now_ns)
            self._feed.read(0)
            return
        self._feed.thaw(now_ns)
        picture = self._feed.read(0)
        if picture is None:
            return
        try:
            header = read_header(picture.jpg)
            self._pixels = self._codec.decode_scaled(picture.jpg, header.size, LEAST_SIZE)
        except JpegError as error:
            self._feed.refuse(error)
            return
        self._feed.put_out(picture, now_ns)

    def _now(self, now_ns: int) -> list[Colour]:
        played, moved = self.parts.played(), self.parts.moved()
        self._light.take(played.opacity, played.black, played.glide_ms * 1_000_000, now_ns)
        light = self._light.at(now_ns, moved.get("opacity")) * self._feed.opacity(now_ns)
        if not self.parts.now.known:  # a room that is dark for the night stays so after a restart
            light = 0.0
        areas = [one.area for one in self._patch.fixtures]
        if self._pixels is None:
            return [(0.0, 0.0, 0.0)] * len(areas)
        return average_colours(self._pixels, areas, light)

    def _send(self, colours: list[Colour]) -> None:
        self.colours = colours
        self._sequence += 1
        for universe, levels in universe_levels(self._patch, colours).items():
            self._send_levels(universe, levels)

    def _send_levels(self, universe: int, levels: bytes, *, ended: bool = False) -> None:
        protocol, host, port = self._target
        levels = levels.ljust(CHANNELS, b"\0")  # channels without a fixture are dark, too
        try:
            if protocol == "artnet":
                packet = artnet.write_artnet(universe, levels, self._sequence)
            else:
                packet = sacn.write_sacn(
                    self._sender, universe, levels, self._sequence, ended=ended
                )
                host = host or sacn.group_of(universe)
            self._socket.sendto(packet, (host, port))
            self.tally.count("out")
        except DmxError as error:
            self.tally.count("no such universe")
            self._complaints.warning("universe", "light: %s", error)
        except OSError as error:
            self.tally.count("not sent")
            self._complaints.warning("send", "light to %s: %s", host, error.strerror or error)

    def _end(self) -> None:
        self._darken(self._patch.universes)

    def _darken(self, universes: list[int]) -> None:
        """Dark, and for sACN said to be over: else a desk waits 2.5 s for more."""
        for _ in range(ENDINGS if universes else 0):
            self._sequence += 1
            for universe in universes:
                self._send_levels(universe, b"", ended=self._target.protocol == "sacn")

    def _read_patch(self) -> None:
        changed = changed_at(self._patch_file)
        if changed == self._changed:
            return
        self._changed = changed
        before = self._patch.universes
        try:
            self._patch = load_patch(self._patch_file)
        except PatchError as error:
            self.tally.count("bad fixtures")
            log.warning("%s; the fixtures stay as they were", error)
        # A lamp keeps what it was told last.
        self._darken([one for one in before if one not in self._patch.universes])


def _sending(target: LightTarget, address: str) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setblocking(False)
        # Art-Net's address for all is a broadcast.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HOPS)
        if address not in (EVERYWHERE, "127.0.0.1"):  # else the machine's usual network
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(address))
        if target.host:
            socket.inet_aton(target.host)  # a name would be resolved thirty times a second
    except BaseException:
        opened.close()
        raise
    return opened
