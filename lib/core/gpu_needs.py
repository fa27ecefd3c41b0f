"""What engine turbo needs of a GPU: the CUDA that its torch is built with sets both limits."""

from __future__ import annotations

CUDA = "13.0"
DRIVER = 580  # the first driver that runs this CUDA
CAPABILITY = (7, 5)  # the oldest architecture it has kernels for: Turing, from the RTX 20 on
TOO_OLD = f"the driver is too old for CUDA {CUDA}: {DRIVER} or newer"


def driver_trouble(version: str) -> str:
    """Why this driver cannot run it; nothing if it can, or if its version is unknown."""
    major = version.partition(".")[0]
    return TOO_OLD if major.isdigit() and int(major) < DRIVER else ""


def card_trouble(capability: str) -> str:
    """The same of a card, whose compute capability is like 8.9."""
    try:
        major, minor = map(int, capability.split("."))
    except ValueError:
        return ""
    if (major, minor) >= CAPABILITY:
        return ""
    needs = ".".join(map(str, CAPABILITY))
    return f"the card is too old for CUDA {CUDA}: compute capability {capability}, not {needs}"
