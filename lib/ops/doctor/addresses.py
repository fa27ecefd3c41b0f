"""The addresses of this machine, by interface, so that advice names one instead of opening all.

A machine of a show may also be in the internet or in a VPN: "listen everywhere" would let the world
in there.
"""

from __future__ import annotations

import fcntl
import ipaddress
import socket
import struct
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_ADDRESS, _NETMASK = 0x8915, 0x891B  # SIOCGIFADDR, SIOCGIFNETMASK
_EVERYWHERE = ("0.0.0.0", "*", "::")


class OwnAddress(NamedTuple):
    """An IPv4 address of this machine."""

    interface: str
    at: ipaddress.IPv4Interface
    is_card: bool  # a cable or Wi-Fi, and no tunnel, bridge or container's end

    @property
    def of_internet(self) -> bool:
        return self.at.ip.is_global

    def __str__(self) -> str:
        return f"{self.at.ip} ({self.interface}, {self.at.network})"


def own_addresses(sysfs: Path = Path("/sys/class/net")) -> list[OwnAddress]:
    """All but loopback; an interface without an address is left out."""
    found = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asks:
        for _, name in socket.if_nameindex():
            with suppress(OSError):
                address, mask = (_ask(asks, name, what) for what in (_ADDRESS, _NETMASK))
                at = ipaddress.IPv4Interface(f"{address}/{mask}")
                if not at.ip.is_loopback:
                    found.append(OwnAddress(name, at, (sysfs / name / "device").exists()))
    return found


def _ask(asks: socket.socket, name: str, what: int) -> str:
    request = struct.pack("256s", name.encode()[:15])
    return socket.inet_ntoa(fcntl.ioctl(asks.fileno(), what, request)[20:24])


def opens_to_internet(bind: str, ours: list[OwnAddress]) -> list[OwnAddress]:
    """The addresses of the internet at which others reach what listens on `bind`."""
    return [
        one for one in ours if one.of_internet and (bind in _EVERYWHERE or bind == str(one.at.ip))
    ]


def to_listen_on(ours: list[OwnAddress]) -> OwnAddress | None:
    """The address of the network that workers and phones are most likely in; None where there is
    none that is safe to name."""
    private = [one for one in ours if not one.of_internet and not one.at.ip.is_link_local]
    return next((one for one in private if one.is_card), private[0] if private else None)


def advice(ours: list[OwnAddress]) -> str:
    """How to listen for one's own network and for nobody else."""
    best = to_listen_on(ours)
    if best is None:
        return "reach it through a VPN, or let a firewall pass only the addresses of your machines"
    return f"--bind {best.at.ip} listens on {best.interface} alone, for {best.at.network}"
