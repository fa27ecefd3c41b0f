"""Looks, before anything starts, whether the primary host can have its ports."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it runs where no package may be there yet
    from lib.config.settings import PrimarySettings

# What a primary host listens on by itself, for those who ask before the settings can be read; a
# test holds it to them.
USUAL = {"job_port": 5555, "result_port": 5558, "output_port": 5557, "settings_port": 5556}
# Where it goes on without, if it cannot have one.
OPTIONAL = {"stills_port": 5559, "signals_port": 5560}
# What it listens on where the setting is not 0.
UNUSUAL = ("plain_port",)


def port_trouble(address: str, ports: Mapping[str, int]) -> str | None:
    """One sentence about the first port that cannot be had, or None."""
    flags: dict[int, str] = {}
    for flag, port in ports.items():
        if port in flags:
            return f"--{flags[port]} and --{flag} are both {port}; each needs a port of its own"
        flags[port] = flag
        trouble = _trouble(address, port, flag)
        if trouble:
            return trouble
    return None


def free_port() -> int:
    """One of this machine that nobody has at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def local_name(address: str) -> str:
    """How this machine reaches what listens on `address`."""
    return {"0.0.0.0": "127.0.0.1", "*": "127.0.0.1", "::": "::1"}.get(address, address)


def only_here(address: str) -> bool:
    """Whether nobody but this machine reaches what listens on `address`."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def opened_by(settings: PrimarySettings) -> str:
    """The setting that lets others than this machine reach the HTTP ports; empty: none does."""
    if not only_here(settings.bind):
        return f"--bind {settings.bind}"
    if settings.trusted_proxy:
        return "a trusted_proxy"
    return "allowed_names" if settings.allowed_names else ""


def _trouble(address: str, port: int, flag: str) -> str | None:
    try:
        _bind(address, port)
    except (socket.gaierror, UnicodeError):
        return f"--bind {address} is not an address of this machine"
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"port {port} is in use by another program; --{flag} chooses another"
        if error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            return f"--bind {address} is not an address of this machine"
        if error.errno == errno.EACCES:
            return f"port {port} needs more rights than this user has; --{flag} chooses another"
        return f"port {port} cannot be opened: {error.strerror}; --{flag} chooses another"
    return None


def _bind(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As ZeroMQ and the page bind: connections that only just ended are not in the way.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((address, port))
        probe.listen(1)
