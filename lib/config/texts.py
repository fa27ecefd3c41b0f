"""Texts in the settings that must be more than any text: names of hosts, a device, LoRA files, a
shape. What could never work is refused at the start, where somebody reads it."""

from __future__ import annotations

import math
import re
from ipaddress import IPv4Address, ip_network
from typing import Annotated

from pydantic import AfterValidator

from lib.core.geometry import LARGEST, SMALLEST, STEP

MOST_PORT = 65535
HEAVIEST_LORA = 10.0
LARGEST_BATCH = 16


def _host_name(text: str) -> str:
    """A name or an address: neither a URL nor with a port behind it."""
    name = text.strip()
    with_port = name.count(":") == 1  # an IPv6 address has more
    if with_port or not re.fullmatch(r"[\w.:%-]+", name):
        raise ValueError("must be a name or an address such as 192.168.1.10, without a port")
    return name


def _ipv4(text: str) -> str:
    """Whether this machine has it is asked where it is opened: a network may come up later."""
    try:
        return str(IPv4Address(text.strip()))
    except ValueError:
        raise ValueError("must be an address such as 192.168.1.10, or 0.0.0.0") from None


def _device(text: str) -> str:
    if not re.fullmatch(r"auto|cpu|cuda(:\d{1,2})?", text):
        raise ValueError("must be auto, cpu, cuda, or cuda:1 and so on")
    return text


def lora_weights(text: str) -> list[tuple[str, float]]:
    """`ink:0.8,paper` is ink at 0.8 and paper at 1."""
    found = []
    for part in filter(None, (one.strip() for one in text.split(","))):
        name, _, number = part.partition(":")
        try:
            weight = float(number) if number else 1.0
        except ValueError:
            weight = math.nan
        if not name or not abs(weight) <= HEAVIEST_LORA:
            raise ValueError("must be names with weights from -10 to 10, such as ink:0.8,paper:0.3")
        found.append((name, weight))
    return found


def _loras(text: str) -> str:
    lora_weights(text)
    return text


def shape(text: str) -> tuple[int, int, int, int]:
    """Of a batch of frames: batch x height x width x channels."""
    match = re.fullmatch(r"(\d{1,2})x(\d{1,4})x(\d{1,4})x3", text)
    batch, *sides = map(int, match.groups()) if match else (0,)
    if not 1 <= batch <= LARGEST_BATCH or not all(
        SMALLEST <= side <= LARGEST and side % STEP == 0 for side in sides
    ):
        raise ValueError(
            f"must be like 4x576x1024x3: a batch of at most {LARGEST_BATCH}, height and width in "
            f"multiples of {STEP} from {SMALLEST} to {LARGEST}, 3 channels"
        )
    return batch, sides[0], sides[1], 3


def _shape(text: str) -> str:
    if text:
        shape(text)
    return text


def _names(text: str) -> str:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    for name in names:
        match = re.fullmatch(r"[a-z0-9][a-z0-9.-]*(?::(\d{1,5}))?", name)
        if not match or int(match[1] or 1) not in range(1, MOST_PORT + 1):
            raise ValueError("must be names such as wall.example.com, with commas between")
    return ",".join(names)


def _origins(text: str) -> str:
    """As a browser writes them: no path, and no port where it is the usual one."""
    origins = [one.strip().lower() for one in text.split(",") if one.strip()]
    for origin in origins:
        match = re.fullmatch(r"https?://([a-z0-9][a-z0-9.-]*|\[[0-9a-f:.]+\])(:\d{1,5})?", origin)
        if not match or int((match[2] or ":1")[1:]) not in range(1, MOST_PORT + 1):
            raise ValueError("must be origins such as https://show.example.com, by commas, no path")
    return ",".join(origins)


def _networks(text: str) -> str:
    """Addresses or networks. All of them together would believe everybody."""
    try:
        found = [ip_network(one.strip(), strict=False) for one in text.split(",") if one.strip()]
    except ValueError as error:
        raise ValueError("must be addresses such as 127.0.0.1, with commas between") from error
    if any(one.prefixlen == 0 for one in found):
        raise ValueError("must not be everybody: name the proxy's own address")
    return ",".join(map(str, found))


HostName = Annotated[str, AfterValidator(_host_name)]
OwnIpv4 = Annotated[str, AfterValidator(_ipv4)]
Device = Annotated[str, AfterValidator(_device)]
Loras = Annotated[str, AfterValidator(_loras)]
Shape = Annotated[str, AfterValidator(_shape)]
Names = Annotated[str, AfterValidator(_names)]
Origins = Annotated[str, AfterValidator(_origins)]
Networks = Annotated[str, AfterValidator(_networks)]
