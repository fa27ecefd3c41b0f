"""Art-Net 4: reads and writes ArtDmx packets. No I/O.

The head has 18 bytes. A universe is Art-Net's 15 bit port address: net, sub-net and universe in one
number, as most desks show it.
"""

from __future__ import annotations

from lib.signals.dmx.levels import CHANNELS, DmxError, DmxLevels, OtherPacketError

PORT = 6454
UNIVERSES = 1 << 15
HEAD = 18
LONGEST = HEAD + CHANNELS
_ID = b"Art-Net\0"
_DMX = 0x5000
_VERSION = 14


def read_artnet(packet: bytes) -> DmxLevels:
    """DmxError if the packet is malformed, OtherPacketError if it has no levels."""
    if len(packet) < 10 or not packet.startswith(_ID):
        raise DmxError("it is no Art-Net packet")
    code = int.from_bytes(packet[8:10], "little")
    if code != _DMX:
        raise OtherPacketError(f"its code is 0x{code:04x}")
    if not HEAD < len(packet) <= LONGEST:
        raise DmxError(f"it has {len(packet)} bytes")
    if int.from_bytes(packet[10:12], "big") < _VERSION:
        raise DmxError("its version of Art-Net is too old")
    length = int.from_bytes(packet[16:18], "big")
    if not 1 <= length <= len(packet) - HEAD:
        raise DmxError(f"it says that it has {length} channels, and has {len(packet) - HEAD}")
    return DmxLevels(
        "artnet",
        universe=packet[14] | (packet[15] & 0x7F) << 8,
        levels=packet[HEAD : HEAD + length],
        sequence=packet[12] or None,
    )


def write_artnet(universe: int, levels: bytes, sequence: int) -> bytes:
    """A packet whose sequence goes from 1 to 255, since 0 means that nobody counts."""
    if not 0 <= universe < UNIVERSES or not 1 <= len(levels) <= CHANNELS:
        raise DmxError(f"universe {universe} with {len(levels)} channels")
    even = levels + b"\0" * (len(levels) % 2)  # an odd length is not allowed
    return b"".join(
        (
            _ID,
            _DMX.to_bytes(2, "little"),
            _VERSION.to_bytes(2, "big"),
            bytes((sequence % 255 + 1, 0, universe & 0xFF, universe >> 8)),
            len(even).to_bytes(2, "big"),
            even,
        )
    )
