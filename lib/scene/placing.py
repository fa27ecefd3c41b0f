"""Where things stand: the first one named is the hero, on a third; what stands far is small; and
what is related to another thing is moved to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from lib.scene.description import Item, Relation
from lib.scene.layers.land import mound
from lib.scene.relations import RELATE, Group, hold, lay_tables
from lib.scene.scenery import PlacedThing, Scenery
from lib.scene.things.kinds import Zone
from lib.scene.things.table import ALIVE, THINGS

_FLOWERS = ("sunflower", "tulip", "flower", "rose", "lavender")
_BUSTS = ("bust", "ladybust")
_CROWD = 16
_ALONE = 1.28  # how much larger a thing is that the picture is about
_SEEN = (0.17, 0.14, 0.12, 0.08)  # how large it is at least, by how many there are


def arrange(scenery: Scenery, items: tuple[Item, ...]) -> None:
    """Place and draw all things that the words name, from far to near."""
    groups: dict[int, Group] = {}
    wanted = [(nth, item) for nth, item in enumerate(items)
              if not scenery.description.without("thing", item.name)]  # fmt: skip
    # A thing that others are related to has its place first.
    free = [(nth, item) for nth, item in wanted if item.relation is None or item.anchor is None]
    free.sort(key=lambda each: THINGS[each[1].name].zone is Zone.TABLE)  # a table comes before
    for nth, item in free:
        groups[nth] = _placed(scenery, item, nth, groups, len(wanted))
    related = [(nth, item) for nth, item in wanted if nth not in groups]
    while related:
        nth, item = next(
            ((nth, item) for nth, item in related if item.anchor in groups), related[0]
        )
        related.remove((nth, item))
        groups[nth] = _placed(scenery, item, nth, groups, len(wanted))
        if item.anchor in groups and item.relation is not None:
            RELATE[item.relation](scenery, groups[nth], groups[item.anchor])
    lay_tables(scenery, groups)
    hold(scenery, groups)
    _draw(scenery, groups)


def _draw(scenery: Scenery, groups: dict[int, Group]) -> None:
    for group in groups.values():
        if group.item.on_hill and group.zone is not Zone.SKY:
            _raise(scenery, group, group.first)
    queue = [
        (thing.y + group.order - (5 if group.zone is Zone.SKY else 0), nth, thing)
        for nth, group in groups.items()
        for thing in group.things
    ]
    for _row, _nth, thing in sorted(queue, key=lambda each: each[:2]):
        scenery.put(thing)
        scenery.placed.append(thing)


def _raise(scenery: Scenery, group: Group, first: PlacedThing) -> None:
    """Stand it on a hill of its own."""
    height = min(first.height, 0.42 * scenery.span)
    top = min(scenery.ground.top(first.x) - 0.05, 0.62)
    top = max(top, height + 0.06)
    reach = max(0.2, THINGS[first.name].wide * height * 1.25) * (1 + 0.5 * (len(group.things) - 1))
    mound(scenery, first.x, top, reach)
    count = len(group.things)
    step = reach * 1.1 / max(1, count)
    group.things = [
        replace(thing, height=height * (0.75 if count > 1 else 1), depth=0.1, y=top + 0.015,
                x=first.x + (nth - (count - 1) / 2) * step)
        for nth, thing in enumerate(group.things)
    ]  # fmt: skip


# --- each zone


def _placed(scenery: Scenery, item: Item, nth: int, groups: dict[int, Group], of: int) -> Group:
    zone = _zone(scenery, item)
    count = item.number or THINGS[item.name].several
    many = item.number == 0 and item.name in _FLOWERS
    if item.name == "crowd":
        item, count = replace(item, name="person"), _CROWD
    size = THINGS[item.name].size * item.size * scenery.span
    first = next(iter(groups.values()), None)
    if (
        count == 1
        and of <= 2
        and zone in (Zone.GROUND, Zone.WATER, Zone.SKY)
        and (first is None or {item.name, first.item.name} <= ALIVE)
    ):
        size *= 1.0 if item.name in _BUSTS else _ALONE
    if nth == 0 and of <= 2 and zone in (Zone.GROUND, Zone.WATER) and item.size == 1:
        size = max(size, _SEEN[min(count, 4) - 1] * scenery.span)  # a mouse that is the subject
    place = _ROWS[Zone.GROUND] if many else _ROWS[zone]
    things = list(place(scenery, item, size, count, _taken(groups)))
    return Group(item, zone, things)


def _zone(scenery: Scenery, item: Item) -> Zone:
    zone = Zone.SKY if item.aloft else THINGS[item.name].zone
    if zone is Zone.SWIMS and not scenery.submerged:
        return Zone.WATER if scenery.water else Zone.GROUND
    if zone is Zone.WATER:
        return Zone.SWIMS if scenery.submerged else Zone.WATER if scenery.water else Zone.GROUND
    if zone is Zone.TABLE and not scenery.tables:
        return Zone.GROUND
    if zone is Zone.SKY and item.relation is Relation.ON:
        return Zone.GROUND
    return zone


def _taken(groups: dict[int, Group]) -> list[PlacedThing]:
    return [thing for group in groups.values() for thing in group.things]


def _hero(scenery: Scenery) -> float:
    return scenery.across(0.36)


def _free_x(scenery: Scenery, name: str, height: float, taken: list[PlacedThing]) -> float:
    """Where a thing hides the others least."""
    wide = THINGS[name].wide * height
    low, high = min(wide, scenery.aspect / 2), max(scenery.aspect - wide, scenery.aspect / 2)
    if scenery.narrow and THINGS[name].zone is Zone.GROUND:
        low, high = sorted(scenery.narrow)
    if not taken:
        return min(high, max(low, _hero(scenery)))
    tried = [low + (high - low) * (nth + scenery.between(0.2, 0.8)) / 9 for nth in range(9)]

    def hidden(x: float) -> float:
        lost = 0.0
        for other in taken:
            reach = THINGS[other.name].wide * other.height + wide
            lost += max(0.0, 1 - abs(other.x - x) / max(0.01, reach))
        return lost

    return min(tried, key=hidden)


def _spread(
    scenery: Scenery, count: int, wide: float, middle: float, ground: bool = False
) -> Iterator[float]:
    """Places side by side, around the middle if they need less than the whole width."""
    low, high = scenery.aspect * 0.04, scenery.aspect * 0.96
    if scenery.narrow and ground:
        low, high = sorted(scenery.narrow)
    span = min(high - low, wide * count * scenery.between(1.05, 1.35))
    begin = min(max(middle - span / 2, low), high - span)
    for nth in range(count):
        yield begin + span * (nth + 0.5) / count + scenery.between(-0.06, 0.06) * span / count


def _ground(
    scenery: Scenery, item: Item, size: float, count: int, taken: list[PlacedThing]
) -> Iterator[PlacedThing]:
    ground, kind = scenery.ground, THINGS[item.name]
    size *= ground.scale
    if item.name == "table" and scenery.closeup > 1:
        yield PlacedThing(item.name, scenery.across(0.55), 1.1, 0.52 * scenery.span, item.colour,
                          0.0, False, 0.5)  # fmt: skip
        return
    if item.name in _BUSTS and count == 1 and not taken:
        yield PlacedThing(item.name, scenery.aspect * scenery.between(0.44, 0.56), 1.01,
                          size, item.colour, 0.0, scenery.any_flip(), 0.0)  # fmt: skip
        return
    if count == 1:
        back = 0.06 if kind.backdrop else 0.0
        y = ground.front - back - (scenery.between(0.01, 0.06) if taken else 0)
        nearness = max(0.8, ground.nearness(y)) if not taken else max(0.55, ground.nearness(y))
        height = size * nearness
        x = _free_x(scenery, item.name, height, taken)
        if taken and {item.name, taken[-1].name} <= ALIVE:  # a bride and a groom
            x = _next_to(scenery, taken[-1], 0.9 * kind.wide * height)
        else:
            x, y = _off_stream(scenery, x, y, kind.wide * height)
        y = max(y, ground.top(x) + 0.015)
        yield PlacedThing(item.name, x, y, height, item.colour, 0.05 if taken else 0.02,
                          scenery.any_flip())  # fmt: skip
        return
    if item.number == 0 and item.name in _FLOWERS:
        yield from _strewn(scenery, item, size, count)
        return
    rows = 1 if count <= 4 else 2 if count <= 9 else 3 if count <= 20 else 5
    for row in range(rows):
        in_row = count // rows + (1 if row >= rows - count % rows else 0)
        share = 1.0 if rows == 1 else 0.35 + 0.65 * row / (rows - 1)
        y = ground.horizon + (ground.front + 0.02 - ground.horizon) * share
        room = abs(scenery.narrow[1] - scenery.narrow[0]) if scenery.narrow else (
            scenery.aspect * 0.92)  # fmt: skip
        fits = room / (in_row * kind.wide * 1.75)
        height = min(size * max(0.35, ground.nearness(y)), fits)
        middle = _hero(scenery) if row == 0 and in_row < 4 else scenery.aspect / 2
        for x in _spread(scenery, in_row, kind.wide * 1.8 * height, middle, True):
            x = _beside_backdrops(scenery, x, kind.wide * height, taken)
            foot = max(y + scenery.between(-0.02, 0.02), ground.top(x) + 0.015)
            yield PlacedThing(
                item.name, x, foot, height * scenery.between(0.9, 1.08), item.colour,
                0.28 * (1 - min(1.0, ground.nearness(foot))), scenery.any_flip(),
            )  # fmt: skip


def _beside_backdrops(scenery: Scenery, x: float, wide: float, taken: list[PlacedThing]) -> float:
    """Where it does not hide the building that the picture is about."""
    for other in taken:
        kind = THINGS[other.name]
        reach = 0.75 * kind.wide * other.height + 0.6 * wide
        if kind.backdrop and abs(x - other.x) < reach:
            aside = other.x + (reach if x >= other.x else -reach)
            if not wide * 0.5 < aside < scenery.aspect - wide * 0.5:
                aside = other.x - (aside - other.x)
            x = aside
    return x


def _next_to(scenery: Scenery, other: PlacedThing, wide: float) -> float:
    step = 0.85 * THINGS[other.name].wide * other.height + wide
    return other.x + (step if other.x < scenery.aspect / 2 else -step)


def _off_stream(scenery: Scenery, x: float, y: float, wide: float) -> tuple[float, float]:
    """Beside the river that runs through the ground, or further back, where it is narrower."""
    half = 0.7 * wide
    for back in (0.0, 0.05, 0.1, 0.15) if scenery.stream else ():
        _row, left, right = next(
            (one for one in scenery.stream if one[0] >= y - back - 0.02), scenery.stream[-1]
        )
        if x + half < left or x - half > right:
            return x, y - back
        sides = [side for side in (left - half, right + half)
                 if half * 0.6 < side < scenery.aspect - half * 0.6]  # fmt: skip
        if sides:
            return min(sides, key=lambda side: abs(side - x)), y - back
    return x, y


def _strewn(scenery: Scenery, item: Item, size: float, count: int) -> Iterator[PlacedThing]:
    """Flowers all over a field: many small ones far away, few large ones near."""
    ground, begin = scenery.ground, scenery.between(0, 1)
    low, high = sorted(scenery.narrow or (0.0, scenery.aspect))
    for nth in range(2 * count):
        share = (nth + scenery.between(0, 1)) / (2 * count)
        y = ground.horizon + (ground.front + 0.07 - ground.horizon) * (0.1 + 0.9 * share**1.5)
        x = low + (high - low) * ((begin + nth * 0.618 + scenery.between(-0.05, 0.05)) % 1)
        foot = max(y, ground.top(x) + 0.015)
        near = (y - ground.horizon) / max(0.05, ground.front - ground.horizon)
        height = size * (0.16 + 0.78 * near) * scenery.between(0.85, 1.12)
        yield PlacedThing(item.name, x, foot, height, item.colour, 0.28 * max(0.0, 1 - near),
                          scenery.any_flip())  # fmt: skip


def _on_water(
    scenery: Scenery, item: Item, size: float, count: int, taken: list[PlacedThing]
) -> Iterator[PlacedThing]:
    first, last = scenery.water or (0.6, 0.95)
    fog = "fog" in scenery.description.weather
    bridge = item.name == "bridge"
    if bridge and scenery.stream and count == 1:
        yield _over_stream(scenery, item)
        return
    wide = THINGS[item.name].wide
    places = list(_spread(scenery, count, wide * 2 * size * 0.8, _hero(scenery)))
    for nth in range(count):
        share = 0.4 + 0.2 * scenery.between(0, 1) if count == 1 else 0.2 + 0.55 * nth / count
        share = 0.25 if bridge else share
        y = first + (last - first) * (0.16 + share * 0.75)
        near = 0.34 + 0.66 * (y - first) / max(0.05, last - first)
        fits = scenery.aspect * 0.92 / (count * wide * 1.9)
        height = min(size * near * (1.1 if count == 1 else 0.9), fits)
        x = places[(nth * 2) % count if count % 2 else nth] if count > 1 else 0.0
        if count == 1:
            x = scenery.aspect / 2 if bridge else _free_x(scenery, item.name, height, taken)
        depth = (0.22 if fog else 0.35) * (1 - near) + 0.02
        yield PlacedThing(item.name, x, y, height, item.colour, depth, scenery.any_flip(), 0.0,
                          True)  # fmt: skip


def _over_stream(scenery: Scenery, item: Item) -> PlacedThing:
    """A bridge where the river is as wide as its arches."""
    row, left, right = min(scenery.stream, key=lambda one: abs(one[2] - one[1] - 0.36))
    height = 0.64 * (right - left) / THINGS[item.name].wide
    return PlacedThing(item.name, (left + right) / 2, row + 0.05, height * item.size, item.colour,
                       0.04, scenery.any_flip(), 0.0, True)  # fmt: skip


def _in_sky(
    scenery: Scenery, item: Item, size: float, count: int, taken: list[PlacedThing]
) -> Iterator[PlacedThing]:
    low = max(0.3, scenery.horizon - 0.02)
    wide = THINGS[item.name].wide
    fits = scenery.aspect * 0.95 / (count * wide * 1.7)
    places = list(_spread(scenery, count, wide * 2.2 * size, _hero(scenery)))
    for nth in range(count):
        small = (1.0, 0.62, 0.78, 0.52, 0.7, 0.45)[nth % 6] if count > 1 else 1.0
        height = min(size * small, fits, low * 0.8)
        if item.name == "bird" and count > 2:
            height *= scenery.between(0.7, 1.3)
        x = places[nth]
        if count == 1:
            x = _free_x(scenery, item.name, height, taken)
        room = max(0.02, low - height - 0.1)
        y = 0.06 + height + room * scenery.between(0.1, 0.75 if count > 1 else 0.45)
        if count == 1 and item.aloft:  # above the roofs
            height = min(height, 0.6 * low)
            y = 0.04 + height
        yield PlacedThing(item.name, x, y, height, item.colour, 0.06 + 0.4 * (1 - small),
                          scenery.any_flip(), 0.0)  # fmt: skip


def _swimming(
    scenery: Scenery, item: Item, size: float, count: int, taken: list[PlacedThing]
) -> Iterator[PlacedThing]:
    wide = THINGS[item.name].wide
    for nth in range(count):
        grown = scenery.between(0.6, 1.3) if count > 1 else 1.8
        height = min(size * grown, scenery.aspect * 0.7 / (wide * 2))
        x = scenery.aspect * ((nth * 0.618 + 0.2 + scenery.between(0, 0.1)) % 0.8 + 0.1)
        y = scenery.between(0.2, 0.72) + height / 2
        if count == 1:
            x, y = _free_x(scenery, item.name, height, taken), 0.48 + height / 2
        depth = 0.5 * max(0.0, 1.3 - grown) if count > 1 else 0.0
        yield PlacedThing(item.name, x, y, height, item.colour, depth,
                          scenery.rng.random() < 0.3, 0.0)  # fmt: skip


def _on_table(
    scenery: Scenery, item: Item, size: float, count: int, taken: list[PlacedThing]
) -> Iterator[PlacedThing]:
    """On the table that stands in the room, beside what stands there already."""
    table = next(
        (each for each in [*taken, *scenery.surroundings] if each.name in ("table", "piano")), None
    )
    if table is None:
        yield from _ground(scenery, item, size, count, taken)
        return
    held = sum(1 for each in taken if THINGS[each.name].zone is Zone.TABLE)
    top = table.y - table.height * THINGS[table.name].top
    slots = (0.0, -0.14, 0.14, -0.22, 0.22, -0.07, 0.07, -0.29, 0.29)
    for nth in range(count):
        x = (
            table.x
            + slots[(held + nth) % len(slots)] * scenery.closeup
            + scenery.between(-0.012, 0.012)
        )
        y = top + (0.004 if size > 0.15 else 0.014)
        yield PlacedThing(item.name, x, y, size * 1.12 * scenery.closeup, item.colour, 0.0,
                          scenery.any_flip(), 0.4)  # fmt: skip


def _leading_away(
    scenery: Scenery, item: Item, size: float, count: int, _taken: list[PlacedThing]
) -> Iterator[PlacedThing]:
    """A pier or a road, from the picture's foot towards the horizon."""
    foot = 1.03
    for nth in range(count):
        height = max(size * 0.5, foot - scenery.horizon - 0.04) * min(1.0, item.size)
        x = scenery.aspect * (nth + 0.5) / count + scenery.between(-0.08, 0.08)
        yield PlacedThing(item.name, x, foot, height, item.colour, 0.02, scenery.any_flip(), 0.0)


_ROWS = {
    Zone.FRONT: _leading_away,
    Zone.GROUND: _ground,
    Zone.WATER: _on_water,
    Zone.SKY: _in_sky,
    Zone.SWIMS: _swimming,
    Zone.TABLE: _on_table,
}
