"""sACN (ANSI E1.31-2018): reads and writes its data packets. No I/O.

Three layers, each with its length and its kind: root (the sender's identifier), framing (name,
priority, sequence, universe) and DMP (the channels). The head has 126 bytes with the start code.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from lib.signals.dmx.levels import (
    CHANNELS,
    DEFAULT_PRIORITY,
    DmxError,
    DmxLevels,
    OtherPacketError,
)

PORT = 5568
UNIVERSES = range(1, 64_000)
HEAD = 126
LONGEST = HEAD + CHANNELS
_ROOT = struct.Struct(">HH12sHI16s")
_FRAMING = struct.Struct(">HI64sBHBBH")
_DMP = struct.Struct(">HBBHHHB")
_ID = b"ASC-E1.17\0\0\0"
_DATA, _EXTENDED, _FRAME, _SET_PROPERTY = 4, 8, 2, 2
_PREVIEW, _ENDED = 0x80, 0x40
_FLAGS = 0x7000
_HIGHEST_PRIORITY = 200


def read_sacn(packet: bytes) -> DmxLevels:
    """DmxError if the packet is malformed, OtherPacketError if it has no levels for the show."""
    if len(packet) < _ROOT.size:
        raise DmxError("it is no sACN packet")
    preamble, postamble, name, length, vector, sender = _ROOT.unpack_from(packet)
    if (preamble, postamble, name) != (16, 0, _ID):
        raise DmxError("it is no sACN packet")
    if vector == _EXTENDED:
        raise OtherPacketError("it is a sync or a list of universes")
    if vector != _DATA or not HEAD < len(packet) <= LONGEST:
        raise DmxError(f"its kind is {vector} and it has {len(packet)} bytes")
    _check_length(length, packet, 16)
    return _read_framing(packet, sender)


def _read_framing(packet: bytes, sender: bytes) -> DmxLevels:
    length, vector, name, priority, _, sequence, options, universe = _FRAMING.unpack_from(
        packet, _ROOT.size
    )
    _check_length(length, packet, _ROOT.size)
    if vector != _FRAME or universe not in UNIVERSES or priority > _HIGHEST_PRIORITY:
        raise DmxError(f"kind {vector}, universe {universe}, priority {priority}")
    at = _ROOT.size + _FRAMING.size
    length, vector, kind, first, step, count, start = _DMP.unpack_from(packet, at)
    _check_length(length, packet, at)
    if (vector, kind, first, step) != (_SET_PROPERTY, 0xA1, 0, 1):
        raise DmxError("its channels are addressed in another way than DMX")
    if count != len(packet) - HEAD + 1:
        raise DmxError(f"it says that it has {count} slots, and has {len(packet) - HEAD + 1}")
    if start or options & _PREVIEW:
        raise OtherPacketError("its slots are no levels for the show")
    return DmxLevels(
        "sacn",
        universe,
        packet[HEAD:],
        sequence,
        sender,
        name.split(b"\0")[0].decode("utf-8", "replace"),
        priority,
        bool(options & _ENDED),
    )


def _check_length(said: int, packet: bytes, at: int) -> None:
    if said & 0xF000 != _FLAGS or said & 0xFFF != len(packet) - at:
        raise DmxError(f"a layer says that it has {said & 0xFFF} bytes, not {len(packet) - at}")


class SacnSender(NamedTuple):
    """Who sends: an identifier that stays the same as long as the sender lives."""

    identifier: bytes  # 16 of them
    name: str
    priority: int = DEFAULT_PRIORITY


def write_sacn(
    sender: SacnSender, universe: int, levels: bytes, sequence: int, *, ended: bool = False
) -> bytes:
    if universe not in UNIVERSES or not 1 <= len(levels) <= CHANNELS:
        raise DmxError(f"universe {universe} with {len(levels)} channels")
    total = HEAD + len(levels)
    said = sender.name.encode("utf-8")[:63].decode("utf-8", "ignore").encode("utf-8")
    framing_at, dmp_at = _ROOT.size, _ROOT.size + _FRAMING.size
    options = _ENDED if ended else 0
    return b"".join(
        (
            _ROOT.pack(16, 0, _ID, _FLAGS | total - 16, _DATA, sender.identifier),
            _FRAMING.pack(
                _FLAGS | total - framing_at, _FRAME, said, sender.priority, 0, sequence % 256,
                options, universe,
            ),
            _DMP.pack(_FLAGS | total - dmp_at, _SET_PROPERTY, 0xA1, 0, 1, len(levels) + 1, 0),
            levels,
        )
    )  # fmt: skip


def group_of(universe: int) -> str:
    """The multicast address on which a universe is sent."""
    return f"239.255.{universe >> 8}.{universe & 0xFF}"
