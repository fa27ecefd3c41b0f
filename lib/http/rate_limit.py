"""Limits the rate of one address: so many requests at once, and so many a second after that."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from functools import lru_cache

MOST_ADDRESSES = 4096  # that are remembered, so that strangers cannot fill the memory
LOOPBACK_SHARE = 5  # this machine's own address stands for many programs, or for a proxy


class RateLimit:
    """A token bucket for each address. Time comes in as an argument."""

    def __init__(self, a_second: float, at_once: float) -> None:
        self._a_second, self._at_once = a_second, at_once
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()  # permits, and since when

    def take(self, address: str, now_s: float) -> float:
        """Take a permit; 0 if there was one, otherwise the seconds until there is."""
        wait_s = self.wait_s(address, now_s)
        if not wait_s:
            left, _ = self._left[address]
            self._left[address] = (left - 1, now_s)
        return wait_s

    def wait_s(self, address: str, now_s: float) -> float:
        """The seconds until there is a permit, 0 if there is one; none is taken."""
        share = LOOPBACK_SHARE if is_loopback(address) else 1
        left, then_s = self._left.get(address, (self._at_once * share, now_s))
        left = min(self._at_once * share, left + (now_s - then_s) * self._a_second * share)
        self._left[address] = (left, now_s)
        self._left.move_to_end(address)
        if len(self._left) > MOST_ADDRESSES:
            self._left.popitem(last=False)  # the longest idle address has all its permits back
        return 0.0 if left >= 1 else (1 - left) / (self._a_second * share)


@lru_cache(1024)
def network_of(address: str) -> str:
    """The network that an address is counted in: one machine may have a whole /64 of IPv6."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return str(ip.ipv4_mapped)
        if not ip.is_loopback:
            return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(ip)


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(1024)
def is_loopback(address: str) -> bool:
    """Whether only programs of this machine can have this address."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@lru_cache(1024)
def is_one_of(address: str, networks: str) -> bool:
    """Whether it is one of these addresses and networks, which commas separate."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(ip in ipaddress.ip_network(one) for one in networks.split(",") if one)
