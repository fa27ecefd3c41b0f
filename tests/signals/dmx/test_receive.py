"""Light desks that others wrote, over real sockets of this machine."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest
import sacn
import sacn.sending.sender_socket_udp
from stupidArtnet import StupidArtnet

from lib.signals.dmx.artnet import write_artnet
from lib.signals.dmx.receive import ArtnetSource, SacnSource
from lib.signals.dmx.sacn import SacnSender, write_sacn
from lib.signals.source import SourceError
from tests.ports import free_ports
from tests.signals.stand import parts_with, running, until, value


def test_an_artnet_desk_moves_its_channels(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    parts = parts_with(tmp_path, artnet_in="0/1-3 0/5+6", artnet_port=port)
    with running(ArtnetSource(parts)) as source:
        assert source.describe() == f"UDP port {port}, nobody sends"
        desk = StupidArtnet("127.0.0.1", 0, 6, port=port)
        desk.set(bytearray((0, 51, 255, 7, 0x80, 0x01)))
        desk.show()
        until(lambda: value(source, "0.3") == 1.0)
        assert value(source, "0.2") == 0.2 and value(source, "0.5") == 0x8001 / 65535
        assert source.bus.get("artnet.0.4") is None, "nobody asked for it"
        assert source.describe() == "universe 0: 127.0.0.1"
        desk.close()


@pytest.mark.parametrize("multicast", [False, True])
def test_an_sacn_desk_moves_its_channels_and_its_end_is_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, multicast: bool
) -> None:
    port, own = free_ports(2)
    monkeypatch.setattr(sacn.sending.sender_socket_udp, "DEFAULT_PORT", port)
    parts = parts_with(tmp_path, sacn_in="7/1-2", sacn_port=port)
    with running(SacnSource(parts)) as source:
        desk = sacn.sACNsender(bind_address="127.0.0.1", bind_port=own, source_name="desk", fps=60)
        desk.start()
        desk.activate_output(7)
        desk[7].multicast = multicast
        desk[7].destination = "127.0.0.1"
        desk[7].dmx_data = (255, 51)
        until(lambda: value(source, "7.1") == 1.0)
        assert value(source, "7.2") == 0.2
        assert source.describe() == "universe 7: desk"
        desk.deactivate_output(7)
        until(lambda: value(source, "7.1") is None)
        desk.stop()


def test_malformed_packets_are_counted_and_the_next_good_one_is_heard(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    chance = random.Random(1)
    parts = parts_with(tmp_path, artnet_in="0/1", artnet_port=port)
    with running(ArtnetSource(parts)) as source, socket.socket(type=socket.SOCK_DGRAM) as sender:
        to = ("127.0.0.1", port)
        for _ in range(50):
            sender.sendto(chance.randbytes(chance.randrange(0, 1400)), to)
        sender.sendto(b"Art-Net\0\x00\x20\x00\x0e\x00\x00", to)
        sender.sendto(write_artnet(9, b"\1\2", 0), to)
        sender.sendto(write_artnet(0, b"\xff\0", 0), to)
        until(lambda: value(source, "0.1") == 1.0)
        assert source.tally.counts == {"malformed": 50, "other": 1, "other universe": 1, "in": 1}


def test_a_desk_that_falls_silent_lets_go(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    parts = parts_with(tmp_path, sacn_in="1/1", sacn_port=port)
    with running(SacnSource(parts)) as source, socket.socket(type=socket.SOCK_DGRAM) as sender:
        packet = write_sacn(SacnSender(bytes(16), "desk"), 1, b"\xff", 0)
        sender.sendto(packet, ("127.0.0.1", port))
        until(lambda: value(source, "1.1") == 1.0)
        until(lambda: value(source, "1.1") is None, within_s=4.0)


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({}, "ARTNET_IN names no channel"),
        ({"artnet_in": "0/x"}, "is no channel such as"),
        ({"artnet_in": "0/1", "dmx_bind": "192.0.2.1"}, "UDP port"),
    ],
)
def test_what_is_wrong_is_one_sentence(tmp_path: Path, settings: dict[str, str], says: str) -> None:
    (port,) = free_ports(1)
    with running(ArtnetSource(parts_with(tmp_path, artnet_port=port, **settings))) as source:
        assert isinstance(source.failure, SourceError)
        assert says in str(source.failure) and "\n" not in str(source.failure)
