"""The rate of a folder of pictures, in a file beside them: they were made from a film and play at
its tempo."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from lib.files import read_text

FILE = "fps.txt"
SLOWEST, FASTEST = Fraction(1, 10), 1000  # pictures a second
_LONGEST = 40  # characters


def write_rate(folder: Path, fps: Fraction) -> None:
    (folder / FILE).write_text(f"{fps}\n", "ascii")


def rate_in(folder: Path) -> Fraction | None:
    """Pictures a second; None where nobody has said it, or nothing that can be meant."""
    try:
        fps = Fraction(read_text(folder / FILE, _LONGEST).strip())
    except (OSError, ValueError, ZeroDivisionError):
        return None
    return fps if SLOWEST <= fps <= FASTEST else None
