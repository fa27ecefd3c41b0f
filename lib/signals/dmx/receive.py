"""Light desks as sources of signals, by Art-Net and by sACN."""

from __future__ import annotations

import selectors
import socket
import time
from abc import abstractmethod
from contextlib import ExitStack
from typing import ClassVar

from lib.signals.dmx import artnet, sacn
from lib.signals.dmx.channels import DmxChannel, read_channels
from lib.signals.dmx.levels import DmxError, DmxLevels, OtherPacketError, Protocol
from lib.signals.dmx.universe import DmxUniverse
from lib.signals.parts import SignalParts
from lib.signals.source import SignalSource, SourceError

EVERYWHERE = "0.0.0.0"
WAIT_S = 0.1
AT_ONCE = 200  # packets that are read before the thread does anything else
LONGEST = 1144  # of either protocol, with those that carry no levels
LOOK_NS = 250_000_000  # between two looks at whether a sender fell silent
KERNEL_BUFFER = 256 * 1024


class DmxSource(SignalSource):
    """The channels that the settings name, from whoever sends their universes."""

    protocol: ClassVar[Protocol]
    first_universe: ClassVar[int]
    last_universe: ClassVar[int]

    def __init__(self, parts: SignalParts) -> None:
        super().__init__(parts)
        self._universes: dict[int, DmxUniverse] = {}
        self._channels: dict[int, list[DmxChannel]] = {}
        self._lost_ns = 0

    @abstractmethod
    def words(self) -> str:
        """The channels, as the settings have them."""

    @abstractmethod
    def port(self) -> int: ...

    @abstractmethod
    def read_packet(self, data: bytes) -> DmxLevels: ...

    def open(self, resources: ExitStack) -> None:
        setting = f"{self.name.upper()}_IN"
        try:
            channels = read_channels(self.words(), self.first_universe, self.last_universe)
        except ValueError as error:
            raise SourceError(f"{setting}: {error}") from None
        if not channels:
            raise SourceError(f"{setting} names no channel, so nothing listens")
        for each in channels:
            self._channels.setdefault(each.universe, []).append(each)
        self._universes = {one: DmxUniverse(self.protocol, one) for one in self._channels}
        address = self.settings.dmx_bind
        self._sockets = resources.enter_context(selectors.DefaultSelector())
        try:
            for bound in self.addresses(address):
                opened = resources.enter_context(_udp(bound, self.port()))
                self.join(opened, bound, address)
                self._sockets.register(opened, selectors.EVENT_READ)
        except OSError as error:
            said = error.strerror or error
            raise SourceError(f"UDP port {self.port()} of {address}: {said}") from None

    def addresses(self, address: str) -> list[str]:
        """Where it listens: a socket that is bound to one address of this machine hears nothing
        of what is sent to many."""
        return [address]

    def join(self, opened: socket.socket, bound: str, address: str) -> None:
        """Ask the network at `address` for what is sent to many."""

    def step(self) -> None:
        for key, _ in self._sockets.select(WAIT_S):
            opened = key.fileobj
            assert isinstance(opened, socket.socket)
            for _ in range(AT_ONCE):
                try:
                    data, sender = opened.recvfrom(LONGEST + 1)
                except BlockingIOError:
                    break
                self._take(data, sender[0])
        self._lose(time.monotonic_ns())

    def describe(self) -> str:
        heard = [
            f"universe {one.number}: {one.about()}"
            for one in self._universes.values()
            if one.levels(time.monotonic_ns()) is not None
        ]
        return "; ".join(heard) or f"UDP port {self.port()}, nobody sends"

    def _take(self, data: bytes, address: str) -> None:
        try:
            packet = self.read_packet(data)
        except OtherPacketError:
            self.tally.count("other")
            return
        except DmxError:
            self.tally.count("malformed")
            return
        universe = self._universes.get(packet.universe)
        if universe is None:
            self.tally.count("other universe")
            return
        if not packet.sender:
            packet = packet._replace(sender=address.encode(), name=address)
        now_ns = time.monotonic_ns()
        if universe.take(packet, now_ns):
            self.tally.count("in")
            self._put(universe, now_ns)
        else:
            self.tally.count("overtaken or too many")

    def _put(self, universe: DmxUniverse, now_ns: int) -> None:
        levels = universe.levels(now_ns)
        for channel in self._channels[universe.number]:
            value = None if levels is None else channel.value(levels)
            if value is None:
                self._put_lost(channel)
            else:
                self.put(channel.name, value, holds=True)

    def _lose(self, now_ns: int) -> None:
        """A desk that is gone holds nothing: its rows let go."""
        if now_ns < self._lost_ns:
            return
        self._lost_ns = now_ns + LOOK_NS
        for number, universe in self._universes.items():
            if universe.levels(now_ns) is None:
                for channel in self._channels[number]:
                    self._put_lost(channel)

    def _put_lost(self, channel: DmxChannel) -> None:
        name = f"{self.name}.{channel.name}"
        known = self.bus.get(name)
        if known and known.quality:
            self.put(channel.name, known.value, quality=0.0, holds=True)


class ArtnetSource(DmxSource):
    name: ClassVar[str] = "artnet"
    protocol: ClassVar[Protocol] = "artnet"
    first_universe: ClassVar[int] = 0
    last_universe: ClassVar[int] = artnet.UNIVERSES - 1

    def words(self) -> str:
        return self.settings.artnet_in

    def port(self) -> int:
        return self.settings.artnet_port

    def read_packet(self, data: bytes) -> DmxLevels:
        return artnet.read_artnet(data)


class SacnSource(DmxSource):
    name: ClassVar[str] = "sacn"
    protocol: ClassVar[Protocol] = "sacn"
    first_universe: ClassVar[int] = sacn.UNIVERSES.start
    last_universe: ClassVar[int] = sacn.UNIVERSES.stop - 1

    def words(self) -> str:
        return self.settings.sacn_in

    def port(self) -> int:
        return self.settings.sacn_port

    def read_packet(self, data: bytes) -> DmxLevels:
        return sacn.read_sacn(data)

    def addresses(self, address: str) -> list[str]:
        groups = [sacn.group_of(universe) for universe in self._universes]
        return [address] if address == EVERYWHERE else [address, *groups]

    def join(self, opened: socket.socket, bound: str, address: str) -> None:
        for universe in self._universes:
            group = sacn.group_of(universe)
            if bound in (EVERYWHERE, group):
                wanted = socket.inet_aton(group) + socket.inet_aton(address)
                opened.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, wanted)


def _udp(address: str, port: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        # Other programs of this machine may hear the same desk.
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, KERNEL_BUFFER)
        opened.setblocking(False)
        opened.bind((address, port))
    except BaseException:
        opened.close()
        raise
    return opened
