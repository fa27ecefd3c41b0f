"""Where the light output goes, as the settings name it. No I/O."""

from __future__ import annotations

from typing import NamedTuple

from lib.signals.dmx import artnet, sacn
from lib.signals.dmx.levels import Protocol


class LightTarget(NamedTuple):
    """Where the light goes."""

    protocol: Protocol
    host: str  # empty: to all who listen to a universe
    port: int


def read_target(words: str) -> LightTarget:
    """`sacn`, `sacn 10.0.0.5`, `artnet 10.0.0.5:6454`; ValueError in one sentence."""
    protocol, _, place = words.strip().partition(" ")
    host, _, port = place.strip().partition(":")
    if protocol not in ("artnet", "sacn") or (port and not port.isdecimal()):
        raise ValueError(f"{words!r} is neither sacn, sacn ADDRESS nor artnet ADDRESS")
    if protocol == "sacn":
        return LightTarget("sacn", host, int(port or sacn.PORT))
    if not host:
        raise ValueError("artnet needs an address: that of a node, or 2.255.255.255 for all")
    return LightTarget("artnet", host, int(port or artnet.PORT))
