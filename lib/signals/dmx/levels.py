"""What one packet of either protocol says: the levels of a universe, and who sends them."""

from __future__ import annotations

from typing import Literal, NamedTuple

CHANNELS = 512
DEFAULT_PRIORITY = 100  # sACN's own; Art-Net has none and counts as this

Protocol = Literal["artnet", "sacn"]


class DmxError(ValueError):
    """The packet is none of this protocol, or is malformed."""


class OtherPacketError(DmxError):
    """A proper packet of the protocol that carries no levels: a poll, a time code, a sync."""


class DmxLevels(NamedTuple):
    """The levels of a universe's first channels, 0 to 255 each."""

    protocol: Protocol
    universe: int
    levels: bytes
    sequence: int | None  # None: the sender does not count
    sender: bytes = b""  # sACN's component identifier; for Art-Net the caller fills in the address
    name: str = ""
    priority: int = DEFAULT_PRIORITY
    ended: bool = False  # the sender says that it stops
