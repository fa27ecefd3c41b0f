"""Which sender of a universe counts. No I/O, no clock.

The senders with the highest priority count, and of several each channel's highest level (HTP, as
desks do it). One that has been silent for 2.5 s (E1.31's network data loss) or says that it stops
is gone: the next takes over, and without any the last levels are no longer there.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from lib.signals.dmx.levels import CHANNELS, DmxLevels, Protocol

LOST_NS = 2_500_000_000
MOST_SENDERS = 8  # of a universe; a desk and its backup are two
BEHIND = 20  # E1.31: a packet that is up to so many behind is late, one further behind a restart


@dataclass
class _Sender:
    levels: bytes
    priority: int
    sequence: int | None
    name: str
    heard_ns: int


@dataclass
class DmxUniverse:
    """The senders of one universe."""

    protocol: Protocol
    number: int
    late: int = 0  # packets that were overtaken
    crowded: int = 0  # packets of senders beyond those that are listened to
    _senders: dict[bytes, _Sender] = field(default_factory=dict)

    def take(self, packet: DmxLevels, now_ns: int) -> bool:
        """Take in a packet; False if it changes nothing."""
        self.forget(now_ns)
        known = self._senders.get(packet.sender)
        if known and _behind(packet.sequence, known.sequence, self.protocol):
            self.late += 1
            return False
        if packet.ended:
            return self._senders.pop(packet.sender, None) is not None
        if known is None and len(self._senders) >= MOST_SENDERS:
            lowest = min(self._senders, key=lambda one: self._senders[one].priority)
            if self._senders[lowest].priority >= packet.priority:
                self.crowded += 1
                return False
            del self._senders[lowest]
        self._senders[packet.sender] = _Sender(
            packet.levels, packet.priority, packet.sequence, packet.name, now_ns
        )
        return True

    def forget(self, now_ns: int) -> None:
        """Let go of senders that fell silent."""
        lost = [one for one, sender in self._senders.items() if now_ns - sender.heard_ns > LOST_NS]
        for one in lost:
            del self._senders[one]

    def levels(self, now_ns: int) -> bytes | None:
        """What counts now, or None without a sender."""
        self.forget(now_ns)
        counting = self._counting()
        if not counting:
            return None
        if len(counting) == 1:
            return counting[0].levels
        padded = [one.levels.ljust(CHANNELS, b"\0") for one in counting]
        return bytes(map(max, *padded))

    def about(self) -> str:
        """Who counts, in words for the page."""
        counting = self._counting()
        names = [one.name for one in counting if one.name]
        said = " and ".join(names) or (
            "1 sender" if len(counting) == 1 else f"{len(counting)} senders"
        )
        waiting = len(self._senders) - len(counting)
        return f"{said}, before {waiting} of lower priority" if waiting else said

    def _counting(self) -> list[_Sender]:
        highest = max((one.priority for one in self._senders.values()), default=0)
        return [one for one in self._senders.values() if one.priority == highest]


def _behind(sequence: int | None, last: int | None, protocol: Protocol) -> bool:
    """Whether a packet was overtaken by the one that was taken last, or is the same again."""
    if sequence is None or last is None:
        return False
    cycle = 256 if protocol == "sacn" else 255  # Art-Net's counter leaves out 0
    return (last - sequence) % cycle < BEHIND
