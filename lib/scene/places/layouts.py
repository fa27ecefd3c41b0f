"""What a place is made of."""

from __future__ import annotations

from dataclasses import dataclass

from lib.scene.description import Item
from lib.scene.scenery import Layer


@dataclass(frozen=True, slots=True)
class Layout:
    """Layers from far to near, then the things that are named, then what is in front of them."""

    horizon: float
    layers: tuple[Layer, ...]
    fill: tuple[Item, ...] = ()  # what is there, if the words name nothing
    front: tuple[Layer, ...] = ()
    sky: bool = True
    orbs: bool = True
    far: int = 0  # how many of its layers are the view, which another place takes


@dataclass(frozen=True, slots=True)
class Place:
    """The seed picks one of the layouts; `shore` are those with ground to stand on."""

    layouts: tuple[Layout, ...]
    shore: tuple[Layout, ...] = ()
