"""Our Art-Net and sACN packets beside those of two packages that others wrote."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacn.messages.data_packet import DataPacket, calculate_multicast_addr
from stupidArtnet import StupidArtnet

from lib.signals.dmx.artnet import read_artnet, write_artnet
from lib.signals.dmx.levels import DmxError, DmxLevels, OtherPacketError
from lib.signals.dmx.sacn import SacnSender, group_of, read_sacn, write_sacn

LEVELS = bytes(range(256)) * 2
CID = bytes(range(16))
SENDER = SacnSender(CID, "desk")


@settings(max_examples=60)
@given(st.integers(1, 63_999), st.binary(min_size=1, max_size=512), st.integers(0, 200))
def test_their_sacn_is_read_and_ours_is_theirs(universe: int, levels: bytes, priority: int) -> None:
    theirs = DataPacket(tuple(CID), "desk", universe, tuple(levels), priority=priority, sequence=7)
    read = read_sacn(bytes(theirs.getBytes()))
    padded = levels.ljust(512, b"\0")
    assert read == DmxLevels("sacn", universe, padded, 7, CID, "desk", priority)
    ours = write_sacn(SacnSender(CID, "desk", priority), universe, padded, 7)
    assert ours == bytes(theirs.getBytes())
    back = DataPacket.make_data_packet(write_sacn(SENDER, universe, levels, 255))
    assert (back.universe, back.sequence, back.priority) == (universe, 255, 100)
    assert bytes(back.dmxData)[: len(levels)] == levels


def test_a_sender_says_that_it_stops() -> None:
    packet = write_sacn(SENDER, 1, b"\1\2", 0, ended=True)
    assert read_sacn(packet).ended
    assert DataPacket.make_data_packet(packet).option_StreamTerminated


def test_a_name_is_cut_between_its_letters() -> None:
    assert read_sacn(write_sacn(SacnSender(CID, "ä" * 40), 1, b"\1", 0)).name == "ä" * 31


@pytest.mark.parametrize("universe", [0, 1, 255, 256, 32_767])
def test_their_artnet_is_read(universe: int) -> None:
    desk = StupidArtnet("127.0.0.1", universe & 15, 512, broadcast=False, source_address=None)
    desk.set_simplified(False)
    desk.set_net(universe >> 8)
    desk.set_subnet((universe >> 4) & 15)
    desk.make_artdmx_header()
    desk.set(bytearray(LEVELS))
    packet = bytes(desk.packet_header + desk.buffer)
    desk.close()
    read = read_artnet(packet)
    assert (read.universe, read.levels) == (universe, LEVELS)
    ours = write_artnet(universe, LEVELS, (read.sequence or 1) - 1)
    assert ours[:12] + ours[13:] == packet[:12] + packet[13:]


def test_sequences_of_artnet_leave_out_nought() -> None:
    numbers = [read_artnet(write_artnet(0, b"\1\2", one)).sequence for one in range(600)]
    assert set(numbers) == set(range(1, 256))
    assert read_artnet(write_artnet(0, b"\1\2\3", 0)).levels == b"\1\2\3\0", "an even length"


@pytest.mark.parametrize("read", [read_artnet, read_sacn])
def test_polls_and_previews_are_proper_and_no_levels(read: object) -> None:
    poll = b"Art-Net\0\x00\x20\x00\x0e\x00\x00"
    preview = bytearray(write_sacn(SENDER, 1, b"\1", 0))
    preview[112] = 0x80
    rdm = bytearray(write_sacn(SENDER, 1, b"\1", 0))
    rdm[125] = 0xCC
    packets = [poll] if read is read_artnet else [bytes(preview), bytes(rdm)]
    for packet in packets:
        with pytest.raises(OtherPacketError):
            read(packet)  # type: ignore[operator]


WHOLE = {
    read_artnet: write_artnet(3, LEVELS, 5),
    read_sacn: write_sacn(SENDER, 3, LEVELS, 5),
}


@pytest.mark.parametrize("read", WHOLE, ids=["artnet", "sacn"])
@settings(max_examples=80)
@given(data=st.data())
def test_a_packet_with_any_fault_is_refused_or_read_within_its_bounds(
    read: object, data: st.DataObject
) -> None:
    packet = bytearray(WHOLE[read])  # type: ignore[index]
    for _ in range(data.draw(st.integers(1, 4))):
        packet[data.draw(st.integers(0, 130))] = data.draw(st.integers(0, 255))
    packet = packet[: data.draw(st.integers(0, len(packet)))] + data.draw(st.binary(max_size=4))
    try:
        levels = read(bytes(packet))  # type: ignore[operator]
    except DmxError:
        return
    assert 1 <= len(levels.levels) <= 512
    assert 0 <= levels.universe <= 63_999 and 0 <= levels.priority <= 200


@pytest.mark.parametrize("read", WHOLE, ids=["artnet", "sacn"])
def test_every_shorter_packet_is_malformed(read: object) -> None:
    whole = WHOLE[read]  # type: ignore[index]
    for length in range(len(whole)):
        with pytest.raises(DmxError):
            read(whole[:length])  # type: ignore[operator]


def test_what_cannot_be_written_is_refused() -> None:
    for universe, levels in ((-1, b"\1"), (1 << 15, b"\1"), (1, b""), (1, b"\1" * 513)):
        with pytest.raises(DmxError):
            write_artnet(universe, levels, 0)
    for universe, levels in ((0, b"\1"), (64_000, b"\1"), (1, b""), (1, b"\1" * 513)):
        with pytest.raises(DmxError):
            write_sacn(SENDER, universe, levels, 0)


@pytest.mark.parametrize("universe", [1, 255, 256, 7962, 63_999])
def test_the_group_of_a_universe_is_theirs(universe: int) -> None:
    assert group_of(universe) == calculate_multicast_addr(universe)
