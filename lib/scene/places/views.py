"""What is seen behind a place, where the words name more than one: a lake before mountains."""

from __future__ import annotations

from collections.abc import Callable

from lib.scene.description import SceneDescription
from lib.scene.layers.heights import dunes, mesas, mountains
from lib.scene.layers.land import hills, woods
from lib.scene.layers.rows import row, single
from lib.scene.layers.towns import city_glow
from lib.scene.layers.volcanoes import volcano
from lib.scene.layers.water import pond, river, water
from lib.scene.scenery import Layer, Scenery

# Places that nothing is seen behind.
_CLOSED = ("room", "moon", "space", "underwater")
# What a place shows already, whichever of its layouts it is.
_HAS = {
    "beach": ("sea", "lake"),
    "island": ("sea", "beach", "lake"),
    "cliffs": ("sea", "beach", "lake"),
    "harbour": ("sea", "river", "lake"),
    "arctic": ("sea", "lake"),
    "city": ("river", "lake", "street"),
    "mountains": ("hills",),
    "waterfall": ("river", "lake"),
    "swamp": ("lake", "river"),
    "street": ("village",),
    "sea": ("hills",),
}
_STRIP = 0.06  # how much higher the horizon is with a strip of water before it


def _hills(y: float) -> tuple[Layer, ...]:
    return (
        hills(y - 0.03, 0.05, (0.42, 0.34), strokes=300, shade=0.85, trees=0.035),
        hills(y, 0.03, (0.3, 0.24), strokes=300, trees=0.045),
    )


def _village(y: float) -> tuple[Layer, ...]:
    return (
        hills(y - 0.04, 0.04, (0.42, 0.34), strokes=300, shade=0.85, trees=0.035),
        single("church", 0.6, y + 0.004, 0.2, 0.34),
        row(("house", "tallhouse", "house"), 12, y + 0.006, 0.09, 0.32, shadow=0.2),
        hills(y + 0.012, 0.008, (0.2, 0.24), strokes=300),
        row(("house", "tree", "house", "bush"), 9, y + 0.028, 0.095, 0.22, shadow=0.2),
    )


def _city(y: float) -> tuple[Layer, ...]:
    return (
        city_glow,
        row(("block",), 18, y + 0.012, 0.27, 0.75, volume=0.25),
        row(("block", "tallhouse", "block"), 13, y + 0.016, 0.18, 0.4, volume=0.25),
    )


def _jungle(y: float) -> tuple[Layer, ...]:
    return (
        hills(y - 0.03, 0.06, (0.4, 0.44), kind="jungle", trees=0.06),
        row(("palm", "tree", "palm"), 13, y + 0.02, 0.2, 0.4),
        hills(y + 0.01, 0.01, (0.2, 0.3), kind="jungle", trees=0.04),
    )


def _savannah(y: float) -> tuple[Layer, ...]:
    return (
        hills(y, 0.012, (0.4, 0.4), kind="savannah", strokes=300, trees=0.025),
        row(("tree",), 4, y + 0.014, 0.1, 0.34),
    )


def _fields(kind: str) -> Callable[[float], tuple[Layer, ...]]:
    return lambda y: (
        hills(y - 0.02, 0.04, (0.42, 0.34), strokes=300, trees=0.035),
        hills(y + 0.005, 0.02, (0.3, 0.24), kind=kind, strokes=500, trees=0.03),
    )


def _strip(y: float) -> tuple[Layer, ...]:
    return water(y, y + 0.2, (26, 92, 122), rough=0.3, mirror=0.6), _no_water


def _no_water(scenery: Scenery) -> None:
    """Boats of the words stand on no strip that is far away."""
    scenery.water = None


# The layers of each, its foot at the horizon.
_VIEWS: dict[str, Callable[[float], tuple[Layer, ...]]] = {
    "volcano": lambda y: (volcano(y - 0.34, y, 0.36),),
    "mountains": lambda y: (
        mountains(y + 0.02, 0.27, 0.65, snow=0.4),
        hills(y, 0.02, (0.35, 0.3), strokes=300, shade=0.85, trees=0.03),
    ),
    "arctic": lambda y: (mountains(y + 0.02, 0.2, 0.7, snow=2),),
    "hills": _hills,
    "canyon": lambda y: (mesas(y + 0.01, 0.2, 0.75), mesas(y + 0.02, 0.15, 0.4)),
    "desert": lambda y: (dunes(y, 0.03, 0.5), dunes(y + 0.02, 0.03, 0.34)),
    "forest": lambda y: (
        woods(y - 0.035, 0.1, 0.55), woods(y - 0.01, 0.1, 0.36, kind="pine"), woods(y, 0.07, 0.26),
    ),
    "jungle": _jungle,
    "savannah": _savannah,
    "field": _fields("grass"),
    "wheat": _fields("wheat"),
    "village": _village,
    "city": _city,
    "sea": _strip,
}  # fmt: skip
# The ground of the nearest place, where it is only grass, is that of what is behind it.
_SOILS = {
    "desert": "sand",
    "canyon": "red",
    "savannah": "savannah",
    "jungle": "jungle",
    "wheat": "wheat",
    "beach": "sand",
}


def seen_behind(description: SceneDescription) -> tuple[str, ...]:
    """The other places that the words name and that are seen, the furthest first."""
    near, *others = description.places
    if near in _CLOSED:
        return ()
    return tuple(one for one in reversed(others) if one not in _HAS.get(near, ()))


def soil(description: SceneDescription) -> str:
    """What the ground is where a place has only grass: "a lake in the desert"."""
    if description.place not in ("lake", "river", "village", "sea", "waterfall", "arctic"):
        return ""
    return next((_SOILS[one] for one in description.places[1:] if one in _SOILS), "")


def views(behind: tuple[str, ...], horizon: float) -> tuple[tuple[Layer, ...], float]:
    """The layers of those places, and where the horizon is with them."""
    known = [one for one in behind if one in _VIEWS]
    if "sea" in known:  # the land behind stands on the far shore
        horizon -= _STRIP
    return tuple(layer for one in known for layer in _VIEWS[one](horizon)), horizon


def through(behind: tuple[str, ...], ground: float) -> tuple[Layer, ...]:
    """What lies in the ground of the nearest place, such as a river."""
    begin = min(0.66, ground + 0.01)
    if "river" in behind:
        return (river(begin, 0.2),)
    return (pond(begin),) if "lake" in behind else ()
