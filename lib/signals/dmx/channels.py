"""Which channels of which universes are signals, as the settings name them. No I/O."""

from __future__ import annotations

import re
from typing import NamedTuple

from lib.signals.dmx.levels import CHANNELS

MOST_CHANNELS = 128  # of one protocol: the bus takes 512 signals of all sources
MOST_UNIVERSES = 16


class DmxChannel(NamedTuple):
    universe: int
    channel: int  # 1 to 512
    fine: int | None = None  # the channel of the fine part

    @property
    def name(self) -> str:
        return f"{self.universe}.{self.channel}"

    def value(self, levels: bytes) -> float | None:
        """0 to 1, or None where the packet does not reach so far."""
        if max(self.channel, self.fine or 0) > len(levels):
            return None
        if self.fine is None:
            return levels[self.channel - 1] / 255
        return (levels[self.channel - 1] * 256 + levels[self.fine - 1]) / 65535


def read_channels(text: str, first_universe: int, last_universe: int) -> list[DmxChannel]:
    """`1/1-16 1/20+21 2/5`: channels, a fine one after a plus; ValueError in one sentence."""
    channels: list[DmxChannel] = []
    for word in text.replace(",", " ").split():
        found = re.fullmatch(r"(\d{1,5})/(\d{1,3})(?:([-+])(\d{1,3}))?", word, re.ASCII)
        if not found:
            raise ValueError(
                f"{word!r} is no channel such as 1/5, 1/1-16 or 1/20+21 (its fine part)"
            )
        universe, first, sign = int(found[1]), int(found[2]), found[3]
        last = int(found[4] or first)
        if not first_universe <= universe <= last_universe:
            raise ValueError(f"{word!r}: a universe is {first_universe} to {last_universe}")
        if not (
            1 <= first <= CHANNELS and 1 <= last <= CHANNELS and (sign == "+" or first <= last)
        ):
            raise ValueError(f"{word!r}: channels are 1 to {CHANNELS}")
        if sign == "+":
            channels.append(DmxChannel(universe, first, last))
        else:
            channels += [DmxChannel(universe, one) for one in range(first, last + 1)]
    if len({one.universe for one in channels}) > MOST_UNIVERSES:
        raise ValueError(f"more than {MOST_UNIVERSES} universes")
    if len(channels) > MOST_CHANNELS:
        raise ValueError(f"more than {MOST_CHANNELS} channels")
    return channels
