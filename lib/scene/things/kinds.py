"""What the composition must know of a thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from lib.scene.ink import Ink
from lib.scene.sprite import Sprite


class Zone(Enum):
    GROUND = auto()
    WATER = auto()
    SKY = auto()
    TABLE = auto()  # small: in a room it stands on a table
    FRONT = auto()  # it leads away from the picture's foot
    SWIMS = auto()  # under water, where the scene is


@dataclass(frozen=True, slots=True)
class Thing:
    draw: Callable[[Sprite, Ink | None], None]
    size: float  # its height at the front, as a share of the picture's
    wide: float  # half its width, in its own heights
    zone: Zone = Zone.GROUND
    home: str = ""  # the place where it is, if the words name none
    several: int = 3  # how many there are, if the words say only that there are several
    top: float = 0.95  # how high something stands on it, in its own heights
    below: float = 0.15  # what of it is drawn below its foot
    flies: bool = False  # over a place it is in the air
    backdrop: bool = False  # it stands further back than animals and people
