"""What is related to another thing is moved to it: on it, under it, beside it, behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from lib.scene.description import Item, Relation
from lib.scene.scenery import PlacedThing, Scenery
from lib.scene.things.builds import BUILDS
from lib.scene.things.kinds import Zone
from lib.scene.things.table import RIDERS, THINGS


@dataclass
class Group:
    """The instances of one item, and when each is drawn: the smaller, the earlier."""

    item: Item
    zone: Zone
    things: list[PlacedThing]
    order: float = 0.0  # added to the row of the foot

    @property
    def first(self) -> PlacedThing:
        return self.things[0]


def _wide(thing: PlacedThing) -> float:
    return THINGS[thing.name].wide * thing.height


def _inside(scenery: Scenery, x: float, wide: float) -> float:
    return min(max(x, min(wide, scenery.aspect / 2)), max(scenery.aspect - wide,
                                                          scenery.aspect / 2))  # fmt: skip


def _grow(group: Group, times: float) -> None:
    if times > 1:
        group.things = [replace(each, height=each.height * times) for each in group.things]


def _fit(group: Group, width: float) -> list[PlacedThing]:
    """The group's things, small enough to stand side by side in a width."""
    needed = sum(2 * _wide(each) for each in group.things)
    share = min(1.0, width / max(1e-6, needed))
    return [replace(each, height=each.height * share, shadow=0.3) for each in group.things]


def _put_on(scenery: Scenery, group: Group, anchor: Group) -> None:
    below = anchor.first
    if anchor.zone is Zone.FRONT:  # on a road or a pier: on its near end
        step = 1.2 * _wide(group.first)
        first = below.x - step * (len(group.things) - 1) / 2
        group.things = [replace(each, x=first + step * nth, y=min(0.92, below.y - 0.1))
                        for nth, each in enumerate(group.things)]  # fmt: skip
        group.order = 1.0
        return
    needed = sum(2 * _wide(each) for each in group.things)
    most = 0.5 * scenery.span / max(0.05, below.height)
    _grow(anchor, min(most, 0.7 * needed / max(1e-6, 2 * _wide(below))))
    below = anchor.first
    top = below.y - below.height * THINGS[below.name].top
    width = 2 * _wide(below) * 0.85
    things = _fit(group, width)
    if THINGS[below.name].zone is Zone.GROUND and below.name in BUILDS:  # a rider
        high = 0.72 * below.height
        things = [replace(each, height=min(each.height, high)) for each in things]
    room = max(0.04, top - 0.04)
    step = width / len(things)
    group.things = [
        replace(each, x=below.x + (nth - (len(things) - 1) / 2) * step, y=top + 0.008,
                height=min(each.height, room), depth=below.depth, reflects=below.reflects)
        for nth, each in enumerate(things)
    ]  # fmt: skip
    if below.name in BUILDS:
        group.things = [_astride(each, below) for each in group.things]
    group.order = below.y - top + anchor.order + 0.001


def _astride(rider: PlacedThing, below: PlacedThing) -> PlacedThing:
    """A person's hips are on the animal's back, and the person looks where it goes."""
    if rider.name not in RIDERS:
        return rider
    back = below.y - (BUILDS[below.name].back - 0.03) * below.height
    return replace(rider, y=back + 0.4 * rider.height, flip=below.flip, astride=True, shadow=0.0)


def _put_in(scenery: Scenery, group: Group, anchor: Group) -> None:
    around = anchor.first
    if around.height > 0.3:  # in a house, in a castle: before it
        _put_before(scenery, group, anchor)
        return
    needed = sum(2 * _wide(each) for each in group.things)
    _grow(anchor, min(2.2, needed / max(1e-6, 1.6 * _wide(around))))
    if around.name == "rowboat":  # as long as who is in it is tall
        _grow(anchor, 0.56 * group.first.height / anchor.first.height)
    around = anchor.first
    foot = around.y - around.height * THINGS[around.name].top * 0.45
    things = _fit(group, 1.5 * _wide(around))
    step = 1.5 * _wide(around) / len(things)
    group.things = [
        replace(each, x=around.x + (nth - (len(things) - 1) / 2) * step, y=foot,
                depth=around.depth, shadow=0.0, reflects=around.reflects)
        for nth, each in enumerate(things)
    ]  # fmt: skip
    group.order = around.y - foot + anchor.order - 0.001


def _put_under(scenery: Scenery, group: Group, anchor: Group) -> None:
    over, first = anchor.first, group.first
    if anchor.zone is Zone.SKY:
        anchor.things = [replace(over, x=_inside(scenery, first.x, _wide(over))),
                         *anchor.things[1:]]  # fmt: skip
        return
    most = 0.8 * scenery.span / max(0.05, over.height)
    _grow(anchor, min(most, first.height * 2.1 / max(0.02, over.height)))
    over = anchor.first
    small = min(1.0, 0.5 * over.height / max(0.02, first.height))
    foot = over.y + 0.012
    side = 1 if over.x < scenery.aspect / 2 else -1
    step = min(0.8 * _wide(over), 2 * _wide(first) * small)
    count = len(group.things)
    group.things = [
        replace(each, height=each.height * small, y=foot, depth=over.depth,
                x=over.x + (nth - (count - 1) / 2) * step + side * 0.18 * _wide(over))
        for nth, each in enumerate(group.things)
    ]  # fmt: skip
    group.order = anchor.order + 0.001


def _put_over(scenery: Scenery, group: Group, anchor: Group) -> None:
    if group.zone is not Zone.SKY:
        _put_on(scenery, group, anchor)
        return
    below = anchor.first
    top = below.y - below.height
    if top < 0.22 and anchor.zone is not Zone.SKY:  # make room above it
        share = (below.y - 0.24) / max(0.05, below.height)
        anchor.things = [replace(each, height=each.height * share) for each in anchor.things]
        below = anchor.first
        top = below.y - below.height
    room = max(0.06, top - 0.04)
    count = len(group.things)
    step = max(0.08, 1.6 * _wide(group.first))
    group.things = [
        replace(each, height=min(each.height, room * 0.8),
                x=_inside(scenery, below.x + (nth - (count - 1) / 2) * step, 0.05),
                y=max(min(each.height, room * 0.8) + 0.03, top - 0.04 - 0.03 * (nth % 3)))
        for nth, each in enumerate(group.things)
    ]  # fmt: skip


def _put_beside(scenery: Scenery, group: Group, anchor: Group) -> None:
    by = anchor.things[-1]
    if anchor.zone is Zone.SKY or group.zone is Zone.SKY:
        return
    right = by.x < scenery.aspect / 2
    room = (scenery.aspect - by.x if right else by.x) - _wide(by)
    needed = sum(2 * _wide(each) for each in group.things)
    if room < needed * 0.8:  # the anchor makes place
        shift = min(needed - room, max(0.0, (by.x if right else scenery.aspect - by.x) - _wide(by)))
        moved = -shift if right else shift
        anchor.things = [replace(each, x=each.x + moved) for each in anchor.things]
        by = anchor.things[-1]
        room = (scenery.aspect - by.x if right else by.x) - _wide(by)
    share = min(1.0, max(0.4, room / max(1e-6, needed)))
    at = _wide(by) * 0.95
    moved_things = []
    for nth, each in enumerate(group.things):
        half = _wide(each) * share
        x = by.x + (at + half) * (1 if right else -1)
        at += 2 * half
        moved_things.append(
            replace(each, x=x, y=by.y + 0.008 * (1 + nth % 2), height=each.height * share,
                    depth=by.depth, reflects=by.reflects, shadow=by.shadow)
        )  # fmt: skip
    group.things = moved_things


def _put_behind(scenery: Scenery, group: Group, anchor: Group) -> None:
    front = anchor.first
    side = 1 if front.x < scenery.aspect / 2 else -1
    count = len(group.things)
    group.things = [
        replace(each, height=each.height * 0.85, depth=front.depth + 0.06, y=front.y - 0.045,
                x=_inside(scenery, front.x + side * (0.6 + 0.5 * nth) * max(
                    0.6 * _wide(front), 0.8 * _wide(each)), 0.03))
        for nth, each in enumerate(group.things)
    ]  # fmt: skip
    group.order = anchor.order - 0.001 * count


def _put_before(scenery: Scenery, group: Group, anchor: Group) -> None:
    back = anchor.first
    side = 1 if back.x < scenery.aspect / 2 else -1
    if anchor.zone is Zone.GROUND:
        anchor.things = [replace(each, y=each.y - 0.05) for each in anchor.things]
        back = anchor.first
    group.things = [
        replace(each, y=back.y + 0.06, x=_inside(scenery, back.x + side * (0.35 + 0.6 * nth) * (
            0.5 * _wide(back)), 0.04))
        for nth, each in enumerate(group.things)
    ]  # fmt: skip


RELATE: dict[Relation, Callable[[Scenery, Group, Group], None]] = {
    Relation.ON: _put_on,
    Relation.IN: _put_in,
    Relation.UNDER: _put_under,
    Relation.OVER: _put_over,
    Relation.BESIDE: _put_beside,
    Relation.BEHIND: _put_behind,
    Relation.BEFORE: _put_before,
}


_HELD = (Relation.ON, Relation.IN, Relation.UNDER, Relation.OVER)


def _on_table(group: Group, groups: dict[int, Group]) -> bool:
    anchor = groups.get(group.item.anchor) if group.item.anchor is not None else None
    if anchor is not None and group.item.relation in _HELD:
        return group.item.relation is Relation.ON and anchor.item.name == "table"
    return group.zone is Zone.TABLE


def hold(scenery: Scenery, groups: dict[int, Group]) -> None:
    """Bring what is on or in something small to where that has been put."""
    for group in groups.values():
        anchor = groups.get(group.item.anchor) if group.item.anchor is not None else None
        if anchor and anchor.zone is Zone.TABLE and group.item.relation in _HELD[:2]:
            RELATE[group.item.relation](scenery, group, anchor)


def lay_tables(scenery: Scenery, groups: dict[int, Group]) -> None:
    """Things on one table stand side by side, the tall ones in the middle."""
    tables = [thing for group in groups.values() for thing in group.things
              if thing.name == "table"]  # fmt: skip
    tables += [thing for thing in scenery.surroundings if thing.name == "table"]
    on_it = [(group, nth) for group in groups.values() if _on_table(group, groups)
             for nth in range(len(group.things))]  # fmt: skip
    if not tables or not on_it:
        return
    table = tables[0]
    on_it.sort(key=lambda each: each[0].things[each[1]].height)
    in_turn = [*on_it[::2], *on_it[1::2][::-1]]
    wide = [2.1 * _wide(group.things[nth]) + 0.012 for group, nth in in_turn]
    share = min(1.0, 1.85 * _wide(table) / sum(wide))
    at = table.x - sum(wide) * share / 2
    top = table.y - table.height * THINGS["table"].top
    for (group, nth), each in zip(in_turn, wide, strict=True):
        thing = group.things[nth]
        group.things[nth] = replace(
            thing, x=at + each * share / 2, height=thing.height * share, depth=table.depth,
            y=top + scenery.between(0.0, 0.01),
        )  # fmt: skip
        at += each * share
